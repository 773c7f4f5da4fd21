"""A year walked day by day: time passes midnight by midnight, and every clock is seen to fire when it should.

    days = Days()
    days.to("2026-02-24T24:00")
    days.hold(Clock("dispatch.to_bank", order, "2026-02-13T15:00", "2026-02-24T24:00", "第十九条第（三）项",
                    "2月14日（周六上班）第1日，15日至23日放假，24日第2日"))

`24:00` is the end of a day. The due moments in the tables are worked out by hand from the article and the calendar of
2026, never taken from the portal; `hold` compares both, and that the clock did not fire a second before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Model

from demo.walking import work_off
from rulebook import clock, deadlines
from rulebook.models import Breach, Deadline

SECOND, FORTNIGHT = timedelta(seconds=1), timedelta(days=14)
# The article of a row that no article sets: the profile says so too, by naming none.
SILENT = "系统默认"
# Between moving the clock and reading it a moment of real time passes.
LAG = timedelta(seconds=60)


def moment(text: str) -> datetime:
    """A Shanghai time such as 2026-02-13T15:00, or 2026-02-24T24:00 for the end of that day."""
    day, _, time = text.partition("T")
    if time == "24:00":
        return clock.end_of_day(datetime.fromisoformat(day).date())
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


def _following(current: datetime, due: datetime | None) -> datetime:
    """The midnight at which to stop next."""
    following = clock.end_of_day(current.date())
    if due is not None and due - following <= FORTNIGHT:
        return following
    first = (current.replace(day=1) + timedelta(days=32)).replace(day=1)
    month = clock.end_of_day(first.date() - timedelta(days=1))
    return month if due is None else min(month, clock.end_of_day((due - FORTNIGHT).date()))


@dataclass(frozen=True)
class Clock:
    """A row of a table worked out by hand: from when to when, by which article, and how that was counted."""

    kind: str
    subject: Model
    started: str
    due: str
    article: str
    counted: str


class Days:
    """Moves the practice clock and remembers when each clock fired, and that it had not a second before."""

    def __init__(self) -> None:
        self.fired: dict[int, datetime] = {}
        self.early: list[str] = []
        self._look()

    def to(self, text: str) -> None:
        """Walks to a moment: stops at every midnight, and a second before and at every due moment on the way.

        Of days on which no clock is within a fortnight of its end, only the first of each month is stopped at.
        """
        target = moment(text)
        while (current := clock.now()) < target:
            due = self._next_due(current)
            stop = min(target, _following(current, due))
            if due is not None and due <= stop:
                stop = due
                self._stand(max(stop - SECOND, current))
                self._look_for_early_ones()
            self._stand(stop)

    def _next_due(self, current: datetime) -> datetime | None:
        armed = Deadline.objects.filter(state=Deadline.State.ARMED, due_at__gt=current)
        due: datetime | None = armed.aggregate(due=Min("due_at"))["due"]
        return due

    def _look_for_early_ones(self) -> None:
        fired = Deadline.objects.filter(fired_at__isnull=False, due_at__gt=clock.now())
        self.early += [f"{row.kind} fired before {row.due_at}" for row in fired]

    def _stand(self, at: datetime) -> None:
        if at > clock.now():
            clock.move_to(at, by=None)
        deadlines.sweep()
        work_off()
        self._look()

    def _look(self) -> None:
        for pk, fired_at in Deadline.objects.values_list("pk", "fired_at"):
            if fired_at is not None:
                self.fired.setdefault(pk, fired_at)

    def hold(self, *rows: Clock) -> None:
        """Every row is as the portal counts it: start, end and article; nothing fired early; what is over has fired."""
        assert self.early == []
        wrong = [words for row in rows if (words := self._wrong(row))]
        assert wrong == []

    def _wrong(self, row: Clock) -> str:
        found = Deadline.objects.filter(kind=row.kind, **deadlines.key_of(row.subject)).first()
        if found is None:
            return f"{row.kind}: no such clock runs"
        started, due = moment(row.started), moment(row.due)
        if abs(found.started_at - started) > LAG:
            return f"{row.kind}: started {found.started_at:%m-%d %H:%M:%S}Z, by {row.article} {row.started}"
        slack = LAG if found.unit == "natural_hours" else timedelta()
        if found.due_at is None or abs(found.due_at - due) > slack:
            return f"{row.kind}: due {found.due_at} instead of {row.due} ({row.counted})"
        if found.citation != "" if row.article == SILENT else row.article not in found.citation:
            return f"{row.kind}: cites {found.citation} instead of {row.article}"
        return self._wrong_end(row, found, due, slack)

    def _wrong_end(self, row: Clock, found: Deadline, due: datetime, slack: timedelta) -> str:
        """Nothing, for a clock that was met or still runs; else it was told of before, and fired when it was due."""
        if found.met_at is not None or found.state == Deadline.State.CANCELLED or due > clock.now():
            return ""
        at = self.fired.get(found.pk)
        if at is None or not due - slack <= at <= due + LAG + slack:
            return f"{row.kind}: due {row.due}, fired {at}"
        if found.warned_at is None or found.warned_at >= due:
            return f"{row.kind}: due {row.due}, and nobody was told before"
        return ""


def breached(kind: str, subject: Model) -> str:
    """On whose record a passed clock stands; empty when nobody's."""
    key = deadlines.key_of(subject)
    found = Breach.objects.filter(deadline__kind=kind, **{f"deadline__{name}": value for name, value in key.items()})
    row = found.select_related("organisation").first()
    return row.organisation.kind if row and row.organisation else ""


def state(kind: str, subject: Model) -> str:
    """How a clock stands: armed, fired, met, late, cancelled or blocked; empty where none runs."""
    found = Deadline.objects.filter(kind=kind, **deadlines.key_of(subject)).values_list("state", flat=True).first()
    return found or ""
