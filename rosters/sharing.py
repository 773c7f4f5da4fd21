"""The standard of a year from "money ÷ quantity" (资金总额÷面积): rounded down to the fen, with the exact rest.

Every line is rounded by itself, so a standard is only right if the rounded lines come to no more than the money: it is
the quotient rounded down, or as many fen less as that asks for. What remains is told to the fen: it stays unspent in
the quota, or is handed out over a roster's lines where the county's rules allow it (`rosters.services.rest`).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from lib.errors import Conflict, Forbidden, Invalid
from lib.money import MAX_FEN, format_yuan
from rosters.checks.rule import kept
from rosters.models import Roster
from subsidies import path
from subsidies.models import Policy, Standard

REGISTER = "register"
RULE = "standard.rest"
Period = tuple[date, date]

# The quantities that the money is shared by: living households' registered areas, or lines of one period's rosters.
_REGISTER = """
SELECT h.subsidised_mu AS quantity FROM households_household h
 WHERE h.state = 'living' AND h.subsidised_mu > 0 AND h.head_id IS NOT NULL"""
_ROSTERS = """
SELECT l.quantity FROM rosters_rosterline l JOIN subsidies_standard s ON s.id = l.standard_id
 WHERE l.roster_id = ANY(%(rosters)s::bigint[]) AND NOT l.taken_out AND s.code = %(tier)s"""
_LINES = "SELECT l.quantity FROM rosters_rosterline l WHERE l.roster_id = %(roster)s"
_COUNT = "SELECT count(*), coalesce(sum(q.quantity), 0) FROM ({quantities}) q"
_COMES_TO = "SELECT coalesce(sum(round(q.quantity * %(fen)s::bigint)), 0)::bigint FROM ({quantities}) q"


@dataclass(frozen=True)
class Shared:
    """What the money makes of a unit: `unit_fen` for each, `spent_fen` over all rounded lines, `rest_fen` unspent."""

    total_fen: int
    lines: int
    quantity: Decimal
    unit_fen: int
    spent_fen: int

    @property
    def rest_fen(self) -> int:
        return self.total_fen - self.spent_fen

    def told(self, per: str) -> str:
        """How the standard came about, for the proposal that takes it up."""
        return (
            f"资金{format_yuan(self.total_fen)}÷{self.quantity.normalize():f}{per}，取到分，"
            f"合计{format_yuan(self.spent_fen)}，余{format_yuan(self.rest_fen)}"
        )


def hands_out_rest(roster: Roster) -> bool:
    """Whether a rest may be handed out over the roster's lines, by the rules that it keeps."""
    return roster.kind == Roster.Kind.ORDINARY and kept(roster, RULE, "stays") == "shared"


def may_share(user: User, policy: Policy) -> bool:
    """Who proposes changes of the policy."""
    return path.makers_post(user, policy.department) is not None


def _declared(policy: Policy) -> QuerySet[Roster]:
    """What townships have declared, those at work on it included: only sums of it are shown here."""
    found = Roster.objects.filter(policy=policy, kind=Roster.Kind.ORDINARY, line_count__gt=0)
    return found.exclude(status=Roster.Status.VOID).order_by()


def periods_of(policy: Policy) -> list[Period]:
    """The periods for which the policy has rosters with lines, newest first."""
    return sorted(set(_declared(policy).values_list("period_start", "period_end")), reverse=True)


def share(*, by: User, policy: Policy, standard: Standard, total_fen: int, period: Period | None) -> Shared:
    """Shares the money by the registered areas (no period) or by the quantities of a period's rosters in this tier."""
    if not may_share(by, policy):
        raise Forbidden("补贴标准由主管部门测算，您没有该部门的岗位。", code="accounts.post_needed")
    if not 0 < total_fen <= MAX_FEN:
        raise Invalid("资金总额应大于零。", code="sharing.total", field="total_fen")
    if period is None and standard.per != "亩":
        raise Invalid("底册登记的是面积，只能测算按亩的标准，请改选清册。", code="sharing.register", field="source")
    params: dict[str, Any] = {"tier": standard.code}
    quantities = _REGISTER
    if period is not None:
        start, end = period
        found = _declared(policy).filter(period_start=start, period_end=end)
        quantities, params["rosters"] = _ROSTERS, list(found.values_list("pk", flat=True))
    return _divided(quantities, params, total_fen)


def of_roster(roster: Roster, total_fen: int) -> Shared:
    """What the money makes of a unit over the lines of one roster."""
    return _divided(_LINES, {"roster": roster.pk}, total_fen)


def _divided(quantities: str, params: dict[str, Any], total_fen: int) -> Shared:
    lines, quantity = _ask(_COUNT, quantities, params)
    if not quantity:
        raise Conflict("所选范围里没有这一档的数量，请核对清册或底册。", code="sharing.nothing", field="source")
    unit_fen = int(total_fen / quantity)
    spent = _comes_to(quantities, params, unit_fen)
    while spent > total_fen and unit_fen > 0:
        # Each line may be rounded up by half a fen, which over many small quantities is more than the quotient left.
        unit_fen -= 1
        spent = _comes_to(quantities, params, unit_fen)
    if unit_fen <= 0:
        raise Conflict("资金总额太少，每个单位不足一分。", code="sharing.too_little", field="total_fen")
    return Shared(total_fen, lines, quantity, unit_fen, spent)


def _comes_to(quantities: str, params: dict[str, Any], unit_fen: int) -> int:
    (spent,) = _ask(_COMES_TO, quantities, {**params, "fen": unit_fen})
    return int(spent)


def _ask(sql: str, quantities: str, params: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{quantities}", quantities), params)
        return cursor.fetchone()
