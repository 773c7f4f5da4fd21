"""All rules in their order, and running them: one sweep says which rules any line breaks, only those are asked."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.db import connection

from lib.hands import in_turn
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

# How statements that need nothing of each other are done: in turn, or several at once (`lib.hands`).
Share = Callable[[Sequence[Callable[[], None]]], object]

_LINE_RULES = [rule for rule in RULES if isinstance(rule.sql, LineSql)]
_WHEN = [rule for rule in RULES if rule.when]
_ALWAYS = [rule for rule in RULES if not isinstance(rule.sql, LineSql) and not rule.when]
_SOME = "l.number BETWEEN %(first)s AND %(last)s"


def _bits(conditions: Iterable[str]) -> str:
    """Which conditions are true of a line, as bits in their order."""
    of_each = (
        f"CASE WHEN {condition} THEN {1 << place} ELSE 0 END::bigint" for place, condition in enumerate(conditions)
    )
    return " | ".join(of_each)


def _sweep() -> str:
    """One statement that says which rules any line breaks, as bits in the order of `_LINE_RULES`, and which lines."""
    sqls = [rule.sql for rule in _LINE_RULES if isinstance(rule.sql, LineSql)]
    joins = " ".join(dict.fromkeys(sql.joins for sql in sqls))
    bits = _bits(sql.condition for sql in sqls)
    broken = f"SELECT l.id, {bits} AS bits {LINES.replace('{joins}', joins)} {_SOME} OFFSET 0"
    faulty = "FILTER (WHERE bits <> 0)"
    return f"SELECT bit_or(bits), count(*) {faulty}, array_agg(id) {faulty} FROM ({broken}) broken"  # noqa: S608


_SWEEP = _sweep()
_LOOK = f"""
SELECT coalesce(bit_or({_bits(rule.when for rule in _WHEN)}), 0)
  FROM {payees.ROSTER} r
  JOIN rosters_rosterline l ON l.roster_id = r.id
  JOIN {payees.POLICY} pol ON true
  JOIN subsidies_standard s ON s.id = l.standard_id
 WHERE l.roster_id = %(roster)s"""  # noqa: S608


def hits(rule: Rule, roster: Roster, known: dict[str, Any] | None = None, only: list[int] | None = None) -> list[Row]:
    """What a rule finds; `known` is what was asked of the roster already, `only` the lines that come into question."""
    given = known or payees.known(roster)
    with connection.cursor() as cursor:
        cursor.execute(rule.build(roster) if rule.build else rule.sql, {**given, **rule.given(roster), "lines": only})
        return list(cursor.fetchall())


class _Sweep:
    """What the sweeps over a roster's lines find: the rules that some line breaks, and the lines if they are few."""

    def __init__(self, roster: Roster, known: dict[str, Any]) -> None:
        self._given = known | {name: value for rule in _LINE_RULES for name, value in rule.given(roster).items()}
        self._found: list[tuple[int, int, list[int]]] = []

    def over(self, first: int, last: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SWEEP, {**self._given, "first": first, "last": last, "lines": None})
            bits, count, places = cursor.fetchone()
        self._found.append((bits or 0, count, (places or []) if count <= _FEW else []))

    @property
    def few(self) -> list[int] | None:
        """The lines at fault, where they are few."""
        if sum(count for _, count, _ in self._found) > _FEW:
            return None
        return [line for _, _, places in self._found for line in places]

    @property
    def broken(self) -> list[Rule]:
        return [rule for place, rule in enumerate(_LINE_RULES) if any(bits >> place & 1 for bits, _, _ in self._found)]


def _hits(roster: Roster, share: Share) -> list[tuple[Rule, Row]]:
    known, end = payees.known(roster), lines.last_number(roster)
    sweep = _Sweep(roster, known)
    found: dict[str, list[Row]] = {}

    def ask(rule: Rule, only: list[int] | None = None) -> None:
        found[rule.id] = hits(rule, roster, known, only)

    def ask_of_all() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, known)
            (when,) = cursor.fetchone()
        for rule in (*_ALWAYS, *(rule for place, rule in enumerate(_WHEN) if when >> place & 1)):
            ask(rule)

    # What is asked of all lines together takes about as long as a sweep over 100,000.
    sweeps = [partial(sweep.over, first, first + _AT_ONCE - 1) for first in range(1, end + 1, _AT_ONCE)]
    share([ask_of_all, *sweeps])
    few = sweep.few
    if few is None:
        share([partial(ask, rule) for rule in sweep.broken])
    elif few:
        with lines.looking_up():
            for rule in sweep.broken:
                ask(rule, few)
    return [(rule, row) for rule in RULES for row in found.get(rule.id, ())]


def findings(roster: Roster, share: Share = in_turn) -> list[Finding]:
    """What all rules find now, not stored. Whoever shares it out has committed the lines."""
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
        for rule, row in _hits(roster, share)
    ]


def previous_roster(roster: Roster) -> Roster | None:
    """The roster of the same policy and township for the period before."""
    with connection.cursor() as cursor:
        cursor.execute(whole.PREVIOUS, {"roster": roster.pk})
        row = cursor.fetchone()
    return Roster.objects.get(pk=row[0]) if row else None
