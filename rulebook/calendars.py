"""Entering a year's days off: from the notice, checked, as a new version, with every running clock counted anew.

The nation's days come from the State Council's notice, the region's own holidays from the region's. Both are kept with
the notice that ordered them. A year is known from its first import on; before it nothing is guessed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from lib.errors import Conflict, Invalid
from rulebook import clock, deadlines, recount
from rulebook.models import CalendarDay, CalendarNotice, CalendarYear, Profile
from rulebook.notices import HOLIDAY, NATIONAL, WORKDAY, Day, Holiday, contradictions, read_notice

__all__ = ["Day", "Imported", "Preview", "import_calendar", "load_calendar", "preview", "read_data", "read_notice"]

DATA = Path(__file__).parent / "data"
FIRST_YEAR, LAST_YEAR = 2020, 2099


@dataclass(frozen=True)
class Imported:
    """A year's new version, and what it did to the running clocks."""

    year: CalendarYear
    notice: CalendarNotice
    plan: recount.Plan


@dataclass(frozen=True)
class Preview:
    """What an import would change; nothing is written."""

    days: list[Day]
    there: list[Day]
    plan: recount.Plan
    version: int

    @property
    def added(self) -> list[Day]:
        return [day for day in self.days if day not in set(self.there)]

    @property
    def removed(self) -> list[Day]:
        return [day for day in self.there if day not in set(self.days)]


# --- Reading ----------------------------------------------------------------------------------------------------------
def read_data(data: dict[str, Any]) -> list[Day]:
    """Days of a data file: each holiday with `from`, `to` (both off) and the weekend days that are worked for it."""
    try:
        holidays = [
            Holiday(
                str(item["name"]),
                tuple(_each(date.fromisoformat(item["from"]), date.fromisoformat(item["to"]))),
                tuple(date.fromisoformat(text) for text in item.get("makeup", [])),
            )
            for item in data["holidays"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid(
            "文件里的放假安排读不懂：每个节日要有 name、from、to 和 makeup，日期写成“2027-01-01”。",
            code="calendar.data",
            field="upload",
        ) from None
    return sorted(day for holiday in holidays for day in holiday.days())


def _each(first: date, last: date) -> list[date]:
    if not 0 <= (last - first).days < 31:
        raise ValueError("a holiday ends after it begins")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


# --- Importing --------------------------------------------------------------------------------------------------------
def check(days: Sequence[Day], year: int, *, local: bool) -> None:
    """Refuses days that contradict each other or leave out a national holiday, each mistake as a sentence."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"年份应在{FIRST_YEAR}年到{LAST_YEAR}年之间。", code="calendar.year", field="year")
    # The last local holiday of a year may be taken out again; a nation without holidays was read wrongly.
    if not days and not local:
        raise Invalid("没有任何放假或上班的日期，没有导入。", code="calendar.empty", field="text")
    wrong = contradictions(days, year, local=local)
    if not local:
        off = "".join(day.name for day in days if day.kind == HOLIDAY)
        missing = [name for word, name in NATIONAL.items() if word not in off]
        if missing:
            wrong.append(f"缺少{'、'.join(missing)}的放假安排，请补齐后再导入。")
    if any(not day.name.strip() or len(day.name) > 40 or day.kind not in (HOLIDAY, WORKDAY) for day in days):
        wrong.append("每一天都要写明节日名称（不超过40字）和类别（放假或者调休上班）。")
    if wrong:
        raise Invalid(
            f"放假安排有{len(wrong)}处不对，没有导入。请对照通知原件改正。",
            code="calendar.contradicts",
            fields={"text": wrong},
        )


def _check_source(title: str) -> None:
    if not title.strip():
        raise Invalid("请写明放假安排出自哪份通知。", code="calendar.title", field="title")


@transaction.atomic
def import_calendar(
    *,
    by: User | None,
    year: int,
    days: Iterable[Day],
    title: str,
    number: str = "",
    issued_on: date | None = None,
    text: str = "",
    local: bool = False,
    seen_version: int | None = None,
) -> Imported:
    """Puts a notice's days in the place of the year's (the nation's, or with `local` the region's): a new version.

    Every running clock in working days is counted anew in the same transaction. `seen_version` is the version that the
    person saw when confirming (0: none yet). `by` is None only while a county is founded.
    """
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    wanted = sorted(days)
    check(wanted, year, local=local)
    _check_source(title)
    found = _next_version(year, local=local, seen_version=seen_version)
    _replace(wanted, year, local=local)
    if not local:
        found.source = (f"{title}（{number}）" if number else title)[:200]
    found.save(update_fields=["source", "version"])
    told = {"title": title[:200], "number": number[:60], "issued_on": issued_on, "text": text}
    notice = CalendarNotice.objects.create(year=year, local=local, imported_by=by, imported_at=clock.now(), **told)
    made = recount.recount(_clocks().select_for_update(no_key=True), by=by)
    record(
        by=by,
        verb="calendar.load",
        subject=found,
        facts={
            "year": year, "version": found.version, "local": local, "source": notice.title,
            "off": sum(day.kind == HOLIDAY for day in wanted), "worked": sum(day.kind == WORKDAY for day in wanted),
            "clocks_moved": len(made.moved), "clocks_freed": made.freed, "clocks_waiting": made.waiting.total(),
        },
    )  # fmt: skip
    return Imported(found, notice, made)


def _nation_first(year: int) -> Conflict:
    return Conflict(
        f"{year}年的全国放假安排还没有导入。请先导入国务院办公厅的通知，再录入地方假日。",
        code="calendar.nation_first",
        field="year",
    )


def _next_version(year: int, *, local: bool, seen_version: int | None) -> CalendarYear:
    """The year's row, held: two imports at once come one after the other."""
    if local:
        row = CalendarYear.objects.select_for_update(no_key=True).filter(year=year).first()
        if row is None:
            raise _nation_first(year)
    else:
        CalendarYear.objects.get_or_create(year=year, defaults={"source": "", "version": 0})
        row = CalendarYear.objects.select_for_update(no_key=True).get(year=year)
    if seen_version is not None and row.version != seen_version:
        raise Conflict(
            f"{year}年的放假安排刚刚被别人更新过，请重新核对差异后再确认。", code="calendar.changed_meanwhile"
        )
    row.version += 1
    return row


def _replaced(year: int, *, local: bool) -> QuerySet[CalendarDay]:
    """The days whose place a notice takes: the New Year's days in December are the next year's notice's."""
    if local:
        return CalendarDay.objects.filter(local=True, day__year=year)
    new_year = Q(day__month=12, name__contains="元旦")
    own = Q(day__year=year) & ~new_year
    return CalendarDay.objects.filter(own | (Q(day__year=year - 1) & new_year), local=False)


def _replace(days: Sequence[Day], year: int, *, local: bool) -> None:
    reaches_back = _replaced(year, local=local).filter(day__lt=date(year, 1, 1)).exists()
    reaches_back = reaches_back or any(day.day.year < year for day in days)
    _replaced(year, local=local).delete()
    CalendarDay.objects.filter(local=local, day__in=[day.day for day in days]).delete()
    CalendarDay.objects.bulk_create(CalendarDay(day=day.day, kind=day.kind, name=day.name, local=local) for day in days)
    if reaches_back:
        for row in CalendarYear.objects.select_for_update(no_key=True).filter(year=year - 1):
            row.version += 1
            row.save(update_fields=["version"])


def _clocks() -> QuerySet[Any]:
    return recount.running(deadlines.kinds_with_effect())


def recount_all(*, by: User | None) -> recount.Plan:
    """Counts every running clock anew, after single days were put right by hand."""
    with transaction.atomic():
        return recount.recount(_clocks().select_for_update(no_key=True), by=by)


def preview(*, year: int, days: Iterable[Day], title: str, local: bool = False) -> Preview:
    """What importing these days would change, and how the running clocks would move; refuses what importing would."""
    wanted = sorted(days)
    check(wanted, year, local=local)
    _check_source(title)
    row = CalendarYear.objects.filter(year=year).first()
    if local and row is None:
        raise _nation_first(year)
    replaced = list(_replaced(year, local=local).order_by("day"))
    there = [Day(day.day, day.kind, day.name) for day in replaced]
    running = list(_clocks())
    calendar_now = recount.days_for(running)
    plan = recount.Plan()
    if calendar_now is not None:
        imagined = calendar_now.with_days(
            year, {day.day: day.kind for day in wanted}, replaced=[day.day for day in there], local=local
        )
        plan = recount.plan(running, imagined, now=clock.now())
    return Preview(wanted, there, plan, row.version if row else 0)


# --- From data files --------------------------------------------------------------------------------------------------
def load_calendar(*, year: int, by: User | None = None) -> CalendarYear:
    """Loads a year from `data/calendar/<year>.json`, and the local holidays that the county's profile names.

    A second load is a new version.
    """
    data = _read(DATA / "calendar" / f"{year}.json")
    with transaction.atomic():
        found = _load(data, by=by, local=False)
        for local in _local_years():
            if local["year"] == year:
                found = _load(local, by=by, local=True)
    return found


def _load(data: dict[str, Any], *, by: User | None, local: bool) -> CalendarYear:
    source = data["source"]
    return import_calendar(
        by=by,
        year=data["year"],
        days=read_data(data),
        title=source["title"],
        number=source.get("number") or "",
        issued_on=date.fromisoformat(source["date"]) if source.get("date") else None,
        text=source.get("text") or source.get("note") or "",
        local=local,
    ).year


def _local_years() -> list[dict[str, Any]]:
    """The years of `data/calendar/local/<name>.json`; the profile in force tells the name as `local_calendar`."""
    code = Profile.objects.filter(in_force=True).values_list("code", flat=True).first()
    path = DATA / "profiles" / f"{code.lower()}.json" if code else None
    name = _read(path).get("local_calendar") if path and path.exists() else None
    years: list[dict[str, Any]] = _read(DATA / "calendar" / "local" / f"{name}.json")["years"] if name else []
    return years


def _read(path: Path) -> Any:
    if not path.exists():
        raise Invalid(f"没有找到数据文件{path.name}。", code="rulebook.no_data")
    return json.loads(path.read_text(encoding="utf-8"))
