"""Batches: made by one officer of the paying office, released by another person of it (PAY-1, truths 2, 4, 5).

Where data goes before money (data.before_money) a batch is made and released without an arrival, and bound to its money
when that has come (`services.binding`).

Locks are taken in one order everywhere: batch, arrival, rosters, payments, and the ledger's quota last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from accounts.models import Organisation, User
from accounts.trail import record
from disbursement import clocks, exchange, kept, payers
from disbursement.layouts import layout_of
from disbursement.models import AgentAccount, Arrival, BankOutbox, Batch, BatchRoster, Payment
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.money import format_yuan
from lib.truths import broken_truth
from rosters.models import Roster
from rosters.payees import refuse_without_right
from rosters.services import begin_paying
from rulebook import clock
from rulebook.rules import Kept
from subsidies import ledger
from subsidies.models import LedgerAccount, Quota

Status = Batch.Status
Account = LedgerAccount.Kind
LINES_TOLD = 8

_FROM_LINES = """
INSERT INTO disbursement_payment
       (batch_id, number, line_id, attempt, payee_id, payee_name, payee_id_cipher, bank_name, account_cipher,
        account_digest, account_tail, amount_fen, status, reason, bank_message, bank_reference, disposal)
SELECT %(batch)s, row_number() OVER (ORDER BY l.roster_id, l.number), l.id, 1, l.payee_id, l.payee_name,
       l.payee_id_cipher, CASE WHEN l.cash THEN '' ELSE l.bank_name END,
       CASE WHEN l.cash THEN '' ELSE l.account_cipher END, CASE WHEN l.cash THEN '' ELSE l.account_digest END,
       CASE WHEN l.cash THEN '' ELSE l.account_tail END, l.amount_fen, 'pending', '', '', '', ''
  FROM rosters_rosterline l
 WHERE l.roster_id = ANY(%(rosters)s) AND l.living AND NOT l.taken_out
"""
# Who may have died, and whose account may have changed, between the roster and the bank.
_UNPAYABLE = """
SELECT l.roster_id, l.number, CASE
           WHEN (b.state IN ('dead', 'missing') AND NOT rosters_may_receive(p.payee_id, b.id, l.roster_id))
             OR y.state IN ('dead', 'missing') THEN 'person'
           WHEN a.state <> 'normal' THEN 'account'
           ELSE 'changed' END
  FROM disbursement_payment p
  JOIN rosters_rosterline l ON l.id = p.line_id
  JOIN households_person b ON b.id = l.beneficiary_id
  JOIN households_person y ON y.id = p.payee_id
  LEFT JOIN households_bankaccount a
         ON a.person_id = p.payee_id AND a.number_digest = p.account_digest AND a.in_use
 WHERE p.batch_id = %s
   AND (b.state IN ('dead', 'missing') AND NOT rosters_may_receive(p.payee_id, b.id, l.roster_id)
        OR y.state IN ('dead', 'missing')
        OR (NOT l.cash AND (a.id IS NULL OR a.state <> 'normal')))
 ORDER BY l.roster_id, l.number
"""
_WHY = {"person": "人员已死亡或失踪", "account": "账户状态不正常", "changed": "账户已更换"}


@dataclass(frozen=True)
class Plan:
    """What a batch begins with, once checked. Without an arrival its data goes before its money."""

    kind: Batch.Kind
    rosters: Sequence[Roster]
    rules: Kept
    payer: Organisation | None
    agent_account: AgentAccount
    arrival: Arrival | None = None

    @property
    def quota(self) -> Quota:
        return self.rosters[0].quota


def locked_batch(batch: Batch) -> Batch:
    found = (
        Batch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("arrival__order__quota__policy", "quota__policy__department", "agent_account", "bank", "payer")
        .filter(pk=batch.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def locked_arrival(pk: int) -> Arrival:
    return (
        Arrival.objects.select_for_update(no_key=True, of=("self",))
        .select_related("order__quota__policy", "order__agent_account__bank")
        .get(pk=pk)
    )


def locked_rosters(pks: Sequence[int]) -> list[Roster]:
    found = Roster.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=pks).order_by("pk")
    return list(found.select_related("policy__department", "quota"))


def unused_fen(arrival: Arrival) -> int:
    """Money of an arrival that neither is with the bank nor stands in a draft."""
    drafts = arrival.batches.filter(status=Status.DRAFT).aggregate(fen=Sum("total_fen"))["fen"] or 0
    return arrival.amount_fen - arrival.used_fen - drafts


def _move(batch: Batch, status: Batch.Status, **changes: Any) -> None:
    """The one way a batch changes its state."""
    if status not in Batch.TRANSITIONS[batch.status]:
        raise Conflict(
            f"批次处于“{batch.get_status_display()}”，不能转为“{status.label}”，请刷新页面后再看。",
            code="disbursement.arrow",
        )
    batch.status = status
    for name, value in changes.items():
        setattr(batch, name, value)
    batch.save(update_fields=["status", *changes])


# --- Making -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def make_batch(
    *,
    by: User,
    rosters: Sequence[Roster],
    arrival: Arrival | None = None,
    agent_account: AgentAccount | None = None,
) -> Batch:
    """Puts approved rosters of one quota into a draft: every living line one payment, numbered.

    It is paid from `arrival`; where the rosters' data goes before their money, there is none yet, and `agent_account`
    says which bank will pay.
    """
    if not rosters:
        raise Invalid("请至少选择一份清册。", code="disbursement.no_roster", field="rosters")
    found = locked_arrival(arrival.pk) if arrival is not None else None
    chosen = locked_rosters([roster.pk for roster in rosters])
    check_one_method(chosen)
    rules = kept.common(chosen)
    payer = payers.office(rules["dispatch.by"]["value"], chosen[0].policy)
    payers.require_maker(by, payer)
    account = _account(rules, chosen, found, agent_account)
    for roster in chosen:
        _check_roster(roster, chosen[0].quota if found is None else found.order.quota)
    batch = open_batch(by, Plan(Batch.Kind.FIRST, chosen, rules, payer, account, found))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FROM_LINES, {"batch": batch.pk, "rosters": [roster.pk for roster in chosen]})
    except IntegrityError as fault:
        if broken_truth(fault) != "disbursement_no_one_paid_twice":
            raise
        raise Conflict(
            "清册中有明细正在别的批次中发放，请刷新页面后再看。", code="disbursement.already_in_batch"
        ) from None
    return seal_draft(by, batch)


def _account(
    rules: Kept, rosters: Sequence[Roster], arrival: Arrival | None, agent_account: AgentAccount | None
) -> AgentAccount:
    """The account from which will be paid: the arrival's, or, where data goes first, the chosen one."""
    # Cash is drawn from money that is there.
    before = bool(rules["data.before_money"]["value"]) and rosters[0].method == Roster.Method.ACCOUNT
    if before and arrival is not None:
        raise Invalid(
            "这些清册先送数据、后拨资金，制批时不选到账；批次送达银行后再按批次拨款。",
            code="disbursement.data_first",
            rule="data.before_money",
        )
    if arrival is not None:
        return arrival.order.agent_account
    if not before:
        raise Invalid(
            "这些清册要等资金到代发户后才能制批，请选择到账。", code="disbursement.no_arrival", rule="data.before_money"
        )
    if agent_account is None or not agent_account.active:
        raise Invalid("请选择在用的代发户。", code="disbursement.no_account", field="agent_account")
    return agent_account


def _check_roster(roster: Roster, quota: Quota) -> None:
    if roster.status != Roster.Status.APPROVED:
        raise Conflict(
            f"“{roster.title}”处于“{roster.get_status_display()}”，只有审核完毕待发放的清册才能制批。",
            code="disbursement.not_approved",
            field="rosters",
        )
    if roster.quota_id != quota.pk:
        raise Invalid(
            f"“{roster.title}”用的是另一个资金指标，不能在这个批次中发放，请按指标分别制批。",
            code="disbursement.other_quota",
            field="rosters",
        )
    refuse_without_right(roster)
    there = Batch.objects.filter(parts__roster=roster).exclude(status=Status.CANCELLED).first()
    if there is not None:
        raise Conflict(
            f"“{roster.title}”已在批次{there.number}中。", code="disbursement.already_in_batch", field="rosters"
        )


def open_batch(by: User, plan: Plan) -> Batch:
    """An empty draft with its rosters; its number carries the day and its key, so that it never repeats."""
    check_one_method(plan.rosters)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('disbursement_batch', 'id'))")
        pk = cursor.fetchone()[0]
    moment = clock.now()
    batch = Batch.objects.create(
        pk=pk,
        number=f"{'FF' if plan.kind == Batch.Kind.FIRST else 'BF'}{moment:%Y%m%d}{pk:06d}",
        kind=plan.kind,
        method=plan.rosters[0].method,
        rules=plan.rules,
        payer=plan.payer,
        data_first=plan.arrival is None,
        arrival=plan.arrival,
        quota=plan.quota,
        agent_account=plan.agent_account,
        bank=plan.agent_account.bank,
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=moment,
    )
    BatchRoster.objects.bulk_create(
        BatchRoster(batch=batch, roster=roster, fingerprint=bytes(roster.fingerprint or b"")) for roster in plan.rosters
    )
    return batch


def check_one_method(rosters: Sequence[Roster]) -> None:
    if len({roster.method for roster in rosters}) > 1:
        raise Invalid(
            "打卡发放和现金发放的清册不能放在一个批次，请分别制批。", code="disbursement.methods", field="rosters"
        )


def seal_draft(by: User, batch: Batch) -> Batch:
    """Count and total from the payments; refuses what cannot be paid now, or what the arrival does not cover."""
    free = unused_fen(batch.arrival) if batch.arrival is not None else None
    sums = batch.payments.aggregate(fen=Sum("amount_fen"))
    batch.payment_count, batch.total_fen = batch.payments.count(), sums["fen"] or 0
    if not batch.payment_count:
        raise Invalid("所选清册没有可发放的明细。", code="disbursement.empty_batch", field="rosters")
    if free is not None and batch.total_fen > free:
        raise Invalid(
            f"所选清册共{format_yuan(batch.total_fen)}，这笔到账可用{format_yuan(free)}，"
            f"差{format_yuan(batch.total_fen - free)}。",
            code="disbursement.beyond_arrival",
            field="rosters",
        )
    check_payees(batch)
    if batch.method == Batch.Method.ACCOUNT:
        _check_readable(batch)
    batch.save(update_fields=["payment_count", "total_fen"])
    record(by=by, verb="batch.make", subject=batch, facts=facts_of(batch))
    return batch


def facts_of(batch: Batch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "kind": batch.kind,
        "arrival": batch.arrival_id,
        "payer": batch.payer_id,
        "payments": batch.payment_count,
        "total_fen": batch.total_fen,
        "rosters": {
            str(roster_id): bytes(fingerprint).hex()
            for roster_id, fingerprint in batch.parts.order_by("roster_id").values_list("roster_id", "fingerprint")
        },
    }


def check_payees(batch: Batch) -> None:
    """The last look before the bank: nobody who died or vanished since, and no account that changed or was stopped."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPAYABLE, [batch.pk])
        found = cursor.fetchall()
    if not found:
        return
    titles = dict(Roster.objects.filter(pk__in={row[0] for row in found}).values_list("pk", "title"))
    told = "；".join(
        f"“{titles[roster_id]}”第{number}号（{_WHY[why]}）" for roster_id, number, why in found[:LINES_TOLD]
    )
    more = f"；另有{len(found) - LINES_TOLD}条" if len(found) > LINES_TOLD else ""
    raise Conflict(
        f"有{len(found)}条明细现在不能发放：{told}{more}。请先退回清册改正，再制批。", code="disbursement.unpayable"
    )


def _check_readable(batch: Batch) -> None:
    """The bank must be able to read every name: better refused now than by its machine tomorrow."""
    layout = layout_of(batch.agent_account.layout)
    layout.check_text(0, batch.quota.policy.short_name)
    for number, name in batch.payments.order_by("number").values_list("number", "payee_name").iterator(chunk_size=5000):
        layout.check_text(number, name)


# --- Taking back ------------------------------------------------------------------------------------------------------
@transaction.atomic
def cancel_batch(*, by: User, batch: Batch) -> Batch:
    """Takes back a draft: its payments are cancelled, its rosters may be returned or put into another batch."""
    batch = locked_batch(batch)
    require_own(by, batch)
    _move(batch, Status.CANCELLED)
    previous = list(batch.payments.filter(previous__isnull=False).values_list("previous_id", flat=True))
    batch.payments.update(status=Payment.Status.CANCELLED)
    restored = Payment.objects.filter(pk__in=previous, disposal=Payment.Disposal.REISSUED)
    restored.filter(mended_by__isnull=False).update(disposal=Payment.Disposal.MENDED)
    restored.filter(mended_by__isnull=True).update(disposal=Payment.Disposal.OPEN)
    record(by=by, verb="batch.cancel", subject=batch, facts=facts_of(batch))
    return batch


# --- Releasing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def release_batch(*, by: User, batch: Batch, total_fen_seen: int) -> Batch:
    """Releases a draft: by another human being than its maker, who saw the total. The bank's file follows at once.

    Two people who release at the same moment wait for each other here; the second finds the batch released.
    """
    batch = locked_batch(batch)
    payers.require_releaser(by, payers.of_batch(batch), rule=payers.rule_of(batch))
    if batch.status != Status.DRAFT:
        raise Conflict(_no_longer_draft(batch), code="disbursement.not_draft")
    if batch.made_by_person_id == by.person_id:
        raise Forbidden("制单人不能放行自己的批次，请由发放单位的另一人复核放行。", code="disbursement.two_people")
    if total_fen_seen != batch.total_fen:
        raise Conflict(
            f"您看到的金额是{format_yuan(total_fen_seen)}，批次现为{format_yuan(batch.total_fen)}，请重新核对后再放行。",
            code="disbursement.total_seen",
        )
    arrival = locked_arrival(batch.arrival_id) if batch.arrival_id is not None else None
    if arrival is not None and arrival.amount_fen - arrival.used_fen < batch.total_fen:
        raise Conflict("这笔到账的余额不足以发放本批次，请撤销后重新制批。", code="disbursement.beyond_arrival")
    rosters = locked_rosters(list(batch.parts.values_list("roster_id", flat=True)))
    check_payees(batch)
    _move(batch, Status.RELEASED, released_by=by, released_by_person_id=by.person_id, released_at=clock.now())
    for roster in rosters:
        if roster.status == Roster.Status.APPROVED:
            begin_paying(by=by, roster=roster)
    if arrival is not None:
        use_money(by, batch, arrival, key=f"batch:{batch.pk}:release")
    record(by=by, verb="batch.release", subject=batch, facts=facts_of(batch))
    if batch.method == Batch.Method.CASH:
        _begin_cash(batch)
        return batch
    BankOutbox.objects.create(batch=batch, file_name=exchange.file_name(batch), made_at=clock.now())
    exchange.ask_delivery(by=by, batch=batch)
    return batch


def use_money(by: User, batch: Batch, arrival: Arrival, *, key: str) -> None:
    """The batch's total leaves the arrival and is on its way: at the release, or when data went before money."""
    arrival.used_fen += batch.total_fen
    arrival.save(update_fields=["used_fen"])
    batch.arrival = arrival
    source = Account.RESERVED if batch.kind == Batch.Kind.FIRST else Account.RETURNED
    ledger.move(batch.quota, source, Account.IN_TRANSIT, batch.total_fen, key=key, subject=batch, by=by)


def require_own(by: User, batch: Batch) -> None:
    """An officer who makes batches in the office that pays this one."""
    payers.require_maker(by, payers.of_batch(batch), rule=payers.rule_of(batch))


def _begin_cash(batch: Batch) -> None:
    """No bank has a file of cash: from now on villages may hold their assemblies."""
    batch.payments.update(status=Payment.Status.SENT)
    _move(batch, Status.SENT, sent_at=clock.now())
    clocks.dispatched(batch)


def _no_longer_draft(batch: Batch) -> str:
    if batch.released_by is not None:
        return f"批次{batch.number}已由{batch.released_by.full_name}放行，不能再次放行。"
    return f"批次{batch.number}处于“{batch.get_status_display()}”，不能放行。"
