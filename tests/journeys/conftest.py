"""What a journey needs: a county of its own, the portal running on it, Chromium, and people."""

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker

from script.paths import VAR
from tests import databases
from tests.counties import PASSWORD as COUNTY_PASSWORD
from tests.counties import CountyDatabase
from tests.databases import Database
from tests.journeys import browsing, processes
from tests.journeys.browsing import People
from tests.journeys.processes import Address
from tests.journeys.scenes import Scene

KEPT = VAR / "journeys"
FAILED = pytest.StashKey[bool]()
_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:  # type: ignore[attr-defined]
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with browsing.browser() as found:
        yield found


def _point_at(name: str, url: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = url


@pytest.fixture(scope="module")
def county(django_db_setup: None, django_db_blocker: DjangoDbBlocker, template_database: str) -> Iterator[Database]:
    """A copy of the template in which commits are real, for all journeys of a module."""
    before = Database(connections["default"].settings_dict["NAME"])
    name = f"portal_test_{os.getpid()}_journey{next(_numbers)}"
    with databases.copy_of(template_database, name) as database, django_db_blocker.unblock():
        _point_at(database.name, database.url)
        try:
            yield database
        finally:
            _point_at(before.name, before.url)


@pytest.fixture(scope="module")
def portal(county: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """Web, worker and beat on this county, as `script/run` starts them."""
    with processes.running(county, tmp_path_factory.mktemp("portal", numbered=True) / "var") as address:
        yield address


@pytest.fixture
def people(request: pytest.FixtureRequest, portal: Address, chromium: Browser) -> Iterator[People]:
    """The people of one journey in the cast's county."""
    with _meeting(request, portal, People(chromium, portal.url)) as met:
        yield met


@pytest.fixture
def scene(
    request: pytest.FixtureRequest, county_db: CountyDatabase, chromium: Browser, tmp_path: Path
) -> Iterator[Scene]:
    """The people of one of the five counties, at work in a portal of the test's own."""
    with processes.running(county_db.database, tmp_path / "portal" / "var") as address:
        met = People(chromium, address.url, COUNTY_PASSWORD)
        with _meeting(request, address, met):
            yield Scene(county_db, met, tmp_path)


@contextmanager
def _meeting(request: pytest.FixtureRequest, portal: Address, met: People) -> Iterator[People]:
    """Every page that these people walk through is looked at, and what it got wrong fails the test.

    When the journey fails, what each of them saw last lies in var/journeys/, with what the processes said.
    """
    folder = KEPT / re.sub(r"\W+", "-", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield met
        failed, faults = request.node.stash.get(FAILED, False), met.faults()
        if failed or faults:
            _keep(met, folder, portal.logs, faults)
        assert failed or not faults, "\n".join(faults)
    finally:
        met.leave()


def _keep(met: People, folder: Path, logs: Path, faults: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.txt").write_text("\n".join(faults), encoding="utf-8")
    for person in met.met.values():
        person.keep(folder)
    for log in logs.glob("*.log"):
        shutil.copyfile(log, folder / log.name)
