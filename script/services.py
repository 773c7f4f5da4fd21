"""PostgreSQL and Valkey for one command: its own, or those that another command of this checkout is running.

A keeper (`script/keeper.py`), started by the first command that needs them, holds `<name>.lock`; the servers inherit
it, so it is free only when they are really gone. Every command that uses them holds `<name>-users.lock` shared. The
keeper waits for that lock, which it gets when the last user has ended, however it ended; then it stops them.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from script import place, valkey
from script.locks import Lock
from script.paths import LOG, PYTHON, ROOT, RUN, Stop
from script.postgres import OWNER, SUPERUSER, WEB, Postgres
from script.processes import Program, start, stop
from script.valkey import Valkey

PATIENCE = 40.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Addresses:
    """Where the services are; what was set from outside stays as it was."""

    web: str
    owner: str
    superuser: str | None
    redis: str

    def environment(self) -> dict[str, str]:
        known = {"DATABASE_URL": self.web, "DATABASE_OWNER_URL": self.owner, "REDIS_URL": self.redis}
        if self.superuser:
            known["DATABASE_SUPERUSER_URL"] = self.superuser
        return known


@dataclass(frozen=True)
class Plan:
    """Which servers are ours to run; None where an address was given."""

    database: Postgres | None
    broker: Valkey | None
    given: Mapping[str, str]

    def addresses(self) -> Addresses:
        web = self.database.url(WEB) if self.database else self.given["DATABASE_URL"]
        owner = self.database.url(OWNER) if self.database else self.given.get("DATABASE_OWNER_URL", web)
        superuser = self.database.url(SUPERUSER) if self.database else self.given.get("DATABASE_SUPERUSER_URL")
        return Addresses(web, owner, superuser, self.broker.url if self.broker else self.given["REDIS_URL"])

    def answers(self) -> bool:
        return (self.database is None or self.database.answers()) and (self.broker is None or self.broker.answers())


def live_plan(given: Mapping[str, str] = os.environ) -> Plan:
    """The services of `script/run` and `script/manage`."""
    if given.get("DATABASE_URL") and given.get("REDIS_URL"):
        return Plan(None, None, given)
    found = place.find()
    return Plan(
        None if given.get("DATABASE_URL") else Postgres(found),
        None if given.get("REDIS_URL") else Valkey(found),
        given,
    )


def test_plan() -> Plan:
    """The cluster of `script/test`: nothing in it is worth a wait for the disk."""
    found = place.in_memory(place.find("t"), "t")
    return Plan(Postgres(found, "test-postgres", durable=False), None, {"REDIS_URL": ""})


class Started:
    """Servers which this process started."""

    def __init__(self) -> None:
        self._running: list[tuple[subprocess.Popen[bytes], Program]] = []

    def launch(self, program: Program) -> subprocess.Popen[bytes]:
        LOG.mkdir(parents=True, exist_ok=True)
        with open(LOG / f"{program.name}.log", "wb") as log:
            process = start(program, log)
        self._running.append((process, program))
        return process

    def stop(self) -> None:
        while self._running:
            stop(*self._running.pop())


def require(ready: bool, program: Program) -> None:
    if not ready:
        raise Stop(f"{program.name} 未能启动，见 {LOG / (program.name + '.log')}。It did not start; see the log.")


def start_database(database: Postgres, started: Started, keep_open: tuple[int, ...]) -> None:
    database.prepare()
    program = database.program(keep_open)
    process = started.launch(program)
    require(database.wait_until_up(lambda: process.poll() is None), program)
    database.bootstrap()


def start_broker(broker: Valkey, started: Started, keep_open: tuple[int, ...] = ()) -> None:
    program = broker.program(keep_open)
    started.launch(program)
    require(valkey.wait_for(broker.socket), program)


def keep(plan: Plan, name: str) -> None:
    """Run the services until nobody uses them any more."""
    lock, users = Lock(RUN / f"{name}.lock"), Lock(RUN / f"{name}-users.lock")
    if not lock.exclusive(STOP_SECONDS):
        return
    lock.note(f"pid {os.getpid()}")
    started = Started()
    try:
        if plan.broker:
            start_broker(plan.broker, started, (lock.descriptor,))
        if plan.database:
            start_database(plan.database, started, (lock.descriptor,))
        users.wait_exclusive()
    finally:
        started.stop()


def _spawn_keeper(name: str) -> subprocess.Popen[bytes]:
    LOG.mkdir(parents=True, exist_ok=True)
    with open(LOG / f"{name}.log", "wb") as log:
        return subprocess.Popen(
            [str(PYTHON), str(ROOT / "script" / "keeper.py"), name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
        )


def _join(plan: Plan, name: str, lock: Lock) -> None:
    """Return when the services answer; start a keeper for them when nobody has."""
    end = time.monotonic() + PATIENCE
    keeper: subprocess.Popen[bytes] | None = None
    while not plan.answers():
        if keeper is not None and keeper.poll():
            raise Stop((LOG / f"{name}.log").read_text(encoding="utf-8", errors="replace").strip())
        if time.monotonic() > end:
            raise Stop(f"服务被占用但没有应答（{lock.read_note()}）。They are held by another command.")
        if keeper is None and lock.exclusive():
            lock.release()
            keeper = _spawn_keeper(name)
        time.sleep(0.05)


def _leave(lock: Lock, users: Lock) -> None:
    """Wait for the end of the services when nobody else uses them, so that the command leaves nothing behind."""
    users.release()
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end and not lock.exclusive():
        time.sleep(0.05)
        if users.shared():
            users.release()
            return


@contextmanager
def running(plan: Plan, name: str) -> Iterator[Addresses]:
    """The services of the plan, for as long as the block lasts."""
    if plan.database is None and plan.broker is None:
        yield plan.addresses()
        return
    lock, users = Lock(RUN / f"{name}.lock"), Lock(RUN / f"{name}-users.lock")
    try:
        users.wait_shared()
        _join(plan, name, lock)
        yield plan.addresses()
    finally:
        _leave(lock, users)
        users.close()
        lock.close()
