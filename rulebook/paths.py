"""A paper's way through the offices, as a rule of shape `path` lays it: who decides on each step, and on what document.

The room that sends the paper lays its steps (a model of `PathStep`) and moves the paper; what is the same for all of
them is here: who may decide, that the step read is the one that waits, what an answer from outside must say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from django.core.files.uploadedfile import UploadedFile

from accounts.models import Role, User
from accounts.scope import Scope, scope_of
from accounts.trail import Facts
from jobs.uploads import keep_paper
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import normalise, sentence
from rulebook import clock
from rulebook.models import PathStep

Office, Outcome = PathStep.Office, PathStep.Outcome
# The finance bureau's, who enter what an office outside has answered.
RECORDERS = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)
OPINION = 500
Step = TypeVar("Step", bound=PathStep)


class Paper(Protocol):
    """What goes on the way: a change of a policy, a request for data."""

    @property
    def department_id(self) -> int | None: ...

    @property
    def maker_id(self) -> int: ...

    @property
    def on_its_way(self) -> bool: ...

    @property
    def rule_key(self) -> str: ...


@dataclass(frozen=True)
class Document:
    """What an office outside answered, or what was reported to it."""

    number: str
    on: date
    office: str
    upload: UploadedFile[Any]


def posts_for(step: PathStep) -> tuple[str, ...]:
    return RECORDERS if step.office == Office.OUTSIDE else (step.post,)


def post_names(step: PathStep) -> str:
    return "、".join(f"“{Role(role).label}”" for role in posts_for(step))


def waiting(paper: Paper, steps: Iterable[Step]) -> Step | None:
    """Of all steps in their order the one that waits, while the paper is on its way."""
    return next((step for step in steps if not step.outcome), None) if paper.on_its_way else None


def may_decide(user: User, step: PathStep, paper: Paper) -> bool:
    """Whether a person has a post for the step and did not make the paper."""
    return user.person_id != paper.maker_id and _has_post(scope_of(user), step, paper)


def _has_post(scope: Scope, step: PathStep, paper: Paper) -> bool:
    where = paper.department_id if step.office == Office.DEPARTMENT else None
    return any(scope.holds(role, organisation_id=where) for role in posts_for(step))


def decide(
    by: User,
    paper: Paper,
    steps: Sequence[PathStep],
    read: PathStep,
    *,
    agree: bool,
    opinion: str,
    document: Document | None,
) -> Facts:
    """Writes the outcome into the step that waits, which must be the one that was `read`; the facts are for the trail.

    The paper is locked before. A step outside comes with its document (`Invalid` on `document_number`,
    `issuing_office`, `document_on`, `file`), one of the county's own without; a refusal says why.
    """
    step = waiting(paper, steps)
    if step is None or step.pk != read.pk:
        raise Conflict("这一步已经办过或还没有轮到，请刷新页面后再看。", code="paths.step_passed")
    _require_decider(by, paper, steps, step)
    if (step.office == Office.OUTSIDE) != (document is not None):
        raise Conflict(
            "这一步由本县办理，不登记外部文件。" if document else "这一步由上级或外部单位办理，请登记其文件。",
            code="paths.outside",
            rule=paper.rule_key,
        )
    words = sentence(opinion)[:OPINION]
    if not agree and not words:
        raise Invalid("不同意的，请写明原因。", code="paths.opinion", field="opinion")
    facts: dict[str, Any] = {"step": step.key, "outcome": str(Outcome.AGREED if agree else Outcome.REFUSED)}
    if document is not None:
        facts |= _keep(by, step, document)
    step.outcome, step.opinion = facts["outcome"], words
    step.decided_by, step.decided_by_person, step.decided_at = by, by.person, clock.now()
    step.save()
    return facts


def _require_decider(by: User, paper: Paper, steps: Sequence[PathStep], step: PathStep) -> None:
    if not _has_post(scope_of(by), step, paper):
        raise Forbidden(f"这一步由{post_names(step)}岗位办理，您没有该岗位或不在该部门。", code="accounts.post_needed")
    if by.person_id == paper.maker_id:
        raise Forbidden("这件事由您经办，不能再由您审批，请由其他人办理。", code="paths.maker")
    signed = (one for one in steps if one.decided_by_person_id == by.person_id and one.office == step.office)
    earlier = next(signed, None)
    if earlier is not None and step.office != Office.OUTSIDE:
        raise Conflict(f"您已在“{earlier.title}”办理过，同一人不能再办下一步。", code="paths.signed_before")


def _keep(by: User, step: PathStep, document: Document) -> Facts:
    step.document_number = normalise(document.number)[:60]
    step.issuing_office = sentence(document.office)[:100]
    if not step.document_number:
        raise Invalid("请填写文号。", code="paths.document_number", field="document_number")
    if not step.issuing_office:
        raise Invalid("请填写办理单位。", code="paths.issuing_office", field="issuing_office")
    if document.on > clock.today():
        raise Invalid("文件日期晚于今天，请核对。", code="paths.document_on", field="document_on")
    step.document_on = document.on
    stored = step.file = keep_paper(document.upload, by=by)
    return {"document": step.document_number, "sha256": bytes(stored.sha256).hex()}


def all_agreed(steps: Iterable[PathStep]) -> bool:
    return all(step.outcome == Outcome.AGREED for step in steps)


def shown(paper: Paper, steps: Iterable[PathStep]) -> list[dict[str, Any]]:
    """The steps for parts/_stepper.html."""
    steps = list(steps)
    current = waiting(paper, steps)
    states = {Outcome.AGREED: "done", Outcome.REFUSED: "returned", "": "todo"}
    rows = []
    for step in steps:
        told = (f"{step.issuing_office} {step.document_number}".strip(), step.opinion)
        rows.append(
            {
                "title": step.title,
                "state": "current" if step is current else states[step.outcome],
                "who": str(step.decided_by) if step.decided_by else _whose(step),
                "when": step.decided_at,
                "note": "；".join(part for part in told if part),
            }
        )
    return rows


def _whose(step: PathStep) -> str:
    return "财政部门登记" if step.office == Office.OUTSIDE else str(Role(step.post).label)
