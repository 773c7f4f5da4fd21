"""A process of its own that works for a measurement, as a web process or a worker would: `python -m bench.actor`.

It takes one call a line as JSON on stdin, `{"call": "bench.steps.begin", "with": {…}}`, and answers on stdout with the
result, the seconds, and the highest memory of itself, of the processes it started, and of its database connection.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

from tests.databases import ROOT, Database

_KIB = 1024


@dataclass(frozen=True)
class Done:
    """What a call came to: seconds by the caller's clock, the pipe's time included."""

    result: Any
    seconds: float
    peaks_mb: dict[str, int]
    cpu_seconds: float


class Actor:
    """The caller's side. The process is up, and Django in it, before the first call."""

    def __init__(self, database: Database, name: str, *, owner: bool = False) -> None:
        self.name = name
        self._spent = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.actor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "DATABASE_URL": database.owner_url if owner else database.url},
            cwd=ROOT,
            text=True,
        )
        self.call("bench.actor.wake")

    def call(self, what: str, **given: Any) -> Done:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        began = time.perf_counter()
        self._process.stdin.write(json.dumps({"call": what, "with": given}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        seconds = time.perf_counter() - began
        if not answer:
            raise SystemExit(f"✗ {what} failed; see above")
        found = json.loads(answer)
        peaks = {f"{self.name}.{who}": mb for who, mb in found["peaks_mb"].items() if mb}
        spent, self._spent = found["cpu_seconds"] - self._spent, found["cpu_seconds"]
        return Done(found["result"], seconds, peaks, spent)

    def __enter__(self) -> "Actor":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def wake() -> None:
    """Opens the connection, as a process that has served somebody before has."""
    from django.db import connection  # noqa: PLC0415 - only inside the actor is Django set up

    connection.ensure_connection()


class _Backends:
    """The processes in PostgreSQL of this actor's connections, those too that begin and end during a call: looked at
    ten times a second. Nothing is known of them where the server is on another machine."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int]] = {}

    def opened(self, connection: Any, **signal: Any) -> None:
        """Notes a connection as soon as it is made."""
        self._seen[connection.connection.info.backend_pid] = (0, 0)

    def watch(self) -> None:
        while True:
            self.look()
            time.sleep(0.1)

    def look(self) -> None:
        for pid in list(self._seen):
            with suppress(OSError, StopIteration):
                lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
                high = next(int(line.split()[1]) // _KIB for line in lines if line.startswith("VmHWM"))
                ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
                self._seen[pid] = (high, sum(map(int, ticks)))

    @property
    def peak_mb(self) -> int:
        """The highest memory of any, what it touched of the shared buffers included."""
        return max((high for high, _ in self._seen.values()), default=0)

    @property
    def cpu_seconds(self) -> float:
        return sum(ticks for _, ticks in self._seen.values()) / os.sysconf("SC_CLK_TCK")


_backends = _Backends()


def _cpu_seconds() -> float:
    """Of this process, those that it started, and its connections': what a busy machine changes less than the clock."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return _backends.cpu_seconds + sum(one.ru_utime + one.ru_stime for one in usage)


def _peaks() -> dict[str, int]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // _KIB
    return {"process": own, "children": children, "postgres": _backends.peak_mb}


def main() -> None:
    import django  # noqa: PLC0415
    from django.db.backends.signals import connection_created  # noqa: PLC0415

    django.setup()
    connection_created.connect(_backends.opened)
    Thread(target=_backends.watch, daemon=True).start()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        module, _, name = order["call"].rpartition(".")
        result = getattr(importlib.import_module(module), name)(**order["with"])
        _backends.look()
        print(
            json.dumps({"result": result, "peaks_mb": _peaks(), "cpu_seconds": _cpu_seconds()}),
            file=answers,
            flush=True,
        )


if __name__ == "__main__":
    main()
