"""Clearing a policy's year (REC-2): what is unfinished, figures that all parties confirm, what is left handed back.

A clearing falls due by itself when the period ended (`clearing_due`); the payer's officer seals its figures once
nothing is unfinished; every party that the rules name confirms them; then what is left goes back and quotas close.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Organisation, Role, User
from accounts.scope import require, scope_of
from accounts.trail import record
from disbursement import payers
from disbursement.models import (
    Arrival,
    Batch,
    Clearing,
    ClearingConfirmation,
    ClearingQuota,
    Payment,
    WriteOff,
)
from disbursement.services import consequences
from disbursement.services.batches import locked_rosters
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.money import format_yuan
from lib.text import sentence
from rosters.models import Roster, RosterLine
from rulebook import clock, deadlines
from rulebook.catalogue import PARTIES
from subsidies import ledger
from subsidies.models import LedgerAccount, Policy, Quota

Status, Account = Clearing.Status, LedgerAccount.Kind
Disposal = Payment.Disposal
_OPEN_ROSTERS = (
    Roster.Status.DRAFT,
    Roster.Status.RETURNED,
    Roster.Status.REVIEW,
    Roster.Status.NOTICE,
    Roster.Status.APPROVED,
)
_OPEN_BATCHES = (Batch.Status.DRAFT, Batch.Status.RELEASED, Batch.Status.SENT)
OPEN_FAILURES = (Disposal.OPEN, Disposal.MENDED)
FIGURES = (
    "amount_fen", "paid_fen", "recovered_fen", "returned_fen", "unused_fen", "handed_back_fen", "arrived_fen",
    "left_fen", "payments",
)  # fmt: skip
# From where money goes back when a quota is closed.
_LEFT = (Account.SOURCE, Account.AVAILABLE, Account.RETURNED)


def locked(clearing: Clearing) -> Clearing:
    found = (
        Clearing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("policy__department")
        .filter(pk=clearing.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _move(clearing: Clearing, status: Clearing.Status, **changes: Any) -> None:
    """The one way a clearing changes its state."""
    if status not in Clearing.TRANSITIONS[clearing.status]:
        raise Conflict(
            f"清算处于“{clearing.get_status_display()}”，不能转为“{status.label}”，请刷新页面后再看。",
            code="disbursement.clearing_arrow",
        )
    clearing.status = status
    for name, value in changes.items():
        setattr(clearing, name, value)
    clearing.save(update_fields=["status", *changes])


def _expect(clearing: Clearing, status: Clearing.Status) -> None:
    if clearing.status != status:
        raise Conflict(
            f"清算处于“{clearing.get_status_display()}”，现在不能办理这一步，请刷新页面后再看。",
            code="disbursement.clearing_state",
        )


def payer_of(clearing: Clearing) -> Organisation | None:
    """Who pays this policy's money clears it."""
    return payers.office(str(clearing.rules["dispatch.by"]["value"]), clearing.policy)


def quotas_of(policy: Policy, year: int) -> QuerySet[Quota]:
    """The quotas of a policy's year that were not cleared yet."""
    cleared = ClearingQuota.objects.filter(clearing__status=Status.CLEARED).values("quota")
    return Quota.objects.filter(policy=policy, year=year).exclude(pk__in=cleared).order_by("document_number")


# --- What is unfinished -----------------------------------------------------------------------------------------------
def unfinished(clearing: Clearing) -> dict[str, Any]:
    """Rosters that are not paid, batches without their answer, failed payments that nobody dealt with."""
    quotas = quotas_of(clearing.policy, clearing.year)
    return {
        "rosters": Roster.objects.filter(quota__in=quotas, status__in=_OPEN_ROSTERS).select_related("organisation"),
        "batches": Batch.objects.filter(quota__in=quotas, status__in=_OPEN_BATCHES).select_related("bank"),
        "failures": Payment.objects.filter(
            batch__quota__in=quotas, status=Payment.Status.FAILED, disposal__in=OPEN_FAILURES
        ).select_related("line__roster", "line__village", "payee", "batch"),
    }


def _refuse_unfinished(clearing: Clearing) -> None:
    counts = {kind: found.count() for kind, found in unfinished(clearing).items()}
    words = {"rosters": "份清册没有办结", "batches": "个批次没有反馈", "failures": "笔发放失败没有处理"}
    told = [f"{counts[kind]}{words[kind]}" for kind in words if counts[kind]]
    if told:
        raise Conflict(
            f"还有{'、'.join(told)}，不能清算。请先发放、移出或作废；不再补发的失败支付，写明原因转作结余。",
            code="disbursement.clearing_unfinished",
        )


@transaction.atomic
def write_off(*, by: User, clearing: Clearing, payment: Payment, reason: str) -> WriteOff:
    """A failed payment that is not tried again: its money becomes surplus, its line leaves the roster, for a reason."""
    roster = locked_rosters([RosterLine.objects.values_list("roster_id", flat=True).get(pk=payment.line_id)])[0]
    clearing = locked(clearing)
    require(by, Role.DEPT_REVIEWER, organisation_id=clearing.policy.department_id)
    _expect(clearing, Status.DUE)
    words = sentence(reason)
    if not 4 <= len(words) <= 200:
        raise Invalid("请填写转作结余的原因，4至200个字。", code="disbursement.reason", field="reason")
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).select_related("batch").get(pk=payment.pk)
    mine = quotas_of(clearing.policy, clearing.year).filter(pk=payment.batch.quota_id).exists()
    if not mine or payment.status != Payment.Status.FAILED or payment.disposal not in OPEN_FAILURES:
        raise Conflict("只有本次清算中尚未处理的失败支付才能转作结余。", code="disbursement.not_failed")
    written = WriteOff.objects.create(
        clearing=clearing,
        payment=payment,
        amount_fen=payment.amount_fen,
        reason=words,
        by=by,
        by_person_id=by.person_id,
        at=clock.now(),
    )
    RosterLine.objects.filter(pk=payment.line_id).update(taken_out=True)
    payment.disposal = Disposal.SURPLUS
    payment.save(update_fields=["disposal"])
    consequences.finish_clocks(payment)
    consequences.close_finished(by=by, rosters=[roster])
    key = f"payment:{payment.pk}:write_off"
    ledger.move(roster.quota, Account.RETURNED, Account.SURPLUS, payment.amount_fen, key=key, subject=written, by=by)
    facts = {"payment": payment.pk, "line": payment.line_id, "amount_fen": payment.amount_fen, "reason": words}
    record(by=by, verb="clearing.write_off", subject=clearing, facts=facts)
    return written


# --- Figures ----------------------------------------------------------------------------------------------------------
def figures_of(quota: Quota) -> dict[str, int]:
    """How a quota and its money in the agent account stand now."""
    held = ledger.balances(quota)
    money = Arrival.objects.filter(order__quota=quota).aggregate(arrived=Sum("amount_fen"), used=Sum("used_fen"))
    paid = Payment.objects.filter(batch__quota=quota, status=Payment.Status.PAID).count()
    return {
        "amount_fen": quota.amount_fen,
        "paid_fen": held[Account.PAID],
        "recovered_fen": held[Account.RECOVERED],
        "returned_fen": held[Account.RETURNED],
        "unused_fen": held[Account.SOURCE] + held[Account.AVAILABLE],
        "handed_back_fen": held[Account.SURPLUS],
        "arrived_fen": money["arrived"] or 0,
        "left_fen": (money["arrived"] or 0) - (money["used"] or 0),
        "payments": paid,
    }


def _sealed(clearing: Clearing) -> tuple[bytes, int, int]:
    """The digest over the figures of all quotas, what is surplus in all, and what is left in the agent account."""
    listed, surplus, left = [], 0, 0
    for quota in quotas_of(clearing.policy, clearing.year):
        figures = figures_of(quota)
        listed.append({"quota": quota.document_number, **figures})
        surplus += figures["unused_fen"] + figures["returned_fen"] + figures["handed_back_fen"]
        left += figures["left_fen"]
    content = json.dumps(listed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{clearing.number}\n{content}".encode()).digest(), surplus, left


@transaction.atomic
def seal_clearing(*, by: User, clearing: Clearing) -> Clearing:
    """The figures as they are, to be confirmed: once nothing is unfinished, by the officer of whoever pays."""
    clearing = locked(clearing)
    payers.require_maker(by, payer_of(clearing))
    _expect(clearing, Status.DUE)
    quotas = list(quotas_of(clearing.policy, clearing.year).select_for_update(no_key=True))
    if not quotas:
        raise Conflict("本政策本年度没有需要清算的指标。", code="disbursement.clearing_empty")
    _refuse_unfinished(clearing)
    for quota in quotas:
        ClearingQuota.objects.update_or_create(quota=quota, defaults={"clearing": clearing, **figures_of(quota)})
    digest, surplus, left = _sealed(clearing)
    _move(
        clearing,
        Status.CONFIRMING,
        begun_by=by,
        begun_by_person_id=by.person_id,
        begun_at=clock.now(),
        round=clearing.round + 1,
        digest=digest,
        surplus_fen=surplus,
        left_fen=left,
        dispute="",
    )
    record(by=by, verb="clearing.seal", subject=clearing, facts=facts_of(clearing))
    return clearing


def facts_of(clearing: Clearing) -> dict[str, Any]:
    return {
        "number": clearing.number,
        "round": clearing.round,
        "digest": bytes(clearing.digest or b"").hex(),
        "surplus_fen": clearing.surplus_fen,
        "left_fen": clearing.left_fen,
    }


# --- Confirming -------------------------------------------------------------------------------------------------------
def parties_of(clearing: Clearing) -> list[tuple[str, Organisation]]:
    """Who must confirm: the offices of the parties that the rules name; of banks every one that held the money."""
    named: list[tuple[str, Organisation]] = []
    bureau = payers.finance_bureau()
    for party in clearing.rules["clearing.parties"]["value"]:
        if party == payers.FINANCE and bureau is not None:
            named.append((party, bureau))
        elif party == payers.DEPARTMENT:
            named.append((party, clearing.policy.department))
        elif party == "bank":
            named += [(party, bank) for bank in _banks(clearing)]
    return named


def _banks(clearing: Clearing) -> list[Organisation]:
    quotas = (
        quotas_of(clearing.policy, clearing.year)
        if clearing.status != Status.CLEARED
        else Quota.objects.filter(clearing_part__clearing=clearing)
    )
    held = Arrival.objects.filter(order__quota__in=quotas).values("order__agent_account__bank")
    banks = Organisation.objects.filter(kind=Organisation.Kind.BANK)
    # Where no money ever came, an agent bank still says that it holds none.
    found = list(banks.filter(pk__in=held).order_by("code"))
    return found or list(banks.filter(active=True).order_by("code")[:1])


def party_of(user: User, clearing: Clearing) -> tuple[str, Organisation] | None:
    """For whom this person may confirm: the bureau's head, the department's head, the operator of a bank."""
    scope = scope_of(user)
    roles = {payers.FINANCE: Role.FINANCE_HEAD, payers.DEPARTMENT: Role.DEPT_HEAD, "bank": Role.BANK_OPERATOR}
    for party, office in parties_of(clearing):
        if scope.holds(roles[party], organisation_id=office.pk):
            return party, office
    return None


def missing_of(clearing: Clearing) -> list[Organisation]:
    """Whose confirmation of the present figures is still out."""
    there = set(
        clearing.confirmations.filter(round=clearing.round).values_list("organisation_id", flat=True)
        if clearing.status != Status.DUE
        else []
    )
    return [office for _, office in parties_of(clearing) if office.pk not in there]


@transaction.atomic
def confirm_clearing(*, by: User, clearing: Clearing, digest_seen: str, opinion: str = "") -> ClearingConfirmation:
    """A party's word that these figures are right, for exactly the figures that were seen."""
    clearing = locked(clearing)
    found = party_of(by, clearing)
    if found is None:
        names = "、".join(PARTIES[party] for party in clearing.rules["clearing.parties"]["value"])
        raise Forbidden(
            f"清算由{names}的负责人（代理银行为经办）确认，您没有该岗位。",
            code="accounts.post_needed",
            rule="clearing.parties",
        )
    _expect(clearing, Status.CONFIRMING)
    _check_seen(clearing, digest_seen)
    maker = clearing.begun_by_person_id
    if maker is None or by.person_id == maker:
        raise Forbidden("送确认的经办人不能自己确认，请由负责人确认。", code="disbursement.two_people")
    if clearing.confirmations.filter(round=clearing.round).filter(
        Q(organisation=found[1]) | Q(by_person_id=by.person_id)
    ):
        raise Conflict(f"{found[1].name}已经确认，或您已代表别的单位确认。", code="disbursement.clearing_again")
    made = ClearingConfirmation.objects.create(
        clearing=clearing,
        round=clearing.round,
        party=found[0],
        organisation=found[1],
        by=by,
        by_person_id=by.person_id,
        maker_person_id=maker,
        digest=bytes(clearing.digest or b""),
        opinion=sentence(opinion)[:200],
        at=clock.now(),
    )
    record(by=by, verb="clearing.confirm", subject=clearing, facts={**facts_of(clearing), "party": found[0]})
    return made


def _check_seen(clearing: Clearing, digest_seen: str) -> None:
    if digest_seen != bytes(clearing.digest or b"").hex():
        raise Conflict("清算数字已经变动，请刷新页面核对后再确认。", code="disbursement.clearing_changed")


@transaction.atomic
def dispute_clearing(*, by: User, clearing: Clearing, reason: str) -> Clearing:
    """A party finds a figure wrong: the clearing goes back, earlier confirmations lose their force."""
    clearing = locked(clearing)
    if party_of(by, clearing) is None and not payers.may_make(by, payer_of(clearing)):
        raise Forbidden("只有参加清算的单位或经办人可以退回。", code="accounts.post_needed", rule="clearing.parties")
    _expect(clearing, Status.CONFIRMING)
    words = sentence(reason)
    if not 4 <= len(words) <= 300:
        raise Invalid("请写明哪个数字不符，4至300个字。", code="disbursement.reason", field="reason")
    _move(clearing, Status.DUE, dispute=words)
    record(by=by, verb="clearing.dispute", subject=clearing, facts={**facts_of(clearing), "reason": words})
    return clearing


# --- The end ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def finish_clearing(
    *, by: User, clearing: Clearing, reference: str = "", handed_back_at: datetime | None = None
) -> Clearing:
    """What is left becomes surplus and goes back to the treasury; the quotas are closed for good."""
    clearing = locked(clearing)
    payers.require_maker(by, payer_of(clearing))
    _expect(clearing, Status.CONFIRMING)
    quotas = list(quotas_of(clearing.policy, clearing.year).select_for_update(no_key=True))
    missing = missing_of(clearing)
    if missing:
        raise Conflict(
            f"{'、'.join(office.name for office in missing)}还没有确认，不能办结。",
            code="disbursement.clearing_missing",
            rule="clearing.parties",
        )
    _refuse_unfinished(clearing)
    if _sealed(clearing)[0] != bytes(clearing.digest or b""):
        raise Conflict("确认以后账上又有变动，请退回清算，重新送各方确认。", code="disbursement.clearing_changed")
    changes = _handback(clearing, reference, handed_back_at)
    for quota in quotas:
        held = ledger.balances(quota)
        for kind in _LEFT:
            if held[kind]:
                key = f"clearing:{clearing.pk}:{quota.pk}:{kind}"
                ledger.move(quota, kind, Account.SURPLUS, held[kind], key=key, subject=clearing, by=by)
    now = clock.now()
    _move(clearing, Status.CLEARED, cleared_by=by, cleared_at=now, **changes)
    deadlines.meet("clearing.within", clearing, at=now)
    record(by=by, verb="clearing.finish", subject=clearing, facts={**facts_of(clearing), "quotas": len(quotas)})
    return clearing


def _handback(clearing: Clearing, reference: str, at: datetime | None) -> dict[str, Any]:
    if clearing.left_fen == 0:
        return {}
    plain = sentence(reference)
    if not plain or len(plain) > 60:
        raise Invalid(
            f"代发户还有{format_yuan(clearing.left_fen)}，请缴回国库后填写缴回凭证号。",
            code="disbursement.clearing_handback",
            field="reference",
        )
    if at is None or at > clock.now():
        raise Invalid("请填写缴回时间，不能晚于现在。", code="disbursement.future", field="handed_back_at")
    return {"handback_reference": plain, "handback_at": at}


def closed_words(quota: Quota) -> str:
    """Why a quota takes nothing any more: it was cleared. Empty while it is open."""
    part = ClearingQuota.objects.filter(quota=quota, clearing__status=Status.CLEARED).select_related("clearing").first()
    if part is None:
        return ""
    return (
        f"指标{quota.document_number}已在清算{part.clearing.number}中办结，结余已上缴，不能再造册、拨款或登记退回。"
        "请使用未清算的指标；银行后来退回的资金直接缴回国库。"
    )


def counted(clearings: QuerySet[Clearing]) -> dict[str, int]:
    return dict(clearings.order_by().values_list("status").annotate(count=Count("pk")))
