"""Money that was paid comes back from another bank: paid → failed by the bank's notice only (CQ§28(6))."""

from datetime import timedelta

import pytest

from audit import ledger_checks
from disbursement import practice
from disbursement.models import Batch, Payment, ReturnNotice
from disbursement.services import make_reissue, report_return
from lib.errors import Conflict, Forbidden, Invalid
from rosters.models import Roster
from rulebook import clock
from rulebook.models import Breach, Deadline
from subsidies import ledger
from tests.factories import cast
from tests.factories_disbursement import (
    DATA_FIRST,
    answer,
    answered_batch,
    approved_roster,
    arrival_of,
    fresh,
    take,
    verified_batch,
)
from tests.factories_rosters import settle
from tests.refused import refused_by
from tests.ruled import ruled, span


def came_back(payment: Payment, **more: object) -> ReturnNotice:
    given = {"noticed_at": clock.now(), "reason": "F02", "reference": "TK-1", "message": "账户已销户", **more}
    return report_return(by=more.pop("by", cast.bank), payment=payment, **{k: v for k, v in given.items() if k != "by"})  # type: ignore[arg-type]


def first_paid(batch: Batch) -> Payment:
    return batch.payments.select_related("batch", "line").get(number=1)


@pytest.mark.req("PAY-4", "PAY-5", "FND-3")
def test_a_return_opens_the_closed_roster_and_is_mended_like_every_failure(db: None) -> None:
    ruled({"bank.cross_return": span(3, "working_days", "return.noticed", "bank")})
    batch = answered_batch(approved_roster(homes=2))
    roster = Roster.objects.get(parts__batch=batch)
    assert roster.status == "closed"
    payment = first_paid(batch)
    notice = came_back(payment)
    payment.refresh_from_db()
    roster.refresh_from_db()
    assert (payment.status, payment.disposal, payment.reason, roster.status) == ("failed", "open", "F02", "paying")
    batch = fresh(batch)
    assert (batch.paid_count, batch.failed_count, batch.failed_fen) == (1, 1, payment.amount_fen)
    assert ledger.balances(batch.quota)["returned"] == payment.amount_fen
    own = Deadline.objects.filter(subject_type="disbursement.payment", subject_id=payment.pk)
    assert dict(own.values_list("kind", "state")) == {
        "bank.cross_return": "met", "account.fix": "armed", "failure.department": "armed",
    }  # fmt: skip
    assert own.get(kind="bank.cross_return").started_at == notice.noticed_at
    settle()
    assert list(ledger_checks.findings()) == []


@pytest.mark.req("PAY-5")
def test_after_a_return_the_payment_is_tried_again_and_the_roster_closes(db: None) -> None:
    batch = answered_batch(approved_roster(homes=2))
    payment = first_paid(batch)
    came_back(payment, reason="F14", message="")
    roster = Roster.objects.get(parts__batch=batch)
    again = make_reissue(by=cast.officer, arrival=arrival_of(roster), payments=[payment])
    assert again.payments.get().previous == payment


@pytest.mark.req("PAY-4")
def test_a_bank_that_told_late_of_a_return_has_it_on_its_record(db: None) -> None:
    ruled({"bank.cross_return": span(3, "working_days", "return.noticed", "bank")})
    batch = answered_batch(approved_roster())
    noticed = clock.now()
    clock.move_to(noticed + timedelta(days=30), by=None)
    came_back(first_paid(batch), noticed_at=noticed)
    assert Breach.objects.get(deadline__kind="bank.cross_return").organisation == batch.bank


def test_without_a_rule_for_returns_no_clock_runs(db: None) -> None:
    batch = answered_batch(approved_roster())
    came_back(first_paid(batch))
    assert not Deadline.objects.filter(kind="bank.cross_return").exists()


def test_a_return_is_told_once_of_what_was_paid_by_who_knows(db: None) -> None:
    batch = answered_batch(approved_roster(homes=2), fails={2: "4"})
    payment = first_paid(batch)
    for other in (cast.clerk, cast.dept_officer1, cast.auditor):
        with pytest.raises(Forbidden, match="代理银行"):
            came_back(payment, by=other)
    for field, wrong in (
        ("noticed_at", clock.now() + timedelta(hours=1)),
        ("noticed_at", clock.now() - timedelta(days=300)),
        ("reason", "X"),
        ("reference", " "),
    ):
        with pytest.raises(Invalid) as caught:
            came_back(payment, **{field: wrong})
        assert field in caught.value.fields
    with pytest.raises(Conflict, match="已发放的才能"):
        came_back(batch.payments.select_related("batch").get(number=2))
    came_back(payment)
    with pytest.raises(Conflict, match="已发放的才能"):
        came_back(payment)
    assert ReturnNotice.objects.count() == 1


def test_the_database_lets_paid_fail_and_a_closed_roster_open_only_by_a_notice(db: None) -> None:
    batch = answered_batch(approved_roster())
    payment, roster = first_paid(batch), Roster.objects.get(parts__batch=batch)
    failed = "UPDATE disbursement_payment SET status = 'failed', reason = 'F02', disposal = 'open' WHERE id = %s"
    refused_by("disbursement_payment_arrows", failed, payment.pk)
    refused_by("rosters_roster_arrows", "UPDATE rosters_roster SET status = 'paying' WHERE id = %s", roster.pk)
    notice = came_back(payment)
    refused_by("InsufficientPrivilege", "UPDATE disbursement_returnnotice SET reason = 'F01' WHERE id = %s", notice.pk)
    refused_by(
        "disbursement_payment_arrows", "UPDATE disbursement_payment SET status = 'paid' WHERE id = %s", payment.pk
    )
    unpaid = answered_batch(approved_roster(basis="二"), fails={1: "4"})
    refused_by(
        "disbursement_return_of_paid",
        "INSERT INTO disbursement_returnnotice (payment_id, reason, message, reference, noticed_at, reported_at)"
        " VALUES (%s, 'F02', '', 'X', now(), now())",
        first_paid(unpaid).pk,
    )


def test_what_comes_back_is_declared_again_where_the_rules_say_so(db: None) -> None:
    ruled(DATA_FIRST)
    batch = verified_batch()
    take(batch, answer(batch))
    payment, old = first_paid(batch), Roster.objects.get(parts__batch=batch)
    came_back(payment)
    old.refresh_from_db()
    payment.refresh_from_db()
    correction = old.corrections.get()
    assert (old.status, payment.disposal, correction.lines.get().corrects_id) == ("closed", "returned", payment.line_id)
    assert "returned" not in {kind for kind, fen in ledger.balances(batch.quota).items() if fen}
    assert list(ledger_checks.findings()) == []


def test_the_practice_bank_lets_some_come_back(db: None) -> None:
    batch = answered_batch(approved_roster(homes=2))
    assert len(practice.bring_back(share=1.0)) == batch.payment_count
    assert practice.bring_back(share=1.0) == []
    assert set(batch.payments.values_list("status", flat=True)) == {"failed"}
