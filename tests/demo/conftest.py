import os
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests import databases
from tests.databases import Database


@pytest.fixture
def empty_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """A migrated database without the cast, as a new installation has."""
    name = f"portal_test_{os.getpid()}_empty"
    with databases.superuser_connection("postgres") as connection, connection.cursor() as cursor:
        databases.drop(cursor, name)
        databases.create(cursor, name)
    databases.migrate(name)
    default = connections["default"]
    before, url = default.settings_dict["NAME"], os.environ["DATABASE_URL"]
    with django_db_blocker.unblock():
        default.close()
        default.settings_dict["NAME"], os.environ["DATABASE_URL"] = name, Database(name).url
        try:
            yield Database(name)
        finally:
            default.close()
            default.settings_dict["NAME"], os.environ["DATABASE_URL"] = before, url
    with databases.superuser_connection("postgres") as connection, connection.cursor() as cursor:
        databases.drop(cursor, name)
