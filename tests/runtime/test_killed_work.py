"""A worker killed at any moment of an import or of a check: the work ends by itself, as if nothing had been."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from households.imports import services as register
from households.models import RegisterImport
from jobs import services as jobs
from jobs.models import Job
from lib.scratch import scratch
from rosters import services, stale
from rosters.models import Finding, Roster, RosterImport
from rosters.services import taking
from tests.databases import Database
from tests.factories import cast
from tests.factories_rosters import draft_roster, fresh, homes_of
from tests.households.sheets import row, upload
from tests.races import race
from tests.rosters.test_import import row_of, workbook
from tests.runtime.killable import begin, kill, undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.req("ROS-3", "ROS-4", "REG-6")]
SEED = 20261122
MOMENTS = 20


def stored(table: str, condition: str, leave: Sequence[str]) -> list[Any]:
    """All rows without the columns that differ from one time to the next."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) - %s::text[] FROM {table} t WHERE {condition}", [list(leave)])
        return sorted((row[0] for row in cursor.fetchall()), key=str)


def of_roster_import(pk: int) -> list[Any]:
    batch = RosterImport.objects.get(pk=pk)
    return [
        batch.state, batch.rows, batch.good_rows, batch.total_fen, batch.summary,
        # How often a unit's files had an error before grows with each of these imports.
        stored("rosters_rosterrowerror", f"batch_id = {pk}", ["id", "batch_id", "times", "last_on"]),
        stored("rosters_stagedline", f"batch_id = {pk}", ["batch_id"]),
    ]  # fmt: skip


def of_register_import(pk: int) -> list[Any]:
    batch = RegisterImport.objects.get(pk=pk)
    ciphers = ["head_id_cipher", "member_id_cipher", "phone_cipher", "account_cipher"]
    return [
        batch.state, batch.rows, batch.good_rows, batch.summary,
        stored("households_registerrowerror", f"batch_id = {pk}", ["id", "batch_id"]),
        stored("households_stagedrow", f"import_id = {pk}", ["import_id", *ciphers]),
    ]  # fmt: skip


def of_check(roster: Roster) -> list[Any]:
    now = fresh(roster)
    found = Finding.objects.filter(roster=roster).order_by("number", "rule")
    return [now.line_count, now.total_fen, *found.values_list("number", "rule", "severity", "message")]


def end_by_themselves(asked: Sequence[int]) -> None:
    """The sweep finds what was left, as soon as its lease is over, and works until nothing is left."""
    open_ = Job.objects.filter(pk__in=asked).exclude(state__in=["done", "failed"])
    end = time.monotonic() + 60
    while open_.exists() and time.monotonic() < end:
        for pk in jobs.waiting():
            jobs.run(pk)
        time.sleep(0.1)
    assert set(Job.objects.filter(pk__in=asked).values_list("state", flat=True)) == {"done"}


def short_leases() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET lease_until = clock_timestamp() WHERE state = 'running'")


def killed_at_moments(works: Sequence[int], seconds: float) -> list[str]:
    """Kills each work once, at moments drawn over the whole time that it takes; says what was hit.

    No file of a killed worker stays longer than until the next one works.
    """
    print(f"seed {SEED}: {len(works)} moments of {seconds:.2f} s")  # noqa: T201  (so that a failure can be had again)
    draw = random.Random(SEED)
    hit, pids = [], set()
    for number, pk in enumerate(works):
        process = begin(pk)
        time.sleep((number + draw.random()) / len(works) * seconds)
        hit.append(kill(process, child=number % 2 == 1))
        process.join(60)
        pids.add(process.pid)
    with scratch():
        assert not [pid for pid in pids if list(Path(tempfile.gettempdir()).glob(f"portal-work-{pid}-*"))]
    return hit


def imports_end_the_same(asked: Callable[[], tuple[int, int]], result: Callable[[int], list[Any]], times: int) -> None:
    batch, job = asked()
    seconds = undisturbed(job)
    wanted = result(batch)
    assert wanted[0] == "ready"
    begun = [asked() for _ in range(times)]
    hit = killed_at_moments([job for _, job in begun], seconds)
    assert hit.count("worker") >= times // 3
    assert "child" in hit
    short_leases()
    end_by_themselves([job for _, job in begun])
    for batch, _ in begun:
        assert result(batch) == wanted


def test_a_roster_import_that_is_killed_ends_as_an_undisturbed_one(committed_db: Database) -> None:
    homes = homes_of(12)
    rows = [*(row_of(home) for home in homes), row_of(homes[0]), row_of(homes[1], name="乙九", amount="一元")]

    def asked() -> tuple[int, int]:
        made = services.begin_import(by=cast.clerk, roster=draft_roster(homes=0), upload=workbook(rows))
        assert made.job_id is not None
        return made.pk, made.job_id

    imports_end_the_same(asked, of_roster_import, MOMENTS)


def test_taking_in_that_is_killed_ends_as_an_undisturbed_one(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "LONG", 1)
    homes = homes_of(12)
    rows = [row_of(home) for home in homes]

    def asked() -> tuple[Roster, int]:
        roster = draft_roster(homes=homes[:3])
        batch = services.begin_import(by=cast.clerk, roster=roster, upload=workbook(rows))
        assert batch.job_id is not None
        jobs.run(batch.job_id)
        services.accept_import(by=cast.clerk, batch=batch)
        batch.refresh_from_db()
        assert batch.state == "taking_in"
        assert batch.job_id is not None
        return roster, batch.job_id

    def taken_in(roster: Roster) -> list[Any]:
        return [
            stored("rosters_rosterline", f"roster_id = {roster.pk}", ["id", "roster_id", "salt"]),
            *of_check(roster),
        ]

    first, job = asked()
    seconds = undisturbed(job)
    wanted = taken_in(first)
    assert wanted[1] == 12
    begun = [asked() for _ in range(MOMENTS)]
    hit = killed_at_moments([job for _, job in begun], seconds)
    assert hit.count("worker") >= MOMENTS // 3
    short_leases()
    end_by_themselves([job for _, job in begun])
    assert [taken_in(roster) for roster, _ in begun] == [wanted] * MOMENTS
    assert set(RosterImport.objects.values_list("state", flat=True)) == {"taken_in"}


def test_a_register_import_that_is_killed_ends_as_an_undisturbed_one(committed_db: Database) -> None:
    def asked() -> tuple[int, int]:
        made = upload([*(row(n) for n in range(12)), row(13, village="没有这个村")])
        assert made.job_id is not None
        return made.pk, made.job_id

    imports_end_the_same(asked, of_register_import, 6)
    batch = RegisterImport.objects.latest("id")
    assert register.accept_import(by=cast.clerk, batch=batch).summary["taken_in"]["people"] == 12


def test_a_check_that_is_killed_ends_as_an_undisturbed_one(committed_db: Database) -> None:
    homes = homes_of(12)
    rosters = {roster.pk: roster for roster in (draft_roster(homes=homes) for _ in range(MOMENTS + 1))}
    assert homes[0].head_id is not None
    stale.register_changed([homes[0].head_id], cast.clerk)
    asked = {int(job.params["roster"]): job.pk for job in Job.objects.filter(kind=stale.KIND)}
    first, *others = rosters.values()
    seconds = undisturbed(asked.pop(first.pk))
    wanted = of_check(first)
    assert len(wanted) > len(of_check(others[0]))
    hit = killed_at_moments(list(asked.values()), seconds)
    assert hit.count("worker") >= MOMENTS // 3
    short_leases()
    end_by_themselves(list(asked.values()))
    assert [of_check(roster) for roster in others] == [wanted] * MOMENTS
    assert not [roster for roster in others if stale.is_stale(roster)]


def test_a_slow_worker_is_not_followed_by_another_while_it_lives(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, end = threading.Event(), threading.Event()
    followed: list[object] = []

    def slow(job: Job) -> dict[str, Any]:
        begun.set()
        assert end.wait(20)
        return {}

    def second() -> object:
        assert begun.wait(20)
        short_leases()
        followed.append(jobs.run(made.pk))
        end.set()
        return jobs.waiting()

    monkeypatch.setitem(jobs._handlers, "tests.slow", slow)
    made = jobs.ask(kind="tests.slow", title="慢", by=cast.clerk)
    assert race(lambda: jobs.run(made.pk), second)[0] == "done"
    assert followed == [None]
    assert Job.objects.get(pk=made.pk).attempts == 1
