"""Payment orders of the treasury system and their arrival in the agent account (FND-2)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Organisation, Role, User
from accounts.scope import require
from accounts.trail import record
from disbursement import clocks, kept, payers
from disbursement.layouts import layout_of
from disbursement.models import AgentAccount, Arrival, Batch, PaymentOrder
from disbursement.services.batches import locked_batch, require_own
from disbursement.services.binding import RULE, bind, check_waits
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.identifiers import check_account_number
from lib.money import format_yuan
from lib.text import normalise
from rosters.models import Roster
from rulebook import clock, rules
from subsidies.closing import refuse_if_closed
from subsidies.models import Quota


@transaction.atomic
def register_agent_account(*, by: User | None, bank: Organisation, name: str, number: str, layout: str) -> AgentAccount:
    """Registers an account from which a bank pays out; `by` is None only while a county is being set up."""
    if by is not None:
        require(by, Role.FINANCE_OFFICER)
    if bank.kind != Organisation.Kind.BANK:
        raise Invalid("代发户须开在代理金融机构，请重新选择银行。", code="disbursement.not_a_bank", field="bank")
    digits = check_account_number(number)
    account = AgentAccount.objects.create(
        bank=bank,
        name=_filled(name, "name", "户名", 100),
        number_cipher=crypto.encrypt(digits),
        tail=digits[-4:],
        layout=layout_of(layout).code,
    )
    record(by=by, verb="agent_account.register", subject=account, facts={"bank": bank.code, "layout": layout})
    return account


def _filled(text: str, field: str, title: str, most: int) -> str:
    plain = normalise(text)
    if not plain or len(plain) > most:
        raise Invalid(f"请填写{title}，不超过{most}个字。", code="disbursement.empty", field=field)
    return plain


def _past(moment: datetime, field: str, title: str) -> datetime:
    if moment > clock.now():
        raise Invalid(f"{title}不能晚于现在，请核对。", code="disbursement.future", field=field)
    return moment


@transaction.atomic
def enter_order(
    *,
    by: User,
    number: str,
    quota: Quota,
    agent_account: AgentAccount,
    amount_fen: int,
    succeeded_at: datetime,
    batch: Batch | None = None,
) -> PaymentOrder:
    """Enters a payment order that the treasury system has paid; where the rules say so, its days to dispatch begin.

    Where data goes before money, the order is for exactly one `batch` that the bank has.
    """
    _may_order(by, quota, agent_account, amount_fen, batch)
    if amount_fen <= 0:
        raise Invalid("支付金额应大于零。", code="disbursement.amount", field="amount")
    if not agent_account.active:
        raise Invalid("这个代发户已停用，请另选。", code="disbursement.account_closed", field="agent_account")
    _past(succeeded_at, "succeeded_at", "拨付成功时间")
    refuse_if_closed(quota)
    quota = Quota.objects.select_for_update(no_key=True).get(pk=quota.pk)
    ordered = sum(PaymentOrder.objects.filter(quota=quota).values_list("amount_fen", flat=True))
    if ordered + amount_fen > quota.amount_fen:
        raise Invalid(
            f"指标{quota.document_number}共{format_yuan(quota.amount_fen)}，已登记支付单{format_yuan(ordered)}，"
            f"最多还能登记{format_yuan(quota.amount_fen - ordered)}。",
            code="disbursement.beyond_quota",
            field="amount",
        )
    try:
        with transaction.atomic():
            order = PaymentOrder.objects.create(
                number=_filled(number, "number", "支付单号", 40),
                quota=quota,
                agent_account=agent_account,
                batch=batch,
                amount_fen=amount_fen,
                succeeded_at=succeeded_at,
                entered_by=by,
                entered_at=clock.now(),
            )
    except IntegrityError:
        raise Conflict(
            "这个支付单号已经登记过，或这个批次已有支付单，请核对。", code="disbursement.order_number", field="number"
        ) from None
    clocks.order_succeeded(order)
    record(
        by=by,
        verb="payment_order.enter",
        subject=order,
        facts={"number": order.number, "quota": quota.pk, "amount_fen": amount_fen, "batch": order.batch_id},
    )
    return order


def _may_order(by: User, quota: Quota, agent_account: AgentAccount, amount_fen: int, batch: Batch | None) -> None:
    """By the payer's officer: for a batch whose data is with the bank exactly its total, else for the quota."""
    if batch is None:
        payers.require_for_quota(by, quota)
        if _data_goes_first(quota):
            raise Conflict(
                "这项政策先送数据、后拨资金：请在已送达银行的批次上登记支付单。",
                code="disbursement.order_needs_batch",
                rule=RULE,
            )
        return
    found = locked_batch(batch)
    require_own(by, found)
    check_waits(found)
    if found.quota_id != quota.pk or found.agent_account_id != agent_account.pk:
        raise Invalid("支付单的指标和代发户须与批次一致。", code="disbursement.other_quota", rule=RULE)
    if amount_fen != found.total_fen:
        raise Invalid(
            f"支付单金额{format_yuan(amount_fen)}与批次{found.number}的{format_yuan(found.total_fen)}不一致，请核对。",
            code="disbursement.order_amount",
            field="amount",
            rule=RULE,
        )


def _data_goes_first(quota: Quota) -> bool:
    """Whether every order of the quota is for a batch: by today's rule, and no roster under way keeps another."""
    if not rules.value(RULE, policy_code=quota.policy.code):
        return False
    waiting = Roster.objects.filter(quota=quota, status__in=payers.UNDER_WAY).select_related("policy")
    return all(kept.of_roster(roster, RULE)["value"] and roster.method == "account" for roster in waiting)


@transaction.atomic
def enter_arrival(
    *, by: User, order: PaymentOrder, bank_reference: str, amount_fen: int, arrived_at: datetime
) -> Arrival:
    """Enters that an order's money lies in the agent account: whole, after the order, once.

    The money of an order for a batch is bound to it at once.
    """
    batch = locked_batch(order.batch) if order.batch is not None else None
    if batch is not None:
        require_own(by, batch)
        check_waits(batch)
    else:
        payers.require_for_quota(by, order.quota)
    if amount_fen != order.amount_fen:
        raise Invalid(
            f"到账金额{format_yuan(amount_fen)}与支付单金额{format_yuan(order.amount_fen)}不一致，请与银行核对后再登记。",
            code="disbursement.arrival_amount",
            field="amount",
        )
    _past(arrived_at, "arrived_at", "到账时间")
    if arrived_at < order.succeeded_at:
        raise Invalid("到账时间早于支付单拨付成功时间，请核对。", code="disbursement.arrival_early", field="arrived_at")
    if Arrival.objects.filter(order=order).exists():
        raise Conflict("这张支付单的到账已经登记过。", code="disbursement.arrival_again")
    try:
        with transaction.atomic():
            arrival = Arrival.objects.create(
                order=order,
                bank_reference=_filled(bank_reference, "bank_reference", "银行流水号", 60),
                amount_fen=amount_fen,
                arrived_at=arrived_at,
                entered_by=by,
                entered_at=clock.now(),
            )
    except IntegrityError:
        raise Conflict(
            "这个银行流水号或这张支付单的到账已经登记过，请核对。",
            code="disbursement.arrival_again",
            field="bank_reference",
        ) from None
    record(
        by=by,
        verb="arrival.enter",
        subject=arrival,
        facts={"order": order.number, "reference": arrival.bank_reference, "amount_fen": amount_fen},
    )
    if batch is not None:
        bind(by, batch, arrival)
    return arrival
