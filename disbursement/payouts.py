"""A villager's own payments in plain words, for the public page of one's own subsidies."""

from collections.abc import Collection

from django.db.models import Q

from disbursement import reasons
from disbursement.models import Batch, Payment
from disbursement.recovery_selectors import AskedBack, asked_back
from households.doubles import records_of
from households.models import Person
from lib import masking
from lib.money import format_yuan
from lib.periods import period_words
from publicity.payouts import PayoutView
from rosters import shapes
from rosters.models import RosterLine

_TONES = {"paid": "good", "failed": "bad", "sent": "info", "pending": "neutral", "unknown": "warn"}
_STATE_WORDS = {"pending": "待发放", "sent": "银行正在发放", "unknown": "银行正在核实", "paid": "已发放"}


def payouts_of(person: Person) -> list[PayoutView]:
    """A villager's own payments, as beneficiary or payee, the newest attempt of each, in plain words."""
    mine = records_of(person)
    # The few lines first: an OR over two tables would have every payment of the county read.
    lines = list(RosterLine.objects.filter(beneficiary__in=mine).values_list("pk", flat=True))
    payments = (
        Payment.objects.filter(Q(payee__in=mine) | Q(line__in=lines))
        .exclude(status=Payment.Status.CANCELLED)
        .exclude(disposal=Payment.Disposal.REISSUED)
        .exclude(batch__status=Batch.Status.DRAFT, attempt=1)
        .select_related("line__roster__policy", "line__roster__version__template", "line__standard", "batch")
    )
    back = asked_back(payments)
    return [_payout(payment, mine, back.get(payment.pk)) for payment in payments.order_by("-pk")]


def _payout(payment: Payment, mine: Collection[int], back: AskedBack | None) -> PayoutView:
    """Another's account is nobody's business: a beneficiary who does not receive it sees who does."""
    own = payment.payee_id in mine
    roster, failed = payment.line.roster, payment.status == Payment.Status.FAILED
    why = reasons.reason(payment.reason) if failed else None
    return PayoutView(
        what=roster.policy.name,
        period=period_words(roster.period_start, roster.period_end),
        amount_fen=payment.amount_fen,
        state=_failed_words(payment)
        if failed
        else _back_words(back, payment.amount_fen)
        if back
        else _state_words(payment),
        tone="warn" if back and back.rest_fen else "neutral" if back else _TONES[payment.status],
        at=payment.settled_at or payment.batch.sent_at or payment.batch.released_at,
        account_tail=payment.account_tail if own else "",
        bank_name=payment.bank_name if own else "",
        failure=f"{why.name}。{why.action}" if why else _why_back(back) if back else "",
        whose=_whose(payment, mine),
        year=roster.period_start.year,
        paid=payment.status == Payment.Status.PAID,
        recovered_fen=back.received_fen if back else 0,
        own=shapes.of_owner(payment.line, whole=payment.line.beneficiary_id in mine),
    )


def _whose(payment: Payment, mine: Collection[int]) -> str:
    """Between beneficiary and payee, where they are two: who receives it, or for whom it is received."""
    if payment.payee_id == payment.line.beneficiary_id:
        return ""
    if payment.payee_id in mine:
        return f"享受人{masking.name(payment.line.beneficiary_name)}，由您收款"
    return f"由{masking.name(payment.payee_name)}收款"


def _words(payment: Payment, back: AskedBack | None) -> str:
    if payment.status == Payment.Status.FAILED:
        return _failed_words(payment)
    return _back_words(back, payment.amount_fen) if back else _state_words(payment)


def _state_words(payment: Payment) -> str:
    if payment.line.cash and payment.status in (Payment.Status.PENDING, Payment.Status.SENT):
        return "等待集中发放现金"
    if payment.status == Payment.Status.PENDING and payment.attempt > 1:
        return "正在补发"
    return _STATE_WORDS[payment.status]


def _failed_words(payment: Payment) -> str:
    if payment.disposal == Payment.Disposal.TAKEN_OUT:
        return "未发放，已移出清册"
    if payment.disposal == Payment.Disposal.RETURNED:
        return "发放失败，正在重新申报"
    return "发放失败，待补发" if payment.disposal == Payment.Disposal.MENDED else "发放失败"


def _back_words(back: AskedBack, amount_fen: int) -> str:
    """What was paid and asked back is not merely paid."""
    if back.received_fen == amount_fen:
        return "已全部退回"
    if back.rest_fen == 0:
        return f"已发放，其中{format_yuan(back.received_fen)}已退回"
    return f"已发放，其中{format_yuan(back.rest_fen)}须退回" if back.open else "已发放，退回已办结"


def _why_back(back: AskedBack) -> str:
    told = f"{back.why}，应退回{format_yuan(back.asked_fen)}，已退回{format_yuan(back.received_fen)}。"
    return f"{told}请按追缴通知书上的账户和期限退回，有疑问请联系{back.department}。" if back.open else told
