"""Working days by the State Council's calendar, held in a table (design §5).

A year that is not in the table is never guessed: counting into it raises `CalendarMissing`.
"""

from collections.abc import Iterable, Mapping
from copy import copy
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


def _known(years: Iterable[int]) -> dict[int, int]:
    return dict(CalendarYear.objects.filter(year__in=set(years)).values_list("year", "version"))


class WorkingDays:
    """The calendar between two days, read once: for one count, for lists of clocks, for counting all of them anew.

    A local day stands beside the nation's and outdoes it.
    """

    def __init__(self, first: date, last: date) -> None:
        self.versions = _known(range(first.year, last.year + 1))
        self._nation: dict[date, str] = {}
        self._local: dict[date, str] = {}
        rows = CalendarDay.objects.filter(day__gte=first, day__lte=last).values_list("day", "local", "kind")
        for day, local, kind in rows:
            (self._local if local else self._nation)[day] = kind

    def with_days(self, year: int, days: Mapping[date, str], *, replaced: Iterable[date], local: bool) -> "WorkingDays":
        """The calendar as it would be: `days` in the place of those `replaced`, as the next version of `year`."""
        other = copy(self)
        other.versions = {**self.versions, year: self.versions.get(year, 0) + 1}
        gone = set(replaced)
        kept = {day: kind for day, kind in (self._local if local else self._nation).items() if day not in gone}
        if local:
            other._local = {**kept, **days}
        else:
            other._nation = {**kept, **days}
        return other

    def works(self, day: date) -> bool:
        if day.year not in self.versions:
            raise CalendarMissing(day.year)
        kind = self._local.get(day) or self._nation.get(day)
        return kind == CalendarDay.Kind.WORKDAY or (kind is None and day.weekday() < 5)

    def after(self, start: date, amount: int) -> date:
        """The day on which `amount` working days after `start` end; the starting day is not counted."""
        day, left = start, amount
        while left:
            day += timedelta(days=1)
            left -= self.works(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` and before `end`; `CalendarMissing` when a year is unknown."""
        return sum(self.works(start + timedelta(days=number)) for number in range(1, (end - start).days))

    def version(self, started_at: datetime, due_at: datetime | None) -> str:
        """Which entries of the calendar a due date was counted from: '2026v1'. A day's 24:00 is that day's."""
        first = started_at.astimezone(SHANGHAI).year
        last = (due_at - timedelta(microseconds=1)).astimezone(SHANGHAI).year if due_at else first
        return " ".join(f"{year}v{self.versions[year]}" for year in range(first, last + 1) if year in self.versions)


def horizon(start: date, amount: int) -> date:
    """A day by which so many working days are surely over."""
    return start + timedelta(days=amount * 3 + 30)


def add_working_days(start: date, amount: int) -> date:
    """The day on which `amount` working days after `start` end; the starting day is not counted."""
    return WorkingDays(start, horizon(start, amount)).after(start, amount)


def is_working_day(day: date) -> bool:
    return WorkingDays(day, day).works(day)


def due(
    started_at: datetime, amount: int, unit: str, *, first_day: bool = False, days: WorkingDays | None = None
) -> datetime:
    """When a span that began at `started_at` ends.

    Natural hours run through holidays. Of natural and working days the starting day is not counted, and the last ends
    at 24:00 in Shanghai (民法典第二百零一条: 开始的当日不计入), unless the rule says that the first day counts (当日).
    `days` is the calendar where it has been read already.
    """
    if unit == NATURAL_HOURS:
        return started_at + timedelta(hours=amount)
    # What begins as a day ends (公示期满, 24:00) begins on that day, not on the next.
    day = (started_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date() - timedelta(days=first_day)
    if unit == NATURAL_DAYS:
        return end_of_day(day + timedelta(days=amount))
    if unit == WORKING_DAYS:
        return end_of_day((days or WorkingDays(day, horizon(day, amount))).after(day, amount))
    raise ValueError(f"unknown unit {unit!r}")


def calendar_version(started_at: datetime, due_at: datetime | None) -> str:
    """Which entries of the calendar a due date was counted from: '2026v1'."""
    last = (due_at or started_at).astimezone(SHANGHAI).date()
    return WorkingDays(started_at.astimezone(SHANGHAI).date(), last).version(started_at, due_at)


def near(started_at: datetime, due_at: datetime | None) -> datetime | None:
    """When a clock is said to near: a day before its end, or in the last quarter of a span of two days or less."""
    return None if due_at is None else max(due_at - timedelta(days=1), due_at - (due_at - started_at) / 4)
