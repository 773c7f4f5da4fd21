"""What a person may see of clearings: the county all, a department its policies', a bank where it held the money."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.scope import scope_of
from disbursement import payers
from disbursement.models import Clearing, PayoutCycle
from disbursement.services.clearing import party_of
from lib.errors import NotFound
from subsidies.models import Policy

Status = Clearing.Status


def visible_clearings(user: User) -> QuerySet[Clearing]:
    scope = scope_of(user)
    found = Clearing.objects.select_related("policy__department", "begun_by", "cleared_by")
    if scope.whole_county:
        return found
    mine = Q(policy__department_id__in=scope.department_ids)
    if scope.bank_ids:
        # A bank confirms what it held, once the figures are sealed, and only where the rules name it.
        held = Q(parts__quota__payment_orders__agent_account__bank_id__in=scope.bank_ids)
        mine |= Q(rules__contains={"clearing.parties": {"value": ["bank"]}}) & held & ~Q(status=Status.DUE)
    return found.filter(mine).distinct()


def get_clearing(user: User, pk: int) -> Clearing:
    clearing = visible_clearings(user).filter(pk=pk).first()
    if clearing is None:
        raise NotFound
    return clearing


def to_confirm(user: User) -> list[Clearing]:
    """Sealed clearings whose party this person speaks for and has not yet."""
    waiting = []
    for clearing in visible_clearings(user).filter(status=Status.CONFIRMING):
        found = party_of(user, clearing)
        there = clearing.confirmations.filter(round=clearing.round)
        if found is not None and not there.filter(Q(organisation=found[1]) | Q(by_person_id=user.person_id)).exists():
            waiting.append(clearing)
    return waiting


def to_make(user: User) -> list[Clearing]:
    """Clearings that wait for this person as the payer's officer: to be sealed, or to be ended."""
    from_me = []
    for clearing in visible_clearings(user).exclude(status=Status.CLEARED):
        payer = payers.office(str(clearing.rules["dispatch.by"]["value"]), clearing.policy)
        if payers.may_make(user, payer):
            from_me.append(clearing)
    return from_me


# --- Months -----------------------------------------------------------------------------------------------------------
def months(user: User, year: int) -> list[dict[str, Any]]:
    """Policies that are paid monthly, with the state of every month of a year."""
    scope = scope_of(user)
    found = PayoutCycle.objects.filter(period_start__year=year).select_related("policy__department")
    if not scope.whole_county:
        found = found.filter(policy__department_id__in=scope.department_ids)
    rows: dict[Policy, dict[int, PayoutCycle]] = {}
    for cycle in found.order_by("policy__code", "period_start"):
        rows.setdefault(cycle.policy, {})[cycle.period_start.month] = cycle
    return [{"policy": policy, "cycles": cycles} for policy, cycles in rows.items()]


def years_of_months(today: date) -> list[int]:
    years = {day.year for day in PayoutCycle.objects.dates("period_start", "year")}
    return sorted(years | {today.year}, reverse=True)
