"""Errors that come back with the files of every period: recognised by person and rule, listed until settled (ROS-1).

People are known by the digest of their ID number; whoever has none in the file is not recognised.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from accounts.models import Organisation, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Conflict, NotFound
from rosters.chain import MAKERS
from rosters.models import RosterImport
from rosters.models_recurring import RecurringSettled
from rulebook import clock

_WHOM = """
UPDATE rosters_rosterrowerror e SET person_digest = t.id_number_digest
  FROM rosters_stagedline t
 WHERE e.batch_id = %(batch)s AND t.batch_id = %(batch)s AND t.excel_row = e."row" AND t.id_number_digest IS NOT NULL"""
# Since it was settled; a file that was brought in twice for one roster counts once.
_COUNTED = """
SELECT e.person_digest, e.rule, i.roster_id, max(i.made_at) AS at, max(e.id) AS error_id
  FROM rosters_rosterrowerror e
  JOIN rosters_rosterimport i ON i.id = e.batch_id AND i.file_id IS NOT NULL
  JOIN rosters_roster r ON r.id = i.roster_id
  LEFT JOIN LATERAL (SELECT max(s.settled_at) AS at FROM rosters_recurringsettled s
                      WHERE s.organisation_id = r.organisation_id AND s.person_digest = e.person_digest
                        AND s.rule = e.rule) s ON true
 WHERE r.organisation_id = %(office)s AND e.person_digest IS NOT NULL AND (s.at IS NULL OR i.made_at > s.at){0}
 GROUP BY e.person_digest, e.rule, i.roster_id"""
_MARK = f"""
WITH now AS MATERIALIZED (SELECT DISTINCT person_digest FROM rosters_rosterrowerror
                           WHERE batch_id = %(batch)s AND person_digest IS NOT NULL),
     before AS (SELECT person_digest, rule, count(*) AS times, max(at) AS at FROM ({
    _COUNTED.format(" AND i.roster_id <> %(roster)s AND e.person_digest IN (SELECT person_digest FROM now)")
}) c GROUP BY person_digest, rule)
UPDATE rosters_rosterrowerror e
   SET times = least(b.times + 1, 30000), last_on = (b.at AT TIME ZONE 'Asia/Shanghai')::date
  FROM before b
 WHERE e.batch_id = %(batch)s AND e.person_digest = b.person_digest AND e.rule = b.rule"""  # noqa: S608
_LISTED = f"""
SELECT encode(c.person_digest, 'hex') AS digest, c.rule, count(*) AS times,
       (max(c.at) AT TIME ZONE 'Asia/Shanghai')::date AS last_on, max(c.error_id) AS error_id
  FROM ({_COUNTED.format("")}) c GROUP BY c.person_digest, c.rule HAVING count(*) > 1"""  # noqa: S608
_SHOWN = f"""
SELECT l.digest, l.rule, l.times, l.last_on, e."column", e.message, p.name, v.name AS village
  FROM ({_LISTED}) l
  JOIN rosters_rosterrowerror e ON e.id = l.error_id
  LEFT JOIN households_person p ON p.id_digest = e.person_digest AND p.state <> 'moved'
  LEFT JOIN households_household h ON h.id = p.household_id
  LEFT JOIN accounts_division v ON v.id = h.village_id
 ORDER BY v.code NULLS LAST, l.times DESC, p.name, l.rule"""  # noqa: S608
NOT_REGISTERED = "没有在底册中找到"


@dataclass(frozen=True)
class Again:
    """One error that came back: of whom, how often, when last."""

    digest: str
    rule: str
    times: int
    last_on: date
    column: str
    message: str
    name: str
    village: str


def mark(batch: RosterImport) -> None:
    """After a file was matched: which of its errors the unit's earlier files had as well."""
    with connection.cursor() as cursor:
        given = {"batch": batch.pk, "roster": batch.roster_id, "office": batch.roster.organisation_id}
        cursor.execute(_WHOM, given)
        if cursor.rowcount:
            cursor.execute(_MARK, given)


def words(times: int, last_on: date | None) -> str:
    """What is said beside an error that came back; nothing about a new one."""
    if times < 2 or last_on is None:
        return ""
    return f"第{times}次出现，上次{last_on.year}年{last_on.month}月{last_on.day}日导入也有此错误"


def offices(user: User) -> list[Organisation]:
    """The units whose files this person brings in."""
    return scope_of(user).organisations(MAKERS)


def listed(user: User) -> list[Again]:
    """What came back in the files of the person's units and was not settled, by village."""
    found = []
    for office in offices(user):
        with connection.cursor() as cursor:
            cursor.execute(_SHOWN, {"office": office.pk})
            for digest, rule, times, last_on, column, message, name, village in cursor.fetchall():
                whose = name or "", village or NOT_REGISTERED
                found.append(Again(digest, rule, times, last_on, column, message, *whose))
    return found


@transaction.atomic
def settle(*, by: User, digest: str, rule: str) -> None:
    """The clerk has seen to it: it is no longer listed, and counted anew should it come again."""
    own = offices(by)
    if not own:
        raise NotFound
    if not any((one.digest, one.rule) == (digest, rule) for one in listed(by)):
        raise Conflict("这项错误已经处理过，或不再重复出现，请刷新页面。", code="rosters.recurring_gone")
    for office in own:
        RecurringSettled.objects.create(
            organisation=office,
            person_digest=bytes.fromhex(digest),
            rule=rule,
            settled_by=by,
            settled_at=clock.now(),
        )
        facts: dict[str, Any] = {"rule": rule, "digest": digest[:16]}
        record(by=by, verb="roster.recurring_settle", subject=office, facts=facts)
