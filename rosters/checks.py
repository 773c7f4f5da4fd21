"""The checks before a roster goes on (ROS-4): each a small unit, one SQL over the whole roster.

Errors block; a warning needs an explanation. Every message says which line, what is wrong and how to mend it, and
repeats no number of a person or an account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from lib.money import format_yuan
from rosters import backpay, payees
from rosters.models import Finding, Roster
from subsidies.models import Policy

ERROR, WARNING = Finding.Severity.ERROR, Finding.Severity.WARNING
# A change against the last period that a reviewer would ask about.
NOTABLE_CHANGE_PERCENT = 10

Row = tuple[Any, ...]
Message = Callable[[Roster, Row], str]


@dataclass(frozen=True)
class Rule:
    """`sql` yields (line_id, number, …what the message needs); both are NULL for the roster as a whole."""

    id: str
    title: str
    severity: Finding.Severity
    field: str
    sql: str
    message: Message


class _LineSql(str):
    """A statement over lines, made of a condition on each: so that one look at all lines can ask for many rules."""

    __slots__ = ("condition", "joins")

    condition: str
    joins: str


_LINES = f"""
  FROM {payees.ROSTER} r
  JOIN rosters_rosterline l ON l.roster_id = r.id
  JOIN subsidies_policy pol ON pol.id = r.policy_id
  JOIN subsidies_standard s ON s.id = l.standard_id
  JOIN households_person b ON b.id = l.beneficiary_id
  JOIN households_household h ON h.id = b.household_id
  LEFT JOIN households_person y ON y.id = l.payee_id
  LEFT JOIN households_bankaccount a ON a.id = l.account_id
  {{joins}} WHERE l.roster_id = %(roster)s AND """


def _lines(condition: str, *columns: str, joins: str = "") -> _LineSql:
    lines = _LINES.replace("{joins}", joins)
    sql = _LineSql(f"SELECT {', '.join(('l.id', 'l.number', *columns))} {lines} ({condition}) ORDER BY l.number")
    sql.condition, sql.joins = condition, joins
    return sql


def _plain(text: str) -> Message:
    return lambda roster, row: text


def _quantity(value: Decimal) -> str:
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _dead(roster: Roster, row: Row) -> str:
    if row[3]:
        return (
            f"享受人已于{row[2]}死亡。本补贴属生产资料类：凭证明材料可转录给继承人的，"
            "先在“死亡与继承”办理继承转录（或在底册变更户主），再按底册更新；否则删除本行。"
        )
    if roster.policy.category == Policy.Category.PRODUCTION:
        return f"享受人已于{row[2]}死亡。按本县规定，生产资料类补贴不转录给继承人，请删除本行。"
    if roster.rules["death.identity"]["value"] == "stop":
        return f"享受人已于{row[2]}死亡。本补贴属身份类，应停止发放，请删除本行。"
    return f"享受人已于{row[2]}死亡。本补贴属身份类：应立即停止发放，删除本行；死亡后已发放的，须全额追缴。"


def _payee_rule(roster: Roster, row: Row) -> str:
    if roster.policy.unit == Policy.Unit.HOUSEHOLD:
        return (
            "按户发放的补贴只能发给底册登记的户主（或经批准的继承人、代领人）。"
            "请核对户主信息后按底册更新；没有户主档案的，先补建。"
        )
    return "按人发放的补贴只能发给享受人本人（或经批准的继承人、代领人），请按底册更新本行。"


def _payee_dead(roster: Roster, row: Row) -> str:
    how = "已死亡" if row[2] == "dead" else "已登记为失踪" if row[2] == "missing" else "已迁出"
    return f"收款人（户主）{how}，请先在底册变更户主，再按底册更新；无人承接的，删除本行。"


def _account_state(roster: Roster, row: Row) -> str:
    states = {"dormant": "不动户", "frozen": "冻结", "lost": "挂失", "closed": "已销户"}
    return f"收款账户为{states.get(row[2], row[2])}，请通知本人激活或变更账户，再按底册更新。"


def _amount(roster: Roster, row: Row) -> str:
    return f"金额与数量×标准不符：应为{format_yuan(row[2])}，现为{format_yuan(row[3])}，请重新保存本行。"


def _double_here(roster: Roster, row: Row) -> str:
    whom = "该户" if roster.policy.unit == Policy.Unit.HOUSEHOLD else "该享受人"
    return f"{whom}在本清册第{row[2]}号已有同一计发依据的补贴，请删除重复的一行，或填写不同的计发依据。"


def _double_there(roster: Roster, row: Row) -> str:
    return f"同一权益已列入清册{row[2]}（{row[3]}）第{row[4]}号，所属期重叠，不能重复享受。请删除本行或与对方核实。"


def _quota(roster: Roster, row: Row) -> str:
    return (
        f"清册合计{format_yuan(row[2])}，超过指标{roster.quota.document_number}的可用余额{format_yuan(row[3])}，"
        f"差{format_yuan(row[2] - row[3])}。请核减，或请财政部门下达指标。"
    )


def _mu(roster: Roster, row: Row) -> str:
    if row[3] is None:
        return f"该户在底册没有登记补贴面积，本期合计{_quantity(row[2])}亩，请说明依据。"
    return f"该户本期合计{_quantity(row[2])}亩，多于底册登记的{_quantity(row[3])}亩，请核实并说明。"


def _change(roster: Roster, row: Row) -> str:
    count, fen, count_before, fen_before, number = row[2:]
    return (
        f"与上期（{number}）相比变化超过{NOTABLE_CHANGE_PERCENT}%：人（户）数{count_before}→{count}，"
        f"金额{format_yuan(fen_before)}→{format_yuan(fen)}，请说明原因。"
    )


_DOUBLE_THERE = """
SELECT l.id, l.number, o.number, d.name, x.number
  FROM rosters_rosterline l
  JOIN rosters_rosterline x ON x.policy_id = l.policy_id AND x.holder = l.holder AND x.basis = l.basis
       AND x.living AND NOT x.taken_out AND x.roster_id <> l.roster_id
       AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
  JOIN rosters_roster o ON o.id = x.roster_id
  JOIN accounts_division d ON d.id = o.division_id
 WHERE l.roster_id = %(roster)s ORDER BY l.number"""

_QUOTA = """
SELECT NULL::bigint, NULL::int, t.fen, a.balance_fen
  FROM rosters_roster r
  JOIN subsidies_ledgeraccount a ON a.quota_id = r.quota_id AND a.kind = 'available',
       LATERAL (SELECT sum(l.amount_fen)::bigint AS fen FROM rosters_rosterline l WHERE l.roster_id = r.id) t
 WHERE r.id = %(roster)s AND t.fen > a.balance_fen"""

# Distinct people of an account by two ranks: one pass, whatever the planner knows about the table.
_SHARED_ACCOUNT = """
SELECT id, number, people
  FROM (SELECT l.id, l.number,
               dense_rank() OVER (PARTITION BY l.account_digest ORDER BY l.beneficiary_id)
               + dense_rank() OVER (PARTITION BY l.account_digest ORDER BY l.beneficiary_id DESC) - 1 AS people
          FROM rosters_rosterline l WHERE l.roster_id = %(roster)s AND l.account_digest IS NOT NULL) n
 WHERE people > 1 ORDER BY number"""

_ABOVE_REGISTER = """
SELECT DISTINCT ON (l.household_id) l.id, l.number, n.mu, h.subsidised_mu
  FROM rosters_rosterline l
  JOIN households_household h ON h.id = l.household_id
  JOIN subsidies_policy pol ON pol.id = l.policy_id AND pol.unit = 'household'
  JOIN (SELECT k.household_id, sum(k.quantity) AS mu FROM rosters_rosterline k
          JOIN subsidies_standard s ON s.id = k.standard_id AND s.per = '亩'
         WHERE k.roster_id = %(roster)s GROUP BY k.household_id) n ON n.household_id = l.household_id
 WHERE l.roster_id = %(roster)s AND n.mu > coalesce(h.subsidised_mu, 0) ORDER BY l.household_id, l.number"""

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

_AGE = "extract(year FROM age(r.period_end, b.birth_date))"

RULES: tuple[Rule, ...] = (
    Rule(
        "roster.empty",
        "清册没有明细",  # ZLT§19
        ERROR,
        "明细",
        "SELECT NULL::bigint, NULL::int WHERE NOT EXISTS (SELECT FROM rosters_rosterline WHERE roster_id = %(roster)s)",
        _plain("清册还没有明细，请录入、导入或由底册生成。"),
    ),
    Rule(
        "person.dead",
        "享受人已死亡",  # ZLT§16
        ERROR,
        "享受人",
        _lines(
            # Whom an approved heir follows stays in the roster as the one it goes back to.
            "b.state = 'dead' AND NOT (su.id IS NOT NULL AND o.id = b.id AND l.payee_id = su.heir_id)",
            'to_char(b.died_on, \'YYYY"年"FMMM"月"FMDD"日"\')',
            "r.heirs",
            joins=payees.INSTEAD,
        ),
        _dead,
    ),
    Rule(
        "person.missing",
        "享受人失踪",  # ZLT§20
        ERROR,
        "享受人",
        _lines("b.state = 'missing'"),
        _plain("享受人已登记为失踪，请删除本行，核实后再造册。"),
    ),
    Rule(
        "person.register",
        "不在底册",  # ZLT§18
        ERROR,
        "享受人",
        _lines(
            "b.state = 'moved' OR h.state <> 'living' OR b.id_digest <> l.beneficiary_id_digest"
            " OR b.name <> l.beneficiary_name OR h.id <> l.household_id"
        ),
        _plain("享受人的底册信息已变更、已迁出或所在户已注销，请点“按底册更新”，或删除本行。"),
    ),
    Rule(
        "payee.rule",
        "收款人不符合规定",  # ZLT§29
        ERROR,
        "收款人",
        _lines(
            f"l.payee_id IS DISTINCT FROM {payees.PAYEE} OR y.id_digest <> l.payee_id_digest OR y.name <> l.payee_name",
            joins=payees.INSTEAD,
        ),
        _payee_rule,
    ),
    Rule(
        "person.place",
        "不在本单位造册范围",  # ZLT§18
        ERROR,
        "享受人",
        _lines(f"NOT {payees.STANDS}", joins="JOIN accounts_division v ON v.id = h.village_id"),
        _plain("该人员的户在其他乡镇，对方没有同意引用（或引用已终止）。请删除本行，或先办理跨区划引用。"),
    ),
    Rule(
        "payee.dead",
        "收款人已死亡或失踪",  # ZLT§20
        ERROR,
        "收款人",
        _lines("l.payee_id <> l.beneficiary_id AND y.state <> 'alive'", "y.state"),
        _payee_dead,
    ),
    Rule(
        "account.none",
        "没有收款账户",  # ZLT§19
        ERROR,
        "账号",
        _lines("l.account_id IS NULL AND NOT l.cash"),
        _plain("收款人没有用于发放的一卡通账户，请先在底册登记账户，再按底册更新。"),
    ),
    Rule(
        "account.state",
        "收款账户异常",  # ZLT§19
        ERROR,
        "账号",
        _lines("a.id IS NOT NULL AND a.state <> 'normal'", "a.state"),
        _account_state,
    ),
    Rule(
        "account.owner",
        "账户不是收款人正在使用的账户",  # ZLT§29
        ERROR,
        "账号",
        _lines(
            "a.id IS NOT NULL AND (a.person_id <> l.payee_id OR a.number_digest <> l.account_digest OR NOT a.in_use)"
        ),
        _plain("账户与底册中收款人正在使用的账户不一致，请按底册更新本行。"),
    ),
    Rule(
        "account.changing",
        "账户变更正在办理",  # CQ§23
        ERROR,
        "账号",
        _lines(
            "NOT l.cash AND EXISTS (SELECT FROM households_accountchange c WHERE c.person_id = l.payee_id"
            " AND c.kind = 'replace' AND c.state IN ('submitted', 'unit_approved'))"
        ),
        _plain("收款人的账户变更正在审核，换卡期间不能送审。请先审核（或退回）该变更，再按底册更新。"),
    ),
    Rule(
        "amount",
        "金额不等于数量乘标准",  # ZLT§16
        ERROR,
        "补贴金额",
        _lines(
            "l.unit_fen <> s.amount_fen OR s.version_id <> r.version_id"
            " OR l.amount_fen <> round(l.quantity * s.amount_fen)",
            "round(l.quantity * s.amount_fen)::bigint",
            "l.amount_fen",
        ),
        _amount,
    ),
    Rule(
        "quantity.max",
        "数量超过上限",  # 政策标准
        ERROR,
        "数量",
        _lines("l.quantity > s.max_quantity", "l.quantity", "s.max_quantity", "s.per"),
        lambda roster, row: f"数量{_quantity(row[2])}{row[4]}超过该档上限{_quantity(row[3])}{row[4]}，请改正。",
    ),
    Rule(
        "age",
        "年龄不符合档次",  # 政策标准
        ERROR,
        "档次",
        _lines(f"{_AGE} < coalesce(s.age_from, 0) OR {_AGE} > coalesce(s.age_to, 999)", f"{_AGE}::int", "s.name"),
        lambda roster, row: f"所属期末满{row[2]}周岁，不符合“{row[3]}”，请改选相应档次或删除本行。",
    ),
    Rule(
        "double.here",
        "本清册内重复",  # CQ§28(1)
        ERROR,
        "享受人",
        "SELECT id, number, first FROM (SELECT id, number, first_value(number) OVER (PARTITION BY holder, basis"
        " ORDER BY number) AS first FROM rosters_rosterline WHERE roster_id = %(roster)s) q"
        " WHERE number <> first ORDER BY number",
        _double_here,
    ),
    Rule("double.there", "与其他清册重复", ERROR, "享受人", _DOUBLE_THERE, _double_there),  # CQ§28(1)
    Rule("back.form", "补发月份写法不对", ERROR, "计发依据", backpay.FORM, lambda roster, row: backpay.form_told()),
    Rule(
        "back.months",
        "补发月数与月份不符",
        ERROR,
        "数量",
        backpay.MONTHS,
        lambda roster, row: backpay.months_told(row[2], _quantity(row[3])),
    ),
    Rule(
        "back.earlier",
        "补发的月份不早于所属期",
        ERROR,
        "计发依据",
        backpay.EARLIER,
        lambda roster, row: backpay.earlier_told(),
    ),
    Rule(
        "back.paid",
        "补发的月份已列入过清册",
        WARNING,
        "计发依据",
        backpay.PAID,
        lambda roster, row: backpay.paid_told(*row[2:]),
    ),
    Rule("quota", "超过指标可用余额", ERROR, "金额合计", _QUOTA, _quota),  # ZLT§13
    Rule(
        "account.shared",
        "多人使用同一账户",  # ZLT§29
        WARNING,
        "账号",
        _SHARED_ACCOUNT,
        lambda roster, row: f"本清册有{row[2]}名享受人使用同一收款账户，请核实并说明。",
    ),
    Rule("quantity.register", "面积多于底册", WARNING, "数量", _ABOVE_REGISTER, _mu),  # ZLT§18
    Rule(
        "person.unverified",
        "身份未经公安核查",  # ZLT§19
        WARNING,
        "享受人",
        _lines("b.verified_at IS NULL AND b.state = 'alive'"),
        _plain("享受人身份尚未经公安联网核查，请核查或说明。"),
    ),
    Rule("change", "与上期相比变化较大", WARNING, "金额合计", _CHANGE, _change),  # ZLT§16
)
BY_ID = {rule.id: rule for rule in RULES}


_LINE_RULES = [rule for rule in RULES if isinstance(rule.sql, _LineSql)]


def _sweep() -> str:
    """One statement that says of every line which rules it breaks, as bits in the order of the rules."""
    joins = dict.fromkeys(rule.sql.joins for rule in _LINE_RULES if isinstance(rule.sql, _LineSql))
    bits = " | ".join(
        f"CASE WHEN {rule.sql.condition} THEN {1 << place} ELSE 0 END::bigint"
        for place, rule in enumerate(_LINE_RULES)
        if isinstance(rule.sql, _LineSql)
    )
    broken = f"SELECT {bits} AS bits {_LINES.replace('{joins}', ' '.join(joins))} true OFFSET 0"
    return f"SELECT bit_or(bits) FROM ({broken}) broken"  # noqa: S608


_SWEEP = _sweep()


def hits(rule: Rule, roster: Roster) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(rule.sql, {"roster": roster.pk})
        return list(cursor.fetchall())


def _asked(roster: Roster) -> list[Rule]:
    """The rules that some line breaks, and those that look at more than a line."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, {"roster": roster.pk})
        bits = cursor.fetchone()[0] or 0
    clean = {rule.id for place, rule in enumerate(_LINE_RULES) if not bits >> place & 1}
    return [rule for rule in RULES if rule.id not in clean]


def findings(roster: Roster) -> list[Finding]:
    """What all rules find now, not stored."""
    return [
        Finding(
            roster=roster,
            line_id=row[0],
            number=row[1],
            rule=rule.id,
            severity=rule.severity,
            field=rule.field,
            message=rule.message(roster, row)[:300],
        )
        for rule in _asked(roster)
        for row in hits(rule, roster)
    ]


def previous_roster(roster: Roster) -> Roster | None:
    """The roster of the same policy and township for the period before."""
    with connection.cursor() as cursor:
        cursor.execute(PREVIOUS, {"roster": roster.pk})
        row = cursor.fetchone()
    return Roster.objects.get(pk=row[0]) if row else None
