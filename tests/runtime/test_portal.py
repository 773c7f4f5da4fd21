"""`script/run` as an operator meets it: started, started twice, crashed, killed, stopped."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.databases import ROOT
from tests.runtime.portal import READY, Portal, clean_environment, gone_within, portal, still_alive

pytestmark = pytest.mark.slow
LONG_NAME = "var 目录 with spaces " + "x" * 120


@pytest.fixture(scope="module")
def one_portal() -> Iterator[Portal]:
    with portal(LONG_NAME) as made:
        yield made


@pytest.fixture
def stopped(one_portal: Portal) -> Portal:
    """The portal of this module, with the data that earlier tests left, at rest."""
    one_portal.end()
    return one_portal


@pytest.fixture
def running(one_portal: Portal) -> Portal:
    """The same, up."""
    if not one_portal.is_running():
        one_portal.start()
    return one_portal


def rows(made: Portal) -> list[int]:
    with psycopg2.connect(made.database_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM kept ORDER BY id")
        return [number for (number,) in cursor.fetchall()]


def keep(made: Portal, number: int) -> None:
    with psycopg2.connect(made.database_url()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        cursor.execute("INSERT INTO kept VALUES (%s)", [number])


def asked(made: Portal, *command: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(made.var)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)


MANAGE = str(ROOT / "script" / "manage")


def test_a_management_command_brings_and_removes_its_own_services(stopped: Portal) -> None:
    done = asked(stopped, MANAGE, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert not list(stopped.sockets.glob("*.sock"))
    assert not (stopped.var / "postgres" / "postmaster.pid").exists()


def test_a_management_command_uses_the_running_services(running: Portal) -> None:
    query = (
        "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone())"
    )
    done = asked(running, MANAGE, "shell", "--verbosity", "0", "-c", query)
    assert "portal_web" in done.stdout, done.stderr
    assert running.is_healthy()


def test_a_second_start_says_that_the_first_is_running(running: Portal) -> None:
    done = asked(running, running.command[0], "--port", "1", "--no-demo")
    assert done.returncode != 0
    assert "已在运行" in done.stderr
    assert str(running.pid) in done.stderr
    assert running.is_healthy()


def test_a_port_in_use_is_said_before_anything_starts(running: Portal) -> None:
    with portal() as other:
        other.port = running.port
        done = asked(other, *other.command)
    assert done.returncode != 0
    assert f"127.0.0.1:{running.port}" in done.stderr
    assert READY not in done.stdout


@pytest.mark.parametrize("words", ["granian", "app worker", "app beat", "bin/postgres", "valkey"])
def test_what_crashes_is_started_again(running: Portal, words: str) -> None:
    crashed = running.pid_of(words)
    running.lines.clear()
    os.kill(crashed, signal.SIGKILL)
    end = time.monotonic() + 25
    while time.monotonic() < end:
        with contextlib.suppress(LookupError):
            if running.pid_of(words) != crashed and running.is_healthy():
                break
        time.sleep(0.2)
    assert any("意外结束" in line for line in running.lines)
    assert running.pid_of(words) != crashed
    assert running.wait_healthy()


def test_killing_the_supervisor_leaves_nothing_behind_and_loses_nothing(running: Portal) -> None:
    keep(running, 7)
    known = running.processes()
    # supervisor, watchdog, valkey, postgres and its own, granian and two workers, celery and its pool, beat
    assert len(known) >= 12
    running.signal(signal.SIGKILL)
    assert gone_within(known, 15) == []
    running.start()
    assert running.is_healthy()
    assert 7 in rows(running)


def test_losing_every_process_at_once_loses_nothing_that_was_committed(running: Portal) -> None:
    keep(running, 8)
    known = running.processes()
    for pid in known:
        with contextlib.suppress(ProcessLookupError):  # some end with the one before them
            os.kill(pid, signal.SIGKILL)
    assert gone_within(known, 15) == []
    running.start()
    assert running.is_healthy()
    assert 8 in rows(running)


def test_a_killed_watchdog_is_replaced(running: Portal) -> None:
    first = running.pid_of("watchdog.py")
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with contextlib.suppress(LookupError):
            if running.pid_of("watchdog.py") != first:
                break
        time.sleep(0.1)
    assert running.pid_of("watchdog.py") != first
    known = running.processes()
    running.signal(signal.SIGKILL)
    assert gone_within(known, 15) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_everything_in_order(running: Portal, number: signal.Signals) -> None:
    known = running.processes()
    assert running.signal(number) == 0
    assert still_alive(known) == []
    time.sleep(0.2)
    stopped = [line.split("停止 ")[1].split()[0] for line in running.lines if "停止 " in line and " …" in line]
    assert stopped == ["beat", "worker", "web", "postgres", "valkey"]


def test_stale_pid_files_do_not_stop_a_start(running: Portal) -> None:
    pid_file = running.var / "postgres" / "postmaster.pid"
    left = pid_file.read_text().splitlines()
    running.signal(signal.SIGTERM)
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    (running.var / "run" / "run.lock").write_text(f"pid {os.getpid()}")
    running.start()
    assert running.is_healthy()


def test_services_start_below_a_closed_directory_and_never_as_root() -> None:
    with portal() as closed:
        closed.var.parent.chmod(0o700)
        closed.start()
        assert closed.is_healthy()
        assert Path(f"/proc/{closed.pid_of('bin/postgres')}").stat().st_uid != 0
        moved_out = not (closed.var / "postgres" / "PG_VERSION").exists()
        assert moved_out == (os.geteuid() == 0)
