"""Working days by the State Council's calendar, held in a table (design §5).

A year that is not in the table is never guessed: counting into it raises `CalendarMissing`.
"""

from datetime import date, datetime, timedelta

from lib.errors import Conflict
from rulebook.catalogue import UNITS
from rulebook.clock import SHANGHAI, end_of_day
from rulebook.models import CalendarDay, CalendarYear

NATURAL_HOURS = "natural_hours"
NATURAL_DAYS = "natural_days"
WORKING_DAYS = "working_days"
UNIT_WORDS = UNITS


class CalendarMissing(Conflict):
    """A deadline runs into a year whose calendar has not been entered."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"{year}年的放假安排尚未录入，无法计算工作日。请系统管理员导入后再试。", code="calendar.missing"
        )
        self.year = year


def _known(days: set[int]) -> dict[int, int]:
    return dict(CalendarYear.objects.filter(year__in=days).values_list("year", "version"))


def add_working_days(start: date, amount: int) -> date:
    """The day on which `amount` working days after `start` end; the starting day is not counted.

    A local holiday stands beside the nation's days and outdoes them: rows come in the order (day, local).
    """
    horizon = start + timedelta(days=amount * 3 + 30)
    years = _known(set(range(start.year, horizon.year + 1)))
    special = dict(CalendarDay.objects.filter(day__gt=start, day__lte=horizon).values_list("day", "kind"))
    day, left = start, amount
    while left:
        day += timedelta(days=1)
        if day.year not in years:
            raise CalendarMissing(day.year)
        kind = special.get(day)
        if kind == CalendarDay.Kind.WORKDAY or (kind is None and day.weekday() < 5):
            left -= 1
    return day


def is_working_day(day: date) -> bool:
    if day.year not in _known({day.year}):
        raise CalendarMissing(day.year)
    kind = CalendarDay.objects.filter(day=day).values_list("kind", flat=True).last()
    return kind == CalendarDay.Kind.WORKDAY or (kind is None and day.weekday() < 5)


class WorkingDays:
    """The calendar between two days, read once, for lists of clocks."""

    def __init__(self, first: date, last: date) -> None:
        self.years = set(_known(set(range(first.year, last.year + 1))))
        days = CalendarDay.objects.filter(day__gte=first, day__lte=last)
        self.special = dict(days.values_list("day", "kind"))

    def between(self, start: date, end: date) -> int:
        """Working days after `start` and before `end`; `CalendarMissing` when a year is unknown."""
        left, day = 0, start + timedelta(days=1)
        while day < end:
            if day.year not in self.years:
                raise CalendarMissing(day.year)
            kind = self.special.get(day)
            left += kind == CalendarDay.Kind.WORKDAY or (kind is None and day.weekday() < 5)
            day += timedelta(days=1)
        return left


def due(started_at: datetime, amount: int, unit: str, *, first_day: bool = False) -> datetime:
    """When a span that began at `started_at` ends.

    Natural hours run through holidays. Of natural and working days the starting day is not counted, and the last ends
    at 24:00 in Shanghai (民法典第二百零一条: 开始的当日不计入), unless the rule says that the first day counts (当日).
    """
    if unit == NATURAL_HOURS:
        return started_at + timedelta(hours=amount)
    # What begins as a day ends (公示期满, 24:00) begins on that day, not on the next.
    day = (started_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date() - timedelta(days=first_day)
    if unit == NATURAL_DAYS:
        return end_of_day(day + timedelta(days=amount))
    if unit == WORKING_DAYS:
        return end_of_day(add_working_days(day, amount))
    raise ValueError(f"unknown unit {unit!r}")


def calendar_version(started_at: datetime, due_at: datetime | None) -> str:
    """Which entries of the calendar a due date was counted from: '2026v1'."""
    last = (due_at or started_at).astimezone(SHANGHAI).year
    years = _known(set(range(started_at.astimezone(SHANGHAI).year, last + 1)))
    return " ".join(f"{year}v{version}" for year, version in sorted(years.items()))
