"""The part of a roster's page that tells how its payments stand."""

from typing import Any

from django.http import HttpRequest

from disbursement.models import Batch, Payment
from disbursement.selectors import payment_states, visible_batches
from rosters.models import Roster

TONES = {
    Payment.Status.PENDING: "neutral",
    Payment.Status.SENT: "info",
    Payment.Status.UNKNOWN: "warn",
    Payment.Status.PAID: "good",
    Payment.Status.FAILED: "bad",
}


def payments_panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """Payments by state and the batches, of a roster that has been put into one."""
    if not Batch.objects.filter(parts__roster=roster).exclude(status=Batch.Status.CANCELLED).exists():
        return None
    states = payment_states(roster)
    rows = [
        {
            "word": status.label,
            "tone": TONES[status],
            "count": states[status][0],
            "fen": states[status][1],
            "percent": round(states[status][1] * 100 / roster.total_fen, 1),
        }
        for status in TONES
        if status in states
    ]
    batches = visible_batches(request.user) if request.user.is_authenticated else Batch.objects.none()
    mine = batches.filter(parts__roster=roster).exclude(status=Batch.Status.CANCELLED).order_by("pk")
    return "disbursement/_roster_panel.html", {"rows": rows, "batches": list(mine)}
