"""Two people of a bank, or a bank and its interface, at one moment: each word of it counts once (PAY-2, PAY-4)."""

import pytest

from accounts.models import TrailEntry
from audit import ledger_checks
from disbursement.models import BankDiscrepancy, Batch, Payment, ReturnNotice
from disbursement.services import report_discrepancy, report_finished, report_return, verify_batch
from lib.errors import Conflict
from rosters.models import Roster, RosterLine
from rosters.services import make_correction
from rulebook import clock
from rulebook.models import Deadline
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast
from tests.factories_disbursement import (
    DATA_FIRST,
    answer,
    answered_batch,
    approved_roster,
    bound_batch,
    fresh,
    take,
    verified_batch,
)
from tests.races import race, refusals
from tests.ruled import ruled


def told(verb: str) -> int:
    return TrailEntry.objects.filter(verb=verb).count()


def clean() -> bool:
    return list(ledger_checks.findings()) == []


@pytest.mark.req("PAY-1")
def test_a_verification_answered_twice_at_once_counts_once(committed_db: Database) -> None:
    ruled(DATA_FIRST)
    batch = bound_batch()
    outcomes = race(
        lambda: verify_batch(by=cast.bank, batch=batch),
        lambda: verify_batch(by=cast.bank, batch=batch),
    )
    assert refusals(outcomes) == []
    assert len({outcome.verified_at for outcome in outcomes if isinstance(outcome, Batch)}) == 1
    assert told("batch.verify") == 1
    clocks = Deadline.objects.filter(subject_type="disbursement.batch", subject_id=batch.pk)
    assert clocks.filter(kind="bank.payout").count() == 1
    assert clocks.get(kind="bank.verify").state == Deadline.State.MET


@pytest.mark.req("PAY-1")
def test_verified_and_differing_at_once_leave_one_of_the_two(committed_db: Database) -> None:
    ruled(DATA_FIRST)
    batch = bound_batch()
    outcomes = race(
        lambda: verify_batch(by=cast.bank, batch=batch),
        lambda: report_discrepancy(by=cast.bank, batch=batch, text="金额相差一元"),
    )
    lost = refusals(outcomes)
    now = fresh(batch)
    settled = BankDiscrepancy.objects.filter(batch=batch).values_list("settled_at", flat=True)
    assert (now.verified_at is not None, now.discrepancy) == (True, "")
    # Either the bank had verified and may not differ any more, or it differed first and then found all alike.
    assert len(lost) == 1 - len(settled)
    assert all(settled)


@pytest.mark.req("PAY-4")
def test_the_end_of_a_payout_told_twice_at_once_is_told_once(committed_db: Database) -> None:
    ruled(DATA_FIRST)
    batch = verified_batch()
    moment = clock.now()
    outcomes = race(
        lambda: report_finished(by=cast.bank, batch=batch, at=moment),
        lambda: report_finished(by=cast.bank, batch=batch, at=moment),
    )
    assert refusals(outcomes) == []
    assert told("batch.finish") == 1
    assert fresh(batch).finished_at == moment
    clocks = Deadline.objects.filter(subject_type="disbursement.batch", subject_id=batch.pk)
    assert clocks.filter(kind="bank.feedback").count() == 1


@pytest.mark.req("PAY-4", "FND-3")
def test_a_return_reported_twice_at_once_comes_back_once(committed_db: Database) -> None:
    batch = answered_batch(approved_roster(homes=2))
    payment = batch.payments.select_related("batch", "line").get(number=1)
    used = fresh(batch).arrival
    assert used is not None

    def back(reference: str) -> ReturnNotice:
        return report_return(by=cast.bank, payment=payment, noticed_at=clock.now(), reason="F02", reference=reference)

    (lost,) = refusals(race(lambda: back("TK-1"), lambda: back("TK-2")))
    assert isinstance(lost, Conflict)
    assert lost.code == "disbursement.not_paid"
    now = fresh(batch)
    assert (now.paid_count, now.failed_count, now.failed_fen) == (1, 1, payment.amount_fen)
    assert now.arrival is not None
    assert now.arrival.used_fen == used.used_fen - payment.amount_fen
    assert (ReturnNotice.objects.count(), told("payment.return")) == (1, 1)
    assert ledger.balances(batch.quota)["returned"] == payment.amount_fen
    assert clean()


def failed_line(homes: int = 2) -> tuple[Roster, RosterLine]:
    """A line whose payment failed, in a roster that is being paid."""
    batch = answered_batch(approved_roster(homes=homes), fails={1: "4"})
    line = Payment.objects.select_related("line").get(batch=batch, number=1).line
    return Roster.objects.get(parts__batch=batch), line


@pytest.mark.req("PAY-5")
def test_a_failed_line_laid_before_its_unit_twice_at_once_stands_in_one_correction(committed_db: Database) -> None:
    roster, line = failed_line()
    outcomes = race(
        lambda: make_correction(by=cast.dept_officer1, roster=roster, line_ids=[line.pk]),
        lambda: make_correction(by=cast.dept_officer2, roster=roster, line_ids=[line.pk]),
    )
    (lost,) = refusals(outcomes)
    assert isinstance(lost, Conflict)
    assert lost.code == "rosters.taken_out_before"
    assert RosterLine.objects.filter(corrects=line).count() == 1
    assert roster.corrections.count() == 1


@pytest.mark.req("PAY-5", "FND-3")
def test_the_same_failures_from_two_sides_at_once_make_one_correction(committed_db: Database) -> None:
    ruled(DATA_FIRST)
    batch = verified_batch()
    content = answer(batch, fails={1: "4"})
    outcomes = race(lambda: take(batch, content), lambda: take(batch, content))
    assert refusals(outcomes) == []
    line = batch.payments.get(number=1).line
    assert RosterLine.objects.filter(corrects=line).count() == 1
    assert line.roster.corrections.count() == 1
    assert clean()
