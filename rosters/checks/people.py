"""Whom a line is for and who receives it: alive, in the register, of this place, and of right."""

from rosters import payees
from rosters.checks.rule import ERROR, Row, Rule, line_sql, plain
from rosters.models import Roster
from subsidies.models import Policy


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


RULES: tuple[Rule, ...] = (
    Rule(
        "person.dead",
        "享受人已死亡",
        ERROR,
        "享受人",
        line_sql(
            # Whom an approved heir follows stays in the roster as the one it goes back to.
            "b.state = 'dead' AND NOT (su.id IS NOT NULL AND o.id = b.id AND l.payee_id = su.heir_id)",
            'to_char(b.died_on, \'YYYY"年"FMMM"月"FMDD"日"\')',
            "r.heirs",
            joins=payees.INSTEAD,
        ),
        _dead,
        source="ZLT§16",
    ),
    Rule(
        "person.missing",
        "享受人失踪",
        ERROR,
        "享受人",
        line_sql("b.state = 'missing'"),
        plain("享受人已登记为失踪，请删除本行，核实后再造册。"),
        source="ZLT§20",
    ),
    Rule(
        "person.register",
        "不在底册",
        ERROR,
        "享受人",
        line_sql(
            "b.state = 'moved' OR h.state <> 'living' OR b.id_digest <> l.beneficiary_id_digest"
            " OR b.name <> l.beneficiary_name OR h.id <> l.household_id"
        ),
        plain("享受人的底册信息已变更、已迁出或所在户已注销，请点“按底册更新”，或删除本行。"),
        source="ZLT§18",
    ),
    Rule(
        "payee.rule",
        "收款人不符合规定",
        ERROR,
        "收款人",
        line_sql(
            f"l.payee_id IS DISTINCT FROM {payees.PAYEE} OR y.id_digest <> l.payee_id_digest OR y.name <> l.payee_name",
            joins=payees.INSTEAD,
        ),
        _payee_rule,
        source="ZLT§29",
    ),
    Rule(
        "person.place",
        "不在本单位造册范围",
        ERROR,
        "享受人",
        line_sql(f"NOT {payees.STANDS}", joins="JOIN accounts_division v ON v.id = h.village_id"),
        plain("该人员的户在其他乡镇，对方没有同意引用（或引用已终止）。请删除本行，或先办理跨区划引用。"),
        source="ZLT§18",
    ),
    Rule(
        "payee.dead",
        "收款人已死亡或失踪",
        ERROR,
        "收款人",
        line_sql("l.payee_id <> l.beneficiary_id AND y.state <> 'alive'", "y.state"),
        _payee_dead,
        source="ZLT§20",
    ),
)
