"""One time for everything: real where people are paid, forward only where they practise, never behind the trail."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import PortalClock, TrailEntry
from accounts.trail import record
from lib.errors import Conflict
from rulebook import clock
from tests.databases import Database
from tests.factories import at, cast
from tests.refused import refused_by


@pytest.fixture
def real_installation(committed_db: Database, superuser: Any) -> None:
    """The county with a clock that was never made to practise: the shift goes, the trail's times lie in the past."""
    with superuser.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_portalclock DISABLE TRIGGER accounts_clock_forward")
        cursor.execute("UPDATE accounts_portalclock SET practice = false, shift = interval '0'")
        cursor.execute("ALTER TABLE accounts_portalclock ENABLE TRIGGER accounts_clock_forward")


def test_a_real_installation_shows_the_database_clock(real_installation: None) -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert not clock.practising()


def test_a_real_installation_cannot_be_moved(real_installation: None) -> None:
    with pytest.raises(Conflict, match="只有演练环境"):
        clock.move_by(timedelta(hours=1), by=cast.admin)
    refused_by("accounts_clock_forward", "UPDATE accounts_portalclock SET practice = true")
    refused_by("accounts_clock_real", "UPDATE accounts_portalclock SET shift = interval '1 hour'")
    refused_by("accounts_clock_forward", "DELETE FROM accounts_portalclock")


def test_a_practice_clock_moves_forward_and_says_so_in_the_trail(db: None) -> None:
    before = clock.now()
    moved = clock.move_by(timedelta(days=5), by=cast.clerk)
    assert moved - before >= timedelta(days=5)
    entry = TrailEntry.objects.get(verb="clock.move")
    assert entry.actor == cast.clerk


def test_a_practice_clock_never_moves_back(db: None) -> None:
    at("2026-05-10T12:00")
    with pytest.raises(Conflict, match="只能向前"):
        at("2026-05-10T11:59")
    refused_by("accounts_clock_forward", "UPDATE accounts_portalclock SET shift = shift - interval '1 second'")
    refused_by("accounts_clock_forward", "UPDATE accounts_portalclock SET practice = false, shift = interval '0'")


def test_there_is_one_clock(db: None) -> None:
    refused_by("accounts_clock_single", "INSERT INTO accounts_portalclock (id, practice, shift) VALUES (2, true, '0')")


def test_the_time_never_runs_behind_the_newest_entry_of_the_trail(committed_db: Database, superuser: Any) -> None:
    at("2026-06-01T08:00")
    record(by=None, verb="test.newest", subject=("test", "1"))
    newest = TrailEntry.objects.get(verb="test.newest").at
    assert newest is not None
    with superuser.cursor() as cursor:  # as if the machine's clock had been set back by a month
        cursor.execute("ALTER TABLE accounts_portalclock DISABLE TRIGGER accounts_clock_forward")
        cursor.execute("UPDATE accounts_portalclock SET shift = shift - interval '30 days'")
        cursor.execute("ALTER TABLE accounts_portalclock ENABLE TRIGGER accounts_clock_forward")
    assert clock.now() == newest
    record(by=None, verb="test.after", subject=("test", "2"))
    after = TrailEntry.objects.get(verb="test.after")
    assert after.at is not None
    assert after.at >= newest


def test_days_are_counted_in_shanghai(db: None) -> None:
    at("2026-05-07T00:30")  # still 6 May in UTC
    assert clock.today().isoformat() == "2026-05-07"
    assert clock.end_of_day(clock.today()).isoformat() == "2026-05-08T00:00:00+08:00"


def test_the_row_says_whether_this_installation_practises(db: None) -> None:
    assert clock.practising()
    assert PortalClock.objects.get(pk=1).shift != timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_now()")
        assert abs(cursor.fetchone()[0] - clock.now()) < timedelta(seconds=5)
