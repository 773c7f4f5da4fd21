"""A bank's answer is taken in whole or not at all, and once (PAY-2, PAY-3)."""

import dataclasses

import pytest

from disbursement.models import Arrival, Batch, Payment, ResultLine
from jobs.models import Job
from rosters.models import Roster
from rulebook.models import Deadline
from subsidies import ledger
from tests.factories import at
from tests.factories_disbursement import (
    answer,
    answer_lines,
    answered_batch,
    approved_roster,
    fresh,
    sent_batch,
    take,
    written,
)
from tests.factories_rosters import fresh as fresh_roster
from tests.factories_rosters import settle


@pytest.mark.req("PAY-3", "PAY-4", "FND-3")
def test_an_answer_settles_every_payment_the_money_and_the_clocks(db: None) -> None:
    roster = approved_roster(homes=3)
    batch = sent_batch(roster)
    taken = take(batch, answer(batch, fails={3: "9"}))
    settle()
    batch = fresh(batch)
    failed = Payment.objects.get(batch=batch, number=3)
    assert not taken.again
    assert batch.status == Batch.Status.ANSWERED
    assert (batch.paid_fen, batch.failed_fen) == (batch.total_fen - failed.amount_fen, failed.amount_fen)
    assert (failed.status, failed.reason, failed.disposal) == ("failed", "F03", "open")
    paid = Payment.objects.get(batch=batch, number=1)
    assert paid.bank_reference
    assert paid.settled_at is not None
    assert Arrival.objects.get(batches=batch).used_fen == batch.paid_fen
    there = ledger.balances(roster.quota)
    assert (there["paid"], there["returned"], there["in_transit"]) == (batch.paid_fen, batch.failed_fen, 0)
    for kind in ("bank.payout", "bank.feedback"):
        assert Deadline.objects.get(kind=kind, subject_id=batch.pk).state == Deadline.State.MET


@pytest.mark.req("PAY-4")
def test_an_answer_after_its_time_is_late_in_the_banks_record(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    content = answer(batch)
    at("2026-08-01T09:00")
    take(batch, content)
    assert Deadline.objects.get(kind="bank.payout", subject_id=batch.pk).state == Deadline.State.MET
    assert Deadline.objects.get(kind="bank.feedback", subject_id=batch.pk).state == Deadline.State.LATE


@pytest.mark.req("PAY-5", "PAY-4")
@pytest.mark.rule("ZLT:account.fix", "ZLT:failure.department")
def test_every_failure_starts_the_clocks_of_the_township_and_the_department(db: None) -> None:
    roster = approved_roster(homes=4)
    batch = answered_batch(roster, fails={1: "9", 2: "4", 3: "1"})
    wrong_file = Payment.objects.get(batch=batch, number=3)
    assert wrong_file.reason == "F13"
    fixes = Deadline.objects.filter(kind="account.fix")
    assert set(fixes.values_list("subject_id", flat=True)) == set(
        Payment.objects.filter(batch=batch, number__in=[1, 2]).values_list("pk", flat=True)
    )
    assert {fix.responsible for fix in fixes} == {roster.organisation}
    departments = Deadline.objects.filter(kind="failure.department")
    assert departments.count() == 3
    assert {deadline.responsible for deadline in departments} == {roster.policy.department}
    assert len({deadline.due_at for deadline in departments}) == 1


@pytest.mark.req("PAY-2")
def test_the_same_file_again_changes_nothing_and_says_so(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    content = answer(batch, fails={1: "9"})
    first = take(batch, content)
    before = ledger.balances(batch.quota)
    again = take(batch, content)
    assert again.again
    assert again.result == first.result
    assert "没有改动" in again.words
    assert ledger.balances(batch.quota) == before
    assert ResultLine.objects.count() == 2
    assert Job.objects.filter(kind="disbursement.messages").count() == 1


@pytest.mark.req("PAY-2")
def test_an_answer_may_come_in_parts(db: None) -> None:
    roster = approved_roster(homes=3)
    batch = sent_batch(roster)
    take(batch, answer(batch, only={1}))
    assert fresh(batch).status == Batch.Status.SENT
    assert Deadline.objects.get(kind="bank.feedback", subject_id=batch.pk).met_at is None
    take(batch, answer(batch, only={2, 3}, fails={2: "9"}))
    settle()
    assert fresh(batch).status == Batch.Status.ANSWERED
    assert ledger.total(roster.quota) == roster.quota.amount_fen
    assert ledger.balances(roster.quota)["in_transit"] == 0


def test_what_the_bank_still_works_on_stays_unknown_and_blocks_until_it_is_known(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    lines = answer_lines(batch)
    waiting = dataclasses.replace(lines[1], state="processing", code="", message="", settled_at=None, reference="")
    take(batch, written(batch, [lines[0], waiting]))
    assert Payment.objects.get(batch=batch, number=2).status == Payment.Status.UNKNOWN
    assert fresh(batch).status == Batch.Status.SENT
    take(batch, written(batch, [lines[1]]))
    assert Payment.objects.get(batch=batch, number=2).status == Payment.Status.PAID
    assert fresh(batch).status == Batch.Status.ANSWERED


def test_a_roster_ends_with_its_last_paid_line(db: None) -> None:
    roster = approved_roster(homes=2)
    batch = sent_batch(roster)
    take(batch, answer(batch, only={1}))
    assert fresh_roster(roster).status == Roster.Status.PAYING
    take(batch, answer(batch, only={2}))
    assert fresh_roster(roster).status == Roster.Status.CLOSED
