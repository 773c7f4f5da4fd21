"""The roster as a whole: that it has lines, against its quota, against the last period."""

from lib.money import format_yuan
from rosters.checks.rule import ERROR, WARNING, Row, Rule, plain
from rosters.models import Roster

# A change against the last period that a reviewer would ask about.
NOTABLE_CHANGE_PERCENT = 10


def _quota(roster: Roster, row: Row) -> str:
    return (
        f"清册合计{format_yuan(row[2])}，超过指标{roster.quota.document_number}的可用余额{format_yuan(row[3])}，"
        f"差{format_yuan(row[2] - row[3])}。请核减，或请财政部门下达指标。"
    )


def _change(roster: Roster, row: Row) -> str:
    count, fen, count_before, fen_before, number = row[2:]
    return (
        f"与上期（{number}）相比变化超过{NOTABLE_CHANGE_PERCENT}%：人（户）数{count_before}→{count}，"
        f"金额{format_yuan(fen_before)}→{format_yuan(fen)}，请说明原因。"
    )


_QUOTA = """
SELECT NULL::bigint, NULL::int, t.fen, a.balance_fen
  FROM rosters_roster r
  JOIN subsidies_ledgeraccount a ON a.quota_id = r.quota_id AND a.kind = 'available',
       LATERAL (SELECT sum(l.amount_fen)::bigint AS fen FROM rosters_rosterline l WHERE l.roster_id = r.id) t
 WHERE r.id = %(roster)s AND t.fen > a.balance_fen"""


# The last roster of the policy and unit before this period that was on its way to payment.
PREVIOUS = """
SELECT o.id FROM rosters_roster o JOIN rosters_roster r ON r.id = %(roster)s
 WHERE o.policy_id = r.policy_id AND o.organisation_id = r.organisation_id AND o.id <> r.id
   AND o.kind = 'ordinary' AND r.kind = 'ordinary'
   AND o.period_end < r.period_start AND o.status IN ('review', 'notice', 'approved', 'paying', 'closed')
 ORDER BY o.period_end DESC, o.id DESC LIMIT 1"""


_CHANGE = f"""
SELECT NULL::bigint, NULL::int, t.lines, t.fen, o.line_count, o.total_fen, o.number
  FROM rosters_roster o,
       (SELECT count(*) AS lines, coalesce(sum(amount_fen), 0)::bigint AS fen
          FROM rosters_rosterline WHERE roster_id = %(roster)s) t
 WHERE o.id = ({PREVIOUS})
   AND (abs(t.fen - o.total_fen) * 100 > o.total_fen * {NOTABLE_CHANGE_PERCENT}
        OR abs(t.lines - o.line_count) * 100 > o.line_count * {NOTABLE_CHANGE_PERCENT})"""  # noqa: S608


RULES: tuple[Rule, ...] = (
    Rule(
        "roster.empty",
        "清册没有明细",
        ERROR,
        "明细",
        "SELECT NULL::bigint, NULL::int WHERE NOT EXISTS (SELECT FROM rosters_rosterline WHERE roster_id = %(roster)s)",
        plain("清册还没有明细，请录入、导入或由底册生成。"),
        source="ZLT§19",
    ),
    Rule("quota", "超过指标可用余额", ERROR, "金额合计", _QUOTA, _quota, source="ZLT§13"),
    Rule("change", "与上期相比变化较大", WARNING, "金额合计", _CHANGE, _change, source="ZLT§16"),
)
