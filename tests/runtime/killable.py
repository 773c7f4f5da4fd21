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

from jobs import services as jobs  # noqa: E402


def _work(database: str, job: int, begun: Connection) -> None:
    connections["default"].settings_dict["NAME"] = database
    begun.send(job)
    jobs.run(job)


def begin(job: int) -> BaseProcess:
    """A process that works on a job; returns as soon as it has begun."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.runtime.killable"])
    ours, theirs = server.Pipe()
    process = server.Process(target=_work, args=(connections["default"].settings_dict["NAME"], job, theirs))
    process.start()
    assert ours.poll(60)
    ours.recv()
    return process


def undisturbed(job: int) -> float:
    """Seconds that the work takes when nobody kills it."""
    process = begin(job)
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
