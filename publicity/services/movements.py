"""What a roster's movements mean for its notice; called by `rosters.events` inside the roster's transaction."""

from datetime import datetime

from django.db.models import Max, Min

from accounts.trail import record
from publicity.checks import counts_for, living_notice
from publicity.kept import NOTICE_STEP, at_notice_step, parties, rule_of
from publicity.models import Notice, Objection
from publicity.services.notices import ENTRY, POST_WITHIN, go_on_if_clear, lock_notice, take_down
from rosters import chain
from rosters.events import Moved
from rosters.models import Roster
from rulebook import clock, deadlines

OFFLINE = Notice.Channel.OFFLINE


def roster_moved(moved: Moved) -> None:
    """Reaching the notice step starts the clock to post; a return to the clerk takes the notice down.

    Leaving the notice step on the way forward meets the clock that its end began (entry.after_notice): what hung on
    the board is what stands in the portal, so it is entered as soon as nothing of it is left to be verified.
    """
    roster = moved.roster
    if roster.status in (Roster.Status.RETURNED, Roster.Status.VOID):
        _returned(moved)
    elif at_notice_step(roster):
        _reached(moved)
    elif moved.status_before == Roster.Status.NOTICE:
        deadlines.cancel(POST_WITHIN, roster)
        if _went_on(roster):
            deadlines.meet(ENTRY, roster, at=_entered_at(roster))


def _returned(moved: Moved) -> None:
    roster = moved.roster
    deadlines.cancel(POST_WITHIN, roster)
    found = living_notice(roster)
    if found is None:
        return
    notice = lock_notice(found.pk)
    stands = notice.state == Notice.State.ENDED and not rule_of(roster, "notice.restarts_after_change")["value"]
    if notice.state != Notice.State.WITHDRAWN and not stands:
        take_down(notice, by=moved.by, reason="清册退回修改，修改后重新公示。")
    elif roster.status == Roster.Status.VOID:
        deadlines.cancel(ENTRY, roster)


def _went_on(roster: Roster) -> bool:
    """Past the notice step, not back to a desk before it."""
    after = chain.next_step(roster, NOTICE_STEP)
    return after is None or chain.position(roster, roster.step) >= chain.position(roster, after.key)


def _entered_at(roster: Roster) -> datetime:
    """When the data after the notice stood in the portal: at the notice's end, if nothing was left to be done by then.

    Not when the roster moved on: a sweep that comes late is nobody's delay. What was changed under a notice that
    stands is entered when the roster comes back.
    """
    notice, moved_at = living_notice(roster), roster.moved_at or clock.now()
    if notice is None or bytes(notice.fingerprint) != bytes(roster.fingerprint or b""):
        return moved_at
    handled = Objection.objects.filter(notice__roster=roster).aggregate(last=Max("handled_at"))["last"]
    proved = notice.photos.aggregate(first=Min("added_at"))["first"] if notice.channel == OFFLINE else None
    return max(moment for moment in (notice.ends_at, handled, proved) if moment is not None)


def _reached(moved: Moved) -> None:
    roster = moved.roster
    found = living_notice(roster)
    if found is None:
        deadlines.begin("roster.compiled", roster, at=clock.now(), who=parties(roster), kept=roster.rules)
        return
    if counts_for(found, roster) and found.state == Notice.State.ENDED:
        record(by=moved.by, verb="notice.counts", subject=found, facts={"roster": roster.pk})
        go_on_if_clear(roster)
