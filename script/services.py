"""PostgreSQL and Valkey for one command: its own, or those that another command of this checkout is running.

Whoever gets `<name>.lock` starts the services and is their owner; the servers inherit the lock, so it is free only
when they are really gone. Everybody who uses them holds `<name>-users.lock` shared; an owner that is done waits until
it is alone before it stops them.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from script import place, valkey
from script.locks import Lock
from script.paths import LOG, RUN, Stop
from script.postgres import OWNER, SUPERUSER, WEB, Postgres
from script.processes import Program, start, stop
from script.valkey import Valkey

PATIENCE = 40.0


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
    found = place.find("t")
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


def _start(plan: Plan, started: Started, lock: Lock) -> None:
    if plan.broker:
        start_broker(plan.broker, started, (lock.descriptor,))
    if plan.database:
        start_database(plan.database, started, (lock.descriptor,))


def _become_owner(plan: Plan, lock: Lock, users: Lock) -> bool:
    """True when we are to start the services, False when somebody else runs them and they answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        users.wait_shared()
        if lock.exclusive():
            return True
        if plan.answers():
            return False
        users.release()
        time.sleep(0.1)
    raise Stop(f"服务被占用但没有应答（{lock.read_note()}）。They are held by another command.")


@contextmanager
def running(plan: Plan, name: str) -> Iterator[Addresses]:
    """The services of the plan, for as long as the block lasts."""
    if plan.database is None and plan.broker is None:
        yield plan.addresses()
        return
    lock, users = Lock(RUN / f"{name}.lock"), Lock(RUN / f"{name}-users.lock")
    with ExitStack() as after:
        after.callback(users.close)
        after.callback(lock.close)
        if not _become_owner(plan, lock, users):
            yield plan.addresses()
            return
        lock.note(f"pid {os.getpid()}")
        started = Started()
        after.callback(started.stop)
        after.callback(_wait_until_alone, users)
        _start(plan, started, lock)
        yield plan.addresses()


def _wait_until_alone(users: Lock) -> None:
    if not users.exclusive():
        print("• 等待同时使用这些服务的命令结束。Waiting for other commands that use these services.", flush=True)
        users.wait_exclusive()
