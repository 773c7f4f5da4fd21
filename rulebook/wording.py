"""How the values of a profile read to people."""

from typing import Any

from accounts.models import Role
from rulebook.calendar import UNIT_WORDS

TITLES = {
    "notice.window": "公示期限",
    "notice.post_within": "开始公示的期限",
    "entry.after_notice": "公示后录入的期限",
    "dispatch.to_bank": "财政发送代发数据的期限",
    "bank.payout": "银行发放的期限",
    "bank.feedback": "银行反馈的期限",
    "account.fix": "乡镇更正账户的期限",
    "failure.department": "主管部门处理发放失败的期限",
    "submission.requires_arrival": "资金到代发户后才能上报",
    "data.before_money": "先送数据、后拨资金",
    "cash.allowed": "可以发放现金",
    "delegation.allowed": "可以他人代领",
    "reissue.started_by": "补发由谁发起",
    "policy_list.public_by": "政策公开的时间",
    "account_change.finance_approval": "变更账户须财政审批",
    "village.entry": "村直接录入",
    "notice.restarts_after_change": "公示后有改动须重新公示",
    "objection.handle_within": "核实异议的期限",
    "chain": "审核流程",
}
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("造册与公示", ("notice.", "entry.", "village.", "objection.", "submission.")),
    ("资金与发放", ("dispatch.", "bank.", "data.", "cash.", "delegation.")),
    ("失败、补发与账户", ("account", "failure.", "reissue.")),
    ("其他", ("",)),
)
STARTS = {
    "notice.window": "公示开始",
    "notice.post_within": "清册造好",
    "entry.after_notice": "公示期满",
    "dispatch.to_bank": "支付单拨付成功",
    "bank.payout": "资金到账",
    "bank.feedback": "资金到账",
    "account.fix": "通知乡镇",
    "failure.department": "反馈主管部门",
    "objection.handle_within": "收到异议",
}
WORDS = {"finance": "县财政部门", "department": "主管部门", "township": "乡镇", "before_payout": "发放之前"}
SIGNS = {"detail": "在明细表上签字", "summary": "在汇总表上签字"}


def in_words(value: Any) -> str:
    """5天, 24小时, 2个工作日, 是, 否, 发放之前 …"""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict) and {"amount", "unit"} <= value.keys():
        return f"{value['amount']}{UNIT_WORDS.get(value['unit'], value['unit'])}"
    if isinstance(value, dict) and "rule" in value:
        return WORDS.get(value["rule"], str(value["rule"]))
    if isinstance(value, dict) and "date" in value:
        month, _, day = str(value["date"]).partition("-")
        return f"每年{int(month)}月{int(day)}日以前"
    return WORDS.get(str(value), str(value))


def group_of(key: str) -> str:
    return next(title for title, starts in GROUPS if key.startswith(starts))


def chain_steps(chain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The approval chain for `parts/_stepper.html`-like drawing: who does what, and by which article."""
    roles = dict(Role.choices)
    return [
        {
            "number": number,
            "title": step["title"],
            "post": roles.get(
                step.get("post", ""), "公示期满，没有未办结的异议" if step.get("kind") == "notice" else "—"
            ),
            "signs": SIGNS.get(step.get("signs", ""), ""),
            "submits": bool(step.get("submits")),
            "article": step.get("article", ""),
            "quote": step.get("quote", ""),
            "silent": bool(step.get("silent")),
        }
        for number, step in enumerate(chain, start=1)
    ]
