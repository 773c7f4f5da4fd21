"""Pages of applications: villagers apply and see where it stands, clerks apply for them, townships decide several."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from households.models import Person
from lib.money import format_yuan, times
from rosters import services as roster_services
from rosters.applications import services
from rosters.applications.models import Application
from rosters.models import RosterLine
from tests.factories import cast, id_number, policy, quota, standard
from tests.factories_applications import YEAR, accepted, again, applied, approved, elder, open_term_for
from tests.factories_publicity import head_of, reachable_home
from tests.publicity.test_lookup import NAME, signed_in
from tests.rosters.test_pages import as_
from tests.uploads import paper

pytestmark = pytest.mark.req("ROS-1")


@pytest.fixture
def villager(db: None) -> Person:
    return head_of(reachable_home(cast.villages[0], NAME, id_number(sequence=901)))


def text_of(client: Client, name: str, *args: object, **query: str | int) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_villager_applies_supplies_what_is_missing_and_reads_why_it_was_refused(
    villager: Person, client: Client
) -> None:
    term = open_term_for("2130122", papers="土地承包合同", guide="每户只申报一次")
    page = reverse("public:apply_form", args=[term.pk])
    assert client.get(page)["Location"] == reverse("public:mine")
    signed_in(client)
    assert "申报补贴" in text_of(client, "public:mine_list")
    assert "每户只申报一次" in text_of(client, "public:apply")
    given = {"standard": standard("2130122").pk, "quantity": "12.5"}
    kept = client.post(page, given).content.decode()
    assert "请选择文件" in kept
    assert "请勾选" in kept
    assert 'value="12.5"' in kept
    answer = client.post(page, {**given, "consent": "on", "papers": [paper("合同.jpg"), paper("附页.jpg")]})
    one = Application.objects.get()
    own = reverse("public:application", args=[one.number])
    assert (answer["Location"], one.beneficiary, one.kept_papers.count()) == (own, villager, 2)
    again_given = {**given, "consent": "on", "papers": [paper("合同.jpg")]}
    assert one.number in client.post(page, again_given).content.decode()
    services.ask_for_missing(by=cast.clerk, application=one, missing="户口本首页")
    assert "户口本首页" in client.get(own).content.decode()
    client.post(own, {"papers": paper("户口本.jpg")})
    services.refuse_applications(by=cast.station, ids=[accepted(again(one)).pk], reason="地块已流转他人")
    told = client.get(own)
    assert "地块已流转他人" in told.content.decode()
    assert "no-store" in told["Cache-Control"]
    assert [step.get("word", step["state"]) for step in told.context["steps"]] == ["done", "done", "未通过"]
    assert page in told.content.decode()
    client.post(page, {**again_given, "papers": [paper("合同.jpg")]})
    assert Application.objects.count() == 2


def test_a_villager_sees_and_withdraws_the_own_only(villager: Person, client: Client) -> None:
    term = open_term_for("2130122")
    mine = applied(term, who=villager)
    others = applied(open_term_for())
    signed_in(client)
    assert client.get(reverse("public:application", args=[others.number])).status_code == 404
    assert client.post(reverse("public:application_withdraw", args=[others.number])).status_code == 404
    client.post(reverse("public:application_withdraw", args=[mine.number]))
    assert [again(one).state for one in (mine, others)] == ["withdrawn", "submitted"]
    told = client.get(reverse("public:application", args=[mine.number])).context["steps"]
    assert [step.get("word", step["state"]) for step in told] == ["done", "已撤回"]


def test_the_township_decides_several_from_its_queue(db: None) -> None:
    term = open_term_for()
    several = [applied(term, who=elder(name=f"甲{n}")) for n in "子丑寅"]
    cards = {card.title: card.count for card in todos_for(cast.clerk)}
    assert cards["待受理的补贴申报"] == 3
    queue = reverse("rosters:applications")
    clerk, station = as_("clerk"), as_("station")
    body = text_of(clerk, "rosters:applications")
    assert all(one.number in body for one in several)
    ids = [one.pk for one in several]
    clerk.post(f"{queue}?tab=accept", {"act": "accept", "applications": ids})
    refused = station.post(f"{queue}?tab=decide", {"act": "refuse", "applications": ids[:1]}).content.decode()
    assert "请写明不通过的原因" in refused
    assert f'value="{ids[0]}" checked' in refused
    station.post(f"{queue}?tab=decide", {"act": "approve", "applications": ids[:2], "reason": "属实"})
    assert [again(one).state for one in several] == ["approved", "approved", "accepted"]
    found = text_of(station, "rosters:applications", tab="all", q="甲丑", listed="no")
    assert several[1].number in found
    assert several[0].number not in found


def test_the_queue_adds_up_all_that_the_filters_leave_each_rounded_on_its_own(db: None) -> None:
    term = open_term_for("2130122")
    mu = standard("2130122").amount_fen
    few = times(Decimal("0.07"), mu)
    assert 2 * few != times(Decimal("0.14"), mu)
    for name, quantity in (("甲子", "0.07"), ("甲丑", "0.07"), ("乙寅", "2")):
        applied(term, who=elder(name=name), quantity=Decimal(quantity))
    asked: list[tuple[dict[str, str | int], int]] = [
        ({}, 2 * few + 2 * mu),
        ({"q": "乙寅"}, 2 * mu),
        ({"tab": "done"}, 0),
    ]
    for filters, fen in asked:
        assert as_("clerk").get(reverse("rosters:applications"), filters).context["total_fen"] == fen
    assert f'<td class="num">{format_yuan(2 * few + 2 * mu)}</td>' in text_of(as_("clerk"), "rosters:applications")


def test_others_do_not_see_a_townships_applications(db: None) -> None:
    one = applied(open_term_for())
    for name in ("clerk2", "farm_reviewer", "admin", "bank"):
        assert as_(name).get(reverse("rosters:application", args=[one.pk])).status_code == 404
    for name in ("clerk", "care_reviewer", "auditor"):
        body = text_of(as_(name), "rosters:application", one.pk)
        assert ("受理</button>" in body) is (name == "clerk")


def test_a_clerk_applies_for_a_villager_and_reads_the_scan_on_the_trail(db: None) -> None:
    term, who = open_term_for(), elder(name="甲代")
    clerk = as_("clerk")
    page = reverse("rosters:application_new")
    assert "甲代" in clerk.get(page, {"term": str(term.pk), "q": "甲代"}).content.decode()
    given = {"beneficiary": who.pk, "standard": standard("2080502", "80").pk, "quantity": "12"}
    where = f"{page}?term={term.pk}&person={who.pk}"
    assert "请选择文件" in clerk.post(where, given).content.decode()
    clerk.post(where, {**given, "form": paper("申报表.jpg")})
    one = Application.objects.get()
    assert (one.entered_by, one.beneficiary) == (cast.clerk, who)
    scan = one.kept_papers.get()
    assert as_("clerk2").get(reverse("rosters:application_paper", args=[one.pk, scan.pk])).status_code == 404
    station = as_("station")
    assert station.get(reverse("rosters:application_paper", args=[one.pk, scan.pk])).status_code == 200
    assert TrailEntry.objects.get(verb="application.paper_read").actor == cast.station


def test_the_rosters_page_offers_the_approved_and_the_line_names_its_application(db: None) -> None:
    one = approved(applied(open_term_for()))
    roster = roster_services.create_roster(by=cast.clerk, policy=policy("2080502"), quota=quota("2080502"), **YEAR)
    clerk = as_("clerk")
    assert "从申报生成" in text_of(clerk, "rosters:detail", roster.pk)
    clerk.post(reverse("rosters:fill_applications", args=[roster.pk]))
    assert RosterLine.objects.get().taken_from.application == one
    body = text_of(clerk, "rosters:detail", roster.pk)
    assert one.number in body
    assert reverse("rosters:fill_applications", args=[roster.pk]) not in body
    assert roster.number in text_of(clerk, "rosters:application", one.pk)


def test_a_department_opens_a_policy_and_moves_its_last_day(db: None) -> None:
    office = as_("care_reviewer")
    given = {
        "policy": policy("2080502").pk, "period_start": "2026-01-01", "period_end": "2026-12-31",
        "opens_on": "2026-05-06", "closes_on": "2026-05-31",
    }  # fmt: skip
    office.post(reverse("rosters:term_new"), given)
    assert "高龄津贴" in text_of(as_("clerk"), "rosters:terms")
    term = policy("2080502").application_terms.get()
    office.post(reverse("rosters:term", args=[term.pk]), {"closes_on": "2026-06-30"})
    term.refresh_from_db()
    assert term.closes_on.isoformat() == "2026-06-30"
    assert as_("farm_reviewer").get(reverse("rosters:term", args=[term.pk])).status_code == 404
    assert as_("clerk").get(reverse("rosters:term_new")).status_code == 403
