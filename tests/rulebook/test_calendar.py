"""Working days by the State Council's calendar: every vector, and no guess beyond it."""

import itertools
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulebook import calendar, clock, deadlines
from rulebook.models import CalendarDay, CalendarYear, Deadline
from tests.factories import at, cast, quota

VECTORS = json.loads((Path(__file__).parent / "calendar_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.req("PUB-1", "PRO-3")
@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: f"{vector['date']}+{vector['n']}")
def test_working_days_end_where_the_calendar_says(db: None, vector: dict[str, Any]) -> None:
    start = date.fromisoformat(vector["date"])
    if vector["expected"] == "calendar_missing":
        with pytest.raises(calendar.CalendarMissing, match="2027年的放假安排尚未录入"):
            calendar.add_working_days(start, vector["n"])
        return
    last = date.fromisoformat(vector["expected"])
    assert calendar.add_working_days(start, vector["n"]) == last
    noon = datetime.combine(start, datetime.min.time(), clock.SHANGHAI) + timedelta(hours=12)
    assert calendar.due(noon, vector["n"], vector["unit"]) == clock.end_of_day(last)


@pytest.mark.parametrize("vector", VECTORS["natural"], ids=lambda vector: vector["why"][:40])
def test_natural_spans_run_through_holidays(db: None, vector: dict[str, Any]) -> None:
    start = datetime.fromisoformat(vector["from"])
    assert calendar.due(start, vector["n"], vector["unit"]) == datetime.fromisoformat(vector["due_at"])


def test_the_days_between_two_days_agree_with_adding_them(db: None) -> None:
    start = date(2026, 9, 24)
    days = calendar.WorkingDays(start, date(2026, 12, 31))
    for amount in range(1, 40):
        assert days.between(start, calendar.add_working_days(start, amount)) == amount - 1


def naive(start: date, amount: int, special: dict[date, str]) -> date:
    """A slow count that shares nothing with the portal: the working days one by one, until the one asked for."""
    one_by_one = (start + timedelta(days=number) for number in itertools.count(1))
    worked = (
        day for day in one_by_one if special.get(day, "workday" if day.isoweekday() < 6 else "holiday") == "workday"
    )
    return next(itertools.islice(worked, amount - 1, None))


@pytest.mark.req("PRO-3")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.dates(date(2026, 1, 1), date(2026, 8, 31)),
    amount=st.integers(1, 40),
    local=st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.sampled_from(["holiday", "workday"])),
)
def test_working_days_agree_with_a_slow_count(db: None, start: date, amount: int, local: dict[date, str]) -> None:
    nation = dict(CalendarDay.objects.values_list("day", "kind"))
    days = calendar.WorkingDays(start, date(2026, 12, 31)).with_days(2026, local, replaced=[], local=True)
    expected = naive(start, amount, {**nation, **local})
    if expected.year == 2026:
        assert days.after(start, amount) == expected
        assert days.between(start, expected) == amount - 1
    else:
        with pytest.raises(calendar.CalendarMissing):
            days.after(start, amount)


def test_a_make_up_saturday_is_worked_and_a_holiday_is_not(db: None) -> None:
    assert calendar.is_working_day(date(2026, 10, 10))
    assert not calendar.is_working_day(date(2026, 10, 1))
    assert calendar.is_working_day(date(2026, 5, 9))
    assert not calendar.is_working_day(date(2026, 5, 10))
    with pytest.raises(calendar.CalendarMissing):
        calendar.is_working_day(date(2027, 1, 4))


def test_a_clock_that_runs_into_an_unknown_year_is_blocked_not_guessed(db: None) -> None:
    at("2026-12-30T10:00")
    deadline = deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=cast.organisation("CZJ"))
    assert (deadline.state, deadline.due_at) == (Deadline.State.BLOCKED, None)
    assert deadlines.remaining(deadline)["words"] == "待定（2027年放假安排尚未导入）"
    at("2027-03-01T10:00")
    assert deadlines.sweep() == 0


def test_a_blocked_clock_is_counted_once_its_year_is_entered(db: None) -> None:
    at("2026-12-30T10:00")
    subject = quota()
    deadlines.start("account.fix", subject, started_at=clock.now(), responsible=None)
    CalendarDay.objects.create(day=date(2027, 1, 1), kind=CalendarDay.Kind.HOLIDAY, name="元旦")
    CalendarYear.objects.create(year=2027, source="测试")
    assert deadlines.sweep() == 0
    deadline = Deadline.objects.get(kind="account.fix")
    assert deadline.state == Deadline.State.ARMED
    assert deadline.due_at == clock.end_of_day(date(2027, 1, 7))
    assert deadline.calendar_version == "2026v1 2027v1"


def test_an_act_done_while_its_clock_is_blocked_is_neither_in_time_nor_late(db: None) -> None:
    at("2026-12-30T10:00")
    subject = quota()
    deadlines.start("account.fix", subject, started_at=clock.now(), responsible=None)
    deadlines.meet("account.fix", subject)
    deadline = Deadline.objects.get(kind="account.fix")
    assert deadline.state == Deadline.State.CANCELLED
    assert deadline.met_at is not None


def test_an_unknown_unit_is_an_error_of_the_profile(db: None) -> None:
    with pytest.raises(ValueError, match="unknown unit"):
        calendar.due(clock.now(), 1, "fortnights")


def test_a_span_that_begins_as_a_day_ends_counts_from_the_next_day(db: None) -> None:
    """公示 ends on 2026-05-11 at 24:00; three working days after it are the 12th, 13th and 14th."""
    ended = clock.end_of_day(date(2026, 5, 11))
    assert calendar.due(ended, 3, "working_days") == clock.end_of_day(date(2026, 5, 14))
    assert calendar.due(ended, 5, "natural_days") == clock.end_of_day(date(2026, 5, 16))
    assert calendar.due(ended, 24, "natural_hours") == clock.end_of_day(date(2026, 5, 12))


def test_a_span_of_the_same_day_ends_with_it(db: None) -> None:
    handed = datetime(2026, 3, 2, 9, 30, tzinfo=clock.SHANGHAI)
    assert calendar.due(handed, 1, "natural_days", first_day=True) == clock.end_of_day(date(2026, 3, 2))
    assert calendar.due(handed, 1, "working_days", first_day=True) == clock.end_of_day(date(2026, 3, 2))
