"""What a printed roster holds: its lines through a cursor, read twice in one snapshot, and its totals by village.

The lines are read once to lay out the pages and once to write them; a scrolling cursor gives both times the same
lines, and with them the roster's fingerprint as it was at that moment. The cursor outlives its transaction: a job that
prints a hundred thousand lines tells meanwhile how far it is.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from lib.errors import Conflict
from rosters import payees
from rosters.models import Roster, RosterLine

BATCH = 2000
Told = Callable[[int], None]
_CURSOR = "rosters_printed"


class Line(NamedTuple):
    """One line as it is printed; numbers of people and accounts still as ciphertext."""

    id: int
    number: int
    village_id: int
    village: str
    group: str
    head: str
    beneficiary: str
    id_cipher: bytes
    tier: str
    per: str
    quantity: Decimal
    unit_fen: int
    amount_fen: int
    payee: str
    bank: str
    account_tail: str
    account_cipher: bytes | None
    basis: str
    remark: str
    taken_out: bool
    instead: bool
    extra: str
    extra_ciphers: str
    # What stands on the paper, in one digest salted by the line: names, tier, bank and remark are in no leaf.
    words: bytes
    note: str = ""


_WORDS = r"""sha256(l.salt || convert_to(concat_ws(E'\x1f', l.number, l."group", l.head_name, l.beneficiary_name,
       encode(l.beneficiary_id_digest, 'hex'), s.name, s.per, l.quantity, l.unit_fen, l.amount_fen, l.payee_name,
       l.bank_name, coalesce(encode(l.account_digest, 'hex'), ''), l.basis, l.remark, l.extra, l.taken_out), 'UTF8'))"""
# What a line has of a standard's rest stands with its remark.
_RESTED = """CASE WHEN l.amount_fen > round(l.quantity * l.unit_fen)
       THEN format(CASE l.remark WHEN '' THEN '' ELSE '，' END || '余额分配%%s元',
                   trim_scale((l.amount_fen - round(l.quantity * l.unit_fen)) / 100)) ELSE '' END"""
_LINES = f"""
SELECT l.id, l.number, l.village_id, v.name, l."group", l.head_name, l.beneficiary_name, l.beneficiary_id_cipher,
       s.name, s.per, l.quantity, l.unit_fen, l.amount_fen, l.payee_name, l.bank_name, l.account_tail,
       l.account_cipher, l.basis, l.remark || {_RESTED}, l.taken_out,
       l.payee_id IS NOT NULL AND l.payee_id <> l.beneficiary_id AND l.payee_id IS DISTINCT FROM h.head_id,
       l.extra, l.extra_ciphers, {_WORDS}, r.revision, r.fingerprint, r.checked_at, r.line_count, r.total_fen
  FROM rosters_rosterline l
  JOIN rosters_roster r ON r.id = l.roster_id
  JOIN accounts_division v ON v.id = l.village_id
  JOIN subsidies_standard s ON s.id = l.standard_id
  JOIN households_household h ON h.id = l.household_id
 WHERE l.roster_id = %(roster)s AND (%(village)s::bigint IS NULL OR l.village_id = %(village)s::bigint)
 ORDER BY v.code, l.number"""  # noqa: S608  (built from the constant above)
_FIELDS = 24

_VILLAGES = """
SELECT v.id, v.name, count(DISTINCT l.holder), count(*), sum(l.quantity), sum(l.amount_fen)::bigint
  FROM rosters_rosterline l JOIN accounts_division v ON v.id = l.village_id
 WHERE l.roster_id = %(roster)s GROUP BY v.id, v.name, v.code ORDER BY v.code"""
_UNITS = """
SELECT array_agg(DISTINCT s.per) FROM rosters_rosterline l JOIN subsidies_standard s ON s.id = l.standard_id
 WHERE l.roster_id = %(roster)s"""
_OF_PAGE = f"""
SELECT count(*), coalesce(sum(l.amount_fen), 0)::bigint,
       coalesce(string_agg({_WORDS}, ''::bytea ORDER BY l.number), ''::bytea)
  FROM rosters_rosterline l JOIN subsidies_standard s ON s.id = l.standard_id
 WHERE l.roster_id = %(roster)s AND l.village_id = %(village)s AND l.number BETWEEN %(first)s AND %(last)s"""  # noqa: S608


class Village(NamedTuple):
    id: int
    name: str
    holders: int
    lines: int
    quantity: Decimal
    fen: int


def villages(roster: Roster) -> list[Village]:
    """People or households, lines, quantity and money of each village."""
    with connection.cursor() as cursor:
        cursor.execute(_VILLAGES, {"roster": roster.pk})
        return [Village(*row) for row in cursor.fetchall()]


def unit_of_quantity(roster: Roster) -> str | None:
    """The one unit in which all quantities count, or None: what counts in several is not added up."""
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, {"roster": roster.pk})
        units = cursor.fetchone()[0] or []
    return units[0] if len(units) == 1 else None


def words_of(digests: Iterable[bytes]) -> str:
    """All that stands on one page, in sixteen characters."""
    return hashlib.sha256(b"".join(bytes(one) for one in digests)).hexdigest()[:16]


def of_page(roster: Roster, *, village: int, first: int, last: int) -> tuple[int, int, str]:
    """Lines, fen and words of one page as the roster has them now: a stretch of a village, or of the villages
    (village 0), whose words are their sums alone."""
    if not village:
        found = villages(roster)[max(first - 1, 0) : last]
        return sum(one.lines for one in found), sum(one.fen for one in found), ""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PAGE, {"roster": roster.pk, "village": village, "first": first, "last": last})
        lines, fen, words = cursor.fetchone()
    return lines, fen, words_of([words])


class Lines:
    """The lines of a roster, to be gone through as often as needed and each time the same."""

    def __init__(self, cursor: Any, roster: Roster, told: Told | None) -> None:
        self._cursor, self._roster, self._told = cursor, roster, told
        self._read = 0

    def __iter__(self) -> Iterator[Line]:
        self._cursor.execute(f"MOVE ABSOLUTE 0 IN {_CURSOR}")
        while True:
            self._cursor.execute(f"FETCH FORWARD {BATCH} FROM {_CURSOR}")
            rows = self._cursor.fetchall()
            if not rows:
                return
            self._compare(rows[0])
            lines = [Line(*row[:_FIELDS]) for row in rows]
            yield from self._noted(lines)
            self._read += len(lines)
            if self._told is not None:
                self._told(self._read)

    def _compare(self, row: tuple[Any, ...]) -> None:
        """The header was read before the lines: both must be of the same revision, a draft's of the same state."""
        found, read = self._roster, row[_FIELDS:]
        before = (found.revision, found.fingerprint, found.checked_at, found.line_count, found.total_fen)
        if [_plain(value) for value in read] != [_plain(value) for value in before]:
            raise Conflict("清册刚刚有改动，没有打印。请刷新页面后重新打印。", code="rosters.print_changed")

    def _noted(self, lines: list[Line]) -> list[Line]:
        """The lines with the words in whose stead somebody receives."""
        others = [line.id for line in lines if line.instead]
        if not others:
            return lines
        notes = payees.notes(RosterLine.objects.filter(pk__in=others).select_related("household"))
        return [line._replace(note=notes.get(line.id, "")) for line in lines]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def opened(roster: Roster, *, village: int | None = None, told: Told | None = None) -> Iterator[Lines]:
    """The roster's lines, or those of one village, as they are now, for as long as the block lasts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DECLARE {_CURSOR} SCROLL CURSOR WITH HOLD FOR {_LINES}",
            {"roster": roster.pk, "village": village},
        )
        try:
            yield Lines(cursor, roster, told)
        finally:
            if not connection.needs_rollback:
                cursor.execute(f"CLOSE {_CURSOR}")
