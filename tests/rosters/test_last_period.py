"""A roster from that of the last period, with today's register, and the list of what changed (ROS-2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from households.models import BankAccount, Household, Person
from lib import crypto
from lib.errors import Conflict, Forbidden
from rosters import changes, services
from rosters.lines import Pick
from rosters.models import Roster
from rosters.models_drafts import ChangeSeen
from tests.factories import cast, policy, quota, standard
from tests.factories_households import account, household, person
from tests.factories_papers import dead, succession
from tests.factories_rosters import draft_roster, fresh, homes_of, roster_at, sent_roster
from tests.refused import refused_by
from tests.rosters.conftest import Gates

LAST_YEAR: dict[str, Any] = {"period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31)}


def last(homes: list[Household]) -> Roster:
    return sent_roster(roster=draft_roster(homes=homes, **LAST_YEAR))


def told(roster: Roster, **more: Any) -> dict[tuple[str, str], str]:
    return {(change.name, change.kind): change.what for change in changes.Listing(roster, **more)[0:None]}


def elders(births: dict[str, int], *, amount: int = 3) -> tuple[Roster, dict[str, Person]]:
    """高龄津贴 of the last quarter of 2025 for people born in these years, sent."""
    home = household(name="甲一")
    people = {name: person(home, name, relation="父亲", birth=date(year, 6, 1)) for name, year in births.items()}
    for one in people.values():
        account(one)
    roster = services.create_roster(
        by=cast.clerk,
        policy=policy("2080502"),
        quota=quota("2080502"),
        period_start=date(2025, 10, 1),
        period_end=date(2025, 12, 31),
    )
    tiers = {tier.pk: tier for tier in roster.version.standards.all()}
    fits = {
        name: next(
            tier for tier in tiers.values() if (tier.age_from or 0) <= 2025 - births[name] <= (tier.age_to or 999)
        )
        for name in people
    }
    picks = [Pick(one.pk, fits[name].pk, Decimal(amount)) for name, one in people.items()]
    services.fill_lines(by=cast.clerk, roster=roster, picks=picks)
    return sent_roster(roster=roster), people


@pytest.mark.req("ROS-2")
def test_lines_of_the_last_period_come_with_todays_register(db: None, doors: Gates) -> None:
    same, carded, larger, headed = (household(name=f"甲{n}") for n in "一二三四")
    before = last([same, carded, larger, headed])
    BankAccount.objects.filter(person=carded.head).update(tail="9999", number_digest=crypto.digest("account", "9999"))
    Household.objects.filter(pk=larger.pk).update(subsidised_mu=Decimal("20"))
    son = person(headed, "乙四")
    account(son)
    Household.objects.filter(pk=headed.pk).update(head=son)
    roster = draft_roster(homes=0)
    carried = services.fill_from_last(by=cast.clerk, roster=roster)
    assert (carried.previous, carried.added, carried.told) == (before, 4, "")
    assert fresh(roster).line_count == 4
    lines = {line.household_id: line for line in roster.lines.all()}
    assert lines[larger.pk].quantity == 20
    assert lines[headed.pk].payee == son
    found = told(roster)
    assert set(found) == {("甲二", "account"), ("甲三", "amount"), ("乙四", "payee")}
    assert "数量12.5 → 20" in found["甲三", "amount"]
    assert found["乙四", "payee"] == "收款人甲四 → 乙四"
    # A second time there is nothing left to bring.
    again = services.fill_from_last(by=cast.clerk, roster=roster)
    assert (again.added, again.left_out, again.told) == (0, {"there": 4}, "")


@pytest.mark.req("ROS-2")
def test_who_is_gone_stays_out_with_the_reason(db: None, doors: Gates) -> None:
    names = ("甲一", "甲二", "甲三", "甲四", "甲五")
    dead, missing, ended, headless, moved = (household(name=name) for name in names)
    last([dead, missing, ended, headless, moved])
    Person.objects.filter(pk=dead.head_id or 0).update(state="dead", died_on=date(2026, 2, 3))
    Person.objects.filter(pk=missing.head_id or 0).update(state="missing")
    Household.objects.filter(pk=ended.pk).update(state="cancelled")
    Household.objects.filter(pk=headless.pk).update(head=None)
    Household.objects.filter(pk=moved.pk).update(village=cast.villages2[0])
    fresh_home = household(name="新一")
    roster = draft_roster(homes=[fresh_home])
    carried = services.fill_from_last(by=cast.clerk, roster=roster)
    assert carried.added == 0
    assert set(carried.left_out) == {"dead", "missing", "household", "no_head", "place"}
    assert "享受人已死亡1条" in carried.told
    found = told(roster)
    assert found["甲一", "dead"].endswith("享受人于2026年2月3日死亡")
    assert found["甲二", "gone"].endswith("享受人登记为失踪")
    assert found["甲三", "gone"].endswith("农户已注销或合并")
    assert found["新一", "new"].startswith("上期没有")
    assert {(count.kind, count.all) for count in changes.counts(roster) or []} == {("dead", 1), ("gone", 4), ("new", 1)}


@pytest.mark.req("ROS-2")
def test_the_tier_follows_the_age(db: None, doors: Gates) -> None:
    """Who was 89 at the end of the last period and is 90 at the end of this one comes into the next tier."""
    before, _ = elders({"甲八": 1940, "甲九": 1936})
    roster = services.create_roster(
        by=cast.clerk,
        policy=policy("2080502"),
        quota=quota("2080502"),
        period_start=date(2026, 4, 1),
        period_end=date(2026, 6, 30),
    )
    carried = services.fill_from_last(by=cast.clerk, roster=roster)
    assert (carried.previous, carried.added) == (before, 2)
    tiers = {line.beneficiary_name: line.standard for line in roster.lines.select_related("standard")}
    old = {line.beneficiary_name: line.standard for line in before.lines.select_related("standard")}
    assert tiers["甲八"] == old["甲八"]
    assert tiers["甲九"] != old["甲九"]
    assert tiers["甲九"].age_from == 90
    assert "档次" in told(roster)["甲九", "amount"]


@pytest.mark.req("ROS-2")
def test_the_clerk_works_through_the_list_and_what_changes_again_comes_back(db: None, doors: Gates) -> None:
    home = household(name="甲一")
    last([home])
    roster = draft_roster(homes=homes_of(2))
    everything = changes.Listing(roster)
    assert len(everything) == 3
    gone = next(change for change in everything[0:10] if change.kind == "gone")
    assert services.mark_changes_seen(by=cast.clerk, roster=roster, keys=[gone.key]) == 1
    assert len(changes.Listing(roster, open_only=True)) == 2
    with pytest.raises(Conflict, match="都已核对过"):
        services.mark_changes_seen(by=cast.clerk, roster=roster, keys=[gone.key])
    assert services.mark_changes_seen(by=cast.clerk, roster=roster, kind="new") == 2
    assert ChangeSeen.objects.filter(roster=roster, by=cast.clerk).count() == 3
    assert TrailEntry.objects.filter(verb="roster.changes_seen").count() == 2
    line = roster.lines.order_by("number")[0]
    services.change_line(by=cast.clerk, line=line, quantity=Decimal("1"))
    again = changes.Listing(roster, open_only=True)
    assert [change.line_id for change in again[0:10]] == [line.pk]
    services.mark_changes_seen(by=cast.clerk, roster=roster, kind="new")
    assert len(changes.Listing(roster, open_only=True)) == 0
    for kind, keys in (("", None), ("", []), ("other", None)):
        with pytest.raises(Conflict):
            services.mark_changes_seen(by=cast.clerk, roster=roster, kind=kind, keys=keys)


def test_only_the_clerk_fills_and_only_while_the_roster_is_open(db: None, doors: Gates) -> None:
    homes = homes_of(1)
    last(homes)
    roster = draft_roster(homes=homes_of(1))
    for act in (
        lambda by: services.fill_from_last(by=by, roster=roster),
        lambda by: services.mark_changes_seen(by=by, roster=roster, kind="new"),
    ):
        with pytest.raises(Forbidden):
            act(cast.station)
    services.mark_changes_seen(by=cast.clerk, roster=roster, kind="new")
    sent_roster(roster=roster)
    with pytest.raises(Conflict, match="不能修改"):
        services.fill_from_last(by=cast.clerk, roster=roster)
    refused_by("rosters_beside_editable", "UPDATE rosters_changeseen SET what = ''")


@pytest.mark.req("ROS-2")
def test_who_was_taken_out_after_a_failed_payment_stays_out(db: None, doors: Gates) -> None:
    homes = [household(name="甲一"), household(name="甲二")]
    before = roster_at("approved", roster=last(homes))
    services.begin_paying(by=cast.officer, roster=before)
    gone = before.lines.get(household=homes[0])
    services.take_out_line(by=cast.clerk, line=gone, reason="联系不上本人")
    roster = draft_roster(homes=0)
    carried = services.fill_from_last(by=cast.clerk, roster=roster)
    assert (carried.added, carried.left_out) == (1, {"taken_out": 1})
    assert told(roster)["甲一", "gone"].endswith("上期发放失败，已移出清册")


@pytest.mark.req("ROS-2", "REG-9")
def test_the_heir_of_a_dead_head_is_paid_in_the_next_period(db: None, doors: Gates) -> None:
    home = household(name="甲一", members=[("儿子", "乙一")])
    before = last([home])
    owner, son = home.head, home.members.get(name="乙一")
    assert owner is not None
    services.send_back(by=cast.station, roster=before, to_step="", reason="户主死亡，请更正")
    dead(owner)
    succession(owner, son, approved=True)
    services.refresh_lines(by=cast.clerk, roster=before)
    sent_roster(roster=fresh(before))
    roster = draft_roster(homes=0)
    carried = services.fill_from_last(by=cast.clerk, roster=roster)
    assert (carried.added, carried.told) == (1, "")
    assert roster.lines.get().payee == son


def test_without_a_last_period_there_is_nothing_to_fill_from(db: None) -> None:
    roster = draft_roster(homes=1)
    with pytest.raises(Conflict, match="没有上一期"):
        services.fill_from_last(by=cast.clerk, roster=roster)
    assert changes.counts(roster) is None
    assert len(changes.Listing(roster)) == 0


def test_parcels_keep_the_area_that_they_had(db: None, doors: Gates) -> None:
    """The registered area is the household's: it is taken only where the household has one line by area."""
    home = household()
    before = draft_roster(homes=[home], **LAST_YEAR)
    tier = standard("2130122")
    assert home.head_id is not None
    services.fill_lines(
        by=cast.clerk, roster=before, picks=[Pick(home.head_id, tier.pk, Decimal("3"), "地块二", "补登")]
    )
    sent_roster(roster=before)
    Household.objects.filter(pk=home.pk).update(subsidised_mu=Decimal("50"))
    roster = draft_roster(homes=0)
    services.fill_from_last(by=cast.clerk, roster=roster)
    quantities = roster.lines.order_by("basis").values_list("basis", "quantity", "remark")
    assert {basis: (quantity, remark) for basis, quantity, remark in quantities} == {
        "": (Decimal("12.50"), ""),
        "地块二": (Decimal("3.00"), "补登"),
    }


@pytest.mark.req("ROS-2")
def test_from_its_page_to_the_list(db: None, doors: Gates) -> None:
    homes = homes_of(2)
    last(homes)
    Person.objects.filter(pk=homes[0].head_id or 0).update(state="dead", died_on=date(2026, 2, 3))
    roster = draft_roster(homes=0)
    client, reader = Client(), Client()
    client.force_login(cast.clerk)
    reader.force_login(cast.station)
    assert "从上期清册列入" in client.get(f"/rosters/{roster.pk}/").content.decode()
    page = client.post(f"/rosters/{roster.pk}/fill/last/", follow=True).content.decode()
    assert "列入1条" in page
    assert "享受人已死亡1条" in page
    assert "享受人于2026年2月3日死亡" in page
    change = changes.Listing(roster)[0]
    assert "所选标为已核对" not in reader.get(f"/rosters/{roster.pk}/changes/").content.decode()
    page = client.post(
        f"/rosters/{roster.pk}/changes/mark/", {"kind": "dead", "change": [change.key]}, follow=True
    ).content.decode()
    assert "已标为核对1项" in page
    assert "全部变动都已核对" in page
    listed = client.get(f"/rosters/{roster.pk}/changes/?all=1&kind=dead").content.decode()
    assert cast.clerk.full_name in listed
    other = Client()
    other.force_login(cast.clerk2)
    assert other.get(f"/rosters/{roster.pk}/changes/").status_code == 404
    assert other.post(f"/rosters/{roster.pk}/changes/mark/", {"kind": "dead", "whole": "1"}).status_code == 404
