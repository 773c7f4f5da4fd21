"""When clearings fall due: with the end of the year, or of an execution period where the rules say so."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from accounts.trail import record
from disbursement import payers
from disbursement.models import Clearing, ClearingQuota
from rulebook import clock, deadlines, rules
from subsidies.models import Policy, Quota

Status = Clearing.Status


def period_end(policy: Policy, year: int, kept: Mapping[str, Any]) -> date:
    """The last day of what is cleared: the year's, or that of the execution period which ended within it."""
    last, until = date(year, 12, 31), policy.in_force_to
    by_period = kept["clearing.at"]["value"] == "year_or_period_end"
    return until if by_period and until is not None and until.year <= year else last


@transaction.atomic
def open_due(today: date) -> None:
    """Lists every policy's year that ended and holds quotas which are not cleared: run once a day, and again harmless.

    The days to clear it begin with the end of the period, whenever this runs.
    """
    waiting = Clearing.objects.exclude(status=Status.CLEARED).values_list("policy_id", "year")
    there, cleared = set(waiting), ClearingQuota.objects.filter(clearing__status=Status.CLEARED).values("quota")
    open_years = Quota.objects.exclude(pk__in=cleared).filter(year__lte=today.year)
    pairs = open_years.order_by("policy_id", "year").values_list("policy_id", "year").distinct()
    policies = Policy.objects.select_related("department").in_bulk({policy_id for policy_id, _ in pairs})
    for policy_id, year in pairs:
        if (policy_id, year) not in there and _may_be_over(policies[policy_id], year, today):
            _open(policies[policy_id], year, today)


def _may_be_over(policy: Policy, year: int, today: date) -> bool:
    """Whatever the rules say, no period is over before the year or the policy is."""
    return year < today.year or (policy.in_force_to is not None and policy.in_force_to < today)


def _open(policy: Policy, year: int, today: date) -> None:
    kept = rules.snapshot(policy_code=policy.code)
    end = period_end(policy, year, kept)
    if end >= today:
        return
    try:
        with transaction.atomic():
            before = Clearing.objects.filter(policy=policy, year=year).count()
            clearing = Clearing.objects.create(
                number=f"QS{year}-{policy.code}{f'-{before + 1}' if before else ''}",
                policy=policy,
                year=year,
                period_end=end,
                rules=kept,
                opened_at=clock.now(),
            )
    except IntegrityError:
        # Another sweep was faster.
        return
    at = clock.end_of_day(end)
    deadlines.begin("period.ended", clearing, at=at, who=payers.parties(policy=policy), kept=kept)
    facts = {"policy": policy.code, "year": year, "period_end": end}
    record(by=None, verb="clearing.open", subject=clearing, facts=facts)
