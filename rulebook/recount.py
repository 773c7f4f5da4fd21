"""Counts the running clocks anew when the calendar has changed (PRO-1, PRO-3).

A clock in working days ends where the calendar of today says, also when it had passed by an older one and the act is
still open. A clock whose end is an event of its own (the window of a notice) keeps the end that people were told. Every
change is in the trail with both ends and both versions of the calendar.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.trail import record_each
from lib.templatetags.portal import cn_date
from rulebook import calendar, clock
from rulebook.models import Breach, Deadline

State = Deadline.State
_COLUMNS = ["due_at", "near_at", "warned_at", "state", "fired_at", "calendar_version"]
_BATCH = 1000
EXPLANATION = 300


@dataclass(frozen=True)
class Move:
    """Where a clock ended, and where it ends by the calendar as it is now; `due_at` None: the year is unknown."""

    deadline: Deadline
    before: datetime | None
    due_at: datetime | None
    version: str
    missing: int = 0


@dataclass
class Plan:
    """What a change of the calendar does to the running clocks."""

    moved: list[Move] = field(default_factory=list)
    same: list[Move] = field(default_factory=list)
    # Clocks that still wait for a calendar, by the year that is missing.
    waiting: Counter[int] = field(default_factory=Counter)

    @property
    def freed(self) -> int:
        """How many of the moved had waited for a calendar."""
        return sum(move.before is None for move in self.moved)


def blocked() -> QuerySet[Deadline]:
    """Clocks that wait for a year's calendar."""
    return Deadline.objects.filter(state=State.BLOCKED).order_by("id")


def running(fixed: Iterable[str]) -> QuerySet[Deadline]:
    """Clocks in working days whose end may still move; the kinds `fixed` keep theirs once they have one."""
    open_still = Q(state=State.ARMED) | Q(state=State.FIRED, met_at__isnull=True)
    found = Deadline.objects.filter(unit=calendar.WORKING_DAYS)
    return found.filter(Q(state=State.BLOCKED) | (open_still & ~Q(kind__in=list(fixed)))).order_by("id")


def days_for(found: Iterable[Deadline]) -> calendar.WorkingDays | None:
    """The calendar that these clocks may need, read once."""
    spans = [(deadline.started_at.astimezone(clock.SHANGHAI).date(), deadline.amount) for deadline in found]
    if not spans:
        return None
    first = min(start for start, _ in spans)
    return calendar.WorkingDays(
        date.fromordinal(first.toordinal() - 1), max(calendar.horizon(start, amount) for start, amount in spans)
    )


def missing_years(found: Iterable[Deadline]) -> dict[int, int]:
    """For which year's calendar each of these clocks waits, by the clock's number; none that could be counted now."""
    listed = list(found)
    days = days_for(listed)
    if days is None:
        return {}
    counted = [_count(deadline, days) for deadline in listed]
    return {move.deadline.pk: move.missing for move in counted if move.missing}


def plan(found: Iterable[Deadline], days: calendar.WorkingDays, *, now: datetime) -> Plan:
    """What counting `found` by `days` would change; nothing is written."""
    made = Plan()
    for deadline in found:
        move = _count(deadline, days)
        if move.due_at is None and move.before is None:
            made.waiting[move.missing] += 1
        elif deadline.state == State.FIRED and move.due_at is not None and move.due_at <= now:
            continue  # it has passed by either calendar
        elif move.due_at != move.before:
            made.moved.append(move)
        elif move.version != deadline.calendar_version:
            made.same.append(move)
    return made


def _count(deadline: Deadline, days: calendar.WorkingDays) -> Move:
    start = deadline.started_at
    try:
        due_at = calendar.due(start, deadline.amount, deadline.unit, first_day=deadline.first_day, days=days)
    except calendar.CalendarMissing as missing:
        return Move(deadline, deadline.due_at, None, days.version(start, None), missing.year)
    return Move(deadline, deadline.due_at, due_at, days.version(start, due_at))


@transaction.atomic
def recount(found: QuerySet[Deadline], *, by: User | None) -> Plan:
    """Counts clocks (`running`, `blocked`) by the calendar as it is now and writes what changes."""
    locked = list(found)
    days = days_for(locked)
    if days is None:
        return Plan()
    made = plan(locked, days, now=clock.now())
    _write(made, by)
    return made


def _write(made: Plan, by: User | None) -> None:
    entries = [(move.deadline, _facts(move)) for move in made.moved]
    for move in made.moved:
        if move.deadline.state == State.FIRED and move.before is not None:
            _explain(move, move.before)
    for move in made.moved:
        deadline = move.deadline
        deadline.near_at, deadline.warned_at = calendar.near(deadline.started_at, move.due_at), None
        deadline.state, deadline.fired_at = State.BLOCKED if move.due_at is None else State.ARMED, None
        deadline.due_at, deadline.calendar_version = move.due_at, move.version
    for move in made.same:
        move.deadline.calendar_version = move.version
    Deadline.objects.bulk_update([move.deadline for move in made.moved], _COLUMNS, batch_size=_BATCH)
    Deadline.objects.bulk_update([move.deadline for move in made.same], ["calendar_version"], batch_size=_BATCH)
    record_each(by=by, verb="deadline.recount", entries=entries)


def _facts(move: Move) -> dict[str, object]:
    deadline = move.deadline
    return {
        "kind": deadline.kind,
        "subject": f"{deadline.subject_type}:{deadline.subject_id}",
        "state": deadline.state,
        "due_at": {"from": move.before, "to": move.due_at},
        "calendar": {"from": deadline.calendar_version, "to": move.version},
    }


def _explain(move: Move, before: datetime) -> None:
    """A breach that an older calendar made stays on the record, and says why it no longer counts."""
    # 24:00 of a day is 0:00 of the next.
    last = move.due_at - timedelta(microseconds=1) if move.due_at else None
    until = f"改为{cn_date(last)}24:00" if last else "待放假安排导入后确定"
    told = f"放假安排更新后重新计算，到期时间{until}，按新的安排未逾期。"
    for breach in Breach.objects.filter(deadline=move.deadline, due_at=before):
        if len(told) + len(breach.explanation) > EXPLANATION:
            continue  # what people wrote is not cut; the trail has the new end
        breach.explanation, breach.explained_at = told + breach.explanation, breach.explained_at or clock.now()
        breach.save(update_fields=["explanation", "explained_at"])
