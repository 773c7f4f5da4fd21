"""What a revision changed, going on where the way stopped, and taking back one's own word (ROS-7)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from lib.errors import Conflict, Forbidden, Invalid
from rosters import resuming, revisions, services, shapes
from rosters.models import Decision, Roster, RosterLine
from rosters.services import Ask
from rosters.services.moving import print_of
from rulebook import rules
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast, standard
from tests.factories_households import account_change
from tests.factories_rosters import approve, explain_all, fresh, homes_of, roster_at, sent_roster, settle
from tests.races import race, refusals
from tests.refused import refused_by
from tests.rosters.conftest import Gates
from tests.ruled import ruled

pytestmark = pytest.mark.usefixtures("doors")


def back(roster: Roster, *asks: Ask, by: User | None = None, **more: Any) -> Roster:
    """Returned to the clerk by the post that acts, to be mended in these ways only."""
    given = {"to_step": "", "reason": "请按要求修改", "resumes": True, "asks": asks, **more}
    services.send_back(by=by or cast.finance_reviewer, roster=roster, **given)
    return fresh(roster)


def mend(roster: Roster, number: int, quantity: str = "", remark: str = "") -> None:
    line = roster.lines.get(number=number)
    services.change_line(
        by=cast.clerk,
        line=line,
        standard=line.standard,
        quantity=Decimal(quantity) if quantity else line.quantity,
        basis=line.basis,
        remark=remark or line.remark,
    )


def in_force(roster: Roster) -> list[str]:
    found = roster.decisions.filter(action="approve", in_force=True).order_by("id")
    return list(found.values_list("step", flat=True))


# --- Comparison -------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-7")
def test_a_revision_shows_line_by_line_what_came_went_and_changed(db: None) -> None:
    roster = roster_at("leader", homes=4)
    services.send_back(by=cast.leader, roster=roster, to_step="", reason="二号面积有误")
    roster = fresh(roster)
    kept = {line.number: line for line in roster.lines.all()}
    assert kept[4].payee
    account_change(kept[4].payee, approved=True)
    mend(roster, 2, quantity="10.00")
    services.remove_line(by=cast.clerk, line=fresh(roster).lines.get(number=1))
    head = homes_of(1)[0].head
    assert head
    services.add_line(
        by=cast.clerk,
        roster=roster,
        beneficiary=head,
        standard=standard(),
        quantity=Decimal("3.00"),
    )
    services.refresh_lines(by=cast.clerk, roster=roster)
    sent = sent_roster(roster=fresh(roster))
    (made,) = revisions.listed(sent)
    assert (made.number, made.added, made.removed, made.changed, made.lines_before, made.lines) == (2, 1, 1, 2, 4, 4)
    assert made.fen - made.fen_before == sent.total_fen - roster.total_fen
    by_kind: dict[str, list[str]] = {}
    for change in revisions.of(sent, 2):
        by_kind.setdefault(change.kind, []).append("；".join(revisions.differences(change, shapes.of(sent).template)))
    told = sorted(by_kind["changed"])
    assert any("补贴面积(亩)：12.5 → 10" in words and "金额：" in words for words in told), told
    assert any("账户：" in words and f"尾号{kept[4].account_tail} →" in words for words in told), told
    assert "补贴面积(亩)：3" in by_kind["added"][0]
    assert f"补贴面积(亩)：{kept[1].quantity:f}".rstrip("0").rstrip(".") in by_kind["removed"][0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rosters_linebefore")
        assert cursor.fetchone()[0] == 0, "only differences stay"
    client = Client()
    client.force_login(cast.leader)
    page = client.get(f"/rosters/{sent.pk}/revisions/?kind=changed").content.decode()
    assert "12.5 → 10" in page
    assert '?revision=2">全部 4</a>' in page
    client.force_login(cast.clerk2)
    assert client.get(f"/rosters/{sent.pk}/revisions/").status_code == 404


@pytest.mark.req("ROS-7")
def test_what_a_revision_changed_is_the_databases_own(db: None) -> None:
    roster = roster_at("leader")
    services.send_back(by=cast.leader, roster=roster, to_step="", reason="面积有误")
    mend(roster, 1, quantity="10.00")
    sent_roster(roster=fresh(roster))
    for sql in (
        "UPDATE rosters_revisionchange SET name = '甲九'",
        "DELETE FROM rosters_revisionchange",
        "INSERT INTO rosters_linebefore SELECT * FROM rosters_linebefore",
    ):
        refused_by("InsufficientPrivilege", sql)


# --- Going on where it stopped ----------------------------------------------------------------------------------------
@pytest.mark.req("ROS-7")
def test_only_what_was_asked_for_has_changed_and_the_step_that_asked_goes_on(db: None) -> None:
    roster = back(roster_at("finance_review", homes=3), Ask("remark", [2]))
    assert in_force(roster) == ["station", "leader", "dept_review", "dept_head"]
    assert ledger.balances(roster.quota)["reserved"] == 0
    mend(roster, 2, remark="已核实")
    sent = sent_roster(roster=fresh(roster))
    assert (sent.status, sent.step, sent.revision) == ("review", "finance_review", 2)
    assert ledger.balances(sent.quota)["reserved"] == sent.total_fen
    settle()
    approve(sent)
    assert roster_at("approved", roster=fresh(sent)).status == Roster.Status.APPROVED


@pytest.mark.req("ROS-7")
@pytest.mark.parametrize("beyond", ["line", "area", "removed"])
def test_a_change_beyond_what_was_asked_for_goes_the_whole_way(db: None, beyond: str) -> None:
    roster = back(roster_at("finance_review", homes=3), Ask("remark", [2]))
    mend(roster, 2, remark="已核实")
    if beyond == "line":
        mend(roster, 3, remark="也改了")
    elif beyond == "area":
        mend(roster, 2, quantity="12.40")
    else:
        services.remove_line(by=cast.clerk, line=fresh(roster).lines.get(number=3))
    services.run_checks(by=cast.clerk, roster=roster)
    way = resuming.way(fresh(roster))
    assert (way.step, way.reason) == (None, "有改动不在退回要求之内")
    sent = sent_roster(roster=fresh(roster))
    assert (sent.step, in_force(sent)) == ("station", [])
    assert ledger.balances(sent.quota)["reserved"] == 0
    settle()


@pytest.mark.req("ROS-7", "ROS-8")
def test_where_a_paper_with_sums_was_signed_other_sums_are_signed_again(db: None) -> None:
    def mended() -> Roster:
        roster = back(roster_at("leader", homes=2), Ask("amount", [1]), by=cast.leader)
        mend(roster, 1, quantity="10.00")
        services.run_checks(by=cast.clerk, roster=roster)
        return fresh(roster)

    roster = mended()
    assert "合计数变了" in resuming.way(roster).reason
    assert sent_roster(roster=roster).step == "station"
    ruled({"chain": [{key: said for key, said in step.items() if key != "signs"} for step in rules.value("chain")]})
    roster = mended()
    assert sent_roster(roster=roster).step == "leader"
    settle()


@pytest.mark.req("ROS-7", "PUB-4")
def test_behind_a_notice_that_no_longer_counts_the_way_is_whole(db: None, doors: Gates) -> None:
    roster = back(roster_at("dept_review"), Ask("remark"), by=cast.farm_reviewer)
    doors.notice_open = False
    services.run_checks(by=cast.clerk, roster=roster)
    assert "公示" in resuming.way(fresh(roster)).reason
    assert sent_roster(roster=fresh(roster)).step == "station"


@pytest.mark.req("ROS-7")
def test_an_earlier_reviewer_signs_again_and_it_is_back_where_it_came_from(db: None) -> None:
    roster = roster_at("finance_review")
    given: dict[str, Any] = {"to_step": "station", "reason": "请补充核查意见", "resumes": True}
    services.send_back(by=cast.finance_reviewer, roster=roster, **given)
    roster = fresh(roster)
    assert (roster.status, roster.step) == ("review", "station")
    assert in_force(roster) == ["leader", "dept_review", "dept_head"]
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen
    approve(roster)
    assert fresh(roster).step == "finance_review", "neither the notice nor those between are asked again"
    services.send_back(by=cast.finance_reviewer, roster=roster, **{**given, "to_step": "leader"})
    assert ledger.balances(roster.quota)["reserved"] == 0
    approve(fresh(roster))
    assert fresh(roster).step == "finance_review"
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen


@pytest.mark.req("ROS-7")
def test_a_return_names_lines_that_are_there_and_resumes_only_from_a_review(db: None) -> None:
    roster = roster_at("dept_review")
    for asks, words in (([Ask("remark", [9])], "没有第9号"), ([Ask("nonsense")], "请选择")):
        with pytest.raises(Invalid, match=words):
            back(roster, *asks, by=cast.farm_reviewer)
    notice = roster_at("notice")
    with pytest.raises(Conflict, match="重新走全部环节"):
        back(notice, by=cast.leader)
    assert fresh(notice).step == "notice"


@pytest.mark.req("ROS-6", "ROS-7")
def test_the_database_lets_nothing_pass_that_nobody_signed_or_that_became_something_else(db: None) -> None:
    roster = sent_roster()
    skip = "UPDATE rosters_roster SET step = %s, status = %s WHERE id = %s"
    refused_by("rosters_steps_signed", skip, "dept_review", "review", roster.pk)
    refused_by("rosters_steps_signed", skip, "", "approved", roster.pk)
    roster = back(roster_at("finance_review", roster=roster), Ask("remark", [1]))
    mend(roster, 2, quantity="10.00")
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    seal = (
        "UPDATE rosters_roster SET status = 'review', step = %s, revision = %s, fingerprint = sha256('x') WHERE id = %s"
    )
    refused_by("rosters_revision_next", seal, "station", 1, roster.pk)
    refused_by("rosters_steps_signed", seal, "finance_review", 2, roster.pk)
    asked = Decision.objects.get(roster=roster, resumes=True)
    late = "INSERT INTO rosters_returnask (decision_id, area, holder, basis) VALUES (%s, 'amount', '', '')"
    refused_by("rosters_ask_kept", late, asked.pk)


# --- Taken back -------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-7")
def test_a_sending_and_a_signature_are_taken_back_until_the_next_post_acts(db: None) -> None:
    roster = sent_roster()
    with pytest.raises(Conflict, match="只能撤回"):
        services.recall_decision(by=cast.station, roster=roster, reason="点错了")
    with pytest.raises(Invalid):
        services.recall_decision(by=cast.clerk, roster=roster, reason=" ")
    services.recall_decision(by=cast.clerk, roster=roster, reason="附件漏了")
    assert fresh(roster).status == Roster.Status.RETURNED
    assert not RosterLine.objects.filter(roster=roster, living=True).exists()
    roster = roster_at("leader", roster=sent_roster(roster=fresh(roster)))
    approve(roster)
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen
    services.recall_decision(by=cast.leader, roster=roster, reason="金额再核一下")
    assert (fresh(roster).step, in_force(roster)) == ("leader", ["station"])
    assert ledger.balances(roster.quota)["reserved"] == 0
    approve(fresh(roster))
    approve(fresh(roster))
    for user in (cast.leader, cast.clerk, cast.station):
        with pytest.raises(Conflict, match="只能撤回"):
            services.recall_decision(by=user, roster=roster, reason="太晚了")
    settle()


@pytest.mark.req("ROS-7")
def test_the_last_signature_is_taken_back_while_nothing_is_paid(db: None) -> None:
    roster = roster_at("approved")
    services.recall_decision(by=cast.finance_head, roster=roster, reason="看错一份")
    assert (fresh(roster).status, fresh(roster).step) == ("review", "finance_head")
    approve(fresh(roster))
    services.begin_paying(by=cast.officer, roster=roster)
    with pytest.raises(Conflict):
        services.recall_decision(by=cast.finance_head, roster=roster, reason="看错一份")


@pytest.mark.req("ROS-7")
def test_a_recall_and_the_next_signature_at_once_leave_one_of_them(committed_db: Database) -> None:
    roster = roster_at("dept_head")
    seen = print_of(roster)
    outcomes = race(
        lambda: services.recall_decision(by=cast.farm_reviewer, roster=roster, reason="点错了"),
        lambda: services.sign(by=cast.farm_head, roster=roster, fingerprint=seen),
    )
    assert len(refusals(outcomes)) == 1
    assert fresh(roster).step in ("dept_review", "finance_review")


# --- Pages ------------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-7")
def test_from_the_return_form_through_the_mend_to_the_step_that_asked(db: None) -> None:
    roster = roster_at("finance_review", homes=3)
    client = Client()
    client.force_login(cast.finance_reviewer)
    given = {"to_step": "maker", "reason": "请补写备注", "after": "resume", "areas": ["remark"], "lines": "第一号"}
    page = client.post(f"/rosters/{roster.pk}/send-back/", given).content.decode()
    assert "看不懂" in page
    client.post(f"/rosters/{roster.pk}/send-back/", {**given, "lines": "1-2"})
    client.force_login(cast.clerk)
    page = client.get(f"/rosters/{roster.pk}/").content.decode()
    assert "第1、2号：备注" in page
    mend(roster, 1, remark="已核实")
    services.run_checks(by=cast.clerk, roster=roster)
    page = client.get(f"/rosters/{roster.pk}/").content.decode()
    assert "送审后直接回到“财政局复审”" in page or "都在要求之内" in page
    client.post(f"/rosters/{roster.pk}/send/", {"opinion": ""})
    assert fresh(roster).step == "finance_review"
    page = client.get(f"/rosters/{roster.pk}/").content.decode()
    assert f"/rosters/{roster.pk}/recall/" in page
    client.post(f"/rosters/{roster.pk}/recall/", {"reason": "还有一处"})
    assert fresh(roster).status == Roster.Status.RETURNED


def test_who_may_not_see_the_roster_recalls_nothing(db: None) -> None:
    roster = sent_roster()
    client = Client()
    client.force_login(cast.clerk2)
    assert client.post(f"/rosters/{roster.pk}/recall/", {"reason": "点错了"}).status_code == 404
    with pytest.raises((Conflict, Forbidden)):
        services.recall_decision(by=cast.clerk2, roster=roster, reason="点错了")
