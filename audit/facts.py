"""The facts of the trail as people read them; what has no word shows as it is written."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.apps import apps

from households.models import CardHandout, DeliveredCard, IdentityAnswers, IdentityCheck, IdentityRun
from lib import merkle
from lib.money import format_yuan
from lib.templatetags.portal import cn_datetime
from rosters.models import Roster
from rosters.services.printing import Paper
from rulebook.catalogue import BY_KEY, title_of
from rulebook.wording import in_words

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MONEY = "_fen"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d.*")
_SUBJECT = re.compile(r"[a-z]+\.[a-z]+:\d+")
# Facts that hold the number of a user, and those that say of the same person who it is beyond sign-ins.
PEOPLE = frozenset({"decided_by", "proposed_by", "user"})
BESIDE = frozenset({"decided_by_person", "proposed_by_person"})
# States that stand in facts by their code.
STATES = {
    str(code): str(word)
    for kinds in (
        Roster.Status,
        Paper,
        IdentityRun.Way,
        IdentityRun.Who,
        IdentityAnswers.State,
        IdentityCheck.Outcome,
        DeliveredCard.Kind,
        CardHandout.To,
    )
    for code, word in kinds.choices
}
# What messages are about.
MESSAGES = {
    "cash_off": "发放会取消通知",
    "cash_planned": "发放会通知",
    "clock_near": "时限临近提醒",
    "clock_passed": "时限逾期提醒",
    "lookup_code": "查询验证码",
    "pay_failed": "发放失败通知",
    "pay_paid": "到账通知",
}
# Kinds without words of their own.
KINDS = {
    "accounts.portalclock": "演练时钟",
    "accounts.trailhead": "操作轨迹",
    "audit.verification": "核验",
    "jobs.export": "列表",
    "jobs.sms": "短信",
    "subsidies.policylist": "政策清单",
}

NAMES: dict[str, str] = {
    "about": "所属",
    "accounts": "账户数",
    "added": "新增",
    "amount_fen": "金额",
    "applicant": "申报人",
    "application_term": "申报受理",
    "answers": "结果文件",
    "arrival": "到账",
    "at": "时间",
    "attachment": "附件",
    "attempt": "次数",
    "asks": "要求改动数",
    "bad_rows": "有错误的行",
    "bank": "代理银行",
    "batch": "批次",
    "before": "原规定",
    "breach": "记为逾期",
    "calendar": "日历",
    "cause": "情形",
    "changed": "改动",
    "channel": "方式",
    "citation": "依据",
    "class": "账户类别",
    "clocks_freed": "恢复计时",
    "clocks_moved": "改变到期的时限",
    "clocks_waiting": "缺日历的时限",
    "closes_before": "原截止日期",
    "closes_on": "截止日期",
    "code": "代码",
    "codes": "代码",
    "columns": "列数",
    "corrects": "更正的清册",
    "count": "项数",
    "created": "新建",
    "credit_code": "信用代码",
    "dataset": "数据内容",
    "datasets": "数据内容",
    "decided_by": "批准人",
    "department": "部门",
    "digest": "指纹",
    "division": "区域",
    "divisions": "区域",
    "document": "文号",
    "done": "办结",
    "due_at": "到期",
    "due_on": "截止日",
    "effective_from": "生效日期",
    "ending": "未全额办结",
    "ends_at": "期满",
    "ends_override": "取消特别规定",
    "errors": "错误",
    "expires_on": "有效期至",
    "failed": "失败笔数",
    "failed_fen": "失败金额",
    "fen": "金额",
    "field": "栏目",
    "fields": "栏目",
    "file": "文件摘要",
    "filters": "筛选",
    "finance": "须财政审批",
    "findings": "疑点数",
    "fingerprint": "指纹",
    "format": "方式",
    "found": "查到",
    "from": "从",
    "head": "户主",
    "heir": "继承人",
    "host": "所在地",
    "household": "农户",
    "households": "户数",
    "import": "导入",
    "instalment": "回款",
    "into_household": "变更后的农户",
    "job": "任务",
    "key": "规则",
    "kind": "类别",
    "layout": "文件格式",
    "left": "没有结果",
    "left_out": "未写入",
    "letter": "申请函",
    "line": "明细",
    "lines": "行数",
    "linked": "对应申报",
    "list": "列表",
    "local": "地方假日",
    "lost_fen": "未追回金额",
    "masked": "脱敏",
    "money_fen": "资金总额",
    "month": "月份",
    "new_account": "新账户",
    "note": "说明",
    "notice": "公示",
    "number": "编号",
    "off": "放假天数",
    "on": "日期",
    "online": "网上申报",
    "only_faulty": "只含错误行",
    "opinion": "意见",
    "order": "支付单",
    "organisation": "单位",
    "outcome": "结果",
    "pages": "页数",
    "paid": "发放笔数",
    "paid_fen": "发放金额",
    "paper": "材料",
    "papers": "材料份数",
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
    "policy_code": "政策",
    "proposed_by": "提出人",
    "post": "岗位",
    "previous": "上期清册",
    "quota": "资金指标",
    "quotas": "资金指标",
    "reason": "原因",
    "reason_given": "已写原因",
    "received_fen": "已追回金额",
    "rest_fen": "余额",
    "rest_lines": "分到余额的明细",
    "reference": "银行流水",
    "removed": "移出",
    "restored": "恢复",
    "repeated": "与已有相同",
    "result": "结果文件",
    "resumed": "直接续审",
    "resumes": "改后续审",
    "revision": "修订次数",
    "role": "岗位",
    "roster": "清册",
    "rosters": "清册",
    "rows": "行数",
    "rule": "规则",
    "run": "批次",
    "sha256": "文件摘要",
    "since": "自",
    "size": "字节数",
    "social_card": "社会保障卡",
    "sorted": "分到乡镇的行数",
    "source": "来源",
    "stands_for": "代谁办理",
    "state": "状态",
    "step": "环节",
    "subject": "对象",
    "supply_key": "对接密钥",
    "taken": "新增结果",
    "term": "使用期限",
    "to": "到",
    "together": "一并办理",
    "token": "口令",
    "told": "通报单位",
    "total_fen": "合计金额",
    "township": "乡镇",
    "townships": "乡镇数",
    "under_way": "在办",
    "until": "至",
    "user": "用户",
    "value": "规定",
    "version": "版本",
    "versions": "版本",
    "village": "村",
    "warnings": "疑点",
    "way": "方式",
    "who": "人员范围",
    "whole": "完整号码",
    "window": "受理时间",
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
        return "、".join(f"{NAMES.get(key, key)} {shown(name, item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(str(shown(name, item)) for item in value)
    return value


def _text(value: str) -> str:
    if _DIGEST.fullmatch(value):
        return merkle.short(bytes.fromhex(value))
    if _MOMENT.fullmatch(value):
        return cn_datetime(datetime.fromisoformat(value))
    if _SUBJECT.fullmatch(value):
        label, _, number = value.partition(":")
        return f"{apps.get_model(label)._meta.verbose_name} {number}"
    return STATES.get(value) or MESSAGES.get(value) or title_of(value)


def people_in(facts: dict[str, Any]) -> set[int]:
    """The numbers of users whom the facts name."""
    return {value for name, value in facts.items() if name in PEOPLE and isinstance(value, int)}


def told(facts: dict[str, Any], users: Mapping[int, str]) -> list[dict[str, Any]]:
    """Every fact of an entry with its name in words; `users` are the names of `people_in`."""
    rule = facts.get("key", "") if facts.get("key", "") in BY_KEY else ""
    return [
        {"name": NAMES.get(name, name), "value": _told(name, value, rule, users)}
        for name, value in facts.items()
        if name not in BESIDE
    ]


def _told(name: str, value: Any, rule: str, users: Mapping[int, str]) -> Any:
    if name in PEOPLE and value in users:
        return users[value]
    if rule and name in ("value", "before"):
        return in_words(value, rule)
    return shown(name, value)
