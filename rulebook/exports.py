"""The lists of this room as tables (accounts.listings)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from accounts.listings import Listing, in_chunks, register_listings, titles
from accounts.subjects import describe
from lib.sheets.write import Value, shown
from rulebook import catalogue, deadlines, overrides
from rulebook.rule_views import new_value
from rulebook.wording import read


def _until(due_at: Any) -> str:
    """The last minute of a term: 2026-05-08 24:00."""
    if due_at is None:
        return ""
    words = shown(due_at)
    return words if not words.endswith(" 00:00") else f"{shown(due_at - timedelta(minutes=1))[:10]} 24:00"


def _clocks(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        subjects = describe((row.subject_type, row.subject_id) for row in some)
        for reading in deadlines.remaining_of(some):
            row = reading["deadline"]
            subject = subjects[row.subject_type, row.subject_id]
            yield (
                reading["title"],
                subject.kind,
                subject.text,
                str(row.responsible) if row.responsible else "",
                row.started_at,
                reading["span"],
                row.citation or "系统默认",
                _until(row.due_at),
                reading["words"],
                row.met_at,
            )


def _breaches(found: Any) -> Iterator[tuple[Value, ...]]:
    for some in in_chunks(found):
        subjects = describe((row.deadline.subject_type, row.deadline.subject_id) for row in some)
        for row in some:
            deadline = row.deadline
            subject = subjects[deadline.subject_type, deadline.subject_id]
            yield (
                deadlines.title_of(deadline.kind),
                deadline.citation or "系统默认",
                subject.kind,
                subject.text,
                str(row.organisation) if row.organisation else "",
                _until(row.due_at),
                deadline.met_at,
                row.explanation,
                row.explained_by.full_name if row.explained_by else "",
                row.explained_at,
            )


def _rules(found: list[dict[str, Any]]) -> Iterator[tuple[Value, ...]]:
    for told in found:
        item = told["item"]
        yield (
            told["group"],
            item.entry.title,
            item.reading.words,
            item.row.wording,
            "" if item.row.silent else item.row.citation,
            item.row.quote,
            item.row.effective_from,
            item.entry.key,
        )


def _changes(found: Any) -> Iterator[tuple[Value, ...]]:
    names = overrides.policies()
    for some in in_chunks(found):
        for row in some:
            yield (
                catalogue.BY_KEY[row.key].title,
                names.get(row.policy_code, row.policy_code) if row.policy_code else "全县",
                read(row.key, row.before).words,
                new_value(row).words,
                row.reason,
                row.effective_from,
                row.proposed_by.full_name,
                row.proposed_at,
                row.decided_by.full_name if row.decided_by else "",
                row.decided_at,
                row.get_state_display(),
            )


register_listings(
    Listing(
        "rulebook.clocks",
        "时限",
        "rulebook:clocks",
        titles(
            "时限", "事项类别", "事项", "责任单位", "起算时间", "规定", "依据", "到期", "还剩或结果", "办结时间"
        ),
        rows=_clocks,
    ),
    Listing(
        "rulebook.breaches",
        "逾期记录",
        "rulebook:breaches",
        titles(
            "时限", "依据", "事项类别", "事项", "责任单位", "应办结", "办结", "情况说明", "说明人", "说明时间"
        ),
        rows=_breaches,
    ),
    Listing(
        "rulebook.rules",
        "适用规则",
        "rulebook:rules",
        titles("类别", "事项", "规定", "说明", "依据", "原文", "生效日期", "规则代码"),
        rows=_rules,
    ),
    Listing(
        "rulebook.changes",
        "规则变更",
        "rulebook:changes",
        titles(
            "事项", "适用范围", "原规定", "新规定", "变更原因", "生效日期", "提出人", "提出时间", "审批人", "审批时间",
            "状态",
        ),
        rows=_changes,
    ),
)  # fmt: skip
