"""Reads that pages share: the policy list, changes on their way, lists as published, and the quotas with where their
money is."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Organisation, Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, Scope, scope_of
from lib.errors import NotFound
from rulebook import paths
from subsidies.models import (
    EmergencyPayout,
    LedgerAccount,
    Policy,
    PolicyChange,
    PolicyListRelease,
    PolicyVersion,
    Quota,
    Transfer,
)
from subsidies.services.policies import PUBLISHERS, may_publish

__all__ = ["PUBLISHERS", "may_publish"]

Kind = LedgerAccount.Kind
QUOTA_ROLES = frozenset({
    Role.FINANCE_REVIEWER, Role.FINANCE_HEAD, Role.FINANCE_OFFICER, Role.AUDITOR, Role.DEPT_REVIEWER, Role.DEPT_HEAD,
})  # fmt: skip
# Who has business with proposals and with the register of emergency payouts.
CHANGE_ROLES = COUNTY_ROLES | DEPARTMENT_ROLES
UNDER_WAY = (PolicyChange.State.DRAFT, PolicyChange.State.REVIEW, PolicyChange.State.APPROVED)
# Shown only where there is something in them.
RARE = frozenset({Kind.RECOVERED, Kind.SURPLUS})
# The columns of the list of quotas, in the order of a payment's way.
COLUMNS: tuple[Kind, ...] = (
    Kind.AVAILABLE, Kind.RESERVED, Kind.IN_TRANSIT, Kind.PAID, Kind.RETURNED, Kind.RECOVERED, Kind.SURPLUS,
)  # fmt: skip


def policies(filters: dict[str, Any]) -> QuerySet[Policy]:
    """The county's list. Everybody who is signed in may read it; it is public anyway."""
    found = Policy.objects.select_related("department").annotate(
        tiers=Count("versions__standards"),
        unpublished=Exists(_unpublished()),
        changing=Exists(_under_way()),
    )
    for key in ("department", "unit", "status", "kind"):
        if filters.get(key):
            found = found.filter(**{key: filters[key]})
    if words := (filters.get("q") or "").strip():
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(short_name__icontains=words))
    if filters.get("published") == "yes":
        found = found.filter(published_at__isnull=False, unpublished=False)
    elif filters.get("published") == "no":
        found = found.filter(Q(published_at__isnull=True) | Q(unpublished=True))
    return found.order_by("code")


def _unpublished() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.filter(policy=OuterRef("pk"), published_at__isnull=True)


def _under_way() -> QuerySet[PolicyChange]:
    return PolicyChange.objects.filter(policy=OuterRef("pk"), state__in=UNDER_WAY)


def changing(found: QuerySet[Policy]) -> QuerySet[Policy]:
    """Those of which a change or a stop is on its way."""
    return found.filter(Exists(_under_way()))


def awaiting_publication() -> QuerySet[Policy]:
    """Policies in force of which something is not public: themselves, or a version (POL-4)."""
    return Policy.objects.filter(status=Policy.Status.IN_FORCE).filter(
        Q(published_at__isnull=True) | Exists(_unpublished())
    )


# --- Changes on their way ---------------------------------------------------------------------------------------------
def changes_visible_to(user: User) -> QuerySet[PolicyChange]:
    """All for the county's posts, those of its own for a department; for others the page does not exist."""
    scope = scope_of(user)
    if not scope.roles & CHANGE_ROLES:
        raise NotFound
    return changes_visible_in(scope)


def changes_visible_in(scope: Scope) -> QuerySet[PolicyChange]:
    found = PolicyChange.objects.select_related("department", "policy", "proposed_by")
    if scope.whole_county:
        return found
    return found.filter(department_id__in=scope.department_ids)


def change_of(user: User, number: int) -> PolicyChange:
    found = changes_visible_to(user).filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def waiting_for(user: User) -> list[PolicyChange]:
    """Changes whose next step this person may take."""
    scope = scope_of(user)
    if not scope.roles & CHANGE_ROLES:
        return []
    found = changes_visible_in(scope).filter(state=PolicyChange.State.REVIEW).prefetch_related("steps")
    return [
        change
        for change in found
        if (step := paths.waiting(change, change.steps.all())) is not None and paths.may_decide(user, step, change)
    ]


# --- Lists as published -----------------------------------------------------------------------------------------------
def latest_release(year: int) -> PolicyListRelease | None:
    """The list of a year as the public has it: the newest release."""
    return PolicyListRelease.objects.filter(year_id=year).order_by("-number").first()


# --- Emergency payouts ------------------------------------------------------------------------------------------------
def emergencies_visible_to(user: User) -> QuerySet[EmergencyPayout]:
    scope = scope_of(user)
    if not scope.roles & CHANGE_ROLES:
        raise NotFound
    found = EmergencyPayout.objects.select_related("department", "policy", "entered_by", "decided_by", "file")
    if scope.whole_county:
        return found
    return found.filter(department_id__in=scope.department_ids)


def emergency_of(user: User, number: int) -> EmergencyPayout:
    found = emergencies_visible_to(user).filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def policy_scopes() -> list[tuple[str, str]]:
    """Code and name of each policy, for rules of its own (PRO-2)."""
    return list(Policy.objects.order_by("code").values_list("code", "name"))


def quotas_visible_in(scope: Scope) -> QuerySet[Quota]:
    """All quotas for the county's finance and auditors, those of its policies for a department, none for others."""
    found = Quota.objects.select_related("policy__department")
    if scope.roles & QUOTA_ROLES and scope.whole_county:
        return found
    return found.filter(policy__department_id__in=scope.department_ids)


def quotas_visible_to(user: User) -> QuerySet[Quota]:
    """Like `quotas_visible_in`; for whom quotas are no business, the page does not exist."""
    scope = scope_of(user)
    if not scope.roles & QUOTA_ROLES:
        raise NotFound
    return quotas_visible_in(scope)


def filtered_quotas(found: QuerySet[Quota], filters: dict[str, Any]) -> QuerySet[Quota]:
    for key in ("year", "level", "policy"):
        if filters.get(key):
            found = found.filter(**{key: filters[key]})
    if filters.get("department"):
        found = found.filter(policy__department=filters["department"])
    if words := (filters.get("q") or "").strip():
        found = found.filter(Q(document_number__icontains=words) | Q(policy__name__icontains=words))
    return found.order_by("-year", "policy__code", "document_number")


def with_balances(found: QuerySet[Quota]) -> QuerySet[Quota]:
    """Each quota with the balance of its accounts as `<kind>_fen`."""
    sums = {f"{kind}_fen": Sum("accounts__balance_fen", filter=Q(accounts__kind=kind)) for kind in COLUMNS}
    return found.annotate(**sums)


def totals(found: QuerySet[Quota]) -> dict[str, int]:
    """Fen by account over all quotas of a list, with `total` the quotas themselves."""
    rows = LedgerAccount.objects.filter(quota__in=found.order_by().values("pk"))
    by_kind = dict(rows.order_by().values_list("kind").annotate(Sum("balance_fen")))
    amount = found.order_by().aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return {"total": amount, **{str(kind): by_kind.get(kind, 0) for kind in COLUMNS}}


def transfers(quota: Quota) -> QuerySet[Transfer]:
    mine = Transfer.objects.filter(debit__quota=quota).select_related("debit", "credit", "by")
    return mine.order_by("-id")


def years() -> list[int]:
    return list(Quota.objects.order_by("-year").values_list("year", flat=True).distinct())


def departments() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT)
