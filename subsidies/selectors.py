"""Reads that pages share: the policy list, and the quotas with where their money is."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Organisation, Role, User
from accounts.scope import Scope, scope_of
from lib.errors import NotFound
from subsidies.models import LedgerAccount, Policy, Quota, Transfer

Kind = LedgerAccount.Kind
QUOTA_ROLES = frozenset({
    Role.FINANCE_REVIEWER, Role.FINANCE_HEAD, Role.FINANCE_OFFICER, Role.AUDITOR, Role.DEPT_REVIEWER, Role.DEPT_HEAD,
})  # fmt: skip
PUBLISHERS = frozenset({Role.FINANCE_REVIEWER, Role.FINANCE_HEAD})
# Shown only where there is something in them.
RARE = frozenset({Kind.RECOVERED, Kind.SURPLUS})
# The columns of the list of quotas, in the order of a payment's way.
COLUMNS: tuple[Kind, ...] = (
    Kind.AVAILABLE, Kind.RESERVED, Kind.IN_TRANSIT, Kind.PAID, Kind.RETURNED, Kind.RECOVERED, Kind.SURPLUS,
)  # fmt: skip


def policies(filters: dict[str, Any]) -> QuerySet[Policy]:
    """The county's list. Everybody who is signed in may read it; it is public anyway."""
    found = Policy.objects.select_related("department").annotate(tiers=Count("versions__standards"))
    for key in ("department", "unit", "status", "kind"):
        if filters.get(key):
            found = found.filter(**{key: filters[key]})
    if words := (filters.get("q") or "").strip():
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(short_name__icontains=words))
    if filters.get("published") == "yes":
        found = found.filter(published_at__isnull=False)
    elif filters.get("published") == "no":
        found = found.filter(published_at__isnull=True)
    return found.order_by("code")


def policy_scopes() -> list[tuple[str, str]]:
    """Code and name of each policy, for rules of its own (PRO-2)."""
    return list(Policy.objects.order_by("code").values_list("code", "name"))


def may_publish(user: User, policy: Policy) -> bool:
    scope = scope_of(user)
    return policy.department_id in scope.department_ids or bool(scope.roles & PUBLISHERS)


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
