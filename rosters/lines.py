"""Lines in sets: from picks to snapshots of the register, to numbers, totals and the fingerprint.

A pick is who gets how much of which tier; everything else of a line is copied from the register in SQL, ciphertext
included, so that 20,000 lines cost one statement. All functions work on a roster that the caller has locked and found
editable; the database's triggers refuse them on any other.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from secrets import token_bytes
from typing import Any, NamedTuple

from django.db import connection

from households import transit
from lib import merkle
from lib.hands import HANDS
from rosters import payees
from rosters.models import Roster
from subsidies import templates


class Pick(NamedTuple):
    """One line to be: the beneficiary and what is owed. `basis` tells parcels, contracts or machines apart; `extra`
    and `ciphers` are what the columns of the roster's template hold (rosters.shapes), as JSON."""

    person_id: int
    standard_id: int
    quantity: Decimal
    basis: str = ""
    remark: str = ""
    extra: str = "{}"
    ciphers: str = "{}"


@dataclass(frozen=True)
class Totals:
    lines: int
    fen: int


class Slice(NamedTuple):
    """Lines that come together: those of some villages, numbered on from `after`."""

    after: int
    villages: list[int]
    lines: int


# Column of a line → where it comes from. b: beneficiary, h: household, y: payee, a: payee's account.
_FROM_REGISTER: dict[str, str] = {
    "village_id": "h.village_id",
    '"group"': 'h."group"',
    "household_id": "h.id",
    "head_name": "CASE h.head_id WHEN b.id THEN b.name WHEN y.id THEN y.name"
    " ELSE coalesce((SELECT hh.name FROM households_person hh WHERE hh.id = h.head_id), '') END",
    "beneficiary_name": "b.name",
    "beneficiary_id_cipher": "b.id_cipher",
    "beneficiary_id_digest": "b.id_digest",
    "payee_id": "y.id",
    "payee_name": "coalesce(y.name, '')",
    "payee_id_cipher": "y.id_cipher",
    "payee_id_digest": "y.id_digest",
    "account_id": "a.id",
    "bank_name": "coalesce(a.bank_name, '')",
    "account_cipher": "a.number_cipher",
    "account_digest": "a.number_digest",
    "account_tail": "coalesce(a.tail, '')",
    "phone_cipher": "coalesce(y.phone_cipher, b.phone_cipher)",
    "holder": "CASE pol.unit WHEN 'household' THEN 'H' || h.id ELSE 'P' || b.id END",
}
# ZLT§29: by household the head's account, by person the person's own, else the heir's or the delegate's. Never a
# member's card in a head's stead. What is paid in cash has no account.
_REGISTER = f"""
      JOIN households_household h ON h.id = b.household_id
      {payees.INSTEAD}
      LEFT JOIN {payees.person(payees.PAYEE)} y ON true
      LEFT JOIN households_bankaccount a ON a.person_id = y.id AND a.in_use AND r.method <> 'cash'"""
# Village, then group by its number (2组 before 10组), then as entered.
_GROUP_ORDER = 'substring({0}."group" FROM \'^[0-9]{{1,9}}\')::bigint NULLS LAST, {0}."group"'

_OWN = {
    "roster_id": "r.id",
    "number": f"%(after)s + row_number() OVER (ORDER BY v.code, {_GROUP_ORDER.format('h')}, p.entry)",
    "policy_id": "r.policy_id",
    "beneficiary_id": "b.id",
    "standard_id": "s.id",
    "unit_fen": "s.amount_fen",
    "quantity": "round(p.quantity, 2)",
    "amount_fen": "round(round(p.quantity, 2) * s.amount_fen)::bigint",
    "basis": "p.basis",
    "period_start": "r.period_start",
    "period_end": "r.period_end",
    "remark": "p.remark",
    # As good as random ones for whoever does not have the seed, which nobody keeps; a system call a line is dear.
    "salt": "substr(sha256(%(seed)s::bytea || int8send(p.entry) || int8send(b.id)), 1, 16)",
    "living": "false",
    "taken_out": "false",
    "cash": "r.method = 'cash'",
    "extra": "p.extra",
    "extra_ciphers": "p.extra_ciphers",
    "once_key": "rosters_once_key(%(once)s, p.basis)",
}
_ALL = {**_OWN, **_FROM_REGISTER}
# All people, or those of the villages whose turn it is: only they are joined with the rest of the register.
_PEOPLE = """(SELECT * FROM households_person WHERE %(villages)s::bigint[] IS NULL OR household_id IN (
            SELECT id FROM households_household WHERE village_id = ANY(%(villages)s::bigint[])))"""
_INSERT = f"""
INSERT INTO rosters_rosterline ({", ".join(_ALL)})
SELECT {", ".join(_ALL.values())}
  FROM ({{picks}}) AS p (person_id, standard_id, quantity, basis, remark, entry, extra, extra_ciphers)
  JOIN {payees.ROSTER} r ON true
  JOIN {payees.POLICY} pol ON true
  JOIN subsidies_standard s ON s.id = p.standard_id AND s.version_id = r.version_id
  JOIN {_PEOPLE} b ON b.id = p.person_id AND b.state <> 'moved'
  {_REGISTER}
  JOIN accounts_division v ON v.id = h.village_id AND {payees.STANDS}
 WHERE h.state = 'living' AND (pol.unit <> 'household' OR h.head_id IS NOT NULL) AND p.quantity > 0
"""  # noqa: S608  (built from the constants above)
_REFRESH = f"""
UPDATE rosters_rosterline l
   SET {", ".join(f"{column} = n.{column}" for column in _FROM_REGISTER)}
  FROM (SELECT k.id AS line_id, {", ".join(f"{source} AS {column}" for column, source in _FROM_REGISTER.items())}
          FROM {payees.ROSTER} r
          JOIN rosters_rosterline k ON k.roster_id = r.id
          JOIN {payees.POLICY} pol ON pol.id = k.policy_id
          JOIN households_person b ON b.id = k.beneficiary_id
          {_REGISTER}) n
 WHERE l.id = n.line_id
   AND ROW({", ".join(f"l.{column}" for column in _FROM_REGISTER)})
       IS DISTINCT FROM ROW({", ".join(f"n.{column}" for column in _FROM_REGISTER)})
"""  # noqa: S608
_UNNESTED = """
SELECT person_id, standard_id, quantity, basis, remark, entry, extra::jsonb, ciphers::jsonb
  FROM unnest(%(people)s::bigint[], %(standards)s::bigint[], %(quantities)s::numeric[], %(bases)s::text[],
              %(remarks)s::text[], %(extras)s::text[], %(ciphers)s::text[])
       WITH ORDINALITY AS t (person_id, standard_id, quantity, basis, remark, extra, ciphers, entry)"""
_BARE = "SELECT p.*, '{}'::jsonb, '{}'::jsonb FROM ({picks}) p"
_WANTED = f"""
SELECT l.id, l.number, row_number() OVER (ORDER BY v.code, {_GROUP_ORDER.format("l")}, l.id) AS wanted
  FROM rosters_rosterline l JOIN accounts_division v ON v.id = l.village_id WHERE l.roster_id = %(roster)s
"""  # noqa: S608
_OUT_OF_ORDER = f"SELECT EXISTS (SELECT FROM ({_WANTED}) w WHERE number <> wanted)"  # noqa: S608
_RENUMBER = f"UPDATE rosters_rosterline l SET number = w.wanted FROM ({_WANTED}) w WHERE l.id = w.id"  # noqa: S608
# Some thousand leaves as one field of COPY's binary form: a result set of a million rows would be held twice by the
# driver, and one field of all of them three times by the server.
_LEAVES = """
COPY (SELECT string_agg(rosters_line_leaf(l), ''::bytea ORDER BY l.number)
        FROM rosters_rosterline l WHERE l.roster_id = %s
       GROUP BY l.number / 20000 ORDER BY l.number / 20000) TO STDOUT (FORMAT binary)"""
# COPY's header; before each field the count of fields and its length; two bytes at the end.
_COPY_HEADER, _FIELD_HEADER, _COPY_END = 19, 2 + 4, 2
# From so many rows on, statements over a whole roster join by hashing and in the order in which they are written. The
# planner does not know better: rows that came in the same transaction are in no statistics, and for the one line it
# expects it would look up each of 100,000, read a whole table for each, or merge by what all of them have in common.
_MANY = 3000
# Lines of a slice, about: each waits for the look at its keys in memory until the transaction ends.
_AT_ONCE = 50_000


def plan_for(rows: int) -> None:
    """Tells the planner of the rest of this transaction how many rows it will meet."""
    if rows < _MANY or not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),"
            " set_config('join_collapse_limit', '1', true),"
            " set_config('work_mem', '32MB', true), set_config('hash_mem_multiplier', '1', true)",
        )


@contextmanager
def looking_up() -> Iterator[None]:
    """Lets statements about a few lines look each of them up, whatever `plan_for` has told of the roster's size."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_nestloop')")
        before = cursor.fetchone()[0]
        if before == "on":
            yield
            return
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
        yield
        cursor.execute("SELECT set_config('enable_nestloop', %s, true)", [before])


def insert(
    roster: Roster, picks_sql: str, params: dict[str, Any], *, extras: bool = False, part: Slice | None = None
) -> int:
    """Makes lines from a SELECT of (person_id, standard_id, quantity, basis, remark, entry); returns how many.

    With `extras` it has two columns more: what the template's columns hold, and the ciphertext of secret ones.
    What cannot be a line is left out: a person who moved away, a household of another township (unless a school makes
    the roster or the person is referred to) or without a record of its head, a standard of another version. The caller
    compares counts. Of `slices` only one `part` is made; `picks_sql` may ask for its %(villages)s, NULL for all. It is
    code, never input.
    """
    transit.hold_people()
    after, villages = (part.after, part.villages) if part else (last_number(roster), None)
    once = templates.of_version(roster.version).basis.once
    given = {**params, **payees.known(roster), "once": once, "seed": token_bytes(32)}
    with connection.cursor() as cursor:
        picks = picks_sql if extras else _BARE.replace("{picks}", picks_sql)
        cursor.execute(_INSERT.replace("{picks}", picks), {**given, "after": after, "villages": villages})
        return int(cursor.rowcount)


def slices(roster: Roster, villages: Iterable[tuple[int, int]]) -> list[Slice]:
    """Lines by villages, given in their order with how many there are, as slices: as many as there are hands, more
    where one would be too large."""
    given = list(villages)
    most = min(_AT_ONCE, -(-sum(lines for _, lines in given) // HANDS))
    after = last_number(roster)
    found: list[Slice] = []
    for village, lines in given:
        if not found or found[-1].lines >= most:
            found.append(Slice(after, [], 0))
        found[-1] = Slice(found[-1].after, [*found[-1].villages, village], found[-1].lines + lines)
        after += lines
    return found


def last_number(roster: Roster) -> int:
    """The highest number of a line; 0 where there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) FROM rosters_rosterline WHERE roster_id = %s", [roster.pk])
        return int(cursor.fetchone()[0])


def insert_picks(roster: Roster, picks: Iterable[Pick]) -> int:
    wanted = list(picks)
    plan_for(len(wanted))
    names = ("people", "standards", "quantities", "bases", "remarks", "extras", "ciphers")
    columns = [list(column) for column in zip(*wanted, strict=True)] or [[] for _ in names]
    return insert(roster, _UNNESTED, dict(zip(names, columns, strict=True)), extras=True)


def once_key(register: str, basis: str) -> str:
    """The number that is paid once for ever, as lines keep it; empty where the template has no such register."""
    if not register:
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rosters_once_key(%s, %s)", [register, basis])
        return str(cursor.fetchone()[0])


def refresh(roster: Roster) -> int:
    """Copies the register anew into lines where it has changed since they were made; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, payees.known(roster))
        return int(cursor.rowcount)


def renumber(roster: Roster) -> None:
    """Numbers the lines by village, group and order of entry; lines that already stand so are not touched."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OUT_OF_ORDER,
            {"roster": roster.pk},
        )
        if not cursor.fetchone()[0]:
            return
        # In two steps: numbers are unique at every moment, and there is room above them.
        cursor.execute("UPDATE rosters_rosterline SET number = number + 1000000000 WHERE roster_id = %s", [roster.pk])
        cursor.execute(
            _RENUMBER,
            {"roster": roster.pk},
        )


def totals(roster: Roster) -> Totals:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(amount_fen), 0)::bigint FROM rosters_rosterline WHERE roster_id = %s",
            [roster.pk],
        )
        return Totals(*cursor.fetchone())


def leaves(roster: Roster) -> Iterator[bytes]:
    """The leaf of each line in the order of numbers, computed in SQL."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(_LEAVES, [roster.pk]).decode(), out)
    copied = out.getbuffer()
    at, end = _COPY_HEADER, len(copied) - _COPY_END
    while at < end:
        at += _FIELD_HEADER
        size = int.from_bytes(copied[at - 4 : at], "big")
        for place in range(at, at + size, merkle.DIGEST_BYTES):
            yield bytes(copied[place : place + merkle.DIGEST_BYTES])
        at += size


def fingerprint(roster: Roster) -> bytes:
    return merkle.root(leaves(roster))
