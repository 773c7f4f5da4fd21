"""What a rule is: an id, the article it comes from, a severity, one SQL over the whole roster, and its message."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rosters import payees
from rosters.models import Finding, Roster

Severity = Finding.Severity
ERROR, WARNING = Severity.ERROR, Severity.WARNING

Row = tuple[Any, ...]
Message = Callable[[Roster, Row], str]
Params = Callable[[Roster], dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """`sql` yields (line_id, number, …what the message needs); both are NULL for the roster as a whole.

    `params` gives what the statement needs beside what is `payees.known` of the roster: names of their own, since one
    sweep takes those of all rules. `source` is the article that asks for the rule, empty where good sense does.
    """

    id: str
    title: str
    severity: Severity
    field: str
    sql: str
    message: Message
    source: str = ""
    params: Params | None = None
    # The statement where it depends on the roster's template.
    build: Callable[[Roster], str] | None = None
    # Where the county's rules say how hard it is.
    hardness: Callable[[Roster], Severity] | None = None
    # A condition on a line l, its standard s, the roster r and its policy pol: where it is true of none, a rule over
    # more than a line finds nothing and is not asked.
    when: str = ""

    def severity_in(self, roster: Roster) -> Severity:
        return self.hardness(roster) if self.hardness else self.severity

    def given(self, roster: Roster) -> dict[str, Any]:
        """What the statement asks for beside the roster."""
        return self.params(roster) if self.params else {}


class LineSql(str):
    """A statement over lines, made of a condition on each: so that one look at all lines can ask for many rules."""

    __slots__ = ("condition", "joins")

    condition: str
    joins: str


LINES = f"""
  FROM {payees.ROSTER} r
  JOIN rosters_rosterline l ON l.roster_id = r.id
  JOIN {payees.POLICY} pol ON true
  JOIN subsidies_standard s ON s.id = l.standard_id
  JOIN households_person b ON b.id = l.beneficiary_id
  JOIN households_household h ON h.id = b.household_id
  LEFT JOIN {payees.person("l.payee_id")} y ON true
  LEFT JOIN households_bankaccount a ON a.id = l.account_id
  {{joins}}
 WHERE l.roster_id = %(roster)s AND (%(lines)s::bigint[] IS NULL OR l.id = ANY(%(lines)s::bigint[])) AND """


def line_sql(condition: str, *columns: str, joins: str = "") -> LineSql:
    """The lines of which `condition` is true. Rules with joins of their own share them by the very same words."""
    lines = LINES.replace("{joins}", joins)
    sql = LineSql(f"SELECT {', '.join(('l.id', 'l.number', *columns))} {lines} ({condition}) ORDER BY l.number")
    sql.condition, sql.joins = condition, joins
    return sql


def plain(text: str) -> Message:
    return lambda roster, row: text


def quantity(value: Decimal) -> str:
    plain_ = f"{value:f}"
    return plain_.rstrip("0").rstrip(".") if "." in plain_ else plain_


def kept(roster: Roster, key: str, default: Any) -> Any:
    """A value that the roster keeps; `default` for a roster that began before the rule was there."""
    return roster.rules.get(key, {"value": default})["value"]
