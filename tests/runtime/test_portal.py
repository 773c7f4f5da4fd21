"""`script/run` as an operator meets it: started, started twice, crashed, killed, stopped."""

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


@pytest.fixture
def fresh() -> Iterator[Portal]:
    with portal(LONG_NAME) as made:
        yield made


def rows(made: Portal) -> list[int]:
    with psycopg2.connect(made.database_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM kept ORDER BY id")
        return [number for (number,) in cursor.fetchall()]


def keep_a_row(made: Portal) -> None:
    connection = psycopg2.connect(made.database_url())
    connection.autocommit = True
    connection.cursor().execute("CREATE TABLE kept AS SELECT 7 AS id")
    connection.close()


def test_killing_the_supervisor_leaves_nothing_behind_and_loses_nothing(fresh: Portal) -> None:
    fresh.start()
    assert fresh.is_healthy()
    keep_a_row(fresh)
    known = fresh.processes()
    # supervisor, watchdog, valkey, postgres and its own, granian and two workers, celery and its pool, beat
    assert len(known) >= 12
    fresh.signal(signal.SIGKILL)
    assert gone_within(known, 15) == []

    fresh.start()
    assert fresh.is_healthy()
    assert rows(fresh) == [7]


def test_losing_every_process_at_once_loses_nothing_that_was_committed(fresh: Portal) -> None:
    fresh.start()
    keep_a_row(fresh)
    known = fresh.processes()
    for pid in known:
        os.kill(pid, signal.SIGKILL)
    assert gone_within(known, 15) == []
    fresh.start()
    assert fresh.is_healthy()
    assert rows(fresh) == [7]


def test_a_second_start_says_that_the_first_is_running(fresh: Portal) -> None:
    fresh.start()
    command = [*fresh.command[:-2], "1", *fresh.command[-1:]]
    done = subprocess.run(
        command, env=clean_environment(fresh.var), capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode != 0
    assert "已在运行" in done.stderr
    assert str(fresh.pid) in done.stderr
    assert fresh.is_healthy()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_everything_in_order(fresh: Portal, number: signal.Signals) -> None:
    fresh.start()
    known = fresh.processes()
    assert fresh.signal(number) == 0
    assert still_alive(known) == []
    time.sleep(0.2)
    stopped = [line.split("停止 ")[1].split()[0] for line in fresh.lines if "停止 " in line and " …" in line]
    assert stopped == ["beat", "worker", "web", "postgres", "valkey"]


@pytest.mark.parametrize("words", ["granian", "celery", "bin/postgres", "valkey"])
def test_what_crashes_is_started_again(fresh: Portal, words: str) -> None:
    fresh.start()
    crashed = fresh.pid_of(words)
    os.kill(crashed, signal.SIGKILL)
    assert fresh.hears("意外结束", 10)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if fresh.pid_of(words) != crashed and fresh.is_healthy():
                break
        except LookupError:
            pass
        time.sleep(0.2)
    assert fresh.pid_of(words) != crashed
    assert fresh.wait_healthy()


def test_a_killed_watchdog_is_replaced(fresh: Portal) -> None:
    fresh.start()
    os.kill(fresh.pid_of("watchdog.py"), signal.SIGKILL)
    time.sleep(1)
    known = fresh.processes()
    assert fresh.pid_of("watchdog.py")
    fresh.signal(signal.SIGKILL)
    assert gone_within(known, 15) == []


def test_a_port_in_use_is_said_before_anything_starts(fresh: Portal) -> None:
    fresh.start()
    with portal() as other:
        other.port = fresh.port
        done = subprocess.run(
            other.command, env=clean_environment(other.var), capture_output=True, text=True, check=False, timeout=30
        )
    assert done.returncode != 0
    assert f"127.0.0.1:{fresh.port}" in done.stderr
    assert READY not in done.stdout


def test_stale_pid_files_do_not_stop_a_start(fresh: Portal) -> None:
    fresh.start()
    pid_file = fresh.var / "postgres" / "postmaster.pid"
    left = pid_file.read_text().splitlines()
    fresh.signal(signal.SIGTERM)
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    (fresh.var / "run" / "run.lock").write_text(f"pid {os.getpid()}")
    fresh.start()
    assert fresh.is_healthy()


def test_a_management_command_uses_the_running_services(fresh: Portal) -> None:
    fresh.start()
    command = [str(ROOT / "script" / "manage"), "shell", "--verbosity", "0", "-c"]
    query = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone())"
    done = subprocess.run(
        [*command, query], env=clean_environment(fresh.var), capture_output=True, text=True, check=False, timeout=60
    )
    assert "portal_web" in done.stdout, done.stderr
    assert fresh.is_healthy()


def test_a_management_command_brings_and_removes_its_own_services(fresh: Portal) -> None:
    command = [str(ROOT / "script" / "manage"), "migrate", "--verbosity", "0"]
    done = subprocess.run(
        command, env=clean_environment(fresh.var), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert not list(fresh.sockets.glob("*.sock"))
    assert not (fresh.var / "postgres" / "postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs services as another user")
def test_root_with_a_closed_checkout_keeps_data_where_the_services_may_go(fresh: Portal) -> None:
    fresh.var.parent.chmod(0o700)
    fresh.start()
    assert fresh.is_healthy()
    assert not (fresh.var / "postgres" / "PG_VERSION").exists()
    owner = Path(f"/proc/{fresh.pid_of('bin/postgres')}").stat().st_uid
    assert owner != 0
