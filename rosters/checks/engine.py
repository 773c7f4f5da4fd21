"""All rules in their order, and running them: one sweep says which rules any line breaks, only those are asked."""

from django.db import connection

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

_LINE_RULES = [rule for rule in RULES if isinstance(rule.sql, LineSql)]


def _sweep() -> str:
    """One statement that says of every line which rules it breaks, as bits in the order of the rules."""
    joins = dict.fromkeys(rule.sql.joins for rule in _LINE_RULES if isinstance(rule.sql, LineSql))
    bits = " | ".join(
        f"CASE WHEN {rule.sql.condition} THEN {1 << place} ELSE 0 END::bigint"
        for place, rule in enumerate(_LINE_RULES)
        if isinstance(rule.sql, LineSql)
    )
    broken = f"SELECT {bits} AS bits {LINES.replace('{joins}', ' '.join(joins))} true OFFSET 0"
    return f"SELECT bit_or(bits) FROM ({broken}) broken"  # noqa: S608


_SWEEP = _sweep()


def hits(rule: Rule, roster: Roster) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(rule.build(roster) if rule.build else rule.sql, rule.given(roster))
        return list(cursor.fetchall())


def _asked(roster: Roster) -> list[Rule]:
    """The rules that some line breaks, and those that look at more than a line."""
    given = {name: value for rule in _LINE_RULES for name, value in rule.given(roster).items()}
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, given)
        bits = cursor.fetchone()[0] or 0
    clean = {rule.id for place, rule in enumerate(_LINE_RULES) if not bits >> place & 1}
    return [rule for rule in RULES if rule.id not in clean]


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
        for rule in _asked(roster)
        for row in hits(rule, roster)
    ]


def previous_roster(roster: Roster) -> Roster | None:
    """The roster of the same policy and township for the period before."""
    with connection.cursor() as cursor:
        cursor.execute(whole.PREVIOUS, {"roster": roster.pk})
        row = cursor.fetchone()
    return Roster.objects.get(pk=row[0]) if row else None
