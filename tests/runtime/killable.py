"""Work in a process of its own, from a server that forks quickly, so that a test can kill it at any moment."""

import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connections  # noqa: E402

from accounts.models import User  # noqa: E402
from jobs import services as jobs  # noqa: E402
from rosters.models import Roster  # noqa: E402
from rosters.services import run_checks  # noqa: E402


def _work(database: str, kind: str, pk: int, begun: Connection) -> None:
    connections["default"].settings_dict["NAME"] = database
    begun.send(kind)
    if kind == "job":
        jobs.run(pk)
    else:
        roster = Roster.objects.get(pk=pk)
        run_checks(by=User.objects.get(pk=roster.made_by_id), roster=roster)


def begin(kind: str, pk: int) -> BaseProcess:
    """A process that works on a job, or checks a roster; returns as soon as it has begun."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.runtime.killable"])
    ours, theirs = server.Pipe()
    process = server.Process(target=_work, args=(connections["default"].settings_dict["NAME"], kind, pk, theirs))
    process.start()
    assert ours.poll(60)
    ours.recv()
    return process


def undisturbed(kind: str, pk: int) -> float:
    """Seconds that the work takes when nobody kills it."""
    process = begin(kind, pk)
    start = time.monotonic()
    process.join(60)
    assert process.exitcode == 0
    return time.monotonic() - start


def kill(process: BaseProcess, *, child: bool) -> str:
    """Kills the worker, or with `child` the process that it has started, if there is one; says which."""
    pid = process.pid
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = children.read_text().split() if child and children.exists() else []
    if found:
        os.kill(int(found[0]), signal.SIGKILL)
        return "child"
    process.kill()
    process.join(10)
    return "worker" if process.exitcode == -signal.SIGKILL else "ended"
