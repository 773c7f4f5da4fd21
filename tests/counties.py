"""Tests in one of the five counties, under its own rules: a database of the test's own, where commits are real.

    @pytest.mark.county("cq")
    def test_something(county_db: CountyDatabase) -> None:
        roster = create_roster(by=county_db.users["clerk01"], …)

`@pytest.mark.county` may name several; then the test runs once in each. The clock practises from 2026-01-05 09:00 on.

`county_db.users[…]` are those of `demo.staff`, all with `PASSWORD`: clerk01, station01, leader01 … in the
order of townships; school_clerk01, school_leader01 … where there are schools; <department>_reviewer, _head, _officer1
and _officer2 (agriculture, civil_affairs, …); finance_reviewer, finance_head, officer1, officer2, bank, auditor, admin.
"""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.county import County
from accounts.models import Division, Organisation, User
from demo.counties import Example, examples
from demo.staff import PASSWORD
from households import services
from households.models import Household
from rulebook import clock
from subsidies.models import Policy, Quota
from subsidies.services import open_quota
from tests import databases
from tests.databases import ROOT, Database
from tests.factories import account_number, id_number
from tests.factories_verification import compared

__all__ = ["COUNTIES", "ORGANISATIONS", "PASSWORD", "CountyDatabase", "Users", "county_db"]

ORGANISATIONS = json.loads((ROOT / "accounts" / "data" / "organisations.json").read_text(encoding="utf-8"))
COUNTIES: tuple[str, ...] = tuple(item["id"] for item in ORGANISATIONS.values())
_numbers = itertools.count(1)


class Users:
    """Everybody at work, by the name they sign in with; read anew each time, so that posts are not remembered."""

    def __getitem__(self, username: str) -> User:

        return User.objects.select_related("person").get(username=username)


@dataclass(frozen=True)
class CountyDatabase:
    """A county under way in a database of its own."""

    id: str
    database: Database
    county: County
    users: Users

    @property
    def example(self) -> Example:
        """What the county's demonstration pays: `example.policies["elders"]`, `["land"]`, `["relief"]` are codes."""

        return examples()[self.id]

    def at(self, moment: str) -> datetime:
        """Moves the practice clock forward to a Shanghai time such as "2026-05-11T23:59"."""

        return clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI), by=None)

    def policy(self, code: str) -> Policy:

        return Policy.objects.select_related("department").get(code=code)

    def villages(self, township: int = 1) -> list[Division]:
        """The villages of a township, by its number in the order of codes."""
        return list(self.county.townships[township - 1].division.children.order_by("code"))

    def quota(self, code: str, fen: int = 100_000_000) -> Quota:
        """A quota of 2026 for a policy, a million yuan if left out, entered by the finance officer."""

        number = f"示财〔2026〕{next(_numbers)}号"
        same: dict[str, Any] = {"year": 2026, "level": Quota.Level.CENTRAL, "document_number": number}
        return open_quota(by=self.users["officer1"], policy=self.policy(code), amount_fen=fen, **same)

    def household(
        self,
        name: str = "甲一",
        *,
        township: int = 1,
        village: int = 0,
        birth: date = date(1970, 5, 1),
        mu: str = "12.50",
    ) -> Household:
        """A household of one person with a card, whom the police register confirms, in a village of a township."""

        clerk, place, area = self.users[f"clerk{township:02d}"], self.villages(township)[village], Decimal(mu)
        home = services.add_household(by=clerk, village=place, group="1组", contracted_mu=area, subsidised_mu=area)
        head = services.add_person(
            by=clerk, household=home, name=name, relation="本人", is_head=True, id_number=id_number(birth=birth)
        )
        services.set_account(by=clerk, person=head, bank_name="示范农村商业银行", number=account_number())
        compared(head, by=clerk)
        return Household.objects.select_related("village__parent", "head").get(pk=home.pk)


def county_of() -> County:
    """The county as `accounts.county.County`, read back from the database in use."""

    def all_of(kind: str) -> list[Organisation]:
        return list(Organisation.objects.select_related("division").filter(kind=kind).order_by("code"))

    kinds = Organisation.Kind
    return County(
        division=Division.objects.get(level=Division.Level.COUNTY),
        finance_bureau=all_of(kinds.FINANCE_BUREAU)[0],
        departments={office.code.removeprefix("BM-"): office for office in all_of(kinds.DEPARTMENT)},
        townships=all_of(kinds.TOWNSHIP),
        stations=all_of(kinds.FINANCE_STATION),
        villages=all_of(kinds.VILLAGE),
        banks=all_of(kinds.BANK),
        audit=all_of(kinds.AUDIT)[0],
        operations=all_of(kinds.OPERATIONS)[0],
        schools=all_of(kinds.SCHOOL),
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test that asks for `county_db` once in each county that its marker names."""
    if "county_db" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("county")
    named: tuple[str, ...] = marker.args if marker else ()
    if not named or set(named) - set(COUNTIES):
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: @pytest.mark.county names some of {COUNTIES}")
    metafunc.parametrize("county_db", named, indirect=True)


@pytest.fixture
def county_db(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    settings: Settings,
    tmp_path: Path,
) -> Iterator[CountyDatabase]:
    """A copy of the county's template, in which commits are real; every connection and child process goes to it.

    Stored files lie in a place of the test's own: batches of two counties have the same numbers.
    """
    settings.MEDIA_ROOT = str(tmp_path / "media")
    before = Database(connections["default"].settings_dict["NAME"])
    name = f"portal_test_{os.getpid()}_{request.param}{next(_numbers)}"
    with databases.copy_of(databases.county_template(request.param), name) as database, django_db_blocker.unblock():
        point_at(database)
        try:
            yield CountyDatabase(request.param, database, county_of(), Users())
        finally:
            point_at(before)


def point_at(database: Database) -> None:
    """This thread's connection and every later one, of any thread or child process, go to this database."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = database.name
    os.environ["DATABASE_URL"] = database.url
