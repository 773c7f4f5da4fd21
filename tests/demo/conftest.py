import os
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests import databases
from tests.counties import point_at
from tests.databases import Database


@pytest.fixture
def empty_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """A migrated database without the cast, as a new installation has."""
    before = Database(connections["default"].settings_dict["NAME"])
    name = f"portal_test_{os.getpid()}_empty"
    with databases.copy_of(databases.blank_template(), name) as database, django_db_blocker.unblock():
        point_at(database)
        try:
            yield database
        finally:
            point_at(before)
