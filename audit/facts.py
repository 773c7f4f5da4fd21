"""The facts of the trail as people read them; what has no word shows as it is written."""

import re
from datetime import datetime
from typing import Any

from lib import merkle
from lib.money import format_yuan
from lib.templatetags.portal import cn_datetime
from rosters.models import Roster

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MONEY = "_fen"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d.*")
# States that stand in facts by their code.
STATES = {str(code): str(word) for code, word in Roster.Status.choices}
# Kinds without words of their own.
KINDS = {
    "accounts.portalclock": "演练时钟",
    "accounts.trailhead": "操作轨迹",
    "audit.verification": "核验",
    "jobs.sms": "短信",
    "subsidies.policylist": "政策清单",
}

NAMES: dict[str, str] = {
    "accounts": "账户数",
    "added": "新增",
    "amount_fen": "金额",
    "arrival": "到账",
    "at": "时间",
    "attachment": "附件",
    "attempt": "次数",
    "bank": "代理银行",
    "batch": "批次",
    "breach": "记为逾期",
    "cause": "情形",
    "changed": "改动",
    "channel": "方式",
    "class": "账户类别",
    "clocks_freed": "恢复计时",
    "clocks_moved": "改变到期的时限",
    "clocks_waiting": "缺日历的时限",
    "code": "代码",
    "codes": "代码",
    "corrects": "更正的清册",
    "count": "项数",
    "created": "新建",
    "credit_code": "信用代码",
    "dataset": "数据内容",
    "datasets": "数据内容",
    "department": "部门",
    "digest": "指纹",
    "division": "区域",
    "divisions": "区域",
    "document": "文号",
    "done": "办结",
    "due_at": "到期",
    "due_on": "截止日",
    "ending": "未全额办结",
    "ends_at": "期满",
    "errors": "错误",
    "failed": "失败笔数",
    "failed_fen": "失败金额",
    "fen": "金额",
    "field": "栏目",
    "fields": "栏目",
    "file": "文件摘要",
    "finance": "须财政审批",
    "findings": "疑点数",
    "fingerprint": "指纹",
    "format": "方式",
    "found": "查到",
    "from": "自",
    "head": "户主",
    "heir": "继承人",
    "host": "所在地",
    "household": "农户",
    "households": "户数",
    "import": "导入",
    "instalment": "回款",
    "kind": "类别",
    "layout": "文件格式",
    "left_out": "未写入",
    "letter": "申请函",
    "line": "明细",
    "lines": "行数",
    "local": "地方假日",
    "lost_fen": "未追回金额",
    "masked": "脱敏",
    "month": "月份",
    "new_account": "新账户",
    "note": "说明",
    "notice": "公示",
    "number": "编号",
    "off": "放假天数",
    "on": "日期",
    "opinion": "意见",
    "order": "支付单",
    "organisation": "单位",
    "outcome": "结果",
    "paid": "发放笔数",
    "paid_fen": "发放金额",
    "party": "责任方",
    "passed": "通过",
    "payer": "发放单位",
    "payment": "支付",
    "payments": "笔数",
    "payouts": "发放数",
    "people": "人数",
    "period": "所属期",
    "person": "人员",
    "policies": "政策",
    "policy": "政策",
    "quota": "资金指标",
    "quotas": "资金指标",
    "reason": "原因",
    "reason_given": "已写原因",
    "received_fen": "已追回金额",
    "reference": "银行流水",
    "result": "结果文件",
    "revision": "修订次数",
    "role": "岗位",
    "roster": "清册",
    "rosters": "清册",
    "rows": "行数",
    "rule": "规则",
    "sha256": "文件摘要",
    "since": "自",
    "size": "字节数",
    "social_card": "社会保障卡",
    "source": "来源",
    "step": "环节",
    "subject": "对象",
    "term": "使用期限",
    "to": "到",
    "token": "口令",
    "told": "通报单位",
    "total_fen": "合计金额",
    "township": "乡镇",
    "under_way": "在办",
    "until": "至",
    "user": "用户",
    "version": "版本",
    "versions": "版本",
    "village": "村",
    "warnings": "疑点",
    "without_head": "没有户主",
    "worked": "调休上班天数",
    "year": "年度",
}


def shown(name: str, value: Any) -> Any:
    """Money in yuan, yes and no in words, a digest in the short form that stands on sheets and notices."""
    if value is None or isinstance(value, bool):
        return {None: "无", True: "是", False: "否"}[value]
    if isinstance(value, int) and (name == "fen" or name.endswith(_MONEY)):
        return format_yuan(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "、".join(f"{key} {shown(name, item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(str(shown(name, item)) for item in value)
    return value


def _text(value: str) -> str:
    if _DIGEST.fullmatch(value):
        return merkle.short(bytes.fromhex(value))
    if _MOMENT.fullmatch(value):
        return cn_datetime(datetime.fromisoformat(value))
    return STATES.get(value, value)


def told(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Every fact of an entry with its name in words."""
    return [{"name": NAMES.get(name, name), "value": shown(name, value)} for name, value in facts.items()]
