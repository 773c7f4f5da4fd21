"""Errors that come back with the files of every year and period: recognised by person and rule, listed until settled.

People are known by the digest of their ID number; whoever has none in the file is not recognised. A room whose imports
keep `jobs.models.RowError` registers them as a `Source`, and calls its `mark` when a file has been checked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import DateTimeField, Func

from accounts.models import Organisation, User
from accounts.scope import scope_of
from accounts.trail import record
from jobs.models import RecurringSettled
from lib.errors import Conflict, NotFound
from lib.sheets.model import CellError

NOT_REGISTERED = "没有在底册中找到"


class Named(NamedTuple):
    """Somebody of the register, as far as the person who asks may see it."""

    name: str
    village_code: str
    village: str


@dataclass(frozen=True)
class Source:
    """A kind of files. The SQL is code of the room, never input.

    `errors` is the table of errors; `rows` selects (batch_id, excel_row, digest) of what is staged; `imports` selects
    (id, office_id, occasion, at): imports of one occasion that have the same error have it once.
    """

    kind: str
    title: str
    errors: str
    rows: str
    imports: str
    roles: frozenset[str]
    names: Callable[[User, Organisation, Collection[bytes]], Mapping[bytes, Named]]

    @property
    def _whom(self) -> str:
        return f"""
UPDATE {self.errors} e SET person_digest = t.digest
  FROM ({self.rows}) t
 WHERE e.batch_id = %(batch)s AND t.batch_id = %(batch)s AND t.excel_row = e."row" AND t.digest IS NOT NULL"""  # noqa: S608

    def _counted(self, more: str = "") -> str:
        """Occasions since it was settled."""
        return f"""
SELECT e.person_digest, e.rule, i.occasion, max(i.at) AS at, max(e.id) AS error_id
  FROM {self.errors} e
  JOIN ({self.imports}) i ON i.id = e.batch_id
  LEFT JOIN LATERAL (SELECT max(s.settled_at) AS at FROM jobs_recurringsettled s
                      WHERE s.kind = %(kind)s AND s.organisation_id = i.office_id
                        AND s.person_digest = e.person_digest AND s.rule = e.rule) s ON true
 WHERE i.office_id = %(office)s AND e.person_digest IS NOT NULL AND (s.at IS NULL OR i.at > s.at){more}
 GROUP BY e.person_digest, e.rule, i.occasion"""  # noqa: S608

    @property
    def _mark(self) -> str:
        known = " AND i.occasion <> %(occasion)s AND e.person_digest IN (SELECT person_digest FROM now)"
        return f"""
WITH now AS MATERIALIZED (SELECT DISTINCT person_digest FROM {self.errors}
                           WHERE batch_id = %(batch)s AND person_digest IS NOT NULL),
     before AS (SELECT person_digest, rule, count(*) AS times, max(at) AS at
                  FROM ({self._counted(known)}) c GROUP BY person_digest, rule)
UPDATE {self.errors} e
   SET times = least(b.times + 1, 30000), last_on = (b.at AT TIME ZONE 'Asia/Shanghai')::date
  FROM before b
 WHERE e.batch_id = %(batch)s AND e.person_digest = b.person_digest AND e.rule = b.rule"""  # noqa: S608

    @property
    def _listed(self) -> str:
        return f"""
SELECT l.person_digest, l.rule, l.times, l.last_on, e."column", e.message
  FROM (SELECT c.person_digest, c.rule, count(*) AS times,
               (max(c.at) AT TIME ZONE 'Asia/Shanghai')::date AS last_on, max(c.error_id) AS error_id
          FROM ({self._counted()}) c GROUP BY c.person_digest, c.rule HAVING count(*) > 1) l
  JOIN {self.errors} e ON e.id = l.error_id"""  # noqa: S608

    def mark(self, batch: int) -> None:
        """After a file was checked: which of its errors the unit's earlier files had as well."""
        given: dict[str, Any] = {"kind": self.kind, "batch": batch}
        with connection.cursor() as cursor:
            cursor.execute(self._whom, given)
            if not cursor.rowcount:
                return
            cursor.execute(f"SELECT office_id, occasion FROM ({self.imports}) i WHERE id = %(batch)s", given)  # noqa: S608
            office, occasion = cursor.fetchone()
            cursor.execute(self._mark, {**given, "office": office, "occasion": occasion})

    def again(self, user: User, office: Organisation) -> list["Again"]:
        with connection.cursor() as cursor:
            cursor.execute(self._listed, {"kind": self.kind, "office": office.pk})
            rows = [(bytes(digest), *more) for digest, *more in cursor.fetchall()]
        names = self.names(user, office, {row[0] for row in rows})
        nobody = Named("", "~", NOT_REGISTERED)
        return [Again(self, office, names.get(row[0], nobody), *row) for row in rows]


@dataclass(frozen=True)
class Again:
    """One error that came back in the files of a unit: of whom, how often, when last."""

    source: Source
    office: Organisation
    whose: Named
    person_digest: bytes
    rule: str
    times: int
    last_on: date
    column: str
    message: str

    @property
    def digest(self) -> str:
        return self.person_digest.hex()

    @property
    def key(self) -> tuple[str, str, str]:
        return self.source.kind, self.digest, self.rule


_sources: list[Source] = []


def register_source(source: Source) -> Source:
    _sources.append(source)
    return source


def words(times: int, last_on: date | None) -> str:
    """What is said beside an error that came back; nothing about a new one."""
    if times < 2 or last_on is None:
        return ""
    return f"第{times}次出现，上次{last_on.year}年{last_on.month}月{last_on.day}日导入也有此错误"


def for_report(errors: Iterable[tuple[int, str, str, str, int, date | None]]) -> list[CellError]:
    """Errors as they stand beside the rows of a report: from (row, column, rule, message, times, last_on)."""
    return [
        CellError(row, column, rule, "。".join(filter(None, (text, words(times, last_on)))))
        for row, column, rule, text, times, last_on in errors
    ]


def offices(user: User) -> dict[Source, list[Organisation]]:
    """The units whose files this person brings in, by the kind of files."""
    scope = scope_of(user)
    found = {source: scope.organisations(source.roles) for source in _sources}
    return {source: units for source, units in found.items() if units}


def listed(user: User) -> list[Again]:
    """What came back in the files of the person's units and was not settled, by village."""
    found = [one for source, units in offices(user).items() for office in units for one in source.again(user, office)]
    return sorted(found, key=lambda one: (one.whose.village_code, -one.times, one.whose.name, one.rule))


@transaction.atomic
def settle(*, by: User, kind: str, digest: str, rule: str) -> None:
    """The clerk has seen to it: it is no longer listed, and counted anew should it come again."""
    if not offices(by):
        raise NotFound
    found = [one for one in listed(by) if one.key == (kind, digest, rule)]
    if not found:
        raise Conflict("这项错误已经处理过，或不再重复出现，请刷新页面。", code="sheet.recurring_gone")
    for one in found:
        RecurringSettled.objects.create(
            kind=kind,
            organisation=one.office,
            person_digest=one.person_digest,
            rule=rule,
            settled_by=by,
            settled_at=Func(function="portal_now", output_field=DateTimeField()),
        )
        facts: dict[str, Any] = {"kind": kind, "rule": rule, "digest": digest[:16]}
        record(by=by, verb="sheet.recurring.settle", subject=one.office, facts=facts)
