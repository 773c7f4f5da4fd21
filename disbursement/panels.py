"""The part of a roster's page that tells how its payments stand."""

from typing import Any

from django.http import HttpRequest

from disbursement.models import Batch, Payment, RecoveryCase
from disbursement.reasons import reason
from disbursement.recovery_selectors import sums
from disbursement.selectors import payment_states, visible_batches
from rosters.models import Roster

State = RecoveryCase.State
MOST = 100
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
    cases = RecoveryCase.objects.filter(payment__line__roster=roster)
    recovery = sums(cases.filter(state__in=[State.OPEN, State.RECOVERED, State.ENDED]))
    return "disbursement/_roster_panel.html", {"rows": rows, "batches": list(mine), "recovery": recovery}


def correction_panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """What came back to be declared again: on the correction why each line failed, on the old roster where it went."""
    corrections = list(roster.corrections.order_by("pk"))
    if roster.corrects is None and not corrections:
        return None
    failed: list[dict[str, Any]] = []
    if roster.corrects is not None:
        payments = Payment.objects.filter(line__corrected_by__roster=roster, disposal=Payment.Disposal.RETURNED)
        failed = [
            {"payment": payment, "number": payment.line.corrected_by.number, "why": reason(payment.reason)}
            for payment in payments.select_related("line__corrected_by").order_by("line__corrected_by__number")[:MOST]
        ]
    context = {"roster": roster, "corrections": corrections, "failed": failed, "most": MOST}
    return "disbursement/_correction_panel.html", context
