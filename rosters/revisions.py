"""What a revision changed, line by line (ROS-7): the database compares and keeps only the differences.

While a roster is back with its clerk, `roster.revision + 1` is what its next sending would change, as last checked.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from lib.money import format_yuan
from rosters.models import Decision, Roster
from rosters.models_revisions import RevisionChange
from rosters.values import in_words
from subsidies.columns import Template

FIELDS = {
    "name": "姓名",
    "id": "证件号",
    "head": "户主",
    "village": "村（社区）",
    "group": "组",
    "tier": "档次",
    "quantity": "数量",
    "amount_fen": "金额",
    "extra": "模板列",
    "payee": "收款人",
    "account": "账户",
    "remark": "备注",
}


def compare(roster: Roster) -> None:
    """Writes down what differs now from the lines as they were sealed; for a roster that was returned."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rosters_compare(%s)", [roster.pk])


def of(roster: Roster, revision: int) -> QuerySet[RevisionChange]:
    return RevisionChange.objects.filter(roster=roster, revision=revision)


@dataclass(frozen=True)
class Revision:
    """One revision against the one before: how many entitlements came, went and changed, and what it comes to."""

    number: int
    added: int
    removed: int
    changed: int
    lines_before: int
    lines: int
    fen_before: int
    fen: int
    sealed: bool

    @property
    def total(self) -> int:
        return self.added + self.removed + self.changed

    @property
    def fen_change(self) -> int:
        return self.fen - self.fen_before


def listed(roster: Roster) -> list[Revision]:
    """The revisions after the first, newest first; while the roster is back, what is being changed comes first."""
    sent = Decision.objects.filter(roster=roster, action=Decision.Action.SEND).order_by("revision")
    sums = {one.revision: (one.line_count, one.total_fen) for one in sent}
    back = roster.status == Roster.Status.RETURNED
    if back:
        sums[roster.revision + 1] = (roster.line_count, roster.total_fen)
    counts: dict[int, dict[str, int]] = {}
    rows = RevisionChange.objects.filter(roster=roster).values("revision", "kind").annotate(n=Count("id"))
    for row in rows.order_by():
        counts.setdefault(row["revision"], {})[row["kind"]] = row["n"]
    found = []
    for number in sorted(sums, reverse=True):
        if number - 1 not in sums:
            continue
        kinds, before = counts.get(number, {}), sums[number - 1]
        found.append(
            Revision(
                number,
                added=kinds.get("added", 0),
                removed=kinds.get("removed", 0),
                changed=kinds.get("changed", 0),
                lines_before=before[0],
                lines=sums[number][0],
                fen_before=before[1],
                fen=sums[number][1],
                sealed=number <= roster.revision,
            )
        )
    return found


def words_of(field: str, value: Any) -> str:
    if field == "amount_fen":
        return format_yuan(int(value))
    if field == "account":
        bank, _, tail = str(value).rpartition(" ")
        return f"{bank} 尾号{tail}" if tail else "（空）"
    return str(value) or "（空）"


def differences(change: RevisionChange, template: Template) -> list[str]:
    return told(change.kind, change.old, change.new, template)


def told(kind: str, was: dict[str, Any], now: dict[str, Any], template: Template) -> list[str]:
    """补贴面积(亩)：12.5 → 10, one for each field; what only came or went has one side."""
    found = []
    for field, title in {**FIELDS, "quantity": template.quantity.title}.items():
        old, new = was.get(field), now.get(field)
        if field == "extra" and isinstance(new, dict):
            found += _columns(template, old or {}, new)
        elif field in ("id", "village", "extra") and new is not None and old is None:
            found.append(f"{title}：已变更" + (f"为{new}" if field == "village" else ""))
        elif old is not None and new is not None and old != new:
            found.append(f"{title}：{words_of(field, old)} → {words_of(field, new)}")
        elif field == "account" and old is not None and old == new:
            found.append("账户：账号已变更，尾号相同")
        elif kind != RevisionChange.Kind.CHANGED and (old or new):
            found.append(f"{title}：{words_of(field, old or new)}")
    return found


def _columns(template: Template, was: dict[str, str], now: dict[str, str]) -> list[str]:
    """The columns of the policy's template that differ, in their order."""
    found = []
    for one in template.columns:
        if one.key not in was and one.key not in now:
            continue
        if one.secret:
            found.append(f"{one.title}：已变更")
            continue
        old, new = (in_words(one, side[one.key]) if one.key in side else "（空）" for side in (was, now))
        found.append(f"{one.title}：{old} → {new}")
    return found
