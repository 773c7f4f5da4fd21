"""The databases that tests stand on."""

import os
import threading
from typing import Any

import psycopg2
import pytest
from django.contrib.auth.models import Group
from django.db import ProgrammingError, connection, transaction

from tests.databases import Database

WRITER = "运行测试组"


def role_and_database() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        row: tuple[str, str] = cursor.fetchone()
    return row


@pytest.mark.django_db
def test_tests_run_with_the_web_roles_rights() -> None:
    assert role_and_database() == ("portal_web", f"portal_test_{os.getpid()}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "TRUNCATE django_session",
        "CREATE SCHEMA mine",
    ],
)
def test_the_web_role_cannot_make_or_empty_tables(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_writes_is_rolled_back(turn: int) -> None:
    assert not Group.objects.filter(name=WRITER).exists()
    Group.objects.create(name=WRITER)


def test_a_committed_database_is_shared_by_threads(committed_db: Database) -> None:
    seen: list[tuple[str, str]] = []

    def work() -> None:
        Group.objects.create(name=WRITER)
        seen.append(role_and_database())
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [("portal_web", committed_db.name)]
    assert Group.objects.filter(name=WRITER).exists()
    with psycopg2.connect(os.environ["DATABASE_URL"]) as other, other.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user")
        assert cursor.fetchone() == (committed_db.name, "portal_web")


def test_a_committed_database_begins_fresh(committed_db: Database) -> None:
    assert not Group.objects.filter(name=WRITER).exists()


def test_the_owner_can_change_tables(committed_db: Database) -> None:
    with psycopg2.connect(committed_db.owner_url) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE made_later (id int)")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO made_later VALUES (1)")


def test_the_superuser_reaches_the_database_in_use(superuser: Any, committed_db: Database) -> None:
    Group.objects.create(name=WRITER)
    with superuser.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user, count(*) FROM auth_group WHERE name = %s", [WRITER])
        assert cursor.fetchone() == (committed_db.name, "postgres", 1)
