"""The rest of "money ÷ quantity", handed out over a roster's lines: fen by fen by the largest remainder (POL-3).

An act of the clerk on an open roster, where the county's rules allow it; else the rest stays in the quota. The money is
what the standard was computed from for these lines: it must come to the standard again. What each line gets is computed
by the database (rosters_rest_shares), which asks once more when the roster is sealed. Lines that change afterwards are
found by the check `rest` until the rest is handed out anew or taken back.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, F, Func, QuerySet
from django.db.models.functions import Cast

from accounts.models import User
from accounts.trail import record
from lib.errors import Conflict, Invalid
from lib.money import MAX_FEN, format_yuan
from rosters import lines, sharing
from rosters.models import Roster, RosterLine
from rosters.models_rest import RestShare
from rosters.services.moving import editable, facts_of, recompute
from rulebook import clock

_BASE = """
UPDATE rosters_rosterline SET amount_fen = round(quantity * unit_fen)
 WHERE roster_id = %(roster)s AND amount_fen <> round(quantity * unit_fen)"""
_GIVE = """
UPDATE rosters_rosterline l SET amount_fen = l.amount_fen + f.fen
  FROM rosters_rest_shares(%(roster)s, %(money)s) f WHERE l.id = f.line_id AND l.roster_id = %(roster)s"""


def of(roster: Roster) -> RestShare | None:
    return RestShare.objects.select_related("by").filter(roster=roster).first()


def shared_lines(roster: Roster) -> QuerySet[RosterLine]:
    """The lines that got something of the rest."""
    own = Cast(Func(F("quantity") * F("unit_fen"), function="round"), BigIntegerField())
    found = RosterLine.objects.filter(roster=roster, amount_fen__gt=own) if of(roster) else RosterLine.objects.none()
    return found.order_by("number")


def _refuse(roster: Roster) -> None:
    if not sharing.hands_out_rest(roster):
        raise Conflict(
            "按本县现行规则，测算标准的余额留在指标内，不分配到明细。", code="rosters.rest", rule=sharing.RULE
        )
    if roster.lines.values("unit_fen").distinct().count() > 1:
        raise Conflict("清册有几档标准，余额不能分配；按资金总额测算、只有一档的可以分配。", code="rosters.rest_tiers")


def _shared(roster: Roster, total_fen: int) -> sharing.Shared:
    """The money over the lines; refused where the standard was not computed from it."""
    if not 0 < total_fen <= MAX_FEN:
        raise Invalid("资金总额应大于零。", code="rosters.rest_total", field="total_fen")
    if not roster.line_count:
        raise Conflict("清册还没有明细。", code="rosters.rest_empty")
    found = sharing.of_roster(roster, total_fen)
    unit = roster.lines.values_list("unit_fen", flat=True)[0]
    if found.unit_fen != unit:
        raise Invalid(
            f"{format_yuan(total_fen)}÷{found.quantity.normalize():f}算出的标准是{format_yuan(found.unit_fen)}，"
            f"清册的标准是{format_yuan(unit)}。请填写测算这一标准所用的、属于本清册的资金总额。",
            code="rosters.rest_unit",
            field="total_fen",
        )
    if not found.rest_fen:
        raise Conflict("资金总额正好分完，没有余额。", code="rosters.rest_none")
    return found


@transaction.atomic
def distribute_rest(*, by: User, roster: Roster, total_fen: int) -> RestShare:
    """Hands the rest out, so that the lines come to the money exactly; over again, with today's lines."""
    current = editable(by, roster)
    _refuse(current)
    found = _shared(current, total_fen)
    lines.plan_for(current.line_count)
    given = {"roster": current.pk, "money": total_fen}
    with connection.cursor() as cursor:
        cursor.execute(_BASE, given)
        cursor.execute(_GIVE, given)
        count = cursor.rowcount
    made, _ = RestShare.objects.update_or_create(
        roster=current,
        defaults={"total_fen": total_fen, "rest_fen": found.rest_fen, "lines": count, "by": by, "at": clock.now()},
    )
    recompute(current)
    facts: dict[str, Any] = {"money_fen": total_fen, "rest_fen": found.rest_fen, "rest_lines": count}
    record(by=by, verb="roster.rest_distribute", subject=current, facts={**facts_of(current), **facts})
    return made


@transaction.atomic
def take_rest_back(*, by: User, roster: Roster) -> None:
    """Every line is owed quantity times standard again; the rest stays in the quota."""
    current = editable(by, roster)
    found = of(current)
    if found is None:
        raise Conflict("这份清册没有分配过余额，请刷新页面。", code="rosters.rest_gone")
    lines.plan_for(current.line_count)
    with connection.cursor() as cursor:
        cursor.execute(_BASE, {"roster": current.pk})
    found.delete()
    recompute(current)
    record(by=by, verb="roster.rest_undo", subject=current, facts=facts_of(current))
