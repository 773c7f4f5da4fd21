"""A case begins: opened by a death, or proposed by the department and agreed to by another of its people (REC-3)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from accounts.trail import record
from disbursement.models import Payment, RecoveryCase, RecoveryNotice
from disbursement.services.recovery.cases import (
    DECIDERS,
    MAKERS,
    State,
    What,
    another,
    expect,
    facts_of,
    filled,
    free_fen,
    kept_file,
    locked_case,
    move_case,
    next_number,
    require_one,
    tell,
)
from households.models import Person
from jobs.models import StoredFile
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.money import format_yuan
from lib.templatetags.portal import cn_date
from lib.text import normalise, normalise_name, sentence
from rulebook import clock

Reason = RecoveryCase.Reason
ALL_OF_IT = "全额追缴。"


@dataclass(frozen=True)
class Debtor:
    """Who must pay it back, and what he is to the beneficiary."""

    kind: str
    name: str
    relation: str = ""


@dataclass(frozen=True)
class Claim:
    """Why and how much: in words, with the reckoning where it is not the whole payment."""

    reason: str
    words: str
    amount_fen: int
    reckoning: str = ""


@dataclass(frozen=True)
class PayInto:
    """The office's account into which the money is to be paid."""

    name: str
    bank: str
    number: str


# --- By a death -------------------------------------------------------------------------------------------------------
def open_for_death(*, by: User | None, payment: Payment, amount_fen: int, reckoning: str) -> RecoveryCase:
    """The rules themselves ask it back: nobody proposes, nobody agrees. The caller holds the payment's row."""
    debtor = _who_after_death(payment)
    case = _create(
        by=by,
        payment=payment,
        reason=Reason.DEATH,
        reckoning=reckoning,
        amount_fen=amount_fen,
        debtor=debtor,
        state=State.OPEN,
    )
    tell(case, What.OPENED, by, reckoning, amount_fen)
    record(by=by, verb="recovery.open", subject=case, facts={**facts_of(case), "person": case.person_id})
    return case


def _who_after_death(payment: Payment) -> Debtor:
    """Who received it if he lives, else the head of the household, else heirs whom the department names later."""
    dead = payment.line.beneficiary
    if payment.payee_id != dead.pk and payment.payee.state == Person.State.ALIVE:
        return Debtor(RecoveryCase.Debtor.PAYEE, payment.payee_name)
    head = dead.household.head
    if head is not None and head.pk != dead.pk and head.state == Person.State.ALIVE:
        return Debtor(RecoveryCase.Debtor.HOUSEHOLD, head.name, "户主")
    return Debtor(RecoveryCase.Debtor.HEIR, "")


def _create(
    *,
    by: User | None,
    payment: Payment,
    reason: str,
    reckoning: str,
    amount_fen: int,
    debtor: Debtor,
    state: RecoveryCase.State,
    words: str = "",
    evidence: StoredFile | None = None,
) -> RecoveryCase:
    pk, number = next_number()
    return RecoveryCase.objects.create(
        pk=pk,
        number=number,
        payment=payment,
        person=payment.line.beneficiary,
        department_id=payment.line.roster.policy.department_id,
        reason=reason,
        words=words,
        reckoning=reckoning,
        amount_fen=amount_fen,
        evidence=evidence,
        debtor_kind=debtor.kind,
        debtor_name=debtor.name,
        debtor_relation=debtor.relation,
        state=state,
        opened_by=by,
        opened_by_person_id=by.person_id if by else None,
        opened_at=clock.now(),
    )


# --- By the department ------------------------------------------------------------------------------------------------
@transaction.atomic
def propose_case(
    *, by: User, payment: Payment, claim: Claim, debtor: Debtor, evidence: UploadedFile[Any]
) -> RecoveryCase:
    """The department found that a payment, or a part of it, should not have been made."""
    payment = (
        Payment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("line__roster__policy", "line__beneficiary__household", "payee")
        .get(pk=payment.pk)
    )
    require_one(by, MAKERS, payment.line.roster.policy.department_id)
    if payment.status != Payment.Status.PAID:
        raise Conflict(
            f"这笔支付是“{payment.get_status_display()}”，只有已发放的才能追缴。", code="disbursement.not_paid"
        )
    reckoning = _checked_claim(payment, claim)
    case = _create(
        by=by,
        payment=payment,
        reason=claim.reason,
        words=filled(claim.words, "words", "事由", 300, 4),
        reckoning=reckoning,
        amount_fen=claim.amount_fen,
        debtor=_checked(debtor),
        evidence=kept_file(evidence, field="evidence", by=by),
        state=State.PROPOSED,
    )
    tell(case, What.PROPOSED, by, case.words, case.amount_fen)
    record(by=by, verb="recovery.propose", subject=case, facts=facts_of(case))
    return case


def _checked_claim(payment: Payment, claim: Claim) -> str:
    if claim.reason not in Reason.values or claim.reason == Reason.DEATH:
        raise Invalid(
            "请选择追缴原因。死亡后继续发放的，在登记死亡时自动建立追缴。", code="disbursement.reason", field="reason"
        )
    free = free_fen(payment)
    if not 0 < claim.amount_fen <= free:
        already = payment.amount_fen - free
        told = f"，其中{format_yuan(already)}已在别的追缴中" if already else ""
        raise Invalid(
            f"这笔支付已发放{format_yuan(payment.amount_fen)}{told}，应追缴金额须大于零、不超过{format_yuan(free)}。",
            code="disbursement.recovery_amount",
            field="amount",
        )
    if claim.amount_fen == payment.amount_fen:
        return sentence(claim.reckoning)[:200] or ALL_OF_IT
    return filled(claim.reckoning, "reckoning", "金额的算法（只追缴一部分的，写明怎样算出）", 200)


def _checked(debtor: Debtor) -> Debtor:
    name, relation = normalise_name(debtor.name), normalise(debtor.relation)[:20]
    if debtor.kind not in RecoveryCase.Debtor.values:
        raise Invalid("请选择退款责任人是谁。", code="disbursement.recovery_debtor", field="debtor_kind")
    if not name or len(name) > 50:
        raise Invalid("请填写退款责任人姓名，不超过50个字。", code="disbursement.recovery_debtor", field="debtor_name")
    if debtor.kind != RecoveryCase.Debtor.PAYEE and not relation:
        raise Invalid(
            "退款责任人不是收款人本人的，请填写与享受人的关系，如“长子”。",
            code="disbursement.recovery_debtor",
            field="debtor_relation",
        )
    return Debtor(debtor.kind, name, relation)


@transaction.atomic
def decide_case(*, by: User, case: RecoveryCase, agree: bool, opinion: str = "") -> RecoveryCase:
    """Another of the department agrees, and the case is open; or does not, and says why."""
    case = locked_case(case)
    require_one(by, DECIDERS, case.department_id)
    another(by, case.opened_by_person_id, "提出追缴的人不能自己审核，请由本部门另一人审核。")
    expect(case, State.PROPOSED)
    now = clock.now()
    signed = {"decided_by": by, "decided_by_person_id": by.person_id, "decided_at": now}
    if agree:
        move_case(case, State.OPEN, **signed)
        tell(case, What.OPENED, by, sentence(opinion)[:300], case.amount_fen)
        record(by=by, verb="recovery.open", subject=case, facts=facts_of(case))
        return case
    words = filled(opinion, "opinion", "不同意的理由", 300, 4)
    move_case(case, State.REFUSED, closed_at=now, **signed)
    tell(case, What.REFUSED, by, words)
    record(by=by, verb="recovery.refuse", subject=case, facts=facts_of(case))
    return case


@transaction.atomic
def name_debtor(*, by: User, case: RecoveryCase, debtor: Debtor, why: str = "") -> RecoveryCase:
    """Who must pay is named, or it turns out to be somebody else; what he owes stays."""
    case = locked_case(case)
    require_one(by, MAKERS, case.department_id)
    expect(case, State.PROPOSED, State.OPEN)
    found = _checked(debtor)
    before = case.debtor_name
    reason = filled(why, "why", "变更的原因", 100, 2) if before else sentence(why)[:100]
    case.debtor_kind, case.debtor_name, case.debtor_relation = found.kind, found.name, found.relation
    case.save(update_fields=["debtor_kind", "debtor_name", "debtor_relation"])
    now = f"{found.name}（{RecoveryCase.Debtor(found.kind).label}{'，' if found.relation else ''}{found.relation}）"
    told = f"由{before}变更为{now}：{reason}" if before else f"{now}{'：' if reason else ''}{reason}"
    tell(case, What.DEBTOR, by, told)
    record(by=by, verb="recovery.debtor", subject=case, facts={**facts_of(case), "kind": found.kind})
    return case


# --- The notice -------------------------------------------------------------------------------------------------------
_ACCOUNT = re.compile(r"[0-9]{8,32}")


@transaction.atomic
def issue_notice(*, by: User, case: RecoveryCase, into: PayInto, due_on: date, contact: str) -> RecoveryNotice:
    """The debtor is told in writing what to pay, into which account, by when. A later notice asks for what is left."""
    case = locked_case(case)
    require_one(by, MAKERS, case.department_id)
    expect(case, State.OPEN)
    if not case.debtor_name:
        raise Conflict(
            "请先填写退款责任人（继承人或家庭成员的姓名），再签发通知书。", code="disbursement.recovery_debtor"
        )
    if due_on <= clock.today():
        raise Invalid("退款截止日应在今天之后，给对方留出时间。", code="disbursement.recovery_due", field="due_on")
    digits = re.sub(r"[\s-]", "", normalise(into.number))
    if not _ACCOUNT.fullmatch(digits):
        raise Invalid("收款账号应为8至32位数字，请核对。", code="disbursement.recovery_account", field="account_number")
    notice = RecoveryNotice.objects.create(
        case=case,
        number=f"{case.number}-{case.notices.count() + 1}",
        debtor_name=case.debtor_name,
        amount_fen=case.rest_fen,
        account_name=filled(into.name, "account_name", "户名", 100),
        account_bank=filled(into.bank, "account_bank", "开户银行", 60),
        account_cipher=crypto.encrypt(digits),
        account_tail=digits[-4:],
        due_on=due_on,
        contact=filled(contact, "contact", "联系人及办公电话", 60),
        issued_by=by,
        issued_at=clock.now(),
    )
    tell(case, What.NOTICE, by, f"{notice.number}，{cn_date(notice.due_on)}前退回", notice.amount_fen)
    record(by=by, verb="recovery.notice", subject=case, facts={**facts_of(case), "notice": notice.pk, "due_on": due_on})
    return notice
