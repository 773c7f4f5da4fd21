"""Who is held by money in payment: lines not yet at the bank, and failed payments that are still owed."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from disbursement.models import Payment
from households.transit import Held
from rosters.models import Roster
from rosters.transit import standing

Status, Disposal = Payment.Status, Payment.Disposal


def on_their_way(people: Collection[int]) -> list[Held]:
    """What the bank has in hand is not held: nothing in the register changes that payment any more."""
    tries = Payment.objects.filter(line=OuterRef("pk"))
    unsent = Q(Exists(tries.filter(status=Status.PENDING)))
    unsent |= ~Q(Exists(tries.exclude(status=Status.CANCELLED)))
    failed = Q(Exists(tries.filter(status=Status.FAILED, disposal__in=[Disposal.OPEN, Disposal.MENDED])))
    paying = Q(roster__status=Roster.Status.PAYING)
    return [
        *standing(people, paying & unsent, stage="发放中，尚未送达银行"),
        *standing(people, paying & failed, stage="发放失败待处理", failed=True),
    ]
