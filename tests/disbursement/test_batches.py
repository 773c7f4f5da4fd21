"""Batches: made by one, released by another, once (PAY-1)."""

import threading

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import add_user, appoint
from disbursement.models import Arrival, BankOutbox, Batch, Payment
from disbursement.services import cancel_batch, make_batch, release_batch
from households.models import BankAccount
from households.services import mark_dead
from jobs.models import Job
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rosters.models import Roster
from rosters.services import remove_line, send_back
from rulebook import clock
from subsidies import ledger
from subsidies.models import Transfer
from tests.databases import Database
from tests.factories import PASSWORD, cast, id_number, quota
from tests.factories_disbursement import (
    approved_roster,
    arrival,
    arrival_of,
    draft_batch,
    fresh,
    released_batch,
    sent_batch,
)
from tests.factories_households import account_change
from tests.factories_rosters import draft_roster, settle
from tests.factories_rosters import fresh as fresh_roster
from tests.refused import refused_by


@pytest.mark.req("PAY-1")
def test_a_batch_holds_every_living_line_of_its_rosters_numbered_with_the_signed_account(db: None) -> None:
    roster = approved_roster(homes=3)
    batch = draft_batch(roster)
    settle()
    assert list(batch.payments.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    for payment in batch.payments.select_related("line"):
        assert payment.status == Payment.Status.PENDING
        assert bytes(payment.account_digest) == bytes(payment.line.account_digest or b"")
        assert payment.amount_fen == payment.line.amount_fen
    assert bytes(batch.parts.get().fingerprint) == bytes(roster.fingerprint or b"")
    assert batch.total_fen == roster.total_fen


def test_a_batch_takes_only_approved_rosters_of_the_arrivals_quota(db: None) -> None:
    roster = approved_roster(homes=1)
    money = arrival_of(roster)
    with pytest.raises(Conflict, match="只有审核完毕"):
        make_batch(by=cast.officer, arrival=money, rosters=[draft_roster(homes=1, with_quota=roster.quota, basis="二")])
    with pytest.raises(Invalid, match="另一个资金指标"):
        make_batch(by=cast.officer, arrival=arrival(quota()), rosters=[roster])
    with pytest.raises(Invalid, match="至少选择"):
        make_batch(by=cast.officer, arrival=money, rosters=[])


def test_a_batch_never_passes_what_is_unused_of_its_arrival_drafts_counted(db: None) -> None:
    of = quota()
    arrival(of, fen=300_000_00)
    first = approved_roster(homes=2, with_quota=of)
    small = arrival(of, fen=first.total_fen - 1)
    with pytest.raises(Invalid, match=r"差¥0\.01"):
        make_batch(by=cast.officer, arrival=small, rosters=[first])
    exact = arrival(of, fen=first.total_fen)
    make_batch(by=cast.officer, arrival=exact, rosters=[first])
    second = approved_roster(homes=1, with_quota=of, basis="二")
    with pytest.raises(Invalid, match=r"可用¥0\.00"):
        make_batch(by=cast.officer, arrival=exact, rosters=[second])


def test_a_roster_is_in_one_living_batch_only(db: None) -> None:
    roster = approved_roster(homes=1)
    draft_batch(roster)
    with pytest.raises(Conflict, match="已在批次"):
        draft_batch(roster)


@pytest.mark.parametrize("username", ["clerk", "finance_reviewer", "finance_head", "bank", "auditor", "farm_head"])
def test_only_finance_officers_make_release_and_cancel_batches(db: None, username: str) -> None:
    roster = approved_roster(homes=1)
    batch, other = draft_batch(roster), getattr(cast, username)
    with pytest.raises(Forbidden):
        make_batch(by=other, arrival=arrival_of(roster), rosters=[roster])
    with pytest.raises(Forbidden):
        release_batch(by=other, batch=batch, total_fen_seen=batch.total_fen)
    with pytest.raises(Forbidden):
        cancel_batch(by=other, batch=batch)


# --- What happened between the roster and the bank --------------------------------------------------------------------
@pytest.mark.req("REG-9", "PAY-8")
def test_whoever_died_since_the_roster_stops_the_batch_and_is_named(db: None) -> None:
    roster = approved_roster(homes=2)
    line = roster.lines.get(number=2)
    mark_dead(by=cast.station, person=line.beneficiary, on=clock.today())
    with pytest.raises(Conflict, match=r"第2号（人员已死亡或失踪）.*退回清册"):
        draft_batch(roster)
    assert not Batch.objects.exists()


def test_an_account_waits_for_its_roster_and_one_out_of_use_stops_the_batch(db: None) -> None:
    roster = approved_roster(homes=2)
    person = roster.lines.get(number=1).beneficiary
    with pytest.raises(Conflict, match="请等该清册的代发数据送达银行"):
        account_change(person, approved=True)
    BankAccount.objects.filter(person=person).update(in_use=False)
    with pytest.raises(Conflict, match=r"第1号（账户已更换）"):
        draft_batch(roster)


def test_an_account_that_was_stopped_between_draft_and_release_stops_the_release(db: None) -> None:
    roster = approved_roster(homes=2)
    batch = draft_batch(roster)
    BankAccount.objects.filter(person=roster.lines.get(number=1).payee).update(state="frozen")
    with pytest.raises(Conflict, match=r"第1号（账户状态不正常）"):
        release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen)
    assert ledger.balances(roster.quota)["in_transit"] == 0


# --- Taking back ------------------------------------------------------------------------------------------------------
def test_a_cancelled_draft_gives_its_rosters_and_its_money_back(db: None) -> None:
    roster = approved_roster(homes=2)
    batch = cancel_batch(by=cast.officer, batch=draft_batch(roster))
    assert set(batch.payments.values_list("status", flat=True)) == {"cancelled"}
    again = draft_batch(roster)
    assert again.payment_count == 2
    settle()


def test_a_roster_goes_back_only_after_its_draft_is_cancelled_and_its_lines_may_then_go(db: None) -> None:
    roster = approved_roster(homes=2)
    batch = draft_batch(roster)
    with pytest.raises(Conflict, match="先撤销批次"):
        send_back(by=cast.officer, roster=roster, to_step="", reason="数据有误")
    cancel_batch(by=cast.officer, batch=batch)
    send_back(by=cast.officer, roster=fresh_roster(roster), to_step="", reason="数据有误")
    remove_line(by=cast.clerk, line=roster.lines.get(number=1))
    settle()
    assert batch.payments.count() == 1


def test_a_released_batch_is_not_cancelled(db: None) -> None:
    with pytest.raises(Conflict, match="不能转为"):
        cancel_batch(by=cast.officer, batch=released_batch())


# --- Releasing --------------------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-1", "FND-3")
def test_a_release_moves_the_money_and_queues_the_file_in_one_step(db: None) -> None:
    roster = approved_roster(homes=2)
    batch = draft_batch(roster)
    released = release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen)
    settle()
    assert released.released_by == cast.officer2
    assert ledger.balances(roster.quota)["in_transit"] == batch.total_fen
    assert Arrival.objects.get(batches=batch).used_fen == batch.total_fen
    assert BankOutbox.objects.get(batch=batch).state == BankOutbox.State.WAITING
    assert Job.objects.filter(kind="disbursement.deliver", state="queued").count() == 1
    assert fresh_roster(roster).status == Roster.Status.PAYING
    assert set(batch.payments.values_list("status", flat=True)) == {"pending"}


@pytest.mark.req("PAY-1")
def test_the_maker_does_not_release_the_own_batch(db: None) -> None:
    batch = draft_batch(approved_roster(homes=1))
    with pytest.raises(Forbidden, match="制单人不能放行"):
        release_batch(by=cast.officer, batch=batch, total_fen_seen=batch.total_fen)


@pytest.mark.req("PAY-1")
def test_the_database_refuses_a_release_by_the_maker_behind_the_services_back(db: None) -> None:
    batch = draft_batch(approved_roster(homes=1))
    refused_by(
        "disbursement_batch_two_people",
        "UPDATE disbursement_batch SET status = 'released', released_by_person_id = made_by_person_id WHERE id = %s",
        batch.pk,
    )


def test_a_release_of_another_total_than_was_seen_is_refused(db: None) -> None:
    batch = draft_batch(approved_roster(homes=1))
    with pytest.raises(Conflict, match="重新核对"):
        release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen + 1)


@pytest.mark.parametrize("state", ["released", "sent", "cancelled"])
def test_only_a_draft_is_released(db: None, state: str) -> None:
    roster = approved_roster(homes=1)
    if state == "cancelled":
        batch = cancel_batch(by=cast.officer, batch=draft_batch(roster))
    else:
        batch = released_batch(roster) if state == "released" else sent_batch(roster)
    with pytest.raises(Conflict, match="放行"):
        release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen)


def test_a_release_that_fails_half_way_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = approved_roster(homes=1)
    batch = draft_batch(roster)

    def burst(**_: object) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr("disbursement.exchange.ask_delivery", burst)
    with pytest.raises(RuntimeError):
        release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen)
    assert fresh(batch).status == Batch.Status.DRAFT
    assert fresh_roster(roster).status == Roster.Status.APPROVED
    assert ledger.balances(roster.quota)["in_transit"] == 0


@pytest.mark.req("PAY-1")
def test_of_two_people_who_release_at_once_one_wins_and_the_other_is_told(committed_db: Database) -> None:
    roster = approved_roster(homes=2)
    batch = make_batch(by=cast.officer, arrival=arrival_of(roster), rosters=[roster])
    # Both are other people than the maker: a third officer joins for this race.

    third = add_user(by=None, username="officer3", full_name="发放丙", id_number=id_number(), password=PASSWORD)
    office, since = cast.organisation("CZJ"), clock.today().replace(month=1, day=1)
    appoint(by=None, user=third, organisation=office, role="finance_officer", since=since)
    start, outcomes = threading.Barrier(2), []

    def release(username: str) -> None:
        try:
            start.wait(10)
            by = User.objects.get(username=username)
            release_batch(by=by, batch=batch, total_fen_seen=batch.total_fen)
            outcomes.append("released")
        except Refusal as refusal:
            outcomes.append(refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=release, args=(name,)) for name in ("officer2", "officer3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome == "released" for outcome in outcomes) == [False, True]
    assert any("不能再次放行" in outcome for outcome in outcomes)
    assert Transfer.objects.filter(key=f"batch:{batch.pk}:release").count() == 1
    assert BankOutbox.objects.filter(batch=batch).count() == 1
    assert ledger.balances(roster.quota)["in_transit"] == batch.total_fen


def test_of_two_officers_who_batch_the_same_roster_at_once_one_wins(committed_db: Database) -> None:
    roster = approved_roster(homes=2)
    money, start, outcomes = arrival_of(roster), threading.Barrier(2), []

    def make(username: str) -> None:
        try:
            by = getattr(cast, username)
            start.wait(10)
            make_batch(by=by, arrival=money, rosters=[roster])
            outcomes.append("made")
        except Refusal as refusal:
            outcomes.append(refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=(name,)) for name in ("officer", "officer2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome == "made" for outcome in outcomes) == [False, True]
    assert Payment.objects.count() == 2
