"""Proving that the trail is whole: every entry hashed over its bytes and the entry before it (ACL-3)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction

from audit.verification import Finding

TRUTH = "the trail is one unbroken chain"


def findings() -> Iterator[Finding]:
    """Walks the chain from its first entry and yields wherever it is broken, forked, shortened or unnumbered."""
    digest = hashlib.sha256(b"").digest()
    seq, at = 0, None
    for entry_id, number, moment, previous, stored, content in _entries():
        where = f"entry {number if number is not None else f'id {entry_id}'}"
        if number is None:
            yield Finding(TRUTH, where, "it never entered the chain")
            continue
        if number != seq + 1:
            yield Finding(TRUTH, where, f"entries {seq + 1} to {number - 1} are missing")
        if previous != digest:
            yield Finding(TRUTH, where, "it does not follow the entry before it")
        if hashlib.sha256(previous + content).digest() != stored:
            yield Finding(TRUTH, where, "its content was altered")
        if at is not None and moment < at:
            yield Finding(TRUTH, where, "it is older than the entry before it")
        digest, seq, at = stored, number, moment
    yield from _head(seq, digest)


def _entries() -> Iterator[tuple[int, int | None, datetime, bytes, bytes, bytes]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            """SELECT e.id, e.seq, e.at, e.previous, e.digest, accounts_trail_bytes(e)
                 FROM accounts_trailentry e ORDER BY e.seq NULLS FIRST"""
        )
        for entry_id, seq, at, previous, digest, content in cursor:
            yield entry_id, seq, at, bytes(previous or b""), bytes(digest or b""), bytes(content)


def _head(seq: int, digest: bytes) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, digest FROM accounts_trailhead WHERE id = 1")
        head = cursor.fetchone()
    if head is None:
        yield Finding(TRUTH, "head", "it is missing")
    elif head[0] > seq:
        yield Finding(TRUTH, "end", f"entries {seq + 1} to {head[0]} were removed")
    elif head[0] < seq or bytes(head[1]) != digest:
        yield Finding(TRUTH, "head", "it does not name the newest entry")
