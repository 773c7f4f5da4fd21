"""The portal's own processes against a test's database: web, worker and beat, begun as `script/run` begins them."""

import argparse
import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from redis import Redis

from config.brokers import cache_location
from script import processes
from script.locks import Lock
from script.paths import ROOT
from script.processes import Program
from script.running import Portal
from tests.databases import Database
from tests.workers import further

PATIENCE = 60.0
# The tests' own process has the first two of its numbered databases; the portal's queue and cache are the next two.
AFTER_OURS = 2


class NotUpError(RuntimeError):
    """A process of the portal ended, or the portal did not answer in time."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Address:
    """Where the portal answers, and where its files and the output of its processes lie."""

    url: str
    media: Path
    logs: Path


def _environment(database: Database, place: Path, url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    for name in ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"):
        kept.pop(name, None)
    return {
        **kept,
        "DATABASE_URL": database.url,
        "REDIS_URL": _redis_url(),
        "PORTAL_VAR": str(place),
        "PORTAL_MEDIA": str(settings.MEDIA_ROOT),
        "PORTAL_BASE_URL": url,
        "PORTAL_TESTING": "1",
        "PYTHONUNBUFFERED": "1",
        "LOG_LEVEL": "WARNING",
    }


@functools.cache
def _static_files() -> Path:
    """Collected once for all portals of this process, which only read them."""
    place = Path(tempfile.mkdtemp(prefix="static-"))
    own = Path(os.environ.get("PORTAL_VAR") or ROOT / "var") / "static-npm"
    if own.is_dir():
        (place / "static-npm").symlink_to(own)
    command = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--no-input", "--verbosity", "0", "--link"]
    env = {**os.environ, "PORTAL_VAR": str(place)}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotUpError(done.stdout + done.stderr)
    return place / "static"


def _programs(port: int, env: Mapping[str, str], lock: Lock) -> list[Program]:
    """What `script/run` would start, told about this database instead."""
    options = argparse.Namespace(host="127.0.0.1", port=port, web_workers=1, no_demo=True)
    as_run = Portal(options, [], lock)
    return [replace(program, env=dict(env)) for program in (as_run._web(), as_run._worker(), as_run._beat())]


def _redis_url() -> str:
    return further(os.environ["REDIS_URL"], AFTER_OURS)


def _flush() -> None:
    """Empties the portal's queue and its cache, which is the number after it."""
    for url in (cache_location(further(_redis_url(), -1)), cache_location(_redis_url())):
        with contextlib.closing(Redis.from_url(url)) as client:
            client.flushdb()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/", timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except OSError:
        return False


def _worker_listens() -> bool:
    """Whether a Celery worker has bound itself to the queue."""
    with contextlib.closing(Redis.from_url(cache_location(further(_redis_url(), -1)))) as client:
        return bool(client.exists("portal-queue:_kombu.binding.celery"))


def _wait(url: str, running: list[tuple[subprocess.Popen[bytes], Program]], logs: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not (_answers(url) and _worker_listens()):
        ended = [program.name for process, program in running if process.poll() is not None]
        if ended or time.monotonic() > end:
            told = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(logs.glob("*.log")))
            raise NotUpError(f"{ended or 'the portal'} did not come up:\n{told}")
        time.sleep(0.1)


@contextlib.contextmanager
def running(database: Database, place: Path) -> Iterator[Address]:
    """The portal against this database for as long as the block lasts; afterwards every process group is gone."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = _environment(database, place, url)
    logs = place / "log"
    for folder in (logs, place / "run"):
        folder.mkdir(parents=True)
    (place / "static").symlink_to(_static_files())
    _flush()
    started: list[tuple[subprocess.Popen[bytes], Program]] = []
    lock = Lock(place / "run" / "journey.lock")
    try:
        for program in _programs(port, env, lock):
            with open(logs / f"{program.name}.log", "wb") as log:
                started.append((processes.start(program, log), program))
        _wait(url, started, logs)
        yield Address(url, Path(settings.MEDIA_ROOT), logs)
    finally:
        for process, program in started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(program.stop_signal)
        while started:
            processes.stop(*started.pop())
        lock.close()
        _flush()
        shutil.rmtree(place, ignore_errors=True)
