"""A roster's lines from approved applications (从申报生成): of its policy, period and township, each in one roster."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Organisation, User
from accounts.trail import record
from lib.errors import Conflict
from rosters import lines, shapes
from rosters.applications.models import Application, ApplicationTake
from rosters.models import Roster, RosterLine
from rosters.services.making import refuse_new_lines
from rosters.services.moving import editable, facts_of, recompute
from rulebook import clock
from subsidies.models import PolicyVersion

# Approved applications that answer the roster and stand in none; their tier by its code in the roster's version.
_FREE = """
  FROM rosters_roster r
  JOIN rosters_application a ON a.policy_id = r.policy_id AND a.division_id = r.division_id
       AND a.period_start = r.period_start AND a.period_end = r.period_end AND a.state = 'approved'
  JOIN subsidies_standard t ON t.id = a.standard_id
  JOIN subsidies_standard s ON s.version_id = r.version_id AND s.code = t.code
 WHERE r.id = %(roster)s
   AND NOT EXISTS (SELECT FROM rosters_applicationtake k WHERE k.application_id = a.id AND NOT k.released)"""
_LOCK = f"SELECT a.id {_FREE} ORDER BY a.id FOR NO KEY UPDATE OF a"
_COUNT = f"SELECT count(*) {_FREE}"
_VERSIONS = f"SELECT DISTINCT t.version_id {_FREE}"
# What the roster has already, typed or from a file, is not added a second time. Columns of the template that the
# roster's version has otherwise stay out: by the version under which it was applied.
_PICKS = f"""
SELECT w.beneficiary_id, w.standard_id, w.quantity, w.basis, '', w.id, w.extra - w.dropped, w.extra_ciphers - w.dropped
  FROM (SELECT a.id, a.beneficiary_id, a.quantity, a.basis, a.extra, a.extra_ciphers, s.id AS standard_id,
               ARRAY(SELECT jsonb_array_elements_text(%(dropped)s::jsonb -> t.version_id::text)) AS dropped {_FREE}
           AND NOT EXISTS (SELECT FROM rosters_rosterline l
                            WHERE l.roster_id = r.id AND l.holder = a.holder AND l.basis = a.basis)) w"""  # noqa: S608
_LINK = f"""
INSERT INTO rosters_applicationtake (application_id, roster_id, line_id, at)
SELECT w.id, %(roster)s, l.id, %(at)s
  FROM (SELECT a.id, a.beneficiary_id, a.basis, a.quantity, s.id AS standard_id {_FREE}) w
  JOIN rosters_rosterline l ON l.roster_id = %(roster)s AND l.beneficiary_id = w.beneficiary_id AND l.basis = w.basis
       AND l.quantity = w.quantity AND l.standard_id = w.standard_id
 WHERE NOT EXISTS (SELECT FROM rosters_applicationtake k WHERE k.line_id = l.id)"""  # noqa: S608


@dataclass(frozen=True)
class Taken:
    """Lines that were added, applications that stand in the roster now, and approved ones that could not."""

    added: int
    linked: int
    left: int


@transaction.atomic
def fill_from_applications(*, by: User, roster: Roster) -> Taken:
    """Adds a line for each approved application of the roster's policy, period and township; links what is there.

    What the register no longer allows stays out and waits: it is counted in `left`.
    """
    current = editable(by, roster)
    refuse_new_lines(current)
    if current.organisation.kind != Organisation.Kind.TOWNSHIP:
        raise Conflict("申报由乡镇审核，从申报生成明细的清册由乡镇编制。", code="applications.township")
    params: dict[str, Any] = {"roster": current.pk, "at": clock.now()}
    with connection.cursor() as cursor:
        # Whoever fills another roster from the same applications, or withdraws one, waits here.
        cursor.execute(_LOCK, params)
        # Anew: what stood free before the wait may stand in another roster now.
        cursor.execute(_COUNT, params)
        waiting = int(cursor.fetchone()[0])
        cursor.execute(_VERSIONS, params)
        params["dropped"] = json.dumps({pk: _dropped(pk, current) for (pk,) in cursor.fetchall()})
        lines.plan_for(waiting)
        added = lines.insert(current, _PICKS, params, extras=True)
        cursor.execute(_LINK, params)
        linked = int(cursor.rowcount)
    if not waiting:
        raise Conflict(
            "没有可以列入的申报：本政策、本所属期、本乡镇审核通过的申报都已列入清册，或者还没有审核通过的。",
            code="applications.nothing",
        )
    recompute(current)
    facts: dict[str, Any] = {"added": added, "linked": linked, "left_out": waiting - linked}
    record(by=by, verb="roster.fill_applications", subject=current, facts={**facts_of(current), **facts})
    return Taken(added, linked, waiting - linked)


def _dropped(version: int, roster: Roster) -> list[str]:
    """The columns of an application that its line cannot have: those that went, and those from which the quantity
    would follow otherwise than it was approved."""
    if version == roster.version_id:
        return []
    asked = PolicyVersion.objects.select_related("template").get(pk=version)
    old, new = shapes.of_version(asked).template, shapes.of(roster).template
    gone = set(shapes.dropped(old, new))
    operands = set(new.of_quantity.names) if new.of_quantity else set()
    if old.quantity.formula != new.quantity.formula or operands & gone:
        gone |= operands
    return sorted(gone)


def free_for(roster: Roster) -> QuerySet[Application]:
    """Approved applications that this roster could take."""
    return without_roster(Application.objects.filter(state=Application.State.APPROVED)).filter(
        policy=roster.policy_id,
        division=roster.division_id,
        period_start=roster.period_start,
        period_end=roster.period_end,
    )


def without_roster(found: QuerySet[Application]) -> QuerySet[Application]:
    return found.exclude(Exists(ApplicationTake.objects.filter(application=OuterRef("pk"), released=False)))


def of_lines(found: list[RosterLine]) -> dict[int, Application]:
    """From which application a line was made, by the line's id."""
    takes = ApplicationTake.objects.filter(line__in=[line.pk for line in found]).select_related("application")
    return {take.line_id: take.application for take in takes}
