"""Additions, changes and stops of policies, from the department's proposal to the day on which they apply (POL-3)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Organisation, User
from accounts.trail import Facts, record
from jobs.uploads import keep_paper
from lib.errors import Conflict, Forbidden, Invalid
from lib.templatetags.portal import cn_date
from lib.text import normalise, sentence
from rulebook import clock, paths, rules
from subsidies import path, proposals, standing
from subsidies.models import ChangeDocument, Policy, PolicyChange, PolicyStep
from subsidies.services.carrying import carry_out, take_effect

Kind, State = PolicyChange.Kind, PolicyChange.State
REASON = 500


# --- Proposing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def propose_addition(
    *, by: User, department: Organisation, content: Mapping[str, Any], effective_from: date, reason: str
) -> PolicyChange:
    """Drafts a new policy of a department; its way is laid by the rules of this day."""
    found = proposals.checked(Kind.ADD, content, policy=None, effective_from=effective_from)
    return _draft(by, department, Kind.ADD, content=found, policy=None, effective_from=effective_from, reason=reason)


@transaction.atomic
def propose_change(
    *, by: User, policy: Policy, content: Mapping[str, Any], effective_from: date, reason: str
) -> PolicyChange:
    """Drafts other terms of a policy from a day on: a new version, never a change of what was."""
    policy = _of_living(policy)
    found = proposals.checked(Kind.CHANGE, content, policy=policy, effective_from=effective_from)
    return _draft(
        by, policy.department, Kind.CHANGE, content=found, policy=policy, effective_from=effective_from, reason=reason
    )


@transaction.atomic
def propose_stop(*, by: User, policy: Policy, effective_from: date, reason: str) -> PolicyChange:
    """Drafts the end of a policy: from `effective_from` on it no longer applies."""
    policy = _of_living(policy)
    return _draft(
        by, policy.department, Kind.STOP, content={}, policy=policy, effective_from=effective_from, reason=reason
    )


def _of_living(policy: Policy) -> Policy:
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    if policy.status != Policy.Status.IN_FORCE or standing.ended(policy):
        raise Conflict("只有执行中的政策可以变更或停止；已停止的政策请重新申请新增。", code="subsidies.not_in_force")
    under_way = policy.changes.filter(state__in=[State.DRAFT, State.REVIEW]).first()
    if under_way is not None:
        raise Conflict(
            f"这项政策已有一项{under_way.get_kind_display()}在办理（{under_way.get_state_display()}），"
            "请先办完或撤回，再提出新的变更。",
            code="subsidies.under_way",
        )
    return policy


def _draft(
    by: User,
    department: Organisation,
    kind: str,
    *,
    content: proposals.Content,
    policy: Policy | None,
    effective_from: date,
    reason: str,
) -> PolicyChange:
    if path.makers_post(by, department) is None:
        raise Forbidden(f"政策由主管部门提出，您没有{department.name}的经办岗位。", code="accounts.post_needed")
    _check_day(effective_from)
    _check_free_day(policy, kind, effective_from)
    key = PolicyChange(kind=kind).rule_key
    way = rules.rule(key, policy_code=policy.code if policy else "")
    newest = policy.versions.order_by("-effective_from").first() if policy else None
    change = PolicyChange.objects.create(
        kind=kind,
        policy=policy,
        name=policy.name if policy else content["name"],
        department=department,
        content=content,
        before=proposals.content_of(policy, newest) if policy else {},
        effective_from=effective_from,
        reason=_reason(reason),
        rules={key: way.as_json()},
        proposed_by=by,
        proposed_by_person=by.person,
        proposed_at=clock.now(),
    )
    for step in path.steps_of(way.value, department):
        step.change = change
        step.save()
    record(by=by, verb="policy_change.propose", subject=change, facts=_facts(change))
    return change


def _facts(change: PolicyChange) -> Facts:
    code = change.policy.code if change.policy else change.content.get("code", "")
    return {"kind": change.kind, "policy": code, "effective_from": change.effective_from}


def _check_day(day: date) -> None:
    if day < clock.today():
        raise Invalid("生效日期不能早于今天，政策不能追溯生效。", code="subsidies.backdated", field="effective_from")


def _check_free_day(policy: Policy | None, kind: str, day: date) -> None:
    if policy is None or kind != Kind.CHANGE:
        return
    later = policy.versions.filter(effective_from__gte=day).order_by("-effective_from").first()
    if later is not None:
        raise Conflict(
            f"第{later.number}版自{cn_date(later.effective_from)}起生效，新的变更须晚于这一天。",
            code="subsidies.version_date",
            field="effective_from",
        )


def _reason(text: str) -> str:
    reason = sentence(text)[:REASON]
    if not reason:
        raise Invalid("请写明理由。", code="subsidies.reason", field="reason")
    return reason


# --- The draft --------------------------------------------------------------------------------------------------------
def _own_draft(by: User, change: PolicyChange) -> PolicyChange:
    current = _locked(change)
    if path.makers_post(by, current.department) is None:
        raise Forbidden("草稿由提出的部门修改，您没有该部门的经办岗位。", code="accounts.post_needed")
    if current.state != State.DRAFT:
        raise Conflict("这项变更已经提交，内容不能再改；需要修改的，请撤回后重新提出。", code="subsidies.submitted")
    return current


def _locked(change: PolicyChange) -> PolicyChange:
    rows = PolicyChange.objects.select_related("department", "policy")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=change.pk)


@transaction.atomic
def edit_draft(
    *, by: User, change: PolicyChange, content: Mapping[str, Any], effective_from: date, reason: str
) -> PolicyChange:
    """Replaces what a draft says. The way it takes stays the one laid with it."""
    current = _own_draft(by, change)
    _check_day(effective_from)
    _check_free_day(current.policy, current.kind, effective_from)
    current.content = proposals.checked(current.kind, content, policy=current.policy, effective_from=effective_from)
    current.name = current.content.get("name", current.name)
    current.effective_from, current.reason = effective_from, _reason(reason)
    current.save(update_fields=["content", "name", "effective_from", "reason"])
    record(by=by, verb="policy_change.edit", subject=current, facts=_facts(current))
    return current


@transaction.atomic
def add_document(
    *,
    by: User,
    change: PolicyChange,
    kind: str,
    title: str,
    upload: UploadedFile[Any],
    number: str = "",
    issued_on: date | None = None,
) -> ChangeDocument:
    """Adds a document with its file to a draft: the basis, the sample form, others."""
    current = _own_draft(by, change)
    if kind not in ChangeDocument.Kind.values:
        raise Invalid("请选择材料类别。", code="subsidies.document_kind", field="kind")
    title = sentence(title)[:200]
    if not title:
        raise Invalid("请填写文件名称。", code="subsidies.document_title", field="title")
    stored = keep_paper(upload, by=by)
    made = ChangeDocument.objects.create(
        change=current, kind=kind, title=title, number=normalise(number)[:60], issued_on=issued_on, file=stored
    )
    facts = {"document": made.pk, "kind": kind, "sha256": bytes(stored.sha256).hex()}
    record(by=by, verb="policy_change.document", subject=current, facts=facts)
    return made


@transaction.atomic
def remove_document(*, by: User, document: ChangeDocument) -> None:
    """Takes a document out of a draft; its file stays stored."""
    current = _own_draft(by, document.change)
    facts = {"document": document.pk, "file": document.file_id}
    ChangeDocument.objects.filter(pk=document.pk, change=current).delete()
    record(by=by, verb="policy_change.document_remove", subject=current, facts=facts)


@transaction.atomic
def submit_change(*, by: User, change: PolicyChange) -> PolicyChange:
    """Hands the draft in: a basis document is there, for a new policy its sample form too (ZLT§30)."""
    current = _own_draft(by, change)
    _check_day(current.effective_from)
    kinds = set(current.documents.values_list("kind", flat=True))
    if ChangeDocument.Kind.BASIS not in kinds:
        raise Invalid("还没有上传依据文件，请上传后再提交。", code="subsidies.no_basis")
    if current.kind == Kind.ADD and ChangeDocument.Kind.SAMPLE not in kinds:
        raise Invalid("新增政策须附补贴表样，请上传后再提交。", code="subsidies.no_sample")
    current.submitted_at = clock.now()
    _move(current, State.REVIEW, by=by, verb="policy_change.submit", fields=["submitted_at"])
    return current


@transaction.atomic
def withdraw_change(*, by: User, change: PolicyChange) -> PolicyChange:
    """Takes a proposal back before it is decided, by the department that made it."""
    current = _locked(change)
    if path.makers_post(by, current.department) is None:
        raise Forbidden("由提出的部门撤回，您没有该部门的经办岗位。", code="accounts.post_needed")
    _move(current, State.WITHDRAWN, by=by, verb="policy_change.withdraw")
    return current


# --- Deciding ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def decide_step(
    *,
    by: User,
    change: PolicyChange,
    step: PolicyStep,
    agree: bool,
    opinion: str = "",
    document: paths.Document | None = None,
) -> PolicyChange:
    """Agrees or refuses at the step that waits, which must be the one the person read.

    What an office outside has answered is entered with its document, by the finance bureau.
    """
    current = _locked(change)
    steps = list(current.steps.all())
    facts = paths.decide(by, current, steps, step, agree=agree, opinion=opinion, document=document)
    record(by=by, verb="policy_change.decide", subject=current, facts={**_facts(current), **facts})
    if not agree:
        current.decided_at = clock.now()
        _move(current, State.REFUSED, by=by, verb="policy_change.refuse", fields=["decided_at"])
    elif paths.all_agreed(steps):
        _approve(current, by)
    return current


def _approve(change: PolicyChange, by: User) -> None:
    """Every step has agreed: it applies from the day proposed, or from today if that has passed meanwhile."""
    today = clock.today()
    change.decided_at = clock.now()
    change.applies_from = max(change.effective_from, today)
    if change.kind == Kind.ADD:
        # The code was free when it was proposed.
        proposals.checked(Kind.ADD, change.content, policy=None, effective_from=change.effective_from)
    elif change.policy is not None:
        Policy.objects.select_for_update(no_key=True).get(pk=change.policy.pk)
        _check_free_day(change.policy, change.kind, change.applies_from)
    carry_out(change, lambda: _move(
        change, State.APPROVED, by=by, verb="policy_change.approve", fields=["decided_at", "applies_from", "policy"]
    ))  # fmt: skip
    if change.applies_from <= today:
        take_effect(change, by=by)


def _move(change: PolicyChange, to: str, *, by: User | None, verb: str, fields: list[str] | None = None) -> None:
    if to not in PolicyChange.TRANSITIONS[change.state]:
        raise Conflict(
            f"这项变更{change.get_state_display()}，不能办理此事，请刷新页面后再看。", code="subsidies.change_state"
        )
    change.state = to
    change.save(update_fields=["state", *(fields or [])])
    record(by=by, verb=verb, subject=change, facts=_facts(change))
