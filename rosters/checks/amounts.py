"""How much a line says: quantity times standard, within the bounds of tier, age and register."""

from lib.money import format_yuan
from rosters.checks.rule import ERROR, WARNING, Row, Rule, line_sql, quantity
from rosters.models import Roster


def _amount(roster: Roster, row: Row) -> str:
    return f"金额与数量×标准不符：应为{format_yuan(row[2])}，现为{format_yuan(row[3])}，请重新保存本行。"


def _mu(roster: Roster, row: Row) -> str:
    if row[3] is None:
        return f"该户在底册没有登记补贴面积，本期合计{quantity(row[2])}亩，请说明依据。"
    return f"该户本期合计{quantity(row[2])}亩，多于底册登记的{quantity(row[3])}亩，请核实并说明。"


_ABOVE_REGISTER = """
SELECT DISTINCT ON (l.household_id) l.id, l.number, n.mu, h.subsidised_mu
  FROM rosters_rosterline l
  JOIN households_household h ON h.id = l.household_id
  JOIN subsidies_policy pol ON pol.id = l.policy_id AND pol.unit = 'household'
  JOIN (SELECT k.household_id, sum(k.quantity) AS mu FROM rosters_rosterline k
          JOIN subsidies_standard s ON s.id = k.standard_id AND s.per = '亩'
         WHERE k.roster_id = %(roster)s GROUP BY k.household_id) n ON n.household_id = l.household_id
 WHERE l.roster_id = %(roster)s AND n.mu > coalesce(h.subsidised_mu, 0) ORDER BY l.household_id, l.number"""


# A line whose amount has a share of a standard's rest: of this roster's, or of the one that it corrects.
_RESTED = """EXISTS (SELECT FROM rosters_restshare x WHERE x.roster_id = l.roster_id)
    OR EXISTS (SELECT FROM rosters_rosterline o WHERE o.id = l.corrects_id
                AND ROW(o.amount_fen, o.quantity, o.unit_fen) = ROW(l.amount_fen, l.quantity, l.unit_fen))"""
_NOT_AS_SHARED = """
SELECT l.id, l.number, (round(l.quantity * l.unit_fen) + coalesce(f.fen, 0))::bigint, l.amount_fen
  FROM rosters_restshare x
  JOIN rosters_rosterline l ON l.roster_id = x.roster_id
  LEFT JOIN rosters_rest_shares(%(roster)s, (SELECT total_fen FROM rosters_restshare WHERE roster_id = %(roster)s)) f
         ON f.line_id = l.id
 WHERE x.roster_id = %(roster)s AND l.amount_fen <> round(l.quantity * l.unit_fen) + coalesce(f.fen, 0)
UNION ALL
SELECT NULL, NULL, x.total_fen, (SELECT coalesce(sum(amount_fen), 0)::bigint FROM rosters_rosterline
                                  WHERE roster_id = %(roster)s)
  FROM rosters_restshare x
 WHERE x.roster_id = %(roster)s AND x.total_fen <> (SELECT coalesce(sum(amount_fen), 0) FROM rosters_rosterline
                                                     WHERE roster_id = %(roster)s)
 ORDER BY 2 NULLS FIRST"""


def _rest(roster: Roster, row: Row) -> str:
    if row[0] is None:
        return (
            f"分配过余额的资金总额是{format_yuan(row[2])}，清册现在合计{format_yuan(row[3])}。"
            "明细在分配以后有改动，请到“余额分配”重新分配，或撤销分配。"
        )
    return (
        f"按现在的明细分配余额，本行应为{format_yuan(row[2])}，现为{format_yuan(row[3])}，"
        "请到“余额分配”重新分配，或撤销分配。"
    )


_AGE = "extract(year FROM age(r.period_end, b.birth_date))"


RULES: tuple[Rule, ...] = (
    Rule(
        "amount",
        "金额不等于数量乘标准",
        ERROR,
        "补贴金额",
        line_sql(
            "l.unit_fen <> s.amount_fen OR s.version_id <> r.version_id"
            f" OR l.amount_fen <> round(l.quantity * s.amount_fen) AND NOT ({_RESTED})",
            "round(l.quantity * s.amount_fen)::bigint",
            "l.amount_fen",
        ),
        _amount,
        source="ZLT§16",
    ),
    Rule(
        "rest",
        "余额分配以后有改动",
        ERROR,
        "补贴金额",
        _NOT_AS_SHARED,
        _rest,
        when="l.roster_id IN (SELECT x.roster_id FROM rosters_restshare x)",
    ),
    Rule(
        "quantity.max",
        "数量超过上限",
        ERROR,
        "数量",
        line_sql("l.quantity > s.max_quantity", "l.quantity", "s.max_quantity", "s.per"),
        lambda roster, row: f"数量{quantity(row[2])}{row[4]}超过该档上限{quantity(row[3])}{row[4]}，请改正。",
    ),
    Rule(
        "age",
        "年龄不符合档次",
        ERROR,
        "档次",
        line_sql(f"{_AGE} < coalesce(s.age_from, 0) OR {_AGE} > coalesce(s.age_to, 999)", f"{_AGE}::int", "s.name"),
        lambda roster, row: f"所属期末满{row[2]}周岁，不符合“{row[3]}”，请改选相应档次或删除本行。",
    ),
    Rule(
        "quantity.register",
        "面积多于底册",
        WARNING,
        "数量",
        _ABOVE_REGISTER,
        _mu,
        source="ZLT§18",
        when="pol.unit = 'household' AND s.per = '亩'",
    ),
)
