"""The lists of this room as tables (accounts.listings)."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from accounts.listings import (
    AtOnce,
    Column,
    Listing,
    account,
    id_number,
    in_yuan,
    opened,
    plain,
    register_listings,
    word,
    yes,
    yuan,
)
from lib.money import times
from lib.sheets.write import Value
from rosters import checks, revisions, shapes
from rosters.applications.models import Application
from rosters.models import Finding, Roster
from rosters.models_rest import RestShare
from rosters.models_revisions import RevisionChange
from rosters.services.printing import may_print_whole
from rosters.values import as_typed, hidden
from subsidies.columns import Extra

_RULES = {rule.id: rule.title for rule in checks.RULES}


def _graded(severity: str, explanation: str) -> str:
    return "错误" if severity == Finding.Severity.ERROR else "已说明" if explanation else "疑点"


def _state(status: str, step: str, steps: list[dict[str, Any]]) -> str:
    """What a roster under review waits for, in the words of its own chain."""
    if status != Roster.Status.REVIEW:
        return str(Roster.Status(status).label)
    return f"待{next((each['title'] for each in steps if each['key'] == step), '')}"


def _own_columns(roster: Roster) -> tuple[Column, ...]:
    """Those of the roster's template; one that is called like a column of every roster says whose it is. And what the
    lines have of a standard's rest."""
    rest = [_REST] if RestShare.objects.filter(roster=roster).exists() else []
    return (*rest, *(_own_column(extra) for extra in shapes.of(roster).template.columns))


def _own_column(extra: Extra) -> Column:
    title = f"{extra.heading}（本政策）" if extra.heading in _OF_EVERY_ROSTER else extra.heading
    if extra.secret:
        whole = partial(_opened, extra.key)

        def masked(ciphers: Sequence[dict[str, str]]) -> list[str]:
            return [hidden(extra, number) if number else "" for number in whole(ciphers)]

        return Column(title, ("extra_ciphers",), AtOnce(masked), AtOnce(whole))

    def told(values: dict[str, str]) -> Value:
        if extra.key not in values:
            return None
        text = as_typed(extra, values[extra.key])
        return Decimal(text) if extra.numeric else text

    return Column(title, ("extra",), told)


def _opened(key: str, ciphers: Sequence[dict[str, str]]) -> list[str]:
    return opened([bytes.fromhex(each[key]) if each.get(key) else b"" for each in ciphers])


def _amount(quantity: Decimal, unit_fen: int) -> Decimal | None:
    return in_yuan(times(quantity, unit_fen))


def _rest(amount_fen: int, quantity: Decimal, unit_fen: int) -> Decimal | None:
    return in_yuan(amount_fen - times(quantity, unit_fen))


_REST = Column("其中余额分配(元)", ("amount_fen", "quantity", "unit_fen"), _rest)
_LINES = (
    plain("序号", "number"),
    plain("村(居)委会", "village__name"),
    plain("村(居)民小组", "group"),
    plain("户主姓名", "head_name"),
    plain("享受人姓名", "beneficiary_name"),
    id_number("享受人身份证号", "beneficiary_id_cipher"),
    plain("收款人姓名", "payee_name"),
    plain("开户银行", "bank_name"),
    account("账号", "account_tail", "account_cipher"),
    plain("档次", "standard__name"),
    plain("数量", "quantity"),
    plain("计量单位", "standard__per"),
    yuan("补贴标准", "unit_fen"),
    yuan("补贴金额", "amount_fen"),
    plain("计发依据", "basis"),
    plain("所属期起", "period_start"),
    plain("所属期止", "period_end"),
    plain("备注", "remark"),
    yes("已移出", "taken_out", no=""),
)


def _revision_columns(roster: Roster) -> tuple[Column, ...]:
    template = shapes.of(roster).template

    def told(kind: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        return "；".join(revisions.told(kind, old, new, template))

    return Column("内容", ("kind", "old", "new"), told), plain("计发依据", "basis")


_OF_EVERY_ROSTER = frozenset(column.title for column in _LINES)

register_listings(
    Listing(
        "rosters.list",
        "发放清册",
        "rosters:list",
        (
            plain("清册编号", "number"),
            plain("名称", "title"),
            plain("政策", "policy__name"),
            plain("编制单位", "organisation__name"),
            plain("乡镇", "division__name"),
            plain("所属期起", "period_start"),
            plain("所属期止", "period_end"),
            plain("人（户）数", "line_count"),
            yuan("金额", "total_fen"),
            word("发放方式", "method", Roster.Method.choices),
            Column("状态", ("status", "step", "rules__chain__value"), _state),
            plain("经办人", "made_by__full_name"),
            plain("更新时间", "moved_at"),
        ),
    ),
    Listing(
        "rosters.lines",
        "清册明细",
        "rosters:detail",
        _LINES,
        whole=may_print_whole,
        more=_own_columns,
    ),
    Listing(
        "rosters.findings",
        "清册检查结果",
        "rosters:findings",
        (
            Column("序号", ("number",), lambda number: "整册" if number is None else number),
            Column("级别", ("severity", "explanation"), _graded),
            Column("检查项目", ("rule",), lambda rule: _RULES.get(rule, rule)),
            plain("栏目", "field"),
            plain("问题与处理办法", "message"),
            plain("情况说明", "explanation"),
            plain("说明人", "explained_by__full_name"),
            plain("说明时间", "explained_at"),
        ),
    ),
    Listing(
        "rosters.applications",
        "补贴申报",
        "rosters:applications",
        (
            plain("申报编号", "number"),
            plain("政策", "policy__name"),
            plain("所属期起", "period_start"),
            plain("所属期止", "period_end"),
            plain("享受人", "beneficiary__name"),
            plain("申报人", "applicant__name"),
            plain("乡镇", "division__name"),
            plain("村（社区）", "village__name"),
            plain("档次", "standard__name"),
            plain("计发依据", "basis"),
            plain("数量", "quantity"),
            plain("计量单位", "standard__per"),
            Column("金额(元)", ("quantity", "standard__amount_fen"), _amount),
            Column("来源", ("entered_by__full_name",), lambda name: f"{name}代办" if name else "网上申报"),
            plain("申报时间", "made_at"),
            word("状态", "state", Application.State.choices),
            plain("审核人", "decided_by__full_name"),
            plain("审核时间", "decided_at"),
            plain("审核意见", "reason"),
        ),
    ),
    Listing(
        "rosters.terms",
        "申报受理",
        "rosters:terms",
        (
            plain("补贴政策", "policy__name"),
            plain("主管部门", "policy__department__name"),
            plain("所属期起", "period_start"),
            plain("所属期止", "period_end"),
            plain("受理开始", "opens_on"),
            plain("受理截止", "closes_on"),
            plain("申报", "all_count"),
            plain("待受理", "submitted_count"),
            plain("待审核", "accepted_count"),
            plain("已通过", "approved_count"),
            plain("未通过", "refused_count"),
            plain("开放人", "opened_by__full_name"),
        ),
    ),
    Listing(
        "rosters.changes",
        "清册与上期的变动",
        "rosters:changes",
        (
            plain("序号", "number"),
            plain("姓名", "name"),
            plain("村（社区）", "village"),
            plain("组", "group"),
            plain("变动", "title"),
            plain("内容", "what"),
            plain("计发依据", "basis"),
            plain("核对人", "seen_by"),
            plain("核对时间", "seen_at"),
        ),
    ),
    Listing(
        "rosters.revisions",
        "清册修订对比",
        "rosters:revisions",
        (
            plain("版次", "revision"),
            plain("现序号", "number"),
            plain("原序号", "number_before"),
            plain("享受人", "name"),
            word("变动", "kind", RevisionChange.Kind.choices),
        ),
        more=_revision_columns,
    ),
)
