"""What failed goes back to the declaring stage, is corrected there and declared again (CQ§28(6), failure.way)."""

import pytest

from audit import ledger_checks
from disbursement.models import Batch, Payment
from disbursement.services import bind_money, verify_batch
from households.models import BankAccount
from households.services import approve_account_change, request_account_change
from lib.errors import Conflict, Forbidden, Invalid
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster, RosterLine
from rulebook.models import Deadline
from subsidies import ledger
from tests.factories import account_number, cast
from tests.factories_disbursement import (
    DATA_FIRST,
    answer,
    data_batch,
    data_roster,
    fresh,
    pass_notice_time,
    take,
    verified_batch,
)
from tests.factories_households import household
from tests.factories_rosters import explain_all, roster_at, settle
from tests.refused import refused_by
from tests.ruled import ruled, span


@pytest.fixture
def failed(db: None) -> Batch:
    """A batch of two of which the first failed: no such account."""
    ruled(DATA_FIRST | {"account.fix": span(5, "working_days", "failure.reported", "unit")})
    batch = verified_batch(data_roster(homes=2))
    take(batch, answer(batch, fails={1: "4"}))
    return fresh(batch)


def old_of(batch: Batch) -> Roster:
    return Roster.objects.get(parts__batch=batch)


@pytest.mark.req("PAY-5", "FND-3")
def test_failed_lines_go_at_once_into_one_correction_of_their_unit(failed: Batch) -> None:
    payment, old = failed.payments.get(number=1), old_of(failed)
    correction = old.corrections.get()
    line = correction.lines.get()
    assert (correction.kind, correction.status, correction.organisation, correction.quota, correction.version) == (
        "correction", "draft", old.organisation, old.quota, old.version,
    )  # fmt: skip
    assert (line.corrects_id, line.amount_fen, line.beneficiary_id) == (
        payment.line_id, payment.amount_fen, payment.payee_id,
    )  # fmt: skip
    assert bytes(line.salt) != bytes(RosterLine.objects.get(pk=payment.line_id).salt)
    assert RosterLine.objects.get(pk=payment.line_id).taken_out
    assert (payment.disposal, old.status) == ("returned", "closed")
    clock = Deadline.objects.get(kind="account.fix")
    assert (clock.subject_type, clock.subject_id, clock.responsible) == (
        "rosters.roster", correction.pk, old.organisation,
    )  # fmt: skip
    balances = ledger.balances(failed.quota)
    assert (balances["returned"], balances["in_transit"], balances["paid"]) == (0, 0, failed.paid_fen)
    settle()
    assert list(ledger_checks.findings()) == []


@pytest.mark.req("PAY-5", "PAY-8")
def test_the_correction_goes_the_whole_chain_again_and_is_paid_from_what_came_back(failed: Batch) -> None:
    payment, old = failed.payments.get(number=1), old_of(failed)
    correction = old.corrections.get()
    _mend(payment)
    assert rosters.refresh_lines(by=cast.clerk, roster=correction) == 1
    rosters.run_checks(by=cast.clerk, roster=correction)
    explain_all(correction, cast.clerk)
    rosters.send_roster(by=cast.clerk, roster=correction)
    assert Deadline.objects.get(kind="account.fix").state == "met"
    correction = roster_at("approved", notice=pass_notice_time, roster=Roster.objects.get(pk=correction.pk))
    batch = data_batch(correction)
    assert failed.arrival is not None
    batch = bind_money(by=cast.dept_officer1, batch=batch, arrival=failed.arrival)
    verify_batch(by=cast.bank, batch=batch)
    take(batch, answer(batch))
    paid = Payment.objects.get(batch=batch)
    assert (paid.status, paid.line.corrects_id, paid.attempt) == ("paid", payment.line_id, 1)
    assert {Roster.objects.get(pk=pk).status for pk in (old.pk, correction.pk)} == {"closed"}
    assert list(ledger_checks.findings()) == []


def _mend(payment: Payment) -> None:
    change = request_account_change(
        by=cast.clerk,
        person=payment.payee,
        kind="replace",
        reason="原账户已销户，换了新卡",
        bank_name="示范农商行",
        number=account_number(),
    )
    approve_account_change(by=cast.station, change=change, opinion="已核对")
    assert BankAccount.objects.filter(person=payment.payee, in_use=True, state="normal").exists()


def test_what_fails_later_joins_the_correction_that_was_not_sent(db: None) -> None:
    ruled(DATA_FIRST)
    batch = verified_batch(data_roster(homes=3))
    take(batch, answer(batch, fails={1: "4"}, only={1}))
    take(batch, answer(batch, fails={2: "4"}, only={2, 3}))
    correction = old_of(batch).corrections.get()
    assert correction.line_count == correction.lines.count() == 2
    assert list(ledger_checks.findings()) == []


def test_nobody_joins_a_correction_and_nobody_gets_more(failed: Batch) -> None:
    correction = old_of(failed).corrections.get()
    line = correction.lines.select_related("standard", "corrects").get()
    head = household(cast.villages[0]).head
    assert head is not None
    with pytest.raises(Conflict, match="不能增加人员"):
        rosters.add_line(
            by=cast.clerk, roster=correction, beneficiary=head, standard=line.standard, quantity=line.quantity
        )
    with pytest.raises(Conflict, match="不能增加人员"):
        rosters.fill_lines(by=cast.clerk, roster=correction, picks=[Pick(head.pk, line.standard_id, line.quantity)])
    with pytest.raises(Conflict, match="不能增加人员"):
        rosters.fill_from_register(by=cast.clerk, roster=correction)
    with pytest.raises(Invalid, match="不能超过原来"):
        rosters.change_line(by=cast.clerk, line=line, quantity=line.quantity + 1)
    with pytest.raises(Invalid, match="计发依据"):
        rosters.change_line(by=cast.clerk, line=line, basis="另一块地")
    less = rosters.change_line(by=cast.clerk, line=line, quantity=line.quantity - 1)
    assert less.amount_fen < failed.payments.get(number=1).amount_fen
    with pytest.raises(Forbidden):
        rosters.remove_line(by=cast.clerk2, line=less)


def test_the_truths_of_corrections_are_the_databases(failed: Batch) -> None:
    correction = old_of(failed).corrections.get()
    line = correction.lines.get()
    for change in ("amount_fen = amount_fen + 1", "basis = '二'", "period_end = period_end - 1"):
        refused_by("rosters_line_corrects", f"UPDATE rosters_rosterline SET {change} WHERE id = %s", line.pk)
    refused_by("rosters_line_frozen", "UPDATE rosters_rosterline SET corrects_id = NULL WHERE id = %s", line.pk)
    refused_by("rosters_roster_frozen", "UPDATE rosters_roster SET corrects_id = id WHERE id = %s", correction.pk)


def test_a_line_leaves_its_roster_only_while_no_attempt_to_pay_it_lives(db: None) -> None:
    ruled(DATA_FIRST)
    batch = data_batch()
    refused_by(
        "disbursement_no_one_paid_twice",
        "UPDATE rosters_rosterline SET taken_out = true WHERE id = %s",
        batch.payments.get(number=1).line_id,
    )


def test_where_failures_are_mended_nothing_is_declared_again(db: None) -> None:
    ruled({k: v for k, v in DATA_FIRST.items() if k not in ("failure.way", "reissue.started_by")})
    batch = verified_batch()
    take(batch, answer(batch, fails={1: "4"}))
    assert old_of(batch).status == "paying"
    assert not Roster.objects.filter(kind="correction").exists()
    assert batch.payments.get(number=1).disposal == "open"


def test_a_voided_correction_ends_the_days_to_mend(failed: Batch) -> None:
    correction = old_of(failed).corrections.get()
    rosters.void_roster(by=cast.clerk, roster=correction, reason="本人已死亡，不再发放")
    assert Deadline.objects.get(kind="account.fix").state == "cancelled"
