"""What this room says when a roster moves: none that a batch holds goes back (ROS-7); its own clocks begin and end."""

from disbursement import clocks
from disbursement.models import Batch
from lib.errors import Conflict
from rosters.events import Moved
from rosters.models import Roster
from rulebook import deadlines

Status = Roster.Status


def roster_moved(moved: Moved) -> None:
    """Refuses the return of an approved roster while a draft holds it; the draft is cancelled first."""
    _clocks(moved)
    if moved.status_before != Status.APPROVED or moved.roster.status == Status.PAYING:
        return
    held = Batch.objects.filter(parts__roster=moved.roster).exclude(status=Batch.Status.CANCELLED).first()
    if held is not None:
        raise Conflict(
            f"清册已在批次{held.number}中，请财政发放经办先撤销批次，再退回清册。", code="disbursement.roster_in_batch"
        )


def _clocks(moved: Moved) -> None:
    """An approved roster waits for its dispatch; a correction that its unit sent is mended, one approved dealt with."""
    roster = moved.roster
    if roster.status == Status.APPROVED:
        clocks.roster_approved(roster)
    elif moved.status_before == Status.APPROVED and roster.status != Status.PAYING:
        deadlines.cancel(clocks.DISPATCH, roster)
    if roster.kind != Roster.Kind.CORRECTION:
        return
    if moved.status_before in Roster.EDITABLE and roster.status == Status.REVIEW:
        deadlines.meet("account.fix", roster, at=roster.moved_at)
    if roster.status == Status.APPROVED:
        deadlines.meet("failure.department", roster, at=roster.moved_at)
    if roster.status == Status.VOID:
        for kind in ("account.fix", "failure.department"):
            deadlines.cancel(kind, roster)
