"""Which values a profile must hold, of what shape, and in which words people read them (PRO-3).

The catalogue says what may differ between counties; the profiles in `data/profiles/` say how. A clock names its start
and who answers for it in its value, so that another regulation is another file and never another line of code:

    {"amount": 3, "unit": "working_days", "starts": "payout.finished", "who": "bank"}       (a span; null: no clock)
    {"amount": 1, "unit": "natural_days", "starts": "cash.handed", "who": "unit", "first_day": true}
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lib.errors import Invalid

Shape = Literal["span", "switch", "choice", "choices", "number", "date", "chain", "path"]

UNITS = {"natural_hours": "小时", "natural_days": "天", "working_days": "个工作日"}
# Who answers for a clock. `unit` is the unit that makes the roster: a township, or a school.
PARTIES = {"unit": "编制单位（乡镇、学校）", "department": "主管部门", "finance": "财政部门", "bank": "代理金融机构"}
# The events from which clocks run. The room in which one happens calls `rulebook.deadlines.begin` with it.
EVENTS = {
    "roster.compiled": "清册审核到公示环节",
    "notice.posted": "公示张贴",
    "notice.ended": "公示期满",
    "objection.received": "收到异议",
    "payment_order.succeeded": "支付单拨付成功",
    "roster.approved": "清册审批完毕",
    "bank.ready": "资金到账且代发数据送达银行（以后到的为准）",
    "bank.verified": "银行核对资金与数据无误",
    "payout.finished": "银行发放结束",
    "return.noticed": "代理银行收到跨行退款信息",
    "failure.reported": "发放失败反馈到责任单位",
    "cash.handed": "现金领出当天",
    "period.ended": "年度或执行期结束",
}


@dataclass(frozen=True)
class Key:
    """One value of the catalogue. `optional` spans may be null: the county runs no such clock.

    `only` is the one value that the portal can apply, because truths of the database rest on it; it is shown with its
    article like every other, and no county can set another.
    """

    key: str
    title: str
    group: str
    shape: Shape
    options: tuple[tuple[str, str], ...] = ()
    per_policy: bool = False
    optional: bool = False
    starts: tuple[str, ...] = ()
    only: Any = None


MAKING, MONEY, FAILURE, REGISTER, POLICIES, OPENNESS = (
    "造册、公示与上报", "资金与发放", "发放失败与补发", "账户与底册", "补贴政策", "公开与数据",
)  # fmt: skip
UNIT_KINDS = (("township", "乡镇（街道）"), ("school", "学校"))
PAYERS = (("finance", "财政部门"), ("department", "主管部门"))

KEYS: tuple[Key, ...] = (
    Key("declaring.kinds", "编制清册的单位", MAKING, "choices", UNIT_KINDS),
    Key("village.entry", "村（社区）录入账户", MAKING, "switch"),
    Key("chain", "审核流程", MAKING, "chain", per_policy=True),
    Key("handling.own", "经办人、审核人本人列入清册的", MAKING, "choice", (
        ("refuse", "回避：不能编制、审核列有本人的清册"), ("explain", "说明情况后可以办理"),
    )),
    Key("notice.post_within", "开始公示的期限", MAKING, "span", optional=True, starts=("roster.compiled",)),
    Key("notice.window", "公示期限", MAKING, "span", per_policy=True, starts=("notice.posted",)),
    Key("notice.contents", "公示的内容", MAKING, "choices", (
        ("policy", "补贴政策（资金名称）"), ("standard", "补贴标准"), ("beneficiary", "补助对象"),
        ("amount", "补贴金额"), ("phone", "监督电话"),
    )),
    Key("notice.restarts_after_change", "公示后有改动须重新公示", MAKING, "switch", per_policy=True),
    Key("objection.handle_within", "核实异议的期限", MAKING, "span", starts=("objection.received",)),
    Key("entry.after_notice", "公示后录入的期限", MAKING, "span", optional=True, starts=("notice.ended",)),
    Key("submission.requires_arrival", "资金到代发户后才能上报", MAKING, "switch", per_policy=True),
    Key("data.before_money", "先送数据、后拨资金", MONEY, "switch", per_policy=True),
    Key("dispatch.by", "由谁拨付资金、向银行发送数据", MONEY, "choice", PAYERS, per_policy=True),
    Key("dispatch.to_bank", "向银行发送代发数据的期限", MONEY, "span", optional=True,
        starts=("payment_order.succeeded", "roster.approved"), per_policy=True),
    Key("bank.verify", "银行核对资金与数据的期限", MONEY, "span", optional=True, starts=("bank.ready",)),
    Key("bank.payout", "银行发放的期限", MONEY, "span", starts=("bank.ready", "bank.verified"), per_policy=True),
    Key("bank.feedback", "银行反馈的期限", MONEY, "span", starts=("bank.ready", "payout.finished"), per_policy=True),
    Key("bank.cross_return", "跨行退款反馈的期限", MONEY, "span", optional=True, starts=("return.noticed",)),
    Key("payout.cycle", "按期发放", MONEY, "choice", (
        ("none", "不设固定的发放日"), ("policy_frequency", "按月（次）发放：按月的政策当月发放完毕"),
    ), per_policy=True),
    Key("cash.allowed", "可以发放现金", MONEY, "switch", per_policy=True),
    Key("cash.team", "现金发放小组人数", MONEY, "number"),
    Key("cash.return", "未发完的现金存回的期限", MONEY, "span", optional=True, starts=("cash.handed",)),
    Key("delegation.allowed", "可以他人代领", MONEY, "switch", per_policy=True),
    Key("delegation.approval", "代领由谁同意", MONEY, "choice", (("none", "不允许代领"), ("department", "主管部门"))),
    Key("delegation.most", "一人代领几户（人）起须说明", MONEY, "number"),
    Key("clearing.at", "清算的时间", MONEY, "choice", (
        ("year_end", "年末"), ("year_or_period_end", "年末或一个执行期结束后"),
    )),
    Key("clearing.within", "清算的期限", MONEY, "span", optional=True, starts=("period.ended",)),
    Key("clearing.parties", "参加清算的单位", MONEY, "choices", (*PAYERS, ("bank", "代理金融机构"))),
    Key("failure.way", "发放失败的明细", FAILURE, "choice", (
        ("mend", "更正账户或激活后，对原明细补发"), ("return_to_declaring", "退回申报阶段，修正后重新申报发放"),
    )),
    Key("account.fix", "编制单位更正账户的期限", FAILURE, "span", optional=True, starts=("failure.reported",)),
    Key("failure.department", "主管部门处理发放失败的期限", FAILURE, "span", optional=True,
        starts=("failure.reported",)),
    Key("reissue.started_by", "补发由谁发起", FAILURE, "choice", (*PAYERS, ("unit", "编制单位（重新申报）"))),
    Key("account_change.finance_approval", "正常可用的账户变更须财政审批", REGISTER, "switch"),
    Key("account.one_card", "一人一卡", REGISTER, "switch", only=True),
    Key("account.social_card", "社会保障卡", REGISTER, "choice", (
        ("any", "不限"), ("preferred", "优先使用"), ("required_for_new", "新纳入人员必须使用，原有人员逐步替换"),
    )),
    Key("death.production", "死亡人员的生产类补贴", REGISTER, "choice", (
        ("heir", "凭证明转录给继承人"), ("stop", "停止发放"),
    )),
    Key("death.identity", "死亡人员的身份类补贴", REGISTER, "choice", (
        ("stop_and_recover", "立即停发、通报，已发的全额追缴"), ("stop", "停止发放"),
    )),
    Key("card.by_delegate", "卡折可以由他人代领", REGISTER, "switch"),
    Key("identity.verified", "没有通过公安核查的人员", REGISTER, "choice", (
        ("block", "不能送审：未核查、不一致、反馈死亡的，先核查、更正或办理"), ("warn", "提示，说明情况后可以送审"),
    )),
    Key("identity.valid", "公安核查的有效期", REGISTER, "choice", (
        ("none", "不设期限"), ("12", "十二个月"), ("6", "六个月"), ("3", "三个月"),
    )),
    Key("virtual_households", "跨区划引用补贴对象（虚拟户）", REGISTER, "switch"),
    Key("policy_list.public_by", "政策清单公开的时间", POLICIES, "date"),
    Key("standard.rest", "按资金总额测算标准的余额", POLICIES, "choice", (
        ("stays", "留在指标内，不分配"), ("shared", "可以由编制单位逐分分配到明细，合计等于资金总额"),
    ), per_policy=True),
    Key("policy.addition", "新增县级政策的程序", POLICIES, "path"),
    Key("policy.change", "变更、停止政策的程序", POLICIES, "path"),
    Key("emergency.other_channels", "应急、救助等项目可走其他渠道", POLICIES, "switch"),
    Key("publicity.kinds", "主动公开的信息", OPENNESS, "choices", (
        ("basis", "依据文件"), ("list", "政策清单"), ("guide", "申报指南"), ("declarations", "申报信息"),
        ("payouts", "发放信息"), ("channels", "咨询投诉渠道"),
    )),
    Key("publicity.one_list", "一张单公示", OPENNESS, "switch"),
    Key("desk.one_stop", "一站式经办", OPENNESS, "switch"),
    Key("access.data", "查询数据的审批程序", OPENNESS, "path"),
    Key("access.connection", "系统对接的审批程序", OPENNESS, "path"),
)  # fmt: skip
BY_KEY: Mapping[str, Key] = {entry.key: entry for entry in KEYS}
SPANS: tuple[str, ...] = tuple(entry.key for entry in KEYS if entry.shape == "span")
DATE_RULES = {"before_payout": "发放之前", "on_change": "变动时及时公布"}
PATH_OFFICES = ("department", "finance", "outside")


def key_of(key: str) -> Key:
    """The entry of a key; an unknown key is refused."""
    if key not in BY_KEY:
        raise Invalid(f"没有“{key}”这项规则。", code="rulebook.unknown_key", field="key")
    return BY_KEY[key]


def title_of(key: str) -> str:
    """What people call a key; what is none stays as it is."""
    known = BY_KEY.get(key)
    return known.title if known else key


def starting_at(event: str) -> list[str]:
    """Clocks that may start with an event, by the catalogue; which do, the county's values say."""
    return [entry.key for entry in KEYS if event in entry.starts]


def check_value(key: str, value: Any) -> None:
    """Refuses a value that does not have the shape of its key (`Invalid`, field `value`)."""
    entry = key_of(key)
    wrong = _CHECKS[entry.shape](entry, value)
    if not wrong and entry.only is not None and value != entry.only:
        wrong = "系统按这一规定建立，各县相同，不能改变"
    if wrong:
        raise Invalid(f"“{entry.title}”的值不对：{wrong}。", code="rulebook.value", field="value")


def _span(entry: Key, value: Any) -> str:
    if value is None:
        return "" if entry.optional else "必须有期限"
    if not isinstance(value, dict) or not {"amount", "unit", "starts", "who"} <= value.keys():
        return "期限须写明时长、单位、起算和责任单位"
    amount = value["amount"]
    starts = "或".join(f"“{EVENTS[event]}”" for event in entry.starts)
    extra = value.keys() - {"amount", "unit", "starts", "who", "first_day"}
    faults = (
        (not isinstance(amount, int) or isinstance(amount, bool) or not 1 <= amount <= 1000, "时长应为1至1000的整数"),
        (value["unit"] not in UNITS, "单位应为小时、天或工作日"),
        (value["starts"] not in entry.starts, f"起算事件应为{starts}"),
        (value["who"] not in PARTIES, f"责任单位应为{'、'.join(PARTIES.values())}"),
        (bool(extra) or not isinstance(value.get("first_day", False), bool), "期限中有不认识的内容"),
    )
    return next((words for wrong, words in faults if wrong), "")


def _switch(entry: Key, value: Any) -> str:
    return "" if isinstance(value, bool) else "应为是或否"


def _choice(entry: Key, value: Any) -> str:
    return (
        "" if value in dict(entry.options) else "应为" + "、".join(f"“{title}”" for _, title in entry.options) + "之一"
    )


def _choices(entry: Key, value: Any) -> str:
    if not isinstance(value, list) or not value or len(set(value)) != len(value):
        return "至少选一项，不能重复"
    return "" if set(value) <= dict(entry.options).keys() else "有不认识的选项"


def _number(entry: Key, value: Any) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 1000
    return "" if good else "应为1至1000的整数"


def _date(entry: Key, value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"rule"}:
        return "" if value["rule"] in DATE_RULES else "应为" + "、".join(DATE_RULES.values()) + "之一"
    if not isinstance(value, dict) or value.keys() != {"date"}:
        return "应为每年的日期，如03-31"
    month, _, day = str(value["date"]).partition("-")
    good = len(month) == len(day) == 2 and month.isdigit() and day.isdigit() and 1 <= int(month) <= 12
    return "" if good and 1 <= int(day) <= 31 else "日期应写成月-日，如03-31"


def _chain(entry: Key, value: Any) -> str:
    """Each step has key and title, and a post with its scope or the kind `notice`; one step submits.

    A post of the scope `unit` may be a mapping from the unit's kind to its role: units of other kinds skip the step.
    """
    if not isinstance(value, list) or not value or not all(isinstance(step, dict) for step in value):
        return "至少要有一个环节"
    keys = [step.get("key") for step in value]
    if not all(keys) or len(set(keys)) != len(keys) or not all(step.get("title") for step in value):
        return "每个环节须有代码和名称，代码不能重复"
    notices = [step.get("kind") == "notice" for step in value]
    if notices[0] or notices[-1] or any(one and other for one, other in itertools.pairwise(notices)):
        return "第一个和最后一个环节应由人签署，公示之后须有人签署"
    signed = [step for step in value if step.get("kind") != "notice"]
    if not all(step.get("post") and step.get("scope") in ("unit", "department", "county") for step in signed):
        return "签署环节须写明岗位和范围"
    return "" if any(step.get("submits") for step in signed) else "须有一个环节上报"


def _path(entry: Key, value: Any) -> str:
    """Each step of a path: key, title, office (department, finance or outside)."""
    if not isinstance(value, list) or not value or not all(isinstance(step, dict) for step in value):
        return "至少要有一步"
    keys = [step.get("key") for step in value]
    if not all(keys) or len(set(keys)) != len(keys) or not all(step.get("title") for step in value):
        return "每一步须有代码和名称，代码不能重复"
    return "" if all(step.get("office") in PATH_OFFICES for step in value) else "每一步须写明由谁办理"


_CHECKS: Mapping[Shape, Callable[[Key, Any], str]] = {
    "span": _span,
    "switch": _switch,
    "choice": _choice,
    "choices": _choices,
    "number": _number,
    "date": _date,
    "chain": _chain,
    "path": _path,
}
