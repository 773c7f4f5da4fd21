"""What is possible and seldom: ages at the edges, one amount far from the village's others, a code claimed twice."""

from lib.money import format_yuan
from rosters.checks.rule import WARNING, Row, Rule, line_sql
from rosters.models import Roster

# A head of household under this age, anybody above the other.
HEAD_FROM, ANYBODY_TO = 16, 100
# From so many lines of a village on does it say something that one lies three deviations above the others.
VILLAGE_LINES, DEVIATIONS = 15, 3
# What tells one parcel, contract or machine from all others: a code of so many signs with a figure in it, not 东地块.
CODE = "^(?=.*[0-9])[0-9A-Za-z/-]{8,}$"

_AGE = "extract(year FROM age(r.period_end, b.birth_date))"

_FAR_ABOVE = f"""
SELECT l.id, l.number, l.amount_fen, n.average
  FROM rosters_rosterline l
  JOIN (SELECT village_id, avg(amount_fen) AS average, stddev_pop(amount_fen) AS deviation
          FROM rosters_rosterline WHERE roster_id = %(roster)s AND left(basis, 1) <> '补'
         GROUP BY village_id HAVING count(*) >= {VILLAGE_LINES}) n ON n.village_id = l.village_id
 WHERE l.roster_id = %(roster)s AND left(l.basis, 1) <> '补' AND n.deviation > 0
   AND l.amount_fen > n.average + {DEVIATIONS} * n.deviation
 ORDER BY l.number"""  # noqa: S608  (built from constants)

# In this roster and in those on their way, whoever claims it: the same holder twice is `double.*`.
_CLAIMED = f"""
SELECT DISTINCT ON (l.number) l.id, l.number, l.basis, o.number, d.name, x.number
  FROM (SELECT id, number, policy_id, holder, basis, period_start, period_end, roster_id FROM rosters_rosterline
         WHERE roster_id = %(roster)s AND basis ~ '{CODE}') l
  JOIN rosters_rosterline x ON x.policy_id = l.policy_id AND x.basis = l.basis AND x.basis <> ''
       AND x.holder <> l.holder AND NOT x.taken_out AND (x.living OR x.roster_id = l.roster_id)
       AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
  JOIN rosters_roster o ON o.id = x.roster_id
  JOIN accounts_division d ON d.id = o.division_id
 ORDER BY l.number, o.number, x.number"""  # noqa: S608


def _far_above(roster: Roster, row: Row) -> str:
    return (
        f"金额{format_yuan(row[2])}明显高于本村其他行（平均{format_yuan(round(row[3]))}），请核对数量有没有多写一位，"
        "属实的说明情况。"
    )


def _age(roster: Roster, row: Row) -> str:
    if row[2] < HEAD_FROM:
        return f"户主所属期末只有{row[2]}周岁，请核对户主和出生日期；确为未成年户主的，说明监护人情况。"
    return f"享受人所属期末已满{row[2]}周岁，请核实是否健在并说明。"


RULES: tuple[Rule, ...] = (
    Rule(
        "age.unusual",
        "年龄少见",
        WARNING,
        "享受人",
        line_sql(
            f"b.state = 'alive' AND (b.id = h.head_id AND pol.unit = 'household' AND {_AGE} < {HEAD_FROM}"
            f" OR {_AGE} > {ANYBODY_TO} AND coalesce(s.age_from, 0) < {ANYBODY_TO})",
            f"{_AGE}::int",
        ),
        _age,
        source="ZLT§18",
    ),
    Rule("amount.unusual", "金额明显偏高", WARNING, "补贴金额", _FAR_ABOVE, _far_above),
    Rule(
        "basis.claimed",
        "同一地块、合同或机具他人已申报",
        WARNING,
        "计发依据",
        _CLAIMED,
        lambda roster, row: (
            f"计发依据“{row[2]}”在清册{row[3]}（{row[4]}）第{row[5]}号由别人申报。请核对编号，"
            "确属两户共有的说明各自的份额。"
        ),
        source="CQ§28(1)",
        when=f"l.basis ~ '{CODE}'",
    ),
)
