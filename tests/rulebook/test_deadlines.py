"""Clocks run by themselves: fired once, with their effect or not at all, whoever sweeps."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import TrailEntry
from accounts.trail import record
from rulebook import clock, deadlines
from rulebook.models import Deadline
from subsidies.models import Quota
from tests.databases import Database
from tests.factories import at, cast, quota

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
    assert deadlines.remaining(day)["words"].startswith("已到期")
    assert deadlines.remaining(day)["tone"] == "bad"


def test_a_list_of_clocks_reads_time_and_calendar_once(db: None, django_assert_max_num_queries: object) -> None:
    armed = [deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None) for _ in range(5)]
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert len(deadlines.remaining_of(armed)) == 5
