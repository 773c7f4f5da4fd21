"""Fixtures for every test: real services, the web role's rights, and a database of one's own where commits matter."""

import itertools
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg2
import pytest
from django.core.cache import cache
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from config.celery import app as celery_app
from tests import databases
from tests.counties import county_db, pytest_generate_tests
from tests.counties import point_at as _point_at
from tests.databases import ROOT, Database

__all__ = ["county_db", "pytest_generate_tests"]

REQUIREMENTS = ROOT / "docs" / "data" / "requirements.json"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Folders whose files take minutes, the longest first.
LONGEST = ("journeys", "ways", "demo", "runtime", "profiles")
NEEDED = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "REDIS_URL")

_numbers = itertools.count(1)


# --- Before the run ---------------------------------------------------------------------------------------------------
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "req(*ids): the requirements of docs/data/requirements.json that a test proves")
    config.addinivalue_line(
        "markers", "rule(*cells): values of a county's profile that a test proves, as CQ:bank.verify"
    )
    config.addinivalue_line("markers", "county(*names): runs in these counties, each under its own rules (county_db)")
    config.addinivalue_line("markers", "journey: drives Chromium through the pages")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise pytest.UsageError(f"{', '.join(missing)} not set: start the tests with script/test")
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ.setdefault("PORTAL_TEST_WEB_URL", os.environ["DATABASE_URL"])


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Being asked to end is like Ctrl-C: fixtures put away what they started."""
    raise KeyboardInterrupt


def chromium() -> str | None:
    """The browser for journeys: `PORTAL_CHROMIUM`, the machine's own, or the one Playwright has installed."""
    for name in (os.environ.get("PORTAL_CHROMIUM"), *BROWSERS):
        found = shutil.which(name) if name else None
        if found:
            return found
    cache_of_playwright = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    installed = sorted(cache_of_playwright.glob("chromium-*/chrome-linux*/chrome"))
    return str(installed[-1]) if installed else None


def _unknown_requirements(items: list[pytest.Item]) -> list[str]:
    if not REQUIREMENTS.is_file():
        return []
    known = {entry["id"] for entry in json.loads(REQUIREMENTS.read_text(encoding="utf-8"))}
    return [
        f"{item.nodeid}: {name}"
        for item in items
        for marker in item.iter_markers("req")
        for name in marker.args
        if name not in known
    ]


def _longest_first(item: pytest.Item) -> int:
    """Files are given out in this order (`script/testing.py`): a long one at the end keeps one process waiting."""
    folder = item.path.parent.name
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_longest_first)
    unknown = _unknown_requirements(items)
    if unknown:
        listing = "\n  ".join(unknown)
        raise pytest.UsageError(f"requirements that {REQUIREMENTS.relative_to(ROOT)} does not have:\n  {listing}")
    journeys = [item for item in items if item.get_closest_marker("journey")]
    if not journeys or chromium():
        return
    advice = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk, or set PORTAL_CHROMIUM"
    if os.environ.get("PORTAL_REQUIRE_CHROMIUM") == "1":
        raise pytest.UsageError(advice)
    for item in journeys:
        item.add_marker(pytest.mark.skip(reason=advice))


# --- Databases --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def template_database() -> str:
    return databases.template()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, template_database: str
) -> Iterator[None]:
    """The database of the tests that roll back, reached as the web role like every other."""
    before = Database(connections["default"].settings_dict["NAME"])
    with databases.copy_of(template_database, f"portal_test_{os.getpid()}") as database:
        with django_db_blocker.unblock():
            _point_at(database)
        yield
        with django_db_blocker.unblock():
            _point_at(before)


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker, template_database: str
) -> Iterator[Database]:
    """A database of the test's own, where commits are real: for races, `on_commit`, threads and child processes."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        raise pytest.UsageError(f"{request.node.nodeid}: committed_db takes the place of db; ask for one of them")
    before = Database(connections["default"].settings_dict["NAME"])
    with (
        databases.copy_of(template_database, f"portal_test_{os.getpid()}_{next(_numbers)}") as database,
        django_db_blocker.unblock(),
    ):
        _point_at(database)
        try:
            yield database
        finally:
            _point_at(before)


@pytest.fixture
def superuser(django_db_setup: None, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A psycopg2 connection as superuser to the database in use, for tampering that no role of ours could do.

    It sees what is committed, so it goes with `committed_db` (asked for before this one).
    """
    if "committed_db" in request.fixturenames:
        request.getfixturevalue("committed_db")
    connection = psycopg2.connect(Database(connections["default"].settings_dict["NAME"]).superuser_url)
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def queue() -> Iterator[Any]:
    """The queue's own connection to Valkey."""
    with celery_app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        yield channel.client


@pytest.fixture(autouse=True)
def empty_valkey(queue: Any) -> Iterator[None]:
    """Throttles counted and jobs announced by one test are not felt by the next."""
    yield
    cache.clear()
    queue.flushdb()
