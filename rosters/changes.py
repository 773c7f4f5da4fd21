"""What differs from the last period's roster of the same policy and unit, item by item (ROS-2).

Read anew at each look, so that mending a line changes the list; what the clerk has looked at is kept beside it with the
words that were shown, and comes back when the words become others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from rosters import checks
from rosters.models import Roster

KINDS = {
    "dead": "死亡",
    "gone": "减少",
    "new": "新增",
    "amount": "金额变动",
    "payee": "收款人变动",
    "account": "账户变动",
}

_YUAN = "'¥' || to_char({0} / 100.0, 'FM999,999,999,990.00')"
_PLAIN = "trim_scale({0})::text"
_WHY_GONE = """CASE
        WHEN p.was_taken_out THEN '上期发放失败，已移出清册'
        WHEN b.state = 'dead'
        THEN '享受人' || coalesce('于' || to_char(b.died_on, 'YYYY"年"FMMM"月"FMDD"日"'), '已') || '死亡'
        WHEN b.state = 'missing' THEN '享受人登记为失踪'
        WHEN b.state = 'moved' THEN '享受人已迁出'
        WHEN h.state <> 'living' THEN '农户已注销或合并'
        ELSE '底册中情况正常，请核对是否应当列入' END"""
_LINE = """
SELECT DISTINCT ON (l.holder, l.basis) l.id, l.number, l.holder, l.basis, l.village_id, l."group", l.beneficiary_id,
       l.beneficiary_name, l.payee_id, l.payee_name, l.bank_name, l.account_tail, l.account_digest, l.quantity,
       l.unit_fen, l.amount_fen, l.taken_out, s.name AS tier
  FROM rosters_rosterline l JOIN subsidies_standard s ON s.id = l.standard_id
 WHERE l.roster_id = {0}{1} ORDER BY l.holder, l.basis, l.number"""
# Pairs of lines of the same entitlement, and each way in which they differ as a row of its own.
_CHANGES = f"""
WITH now AS ({_LINE.format("%(roster)s", "")}),
     was AS ({_LINE.format("%(previous)s", " AND left(l.basis, 2) <> '补发'")}),
     pair AS (SELECT coalesce(n.holder, w.holder) AS holder, coalesce(n.basis, w.basis) AS basis,
                     coalesce(n.village_id, w.village_id) AS village_id, coalesce(n."group", w."group") AS "group",
                     coalesce(n.beneficiary_name, w.beneficiary_name) AS name, n.id AS line_id, n.number AS number,
                     w.id AS was_id, w.beneficiary_id AS was_beneficiary, coalesce(w.taken_out, false) AS was_taken_out,
                     n.quantity, w.quantity AS was_quantity, n.unit_fen, w.unit_fen AS was_unit, n.tier,
                     w.tier AS was_tier, n.amount_fen, w.amount_fen AS was_fen, n.payee_id, w.payee_id AS was_payee,
                     n.payee_name, w.payee_name AS was_payee_name, n.bank_name, w.bank_name AS was_bank, n.account_tail,
                     w.account_tail AS was_tail, n.account_digest, w.account_digest AS was_account
                FROM now n FULL JOIN was w ON w.holder = n.holder AND w.basis = n.basis),
     change AS (
    SELECT p.holder, p.basis, k.kind, k.what, p.line_id, p.number, p.name, v.name AS village, v.code AS village_code,
           p."group"
      FROM pair p
      JOIN accounts_division v ON v.id = p.village_id
      LEFT JOIN households_person b ON b.id = p.was_beneficiary
      LEFT JOIN households_household h ON h.id = b.household_id
     CROSS JOIN LATERAL (VALUES
        ('new', p.was_id IS NULL, '上期没有，本期' || {_YUAN.format("p.amount_fen")}),
        ('dead', p.line_id IS NULL AND b.state = 'dead', '上期' || {_YUAN.format("p.was_fen")} || '，' || {_WHY_GONE}),
        ('gone', p.line_id IS NULL AND b.state <> 'dead',
                 '上期' || {_YUAN.format("p.was_fen")} || '，本期没有：' || {_WHY_GONE}),
        ('amount', p.amount_fen <> p.was_fen OR p.tier <> p.was_tier,
                   {_YUAN.format("p.was_fen")} || ' → ' || {_YUAN.format("p.amount_fen")}
                   || CASE WHEN p.quantity <> p.was_quantity
                           THEN '，数量' || {_PLAIN.format("p.was_quantity")} || ' → ' || {_PLAIN.format("p.quantity")}
                           ELSE '' END
                   || CASE WHEN p.tier <> p.was_tier THEN '，档次“' || p.was_tier || '” → “' || p.tier || '”'
                           WHEN p.unit_fen <> p.was_unit
                           THEN '，标准' || {_YUAN.format("p.was_unit")} || ' → ' || {_YUAN.format("p.unit_fen")}
                           ELSE '' END),
        ('payee', p.line_id IS NOT NULL AND p.was_id IS NOT NULL AND p.payee_id IS DISTINCT FROM p.was_payee,
                  '收款人' || coalesce(p.was_payee_name, '') || ' → ' || coalesce(nullif(p.payee_name, ''), '没有')),
        ('account', p.payee_id = p.was_payee AND p.account_digest IS DISTINCT FROM p.was_account,
                    coalesce(p.was_bank, '') || ' 尾号' || coalesce(p.was_tail, '') || ' → '
                    || CASE WHEN p.account_digest IS NULL THEN '没有账户'
                            ELSE p.bank_name || ' 尾号' || p.account_tail END)
        ) AS k (kind, applies, what)
     WHERE k.applies)
"""  # noqa: S608  (built from the constants above)
_SEEN = """
  FROM change c
  LEFT JOIN rosters_changeseen s ON s.roster_id = %(roster)s AND s.holder = c.holder AND s.basis = c.basis
       AND s.kind = c.kind AND s.what = left(c.what, 300)
  LEFT JOIN accounts_user u ON u.id = s.by_id"""


@dataclass(frozen=True)
class Change:
    holder: str
    basis: str
    kind: str
    what: str
    line_id: int | None
    number: int | None
    name: str
    village: str
    group: str
    seen_by: str | None
    seen_at: datetime | None

    @property
    def title(self) -> str:
        return KINDS[self.kind]

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.holder}|{self.basis}"


@dataclass(frozen=True)
class Count:
    kind: str
    title: str
    all: int
    open: int


def counts(roster: Roster) -> list[Count] | None:
    """How many changes of each kind there are and how many nobody has looked at; None without a last period."""
    params = _params(roster)
    if params is None:
        return None
    sql = f"{_CHANGES} SELECT c.kind, count(*), count(*) FILTER (WHERE s.id IS NULL) {_SEEN} GROUP BY c.kind"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = {kind: (total, open_) for kind, total, open_ in cursor.fetchall()}
    return [Count(kind, title, *found[kind]) for kind, title in KINDS.items() if kind in found]


class Listing(Sequence[Change]):
    """The changes of a kind (or all), page by page in the order of villages; `open_only` leaves out what was seen."""

    def __init__(self, roster: Roster, kind: str = "", *, open_only: bool = False) -> None:
        self._params = {**(_params(roster) or {}), "kind": kind if kind in KINDS else ""}
        self._there = "previous" in self._params
        self._where = "WHERE (%(kind)s = '' OR c.kind = %(kind)s)" + (" AND s.id IS NULL" if open_only else "")

    def __len__(self) -> int:
        if not self._there:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(f"{_CHANGES} SELECT count(*) {_SEEN} {self._where}", self._params)
            return int(cursor.fetchone()[0])

    def __getitem__(self, wanted: Any) -> Any:
        if not isinstance(wanted, slice):
            return self[wanted : wanted + 1][0]
        if not self._there:
            return []
        start, stop = wanted.start or 0, wanted.stop
        limits = {"start": start, "most": None if stop is None else max(0, stop - start)}
        sql = f"""{_CHANGES}
SELECT c.holder, c.basis, c.kind, left(c.what, 300), c.line_id, c.number, c.name, c.village, c."group", u.full_name,
       s.at
  {_SEEN} {self._where}
 ORDER BY c.village_code, c."group", c.name, c.holder, c.basis, c.kind OFFSET %(start)s LIMIT %(most)s"""
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self._params, **limits})
            return [Change(*row) for row in cursor.fetchall()]


def _params(roster: Roster) -> dict[str, Any] | None:
    previous = checks.previous_roster(roster)
    return None if previous is None else {"roster": roster.pk, "previous": previous.pk}


def keep_seen(roster: Roster, by: int, at: datetime, *, kind: str = "", keys: Sequence[str] | None = None) -> int:
    """Keeps that somebody looked at changes: those of a kind, or those named by their keys. Returns how many."""
    params = _params(roster)
    if params is None:
        return 0
    sql = f"""{_CHANGES}
INSERT INTO rosters_changeseen (roster_id, holder, basis, kind, what, by_id, at)
SELECT %(roster)s, c.holder, c.basis, c.kind, left(c.what, 300), %(by)s, %(at)s {_SEEN}
 WHERE s.id IS NULL AND (%(kind)s = '' OR c.kind = %(kind)s)
   AND (%(keys)s::text[] IS NULL OR c.kind || '|' || c.holder || '|' || c.basis = ANY(%(keys)s::text[]))
    ON CONFLICT (roster_id, holder, basis, kind)
    DO UPDATE SET what = excluded.what, by_id = excluded.by_id, at = excluded.at"""
    given = {**params, "by": by, "at": at, "kind": kind, "keys": None if keys is None else list(keys)}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return int(cursor.rowcount)
