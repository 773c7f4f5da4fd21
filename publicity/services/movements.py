"""What a roster's movements mean for its notice; called by `rosters.events` inside the roster's transaction."""

from accounts.trail import record
from publicity.checks import counts_for, living_notice
from publicity.kept import at_notice_step, parties, rule_of
from publicity.models import Notice
from publicity.services import entry
from publicity.services.notices import POST_WITHIN, go_on_if_clear, lock_notice, take_down
from rosters.events import Moved
from rosters.models import Roster
from rulebook import clock, deadlines


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
        entry.meet_when_gone_on(roster)


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
        deadlines.cancel(entry.ENTRY, roster)


def _reached(moved: Moved) -> None:
    roster = moved.roster
    found = living_notice(roster)
    if found is None:
        deadlines.begin("roster.compiled", roster, at=clock.now(), who=parties(roster), kept=roster.rules)
        return
    if counts_for(found, roster) and found.state == Notice.State.ENDED:
        record(by=moved.by, verb="notice.counts", subject=found, facts={"roster": roster.pk})
        go_on_if_clear(roster)
