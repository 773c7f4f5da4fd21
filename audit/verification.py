"""What the three verifying commands share: a check passes, or names the first thing that is wrong."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: which truth, where, and what was found."""

    truth: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.truth}: {self.where}: {self.what}"


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of one moment: on a living database entries and payments come while a check runs.

    Inside a transaction of the caller's, that transaction's own view is used.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def first(findings: Callable[[], Iterable[Finding]]) -> Finding | None:
    """The first finding of one moment, without computing the others."""
    with one_moment():
        return next(iter(findings()), None)
