"""What was checked before the register changed is checked again by itself, and says so until then (ROS-4).

Sending never relies on what was found earlier: it checks afresh.
"""

from collections.abc import Collection

from django.db import connection

from accounts.models import User
from jobs.services import ask
from rosters.models import Roster
from rosters.models_stale import StaleCheck
from rulebook import clock

KIND = "rosters.recheck"
# The people come as one array: an import or a file of updates may change those of a whole township.
_TOUCHED = """
SELECT DISTINCT l.roster_id FROM rosters_rosterline l JOIN rosters_roster r ON r.id = l.roster_id
 WHERE r.status = ANY(%(open)s) AND (l.beneficiary_id = ANY(%(people)s) OR l.payee_id = ANY(%(people)s))"""


def register_changed(people: Collection[int], by: User) -> None:
    """Rosters that are being made and name one of these people: their checks are out of date, and queued."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"open": sorted(Roster.EDITABLE), "people": list(people)})
        touched = [pk for (pk,) in cursor.fetchall()]
    for roster in Roster.objects.filter(pk__in=touched).select_related("organisation").order_by("pk"):
        StaleCheck.objects.create(roster=roster, people=len(people), at=clock.now())
        ask(
            kind=KIND,
            title=f"底册有变化，重新检查清册{roster.number}",
            by=by,
            subject=roster,
            organisation=roster.organisation,
            params={"roster": roster.pk},
        )


def is_stale(roster: Roster) -> bool:
    return roster.status in Roster.EDITABLE and StaleCheck.objects.filter(roster=roster).exists()


def forget(roster: Roster) -> None:
    """Before a check looks: what changed until now, it sees; what changes meanwhile, stays to be looked at again."""
    StaleCheck.objects.filter(roster=roster).delete()
