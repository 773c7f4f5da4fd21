"""Delegated receipt (代领, REG-8, CQ§24-25): both agree, the unit checks, the department in charge approves."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import IntegrityError, transaction

from accounts.models import Organisation, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from households import gone
from households.events import tell_changed
from households.models import Delegation, Person
from households.policies import offered_policies
from households.services import papers
from households.services.common import require_township, required, township_id_of
from jobs.models import StoredFile
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from lib.truths import broken_truth
from rulebook import clock, rules

State = Delegation.State
ALLOWED, APPROVAL = "delegation.allowed", "delegation.approval"
APPROVERS = (Role.DEPT_REVIEWER, Role.DEPT_HEAD)


class Consents(NamedTuple):
    """The three papers without which nobody receives for another (CQ§25)."""

    beneficiary: StoredFile
    delegate: StoredFile
    proof: StoredFile


def require_allowed(codes: Sequence[str] = ()) -> None:
    """Refuses where the county's rules, or those of one of the policies, do not allow it."""
    for code in codes or ("",):
        allowed = rules.value(ALLOWED, policy_code=code)
        if not allowed or rules.value(APPROVAL, policy_code=code) == "none":
            raise Conflict(
                "按本县规定，补贴资金只能发放到补贴对象本人（按户发放的为户主）的账户，不能由他人代领。",
                code="households.delegation_not_allowed",
                rule=APPROVAL if allowed else ALLOWED,
            )


@transaction.atomic
def request_delegation(
    *,
    by: User,
    beneficiary: Person,
    delegate: Person,
    department: Organisation,
    policy_codes: Sequence[str],
    reason: str,
    valid_from: date,
    valid_to: date,
    consents: Consents,
    by_guardian: bool = False,
) -> Delegation:
    """Asks that the delegate receives what the department's policies (all, if none is named) owe the beneficiary."""
    require_township(by, township_id_of(beneficiary.household), Role.TOWNSHIP_CLERK)
    codes = sorted(set(policy_codes))
    require_allowed(codes)
    _check_policies(department, codes)
    _check_term(valid_from, valid_to)
    beneficiary, delegate = _locked_people(beneficiary, delegate)
    delegation = Delegation(
        beneficiary=beneficiary,
        delegate=delegate,
        department=department,
        policy_codes=codes,
        reason=required(sentence(reason), "reason", "代领原因", 200),
        by_guardian=by_guardian,
        beneficiary_consent=consents.beneficiary,
        delegate_consent=consents.delegate,
        proof=consents.proof,
        valid_from=valid_from,
        valid_to=valid_to,
        rules=rules.snapshot(keys=(ALLOWED, APPROVAL), policy_code=codes[0] if len(codes) == 1 else ""),
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=clock.now(),
    )
    try:
        with transaction.atomic():
            delegation.save()
    except IntegrityError as error:
        if broken_truth(error) != "households_one_delegate":
            raise
        raise Conflict(
            "该补贴对象在这个主管部门、这段期限内已有代领（或正在申请），请先终止原代领。",
            field="valid_from",
            code="households.one_delegate",
        ) from error
    facts = {"beneficiary": beneficiary.pk, "delegate": delegate.pk, "department": department.pk, "policies": codes}
    record(by=by, verb="delegation.request", subject=delegation, facts=facts)
    return delegation


def _check_policies(department: Organisation, codes: Sequence[str]) -> None:
    if department.kind != Organisation.Kind.DEPARTMENT:
        raise Invalid("请选择补贴政策的主管部门。", field="department", code="households.department")
    if set(codes) - {policy.code for policy in offered_policies(department.pk)}:
        raise Invalid(
            "所选补贴政策不都由这个主管部门主管，请分别申请。", field="policies", code="households.policy_of_other"
        )


def _check_term(valid_from: date, valid_to: date) -> None:
    if valid_from > valid_to:
        raise Invalid("代领期限的起始日期晚于截止日期，请改正。", field="valid_to", code="households.term")
    if valid_to < clock.today():
        raise Invalid("代领期限已经过去，请改正截止日期。", field="valid_to", code="households.term")


def _locked_people(beneficiary: Person, delegate: Person) -> tuple[Person, Person]:
    """Both as they are now, locked in the order of ids; both alive, and two people."""
    if beneficiary.pk == delegate.pk:
        raise Invalid("代领人不能是补贴对象本人。", field="delegate", code="households.same_person")
    found = gone.each(Person.objects.select_for_update(no_key=True), [beneficiary.pk, delegate.pk])
    if found[beneficiary.pk].state != Person.State.ALIVE:
        raise Conflict("补贴对象已死亡、失踪或迁出，不能办理代领。", code="households.person_state")
    if found[delegate.pk].state != Person.State.ALIVE:
        raise Conflict("代领人已死亡、失踪或迁出，请另选代领人。", field="delegate", code="households.person_state")
    return found[beneficiary.pk], found[delegate.pk]


@transaction.atomic
def check_delegation(*, by: User, delegation: Delegation, opinion: str = "") -> Delegation:
    """The finance station has compared consents and proof with the originals; the department decides next."""
    current = _to_check(by, delegation)
    _locked_people(current.beneficiary, current.delegate)
    papers.sign_check(by, current, State.CHECKED, sentence(opinion))
    record(by=by, verb="delegation.check", subject=current, facts={"department": current.department_id})
    return current


@transaction.atomic
def approve_delegation(*, by: User, delegation: Delegation, opinion: str = "") -> Delegation:
    """The department in charge agrees: from now on, within the term, the delegate is paid."""
    current = _to_approve(by, delegation)
    _locked_people(current.beneficiary, current.delegate)
    papers.sign_approval(by, current, State.APPROVED, sentence(opinion))
    record(by=by, verb="delegation.approve", subject=current, facts={"department": current.department_id})
    tell_changed([current.beneficiary_id, current.delegate_id], by)
    return current


@transaction.atomic
def refuse_delegation(*, by: User, delegation: Delegation, opinion: str) -> Delegation:
    """The finance station or the department says no, with the reason."""
    words = papers.words_of_refusal(opinion)
    if delegation.state == State.CHECKED:
        current = _to_approve(by, delegation)
        papers.sign_approval(by, current, State.REFUSED, words)
    else:
        current = _to_check(by, delegation)
        papers.sign_check(by, current, State.REFUSED, words)
    record(by=by, verb="delegation.refuse", subject=current, facts={"department": current.department_id})
    return current


@transaction.atomic
def end_delegation(*, by: User, delegation: Delegation, reason: str) -> Delegation:
    """Ends it before its term: the beneficiary wants so, or the ground fell away. By clerk, station or department."""
    current = _locked(delegation)
    scope, home = scope_of(by), township_id_of(current.beneficiary.household)
    townsfolk = any(scope.holds(role, division_id=home) for role in (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION))
    if not townsfolk and not _department_post(by, current):
        raise Forbidden("终止代领由乡镇经办、财政所或主管部门办理。", code="accounts.post_needed")
    papers.end(by, current, (State.REQUESTED, State.CHECKED, State.APPROVED), reason)
    record(by=by, verb="delegation.end", subject=current, facts={"department": current.department_id})
    tell_changed([current.beneficiary_id, current.delegate_id], by)
    return current


def _locked(delegation: Delegation) -> Delegation:
    found = Delegation.objects.select_for_update(no_key=True, of=("self",))
    return found.select_related("beneficiary__household__village", "delegate", "department").get(pk=delegation.pk)


def _department_post(by: User, delegation: Delegation) -> bool:
    return any(scope_of(by).holds(role, organisation_id=delegation.department_id) for role in APPROVERS)


def _to_check(by: User, delegation: Delegation) -> Delegation:
    current = _locked(delegation)
    require_township(by, township_id_of(current.beneficiary.household), Role.FINANCE_STATION)
    papers.require_state(current, (State.REQUESTED,), "不在财政所审核环节")
    papers.require_other(by, current, "申请人不能审核自己提出的代领，请由财政所其他人员审核。")
    return current


def _to_approve(by: User, delegation: Delegation) -> Delegation:
    current = _locked(delegation)
    if not _department_post(by, current):
        raise Forbidden(
            f"代领由{current.department}的审核人或负责人同意，您没有该岗位。",
            code="accounts.post_needed",
            rule=APPROVAL,
        )
    papers.require_state(current, (State.CHECKED,), "不在主管部门审批环节")
    if by.person_id in (current.made_by_person_id, current.checked_by_person_id):
        raise Forbidden("申请、审核、审批须由三个人办理，请由主管部门其他人员审批。", code="households.three_people")
    return current
