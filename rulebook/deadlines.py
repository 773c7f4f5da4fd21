"""Clocks that run by themselves (design §5): started by an event, met by an act, fired by the sweep.

The start is an event (payment order succeeded, money arrived, results received), not somebody's submission. A late
sweep delays and never permits early: gates read the facts, not this table. Which clock an event starts, and who answers
for it, the county's values say (`begin`); the code only tells what happened.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.urls import reverse

from accounts.models import Organisation
from accounts.trail import record
from rulebook import calendar, catalogue, clock, daily, recount
from rulebook.models import Breach, Deadline
from rulebook.rules import rule

logger = logging.getLogger(__name__)

Effect = Callable[[Deadline], None]
_effects: dict[str, Effect] = {}
_titles: dict[str, str] = {}
_passing: dict[str, str] = {}
BREACHED = "未办结的，记入责任单位逾期记录"
_near: list[Effect] = []
_breached: list[Effect] = []


def deadline_kind(kind: str, *, title: str = "", effect: Effect | None = None, passing: str = "") -> None:
    """Registers what the catalogue does not say of a kind of clock.

    `effect` is what its end does by itself, and `passing` says so in words: all other kinds are breaches when they
    pass. `title` is needed only where the catalogue has none or another.
    """
    if title:
        _titles[kind] = title
    if passing:
        _passing[kind] = passing
    if effect is not None:
        _effects[kind] = effect


def passing_words(kind: str) -> str:
    """What happens when a clock of this kind passes, as people read it."""
    return _passing.get(kind, BREACHED)


def on_near(listener: Effect) -> None:
    """Registers who is told once when a clock nears its end, in the sweep's transaction."""
    _near.append(listener)


def on_breach(listener: Effect) -> None:
    """Registers who is told once when a clock passed without the act, in the sweep's transaction."""
    _breached.append(listener)


def title_of(kind: str) -> str:
    return _titles.get(kind) or catalogue.title_of(kind)


def kinds_with_effect() -> list[str]:
    """Kinds kept by lasting: their end is an event of its own (a notice's window is over), not somebody's breach."""
    return sorted(_effects)


def rule_url(kind: str) -> str:
    """Where people read the rule that a clock of this kind counts by; empty for a kind outside the catalogue."""
    return f"{reverse('rulebook:rules')}#{kind}" if kind in catalogue.BY_KEY else ""


def key_of(subject: Model) -> dict[str, Any]:
    return {"subject_type": subject._meta.label_lower, "subject_id": subject.pk}


def begin(
    event: str,
    subject: Model,
    *,
    at: datetime,
    who: Mapping[str, Organisation | None],
    kept: Mapping[str, Any] | None = None,
    only: Iterable[str] | None = None,
) -> list[Deadline]:
    """Something happened: every clock that the values start with `event` is armed for `subject`.

    `who` gives the organisation for each party of the catalogue that may answer here; `kept` the rules with which the
    subject began (`rules.snapshot`; without them today's apply); `only` narrows to some clocks.
    """
    started = []
    for key in catalogue.starting_at(event) if only is None else only:
        found = kept[key] if kept is not None and key in kept else rule(key).as_json()
        value = found["value"]
        if value is not None and value["starts"] == event:
            started.append(start(key, subject, started_at=at, responsible=who[value["who"]], kept=found))
    return started


def start(
    kind: str,
    subject: Model,
    *,
    started_at: datetime,
    responsible: Organisation | None,
    rule_key: str | None = None,
    kept: Mapping[str, Any] | None = None,
) -> Deadline:
    """Arms the clock `kind` of `subject`, or starts it anew if it had been cancelled or ended.

    The span comes from `kept` (the rule that the subject began with) or from the profile's `rule_key` (default: the
    kind itself). A year without calendar makes the clock `blocked`; it is never guessed.
    """
    found = dict(kept) if kept else rule(rule_key or kind).as_json()
    amount, unit = int(found["value"]["amount"]), str(found["value"]["unit"])
    first_day = bool(found["value"].get("first_day", False))
    try:
        due_at = calendar.due(started_at, amount, unit, first_day=first_day)
        state = Deadline.State.ARMED
    except calendar.CalendarMissing:
        due_at, state = None, Deadline.State.BLOCKED
    deadline, _ = Deadline.objects.update_or_create(
        kind=kind,
        **key_of(subject),
        defaults={
            "responsible": responsible,
            "started_at": started_at,
            "amount": amount,
            "unit": unit,
            "first_day": first_day,
            "citation": found.get("citation", ""),
            "calendar_version": calendar.calendar_version(started_at, due_at),
            "due_at": due_at,
            "near_at": calendar.near(started_at, due_at),
            "warned_at": None,
            "state": state,
            "fired_at": None,
            "met_at": None,
        },
    )
    return deadline


def meet(kind: str, subject: Model, *, at: datetime | None = None) -> None:
    """The act was done: in time, or late if the clock had already fired. Without a clock nothing happens."""
    _close(kind, subject, at=at or clock.now())


def cancel(kind: str, subject: Model) -> None:
    """What the clock counted for has fallen away (a notice withdrawn, a roster returned)."""
    Deadline.objects.filter(kind=kind, **key_of(subject), state__in=["armed", "blocked"]).update(
        state=Deadline.State.CANCELLED
    )


def _close(kind: str, subject: Model, *, at: datetime) -> None:
    mine = Deadline.objects.filter(kind=kind, **key_of(subject), met_at__isnull=True).exclude(state="cancelled")
    # Nobody can say whether a clock without a calendar was kept: it falls away, and the moment stays.
    mine.filter(due_at__isnull=True).update(state=Deadline.State.CANCELLED, met_at=at)
    for deadline in mine.filter(due_at__lt=at):
        _note_breach(deadline)
    late = Q(due_at__lt=at)
    mine.filter(late).update(state=Deadline.State.LATE, met_at=at)
    mine.exclude(late).update(state=Deadline.State.MET, met_at=at)


def _note_breach(deadline: Deadline) -> None:
    """Puts a passed clock on the record of who answered for it; kinds that end by themselves are nobody's breach."""
    if deadline.kind in _effects or deadline.due_at is None:
        return
    _, made = Breach.objects.get_or_create(
        deadline=deadline,
        due_at=deadline.due_at,
        defaults={"organisation": deadline.responsible, "noted_at": clock.now()},
    )
    if made:
        for listener in _breached:
            listener(deadline)


def sweep(*, most: int = 500) -> int:
    """Fires every armed clock that is due, each with its effect in one transaction; returns how many.

    What comes with the day goes first, then clocks that near are told of. Safe to run twice at once: a row that another
    sweep holds is skipped.
    """
    daily.run()
    rearm_blocked()
    _each(Q(state=Deadline.State.ARMED, warned_at=None), "near_at", _warn, most)
    return _each(Q(state=Deadline.State.ARMED), "due_at", _fire, most)


def _each(wanted: Q, column: str, act: Callable[[Deadline], None], most: int) -> int:
    """Does `act` to every clock whose moment in `column` has come, in its order, each in a transaction of its own."""
    done = 0
    refused: set[int] = set()
    while done < most:
        with transaction.atomic():
            deadline = (
                Deadline.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(wanted, **{f"{column}__lte": clock.now()})
                .exclude(pk__in=refused)
                .order_by(column, "id")
                .first()
            )
            if deadline is None:
                return done
            try:
                with transaction.atomic():
                    act(deadline)
                done += 1
            except Exception:
                # One clock whose effect fails must not stop all others; it stays armed and is tried again.
                logger.exception("deadline %s (%s) could not fire", deadline.pk, deadline.kind)
                refused.add(deadline.pk)
    return done


def _warn(deadline: Deadline) -> None:
    """Tells once that a clock nears; one that is already due is told of as passed, not as near."""
    deadline.warned_at = clock.now()
    deadline.save(update_fields=["warned_at"])
    if deadline.kind not in _effects and deadline.due_at is not None and deadline.due_at > deadline.warned_at:
        for listener in _near:
            listener(deadline)


def _fire(deadline: Deadline) -> None:
    deadline.state, deadline.fired_at = Deadline.State.FIRED, clock.now()
    deadline.save(update_fields=["state", "fired_at"])
    effect = _effects.get(deadline.kind)
    if effect is not None:
        effect(deadline)
    else:
        _note_breach(deadline)
    record(
        by=None,
        verb="deadline.fire",
        subject=deadline,
        facts={
            "kind": deadline.kind,
            "subject": f"{deadline.subject_type}:{deadline.subject_id}",
            "due_at": deadline.due_at,
            "breach": effect is None,
        },
    )


def rearm_blocked() -> int:
    """Counts the clocks that waited for a year's calendar, once it has been entered; returns how many."""
    with transaction.atomic():
        waiting = recount.blocked().select_for_update(no_key=True, skip_locked=True)
        return recount.recount(waiting, by=None).freed


def remaining_of(deadlines: Iterable[Deadline]) -> list[dict[str, Any]]:
    """How several clocks read: the time and the calendar are read once for all."""
    listed = list(deadlines)
    if not listed:
        return []
    current = clock.now()
    ends = [deadline.due_at.astimezone(clock.SHANGHAI).date() for deadline in listed if deadline.due_at]
    days = calendar.WorkingDays(current.date(), max([current.date(), *ends]))
    missing = recount.missing_years([deadline for deadline in listed if deadline.state == Deadline.State.BLOCKED])
    return [_reading(deadline, current, days, missing.get(deadline.pk)) for deadline in listed]


def remaining(deadline: Deadline) -> dict[str, Any]:
    """How a clock reads to people: words and tone, for `parts/_clock.html`.

    `tone` is bad when passed, warn when it runs out within a day, else neutral.
    """
    return remaining_of([deadline])[0]


def _reading(
    deadline: Deadline, current: datetime, days: calendar.WorkingDays, missing: int | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": title_of(deadline.kind),
        "span": f"{deadline.amount}{calendar.UNIT_WORDS.get(deadline.unit, '')}",
        "deadline": deadline,
        "rule_url": rule_url(deadline.kind),
        "lasting": deadline.kind in _effects,
    }
    if deadline.state == Deadline.State.BLOCKED or deadline.due_at is None:
        waits = f"待定（{missing}年放假安排尚未导入）" if missing else "待定（放假安排已导入，即将算出）"
        lost = "已撤销" if deadline.state == Deadline.State.CANCELLED else waits
        tone = "neutral" if deadline.state == Deadline.State.CANCELLED else "bad"
        return {**told, "words": lost, "tone": tone, "due_at": None}
    due_at = deadline.due_at.astimezone(clock.SHANGHAI)
    shown = due_words(due_at)
    if deadline.met_at:
        late = deadline.state == Deadline.State.LATE
        words, tone = ("逾期办结" if late else "按时办结"), ("bad" if late else "good")
    elif deadline.state == Deadline.State.CANCELLED:
        words, tone = "已撤销", "neutral"
    elif due_at <= current:
        ended = deadline.kind in _effects
        words, tone = (f"已期满（{shown}）", "neutral") if ended else (f"已逾期（{shown}）", "bad")
    else:
        left = due_at - current
        tone = "warn" if left.total_seconds() <= 86400 else "neutral"
        words = f"还剩{_left_words(deadline, current, due_at, days)}（{shown}）"
    return {**told, "words": words, "tone": tone, "due_at": due_at}


def due_words(due_at: datetime) -> str:
    """5月8日 24:00 rather than 5月9日 00:00: a day ends with itself."""
    moment = due_at.astimezone(clock.SHANGHAI)
    if (moment.hour, moment.minute) == (0, 0):
        day = moment.date().fromordinal(moment.date().toordinal() - 1)
        return f"{day.month}月{day.day}日 24:00"
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def _left_words(deadline: Deadline, current: datetime, due_at: datetime, days: calendar.WorkingDays) -> str:
    seconds = (due_at - current).total_seconds()
    if seconds < 3600:
        return f"{max(1, int(seconds // 60))}分钟"
    if seconds < 86400:
        return f"{int(seconds // 3600)}小时"
    if deadline.unit == calendar.WORKING_DAYS:
        try:
            left = days.between(current.date(), due_at.date())
        except calendar.CalendarMissing:
            return f"{int(seconds // 86400)}天"
        return f"{left}个工作日" if left else "今天"
    return f"{int(seconds // 86400)}天"
