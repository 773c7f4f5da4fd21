"""Databases for tests: one template built by the migrations with the cast in it, and copies of it.

The template is named after everything its contents come from, so that it is built once and copied in a moment until a
migration changes. Nobody ever works in it. `PORTAL_TEST_FRESH=1` builds it anew whatever there is.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from tests.workers import run_id

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "portal_template_"
BLANK_PREFIX = "portal_blank_"
COUNTY_PREFIX = "portal_county_"
TEMPLATES_KEPT = 3
BUILD_LOCK = 7_301_001
# Everything that migrations read: themselves, their data, the models (for permissions) and the shared library.
SOURCES = (
    "*/migrations/**/*", "*/data/**/*", "*/models.py", "*/models/**/*.py", "*/apps.py", "lib/**/*.py",
    # …and what the cast is built by.
    "tests/cast.py", "tests/cast_data.py", "accounts/*.py", "rulebook/*.py", "subsidies/*.py",
)  # fmt: skip
COUNTY_SOURCES = ("tests/county.py", "demo/*.py")


@dataclass(frozen=True)
class Database:
    """One database as each role reaches it."""

    name: str

    @property
    def url(self) -> str:
        """As the web role, which is how the portal runs."""
        return _with_name(os.environ["PORTAL_TEST_WEB_URL"], self.name)

    @property
    def owner_url(self) -> str:
        return _with_name(os.environ["DATABASE_OWNER_URL"], self.name)

    @property
    def superuser_url(self) -> str:
        return _with_name(os.environ["DATABASE_SUPERUSER_URL"], self.name)


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextlib.contextmanager
def superuser_connection(database: str) -> Iterator[Any]:
    connection = psycopg2.connect(Database(database).superuser_url)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def fingerprint(*more: str) -> str:
    total = hashlib.sha256()
    paths = {path for pattern in (*SOURCES, *more) for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(paths):
        relative = path.relative_to(ROOT)
        if relative.parts[0] in {"var", "node_modules"} or path.suffix == ".pyc":
            continue
        total.update(b"\0" + str(relative).encode() + b"\0" + path.read_bytes())
    total.update((ROOT / "requirements.txt").read_bytes())
    # The cast's numbers are encrypted: under other keys it is another template.
    total.update(os.environ.get("PORTAL_CRYPTO", "").encode())
    return total.hexdigest()[:16]


def create(cursor: Any, name: str, template: str | None = None) -> None:
    """A database of the owner's, with the rights that a real one has."""
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template or "template1")}
    statement = "CREATE DATABASE {name} OWNER portal_owner TEMPLATE {template} STRATEGY file_copy"
    cursor.execute(sql.SQL(statement).format(**names))
    # Rights on a database itself are not copied with its template.
    cursor.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC").format(**names))


def drop(cursor: Any, name: str) -> None:
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _exists(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return cursor.fetchone() is not None


def _note(cursor: Any, name: str) -> None:
    """Which run built it, for `PORTAL_TEST_FRESH`: the processes of one run share what each of them builds."""
    cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(sql.Identifier(name)), [run_id()])


def _is_of_this_run(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
    row = cursor.fetchone()
    return row is not None and row[0] == run_id()


def migrate(name: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--no-input", "--verbosity", "0"]
    environment = {**os.environ, "DATABASE_URL": Database(name).owner_url}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The migrations failed on an empty database:\n{done.stdout}{done.stderr}")


def _fill(name: str, *module: str) -> None:
    """What a template holds, built as the web role: by `tests.cast`, or `tests.county` with a county's short name."""
    environment = {**os.environ, "DATABASE_URL": Database(name).url}
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(module)} could not be built:\n{done.stdout}{done.stderr}")


def _drop_old_templates(cursor: Any, prefix: str) -> None:
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC", [prefix + "%"])
    for (name,) in cursor.fetchall()[TEMPLATES_KEPT:]:
        with contextlib.suppress(psycopg2.errors.ObjectInUse):
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _drop_left_over(cursor: Any) -> None:
    """Databases of runs whose process is gone."""
    cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^portal_test_[0-9]+'")
    for (name,) in cursor.fetchall():
        process = int(name.split("_")[2])
        if not Path(f"/proc/{process}").exists() and Path("/proc/self").exists():
            drop(cursor, name)


def template() -> str:
    """The name of the template with the cast, built now when it is not there yet."""
    return _template(PREFIX + fingerprint(), "tests.cast")


def county_template(county: str) -> str:
    """The name of the template of one of the counties: founded, its rules in force, its posts filled."""
    return _template(f"{COUNTY_PREFIX}{county}_{fingerprint(*COUNTY_SOURCES)}", "tests.county", county)


def blank_template() -> str:
    """The name of the template with nothing but the schema, as a new installation has."""
    return _template(BLANK_PREFIX + fingerprint())


def _template(name: str, *module: str) -> str:
    # What is filled begins as a copy of the blank one: the migrations run once.
    blank = blank_template() if module else None
    with superuser_connection("postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        _drop_left_over(cursor)
        fresh = os.environ.get("PORTAL_TEST_FRESH") == "1" and not _is_of_this_run(cursor, name)
        if _exists(cursor, name) and not fresh:
            return name
        draft = f"portal_draft_{os.getpid()}"
        drop(cursor, draft)
        create(cursor, draft, blank)
        if blank is None:
            migrate(draft)
        else:
            _fill(draft, *module)
        drop(cursor, name)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
        cursor.execute(rename)
        _note(cursor, name)
        _drop_old_templates(cursor, name.rpartition("_")[0] + "_")
    return name


@contextlib.contextmanager
def copy_of(template_name: str, name: str) -> Iterator[Database]:
    """A copy of the template for as long as the block lasts."""
    with superuser_connection("postgres") as connection, connection.cursor() as cursor:
        drop(cursor, name)
        create(cursor, name, template_name)
    try:
        yield Database(name)
    finally:
        with superuser_connection("postgres") as connection, connection.cursor() as cursor:
            drop(cursor, name)
