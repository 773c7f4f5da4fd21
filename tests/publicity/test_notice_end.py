"""The end of a notice: by the sweep, late or twice, never early (PUB-1)."""

import threading

import pytest
from django.db import connection, transaction

from accounts.models import TrailEntry
from publicity import services
from publicity.models import Notice
from rosters.models import Roster
from rulebook import clock, deadlines
from rulebook.models import Deadline
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_publicity import let_window_pass, posted
from tests.factories_rosters import fresh
from tests.publicity.clocks import clock_of, in_threads


@pytest.mark.req("PUB-1")
def test_at_the_end_the_notice_ends_and_the_roster_goes_on_by_itself(db: None) -> None:
    notice = let_window_pass(posted())
    assert notice.state == Notice.State.ENDED
    assert fresh(notice.roster).step == "leader"
    assert clock_of("notice.window", notice).state == Deadline.State.FIRED


@pytest.mark.req("PUB-1")
def test_a_sweep_before_the_end_changes_nothing(db: None) -> None:
    notice = posted()
    at("2026-05-11T23:59")
    deadlines.sweep()
    services.close_due_notice(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.state == Notice.State.POSTED


def test_a_sweep_that_comes_days_late_does_the_same(db: None) -> None:
    notice = posted()
    at("2026-05-20T08:00")
    deadlines.sweep()
    assert fresh(notice.roster).step == "leader"


def test_two_sweeps_at_once_end_a_notice_once(committed_db: Database) -> None:
    notices = [posted(), posted(by=cast.clerk2)]
    clock.move_to(max(notice.ends_at for notice in notices), by=None)
    fired: list[int] = []

    def sweep() -> None:
        try:
            fired.append(deadlines.sweep())
        finally:
            connection.close()

    in_threads(sweep, sweep)
    assert TrailEntry.objects.filter(verb="notice.end").count() == 2
    assert TrailEntry.objects.filter(verb="roster.pass_notice").count() == 2
    assert {fresh(notice.roster).step for notice in notices} == {"leader"}


def test_the_sweep_does_not_wait_for_a_roster_in_work_and_comes_again(committed_db: Database) -> None:
    notice = posted()
    clock.move_to(notice.ends_at, by=None)
    held, done = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                Roster.objects.select_for_update(no_key=True).get(pk=notice.roster_id)
                held.set()
                done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert held.wait(10)
    deadlines.sweep()
    assert Notice.objects.get().state == Notice.State.POSTED
    done.set()
    thread.join()
    deadlines.sweep()
    assert Notice.objects.get().state == Notice.State.ENDED
