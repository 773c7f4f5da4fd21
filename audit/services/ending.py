"""How access ends: withdrawn before it was decided, no longer needed, taken back, or its term over."""

from datetime import date

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import scope_of
from audit import access_way
from audit.models import AccessRequest, AccessToken
from audit.services.moving import State, locked, move
from lib.errors import Forbidden, Invalid
from lib.text import sentence
from rulebook import clock, paths

OVER = "使用期限届满"


@transaction.atomic
def withdraw_request(*, by: User, request: AccessRequest) -> AccessRequest:
    """Takes a request back before it is decided, by the applicant's side."""
    current = locked(request)
    _require_applicant(by, current)
    move(current, State.WITHDRAWN, by=by, verb="access.withdraw")
    return current


@transaction.atomic
def end_access(*, by: User, request: AccessRequest, reason: str) -> AccessRequest:
    """Ends a grant that the applicant no longer needs."""
    current = locked(request)
    _require_applicant(by, current)
    return _close(current, State.ENDED, by=by, verb="access.end", reason=reason)


@transaction.atomic
def revoke_access(*, by: User, request: AccessRequest, reason: str) -> AccessRequest:
    """Takes a grant back at once: from this moment neither download nor token opens anything."""
    if not scope_of(by).roles & set(paths.RECORDERS):
        names = "、".join(f"“{Role(role).label}”" for role in paths.RECORDERS)
        raise Forbidden(f"收回由{names}岗位办理，您没有该岗位。", code="accounts.post_needed")
    return _close(locked(request), State.REVOKED, by=by, verb="access.revoke", reason=reason)


def expire(day: date) -> None:
    """Ends the grants whose term is over; safe to call again. The gates do not wait for it: they read the term."""
    over = AccessRequest.objects.filter(state=State.GRANTED, term_to__lt=day).order_by("pk")
    for request in over.select_for_update(no_key=True, skip_locked=True):
        _close(request, State.ENDED, by=None, verb="access.expire", reason=OVER)


def _require_applicant(by: User, request: AccessRequest) -> None:
    if not access_way.speaks_for(by, request):
        raise Forbidden("由申请单位（外部单位由财政部门代办）办理，您没有该单位的岗位。", code="access.other_unit")


def _close(request: AccessRequest, to: str, *, by: User | None, verb: str, reason: str) -> AccessRequest:
    words = sentence(reason)[:300]
    if not words:
        raise Invalid("请写明原因。", code="access.end_reason", field="reason")
    request.ended_by, request.ended_at, request.end_reason = by, clock.now(), words
    AccessToken.objects.filter(request=request, revoked_at__isnull=True).update(revoked_at=request.ended_at)
    move(request, to, by=by, verb=verb, fields=["ended_by", "ended_at", "end_reason"])
    return request
