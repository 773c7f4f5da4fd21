"""All rules in their order, and running them: one sweep says which rules any line breaks, only those are asked."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.db import connection

from rosters import lines, payees
from rosters.checks import (
    accounts,
    amounts,
    doubles,
    exclusions,
    handlers,
    identity,
    merged,
    people,
    templates,
    unusual,
    whole,
)
from rosters.checks.rule import LINES, LineSql, Row, Rule
from rosters.models import Finding, Roster

# A part is a module of this package with its `RULES`; findings are shown in this order.
RULES: tuple[Rule, ...] = (
    *whole.RULES,
    *people.RULES,
    *identity.RULES,
    *accounts.RULES,
    *amounts.RULES,
    *templates.RULES,
    *doubles.RULES,
    *merged.RULES,
    *exclusions.RULES,
    *handlers.RULES,
    *unusual.RULES,
)
BY_ID = {rule.id: rule for rule in RULES}

# Up to so many lines at fault are looked up one by one; of more, all lines are read again.
_FEW = 5000
# Lines that are swept at once: what joins them with the register is held in memory.
_AT_ONCE = 100_000

_LINE_RULES = [rule for rule in RULES if isinstance(rule.sql, LineSql)]
# What the sweep asks of every line, by the rule's id: the rule itself, or without what it cannot find anything.
_ASKED = {rule.id: rule.sql.condition for rule in _LINE_RULES if isinstance(rule.sql, LineSql)} | {
    rule.id: rule.when for rule in RULES if rule.when
}
_SOME = "l.number BETWEEN %(first)s AND %(last)s"


def _sweep() -> str:
    """One statement that says which rules any line breaks, as bits in the order of `_ASKED`, and which lines do."""
    joins = dict.fromkeys(rule.sql.joins for rule in _LINE_RULES if isinstance(rule.sql, LineSql))
    bits = " | ".join(
        f"CASE WHEN {condition} THEN {1 << place} ELSE 0 END::bigint" for place, condition in enumerate(_ASKED.values())
    )
    broken = f"SELECT l.id, {bits} AS bits {LINES.replace('{joins}', ' '.join(joins))} {_SOME} OFFSET 0"
    faulty = f"FILTER (WHERE bits & {(1 << len(_LINE_RULES)) - 1} <> 0)"
    return f"SELECT bit_or(bits), count(*) {faulty}, array_agg(id) {faulty} FROM ({broken}) broken"  # noqa: S608


_SWEEP = _sweep()


def hits(rule: Rule, roster: Roster, known: dict[str, Any] | None = None, only: list[int] | None = None) -> list[Row]:
    """What a rule finds; `known` is what was asked of the roster already, `only` the lines that come into question."""
    given = known or payees.known(roster)
    with connection.cursor() as cursor:
        cursor.execute(rule.build(roster) if rule.build else rule.sql, {**given, **rule.given(roster), "lines": only})
        return list(cursor.fetchall())


def _asked(roster: Roster, known: dict[str, Any]) -> tuple[list[Rule], list[int] | None]:
    """The rules that some line breaks, those that look at more than a line, and the lines where they are few."""
    given = {name: value for rule in _LINE_RULES for name, value in rule.given(roster).items()}
    bits = count = 0
    faulty: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) FROM rosters_rosterline WHERE roster_id = %s", [roster.pk])
        (end,) = cursor.fetchone()
        for first in range(1, end + 1, _AT_ONCE):
            some = {"first": first, "last": first + _AT_ONCE - 1, "lines": None}
            cursor.execute(_SWEEP, {**known, **given, **some})
            found, lines_at_fault, places = cursor.fetchone()
            bits, count = bits | (found or 0), count + lines_at_fault
            faulty += (places or []) if count <= _FEW else []
    clean = {rule for place, rule in enumerate(_ASKED) if not bits >> place & 1}
    return [rule for rule in RULES if rule.id not in clean], faulty if count <= _FEW else None


def _hits(roster: Roster) -> Iterator[tuple[Rule, Row]]:
    known = payees.known(roster)
    asked, only = _asked(roster, known)
    for rule in asked:
        one_by_one = only is not None and isinstance(rule.sql, LineSql)
        with lines.looking_up() if one_by_one else nullcontext():
            found = hits(rule, roster, known, only if one_by_one else None)
        for row in found:
            yield rule, row


def findings(roster: Roster) -> list[Finding]:
    """What all rules find now, not stored."""
    return [
        Finding(
            roster=roster,
            line_id=row[0],
            number=row[1],
            rule=rule.id,
            severity=rule.severity_in(roster),
            field=rule.field,
            message=rule.message(roster, row)[:300],
        )
        for rule, row in _hits(roster)
    ]


def previous_roster(roster: Roster) -> Roster | None:
    """The roster of the same policy and township for the period before."""
    with connection.cursor() as cursor:
        cursor.execute(whole.PREVIOUS, {"roster": roster.pk})
        row = cursor.fetchone()
    return Roster.objects.get(pk=row[0]) if row else None
