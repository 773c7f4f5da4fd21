"""The way back and the end: returned, voided, paid, closed, single lines taken out (ROS-7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Post, Role, User
from accounts.scope import UNIT_ROLES, scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from rosters import chain
from rosters.gone import refuse_stopped
from rosters.models import Decision, Roster, RosterLine
from rosters.models_revisions import ReturnAsk
from rosters.payees import refuse_without_right
from rosters.services.moving import _move, editable, locked
from rosters.services.reviewing import OPINION_LENGTH, decide, release

Status, Action = Roster.Status, Decision.Action
# A return names so many lines at most.
MOST_LINES = 200
_FINANCE = (Role.FINANCE_OFFICER, Role.FINANCE_HEAD)


def reason_of(text: str) -> str:
    plain = sentence(text)
    if len(plain) < 2:
        raise Invalid("请填写退回原因，让对方知道要改什么。", code="rosters.reason", field="reason")
    if len(plain) > OPINION_LENGTH:
        raise Invalid(f"原因不超过{OPINION_LENGTH}字。", code="rosters.reason", field="reason")
    return plain


# --- Back -------------------------------------------------------------------------------------------------------------
def return_targets(roster: Roster) -> list[tuple[str, str]]:
    """To whom the roster can go back from where it stands: the clerk ("") and every earlier reviewing step."""
    if roster.status == Status.APPROVED:
        before = list(chain.steps(roster))
    elif roster.status in (Status.REVIEW, Status.NOTICE):
        before = list(chain.steps(roster))[: chain.position(roster, roster.step)]
    else:
        return []
    return [("", chain.MAKING_TITLE), *((step.key, step.title) for step in before if not step.notice)]


def returning_post(user: User, roster: Roster) -> Post | None:
    """The post by which a person may send the roster back now."""
    step = chain.acting_step(roster)
    if step is not None:
        return chain.held_post(user, roster, step)
    if roster.status == Status.APPROVED:
        return next((post for role in _FINANCE if (post := scope_of(user).post(role))), None)
    return None


@dataclass(frozen=True)
class Ask:
    """What is to be mended: an area of certain lines by their numbers, or (none) of any."""

    area: str
    lines: Sequence[int] = ()


@transaction.atomic
def send_back(
    *, by: User, roster: Roster, to_step: str, reason: str, resumes: bool = False, asks: Sequence[Ask] = ()
) -> Decision:
    """Returns the roster to its clerk ("") or to an earlier reviewing step, with a reason.

    With `resumes` it comes straight back when only what is asked for has changed: of the clerk the `asks` (none: papers
    and words only), of a reviewing step that it signs again. Signatures between then keep their force.
    An approved roster goes back by the finance officer or head, as long as no batch holds it (the room above refuses).
    """
    reason = reason_of(reason)
    current = locked(roster)
    targets = return_targets(current)
    if not targets:
        raise Conflict(f"清册处于“{current.get_status_display()}”，不能退回。", code="rosters.not_returnable")
    post = returning_post(by, current)
    if post is None:
        raise Forbidden("退回由当前环节的审核人办理，您没有该岗位或不在其辖区。", code="accounts.post_needed")
    if to_step not in dict(targets):
        raise Invalid("只能退回给编制人或更早的审核环节。", code="rosters.return_target", field="to_step")
    if resumes and current.status != Status.REVIEW:
        raise Conflict(
            f"清册处于“{current.get_status_display()}”，退回后须重新走全部环节。",
            code="rosters.resume",
            field="resumes",
        )
    return _back(current, by=by, post=post, to_step=to_step, reason=reason, resumes=resumes, asks=asks)


@transaction.atomic
def return_after_objection(*, by: User, roster: Roster, reason: str) -> Decision:
    """An objection was upheld: back to the clerk, by any post of the roster's unit, until it is approved."""
    reason = reason_of(reason)
    current = locked(roster)
    post = next(
        (post for post in scope_of(by).posts if post.role in UNIT_ROLES and chain.belongs_to(post, current)),
        None,
    )
    if post is None:
        raise Forbidden("异议由编制单位核实处理，您没有该岗位或不在其辖区。", code="accounts.post_needed")
    if current.status not in (Status.NOTICE, Status.REVIEW, Status.APPROVED):
        raise Conflict(f"清册处于“{current.get_status_display()}”，不能因异议退回。", code="rosters.not_returnable")
    return _back(current, by=by, post=post, to_step="", reason=reason)


def _back(
    roster: Roster,
    *,
    by: User,
    post: Post,
    to_step: str,
    reason: str,
    resumes: bool = False,
    asks: Sequence[Ask] = (),
) -> Decision:
    """Signatures from the target on lose their force; the reservation falls with the submission.

    Of a return that resumes only the target's own signature does, and the clerk's seal: the others wait for the mend.
    """
    here = roster.step
    title = chain.step(roster, here).title if here else "待发放"
    decision = decide(
        roster,
        by=by,
        post=post,
        action=Action.RETURN,
        step=here,
        title=title,
        opinion=reason,
        to_step=to_step,
        resumes=resumes,
    )
    if resumes and not to_step:
        _write_asks(roster, decision, asks)
    _take_force(roster, decision)
    submitting = chain.submitting_step(roster).key
    place, submits = chain.position(roster, to_step), chain.position(roster, submitting)
    if to_step == submitting or not to_step or (place < submits and not resumes):
        release(roster, by)
    _move(
        roster,
        Status.REVIEW if to_step else Status.RETURNED,
        step=to_step,
        by=by,
        verb="roster.return",
        reason=reason,
        resumes=resumes,
        facts={"resumes": resumes, "asks": len(asks)},
    )
    return decision


def _take_force(roster: Roster, decision: Decision) -> None:
    """Which signatures a return takes their force."""
    to_step = decision.to_step
    lost = roster.decisions.filter(in_force=True).exclude(pk=decision.pk).exclude(action=Action.RETURN)
    if decision.resumes:
        lost = lost.filter(step=to_step, action=Action.APPROVE) if to_step else lost.filter(action=Action.SEND)
    elif to_step:
        kept = [step.key for step in chain.steps(roster)[: chain.position(roster, to_step)]]
        lost = lost.exclude(action=Action.SEND).exclude(step__in=kept, action=Action.APPROVE)
    lost.update(in_force=False)


def _write_asks(roster: Roster, decision: Decision, asks: Sequence[Ask]) -> None:
    """The lines are named by whose entitlement they are: their numbers move."""
    wanted = sorted({number for ask in asks for number in ask.lines})
    if len(wanted) > MOST_LINES:
        raise Invalid(f"点名的行不超过{MOST_LINES}行，更多的请不限行。", code="rosters.asks", field="lines")
    found = {line.number: line for line in RosterLine.objects.filter(roster=roster, number__in=wanted)}
    missing = [number for number in wanted if number not in found]
    if missing:
        told = "、".join(map(str, missing[:8]))
        raise Invalid(f"清册中没有第{told}号，请核对序号。", code="rosters.asks", field="lines")
    rows: dict[tuple[str, str, str], ReturnAsk] = {}
    for ask in asks:
        if ask.area not in ReturnAsk.Area.values:
            raise Invalid("请选择要改的内容。", code="rosters.asks", field="areas")
        named = [found[number] for number in ask.lines] if ask.area != ReturnAsk.Area.ADD else []
        lines: list[RosterLine | None] = [*named] or [None]
        for line in lines:
            holder, basis = (line.holder, line.basis) if line else ("", "")
            number = line.number if line else None
            rows[ask.area, holder, basis] = ReturnAsk(
                decision=decision, area=ask.area, holder=holder, basis=basis, number=number
            )
    ReturnAsk.objects.bulk_create(rows.values())


# --- The end ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def void_roster(*, by: User, roster: Roster, reason: str) -> Roster:
    """A draft or returned roster that will not be used. It stays to be seen, and nobody can bring it back."""
    reason = reason_of(reason)
    current = editable(by, roster)
    _move(current, Status.VOID, step="", by=by, verb="roster.void", reason=reason, void_reason=reason)
    return current


@transaction.atomic
def begin_paying(*, by: User, roster: Roster) -> Roster:
    """The roster enters a batch: from here on it can no longer be returned.

    By a post that may release batches: the finance bureau's officer, or the department's where the department pays.
    """
    current = locked(roster)
    scope, department = scope_of(by), current.policy.department_id
    if not scope.holds(Role.FINANCE_OFFICER) and not any(
        scope.holds(role, organisation_id=department) for role in (Role.DEPT_OFFICER, Role.DEPT_HEAD)
    ):
        raise Forbidden("清册由负责发放的单位的发放经办放行，您没有该岗位。", code="accounts.post_needed")
    refuse_stopped(current)
    refuse_without_right(current)
    _move(current, Status.PAYING, step="", by=by, verb="roster.begin_paying")
    return current


@transaction.atomic
def close_roster(*, by: User | None, roster: Roster) -> Roster:
    """Every line is paid or taken out. Called by the room that knows (disbursement), which has authorised `by`."""
    current = locked(roster)
    _move(current, Status.CLOSED, step="", by=by, verb="roster.close")
    return current


@transaction.atomic
def take_out_line(*, by: User, line: RosterLine, reason: str) -> RosterLine:
    """Takes a line out after a failed payment: dead, missing, or out of reach (ZLT§20). Its money is the caller's."""
    reason = reason_of(reason)
    current = locked(line.roster)
    scope = scope_of(by)
    if not (chain.is_clerk(by, current) or scope.holds(Role.FINANCE_OFFICER)):
        raise Forbidden("移出清册由编制单位经办或财政发放经办办理。", code="accounts.post_needed")
    if current.status != Status.PAYING:
        raise Conflict("清册不在发放中，不能移出明细；发放前请退回清册修改。", code="rosters.not_paying")
    if not RosterLine.objects.filter(pk=line.pk, roster=current, taken_out=False).update(taken_out=True):
        raise Conflict("这一行已经移出清册。", code="rosters.taken_out_before")
    record(by=by, verb="roster.take_out", subject=current, facts={"line": line.pk, "amount_fen": line.amount_fen})
    return RosterLine.objects.get(pk=line.pk)
