"""Months in which a payout is due: opened by the day, met by paying, a breach otherwise."""

from datetime import date, timedelta
from typing import Any

import pytest

from disbursement.models import PayoutCycle
from rulebook import clock, daily, deadlines
from rulebook.models import Breach, Deadline
from subsidies.models import Policy
from tests.factories import at, cast, policy, quota
from tests.factories_disbursement import answered_batch, approved_roster, sent_batch
from tests.ruled import ruled

CODE = "2130122"
MAY: dict[str, Any] = {"period_start": date(2026, 5, 1), "period_end": date(2026, 5, 31)}


def monthly(**more: object) -> Policy:
    """One policy is paid monthly and has money of the year, and the rules have months."""
    quota(CODE)
    Policy.objects.exclude(code=CODE).update(frequency=Policy.Frequency.YEARLY)
    Policy.objects.filter(code=CODE).update(frequency=Policy.Frequency.MONTHLY)
    ruled({"payout.cycle": "policy_frequency", **more})
    return policy(CODE)


def clock_of(cycle: PayoutCycle) -> Deadline:
    return Deadline.objects.get(kind="payout.cycle", subject_id=cycle.pk)


def test_where_the_rules_know_no_months_none_is_opened(db: None) -> None:
    Policy.objects.filter(code=CODE).update(frequency=Policy.Frequency.MONTHLY)
    daily.run()
    assert not PayoutCycle.objects.exists()


def test_each_month_of_a_monthly_policy_opens_once_with_a_clock_to_its_end(db: None) -> None:
    monthly()
    daily.run()
    daily.run()
    cycle = PayoutCycle.objects.get()
    assert (cycle.period_start, cycle.period_end) == (MAY["period_start"], MAY["period_end"])
    deadline = clock_of(cycle)
    assert deadline.due_at == clock.end_of_day(date(2026, 5, 31))
    assert deadline.responsible == cast.organisation("CZJ")
    at("2026-06-01T00:05")
    daily.run()
    assert PayoutCycle.objects.count() == 2


def test_a_policy_without_money_of_the_year_owes_nobody_a_month(db: None) -> None:
    Policy.objects.filter(code=CODE).update(frequency=Policy.Frequency.MONTHLY)
    ruled({"payout.cycle": "policy_frequency"})
    quota(CODE, year=2025)
    daily.run()
    assert not PayoutCycle.objects.exists()
    quota(CODE)
    daily.run()
    assert PayoutCycle.objects.get().policy.code == CODE


def test_the_department_answers_for_the_month_where_it_pays(db: None) -> None:
    monthly(**{"dispatch.by": "department"})
    daily.run()
    assert clock_of(PayoutCycle.objects.get()).responsible == cast.organisation("BM-agriculture")


def test_a_month_is_met_when_everything_of_it_is_answered_not_before(db: None) -> None:
    monthly()
    daily.run()
    sent_batch(approved_roster(homes=1, **MAY))
    daily.run()
    cycle = PayoutCycle.objects.get()
    assert cycle.paid_at is None
    assert clock_of(cycle).state == Deadline.State.ARMED


def test_the_last_answer_of_a_month_ends_its_clock_at_once(db: None) -> None:
    monthly()
    daily.run()
    batch = answered_batch(approved_roster(homes=2, **MAY), fails={1: "4"})
    cycle = PayoutCycle.objects.get()
    assert cycle.paid_at == batch.answered_at
    assert clock_of(cycle).state == Deadline.State.MET


def test_a_month_waits_for_every_townships_roster(db: None) -> None:
    monthly()
    daily.run()
    other = approved_roster(homes=1, by=cast.clerk2, **MAY)
    answered_batch(approved_roster(homes=1, **MAY))
    assert PayoutCycle.objects.get().paid_at is None
    answered_batch(other)
    assert PayoutCycle.objects.get().paid_at is not None


def test_another_months_roster_does_not_meet_this_month(db: None) -> None:
    monthly()
    daily.run()
    answered_batch(approved_roster(homes=1, period_start=date(2026, 4, 1), period_end=date(2026, 4, 30)))
    assert PayoutCycle.objects.get().paid_at is None


def test_a_month_that_was_not_paid_is_a_breach_of_the_bureau(db: None) -> None:
    monthly()
    daily.run()
    clock.move_to(clock.end_of_day(date(2026, 5, 31)) + timedelta(minutes=1), by=None)
    deadlines.sweep()
    breach = Breach.objects.get(deadline__kind="payout.cycle")
    assert breach.organisation == cast.organisation("CZJ")


@pytest.mark.parametrize("until", [date(2026, 4, 30), date(2026, 5, 31)])
def test_a_policy_that_has_ended_has_no_more_months(db: None, until: date) -> None:
    monthly()
    Policy.objects.filter(code=CODE).update(in_force_to=until)
    daily.run()
    assert PayoutCycle.objects.exists() is (until >= MAY["period_start"])
