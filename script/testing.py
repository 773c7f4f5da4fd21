"""`script/test [pytest arguments]`: the tests with services of their own.

The cluster is made for speed and worth nothing: it lies in memory where there is room, else in `var/test-postgres`.
Runs beside each other share it while it is up: every run has its own test database (named after its process) and its
own Valkey. It stops after the last one.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import secrets
from script import place, services
from script.children import Ended, end_on_signals, foreground
from script.paths import ROOT, VAR
from script.services import Plan, Started
from script.valkey import Valkey

# Each process of a run is given four of a Valkey's sixteen numbered databases (tests.workers).
MOST_PROCESSES = 4
# Files stay together, for what their tests share, and in their order, in which the long ones are not left for the end.
SHARED_OUT = ("--dist", "loadfile", "--no-loadscope-reorder")
BY_HAND = ("-n", "--numprocesses", "--pdb", "-s", "--capture")
OUTSIDE = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL")


@contextmanager
def own_valkey(plan: Plan) -> Iterator[str]:
    """A Valkey for this run alone, which keeps nothing."""
    if plan.database is None:
        yield plan.given["REDIS_URL"]
        return
    broker = Valkey(plan.database.place, f"valkey-{os.getpid()}", durable=False)
    started = Started()
    try:
        services.start_broker(broker, started)
        yield broker.url
    finally:
        started.stop()
        broker.put_away()


def plan_for_tests() -> Plan:
    """Servers given from outside are used when all three roles and Redis are named."""
    if all(os.environ.get(name) for name in (*OUTSIDE, "REDIS_URL")):
        return Plan(None, None, os.environ)
    return services.test_plan()


def environment_for(addresses: services.Addresses, redis: str, scratch: Path) -> dict[str, str]:
    env = {**os.environ, **addresses.environment(), "REDIS_URL": redis, "PORTAL_TESTING": "1"}
    env["PORTAL_MEDIA"] = str(scratch / "media")
    env["TMPDIR"] = str(scratch)
    env["PORTAL_PRACTICE"] = "1"
    # The portal's processes that tests start are many: none compiles again what one before it has compiled.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    # Kept from run to run: the template database holds the cast's numbers under these keys.
    made = secrets.load_or_make(VAR / "test-secrets.json")
    env["SECRET_KEY"], env["PORTAL_CRYPTO"] = made["secret_key"], json.dumps(made["crypto"])
    return env


def shared_out(arguments: Sequence[str]) -> list[str]:
    """What makes a whole run use every core; one that names its tests, or wants a terminal, stays as it is."""
    if any(not one.startswith("-") or one.startswith(BY_HAND) for one in arguments):
        return []
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    return ["-n", str(processes), *SHARED_OUT] if processes > 1 else []


def scratch_for(plan: Plan) -> Path:
    """What this run writes into files lies beside its cluster where that is in memory. A killed run's is put away."""
    where = plan.database.place.base if plan.database else None
    if where is None or not where.is_relative_to(place.MEMORY):
        return Path(tempfile.mkdtemp(prefix="ykt-test-"))
    for left in where.glob("run-*"):
        if not Path(f"/proc/{left.name.split('-')[1]}").exists():
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=where))


def main(arguments: Sequence[str]) -> int:
    end_on_signals()
    plan = plan_for_tests()
    scratch = scratch_for(plan)
    try:
        with services.running(plan, "test-services") as addresses, own_valkey(plan) as redis:
            env = environment_for(addresses, redis, scratch)
            return foreground(["-m", "pytest", *shared_out(arguments), *arguments], env, cwd=ROOT)
    except Ended as ended:
        return ended.code
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
