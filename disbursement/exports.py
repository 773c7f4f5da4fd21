"""The lists of this room as tables (accounts.listings)."""

from collections.abc import Iterator
from typing import Any

from accounts.listings import (
    Column,
    Listing,
    account_tail,
    in_chunks,
    in_yuan,
    plain,
    register_listings,
    titles,
    word,
    yuan,
)
from accounts.models import Organisation
from disbursement.models import CashSession, Clearing, Payment
from disbursement.reasons import reason
from disbursement.recovery_selectors import last_notices
from disbursement.services.clearing import missing_of
from disbursement.views.parts import batch_status
from lib.periods import period_words
from lib.sheets.write import Value
from subsidies.models import LedgerAccount, Quota


def _why(code: str) -> str:
    return reason(code).name if code else ""


def _duty(code: str, kind: str) -> str:
    return reason(code).duty_of(school=kind == Organisation.Kind.SCHOOL) if code else ""


def _period(start: Any, end: Any) -> str:
    return period_words(start, end)


def _overview(found: list[Any]) -> Iterator[tuple[Value, ...]]:
    for row in found:
        yield (
            row.quota.policy.name,
            row.quota.document_number,
            row.quota.get_level_display(),
            in_yuan(row.quota.amount_fen),
            in_yuan(row.arrived_fen),
            *(in_yuan(stage.fen) for stage in row.stages),
        )


def _batches(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        for batch in some:
            yield (
                batch.number,
                batch.get_kind_display(),
                batch.get_method_display(),
                batch.quota.policy.name,
                batch.quota.document_number,
                batch.bank.name,
                batch_status(batch)["word"],
                batch.payment_count,
                in_yuan(batch.total_fen),
                batch.paid_count,
                in_yuan(batch.paid_fen),
                batch.failed_count,
                in_yuan(batch.failed_fen),
                str(batch.made_by),
                batch.made_at,
                str(batch.released_by or ""),
                batch.released_at,
                batch.sent_at,
                batch.answered_at,
            )


def _at_bank(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        for batch in some:
            yield (
                batch.number,
                batch.quota.policy.name,
                batch_status(batch)["word"],
                batch.sent_at,
                batch.payment_count,
                in_yuan(batch.total_fen),
                batch.paid_count,
                in_yuan(batch.paid_fen),
                batch.failed_count,
                in_yuan(batch.failed_fen),
                batch.answered_at,
            )


def _recoveries(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        notices = last_notices(some)
        for case in some:
            line, village = case.payment.line, case.person.household.village
            notice = notices.get(case.pk)
            yield (
                case.number,
                case.person.name,
                str(village.parent or ""),
                village.name,
                line.roster.policy.name,
                period_words(line.roster.period_start, line.roster.period_end),
                line.roster.number,
                line.number,
                case.get_reason_display(),
                case.debtor_name,
                case.get_debtor_kind_display(),
                in_yuan(case.amount_fen),
                in_yuan(case.received_fen),
                in_yuan(case.rest_fen),
                notice.due_on if notice else None,
                case.department.name,
                case.get_state_display(),
            )


def _clearings(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        for clearing in some:
            waits = missing_of(clearing) if clearing.status == Clearing.Status.CONFIRMING else []
            yield (
                clearing.number,
                clearing.policy.name,
                clearing.year,
                clearing.policy.department.name,
                clearing.period_end,
                in_yuan(clearing.surplus_fen),
                in_yuan(clearing.left_fen),
                "、".join(office.name for office in waits),
                clearing.get_status_display(),
                clearing.cleared_at,
            )


def _cycles(found: list[dict[str, Any]]) -> Iterator[tuple[Value, ...]]:
    for row in found:
        months = (f"{month['word']}" if month else "" for month in row["months"])
        yield (row["policy"].name, row["policy"].department.name, *months)


register_listings(
    Listing(
        "disbursement.overview",
        "资金去向",
        "disbursement:overview",
        titles(
            "补贴项目", "指标文号", "级次", "指标(元)", "已到账(元)",
            *(f"{kind.label}(元)" for kind in LedgerAccount.Kind),
        ),
        rows=_overview,
    ),
    Listing(
        "disbursement.orders",
        "支付单与到账",
        "disbursement:orders",
        (
            plain("支付单号", "number"),
            plain("批次号", "batch__number"),
            plain("政策", "quota__policy__name"),
            plain("指标文号", "quota__document_number"),
            word("级次", "quota__level", Quota.Level.choices),
            plain("代理银行", "agent_account__bank__name"),
            account_tail("代发户账号", "agent_account__tail"),
            yuan("金额", "amount_fen"),
            plain("拨付成功", "succeeded_at"),
            plain("到账时间", "arrival__arrived_at"),
            plain("银行流水", "arrival__bank_reference"),
            yuan("已用", "arrival__used_fen"),
            plain("录入人", "entered_by__full_name"),
        ),
    ),
    Listing(
        "disbursement.batches",
        "发放批次",
        "disbursement:batches",
        titles(
            "批次号", "类别", "发放方式", "补贴项目", "指标文号", "代理银行", "状态", "笔数", "金额(元)", "成功笔数",
            "已发放(元)", "失败笔数", "失败(元)", "制单人", "制单时间", "放行人", "放行时间", "送达银行时间",
            "反馈时间",
        ),
        rows=_batches,
    ),
    Listing(
        "disbursement.payments",
        "批次明细",
        "disbursement:batch",
        (
            plain("序号", "number"),
            plain("收款人", "payee_name"),
            plain("村（社区）", "line__village__name"),
            Column("开户银行", ("bank_name", "line__cash"), lambda bank, cash: "现金" if cash else bank),
            account_tail("账号", "account_tail"),
            yuan("金额", "amount_fen"),
            plain("第几次支付", "attempt"),
            word("状态", "status", Payment.Status.choices),
            Column("失败原因", ("reason",), _why),
            word("失败处理", "disposal", Payment.Disposal.choices),
            plain("银行返回信息", "bank_message"),
            plain("银行流水", "bank_reference"),
            plain("入账或退回时间", "settled_at"),
            plain("清册编号", "line__roster__number"),
            plain("清册序号", "line__number"),
        ),
    ),
    Listing(
        "disbursement.bank",
        "代发业务",
        "disbursement:bank",
        titles(
            "批次号", "补贴项目", "状态", "送达时间", "笔数", "金额(元)", "成功笔数", "成功(元)", "失败笔数",
            "失败(元)", "反馈时间",
        ),
        rows=_at_bank,
    ),
    Listing(
        "disbursement.failures",
        "发放失败",
        "disbursement:failures",
        (
            plain("收款人", "payee_name"),
            plain("编制单位", "line__roster__organisation__name"),
            plain("乡镇", "line__roster__division__name"),
            plain("村（社区）", "line__village__name"),
            plain("开户银行", "bank_name"),
            account_tail("账号", "account_tail"),
            plain("补贴", "line__roster__policy__name"),
            plain("清册编号", "line__roster__number"),
            plain("清册序号", "line__number"),
            plain("第几次支付", "attempt"),
            yuan("金额", "amount_fen"),
            Column("失败原因", ("reason",), _why),
            plain("银行返回信息", "bank_message"),
            plain("失败时间", "settled_at"),
            Column("由谁办理", ("reason", "line__roster__organisation__kind"), _duty),
            Column("怎么办", ("reason",), lambda code: reason(code).action if code else ""),
            word("处理", "disposal", Payment.Disposal.choices),
        ),
    ),
    Listing(
        "disbursement.recovery",
        "追缴",
        "disbursement:recovery",
        titles(
            "追缴编号", "享受人", "乡镇", "村（社区）", "补贴", "所属期", "清册编号", "清册序号", "原因", "退款责任人",
            "责任人类别", "应追缴(元)", "已追回(元)", "未追回(元)", "退款期限", "主管部门", "状态",
        ),
        rows=_recoveries,
    ),
    Listing(
        "disbursement.cash_waiting",
        "待安排的现金发放",
        "disbursement:cash",
        (
            plain("乡镇", "village__parent__name"),
            plain("村（社区）", "village__name"),
            plain("补贴项目", "batch__quota__policy__name"),
            plain("批次号", "batch__number"),
            plain("待发放人数", "count"),
            yuan("金额", "fen"),
        ),
    ),
    Listing(
        "disbursement.cash",
        "现金发放会",
        "disbursement:cash",
        (
            plain("编号", "number"),
            plain("乡镇", "village__parent__name"),
            plain("村（社区）", "village__name"),
            plain("补贴项目", "batch__quota__policy__name"),
            plain("会议时间", "held_at"),
            plain("地点", "place"),
            yuan("领出", "drawn_fen"),
            yuan("签收", "handed_fen"),
            yuan("存回", "returned_fen"),
            word("状态", "status", CashSession.Status.choices),
        ),
    ),
    Listing(
        "disbursement.clearings",
        "清算",
        "disbursement:clearings",
        titles(
            "清算编号", "政策", "年度", "主管部门", "截止日", "结余(元)", "代发户余额(元)", "等待确认", "状态",
            "办结时间",
        ),
        rows=_clearings,
    ),
    Listing(
        "disbursement.cycles",
        "按月发放",
        "disbursement:cycles",
        titles("政策", "主管部门", *(f"{month}月" for month in range(1, 13))),
        rows=_cycles,
    ),
)  # fmt: skip
