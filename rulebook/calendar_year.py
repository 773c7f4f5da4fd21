"""A year as the calendar page shows it: months, holidays with their days worked, and the clocks that end in it."""

import calendar as weeks
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import ExtractYear

from rulebook import calendar, clock, recount
from rulebook.models import CalendarDay, CalendarNotice, CalendarYear, Deadline
from rulebook.notices import HOLIDAY, WORKDAY, Day, spoken

MONTHS = range(1, 13)
WEEK = ("一", "二", "三", "四", "五", "六", "日")


@dataclass(frozen=True)
class Cell:
    """A day of a month's table; `mark` says its kind in one word, for whoever sees no colour."""

    number: int
    kind: str
    mark: str
    title: str


@dataclass(frozen=True)
class Month:
    number: int
    weeks: list[list[Cell | None]]
    worked: int


@dataclass(frozen=True)
class Span:
    """One holiday as a row: its days off, how many, and the weekend days worked for it."""

    name: str
    words: str
    count: int
    worked: str
    local: bool = False


def years_shown(today: date) -> list[int]:
    """The years that are known, this one and the next."""
    known = set(CalendarYear.objects.values_list("year", flat=True))
    return sorted(known | {today.year, today.year + 1})


def days_of(year: int) -> dict[tuple[date, bool], CalendarDay]:
    return {(day.day, day.local): day for day in CalendarDay.objects.filter(day__year=year)}


def months(year: int, days: Mapping[tuple[date, bool], CalendarDay], *, today: date) -> list[Month]:
    """Twelve months in weeks from Monday, each day with what makes it differ."""
    shown = []
    for number in MONTHS:
        cells = [
            [_cell(day, days, today) if day.month == number else None for day in week]
            for week in weeks.Calendar().monthdatescalendar(year, number)
        ]
        worked = sum(cell.kind.split()[0] in ("plain", "worked") for week in cells for cell in week if cell)
        shown.append(Month(number, cells, worked))
    return shown


def _cell(day: date, days: Mapping[tuple[date, bool], CalendarDay], today: date) -> Cell:
    local, nation = days.get((day, True)), days.get((day, False))
    found = local or nation
    if found is None:
        kind, mark, title = ("weekend", "", "周末") if day.weekday() >= 5 else ("plain", "", "工作日")
    elif found.kind == WORKDAY:
        kind, mark, title = "worked", "班", found.name
    else:
        kind, mark, title = ("local", "地", found.name) if local else ("off", "休", found.name)
    now = " today" if day == today else ""
    return Cell(day.day, kind + now, mark, f"{spoken(day)} {title}{'，今天' if now else ''}")


def spans(days: Iterable[Day], *, local: bool = False) -> list[Span]:
    """Days as the notice tells them: one row a holiday."""
    names: dict[str, tuple[list[date], list[date]]] = {}
    for day in sorted(days):
        off, worked = names.setdefault(day.name.removesuffix("调休"), ([], []))
        (worked if day.kind == WORKDAY else off).append(day.day)
    ordered = sorted(names.items(), key=lambda item: min(item[1][0] or item[1][1]))
    return [
        Span(name, in_runs(off) or "—", len(off), "、".join(spoken(day) for day in worked), local)
        for name, (off, worked) in ordered
    ]


def in_runs(days: list[date]) -> str:
    """1月1日（周四）至3日（周六）"""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return "、".join(spoken(run[0]) if len(run) == 1 else f"{spoken(run[0])}至{spoken(run[-1])}" for run in runs)


def spans_of(days: Mapping[tuple[date, bool], CalendarDay]) -> list[Span]:
    nation = [Day(row.day, row.kind, row.name) for row in days.values() if not row.local]
    region = [Day(row.day, row.kind, row.name) for row in days.values() if row.local]
    return [*spans(nation), *spans(region, local=True)]


def local_days(year: int) -> list[Day]:
    rows = CalendarDay.objects.filter(day__year=year, local=True).order_by("day")
    return [Day(row.day, row.kind, row.name) for row in rows]


def figures(shown: list[Month], days: Mapping[tuple[date, bool], CalendarDay]) -> dict[str, int]:
    kinds = Counter((row.kind, row.local) for row in days.values())
    return {
        "worked": sum(month.worked for month in shown),
        "off": kinds[HOLIDAY, False],
        "makeup": kinds[WORKDAY, False] + kinds[WORKDAY, True],
        "local": kinds[HOLIDAY, True],
    }


def clocks_by_year() -> list[dict[str, Any]]:
    """How many running clocks in working days end in each year, and how many wait for a year's calendar."""
    # 24:00 of the last day is the next year's 0:00.
    ends_in = ExtractYear(F("due_at") - timedelta(microseconds=1), tzinfo=clock.SHANGHAI)
    armed = Deadline.objects.filter(unit=calendar.WORKING_DAYS, state=Deadline.State.ARMED)
    running = Counter(armed.order_by().annotate(ends_in=ends_in).values_list("ends_in", flat=True))
    blocked = list(recount.blocked())
    days = recount.days_for(blocked)
    waiting = recount.plan(blocked, days, now=clock.now()).waiting if days else Counter[int]()
    return [
        {"year": year, "running": running[year], "waiting": waiting[year]}
        for year in sorted(running.keys() | waiting.keys())
    ]


def notices_of(year: int) -> list[CalendarNotice]:
    return list(CalendarNotice.objects.filter(year=year).select_related("imported_by").order_by("-id"))
