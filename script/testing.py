"""`script/test [pytest arguments]`: the tests with services of their own.

The cluster lies in `var/test-postgres`, made for speed and worth nothing. Runs beside each other share it while it is
up: every run has its own test database (named after its process) and its own Valkey. It stops after the last one.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import secrets
from script import services
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
    env["PORTAL_PRACTICE"] = "1"
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


def main(arguments: Sequence[str]) -> int:
    end_on_signals()
    plan = plan_for_tests()
    scratch = Path(tempfile.mkdtemp(prefix="ykt-test-"))
    try:
        with services.running(plan, "test-services") as addresses, own_valkey(plan) as redis:
            env = environment_for(addresses, redis, scratch)
            return foreground(["-m", "pytest", *shared_out(arguments), *arguments], env, cwd=ROOT)
    except Ended as ended:
        return ended.code
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
