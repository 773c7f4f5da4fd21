"""Who pays: the finance bureau or the department in charge, as the rules say (dispatch.by, reissue.started_by).

One officer of the paying office enters orders and makes batches, another person of it releases. Whose office it is
follows from the rules that a batch keeps; for what only begins (a payment order) from today's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Organisation, Role, User
from accounts.scope import scope_of
from disbursement import kept
from disbursement.models import Batch
from lib.errors import Forbidden
from rosters.models import Roster
from rulebook import rules
from subsidies.models import Policy, Quota

FINANCE, DEPARTMENT = "finance", "department"
MAKERS = frozenset({Role.FINANCE_OFFICER, Role.DEPT_OFFICER})
UNDER_WAY = (Roster.Status.REVIEW, Roster.Status.NOTICE, Roster.Status.APPROVED, Roster.Status.PAYING)
_OFFICERS = {FINANCE: (Role.FINANCE_OFFICER,), DEPARTMENT: (Role.DEPT_OFFICER,)}
_RELEASERS = {FINANCE: (Role.FINANCE_OFFICER,), DEPARTMENT: (Role.DEPT_OFFICER, Role.DEPT_HEAD)}


def finance_bureau() -> Organisation | None:
    return Organisation.objects.filter(kind=Organisation.Kind.FINANCE_BUREAU, active=True).order_by("id").first()


def parties(*, policy: Policy, unit: Organisation | None = None, bank: Organisation | None = None) -> Mapping[str, Any]:
    """Who answers for a clock, by the parties of the catalogue."""
    return {"unit": unit, "department": policy.department, "finance": finance_bureau(), "bank": bank}


def office(who: str, policy: Policy) -> Organisation | None:
    return policy.department if who == DEPARTMENT else finance_bureau()


def of_batch(batch: Batch) -> Organisation | None:
    return batch.payer if batch.payer_id else finance_bureau()


def rule_of(batch: Batch) -> str:
    """Which rule says who pays a batch."""
    return "reissue.started_by" if batch.kind == Batch.Kind.REISSUE else "dispatch.by"


def of_quota(quota: Quota) -> list[Organisation | None]:
    """Who may enter orders of a quota: the payer of today's rules, and those whom rosters under way still keep."""
    found = {str(rules.value("dispatch.by", policy_code=quota.policy.code))}
    for roster in Roster.objects.filter(quota=quota, status__in=UNDER_WAY).select_related("policy"):
        found.add(str(kept.of_roster(roster, "dispatch.by")["value"]))
    return [office(who, quota.policy) for who in sorted(found)]


def _kind(payer: Organisation | None) -> str:
    return FINANCE if payer is None or payer.kind == Organisation.Kind.FINANCE_BUREAU else DEPARTMENT


def _holds(user: User, payer: Organisation | None, roles: Iterable[str]) -> bool:
    own = None if payer is None else payer.pk
    return any(scope_of(user).holds(role, organisation_id=own) for role in roles)


def may_make(user: User, payer: Organisation | None) -> bool:
    return _holds(user, payer, _OFFICERS[_kind(payer)])


def may_release(user: User, payer: Organisation | None) -> bool:
    return _holds(user, payer, _RELEASERS[_kind(payer)])


def is_maker(user: User) -> bool:
    """Whether the person may pay at all, for some policy: who sees the buttons of the money's pages."""
    return bool(scope_of(user).roles & MAKERS)


def require_maker(by: User, payer: Organisation | None, *, rule: str = "dispatch.by") -> None:
    if not may_make(by, payer):
        raise _refused(payer, _OFFICERS[_kind(payer)], rule)


def require_releaser(by: User, payer: Organisation | None, *, rule: str = "dispatch.by") -> None:
    if not may_release(by, payer):
        raise _refused(payer, _RELEASERS[_kind(payer)], rule)


def _refused(payer: Organisation | None, roles: Iterable[str], rule: str) -> Forbidden:
    posts = "或".join(f"“{Role(role).label}”" for role in roles)
    where = payer.name if payer is not None else "财政部门"
    return Forbidden(f"这一步由{where}的{posts}岗位办理，您没有该岗位。", code="accounts.post_needed", rule=rule)


def require_for_quota(by: User, quota: Quota) -> None:
    payers = of_quota(quota)
    if not any(may_make(by, payer) for payer in payers):
        require_maker(by, payers[0])
