"""When the data of a notice are entered (entry.after_notice, ZLT§16): the clock that begins with the notice's end."""

from datetime import datetime

from django.db.models import Max, Min

from publicity.checks import living_notice
from publicity.kept import NOTICE_STEP
from publicity.models import Notice, Objection
from rosters import chain
from rosters.models import Roster
from rulebook import clock, deadlines

Status = Roster.Status
ENTRY = "entry.after_notice"


def meet_when_gone_on(roster: Roster) -> None:
    """Meets the clock of a roster that is past its notice step and not back at a desk before it."""
    on_the_way = roster.status == Status.REVIEW and (
        chain.position(roster, roster.step) > chain.position(roster, NOTICE_STEP)
    )
    if on_the_way or roster.status in (Status.APPROVED, Status.PAYING, Status.CLOSED):
        deadlines.meet(ENTRY, roster, at=_entered_at(roster))


def _entered_at(roster: Roster) -> datetime:
    """When the data after the notice stood in the portal: at the notice's end, if nothing was left to be done by then.

    Not when the roster moved on: a sweep that comes late is nobody's delay. What was changed under a notice that
    stands is entered when the roster comes back.
    """
    notice, moved_at = living_notice(roster), roster.moved_at or clock.now()
    if notice is None or bytes(notice.fingerprint) != bytes(roster.fingerprint or b""):
        return moved_at
    handled = Objection.objects.filter(notice__roster=roster).aggregate(last=Max("handled_at"))["last"]
    proved = (
        notice.photos.aggregate(first=Min("added_at"))["first"] if notice.channel == Notice.Channel.OFFLINE else None
    )
    return max(moment for moment in (notice.ends_at, handled, proved) if moment is not None)
