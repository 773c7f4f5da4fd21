"""Deciding a request step by step, as its way was laid (CQ§31-33)."""

from django.db import transaction

from accounts.models import User
from accounts.trail import record
from audit.models import AccessRequest, AccessStep
from audit.services.moving import State, facts_of, locked, move
from lib.errors import Conflict
from rulebook import clock, paths


@transaction.atomic
def decide_step(
    *,
    by: User,
    request: AccessRequest,
    step: AccessStep,
    agree: bool,
    opinion: str = "",
    document: paths.Document | None = None,
) -> AccessRequest:
    """Agrees or refuses at the step that waits, which must be the one the person read.

    What was reported to an office outside, or answered by one, is entered with its document by the finance bureau.
    """
    current = locked(request)
    steps = list(current.steps.all())
    if agree and current.term_to < clock.today():
        raise Conflict(
            "申请的使用期限已经过去，不能再同意。请选不同意并写明原因，由申请单位重新提出。", code="access.term_over"
        )
    facts = paths.decide(by, current, steps, step, agree=agree, opinion=opinion, document=document)
    record(by=by, verb="access.decide", subject=current, facts={**facts_of(current), **facts})
    current.decided_at = clock.now()
    if not agree:
        move(current, State.REFUSED, by=by, verb="access.refuse", fields=["decided_at"])
    elif paths.all_agreed(steps):
        move(current, State.GRANTED, by=by, verb="access.grant", fields=["decided_at"])
    return current
