"""A file's rows between the parser and the clerk's word: taken to staging, whole or in parts, and dropped again."""

from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.db import connection

from lib.hands import HANDS
from rosters.models import Roster
from rosters.shapes import of

# No row has a higher number.
LAST = 2**31 - 1
_SHARES = """
SELECT count(*), coalesce(sum(amount_fen - line_fen), 0)::bigint FROM rosters_stagedline
 WHERE batch_id = %s AND row_errors = 0 AND amount_fen > line_fen"""

_VILLAGES = """
SELECT t.village_id, t.rows
  FROM (SELECT village_id, count(*) AS rows FROM rosters_stagedline
         WHERE batch_id = %s AND row_errors = 0 GROUP BY village_id) t
  JOIN accounts_division v ON v.id = t.village_id ORDER BY v.code"""


class Part(NamedTuple):
    """Some of the parser's rows: from where to where they stand in its file, and between which rows of the sheet."""

    start: int
    end: int
    first: int
    last: int


def parts(rows: Path) -> list[Part]:
    """The parser's rows as parts that come one after the other in its file, one for each hand."""
    with rows.open("rb") as file:
        size, found = file.seek(0, SEEK_END), [Part(0, 0, 0, 0)]
        for hand in range(1, HANDS):
            file.seek(size * hand // HANDS)
            file.readline()
            start, line = file.tell(), file.readline()
            if line:
                first = int(line[: line.index(b"\t")])
                found[-1:] = [found[-1]._replace(end=start, last=first - 1), Part(start, 0, first, 0)]
        return [*found[:-1], found[-1]._replace(end=size, last=LAST)]


def stage(*, batch: int, roster: Roster, rows: Path, part: Part | None = None) -> None:
    """Takes the parser's rows, or a part of them, to staging."""
    with connection.cursor() as cursor, rows.open("rb") as file:
        cursor.execute("SELECT set_config('portal.import_batch', %s, true)", [str(batch)])
        cursor.copy_expert(of(roster).copy, _Until(file, part) if part else file)


class _Until:
    """A part of a file, for whoever reads to the end."""

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file, self._left = file, part.end - part.start
        file.seek(part.start)

    def read(self, size: int) -> bytes:
        some = self._file.read(min(size, self._left))
        self._left -= len(some)
        return some


def villages(batch: int) -> list[tuple[int, int]]:
    """The villages of the good rows in their order, each with how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(_VILLAGES, [batch])
        return [(village, rows) for village, rows in cursor.fetchall()]


def shares(batch: int) -> tuple[int, int]:
    """How many good rows have a share of a standard's rest in their amount, and what these shares come to in fen."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARES, [batch])
        rows, fen = cursor.fetchone()
    return rows, fen


def waits(batch: int) -> bool:
    """Whether anything is staged for an import."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM rosters_stagedline WHERE batch_id = %s)", [batch])
        return bool(cursor.fetchone()[0])


def forget(batch: int) -> None:
    """Drops the staged rows of an import."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM rosters_stagedline WHERE batch_id = %s", [batch])
