"""The same entitlement a second time, in this roster or another, also as back pay of earlier months."""

from rosters import backpay
from rosters.checks.rule import ERROR, WARNING, Row, Rule, quantity
from rosters.models import Roster
from subsidies.models import Policy


def _double_here(roster: Roster, row: Row) -> str:
    whom = "该户" if roster.policy.unit == Policy.Unit.HOUSEHOLD else "该享受人"
    return f"{whom}在本清册第{row[2]}号已有同一计发依据的补贴，请删除重复的一行，或填写不同的计发依据。"


def _double_there(roster: Roster, row: Row) -> str:
    return f"同一权益已列入清册{row[2]}（{row[3]}）第{row[4]}号，所属期重叠，不能重复享受。请删除本行或与对方核实。"


_DOUBLE_THERE = """
SELECT l.id, l.number, o.number, d.name, x.number
  FROM rosters_rosterline l
  JOIN rosters_rosterline x ON x.policy_id = l.policy_id AND x.holder = l.holder AND x.basis = l.basis
       AND x.living AND NOT x.taken_out AND x.roster_id <> l.roster_id
       AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
  JOIN rosters_roster o ON o.id = x.roster_id
  JOIN accounts_division d ON d.id = o.division_id
 WHERE l.roster_id = %(roster)s ORDER BY l.number"""


RULES: tuple[Rule, ...] = (
    Rule(
        "double.here",
        "本清册内重复",
        ERROR,
        "享受人",
        "SELECT id, number, first FROM (SELECT id, number, first_value(number) OVER (PARTITION BY holder, basis"
        " ORDER BY number) AS first FROM rosters_rosterline WHERE roster_id = %(roster)s) q"
        " WHERE number <> first ORDER BY number",
        _double_here,
        source="CQ§28(1)",
    ),
    Rule("double.there", "与其他清册重复", ERROR, "享受人", _DOUBLE_THERE, _double_there, source="CQ§28(1)"),
    Rule(
        "back.form",
        "补发月份写法不对",
        ERROR,
        "计发依据",
        backpay.FORM,
        lambda roster, row: backpay.form_told(),
        when=backpay.WHEN,
    ),
    Rule(
        "back.months",
        "补发月数与月份不符",
        ERROR,
        "数量",
        backpay.MONTHS,
        lambda roster, row: backpay.months_told(row[2], quantity(row[3])),
        when=backpay.WHEN,
    ),
    Rule(
        "back.earlier",
        "补发的月份不早于所属期",
        ERROR,
        "计发依据",
        backpay.EARLIER,
        lambda roster, row: backpay.earlier_told(),
        when=backpay.WHEN,
    ),
    Rule(
        "back.paid",
        "补发的月份已列入过清册",
        WARNING,
        "计发依据",
        backpay.PAID,
        lambda roster, row: backpay.paid_told(*row[2:]),
        source="CQ§28(1)",
        when=backpay.WHEN,
    ),
)
