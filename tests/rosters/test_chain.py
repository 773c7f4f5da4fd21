"""The whole way of a roster: each signature by its post, once, on what was seen (ROS-6, ROS-7, ROS-8)."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import TrailEntry, User
from lib.errors import Conflict, Forbidden, Invalid, NotYet
from rosters import chain, events, gates, services
from rosters.events import Moved
from rosters.models import Decision, Roster, RosterLine
from rosters.services.moving import print_of
from rulebook.rules import value
from subsidies import ledger
from subsidies.models import Transfer
from tests.cast_data import PEOPLE
from tests.factories import cast, quota
from tests.factories_rosters import approve, draft_roster, fresh, roster_at, sent_roster, settle, signer_of
from tests.rosters.conftest import Gates
from tests.ruled import ruled

STEPS = ["station", "leader", "dept_review", "dept_head", "finance_review", "finance_head"]
SIGNERS = ["station", "leader", "farm_reviewer", "farm_head", "finance_reviewer", "finance_head"]


def totals_hold(roster: Roster) -> None:
    assert ledger.total(roster.quota) == roster.quota.amount_fen


# --- Forward ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-6", "FND-3")
@pytest.mark.rule("ZLT:chain")
def test_a_roster_is_signed_by_each_post_in_turn_and_money_adds_up_at_every_step(db: None, doors: Gates) -> None:
    roster = sent_roster()
    assert roster.status == Roster.Status.REVIEW
    assert roster.step == "station"
    totals_hold(roster)
    seen = []
    while roster.status != Roster.Status.APPROVED:
        signed = approve(roster)
        roster = fresh(roster)
        seen.append((signed.step, signed.by.username, roster.status, roster.step))
        totals_hold(roster)
        settle()
    assert [step for step, *_ in seen] == STEPS
    assert [by for _, by, *_ in seen] == SIGNERS
    assert seen[0][2:] == ("notice", "notice")
    assert seen[-1][2:] == ("approved", "")
    decisions = roster.decisions.filter(action="approve", in_force=True)
    assert len({decision.by_person_id for decision in decisions}) == len(STEPS)
    assert {bytes(decision.fingerprint or b"") for decision in decisions} == {print_of(roster)}
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen
    assert RosterLine.objects.filter(roster=roster, living=True).count() == roster.line_count


@pytest.mark.req("ROS-6", "ACL-1")
@pytest.mark.parametrize("step", STEPS)
def test_only_the_post_of_the_step_can_sign_it(db: None, doors: Gates, step: str) -> None:
    roster = roster_at(step)
    right = signer_of(roster).username
    for username in PEOPLE:
        if username == right:
            continue
        with pytest.raises((Forbidden, Conflict)), transaction.atomic():
            approve(roster, getattr(cast, username))
        assert fresh(roster).step == step
    approve(roster, getattr(cast, right))
    assert fresh(roster).step != step


@pytest.mark.req("ROS-6")
def test_the_maker_cannot_sign_even_with_the_post(db: None, doors: Gates) -> None:
    roster = sent_roster()
    maker = roster.made_by
    with connection.cursor() as cursor:  # the clerk has changed desks and holds the finance station's post today
        cursor.execute(
            "UPDATE accounts_post SET role = 'finance_station', duty_group = 'review' WHERE user_id = %s", [maker.pk]
        )
    with pytest.raises(Forbidden) as refused, transaction.atomic():
        approve(roster, User.objects.get(pk=maker.pk))
    assert refused.value.code == "rosters.maker"
    # And the database refuses what the service would let through.
    with pytest.raises(IntegrityError, match="rosters_decision_maker_is_not_checker"), transaction.atomic():
        _insert_decision(roster, by=maker, step="station")


@pytest.mark.req("ROS-6")
def test_nobody_signs_two_steps_of_a_roster(db: None, doors: Gates) -> None:
    roster = roster_at("leader")
    station = cast.station
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_post SET role = 'township_leader', organisation_id = %s WHERE user_id = %s",
            [cast.organisation("152223100000-ZF").pk, station.pk],
        )
    with pytest.raises(Conflict, match="同一人不能再签"), transaction.atomic():
        approve(roster, User.objects.get(pk=station.pk))
    with pytest.raises(IntegrityError, match="one_signature_a_person"), transaction.atomic():
        _insert_decision(roster, by=station, step="leader")


def _insert_decision(roster: Roster, *, by: User, step: str) -> None:
    Decision.objects.create(
        roster=roster,
        revision=roster.revision,
        step=step,
        step_title=step,
        action="approve",
        fingerprint=print_of(roster),
        line_count=roster.line_count,
        total_fen=roster.total_fen,
        by=by,
        by_person_id=by.person_id,
        organisation=roster.organisation,
        maker_person_id=by.person_id,
        at=roster.moved_at,
    )


@pytest.mark.req("ROS-6")
def test_a_signature_on_other_content_than_was_seen_is_refused(db: None, doors: Gates) -> None:
    roster = sent_roster()
    with pytest.raises(Conflict, match="内容已变化"):
        services.sign(by=cast.station, roster=roster, fingerprint=bytes(32))
    assert not roster.decisions.filter(action="approve").exists()


def test_a_draft_cannot_be_signed(db: None, doors: Gates) -> None:
    with pytest.raises(Conflict, match="没有待签的环节"):
        services.sign(by=cast.station, roster=draft_roster(), fingerprint=b"")


def test_a_listener_that_refuses_undoes_the_signature(db: None, doors: Gates, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = sent_roster()

    def refuse(moved: Moved) -> None:
        raise Conflict("不行")

    monkeypatch.setattr(events, "_listeners", [*events._listeners, refuse])
    before = TrailEntry.objects.count()
    with pytest.raises(Conflict, match="不行"):
        approve(roster)
    assert fresh(roster).step == "station"
    assert not roster.decisions.filter(action="approve").exists()
    assert TrailEntry.objects.count() == before


# --- Early and late ---------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-5")
def test_submitting_one_minute_early_says_why_by_service_page_and_api(db: None, doors: Gates, client: Client) -> None:
    roster = roster_at("notice")
    doors.notice_open = False
    with pytest.raises(NotYet, match="期满后才能上报"):
        approve(roster, cast.leader)
    client.force_login(cast.leader)
    page = client.post(f"/rosters/{roster.pk}/sign/", {"fingerprint": print_of(roster).hex()})
    assert page.status_code == 200
    assert "期满后才能上报" in page.content.decode()
    answer = client.post(
        f"/api/rosters/{roster.pk}/sign/",
        json.dumps({"fingerprint": print_of(roster).hex()}),
        content_type="application/json",
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "notice.running"
    assert fresh(roster).step == "notice"
    doors.notice_open = True
    answer = client.post(
        f"/api/rosters/{roster.pk}/sign/",
        json.dumps({"fingerprint": print_of(roster).hex(), "opinion": "同意"}),
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    assert fresh(roster).step == "dept_review"


@pytest.mark.req("ROS-3")
def test_nothing_is_submitted_before_the_money_has_arrived(db: None, doors: Gates) -> None:
    roster = roster_at("leader")
    doors.arrival_open = False
    with pytest.raises(Conflict, match="尚未转入代发户"):
        approve(roster)
    assert ledger.balances(roster.quota)["reserved"] == 0
    doors.arrival_open = True
    approve(roster)
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen


def test_a_gate_that_nobody_registered_keeps_the_way_shut(db: None, doors: Gates) -> None:
    roster = roster_at("leader")
    del gates._gates["arrival"]
    with pytest.raises(LookupError, match="arrival"):
        approve(roster)


def test_the_notice_is_passed_once_and_only_through_its_gate(db: None, doors: Gates) -> None:
    roster = roster_at("notice")
    doors.notice_open = False
    with pytest.raises(NotYet):
        services.pass_notice(roster)
    doors.notice_open = True
    assert services.pass_notice(roster).step == "leader"
    assert services.pass_notice(roster).step == "leader"
    assert fresh(roster).status == Roster.Status.REVIEW


# --- Money ------------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-8", "FND-3")
def test_a_submission_beyond_the_quota_is_refused_and_nothing_moves(db: None, doors: Gates) -> None:
    shared = quota(fen=4000_00)
    first = roster_at("leader", with_quota=shared, homes=2)
    second = roster_at("leader", with_quota=shared, homes=2, by=cast.clerk2)
    assert first.total_fen + second.total_fen > shared.amount_fen
    approve(first)
    with pytest.raises(Conflict, match="不足"):
        approve(second)
    assert fresh(second).step == "leader"
    totals_hold(second)


@pytest.mark.req("ROS-8")
def test_finance_refuses_when_reservation_and_summary_differ(db: None, doors: Gates) -> None:
    roster = roster_at("finance_review")
    Roster.objects.filter(pk=roster.pk).update(reserved_key="elsewhere")
    with pytest.raises(Conflict, match="占用指标为¥0"):
        approve(roster)
    assert fresh(roster).step == "finance_review"


@pytest.mark.req("ROS-8")
def test_where_finance_signs_nothing_the_last_to_sign_refuses_when_reservation_and_summary_differ(
    db: None, doors: Gates
) -> None:
    ruled({"chain": [step for step in value("chain") if step.get("scope") != "county"]})
    roster = roster_at("dept_head")
    Roster.objects.filter(pk=roster.pk).update(reserved_key="elsewhere")
    with pytest.raises(Conflict, match="占用指标为¥0"):
        approve(roster)
    assert fresh(roster).step == "dept_head"


# --- Back -------------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-7")
@pytest.mark.parametrize("step", STEPS[1:])
def test_a_return_to_the_clerk_frees_money_and_lines_and_takes_all_signatures_their_force(
    db: None, doors: Gates, step: str
) -> None:
    roster = roster_at(step)
    decision = services.send_back(by=signer_of(roster), roster=roster, to_step="", reason="二号村面积有误")
    settle()
    roster = fresh(roster)
    assert roster.status == Roster.Status.RETURNED
    assert roster.revision == 1
    assert decision.opinion == "二号村面积有误"
    assert not roster.decisions.filter(action__in=["approve", "send"], in_force=True).exists()
    assert not RosterLine.objects.filter(roster=roster, living=True).exists()
    balances = ledger.balances(roster.quota)
    assert balances["reserved"] == 0
    assert balances["available"] == roster.quota.amount_fen
    again = sent_roster(roster=roster)
    assert again.revision == 2
    assert roster_at("approved", roster=again).status == Roster.Status.APPROVED
    totals_hold(again)


@pytest.mark.req("ROS-7")
def test_a_return_to_an_earlier_reviewer_keeps_the_signatures_before_it(db: None, doors: Gates) -> None:
    roster = roster_at("finance_review")
    services.send_back(by=cast.finance_reviewer, roster=roster, to_step="dept_review", reason="请复核标准")
    roster = fresh(roster)
    assert (roster.status, roster.step) == ("review", "dept_review")
    in_force = roster.decisions.filter(action="approve", in_force=True).values_list("step", flat=True)
    assert set(in_force) == {"station", "leader"}
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen, "it stays submitted"
    assert roster_at("approved", roster=roster).revision == 1


@pytest.mark.req("ROS-7")
def test_a_return_before_the_submission_releases_and_a_second_submission_reserves_anew(db: None, doors: Gates) -> None:
    roster = roster_at("dept_review")
    services.send_back(by=cast.farm_reviewer, roster=roster, to_step="leader", reason="请补签汇总表")
    roster = fresh(roster)
    assert (roster.reserved_key, roster.submitted_at) == ("", None)
    assert ledger.balances(roster.quota)["reserved"] == 0
    approve(roster)
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen
    moves = Transfer.objects.filter(subject_type="rosters.roster", subject_id=roster.pk)
    assert moves.count() == 3


@pytest.mark.req("ROS-7")
@pytest.mark.parametrize(
    ("username", "to_step", "reason", "refusal"),
    [
        ("farm_reviewer", "finance_review", "理由充分", Invalid),
        ("farm_reviewer", "notice", "理由充分", Invalid),
        ("farm_reviewer", "dept_review", "理由充分", Invalid),
        ("farm_reviewer", "", " ", Invalid),
        ("care_reviewer", "", "理由充分", Forbidden),
        ("clerk", "", "理由充分", Forbidden),
        ("finance_head", "", "理由充分", Forbidden),
        ("auditor", "", "理由充分", Forbidden),
    ],
)
def test_a_return_needs_the_post_a_reason_and_an_earlier_step(
    db: None, doors: Gates, username: str, to_step: str, reason: str, refusal: type[Exception]
) -> None:
    roster = roster_at("dept_review")
    with pytest.raises(refusal):
        services.send_back(by=getattr(cast, username), roster=roster, to_step=to_step, reason=reason)
    assert fresh(roster).step == "dept_review"


@pytest.mark.req("ROS-7")
def test_an_approved_roster_goes_back_by_finance_until_it_is_being_paid(db: None, doors: Gates) -> None:
    roster = roster_at("approved")
    with pytest.raises(Forbidden):
        services.send_back(by=cast.farm_head, roster=roster, to_step="", reason="理由充分")
    services.send_back(by=cast.officer, roster=roster, to_step="finance_head", reason="请再审")
    assert fresh(roster).step == "finance_head"
    approve(roster)
    services.begin_paying(by=cast.officer, roster=roster)
    with pytest.raises(Conflict, match="不能退回"):
        services.send_back(by=cast.officer, roster=roster, to_step="", reason="理由充分")


def test_an_upheld_objection_returns_the_roster_by_its_township_only(db: None, doors: Gates) -> None:
    roster = roster_at("notice")
    for stranger in (cast.station2, cast.farm_head, cast.officer):
        with pytest.raises(Forbidden):
            services.return_after_objection(by=stranger, roster=roster, reason="面积不实")
    services.return_after_objection(by=cast.station, roster=roster, reason="面积不实")
    assert fresh(roster).status == Roster.Status.RETURNED
    with pytest.raises(Conflict):
        services.return_after_objection(by=cast.station, roster=roster, reason="面积不实")


# --- The end ----------------------------------------------------------------------------------------------------------
def test_a_paying_roster_closes_and_nothing_moves_it_any_more(db: None, doors: Gates) -> None:
    roster = roster_at("approved")
    with pytest.raises(Forbidden):
        services.begin_paying(by=cast.finance_head, roster=roster)
    services.begin_paying(by=cast.officer, roster=roster)
    with pytest.raises(Conflict):
        services.begin_paying(by=cast.officer, roster=roster)
    services.close_roster(by=cast.officer, roster=roster)
    for act in (
        lambda: services.close_roster(by=cast.officer, roster=roster),
        lambda: services.send_roster(by=cast.clerk, roster=roster),
        lambda: services.void_roster(by=cast.clerk, roster=roster, reason="不要了"),
    ):
        with pytest.raises(Conflict), transaction.atomic():
            act()
    assert fresh(roster).status == Roster.Status.CLOSED


def test_a_line_is_taken_out_only_while_paying_and_once(db: None, doors: Gates) -> None:
    roster = roster_at("approved")
    line = roster.lines.first()
    assert line is not None
    with pytest.raises(Conflict, match="不在发放中"):
        services.take_out_line(by=cast.clerk, line=line, reason="死亡")
    services.begin_paying(by=cast.officer, roster=roster)
    with pytest.raises(Forbidden):
        services.take_out_line(by=cast.clerk2, line=line, reason="死亡")
    assert services.take_out_line(by=cast.clerk, line=line, reason="死亡").taken_out
    with pytest.raises(Conflict, match="已经移出"):
        services.take_out_line(by=cast.clerk, line=line, reason="死亡")


def test_a_void_roster_keeps_its_reason_and_cannot_come_back(db: None, doors: Gates) -> None:
    roster = draft_roster()
    with pytest.raises(Forbidden):
        services.void_roster(by=cast.clerk2, roster=roster, reason="编重了")
    services.void_roster(by=cast.clerk, roster=roster, reason="编重了")
    assert fresh(roster).void_reason == "编重了"
    with pytest.raises(Conflict):
        services.send_roster(by=cast.clerk, roster=roster)


def test_the_chain_is_the_one_of_the_day_the_roster_began(db: None, doors: Gates) -> None:
    roster = draft_roster()
    assert [step.key for step in chain.steps(roster)] == ["station", "notice", *STEPS[1:]]
    broken = {"chain": {"value": [{"key": "n", "title": "公示", "kind": "notice"}]}}
    with pytest.raises(LookupError):
        chain.of_rules(broken)
