"""`script/test` puts away what it started, however it ends."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import ROOT
from tests.runtime.portal import Portal, clean_environment, descendants, gone_within, portal, still_alive

pytestmark = pytest.mark.slow
COMMAND = str(ROOT / "script" / "test")


@pytest.fixture(scope="module")
def place() -> Iterator[Portal]:
    with portal("var") as made:
        yield made


@pytest.fixture
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def started(place: Portal, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "-q", *arguments],
        env=clean_environment(place.var),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def written(scratch: Path, body: str) -> str:
    path = scratch / "test_inner.py"
    path.write_text(f"import os, pathlib, time\n\n\ndef test_inner():\n    {body}\n", encoding="utf-8")
    return str(path)


def wait_for(path: Path, process: subprocess.Popen[str]) -> dict[int, str]:
    """The processes of a run whose test has begun."""
    end = time.monotonic() + 120
    while not path.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    assert path.exists()
    return descendants(process.pid)


def waiting(scratch: Path, mark: Path) -> str:
    return written(scratch, f"pathlib.Path({str(mark)!r}).touch(); time.sleep(60)")


@pytest.mark.parametrize(("body", "status"), [("pass", 0), ("assert False", 1)])
def test_the_status_is_that_of_the_tests_and_services_are_gone(
    place: Portal, scratch: Path, body: str, status: int
) -> None:
    process = started(place, written(scratch, body))
    output, _ = process.communicate(timeout=180)
    assert process.returncode == status, output
    clusters = [base / "test-postgres" for base in (place.var, place.memory) if (base / "test-postgres").exists()]
    assert clusters
    assert not [cluster for cluster in clusters if (cluster / "postmaster.pid").exists()]
    assert not list(place.memory.glob("run-*"))
    assert not list(Path(f"{place.sockets}t").glob("*.sock"))


@pytest.mark.parametrize(
    ("number", "to_all"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGKILL, False)]
)
def test_an_interrupted_run_leaves_no_process(
    place: Portal, scratch: Path, number: signal.Signals, to_all: bool
) -> None:
    mark = scratch / "begun"
    process = started(place, waiting(scratch, mark))
    known = wait_for(mark, process)
    assert len(known) > 5
    if to_all:  # as a terminal does with Ctrl-C
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.communicate(timeout=90)
    assert process.returncode != 0
    assert gone_within(known, 15) == []


def test_two_runs_share_the_cluster_until_the_last_has_ended(place: Portal, scratch: Path) -> None:
    mark = scratch / "begun"
    address = 'import psycopg2; psycopg2.connect(os.environ["DATABASE_SUPERUSER_URL"]).close()'
    go_on = scratch / "go"
    body = f"pathlib.Path({str(mark)!r}).touch()\n    while not os.path.exists({str(go_on)!r}): time.sleep(0.05)"
    first = started(place, written(scratch, "time.sleep(2)"))
    second_place = scratch / "second"
    second_place.mkdir()
    second = started(place, written(second_place, f"{body}\n    {address}"))
    known = {**wait_for(mark, second), **descendants(first.pid)}
    output, _ = first.communicate(timeout=180)
    assert first.returncode == 0, output
    assert still_alive(known)
    go_on.touch()
    output, _ = second.communicate(timeout=180)
    assert second.returncode == 0, output
    assert gone_within(known, 15) == []
