"""Taking back what one has sent or signed, while nobody behind has acted on it (ROS-7)."""

from django.db import transaction

from accounts.models import Post, User
from lib.errors import Conflict, Forbidden
from rosters import chain, events
from rosters.models import Decision, Roster
from rosters.services.moving import _move, locked, require_clerk
from rosters.services.returning import reason_of
from rosters.services.reviewing import decide, release, signed_steps

Status, Action = Roster.Status, Decision.Action
_UNDER_WAY = (Status.REVIEW, Status.NOTICE, Status.APPROVED)


def recallable(user: User, roster: Roster) -> Decision | None:
    """The person's own last word on the roster, if the roster still lies where that word put it."""
    last = roster.decisions.order_by("-id").first()
    if last is None or last.by_person_id != user.person_id or not last.in_force or roster.status not in _UNDER_WAY:
        return None
    if last.action == Action.SEND:
        return last if roster.status == Status.REVIEW else None
    if last.action != Action.APPROVE:
        return None
    following = chain.step_to_sign(roster, last.step, signed_steps(roster))
    return last if roster.step == (following.key if following else "") else None


@transaction.atomic
def recall_decision(*, by: User, roster: Roster, reason: str) -> Decision:
    """Takes one's own sending or signature back: to the clerk, or to the own step, which signs anew.

    Refused as soon as the post behind has decided, or a room above has acted on it (a notice posted, a batch made).
    """
    reason = reason_of(reason)
    current = locked(roster)
    last = recallable(by, current)
    if last is None:
        raise Conflict(
            "只能撤回自己最后办理、下一环节还没有处理的送审或签字。清册已由下一环节处理的，请其退回。",
            code="rosters.recall",
        )
    events.refuse_acted(current)
    sent = last.action == Action.SEND
    post = require_clerk(by, current) if sent else _own_post(by, current, last)
    decision = decide(
        current, by=by, post=post, action=Action.RECALL, step=last.step, title=last.step_title, opinion=reason
    )
    last.in_force = False
    last.save(update_fields=["in_force"])
    if sent or chain.step(current, last.step).submits:
        release(current, by)
    status = Status.RETURNED if sent else Status.REVIEW
    _move(current, status, step=last.step, by=by, verb="roster.recall", reason=reason)
    return decision


def _own_post(by: User, roster: Roster, last: Decision) -> Post:
    """The post by which the person signed, if it is still held."""
    post = chain.held_post(by, roster, chain.step(roster, last.step))
    if post is None:
        raise Forbidden("您已不在签字时的岗位，不能撤回，请下一环节退回。", code="accounts.post_needed")
    return post
