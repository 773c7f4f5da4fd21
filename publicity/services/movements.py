"""What a roster's movements mean for its notice; called by `rosters.events` inside the roster's transaction."""

from accounts.trail import record
from lib.errors import Conflict
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
    elif moved.status_before in Roster.EDITABLE and not at_notice_step(roster):
        _sealed_again(moved)
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
    # What only waits for a certain mend keeps its notice until it is sent again, and shows what became of it.
    again = rule_of(roster, "notice.restarts_after_change")["value"] and not moved.resumes
    stands = notice.state == Notice.State.ENDED and not again
    if notice.state != Notice.State.WITHDRAWN and not stands:
        take_down(notice, by=moved.by, reason="清册退回修改，修改后重新公示。")
    elif roster.status == Roster.Status.VOID:
        deadlines.cancel(entry.ENTRY, roster)


def _sealed_again(moved: Moved) -> None:
    """A notice that was left while the roster was mended falls when the mend changed what it said."""
    found = living_notice(moved.roster)
    if found is not None and not counts_for(found, moved.roster):
        take_down(lock_notice(found.pk), by=moved.by, reason="清册修改后重新公示。")


def notice_posted(roster: Roster) -> None:
    """What was posted is an act: the step before it is not recalled from under it."""
    if at_notice_step(roster) and living_notice(roster) is not None:
        raise Conflict("清册已经张贴公示，不能撤回。需要修改的，请编制单位先撤下公示，再撤回。", code="notice.posted")


def _reached(moved: Moved) -> None:
    roster = moved.roster
    found = living_notice(roster)
    if found is None:
        deadlines.begin("roster.compiled", roster, at=clock.now(), who=parties(roster), kept=roster.rules)
        return
    if counts_for(found, roster) and found.state == Notice.State.ENDED:
        record(by=moved.by, verb="notice.counts", subject=found, facts={"roster": roster.pk})
        go_on_if_clear(roster)
