"""Money comes back: entered by one, confirmed by another of the finance bureau, then recovered (REC-3)."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from accounts.trail import record
from disbursement.models import Payment, RecoveryCase, RecoveryInstalment, ReturnNotice
from disbursement.services.recovery.cases import (
    CONFIRMERS,
    MAKERS,
    State,
    What,
    another,
    expect,
    facts_of,
    filled,
    holds,
    kept_file,
    locked_case,
    move_case,
    require_one,
    tell,
)
from disbursement.services.recovery.ending import withdraw_open
from lib.errors import Conflict, Invalid, NotFound
from lib.money import format_yuan
from lib.text import normalise
from rulebook import clock
from subsidies import ledger
from subsidies.models import LedgerAccount

Instalment = RecoveryInstalment.State
Account = LedgerAccount.Kind


def waiting_fen(case: RecoveryCase) -> int:
    waiting = case.instalments.filter(state=Instalment.WAITING)
    fen: int = waiting.aggregate(fen=Sum("amount_fen", default=0))["fen"]
    return fen


def _require_enterer(by: User, case: RecoveryCase) -> None:
    """The department that recovers, or the bureau into whose account the money comes."""
    if not holds(by, CONFIRMERS):
        require_one(by, MAKERS, case.department_id)


@transaction.atomic
def enter_instalment(
    *,
    by: User,
    case: RecoveryCase,
    amount_fen: int,
    received_on: date,
    reference: str,
    slip: UploadedFile[Any],
) -> RecoveryInstalment:
    """What came back, with its slip. It counts once another person of the finance bureau confirmed it."""
    case = locked_case(case)
    _require_enterer(by, case)
    expect(case, State.OPEN)
    _check_amount(case, amount_fen)
    _check_day(case, received_on)
    number = normalise(reference)
    if not number or len(number) > 60:
        raise Invalid("请填写银行流水号，不超过60个字。", code="disbursement.empty", field="reference")
    if case.instalments.filter(bank_reference=number).exclude(state=Instalment.STRUCK).exists():
        raise Conflict(
            f"流水号{number}已在本追缴中登记过，请核对回单。", code="disbursement.instalment_again", field="reference"
        )
    instalment = RecoveryInstalment.objects.create(
        case=case,
        amount_fen=amount_fen,
        received_on=received_on,
        bank_reference=number,
        slip=kept_file(slip, field="slip", by=by),
        entered_by=by,
        entered_by_person_id=by.person_id,
        entered_at=clock.now(),
    )
    tell(case, What.ENTERED, by, f"流水号{number}", amount_fen)
    record(by=by, verb="recovery.instalment", subject=case, facts=_facts(case, instalment))
    return instalment


def _facts(case: RecoveryCase, instalment: RecoveryInstalment) -> dict[str, Any]:
    return {**facts_of(case), "instalment": instalment.pk, "fen": instalment.amount_fen}


def _check_amount(case: RecoveryCase, amount_fen: int) -> None:
    waiting = waiting_fen(case)
    rest = case.rest_fen - waiting
    if not 0 < amount_fen <= rest:
        told = f"，另有{format_yuan(waiting)}待确认" if waiting else ""
        raise Invalid(
            f"应追缴{format_yuan(case.amount_fen)}，已追回{format_yuan(case.received_fen)}{told}，"
            f"本次须大于零、不超过{format_yuan(rest)}。多退的部分请退还本人。",
            code="disbursement.instalment_most",
            field="amount",
        )


def _check_day(case: RecoveryCase, received_on: date) -> None:
    if received_on > clock.today():
        raise Invalid("到账日期不能晚于今天，请核对。", code="disbursement.future", field="received_on")
    paid_at = case.payment.settled_at
    if paid_at is not None and received_on < paid_at.astimezone(clock.SHANGHAI).date():
        raise Invalid("到账日期早于补贴发放的日期，请核对。", code="disbursement.instalment_early", field="received_on")


def _locked(instalment: RecoveryInstalment) -> tuple[RecoveryCase, RecoveryInstalment]:
    """The case first: whatever decides on it at this moment comes before or after."""
    case = locked_case(instalment.case)
    found = case.instalments.select_for_update(no_key=True).filter(pk=instalment.pk).first()
    if found is None:
        raise NotFound
    if found.state != Instalment.WAITING:
        raise Conflict(
            f"这笔回款{found.get_state_display()}，不能再办理，请刷新页面后再看。",
            code="disbursement.instalment_decided",
        )
    return case, found


@transaction.atomic
def confirm_instalment(*, by: User, instalment: RecoveryInstalment) -> RecoveryCase:
    """The bureau sees the money in its account: it is recovered. With the last of it the case ends by itself."""
    case, found = _locked(instalment)
    require_one(by, CONFIRMERS)
    another(by, found.entered_by_person_id, "登记回款的人不能自己确认，请由财政部门另一人对照银行流水确认。")
    expect(case, State.OPEN)
    _decide(found, Instalment.CONFIRMED, by)
    case.received_fen += found.amount_fen
    tell(case, What.CONFIRMED, by, f"流水号{found.bank_reference}", found.amount_fen)
    withdraw_open(case, by, "又有回款")
    if case.rest_fen == 0:
        move_case(case, State.RECOVERED, received_fen=case.received_fen, closed_at=clock.now())
        tell(case, What.RECOVERED, by, fen=case.received_fen)
    else:
        case.save(update_fields=["received_fen"])
    record(by=by, verb="recovery.confirm", subject=case, facts=_facts(case, found))
    if case.state == State.RECOVERED:
        record(by=by, verb="recovery.close", subject=case, facts=facts_of(case))
    key = f"recovery:{found.pk}"
    ledger.move(
        case.payment.batch.quota, Account.PAID, Account.RECOVERED, found.amount_fen, key=key, subject=case, by=by
    )
    return case


def _decide(instalment: RecoveryInstalment, state: RecoveryInstalment.State, by: User, reason: str = "") -> None:
    """The one way an instalment changes its state."""
    if state not in RecoveryInstalment.TRANSITIONS[instalment.state]:
        raise Conflict("这笔回款已经办理，请刷新页面后再看。", code="disbursement.instalment_decided")
    instalment.state, instalment.strike_reason = state, reason
    instalment.decided_by, instalment.decided_by_person_id, instalment.decided_at = by, by.person_id, clock.now()
    fields = ["state", "strike_reason", "decided_by", "decided_by_person", "decided_at"]
    instalment.save(update_fields=fields)


@transaction.atomic
def strike_instalment(*, by: User, instalment: RecoveryInstalment, reason: str) -> RecoveryInstalment:
    """An instalment entered by mistake, before anybody confirmed it; it stays to be seen, with the reason."""
    case, found = _locked(instalment)
    _require_enterer(by, case)
    words = filled(reason, "reason", "划去的原因", 200, 2)
    _decide(found, Instalment.STRUCK, by, words)
    tell(case, What.STRUCK, by, f"流水号{found.bank_reference}：{words}", found.amount_fen)
    record(by=by, verb="recovery.strike", subject=case, facts=_facts(case, found))
    return found


# --- The bank sent the payment back -----------------------------------------------------------------------------------
def refuse_return(payment: Payment) -> None:
    """A payment of which money was recovered does not come back a second time. The caller holds the payment's row."""
    cases = RecoveryCase.objects.select_for_update(no_key=True).filter(payment=payment).order_by("pk")
    for case in cases:
        if case.received_fen or waiting_fen(case):
            raise Conflict(
                f"这笔支付正在追缴（{case.number}），已登记回款{format_yuan(case.received_fen + waiting_fen(case))}，"
                "不能再登记银行退款。请与主管部门核对：登记有误的回款先划去；确实两次退回的，多退的部分退还本人。",
                code="disbursement.return_recovered",
            )


def close_returned(payment: Payment, notice: ReturnNotice, by: User | None) -> None:
    """What a bank sent back needs no recovery: open cases of the payment end by it."""
    for case in RecoveryCase.objects.filter(payment=payment, state__in=[State.PROPOSED, State.OPEN]).order_by("pk"):
        withdraw_open(case, by, "银行已退回")
        move_case(case, State.RETURNED, closed_at=clock.now())
        tell(case, What.RETURNED, by, f"退款流水号{notice.reference}", payment.amount_fen)
        record(by=by, verb="recovery.returned", subject=case, facts={**facts_of(case), "notice": notice.pk})
