"""Into which account a line is paid: there is one, it works, and it is the payee's."""

from rosters.checks.rule import ERROR, WARNING, Row, Rule, line_sql, plain
from rosters.models import Roster


def _account_state(roster: Roster, row: Row) -> str:
    states = {"dormant": "不动户", "frozen": "冻结", "lost": "挂失", "closed": "已销户"}
    return f"收款账户为{states.get(row[2], row[2])}，请通知本人激活或变更账户，再按底册更新。"


# Distinct households or people of an account by two ranks: one pass, whatever the planner knows about the table.
_SHARED_ACCOUNT = """
SELECT id, number, people
  FROM (SELECT l.id, l.number,
               dense_rank() OVER (PARTITION BY l.account_digest ORDER BY l.holder)
               + dense_rank() OVER (PARTITION BY l.account_digest ORDER BY l.holder DESC) - 1 AS people
          FROM rosters_rosterline l WHERE l.roster_id = %(roster)s AND l.account_digest IS NOT NULL) n
 WHERE people > 1 ORDER BY number"""


RULES: tuple[Rule, ...] = (
    Rule(
        "account.none",
        "没有收款账户",
        ERROR,
        "账号",
        line_sql("l.account_id IS NULL AND NOT l.cash"),
        plain("收款人没有用于发放的一卡通账户，请先在底册登记账户，再按底册更新。"),
        source="ZLT§19",
    ),
    Rule(
        "account.state",
        "收款账户异常",
        ERROR,
        "账号",
        line_sql("a.id IS NOT NULL AND a.state <> 'normal'", "a.state"),
        _account_state,
        source="ZLT§19",
    ),
    Rule(
        "account.owner",
        "账户不是收款人正在使用的账户",
        ERROR,
        "账号",
        line_sql(
            "a.id IS NOT NULL AND (a.person_id <> l.payee_id OR a.number_digest <> l.account_digest OR NOT a.in_use)"
        ),
        plain("账户与底册中收款人正在使用的账户不一致，请按底册更新本行。"),
        source="ZLT§29",
    ),
    Rule(
        "account.changing",
        "账户变更正在办理",
        ERROR,
        "账号",
        line_sql(
            "NOT l.cash AND EXISTS (SELECT FROM households_accountchange c WHERE c.person_id = l.payee_id"
            " AND c.kind = 'replace' AND c.state IN ('submitted', 'unit_approved'))"
        ),
        plain("收款人的账户变更正在审核，换卡期间不能送审。请先审核（或退回）该变更，再按底册更新。"),
        source="CQ§23",
    ),
    Rule(
        "account.shared",
        "多人使用同一账户",
        WARNING,
        "账号",
        _SHARED_ACCOUNT,
        lambda roster, row: f"本清册有{row[2]}户（人）使用同一收款账户，请核实并说明。",
        source="ZLT§29",
    ),
)
