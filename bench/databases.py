"""Counties as template databases: built once for the schema as it is, copied for each run."""

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator

from psycopg2 import sql

from tests import databases
from tests.databases import ROOT, Database

PREFIX = "bench_county_"
# What a county's schema and contents come from.
SOURCES = (
    "*/migrations/**/*", "*/data/**/*", "households/sql/*.sql", "lib/crypto.py", "demo/founding.py", "demo/people.py",
    "demo/register.py", "demo/staff.py", "bench/county.py",
)  # fmt: skip


def fingerprint() -> str:
    total = hashlib.sha256(os.environ["PORTAL_CRYPTO"].encode())
    paths = {path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file() and path.suffix != ".pyc"}
    for path in sorted(paths):
        relative = path.relative_to(ROOT)
        if relative.parts[0] not in {"var", "node_modules"}:
            total.update(b"\0" + str(relative).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def county(households: int) -> str:
    """The name of the template of a county of so many households, built now when it is not there yet."""
    name = f"{PREFIX}{households}_{fingerprint()}"
    with databases.superuser_connection("postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return name
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^({PREFIX}{households}_|bench_draft)"])
        for (former,) in cursor.fetchall():
            databases.drop(cursor, former)
        print(f"• building a county of {households} households (once)", file=sys.stderr, flush=True)
        draft = "bench_draft"
        databases.create(cursor, draft)
        databases.migrate(draft)
        environment = {**os.environ, "DATABASE_URL": Database(draft).url}
        subprocess.run([sys.executable, "-m", "bench.county", str(households)], env=environment, cwd=ROOT, check=True)
        settle(draft)
        cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
    return name


def settle(name: str) -> None:
    """What autovacuum does in a living county some time after rows came in: statistics, and pages known as visible."""
    with databases.superuser_connection(name) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def copy_of(template: str, name: str = "bench_run") -> Iterator[Database]:
    """A copy of a county for one run. What the copying wrote is on disk before the run begins."""
    with databases.copy_of(template, name) as database:
        with databases.superuser_connection("postgres") as connection, connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        yield database
