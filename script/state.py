"""What a start can leave out because it is done already: migrations, static files, demonstration data."""

import contextlib
import hashlib
import sysconfig
from pathlib import Path

import psycopg2

from script.environment import NPM_STATIC
from script.paths import ROOT, RUN, VAR
from script.postgres import connect

STATIC_STAMP = RUN / "static.stamp"
STATIC_ROOT = VAR / "static"


def _migrations(folders: list[Path]) -> set[tuple[str, str]]:
    return {(path.parent.parent.name, path.stem) for folder in folders for path in folder.glob("[0-9]*.py")}


def migrations_pending(address: str) -> bool:
    """Whether a migration that lies on the disk has not been applied to this database."""
    with contextlib.closing(connect(address)) as connection, connection.cursor() as cursor:
        try:
            cursor.execute("SELECT app, name FROM django_migrations")
        except psycopg2.errors.UndefinedTable:
            return True
        applied = set(cursor.fetchall())
    rooms = {app for app, _ in applied}
    contrib = Path(sysconfig.get_paths()["purelib"]) / "django" / "contrib"
    folders = [contrib / app / "migrations" for app in rooms if (contrib / app / "migrations").is_dir()]
    folders += [path for path in ROOT.glob("*/migrations") if path.is_dir()]
    return not _migrations(folders) <= applied


def has_data(address: str) -> bool:
    with contextlib.closing(connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM accounts_organisation)")
        return bool(cursor.fetchone()[0])


def command_exists(name: str) -> bool:
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def static_fingerprint() -> str:
    total = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for folder in (ROOT / "static", NPM_STATIC, *ROOT.glob("*/static")):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                total.update(f"\0{path}\0".encode() + path.read_bytes())
    return total.hexdigest()


def static_stale() -> bool:
    if not (STATIC_ROOT / "staticfiles.json").is_file() or not STATIC_STAMP.is_file():
        return True
    return STATIC_STAMP.read_text(encoding="utf-8") != static_fingerprint()


def static_done() -> None:
    RUN.mkdir(parents=True, exist_ok=True)
    STATIC_STAMP.write_text(static_fingerprint(), encoding="utf-8")
