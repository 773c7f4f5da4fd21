"""A case that cannot be recovered whole: the department proposes on a paper, the bureau's head decides (REC-3)."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from disbursement.models import RecoveryCase, RecoveryEnding, RecoveryInstalment
from disbursement.services.recovery.cases import (
    MAKERS,
    State,
    What,
    another,
    expect,
    facts_of,
    filled,
    kept_file,
    locked_case,
    move_case,
    require_one,
    tell,
)
from lib.errors import Conflict, NotFound
from lib.money import format_yuan
from lib.text import sentence
from rulebook import clock

Ending = RecoveryEnding.State


@transaction.atomic
def propose_ending(*, by: User, case: RecoveryCase, reason: str, basis: UploadedFile[Any]) -> RecoveryEnding:
    """What is left cannot be recovered, and this paper says so."""
    case = locked_case(case)
    require_one(by, MAKERS, case.department_id)
    expect(case, State.OPEN)
    _refuse_waiting(case)
    if case.endings.filter(state=Ending.PROPOSED).exists():
        raise Conflict("已提出过，正等财政局负责人审定。", code="disbursement.recovery_ending_there")
    ending = RecoveryEnding.objects.create(
        case=case,
        lost_fen=case.rest_fen,
        reason=filled(reason, "reason", "无法追回的原因", 300, 4),
        basis=kept_file(basis, field="basis", by=by),
        proposed_by=by,
        proposed_by_person_id=by.person_id,
        proposed_at=clock.now(),
    )
    tell(case, What.ENDING, by, ending.reason, ending.lost_fen)
    record(by=by, verb="recovery.propose_end", subject=case, facts=_facts(case, ending))
    return ending


def _facts(case: RecoveryCase, ending: RecoveryEnding) -> dict[str, Any]:
    return {**facts_of(case), "ending": ending.pk, "lost_fen": ending.lost_fen}


def _refuse_waiting(case: RecoveryCase) -> None:
    waiting = case.instalments.filter(state=RecoveryInstalment.State.WAITING)
    fen = sum(waiting.values_list("amount_fen", flat=True))
    if fen:
        raise Conflict(
            f"还有{format_yuan(fen)}回款待财政部门确认，请先确认或划去，再办结。", code="disbursement.recovery_waiting"
        )


def _locked(ending: RecoveryEnding) -> tuple[RecoveryCase, RecoveryEnding]:
    case = locked_case(ending.case)
    found = case.endings.select_for_update(no_key=True).filter(pk=ending.pk).first()
    if found is None:
        raise NotFound
    if found.state != Ending.PROPOSED:
        raise Conflict(
            f"这项提议“{found.get_state_display()}”，不能再办理，请刷新页面后再看。",
            code="disbursement.recovery_ending_decided",
        )
    return case, found


def _decide(ending: RecoveryEnding, state: RecoveryEnding.State, by: User | None, opinion: str = "") -> None:
    """The one way a proposal changes its state."""
    if state not in RecoveryEnding.TRANSITIONS[ending.state]:
        raise Conflict("这项提议已经办理，请刷新页面后再看。", code="disbursement.recovery_ending_decided")
    ending.state, ending.opinion, ending.decided_at = state, opinion, clock.now()
    ending.decided_by, ending.decided_by_person_id = by, by.person_id if by else None
    ending.save(update_fields=["state", "opinion", "decided_at", "decided_by", "decided_by_person"])


@transaction.atomic
def decide_ending(
    *, by: User, ending: RecoveryEnding, lost_fen_seen: int, agree: bool, opinion: str = ""
) -> RecoveryCase:
    """The head of the finance bureau ends the case short for good, or sends the department on to recover."""
    case, found = _locked(ending)
    require(by, Role.FINANCE_HEAD)
    another(by, found.proposed_by_person_id, "提出的人不能自己审定，请由另一人审定。")
    expect(case, State.OPEN)
    if not agree:
        _decide(found, Ending.REFUSED, by, filled(opinion, "opinion", "不同意的理由", 300, 4))
        tell(case, What.ENDING_REFUSED, by, found.opinion, found.lost_fen)
        record(by=by, verb="recovery.refuse_end", subject=case, facts=_facts(case, found))
        return case
    _refuse_waiting(case)
    if not found.lost_fen == case.rest_fen == lost_fen_seen:
        raise Conflict(
            f"您看到的未追回金额是{format_yuan(lost_fen_seen)}，现为{format_yuan(case.rest_fen)}，请重新核对。",
            code="disbursement.total_seen",
        )
    _decide(found, Ending.APPROVED, by, sentence(opinion)[:300])
    move_case(case, State.ENDED, closed_at=clock.now())
    tell(case, What.ENDED, by, found.opinion, found.lost_fen)
    record(by=by, verb="recovery.end", subject=case, facts=_facts(case, found))
    return case


@transaction.atomic
def withdraw_ending(*, by: User, ending: RecoveryEnding) -> RecoveryCase:
    """The department will go on recovering after all."""
    case, found = _locked(ending)
    require_one(by, MAKERS, case.department_id)
    _withdraw(case, found, by, "")
    return case


def withdraw_open(case: RecoveryCase, by: User | None, why: str) -> None:
    """What was proposed is no longer so: money came in. The caller holds the case's row."""
    for ending in case.endings.filter(state=Ending.PROPOSED):
        _withdraw(case, ending, by, why)


def _withdraw(case: RecoveryCase, ending: RecoveryEnding, by: User | None, why: str) -> None:
    _decide(ending, Ending.WITHDRAWN, by, why)
    tell(case, What.ENDING_WITHDRAWN, by, why, ending.lost_fen)
    record(by=by, verb="recovery.withdraw_end", subject=case, facts=_facts(case, ending))
