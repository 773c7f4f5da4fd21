"""The gate `arrival`: no roster is submitted before its money lies in the agent account (ZLT§27)."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from disbursement.models import Arrival
from lib.errors import NotYet
from lib.money import format_yuan
from rosters.models import Roster, RosterLine
from subsidies.models import Quota

RULE = "submission.requires_arrival"
Status = Roster.Status
UNDER_WAY = (Status.REVIEW, Status.NOTICE, Status.APPROVED, Status.PAYING, Status.CLOSED)


@dataclass(frozen=True)
class Cover:
    """How the money of a quota covers its rosters."""

    arrived_fen: int
    taken_fen: int

    @property
    def free_fen(self) -> int:
        return self.arrived_fen - self.taken_fen


def cover(quota_id: int, *, without: int | None = None) -> Cover:
    """Money of the quota that arrived, and what the submitted rosters (but `without`) take of it, paid ones too.

    Lines that were taken out take nothing: their money is free again.
    """
    arrived = Arrival.objects.filter(order__quota_id=quota_id).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    rosters = Roster.objects.filter(quota_id=quota_id, submitted_at__isnull=False, status__in=UNDER_WAY)
    rosters = rosters.exclude(pk=without) if without is not None else rosters
    submitted = rosters.aggregate(fen=Sum("total_fen"))["fen"] or 0
    out = RosterLine.objects.filter(roster__in=rosters, taken_out=True).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return Cover(arrived, submitted - out)


def check_arrival(roster: Roster) -> None:
    """Refuses while the money of the roster's quota does not cover it.

    Two rosters that are submitted at once wait for each other at the quota's row, so that both cannot count on the
    same money.
    """
    if connection.in_atomic_block:
        Quota.objects.select_for_update(no_key=True).get(pk=roster.quota_id)
    found = cover(roster.quota_id, without=roster.pk)
    if found.free_fen < roster.total_fen:
        citation = roster.rules[RULE]["citation"]
        article = f"（{citation}）" if citation else ""
        raise NotYet(
            f"本指标资金到账{format_yuan(found.arrived_fen)}，已被其他清册占用{format_yuan(found.taken_fen)}，"
            f"本清册需{format_yuan(roster.total_fen)}，还差{format_yuan(roster.total_fen - found.free_fen)}。"
            f"补贴资金转入代发户后才能上报{article}。",
            code="disbursement.not_arrived",
            rule=RULE,
        )
