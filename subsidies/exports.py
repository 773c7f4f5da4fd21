"""The lists of this room as tables (accounts.listings)."""

from collections.abc import Iterator
from typing import Any

from accounts.listings import (
    Column,
    Listing,
    in_chunks,
    in_yuan,
    plain,
    register_listings,
    titles,
    word,
    yes,
    yuan,
)
from accounts.subjects import describe
from lib.sheets.write import Value
from subsidies import selectors
from subsidies.models import EmergencyPayout, Policy, Quota
from subsidies.views.changes import waits_for


def _transfers(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        subjects = describe((row.subject_type, row.subject_id) for row in some)
        for row in some:
            subject = subjects[row.subject_type, row.subject_id]
            yield (
                row.at,
                row.debit.get_kind_display(),
                row.credit.get_kind_display(),
                in_yuan(row.amount_fen),
                subject.kind,
                subject.text,
                str(row.by) if row.by else "系统",
            )


def _changes(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        for change in some:
            yield (
                change.name,
                change.get_kind_display(),
                str(change.department),
                change.applies_from or change.effective_from,
                waits_for(change),
                str(change.proposed_by),
                change.proposed_at,
                change.get_state_display(),
            )


def _tiers(versions: list[dict[str, Any]]) -> str:
    return "　".join(f"{version['from']}起：{'；'.join(version['tiers'])}" for version in versions)


LIST_COLUMNS = (
    plain("代码", "code"),
    plain("政策", "name"),
    plain("主管部门", "department"),
    plain("清单", "kind_words"),
    plain("上级公布清单代码", "published_code"),
    plain("计发对象", "unit_words"),
    plain("发放周期", "frequency_words"),
    plain("资金来源", "funding_words"),
    Column("标准", ("standards",), _tiers),
    plain("执行到", "until_words"),
    plain("咨询电话", "consult_phone"),
    plain("监督电话", "supervise_phone"),
)

register_listings(
    Listing(
        "subsidies.policies",
        "政策清单",
        "subsidies:policies",
        (
            plain("代码", "code"),
            plain("名称", "name"),
            plain("主管部门", "department__name"),
            word("清单", "kind", Policy.Kind.choices),
            word("计发对象", "unit", Policy.Unit.choices),
            word("发放周期", "frequency", Policy.Frequency.choices),
            plain("标准档次", "tiers"),
            plain("执行起始", "in_force_from"),
            plain("执行截止", "in_force_to"),
            word("状态", "status", Policy.Status.choices),
            yes("变更中", "changing"),
            plain("公开时间", "published_at"),
            yes("有未公开的版本", "unpublished"),
            plain("咨询电话", "consult_phone"),
            plain("监督电话", "supervise_phone"),
        ),
    ),
    Listing(
        "subsidies.quotas",
        "资金指标",
        "subsidies:quotas",
        (
            plain("指标文号", "document_number"),
            plain("政策", "policy__name"),
            plain("主管部门", "policy__department__name"),
            plain("年度", "year"),
            word("级次", "level", Quota.Level.choices),
            yuan("指标金额", "amount_fen"),
            *(yuan(str(kind.label), f"{kind}_fen") for kind in selectors.COLUMNS),
        ),
    ),
    Listing(
        "subsidies.transfers",
        "资金划转",
        "subsidies:quota",
        titles("时间", "转出", "转入", "金额(元)", "事由类别", "事由", "经手人"),
        rows=_transfers,
    ),
    Listing(
        "subsidies.changes",
        "政策变更",
        "subsidies:changes",
        titles("政策", "事项", "主管部门", "拟生效日期", "等待环节", "经办人", "提出时间", "状态"),
        rows=_changes,
    ),
    Listing(
        "subsidies.templates",
        "造册模板",
        "subsidies:templates",
        (
            plain("代码", "template__code"),
            plain("版次", "template__number"),
            plain("模板", "template__name"),
            plain("数量", "shape__quantity__title"),
            plain("数量的算法", "shape__quantity_words"),
            plain("计发依据", "shape__basis__title"),
            yes("全县只补一次", "shape__basis__once"),
            Column("其他列", ("shape__columns",), lambda found: "、".join(each.title for each in found)),
            plain("依据", "template__source"),
        ),
    ),
    Listing(
        "subsidies.emergencies",
        "应急救助登记",
        "subsidies:emergencies",
        (
            plain("项目", "item"),
            plain("主管部门", "department__name"),
            word("渠道", "channel", EmergencyPayout.Channel.choices),
            plain("原因", "reason"),
            plain("发放起", "period_start"),
            plain("发放止", "period_end"),
            plain("人数", "people_count"),
            yuan("金额", "amount_fen"),
            plain("登记人", "entered_by__full_name"),
            plain("确认人", "decided_by__full_name"),
            word("状态", "state", EmergencyPayout.State.choices),
        ),
    ),
    Listing("subsidies.list", "年度补贴政策清单", "subsidies:list_year", LIST_COLUMNS),
    Listing("subsidies.release", "公布的补贴政策清单", "subsidies:release", LIST_COLUMNS),
)
