"""Data first, then money: a batch whose data lies with the bank is bound to the money that pays it (CQ§28(3)-(5)).

The payer enters a payment order for exactly this batch; when its money arrives, it is bound. What came back earlier and
still lies in the agent account may pay a batch too.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.trail import record
from disbursement import clocks
from disbursement.models import Arrival, Batch
from disbursement.services.batches import locked_arrival, locked_batch, require_own, unused_fen, use_money
from lib.errors import Conflict, Invalid
from lib.money import format_yuan
from rulebook import clock

Status = Batch.Status
RULE = "data.before_money"


def check_waits(batch: Batch) -> None:
    """Refuses money for a batch that needs none, or not yet."""
    if not batch.data_first:
        raise Conflict("这个批次是先有资金后制批的，不用再拨款。", code="disbursement.not_data_first", rule=RULE)
    if batch.arrival_id is not None:
        raise Conflict(f"批次{batch.number}的资金已经到账，不能再次拨款。", code="disbursement.bound_before")
    if batch.status != Status.SENT:
        raise Conflict(
            f"批次{batch.number}处于“{batch.get_status_display()}”，数据送达银行后才能拨付资金。",
            code="disbursement.data_not_sent",
            rule=RULE,
        )


def bind(by: User, batch: Batch, arrival: Arrival, *, given_at: datetime | None = None) -> None:
    """Money and data are together: both rows are locked, the batch first. The bank's clocks begin."""
    batch.arrival = arrival
    batch.save(update_fields=["arrival"])
    clocks.bank_ready(batch, given_at=given_at)
    use_money(by, batch, arrival, key=f"batch:{batch.pk}:bind")
    if batch.sent_at is not None:
        clocks.order_dispatched(arrival, at=batch.sent_at)
    facts = {"number": batch.number, "arrival": arrival.pk, "total_fen": batch.total_fen}
    record(by=by, verb="batch.bind", subject=batch, facts=facts)


@transaction.atomic
def bind_money(*, by: User, batch: Batch, arrival: Arrival) -> Batch:
    """Pays a batch, whose data is with the bank, from money that already lies in its agent account."""
    batch = locked_batch(batch)
    require_own(by, batch)
    check_waits(batch)
    found = locked_arrival(arrival.pk)
    order = found.order
    if order.quota_id != batch.quota_id or order.agent_account_id != batch.agent_account_id:
        raise Invalid(
            "这笔到账属于另一个指标或另一个代发户，不能用来发放本批次。",
            code="disbursement.other_quota",
            field="arrival",
        )
    free = unused_fen(found)
    if free < batch.total_fen:
        raise Invalid(
            f"这笔到账可用{format_yuan(free)}，批次需{format_yuan(batch.total_fen)}，"
            f"差{format_yuan(batch.total_fen - free)}。请另选到账，或按批次登记支付单。",
            code="disbursement.beyond_arrival",
            field="arrival",
        )
    bind(by, batch, found, given_at=clock.now())
    return batch
