"""A double that was merged keeps what it received: the record that stayed does not receive it again (REG-2, ROS-4).

The same condition is the truth `rosters_merged_twice` of the database (`sql/merged_twice.sql`). Household subsidies are
a household's: two households of one person may each have land.
"""

from households.doubles import MERGED
from rosters.checks.rule import ERROR, Rule

_PAID_TO_DOUBLE = f"""{MERGED}
SELECT DISTINCT ON (l.number) l.id, l.number, o.number, d.name, x.number
  FROM rosters_rosterline l
  JOIN subsidies_policy pol ON pol.id = l.policy_id AND pol.unit = 'person'
  JOIN merged m ON m.person_id = l.beneficiary_id
  JOIN rosters_rosterline x ON x.beneficiary_id = m.id AND x.policy_id = l.policy_id AND x.basis = l.basis
       AND x.living AND NOT x.taken_out
       AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
  JOIN rosters_roster o ON o.id = x.roster_id
  JOIN accounts_division d ON d.id = o.division_id
 WHERE l.roster_id = %(roster)s ORDER BY l.number, o.number, x.number"""  # noqa: S608

RULES: tuple[Rule, ...] = (
    Rule(
        "double.merged",
        "合并前的档案已享受",
        ERROR,
        "享受人",
        _PAID_TO_DOUBLE,
        lambda roster, row: (
            f"该享受人合并档案之前，用重复的档案列入过清册{row[2]}（{row[3]}）第{row[4]}号，所属期重叠，不能重复享受，"
            "请删除本行。"
        ),
        source="CQ§28(1)",
    ),
)
