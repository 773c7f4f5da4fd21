"""What this room says when a roster moves: none that a batch holds goes back (ROS-7)."""

from disbursement.models import Batch
from lib.errors import Conflict
from rosters.events import Moved
from rosters.models import Roster


def roster_moved(moved: Moved) -> None:
    """Refuses the return of an approved roster while a draft holds it; the draft is cancelled first."""
    if moved.status_before != Roster.Status.APPROVED or moved.roster.status == Roster.Status.PAYING:
        return
    held = Batch.objects.filter(parts__roster=moved.roster).exclude(status=Batch.Status.CANCELLED).first()
    if held is not None:
        raise Conflict(
            f"清册已在批次{held.number}中，请财政发放经办先撤销批次，再退回清册。", code="disbursement.roster_in_batch"
        )
