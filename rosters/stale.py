"""What was checked before the register changed is checked again by itself, and says so until then (ROS-4).

Sending never relies on what was found earlier: it checks afresh.
"""

from collections.abc import Collection

from django.db.models import Q

from accounts.models import User
from jobs.services import ask
from rosters.models import Roster, RosterLine
from rosters.models_stale import StaleCheck
from rulebook import clock

KIND = "rosters.recheck"


def register_changed(people: Collection[int], by: User) -> None:
    """Rosters that are being made and name one of these people: their checks are out of date, and queued."""
    lines = RosterLine.objects.filter(Q(beneficiary__in=people) | Q(payee__in=people))
    touched = lines.filter(roster__status__in=Roster.EDITABLE)
    rosters = Roster.objects.filter(pk__in=touched.values("roster")).select_related("organisation").order_by("pk")
    for roster in rosters:
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
