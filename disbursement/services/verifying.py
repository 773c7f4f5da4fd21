"""The bank's words between data and result: money and data agree or not, and when it finished paying (CQ§28(5)-(6))."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.scope import scope_of
from accounts.trail import record
from disbursement import clocks, kept, payers
from disbursement.models import BankDiscrepancy, Batch
from disbursement.services.batches import locked_batch
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from rulebook import clock

Status = Batch.Status
RULE = "bank.verify"
AGAIN = "银行再次核对，资金与数据一致。"


def require_bank(by: User | None, batch: Batch) -> None:
    """The operator of the batch's bank; nobody at all when the bank's own connector speaks."""
    if by is not None and batch.bank_id not in scope_of(by).bank_ids:
        raise Forbidden("这一步由本批次的代理银行办理。", code="disbursement.by_bank")


def check_ready(batch: Batch) -> None:
    """Refuses whatever the bank says of a batch while it has not both data and money."""
    if batch.status not in (Status.SENT, Status.ANSWERED):
        raise Conflict(
            f"批次{batch.number}处于“{batch.get_status_display()}”，还没有送达银行。", code="disbursement.not_sent"
        )
    if batch.arrival_id is None:
        raise Conflict(
            f"批次{batch.number}的资金还没有到账，到账后才能核对和发放。请联系发放单位拨款。",
            code="disbursement.no_money",
            rule="data.before_money",
        )


def check_verified(batch: Batch) -> None:
    """Refuses payouts and results before the bank has verified, where it has to."""
    check_ready(batch)
    if needs_verification(batch):
        raise Conflict(
            f"批次{batch.number}还没有核对。请先核对资金与数据，确认一致后再发放、反馈。",
            code="disbursement.not_verified",
            rule=RULE,
        )


def needs_verification(batch: Batch) -> bool:
    return batch.verified_at is None and kept.value(batch, RULE) is not None


def _to_verify(batch: Batch) -> None:
    check_ready(batch)
    if kept.value(batch, RULE) is None:
        raise Conflict("按本批次适用的规则，银行不用核对，直接发放。", code="disbursement.no_verification", rule=RULE)


@transaction.atomic
def verify_batch(*, by: User | None, batch: Batch) -> Batch:
    """The bank confirms that money and data agree; said twice, it counts once."""
    require_bank(by, batch)
    batch = locked_batch(batch)
    _to_verify(batch)
    if batch.verified_at is not None:
        return batch
    if batch.discrepancy:
        _settle(by, batch, AGAIN)
    batch.verified_at, batch.verified_by, batch.discrepancy = clock.now(), by, ""
    batch.save(update_fields=["verified_at", "verified_by", "discrepancy"])
    clocks.bank_verified(batch, at=batch.verified_at)
    record(by=by, verb="batch.verify", subject=batch, facts={"number": batch.number, "total_fen": batch.total_fen})
    return batch


@transaction.atomic
def report_discrepancy(*, by: User | None, batch: Batch, text: str) -> Batch:
    """The bank says what does not agree; the payer has it among the to-dos. The bank's days go on."""
    require_bank(by, batch)
    words = _words(text, "哪里不符")
    batch = locked_batch(batch)
    _to_verify(batch)
    if batch.verified_at is not None:
        raise Conflict("本批次已核对一致，不能再报不符；发放有误的按结果反馈。", code="disbursement.verified_before")
    if batch.discrepancy:
        raise Conflict("上次报告的不符还没有处理，请等发放单位处理后再核对。", code="disbursement.discrepancy_open")
    BankDiscrepancy.objects.create(batch=batch, text=words, reported_by=by, reported_at=clock.now())
    batch.discrepancy = words
    batch.save(update_fields=["discrepancy"])
    record(by=by, verb="batch.discrepancy", subject=batch, facts={"number": batch.number})
    return batch


@transaction.atomic
def settle_discrepancy(*, by: User, batch: Batch, text: str) -> Batch:
    """The payer has mended what did not agree, and says how; the bank verifies again."""
    words = _words(text, "处理结果")
    batch = locked_batch(batch)
    payers.require_releaser(by, payers.of_batch(batch), rule=payers.rule_of(batch))
    if not batch.discrepancy:
        raise Conflict("本批次没有待处理的不符，请刷新页面后再看。", code="disbursement.no_discrepancy")
    _settle(by, batch, words)
    batch.discrepancy = ""
    batch.save(update_fields=["discrepancy"])
    record(by=by, verb="batch.settle", subject=batch, facts={"number": batch.number})
    return batch


def _settle(by: User | None, batch: Batch, words: str) -> None:
    BankDiscrepancy.objects.filter(batch=batch, settled_at__isnull=True).update(
        settlement=words, settled_by=by, settled_at=clock.now()
    )


def _words(text: str, title: str) -> str:
    words = sentence(text)
    if not 4 <= len(words) <= 300:
        raise Invalid(f"请写明{title}，4至300个字。", code="disbursement.words", field="text")
    return words


@transaction.atomic
def report_finished(*, by: User | None, batch: Batch, at: datetime) -> Batch:
    """The bank has paid out: from `at` run the days for its answer. Said twice, the first word stands."""
    require_bank(by, batch)
    batch = locked_batch(batch)
    if batch.finished_at is not None:
        return batch
    check_verified(batch)
    if at > clock.now():
        raise Invalid("发放结束时间不能晚于现在，请核对。", code="disbursement.future", field="at")
    if at < _ready_at(batch):
        raise Invalid(
            "发放结束时间早于资金和数据到齐（或核对一致）的时间，请核对。",
            code="disbursement.finished_early",
            field="at",
        )
    finish(batch, at=at)
    record(by=by, verb="batch.finish", subject=batch, facts={"number": batch.number, "at": at})
    return batch


def _ready_at(batch: Batch) -> datetime:
    """When the bank could begin; to the minute, as people enter times."""
    moments = [batch.sent_at, batch.arrival.arrived_at if batch.arrival else None, batch.verified_at]
    return max(moment for moment in moments if moment is not None).replace(second=0, microsecond=0)


def finish(batch: Batch, *, at: datetime) -> None:
    batch.finished_at = at
    batch.save(update_fields=["finished_at"])
    clocks.payout_finished(batch, at=at)
