"""PostgreSQL and Valkey for a measurement: a cluster of its own, as durable as a county's.

The cluster lies in `var/bench-postgres` and keeps the counties that were built, so that the next run begins at once.
It writes as in production (fsync, synchronous commit, autovacuum): the waits for the disk are part of what is measured.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from config import secrets
from script import place, services
from script.children import Ended, end_on_signals, foreground
from script.locks import Lock
from script.paths import ROOT, RUN, VAR, Stop
from script.postgres import OWNER, SUPERUSER, WEB, Postgres
from script.valkey import Valkey

FILES = VAR / "bench-files"


def _environment(database: Postgres, broker: Valkey, scratch: Path) -> dict[str, str]:
    made = secrets.load_or_make(VAR / "bench-secrets.json")
    FILES.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "DATABASE_URL": database.url(WEB),
        "DATABASE_OWNER_URL": database.url(OWNER),
        "DATABASE_SUPERUSER_URL": database.url(SUPERUSER),
        "PORTAL_TEST_WEB_URL": database.url(WEB),
        "REDIS_URL": broker.url,
        "PORTAL_MEDIA": str(scratch / "media"),
        "PORTAL_PRACTICE": "1",
        "PORTAL_BENCH_FILES": str(FILES),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
        # Kept from run to run: the counties hold numbers under these keys.
        "SECRET_KEY": made["secret_key"],
        "PORTAL_CRYPTO": json.dumps(made["crypto"]),
    }


def run(figure: str, arguments: Sequence[str]) -> int:
    """One measurement, alone: two at once would measure each other."""
    end_on_signals()
    RUN.mkdir(parents=True, exist_ok=True)
    lock = Lock(RUN / "bench.lock")
    if not lock.exclusive(1):
        raise Stop("已有一项测量在运行。Another measurement is running.")
    found = place.find("b")
    database = Postgres(found, "bench-postgres")
    broker = Valkey(found, f"valkey-bench-{os.getpid()}", durable=False)
    scratch = Path(tempfile.mkdtemp(prefix="ykt-bench-", dir=VAR))
    started = services.Started()
    try:
        services.start_broker(broker, started)
        services.start_database(database, started, (lock.descriptor,))
        env = _environment(database, broker, scratch)
        return foreground(["-m", f"bench.{figure}", *arguments], env, cwd=ROOT)
    except Ended as ended:
        return ended.code
    finally:
        started.stop()
        broker.put_away()
        shutil.rmtree(scratch, ignore_errors=True)
        lock.close()
