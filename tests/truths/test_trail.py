"""The trail is append-only and hash-chained: nobody alters it unnoticed, and nobody's writing forks it (ACL-3)."""

import hashlib
import threading
from typing import Any

import psycopg2.errors
import pytest
from django.db import connection, transaction

from accounts.models import TrailEntry, TrailHead, User
from accounts.trail import record
from tests.databases import Database
from tests.factories import cast
from tests.refused import refused_by

SEPARATOR = "\x1f"
TAMPERING = (
    "UPDATE accounts_trailentry SET verb = 'x'",
    "UPDATE accounts_trailentry SET digest = '\\x00'",
    "DELETE FROM accounts_trailentry",
    "TRUNCATE accounts_trailentry CASCADE",
)


def expected_bytes(entry: TrailEntry) -> bytes:
    """What a digest covers, written down a second time."""
    assert entry.at is not None
    assert entry.at.utcoffset() is not None
    moment = entry.at.astimezone(None)
    utc = (moment - (moment.utcoffset() or moment.resolution * 0)).replace(tzinfo=None)
    fields = [
        str(entry.seq),
        utc.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        str(entry.actor_id or ""),
        str(entry.person_id or ""),
        entry.verb,
        entry.subject_type,
        entry.subject_id,
        entry.facts,
    ]
    return SEPARATOR.join(fields).encode()


def chain_is_whole() -> int:
    """Recomputes every link; returns how many there are."""
    previous, count = hashlib.sha256(b"").digest(), 0
    moment = None
    for entry in TrailEntry.objects.order_by("seq"):
        count += 1
        assert entry.seq == count
        assert entry.at is not None
        assert moment is None or entry.at >= moment
        assert bytes(entry.previous or b"") == previous
        previous, moment = hashlib.sha256(previous + expected_bytes(entry)).digest(), entry.at
        assert bytes(entry.digest or b"") == previous
    head = TrailHead.objects.get(pk=1)
    assert (head.seq, bytes(head.digest)) == (count, previous)
    return count


@pytest.mark.req("ACL-3")
def test_the_chain_can_be_recomputed_outside_the_database(committed_db: Database) -> None:
    begun = chain_is_whole()
    record(by=cast.clerk, verb="test.one", subject=("test", "1"), facts={"金额": 1_00, "note": '引号"与\\反斜杠'})
    record(by=None, verb="test.two", subject=("test", "2"))
    assert chain_is_whole() == begun + 2


@pytest.mark.req("ACL-3")
@pytest.mark.parametrize("sql", TAMPERING)
def test_the_web_role_has_no_right_to_change_the_trail(db: None, sql: str) -> None:
    refused_by("InsufficientPrivilege", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_trailhead SET seq = 0",
        "DELETE FROM accounts_trailhead",
        "INSERT INTO accounts_trailhead (id, seq, digest) VALUES (2, 0, '')",
    ],
)
def test_the_web_role_cannot_write_the_head_of_the_chain(db: None, sql: str) -> None:
    refused_by("InsufficientPrivilege", sql)


@pytest.mark.req("ACL-3")
@pytest.mark.parametrize("sql", TAMPERING)
def test_even_the_owner_of_the_table_cannot_change_the_trail(committed_db: Database, superuser: Any, sql: str) -> None:
    with superuser.cursor() as cursor, pytest.raises(psycopg2.errors.CheckViolation, match="append-only") as caught:
        cursor.execute(sql)
    assert caught.value.diag.constraint_name == "accounts_trail_append_only"
    assert chain_is_whole()


def test_number_time_and_digest_come_from_the_database_alone(committed_db: Database) -> None:
    before = TrailEntry.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO accounts_trailentry (seq, at, verb, subject_type, subject_id, facts, previous, digest)
               VALUES (999, '2020-01-01', 'forged', 't', '1', '{}', '\\x00', '\\x00')"""
        )
    assert TrailEntry.objects.get(verb="forged").seq == before + 1
    assert chain_is_whole() == before + 1


@pytest.mark.req("ACL-3")
def test_writers_at_the_same_time_never_fork_the_chain(committed_db: Database) -> None:
    begun = TrailEntry.objects.count()
    writer = cast.clerk
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(20):
                with transaction.atomic():
                    record(by=writer, verb="test.race", subject=("test", f"{number}-{turn}"), facts={"turn": turn})
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert chain_is_whole() == begun + 160


def test_what_is_rolled_back_leaves_no_gap(committed_db: Database) -> None:
    begun = TrailEntry.objects.count()
    record(by=None, verb="test.kept", subject=("test", "1"))

    with transaction.atomic():
        record(by=None, verb="test.undone", subject=("test", "2"))
        transaction.set_rollback(True)
    record(by=None, verb="test.kept", subject=("test", "3"))
    assert chain_is_whole() == begun + 2


@pytest.mark.req("ACL-2", "ACL-3")
def test_an_entry_names_the_natural_person_behind_the_sign_in(committed_db: Database) -> None:
    clerk: User = cast.clerk
    record(by=clerk, verb="test.person", subject=clerk)
    entry = TrailEntry.objects.get(verb="test.person")
    assert (entry.actor_id, entry.person_id) == (clerk.pk, clerk.person_id)
    assert (entry.subject_type, entry.subject_id) == ("accounts.user", str(clerk.pk))
