"""Clocks run by themselves: fired once, with their effect or not at all, whoever sweeps."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import TrailEntry
from accounts.trail import record
from rulebook import clock, deadlines, rules
from rulebook.models import Breach, Deadline
from subsidies.models import Quota
from tests.databases import Database
from tests.factories import at, cast, quota
from tests.refused import refused_by
from tests.ruled import ruled, span

KIND = "bank.payout"  # 24 natural hours in this county's profile
State = Deadline.State


@pytest.fixture
def effects() -> Iterator[dict[str, deadlines.Effect]]:
    """The registry of effects, as it was before once the test is over."""
    kept = dict(deadlines._effects)
    yield deadlines._effects
    deadlines._effects.clear()
    deadlines._effects.update(kept)


def arm(subject: Quota | None = None, kind: str = KIND) -> Deadline:
    return deadlines.start(
        kind, subject or quota(), started_at=clock.now(), responsible=cast.organisation("B01"), rule_key=KIND
    )


@pytest.mark.req("PAY-4")
def test_a_clock_takes_its_span_and_article_from_the_profile(db: None) -> None:
    deadline = arm()
    assert deadline.due_at == deadline.started_at + timedelta(hours=24)
    assert "第十九条" in deadline.citation
    assert deadline.state == State.ARMED


def test_a_clock_keeps_the_span_that_its_subject_began_with(db: None) -> None:
    kept = {"value": {"amount": 7, "unit": "natural_days"}, "citation": "旧条款"}
    deadline = deadlines.start(KIND, quota(), started_at=clock.now(), responsible=None, kept=kept)
    assert (deadline.amount, deadline.unit, deadline.citation) == (7, "natural_days", "旧条款")


@pytest.mark.req("PAY-4")
def test_a_clock_fires_when_it_is_due_and_not_before(db: None) -> None:
    begun = clock.now()
    deadline = arm()
    clock.move_to(begun + timedelta(hours=23, minutes=59), by=None)
    assert deadlines.sweep() == 0
    clock.move_to(begun + timedelta(hours=24, minutes=1), by=None)
    assert deadlines.sweep() == 1
    deadline.refresh_from_db()
    assert deadline.state == State.FIRED
    assert deadline.fired_at is not None
    assert deadlines.sweep() == 0


def test_two_sweeps_at_once_fire_every_clock_once(committed_db: Database, effects: dict[str, deadlines.Effect]) -> None:
    fired: list[int] = []

    def slowly(deadline: Deadline) -> None:
        fired.append(deadline.pk)
        time.sleep(0.02)

    effects[KIND] = slowly
    for _ in range(10):
        arm()
    clock.move_by(timedelta(hours=25), by=None)
    counts: list[int] = []

    def sweep() -> None:
        try:
            counts.append(deadlines.sweep())
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fired) == sorted(set(fired))
    assert (sum(counts), len(fired)) == (10, 10)
    assert Deadline.objects.filter(state=State.FIRED).count() == 10
    assert TrailEntry.objects.filter(verb="deadline.fire").count() == 10


def test_effect_and_state_stand_or_fall_together(committed_db: Database, effects: dict[str, deadlines.Effect]) -> None:
    def half_way(deadline: Deadline) -> None:
        record(by=None, verb="test.effect", subject=deadline)
        raise RuntimeError("the effect fails half-way")

    effects[KIND] = half_way
    deadline = arm()
    clock.move_by(timedelta(hours=25), by=None)
    assert deadlines.sweep() == 0
    deadline.refresh_from_db()
    assert (deadline.state, deadline.fired_at) == (State.ARMED, None)
    assert not TrailEntry.objects.filter(verb__in=["test.effect", "deadline.fire"]).exists()
    effects[KIND] = lambda deadline: None
    assert deadlines.sweep() == 1


def test_a_clock_whose_effect_fails_does_not_stop_the_others(db: None, effects: dict[str, deadlines.Effect]) -> None:
    def fails(deadline: Deadline) -> None:
        raise RuntimeError("this one cannot fire")

    effects["test.broken"] = fails
    broken = arm(kind="test.broken")
    others = [arm() for _ in range(3)]
    clock.move_by(timedelta(hours=25), by=None)
    assert deadlines.sweep() == 3
    broken.refresh_from_db()
    assert broken.state == State.ARMED
    assert Deadline.objects.filter(pk__in=[o.pk for o in others], state=State.FIRED).count() == 3


@pytest.mark.req("PAY-4")
def test_an_act_in_time_meets_its_clock_and_a_late_one_is_late(db: None) -> None:
    early, late, noticed = quota(), quota(), quota()
    begun = clock.now()
    for subject in (early, late, noticed):
        arm(subject)
    deadlines.meet(KIND, early)
    clock.move_to(begun + timedelta(hours=30), by=None)
    deadlines.meet(KIND, late)  # before any sweep noticed
    assert deadlines.sweep() == 1
    deadlines.meet(KIND, noticed)
    states = {row.subject_id: row.state for row in Deadline.objects.filter(kind=KIND)}
    assert states == {early.pk: State.MET, late.pk: State.LATE, noticed.pk: State.LATE}
    words = [deadlines.remaining(row)["words"] for row in Deadline.objects.filter(kind=KIND).order_by("subject_id")]
    assert words == ["按时办结", "逾期办结", "逾期办结"]


def test_an_act_without_a_clock_changes_nothing(db: None) -> None:
    deadlines.meet(KIND, quota())
    assert not Deadline.objects.filter(kind=KIND).exists()


def test_meeting_a_clock_again_keeps_the_first_moment(db: None) -> None:
    subject = quota()
    arm(subject)
    deadlines.meet(KIND, subject)
    first = Deadline.objects.get(kind=KIND).met_at
    clock.move_by(timedelta(hours=30), by=None)
    deadlines.meet(KIND, subject)
    deadline = Deadline.objects.get(kind=KIND)
    assert (deadline.met_at, deadline.state) == (first, State.MET)


def test_a_cancelled_clock_does_not_fire_and_may_start_anew(db: None) -> None:
    subject = quota()
    first = arm(subject)
    deadlines.cancel(KIND, subject)
    clock.move_by(timedelta(hours=25), by=None)
    assert deadlines.sweep() == 0
    again = arm(subject)
    assert again.pk == first.pk
    assert (again.state, again.met_at, again.fired_at) == (State.ARMED, None, None)
    assert again.started_at > first.started_at


def test_what_remains_is_said_in_working_days_hours_and_minutes(db: None) -> None:
    at("2026-05-06T10:00")
    five = deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None)
    day = arm()
    assert deadlines.remaining(five)["words"] == "还剩5个工作日（5月12日 24:00）"  # Saturday 9 May is worked
    readings = deadlines.remaining_of([five, day])
    assert [reading["tone"] for reading in readings] == ["neutral", "warn"]
    assert readings[1]["words"].startswith("还剩23小时")
    at("2026-05-07T09:30")
    assert "分钟" in deadlines.remaining(day)["words"]
    at("2026-05-07T11:00")
    assert deadlines.remaining(day)["words"].startswith("已逾期")
    assert deadlines.remaining(day)["tone"] == "bad"


def test_a_list_of_clocks_reads_time_and_calendar_once(db: None, django_assert_max_num_queries: object) -> None:
    armed = [deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None) for _ in range(5)]
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert len(deadlines.remaining_of(armed)) == 5


# --- Events, first days, nearing and passing --------------------------------------------------------------------------
@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """Which clocks the listeners heard of, without anybody else listening."""
    heard: dict[str, list[int]] = {"near": [], "passed": []}
    monkeypatch.setattr(deadlines, "_near", [lambda deadline: heard["near"].append(deadline.pk)])
    monkeypatch.setattr(deadlines, "_breached", [lambda deadline: heard["passed"].append(deadline.pk)])
    return heard


@pytest.mark.req("PRO-3")
def test_an_event_starts_the_clocks_that_the_values_start_with_it(db: None) -> None:
    bank, bureau = cast.organisation("B01"), cast.organisation("CZJ")
    who = {"bank": bank, "finance": bureau}
    started = deadlines.begin("bank.ready", quota(), at=clock.now(), who=who)
    assert {row.kind for row in started} == {"bank.payout", "bank.feedback"}
    assert {row.responsible for row in started} == {bank}
    ruled({
        "bank.verify": span(1, "working_days", "bank.ready", "bank"),
        "bank.payout": span(3, "working_days", "bank.verified", "finance"),
        "bank.feedback": span(3, "working_days", "payout.finished", "bank"),
    })  # fmt: skip
    subject = quota()
    assert [row.kind for row in deadlines.begin("bank.ready", subject, at=clock.now(), who=who)] == ["bank.verify"]
    later = deadlines.begin("bank.verified", subject, at=clock.now(), who=who)
    assert [(row.kind, row.amount, row.responsible) for row in later] == [("bank.payout", 3, bureau)]


@pytest.mark.req("PRO-1")
def test_an_event_starts_the_clocks_of_the_rules_that_the_subject_keeps(db: None) -> None:
    kept = rules.snapshot()
    ruled({"bank.payout": span(9, "working_days", "bank.ready", "bank"), "bank.feedback": span(9, "working_days",
           "payout.finished", "bank")})  # fmt: skip
    who = {"bank": cast.organisation("B01")}
    old = deadlines.begin("bank.ready", quota(), at=clock.now(), who=who, kept=kept)
    new = deadlines.begin("bank.ready", quota(), at=clock.now(), who=who)
    assert {(row.kind, row.amount, row.unit) for row in old} == {
        ("bank.payout", 24, "natural_hours"), ("bank.feedback", 24, "natural_hours"),
    }  # fmt: skip
    assert {(row.kind, row.amount, row.unit) for row in new} == {("bank.payout", 9, "working_days")}
    assert not deadlines.begin("bank.ready", quota(), at=clock.now(), who=who, kept=kept, only=["bank.verify"])


@pytest.mark.req("PRO-3")
def test_where_the_county_sets_no_limit_no_clock_starts(db: None) -> None:
    ruled({"account.fix": None, "failure.department": None})
    assert deadlines.begin("failure.reported", quota(), at=clock.now(), who={}) == []


@pytest.mark.parametrize(("first_day", "due"), [(True, "2026-05-07T00:00+08:00"), (False, "2026-05-08T00:00+08:00")])
def test_the_first_day_counts_only_where_the_rule_says_so(db: None, first_day: bool, due: str) -> None:
    ruled({"cash.return": span(1, "natural_days", "cash.handed", "unit", first_day=first_day)})
    handed = deadlines.begin("cash.handed", quota(), at=clock.now(), who={"unit": None})
    assert handed[0].first_day is first_day
    assert handed[0].due_at == datetime.fromisoformat(due)


def test_people_are_told_once_when_a_clock_nears_and_once_when_it_has_passed(
    db: None, told: dict[str, list[int]]
) -> None:
    begun = clock.now()
    deadline = arm()
    clock.move_to(begun + timedelta(hours=17, minutes=59), by=None)
    deadlines.sweep()
    assert told == {"near": [], "passed": []}
    clock.move_to(begun + timedelta(hours=18, minutes=1), by=None)
    for _ in range(2):
        deadlines.sweep()
    assert told == {"near": [deadline.pk], "passed": []}
    clock.move_to(begun + timedelta(hours=24, minutes=1), by=None)
    for _ in range(2):
        deadlines.sweep()
    assert told == {"near": [deadline.pk], "passed": [deadline.pk]}
    breach = Breach.objects.get()
    assert (breach.deadline, breach.organisation, breach.due_at) == (deadline, deadline.responsible, deadline.due_at)


def test_a_clock_that_was_met_or_cancelled_is_told_of_no_more(db: None, told: dict[str, list[int]]) -> None:
    met, cancelled = quota(), quota()
    for subject in (met, cancelled):
        arm(subject)
    deadlines.meet(KIND, met)
    deadlines.cancel(KIND, cancelled)
    clock.move_by(timedelta(hours=30), by=None)
    deadlines.sweep()
    assert told == {"near": [], "passed": []}
    assert not Breach.objects.exists()


def test_a_clock_found_only_after_its_end_is_told_of_as_passed_not_as_near(
    db: None, told: dict[str, list[int]]
) -> None:
    deadline = arm()
    clock.move_by(timedelta(hours=30), by=None)
    deadlines.sweep()
    assert told == {"near": [], "passed": [deadline.pk]}


@pytest.mark.req("PAY-4")
def test_a_late_act_is_a_breach_even_before_any_sweep(db: None, told: dict[str, list[int]]) -> None:
    subject = quota()
    deadline = arm(subject)
    clock.move_by(timedelta(hours=25), by=None)
    deadlines.meet(KIND, subject)
    deadlines.sweep()
    assert told["passed"] == [deadline.pk]
    assert Breach.objects.count() == 1


def test_the_end_of_a_window_is_nobodys_breach(
    db: None, told: dict[str, list[int]], effects: dict[str, deadlines.Effect]
) -> None:
    effects["test.window"] = lambda deadline: None
    arm(kind="test.window")
    clock.move_by(timedelta(hours=25), by=None)
    assert deadlines.sweep() == 1
    assert told == {"near": [], "passed": []}
    assert not Breach.objects.exists()


def test_a_breach_stays_on_the_record(db: None) -> None:
    arm()
    clock.move_by(timedelta(hours=25), by=None)
    deadlines.sweep()
    refused_by("rulebook_breach_stays", "UPDATE rulebook_breach SET organisation_id = NULL")
    refused_by("rulebook_breach_stays", "UPDATE rulebook_breach SET due_at = now()")
    refused_by("InsufficientPrivilege", "DELETE FROM rulebook_breach")
