"""What applies here: every value of the profile in force on a day, with what it was, what is planned, and for whom it
differs (PRO-1, PRO-2)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rulebook import catalogue, deadlines, overrides
from rulebook.models import Profile, ProfileValue, RuleChange
from rulebook.wording import Reading, read


@dataclass(frozen=True)
class Line:
    """One value among those that were, will be, or hold for one policy."""

    row: ProfileValue
    words: str
    scope: str = ""


@dataclass(frozen=True)
class Applied:
    """One value as the page 「适用规则」 shows it."""

    entry: catalogue.Key
    row: ProfileValue
    reading: Reading
    passing: str
    lasting: bool
    own: bool
    history: list[Line] = field(default_factory=list)
    planned: list[Line] = field(default_factory=list)
    overrides: list[Line] = field(default_factory=list)
    proposed: list[RuleChange] = field(default_factory=list)


def words_of(row: ProfileValue) -> str:
    return "取消特别规定，执行全县规定" if row.ends_override else read(row.key, row.value).words


def board(profile: Profile, *, on: date, policy_code: str = "") -> list[tuple[str, list[Applied]]]:
    """The values in groups, in the order of a payment's way. Three queries, however many values."""
    rows: dict[str, list[ProfileValue]] = defaultdict(list)
    kept = profile.values.select_related("change__proposed_by", "change__decided_by")
    for row in kept.order_by("effective_from", "id"):
        rows[row.key].append(row)
    open_changes = defaultdict(list)
    for change in profile.changes.filter(state=RuleChange.State.PROPOSED):
        open_changes[change.key].append(change)
    names = overrides.policies()
    groups: dict[str, list[Applied]] = {}
    for entry in catalogue.KEYS:
        found = _applied(entry, rows[entry.key], on, policy_code, names)
        if found is not None:
            found.proposed.extend(open_changes[entry.key])
            groups.setdefault(entry.group, []).append(found)
    return list(groups.items())


def _applied(
    entry: catalogue.Key, rows: list[ProfileValue], on: date, policy_code: str, names: dict[str, str]
) -> Applied | None:
    """`rows` are all of one key, oldest first."""
    newest = {row.policy_code: row for row in rows if row.effective_from <= on}
    county, own = newest.get(""), newest.get(policy_code) if policy_code else None
    row = own if own is not None and not own.ends_override else county
    if row is None:
        return None
    concerned = [other for other in rows if other.policy_code in ("", policy_code)]
    return Applied(
        entry=entry,
        row=row,
        reading=read(entry.key, row.value),
        passing=deadlines.passing_words(entry.key) if entry.shape == "span" and row.value is not None else "",
        lasting=entry.key in deadlines.kinds_with_effect(),
        own=bool(row.policy_code),
        history=_lines([old for old in concerned if old.effective_from <= on and old.pk != row.pk], names)[::-1],
        planned=_lines([next_ for next_ in rows if next_.effective_from > on], names),
        overrides=_lines(
            [one for code, one in newest.items() if code and code != policy_code and not one.ends_override], names
        ),
    )


def _lines(rows: Iterable[ProfileValue], names: dict[str, str]) -> list[Line]:
    return [
        Line(row, words_of(row), names.get(row.policy_code, row.policy_code) if row.policy_code else "全县")
        for row in rows
    ]


# --- Two profiles side by side ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    row: ProfileValue | None
    reading: Reading | None


@dataclass(frozen=True)
class Compared:
    entry: catalogue.Key
    a: Cell
    b: Cell
    differs: bool


def compare(one: Profile, other: Profile, *, on: date) -> list[tuple[str, list[Compared]]]:
    """Every key with both values; within its group what differs stands first."""
    left, right = _county_values(one, on), _county_values(other, on)
    groups: dict[str, list[Compared]] = {}
    for entry in catalogue.KEYS:
        a, b = _cell(left.get(entry.key)), _cell(right.get(entry.key))
        differs = _value_of(a, entry.shape) != _value_of(b, entry.shape)
        groups.setdefault(entry.group, []).append(Compared(entry, a, b, differs))
    return [(group, sorted(rows, key=lambda row: not row.differs)) for group, rows in groups.items()]


def _county_values(profile: Profile, on: date) -> dict[str, ProfileValue]:
    """Of each key the county's newest value whose date has come, else its first: a file may be dated later."""
    found: dict[str, ProfileValue] = {}
    for row in profile.values.filter(policy_code="").order_by("effective_from"):
        if row.key not in found or row.effective_from <= on:
            found[row.key] = row
    return found


def _cell(row: ProfileValue | None) -> Cell:
    return Cell(row, read(row.key, row.value) if row else None)


def _value_of(cell: Cell, shape: str) -> Any:
    """What is compared: of ways who acts in which order, not how the regulation calls the step."""
    if cell.row is None:
        return None
    value: Any = cell.row.value
    if shape == "chain":
        return [(step.get("kind"), step.get("post"), step.get("scope"), step.get("submits")) for step in value]
    if shape == "path":
        return [step["office"] for step in value]
    return sorted(value) if shape == "choices" else value
