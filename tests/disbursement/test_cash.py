"""Cash at village assemblies, where the rules allow it: a team, two signatures, and nobody keeps any (PAY-6)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from audit import ledger_checks
from disbursement import exchange, selectors
from disbursement.models import BankOutbox, Batch, CashSession, Payment
from disbursement.services import (
    cancel_session,
    close_session,
    draw_cash,
    make_batch,
    make_reissue,
    plan_session,
    record_handouts,
    release_batch,
    send_back_session,
    settle_session,
)
from disbursement.services.cash import Given, Member
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rosters.models import Roster, RosterLine
from rosters.services import create_roster
from rulebook import clock, deadlines
from rulebook.models import Breach, Deadline
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast, policy, quota
from tests.factories_cash import (
    TEAM,
    answers,
    assembly,
    cash_allowed,
    cash_batch,
    cash_roster,
    closed,
    drawn,
    fresh,
    listed_fen,
    planned,
    scanned,
    settled,
    settlement,
    village_of,
)
from tests.factories_disbursement import answer, approved_roster, arrival, arrival_of, take
from tests.factories_disbursement import fresh as fresh_batch
from tests.factories_rosters import YEAR, draft_roster
from tests.refused import refused_by

Status = CashSession.Status


def sole(homes: int = 1) -> tuple[Batch, CashSession]:
    """A batch whose only village is the first, and its planned assembly."""
    batch = cash_batch(homes=homes)
    return batch, planned(batch)


# --- Only where the rules allow it ------------------------------------------------------------------------------------
@pytest.mark.req("PAY-6")
def test_cash_is_refused_where_the_rules_do_not_allow_it_and_the_refusal_names_the_rule(db: None) -> None:
    with pytest.raises(Conflict) as refused:
        create_roster(by=cast.clerk, policy=policy(), quota=quota(), method="cash", **YEAR)
    assert refused.value.rule == "cash.allowed"


def test_the_database_knows_no_roster_and_no_batch_for_cash_without_the_rule(db: None) -> None:
    roster = draft_roster()
    refused_by("disbursement_method_kept", "UPDATE rosters_roster SET method = 'cash' WHERE id = %s", roster.pk)
    cash_allowed()
    cash = draft_roster(method="cash", homes=1)
    refused_by(
        "disbursement_cash_allowed",
        """UPDATE rosters_roster SET rules = jsonb_set(rules, '{cash.allowed,value}', 'false') WHERE id = %s""",
        cash.pk,
    )


@pytest.mark.req("PAY-6")
def test_lines_of_a_cash_roster_need_no_account_and_carry_none(db: None) -> None:
    cash_allowed()
    roster = cash_roster(homes=2)
    lines = RosterLine.objects.filter(roster=roster)
    assert {(line.cash, line.account_id, line.account_tail) for line in lines} == {(True, None, "")}


def test_rosters_by_card_and_by_cash_are_not_put_into_one_batch(db: None) -> None:
    cash_allowed()
    money = quota()
    whole = arrival(money)
    cash, card = cash_roster(homes=1, with_quota=money), approved_roster(homes=1, with_quota=money)
    with pytest.raises(Invalid, match="分别制批"):
        make_batch(by=cast.officer, arrival=whole, rosters=[cash, card])


def test_a_cash_batch_is_released_by_a_second_person_and_no_bank_gets_a_file(db: None) -> None:
    cash_allowed()
    roster = cash_roster(homes=1)
    batch = make_batch(by=cast.officer, arrival=arrival_of(roster), rosters=[roster])
    with pytest.raises(Forbidden):
        release_batch(by=cast.officer, batch=batch, total_fen_seen=batch.total_fen)
    batch = release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen)
    assert batch.status == Batch.Status.SENT
    assert not BankOutbox.objects.exists()
    assert exchange.deliver(batch).file is None
    assert not selectors.bank_batches(cast.bank).exists()
    assert not selectors.visible_batches(cast.bank).exists()


def test_no_bank_answers_for_cash(db: None) -> None:
    batch = cash_batch(homes=1)
    with pytest.raises(Refusal):
        take(batch, answer(batch))
    assert fresh_batch(batch).status == Batch.Status.SENT


# --- The assembly -----------------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-6")
def test_the_clerk_plans_an_assembly_for_everything_a_village_is_owed(db: None) -> None:
    batch = cash_batch(homes=4)
    village = village_of(batch)
    session = planned(batch)
    owed = batch.payments.filter(line__village=village)
    assert set(session.handouts.values_list("payment", flat=True)) == set(owed.values_list("pk", flat=True))
    assert session.unit == cast.organisation("152223100000-ZF")
    with pytest.raises(Conflict, match="没有待发放"):
        planned(batch)


@pytest.mark.parametrize(
    "team",
    [
        TEAM[:2],
        (*TEAM, Member("乡干乙", "township")),
        (TEAM[0], TEAM[1], TEAM[1]),
        (TEAM[0], Member("乡干乙", "township"), Member("乡干丙", "township")),
        (Member("村干丙", "village"), TEAM[1], TEAM[2]),
    ],
    ids=["too few", "too many", "one twice", "nobody of the village", "nobody of the township"],
)
@pytest.mark.req("PAY-6")
def test_a_team_that_is_not_as_the_rules_have_it_is_refused(db: None, team: tuple[Member, ...]) -> None:
    batch = cash_batch(homes=1)
    with pytest.raises(Invalid) as refused:
        planned(batch, team=team)
    assert refused.value.rule == "cash.team"
    assert not CashSession.objects.exists()


def test_only_the_clerk_of_the_villages_township_plans(db: None) -> None:
    batch = cash_batch(homes=1)
    for user in (cast.clerk2, cast.leader, cast.officer):
        with pytest.raises(Forbidden):
            plan_session(by=user, batch=batch, village=village_of(batch), assembly=assembly(), team=TEAM)


def test_a_cancelled_assembly_frees_its_list_for_another(db: None) -> None:
    batch, session = sole()
    cancel_session(by=cast.clerk, session=session)
    assert planned(batch).handouts.count() == 1
    with pytest.raises(Conflict):
        draw_cash(by=cast.clerk, session=session, amount_fen=0, reference="x", at=clock.now())


@pytest.mark.req("PAY-6")
def test_exactly_the_list_is_drawn_on_the_day_of_the_assembly_and_the_days_end_counts(db: None) -> None:
    _, session = sole(homes=2)
    fen = listed_fen(session)
    now = clock.now()
    for amount, at in ((fen - 1, now), (fen, now + timedelta(hours=1)), (fen, now - timedelta(days=1))):
        with pytest.raises(Invalid):
            draw_cash(by=cast.clerk, session=session, amount_fen=amount, reference="QK1", at=at)
    session = drawn(session)
    deadline = Deadline.objects.get(kind="cash.return", subject_id=session.pk)
    assert deadline.due_at == clock.end_of_day(now.date())
    assert deadline.responsible == session.unit


@pytest.mark.req("PAY-6")
def test_nobody_has_cash_without_both_signatures_or_at_home_without_a_reason(db: None) -> None:
    _, session = sole()
    session = drawn(session)
    [whole] = answers(session)
    unsigned = Given(whole.handout, "handed", giver=whole.giver, signed=False)
    stranger = Given(whole.handout, "handed", giver=0, signed=True)
    unexplained = Given(whole.handout, "handed", giver=whole.giver, signed=True, at_home=True)
    for wrong in (unsigned, stranger, unexplained, Given(whole.handout, "not_handed")):
        with pytest.raises(Invalid):
            record_handouts(by=cast.clerk, session=session, given=[wrong])
    home = Given(whole.handout, "handed", giver=whole.giver, signed=True, at_home=True, note="卧病在床")
    record_handouts(by=cast.clerk, session=session, given=[home])
    assert session.handouts.get().at_home


@pytest.mark.req("PAY-6")
def test_what_was_drawn_was_signed_for_or_went_back_to_the_account(db: None) -> None:
    batch = cash_batch(homes=4)
    session = drawn(planned(batch))
    first = session.handouts.order_by("payment__number")[0].payment
    with pytest.raises(Conflict, match="还有2人没有填写结果"):
        settle_session(by=cast.clerk, session=session, settlement=settlement(session))
    record_handouts(by=cast.clerk, session=session, given=answers(session, absent={first.number}))
    kept = settlement(session, returned_fen=0, reference="")
    with pytest.raises(Invalid, match="不得由个人保管"):
        settle_session(by=cast.clerk, session=session, settlement=kept)
    for missing in ({"policy_read": False}, {"minutes": ""}, {"attendance": 0}, {"reference": ""}):
        with pytest.raises(Invalid):
            settle_session(by=cast.clerk, session=session, settlement=settlement(session, **missing))
    session = settle_session(by=cast.clerk, session=session, settlement=settlement(session))
    assert (session.status, session.returned_fen) == (Status.SETTLED, first.amount_fen)
    assert Deadline.objects.get(kind="cash.return").state == Deadline.State.MET
    assert set(batch.payments.values_list("status", flat=True)) == {"sent"}


@pytest.mark.req("PAY-6")
def test_cash_that_is_still_out_when_the_day_ends_is_a_breach_of_the_township(db: None) -> None:
    _, session = sole()
    session = drawn(session)
    clock.move_to(clock.end_of_day(clock.today()) + timedelta(minutes=1), by=None)
    deadlines.sweep()
    assert Breach.objects.get().organisation == session.unit
    settled(session)
    assert Deadline.objects.get(kind="cash.return").state == Deadline.State.LATE


# --- Closing ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-6")
def test_the_leader_closes_and_only_then_is_anybody_paid(db: None) -> None:
    batch = cash_batch(homes=4)
    session = drawn(planned(batch))
    first = session.handouts.order_by("payment__number")[0].payment
    session = closed(settled(session, absent={first.number}))
    first.refresh_from_db()
    assert (first.status, first.disposal, first.reason) == ("failed", "open", "F18")
    assert batch.payments.filter(status="paid").count() == 1
    batch = fresh_batch(batch)
    assert (batch.status, batch.paid_fen, batch.failed_fen) == ("sent", session.handed_fen, session.returned_fen)
    held = ledger.balances(batch.quota)
    assert (held["paid"], held["returned"]) == (session.handed_fen, session.returned_fen)
    assert held["in_transit"] == batch.total_fen - session.drawn_fen
    assert not list(ledger_checks.findings())


def test_a_batch_is_answered_when_its_last_village_is_closed_and_its_roster_ends(db: None) -> None:
    batch, session = sole(homes=1)
    closed(settled(drawn(session)))
    assert fresh_batch(batch).status == Batch.Status.ANSWERED
    assert Roster.objects.get(parts__batch=batch).status == Roster.Status.CLOSED


@pytest.mark.req("PAY-6")
def test_without_the_signed_list_and_the_record_in_scans_nothing_is_closed(db: None) -> None:
    _, session = sole()
    session = settled(drawn(session))
    with pytest.raises(Conflict, match="双方签字的发放表"):
        close_session(by=cast.leader, session=session, handed_fen_seen=session.handed_fen)
    scanned(session)
    with pytest.raises(Conflict, match="重新核对"):
        close_session(by=cast.leader, session=session, handed_fen_seen=session.handed_fen - 1)
    assert fresh(session).status == Status.SETTLED


def test_who_planned_or_settled_does_not_close_nor_another_townships_leader(db: None) -> None:
    _, session = sole()
    session = scanned(settled(drawn(session)))
    for user in (cast.clerk, cast.leader2, cast.officer):
        with pytest.raises(Forbidden):
            close_session(by=user, session=session, handed_fen_seen=session.handed_fen)
    refused_by(
        "disbursement_cash_two_people",
        """UPDATE disbursement_cashsession SET status = 'closed', closed_at = portal_now(),
                  closed_by_id = planned_by_id, closed_by_person_id = planned_by_person_id WHERE id = %s""",
        session.pk,
    )


def test_the_leader_sends_back_what_is_wrong_and_the_clerk_mends_it(db: None) -> None:
    _, session = sole()
    session = settled(drawn(session))
    session = send_back_session(by=cast.leader, session=session, reason="第1号签名不清")
    assert session.status == Status.DRAWN
    session = settled(session, absent={1})
    assert session.returned_fen == session.drawn_fen
    assert closed(session).status == Status.CLOSED


@pytest.mark.req("PAY-6")
def test_what_nobody_took_is_handed_out_at_another_assembly_once_two_people_released_it(db: None) -> None:
    batch, session = sole()
    closed(settled(drawn(session), absent={1}))
    failed = batch.payments.get()
    assert list(selectors.reissuable(cast.officer)) == [failed]
    again = make_reissue(by=cast.officer, arrival=arrival_of(batch.rosters.get()), payments=[failed])
    assert (again.method, again.payments.get().previous) == ("cash", failed)
    again = release_batch(by=cast.officer2, batch=again, total_fen_seen=again.total_fen)
    closed(settled(drawn(planned(again))))
    assert again.payments.get().status == Payment.Status.PAID
    assert Roster.objects.get(parts__batch=again).status == Roster.Status.CLOSED
    assert not list(ledger_checks.findings())


def test_a_closing_that_fails_half_way_leaves_everything_as_it_was(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, session = sole()
    session = scanned(settled(drawn(session)))

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(ledger, "move", broken)
    with pytest.raises(RuntimeError):
        close_session(by=cast.leader, session=session, handed_fen_seen=session.handed_fen)
    assert fresh(session).status == Status.SETTLED
    assert batch.payments.get().status == Payment.Status.SENT
    assert fresh_batch(batch).paid_fen == 0


# --- The database's own word ------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-6")
def test_the_database_holds_what_may_not_happen_to_cash(db: None) -> None:
    batch, session = sole(homes=2)
    change = "UPDATE disbursement_cashsession SET "
    told = "drawn_reference = 'x', drawn_at = portal_now()"
    refused_by("disbursement_cash_drawn", f"{change} status = 'drawn', drawn_fen = 1, {told} WHERE id = %s", session.pk)
    one = session.team.order_by("pk")[0]
    refused_by(
        "disbursement_cash_team",
        f"DELETE FROM disbursement_cashteammember WHERE id = %s; {change} status = 'drawn', drawn_fen = %s, {told}"
        " WHERE id = %s",
        one.pk,
        listed_fen(session),
        session.pk,
    )
    refused_by(
        "disbursement_payment_by_result",
        "UPDATE disbursement_payment SET status = 'paid' WHERE batch_id = %s",
        batch.pk,
    )
    session = drawn(session)
    refused_by("disbursement_cash_list", "DELETE FROM disbursement_cashhandout WHERE session_id = %s", session.pk)
    refused_by("disbursement_cash_team", "DELETE FROM disbursement_cashteammember WHERE id = %s", one.pk)
    session = settled(session, absent={1})
    refused_by("disbursement_cash_balance", f"{change} returned_fen = returned_fen - 1 WHERE id = %s", session.pk)
    refused_by(
        "disbursement_cash_scans",
        f"{change} status = 'closed', closed_at = portal_now(), closed_by_id = %s, closed_by_person_id = %s"
        " WHERE id = %s",
        cast.leader.pk,
        cast.leader.person_id,
        session.pk,
    )
    session = closed(session)
    refused_by("disbursement_cash_kept", f"{change} minutes = 'x' WHERE id = %s", session.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM disbursement_cashsession WHERE id = %s", session.pk)


def test_a_payment_stands_on_one_list_only(db: None) -> None:
    batch, session = sole()
    payment = batch.payments.get()
    other = """INSERT INTO disbursement_cashhandout
                      (session_id, payment_id, amount_fen, outcome, signed, at_home, note, reason)
               VALUES (%s, %s, %s, 'waiting', false, false, '', '')"""
    refused_by("disbursement_cashhandout_payment_id_key", other, session.pk, payment.pk, payment.amount_fen)


def test_two_leaders_clicks_at_once_close_once(committed_db: Database) -> None:
    _, session = sole()
    session = scanned(settled(drawn(session)))
    told: list[str] = []

    def press() -> None:
        try:
            close_session(by=User.objects.get(username="leader"), session=session, handed_fen_seen=session.handed_fen)
            told.append("closed")
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["closed", "disbursement.cash_state"]
    assert ledger.balances(session.batch.quota)["paid"] == session.handed_fen
