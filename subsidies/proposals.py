"""What a proposal says: the shape of its content, and how old and new stand side by side (POL-1, POL-3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format

from lib.errors import Conflict, Invalid
from lib.money import format_yuan
from rulebook import clock, rules
from subsidies import templates
from subsidies.models import Policy, PolicyChange, PolicyVersion, PublishedItem, Standard

Content = dict[str, Any]
HIGHER = frozenset({Policy.Funding.CENTRAL, Policy.Funding.PROVINCIAL})
# What belongs to the policy itself and is fixed with its addition; all else is the version's.
OF_POLICY = ("code", "name", "short_name", "kind", "published_code", "unit", "category", "frequency", "funding_levels",
             "contact_person", "consult_phone", "supervise_phone")  # fmt: skip
OF_VERSION = ("eligibility", "guide", "periods", "payout_methods")
TIER = ("code", "name", "amount_fen", "per", "max_quantity", "age_from", "age_to", "source")
CHOICES: Mapping[str, list[tuple[str, str]]] = {
    "kind": Policy.Kind.choices,
    "unit": Policy.Unit.choices,
    "category": Policy.Category.choices,
    "frequency": Policy.Frequency.choices,
}
TITLES = {
    "code": "代码", "name": "名称", "short_name": "简称", "kind": "清单类别", "published_code": "上级清单代码",
    "unit": "计发对象", "category": "补贴性质", "frequency": "发放周期", "funding_levels": "资金来源",
    "contact_person": "联系人", "consult_phone": "咨询电话", "supervise_phone": "监督电话",
    "eligibility": "补贴对象与条件", "periods": "计发期间", "payout_methods": "发放方式", "guide": "申报指南",
    "template": "造册模板",
    "standards": "补贴标准", "in_force_to": "执行截止",
}  # fmt: skip
NEEDED = ("code", "name", "short_name", "consult_phone", "supervise_phone")


# --- Content from what is in force ------------------------------------------------------------------------------------
def content_of(policy: Policy, version: PolicyVersion | None) -> Content:
    """What a version says, in the shape of a proposal."""
    found: Content = {"in_force_to": policy.in_force_to.isoformat() if policy.in_force_to else None, "standards": []}
    if version is not None:
        found |= {key: getattr(version, key) for key in OF_VERSION}
        found["template"] = template_of(version)
        found["standards"] = [_tier(tier) for tier in version.standards.all()]
    return found


def template_of(version: PolicyVersion | None) -> str:
    """The revision of the column template as proposals write it: farmland/2; empty for none."""
    template = version.template if version else None
    return f"{template.code}/{template.number}" if template else ""


def _tier(tier: Standard) -> dict[str, Any]:
    limit = None if tier.max_quantity is None else number_format(tier.max_quantity, use_l10n=False)
    return {key: limit if key == "max_quantity" else getattr(tier, key) for key in TIER}


# --- Checks -----------------------------------------------------------------------------------------------------------
def checked(kind: str, content: Mapping[str, Any], *, policy: Policy | None, effective_from: date) -> Content:
    """The content of a proposal if it is whole and allowed; refused with what to mend."""
    if kind == PolicyChange.Kind.STOP:
        return {}
    keys = (*OF_VERSION, "standards", "in_force_to", *(OF_POLICY if kind == PolicyChange.Kind.ADD else ()))
    found = {key: content.get(key) for key in keys}
    if not str(found["eligibility"] or "").strip():
        raise Invalid("请写明补贴对象与条件。", code="subsidies.eligibility", field="eligibility")
    found["guide"], found["periods"] = found["guide"] or "", found["periods"] or ""
    _check_methods(found, policy)
    _check_until(found, effective_from)
    found["template"] = _checked_template(content.get("template"), policy)
    found["standards"] = _checked_tiers(found["standards"] or [])
    if kind == PolicyChange.Kind.ADD:
        _check_new(found)
    return found


def _check_methods(found: Content, policy: Policy | None) -> None:
    methods = found["payout_methods"] or []
    if not methods or not set(methods) <= set(PolicyVersion.Method.values):
        raise Invalid("请选择发放方式。", code="subsidies.methods", field="payout_methods")
    code = policy.code if policy else ""
    if PolicyVersion.Method.CASH in methods and not rules.value("cash.allowed", policy_code=code):
        raise Invalid(
            "按现行规定补贴不发放现金，请只选“打卡”。确需现金发放的，先按规则变更程序为这项政策另作规定。",
            code="subsidies.cash",
            field="payout_methods",
            rule="cash.allowed",
        )


def _checked_template(given: Any, policy: Policy | None) -> str:
    """A proposal that says nothing of columns leaves them as they are."""
    if given is None:
        return template_of(policy.versions.order_by("-effective_from").first() if policy else None)
    found = templates.named(str(given))
    return f"{found.code}/{found.number}" if found else ""


def _check_until(found: Content, effective_from: date) -> None:
    until = found["in_force_to"]
    if until and date.fromisoformat(until) < effective_from:
        raise Invalid("执行截止日期早于生效日期，请改正。", code="subsidies.until", field="in_force_to")


def _checked_tiers(tiers: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not tiers:
        raise Invalid("至少要有一档补贴标准。", code="subsidies.no_standard", field="standards")
    codes = [str(tier.get("code") or "").strip() for tier in tiers]
    if not all(codes) or len(set(codes)) != len(codes):
        raise Invalid("每档标准须有代码，代码不能重复。", code="subsidies.standard_code", field="standards")
    return [_checked_tier(number, tier) for number, tier in enumerate(tiers, start=1)]


def _checked_tier(number: int, tier: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: tier.get(key) for key in TIER}
    amount = found["amount_fen"]
    if not isinstance(amount, int) or amount <= 0:
        raise Invalid(f"第{number}档标准的金额应大于零。", code="subsidies.standard_amount", field="standards")
    for key, words in (("name", "名称"), ("per", "计量单位"), ("source", "依据")):
        if not str(found[key] or "").strip():
            raise Invalid(f"第{number}档标准没有填写{words}。", code="subsidies.standard_part", field="standards")
    found["max_quantity"] = _limit(number, found["max_quantity"])
    low, high = found["age_from"], found["age_to"]
    if low is not None and high is not None and low > high:
        raise Invalid(f"第{number}档标准的年龄下限大于上限。", code="subsidies.standard_age", field="standards")
    return found


def _limit(number: int, value: Any) -> str | None:
    if value in (None, ""):
        return None
    try:
        limit = Decimal(str(value))
    except InvalidOperation:
        limit = Decimal(0)
    if limit <= 0:
        raise Invalid(f"第{number}档标准的数量上限应大于零。", code="subsidies.standard_limit", field="standards")
    return str(limit)


def _check_new(found: Content) -> None:
    for key in NEEDED:
        found[key] = str(found[key] or "").strip()
        if not found[key]:
            raise Invalid(f"请填写{TITLES[key]}。", code="subsidies.needed", field=key)
    for key, choices in CHOICES.items():
        if found[key] not in dict(choices):
            raise Invalid(f"请选择{TITLES[key]}。", code="subsidies.needed", field=key)
    found["contact_person"] = found["contact_person"] or ""
    if Policy.objects.filter(code=found["code"]).exists():
        raise Conflict(f"代码{found['code']}已用于另一项政策，请换一个代码。", code="subsidies.code", field="code")
    if not found["funding_levels"] or not set(found["funding_levels"]) <= set(Policy.Funding.values):
        raise Invalid("请选择资金来源。", code="subsidies.funding", field="funding_levels")
    found["published_code"] = (found["published_code"] or "").strip()
    if found["kind"] == Policy.Kind.PRESCRIBED:
        _check_published(found["published_code"])
        return
    if found["published_code"]:
        raise Invalid("自定清单政策不对应上级清单项目，请清空上级清单代码。", code="subsidies.mapped",
                      field="published_code")  # fmt: skip
    if HIGHER & set(found["funding_levels"]):
        raise Invalid(
            "使用中央、省（自治区、直辖市）资金的政策必须与上级公布的清单一一对应，不得另行设立。"
            "请改为规定清单并选择对应项目，或只选本级资金。",
            code="subsidies.invented",
            field="funding_levels",
        )


def _check_published(code: str) -> None:
    item = PublishedItem.objects.filter(code=code).first()
    if item is None:
        raise Invalid(
            f"上级公布的清单中没有项目{code or '（未填）'}，规定清单政策须与清单项目一一对应。请从清单中选择。",
            code="subsidies.not_published",
            field="published_code",
        )
    if item.active_to is not None and item.active_to < clock.today():
        raise Invalid("该项目已从上级公布的清单中移出，不能再新增对应政策。", code="subsidies.item_left",
                      field="published_code")  # fmt: skip
    other = Policy.objects.filter(published_code=code).first()
    if other is not None:
        raise Conflict(
            f"清单项目{code}已由“{other.name}”对应，一个项目只能对应一项政策。",
            code="subsidies.published_twice",
            field="published_code",
        )


# --- Old and new side by side -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Compared:
    """One row of the comparison; the texts are what people read."""

    title: str
    old: str
    new: str

    @property
    def changed(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True)
class ComparedTier:
    """One tier, before and after; the side that has none is empty."""

    code: str
    old: str
    new: str

    @property
    def word(self) -> str:
        if self.old == self.new:
            return "不变"
        return "改动" if self.old and self.new else "新增" if self.new else "取消"


def in_words(key: str, value: Any) -> str:
    if value in (None, "", []):
        return {"in_force_to": "长期", "template": "通用列"}.get(key, "")
    if key == "funding_levels":
        return "、".join(dict(Policy.Funding.choices).get(level, level) for level in value)
    if key == "payout_methods":
        return "、".join(dict(PolicyVersion.Method.choices).get(method, method) for method in value)
    if key == "template":
        return str(templates.named(value))
    if key == "in_force_to":
        day = date.fromisoformat(value)
        return f"{day.year}年{day.month}月{day.day}日"
    return dict(CHOICES.get(key, [])).get(value, str(value))


def compared(change: PolicyChange) -> list[Compared]:
    """Every part that the proposal says, with what applied when it was made."""
    keys = [key for key in TITLES if key in change.content and key != "standards"]
    before = change.before
    return [
        Compared(TITLES[key], in_words(key, before[key]) if key in before else "", in_words(key, change.content[key]))
        for key in keys
    ]


def compared_tiers(change: PolicyChange) -> list[ComparedTier]:
    old = {tier["code"]: tier_in_words(tier) for tier in change.before.get("standards", [])}
    new = {tier["code"]: tier_in_words(tier) for tier in change.content.get("standards", [])}
    return [ComparedTier(code, old.get(code, ""), new.get(code, "")) for code in sorted(old.keys() | new.keys())]


def tier_in_words(tier: Mapping[str, Any]) -> str:
    """补贴面积：¥98.36/亩，60岁以上，最多12亩"""
    words = [f"{tier['name']}：{format_yuan(tier['amount_fen'])}/{tier['per']}"]
    low, high = tier["age_from"], tier["age_to"]
    if low is not None or high is not None:
        words.append(
            f"{low}至{high}岁" if None not in (low, high) else f"{low}岁以上" if high is None else f"{high}岁以下"
        )
    if tier["max_quantity"] is not None:
        limit = Decimal(str(tier["max_quantity"]))
        words.append(f"最多{limit.normalize():f}{tier['per']}")
    return "，".join(words)
