"""Money that was paid and came back: the bank's notice, and what follows from it (CQ§28(6), bank.cross_return)."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.scope import scope_of
from accounts.trail import record
from disbursement import clocks, payers
from disbursement import reasons as failure_reasons
from disbursement.models import Arrival, Batch, ClearingQuota, Payment, ReturnNotice
from disbursement.services import consequences
from disbursement.services.batches import locked_arrival, locked_batch, locked_rosters
from disbursement.services.recovery import money as recovery
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import normalise, sentence
from rosters.models import Roster
from rosters.services import reopen_roster
from rulebook import clock
from subsidies import ledger
from subsidies.models import LedgerAccount

Account = LedgerAccount.Kind


@transaction.atomic
def report_return(
    *,
    by: User | None,
    payment: Payment,
    noticed_at: datetime,
    reason: str,
    reference: str,
    message: str = "",
) -> ReturnNotice:
    """The bank reports that a paid payment came back: it has failed, and is dealt with as every failure.

    `noticed_at` is when the bank heard of it: from there run its days to report.
    """
    batch = locked_batch(payment.batch)
    _authorise(by, batch)
    if batch.arrival_id is None:
        raise Conflict("这个批次没有发放过。", code="disbursement.not_paid")
    arrival = locked_arrival(batch.arrival_id)
    rosters = locked_rosters(list(Roster.objects.filter(lines__payments=payment).values_list("pk", flat=True)))
    found = (
        Payment.objects.select_for_update(no_key=True, of=("self",)).select_related("line", "batch").get(pk=payment.pk)
    )
    found.batch = batch
    _check(found, noticed_at, reason, reference)
    recovery.refuse_return(found)
    notice = ReturnNotice.objects.create(
        payment=found,
        reason=reason,
        message=sentence(message)[:200],
        reference=normalise(reference),
        noticed_at=noticed_at,
        reported_by=by,
        reported_at=clock.now(),
    )
    _came_back(found, notice)
    recovery.close_returned(found, notice, by)
    _count(batch, arrival, found.amount_fen)
    clocks.money_returned(found, noticed_at=noticed_at, reported_at=notice.reported_at)
    for roster in rosters:
        reopen_roster(by=by, roster=roster)
    again = consequences.follow_failures(by, batch, [found.pk], at=notice.reported_at)
    consequences.close_finished(by=by, rosters=locked_rosters([roster.pk for roster in rosters]))
    key = f"return:{notice.pk}"
    ledger.move(batch.quota, Account.PAID, Account.RETURNED, found.amount_fen, key=key, subject=notice, by=by)
    consequences.free_returned(batch, again, key=key, by=by)
    consequences.tell_of_return(notice, found)
    facts = {"batch": batch.number, "payment": found.pk, "amount_fen": found.amount_fen, "reason": reason,
             "noticed_at": noticed_at}  # fmt: skip
    record(by=by, verb="payment.return", subject=found, facts=facts)
    return notice


def _authorise(by: User | None, batch: Batch) -> None:
    if by is None or batch.bank_id in scope_of(by).bank_ids or payers.may_make(by, payers.of_batch(batch)):
        return
    raise Forbidden("退款由本批次的代理银行或发放单位的经办登记。", code="disbursement.return_by")


def _check(payment: Payment, noticed_at: datetime, reason: str, reference: str) -> None:
    if payment.status != Payment.Status.PAID:
        raise Conflict(
            f"这笔支付是“{payment.get_status_display()}”，只有已发放的才能登记退款。", code="disbursement.not_paid"
        )
    if ClearingQuota.objects.filter(quota=payment.batch.quota, clearing__status="cleared").exists():
        raise Conflict("这笔资金的指标已经清算，退款请按清算后的追缴、缴回办理。", code="disbursement.quota_cleared")
    if reason not in failure_reasons.reasons():
        raise Invalid("请选择退回原因。", code="disbursement.reason", field="reason")
    if not normalise(reference) or len(normalise(reference)) > 60:
        raise Invalid("请填写退款流水号，不超过60个字。", code="disbursement.empty", field="reference")
    if noticed_at > clock.now():
        raise Invalid("收到退款信息的时间不能晚于现在，请核对。", code="disbursement.future", field="noticed_at")
    paid_at = payment.settled_at
    if paid_at is not None and noticed_at < paid_at.replace(second=0, microsecond=0):
        raise Invalid("收到退款信息的时间早于入账时间，请核对。", code="disbursement.return_early", field="noticed_at")


def _came_back(payment: Payment, notice: ReturnNotice) -> None:
    payment.status, payment.disposal = Payment.Status.FAILED, Payment.Disposal.OPEN
    payment.reason, payment.bank_message = notice.reason, notice.message or "跨行退款"
    payment.bank_reference, payment.settled_at = notice.reference, notice.noticed_at
    payment.save(update_fields=["status", "disposal", "reason", "bank_message", "bank_reference", "settled_at"])


def _count(batch: Batch, arrival: Arrival, fen: int) -> None:
    batch.paid_count, batch.paid_fen = batch.paid_count - 1, batch.paid_fen - fen
    batch.failed_count, batch.failed_fen = batch.failed_count + 1, batch.failed_fen + fen
    batch.save(update_fields=["paid_count", "paid_fen", "failed_count", "failed_fen"])
    arrival.used_fen -= fen
    arrival.save(update_fields=["used_fen"])
