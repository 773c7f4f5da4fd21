import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests import databases
from tests.counties import point_at
from tests.databases import Database


@pytest.fixture
def empty_db(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, settings: Settings, tmp_path: Path
) -> Iterator[Database]:
    """A migrated database without the cast, and no stored files, as a new installation has."""
    settings.MEDIA_ROOT = str(tmp_path)
    before = Database(connections["default"].settings_dict["NAME"])
    name = f"portal_test_{os.getpid()}_empty"
    with databases.copy_of(databases.blank_template(), name) as database, django_db_blocker.unblock():
        point_at(database)
        try:
            yield database
        finally:
            point_at(before)
