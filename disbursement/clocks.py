"""What happens to a batch, told to the clocks: which run, and who answers, the kept rules say (PAY-4)."""

from datetime import datetime

from disbursement import kept, payers
from disbursement.models import Arrival, Batch, Payment, PaymentOrder
from rosters.models import Roster
from rulebook import deadlines
from rulebook.rules import snapshot

DISPATCH = "dispatch.to_bank"


def _tell(event: str, batch: Batch, at: datetime) -> None:
    who = payers.parties(policy=batch.quota.policy, bank=batch.bank)
    deadlines.begin(event, batch, at=at, who=who, kept=batch.rules)


def order_succeeded(order: PaymentOrder) -> None:
    """A payment order went through: the days to send its data to the bank begin, where they begin with it.

    The order of a batch whose data lies with the bank keeps that batch's rules; any other today's for its policy.
    """
    policy = order.quota.policy
    own = order.batch.rules if order.batch is not None else None
    rules = own or snapshot(policy_code=policy.code, keys=[DISPATCH])
    who = payers.parties(policy=policy, bank=order.agent_account.bank)
    deadlines.begin("payment_order.succeeded", order, at=order.succeeded_at, who=who, kept=rules)


def roster_approved(roster: Roster) -> None:
    who = payers.parties(policy=roster.policy, unit=roster.organisation)
    deadlines.begin("roster.approved", roster, at=roster.moved_at, who=who, kept=roster.rules)


def dispatched(batch: Batch) -> None:
    """A batch went to the bank: its rosters are dispatched, and its order, when everything of it is sent."""
    if batch.sent_at is None:
        return
    for roster in Roster.objects.filter(parts__batch=batch).order_by("pk"):
        deadlines.meet(DISPATCH, roster, at=batch.sent_at)
    if batch.arrival is not None:
        order_dispatched(batch.arrival, at=batch.sent_at)


def order_dispatched(arrival: Arrival, *, at: datetime) -> None:
    waits = arrival.batches.filter(status__in=[Batch.Status.DRAFT, Batch.Status.RELEASED]).exists()
    if arrival.used_fen == arrival.amount_fen and not waits:
        deadlines.meet(DISPATCH, arrival.order, at=max(at, arrival.order.succeeded_at))


def bank_ready(batch: Batch, *, given_at: datetime | None = None) -> None:
    """Money and data are both with the bank: the later of the two starts its clocks.

    Money that lay in the account before is with the bank for this batch since it was given to it.
    Where the bank has nothing to verify, what begins after its verification begins at once.
    """
    if batch.arrival is None or batch.sent_at is None:
        raise LookupError("the bank is ready when it has money and data")
    at = max(given_at or batch.arrival.arrived_at, batch.sent_at)
    _tell("bank.ready", batch, at)
    if kept.value(batch, "bank.verify") is None:
        _tell("bank.verified", batch, at)


def bank_verified(batch: Batch, *, at: datetime) -> None:
    deadlines.meet("bank.verify", batch, at=at)
    _tell("bank.verified", batch, at)


def payout_finished(batch: Batch, *, at: datetime) -> None:
    deadlines.meet("bank.payout", batch, at=at)
    _tell("payout.finished", batch, at)


def results_taken(batch: Batch, *, at: datetime) -> None:
    deadlines.meet("bank.feedback", batch, at=at)


def money_returned(payment: Payment, *, noticed_at: datetime, reported_at: datetime) -> None:
    batch = payment.batch
    who = payers.parties(policy=batch.quota.policy, bank=batch.bank)
    deadlines.begin("return.noticed", payment, at=noticed_at, who=who, kept=batch.rules)
    deadlines.meet("bank.cross_return", payment, at=reported_at)
