"""Policies that exclude one another (ROS-4): somebody stands in a roster on its way of another policy of the group.

The same condition is the truth `rosters_policy_excluded` of the database, for the groups that stop (`sql/
exclusions.sql`): of two rosters sealed in one moment, one is refused.
"""

from rosters.checks.rule import ERROR, WARNING, Row, Rule

# By person: whoever has the same ID number, wherever the person stands in the register. By household: one household.
_BRANCH = """
SELECT l.id, l.number, g.name, g.source, o.number AS roster, op.name AS policy, d.name AS division, x.number AS there
  FROM rosters_rosterline l
  JOIN subsidies_exclusiongroup_policies m ON m.policy_id = l.policy_id
  JOIN subsidies_exclusiongroup g ON g.id = m.exclusiongroup_id AND g.active AND g.severity = '{severity}'
       AND g.per = '{per}'
  JOIN subsidies_exclusiongroup_policies n ON n.exclusiongroup_id = g.id AND n.policy_id <> l.policy_id
  JOIN rosters_rosterline x ON x.{column} = l.{column} AND x.policy_id = n.policy_id AND x.living AND NOT x.taken_out
       AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
  JOIN rosters_roster o ON o.id = x.roster_id
  JOIN subsidies_policy op ON op.id = x.policy_id
  JOIN accounts_division d ON d.id = o.division_id
 WHERE l.roster_id = %(roster)s"""


def _sql(severity: str) -> str:
    person = _BRANCH.format(severity=severity, per="person", column="beneficiary_id_digest")
    household = _BRANCH.format(severity=severity, per="household", column="household_id")
    return f"""SELECT id, number, name, source, roster, policy, division, there
  FROM (SELECT DISTINCT ON (id, name) * FROM ({person} UNION ALL {household}) found ORDER BY id, name, roster, there) f
 ORDER BY number, name"""  # noqa: S608  (built from constants)


# Whether the policy stands in any group: the same answer for every line.
_IN_GROUP = "EXISTS (SELECT FROM subsidies_exclusiongroup_policies m WHERE m.policy_id = r.policy_id)"


def _told(row: Row) -> str:
    return f"“{row[2]}”不能同时享受：{row[6]}的清册{row[4]}（{row[5]}）第{row[7]}号所属期重叠"


RULES: tuple[Rule, ...] = (
    Rule(
        "policy.excluded",
        "享受了互斥的补贴",
        ERROR,
        "享受人",
        _sql("error"),
        lambda roster, row: f"{_told(row)}。请核实后只保留一项，删除本行或请对方清册删除。依据：{row[3]}",
        source="CQ§28(1)",
        when=_IN_GROUP,
    ),
    Rule(
        "policy.together",
        "可能不应同时享受的补贴",
        WARNING,
        "享受人",
        _sql("warning"),
        lambda roster, row: f"{_told(row)}。请核实是否符合条件并说明。依据：{row[3]}",
        source="CQ§28(1)",
        when=_IN_GROUP,
    ),
)
