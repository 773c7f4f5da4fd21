"""What every act on a request shares: its lock, its arrows, its facts on the trail."""

from accounts.models import User
from accounts.trail import Facts, record
from audit.models import AccessRequest
from lib.errors import Conflict

State = AccessRequest.State


def locked(request: AccessRequest) -> AccessRequest:
    rows = AccessRequest.objects.select_related("organisation", "department")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=request.pk)


def facts_of(request: AccessRequest) -> Facts:
    return {"kind": request.kind, "organisation": request.organisation_id, "credit_code": request.credit_code}


def move(request: AccessRequest, to: str, *, by: User | None, verb: str, fields: list[str] | None = None) -> None:
    if to not in AccessRequest.TRANSITIONS[request.state]:
        raise Conflict(f"这项申请{request.get_state_display()}，不能办理此事，请刷新页面后再看。", code="access.state")
    request.state = to
    request.save(update_fields=["state", *(fields or [])])
    record(by=by, verb=verb, subject=request, facts=facts_of(request))
