"""Months in which a payout is due: opened by the day itself, met when everything of the month was paid out.

Where the rules set no rhythm (payout.cycle) there is no such clock. The day opens months (`open_months`) and every
answer of a bank or an assembly looks at them again (`look_at`), so that nobody has to report anything.
"""

import calendar
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts.trail import record
from disbursement import payers
from disbursement.models import Batch, PayoutCycle
from rosters.models import Roster
from rulebook import clock, deadlines, rules
from rulebook.models import ProfileValue
from subsidies.models import Policy, Quota

KIND = "payout.cycle"
_VALUE_MONTHLY = "policy_frequency"
_SUBMITTED = (
    Roster.Status.REVIEW,
    Roster.Status.NOTICE,
    Roster.Status.APPROVED,
    Roster.Status.PAYING,
    Roster.Status.CLOSED,
)
KEPT_KEYS = (KIND, "dispatch.by")


def open_months(today: date) -> None:
    """The month of `today` of every monthly policy with money of the year gets its clock: harmless again.

    A policy without a quota owes nobody a payout: its department may not have begun it here.
    """
    if _has_rhythm():
        _open_all(today)
    for cycle in _with_rosters():
        look_at(cycle)


def _has_rhythm() -> bool:
    """Whether the county, or any of its policies, may be paid by the month at all."""
    here = ProfileValue.objects.filter(profile__in_force=True, key=KIND)
    return here.filter(Q(value=_VALUE_MONTHLY) | ~Q(policy_code="")).exists()


def _open_all(today: date) -> None:
    first = today.replace(day=1)
    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    monthly = Policy.objects.filter(
        Exists(Quota.objects.filter(policy=OuterRef("pk"), year=today.year)),
        status=Policy.Status.IN_FORCE,
        frequency=Policy.Frequency.MONTHLY,
        published_at__isnull=False,
    )
    there = set(PayoutCycle.objects.filter(period_start=first).values_list("policy_id", flat=True))
    for policy in monthly.exclude(pk__in=there).select_related("department").order_by("code"):
        begun = policy.in_force_from is None or policy.in_force_from <= last
        if begun and (policy.in_force_to is None or policy.in_force_to >= first):
            _open(policy, first, last)


def _with_rosters() -> QuerySet[PayoutCycle]:
    """Open months that have a submitted roster: all others need no look, however many there are."""
    submitted = Roster.objects.filter(
        policy_id=OuterRef("policy_id"),
        period_start__lte=OuterRef("period_end"),
        period_end__gte=OuterRef("period_start"),
        submitted_at__isnull=False,
        status__in=_SUBMITTED,
    )
    return PayoutCycle.objects.filter(Exists(submitted), paid_at=None).order_by("pk")


@transaction.atomic
def _open(policy: Policy, first: date, last: date) -> None:
    kept = rules.snapshot(policy_code=policy.code, keys=KEPT_KEYS)
    if kept[KIND]["value"] != _VALUE_MONTHLY:
        return
    cycle, made = PayoutCycle.objects.get_or_create(
        policy=policy,
        period_start=first,
        defaults={"period_end": last, "rules": kept, "opened_at": clock.now()},
    )
    if not made:
        return
    # What begins at 0:00 of the first counts its days from then on.
    span = {"amount": last.day, "unit": "natural_days"}
    deadlines.start(
        KIND,
        cycle,
        started_at=datetime.combine(first, datetime.min.time(), clock.SHANGHAI),
        responsible=payers.office(str(kept["dispatch.by"]["value"]), policy),
        kept={**kept[KIND], "value": span},
    )
    record(by=None, verb="cycle.open", subject=cycle, facts={"policy": policy.code, "month": f"{first:%Y-%m}"})


# --- Met by paying ----------------------------------------------------------------------------------------------------
def rosters_of(cycle: PayoutCycle) -> list[Roster]:
    """The submitted rosters of the policy whose period touches the month."""
    found = Roster.objects.filter(
        policy_id=cycle.policy_id,
        period_start__lte=cycle.period_end,
        period_end__gte=cycle.period_start,
        submitted_at__isnull=False,
        status__in=_SUBMITTED,
    )
    return list(found.select_related("organisation").order_by("pk"))


def paid_out_at(cycle: PayoutCycle) -> datetime | None:
    """When the last batch of the month's rosters was answered; none while a roster waits, or where there is none."""
    rosters = rosters_of(cycle)
    if not rosters:
        return None
    batches = Batch.objects.filter(rosters__in=rosters).exclude(status=Batch.Status.CANCELLED)
    answered = batches.filter(status=Batch.Status.ANSWERED)
    covered = set(answered.values_list("rosters", flat=True))
    first_tries = batches.filter(kind=Batch.Kind.FIRST).exclude(status=Batch.Status.ANSWERED)
    if first_tries.exists() or not {roster.pk for roster in rosters} <= covered:
        return None
    firsts = answered.filter(kind=Batch.Kind.FIRST)
    moment: datetime | None = firsts.aggregate(last=Max("answered_at"))["last"]
    return moment


def look_at(cycle: PayoutCycle) -> None:
    """Ends the month's clock if everything was paid out."""
    if cycle.paid_at is not None:
        return
    moment = paid_out_at(cycle)
    if moment is None:
        return
    cycle.paid_at = moment
    cycle.save(update_fields=["paid_at"])
    deadlines.meet(KIND, cycle, at=moment)


def batch_answered(batch: Batch) -> None:
    """Every month that a batch's rosters touch is looked at again."""
    for cycle in open_of(batch.rosters.all()):
        look_at(cycle)


def open_of(rosters: Iterable[Roster]) -> list[PayoutCycle]:
    found: dict[int, PayoutCycle] = {}
    for roster in rosters:
        touched: dict[str, Any] = {"period_start__lte": roster.period_end, "period_end__gte": roster.period_start}
        cycles = PayoutCycle.objects.filter(policy_id=roster.policy_id, paid_at=None, **touched)
        found.update({cycle.pk: cycle for cycle in cycles})
    return [found[pk] for pk in sorted(found)]
