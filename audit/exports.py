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
    yes,
    yuan,
)
from audit.access_views import row_of
from audit.selectors import KINDS
from audit.views import entries_of
from households.models import Person
from lib.sheets.write import Value
from rosters.models import Roster
from rulebook import clock


def _overview(found: list[Any]) -> Iterator[tuple[Value, ...]]:
    for row in found:
        yield (
            row.policy.name,
            in_yuan(row.quota_fen),
            *(in_yuan(row.fen.get(kind, 0)) for kind in KINDS.values),
            row.rosters,
            row.people,
        )


def _trail(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        for told in entries_of(some):
            entry = told["entry"]
            yield (
                entry.seq,
                entry.at,
                entry.actor.full_name if entry.actor else "系统",
                told["what"],
                told["kind"],
                str(told["subject"]),
                "；".join(f"{fact['name']} {fact['value']}" for fact in told["facts"]),
                bytes(entry.digest).hex() if entry.digest else "",
            )


def _accesses(found: Any) -> Iterator[tuple[Value, ...]]:
    today = clock.today()
    for some in in_chunks(found):
        for request in some:
            told = row_of(request, today)
            yield (
                str(request.applicant),
                "外部单位" if request.outside else "本县单位",
                request.get_kind_display(),
                told["datasets"],
                request.purpose,
                request.term_from,
                request.term_to,
                told["waits"],
                request.filed_at,
                told["status"]["word"],
            )


register_listings(
    Listing(
        "audit.overview",
        "资金全景",
        "audit:overview",
        titles("补贴政策", "指标(元)", *(f"{kind.label}(元)" for kind in KINDS), "清册", "人（户）次"),
        rows=_overview,
    ),
    Listing(
        "audit.trail",
        "操作轨迹",
        "audit:trail",
        titles("序号", "时间", "人员", "事项", "对象类别", "对象", "事实", "摘要"),
        rows=_trail,
    ),
    Listing(
        "audit.people",
        "按人查询",
        "audit:people",
        (
            plain("姓名", "name"),
            plain("性别", "sex"),
            Column("出生年份", ("birth_date",), lambda day: day.year),
            plain("乡镇", "household__village__parent__name"),
            plain("村（社区）", "household__village__name"),
            word("状态", "state", Person.State.choices),
        ),
    ),
    Listing(
        "audit.person",
        "一人的补贴明细",
        "audit:person",
        (
            plain("清册编号", "roster__number"),
            plain("序号", "number"),
            plain("补贴", "roster__policy__name"),
            plain("所属期起", "period_start"),
            plain("所属期止", "period_end"),
            plain("村（社区）", "village__name"),
            plain("享受人", "beneficiary_name"),
            plain("数量", "quantity"),
            yuan("标准", "unit_fen"),
            yuan("金额", "amount_fen"),
            plain("收款人", "payee_name"),
            account_tail("收款账户", "account_tail"),
            word("清册状态", "roster__status", Roster.Status.choices),
            yes("已移出", "taken_out", no=""),
        ),
    ),
    Listing(
        "audit.accesses",
        "数据与对接申请",
        "audit:accesses",
        titles(
            "申请单位",
            "单位类别",
            "事项",
            "数据内容",
            "用途",
            "使用期限起",
            "使用期限止",
            "等待环节",
            "申请时间",
            "状态",
        ),
        rows=_accesses,
    ),
)
