"""What the check of the grid says at cells: what is wrong, what it could be instead, what follows without typing."""

import json
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from lib.money import to_yuan
from rosters import grid, payees
from rosters.grid import Layout, Row
from rosters.models import RosterImport
from rosters.shapes import PREFIX
from rosters.values import as_typed

# What the register and the standards say to each staged row: shown in empty cells, offered where a cell is wrong.
_KNOWN = """
SELECT t.excel_row, t.line_fen, s.name, s.amount_fen, v.parent_id = r.division_id, b.name, v.name, h."group",
       t.quantity, {extra}
  FROM rosters_stagedline t
  JOIN {roster} r ON true
  LEFT JOIN households_person b ON b.id = t.person_id
  LEFT JOIN households_household h ON h.id = b.household_id
  LEFT JOIN accounts_division v ON v.id = h.village_id AND {stands}
  LEFT JOIN subsidies_standard s ON s.id = t.standard_id
 WHERE t.batch_id = %(batch)s"""


class Note(NamedTuple):
    """What is wrong with a cell; `fix` is what it could be instead, `drop` that the row should go."""

    row: int
    column: int
    rule: str
    message: str
    fix: str | None = None
    drop: bool = False


class Known(NamedTuple):
    """What register, standards and formulas say to a row."""

    line_fen: int | None = None
    tier: str | None = None
    unit_fen: int | None = None
    own: bool | None = None
    name: str | None = None
    village: str | None = None
    group: str | None = None
    quantity: Decimal | None = None
    extra: dict[str, str] | None = None


def _known(layout: Layout) -> str:
    computed = layout.shape.extra if any(one.formula for one in layout.shape.template.columns) else "'{}'::jsonb"
    parts = {"{extra}": computed, "{roster}": payees.ROSTER, "{stands}": payees.STANDS}
    sql = _KNOWN
    for name, part in parts.items():
        sql = sql.replace(name, part)
    return sql


def known(layout: Layout, batch: RosterImport) -> dict[int, "Known"]:
    """By the index of the row."""
    with connection.cursor() as cursor:
        cursor.execute(_known(layout), {"batch": batch.pk, **payees.known(batch.roster)})
        return {row[0] - 1: Known._make([*row[1:-1], json.loads(row[-1])]) for row in cursor.fetchall()}


def aside(layout: Layout, rows: Sequence[Row], wanted: Collection[int] | None) -> list[Note]:
    found = []
    for index in range(len(rows)) if wanted is None else sorted(wanted):
        reason = layout.stands_aside(rows[index]) if index < len(rows) else None
        if reason in grid.ASIDE:
            place = next(place for place, cell in enumerate(rows[index]) if cell.strip())
            found.append(Note(index, place, f"row.{reason}", grid.ASIDE[reason], drop=True))
    return found


_DROPS = frozenset({"row.double"})
_FIXES: dict[str, Callable[[str, Known], str | None]] = {
    "amount.differs": lambda cell, known: None if known.line_fen is None else f"{to_yuan(known.line_fen)}",
    "person.name": lambda cell, known: known.name,
    "person.village": lambda cell, known: known.village if known.own else None,
    "standard.amount": lambda cell, known: "",
    "number.places": lambda cell, known: grid.rounded(cell),
    "formula.differs": lambda cell, known: "",
}


def notes(layout: Layout, batch: RosterImport, rows: Sequence[Row], known: dict[int, Known]) -> list[Note]:
    found = []
    for number, title, rule, message in batch.errors.values_list("row", "column", "rule", "message"):
        index, place = number - 1, layout.by_title.get(title, 0)
        fix = _FIXES.get(rule)
        offer = fix(rows[index][place], known.get(index, Known())) if fix else None
        found.append(Note(index, place, rule, message, offer, rule in _DROPS))
    return found


def shown(layout: Layout, row: Row, known: Known) -> dict[int, str]:
    """What stands in a row's empty cells without being typed. The village of somebody elsewhere is not told."""
    values = {
        "tier": known.tier,
        "unit": f"{to_yuan(known.unit_fen)}" if known.unit_fen is not None else None,
        "amount": f"{to_yuan(known.line_fen)}" if known.line_fen is not None and known.tier else None,
        "village": known.village if known.own else None,
        "group_no": known.group if known.own else None,
        "quantity": f"{known.quantity.normalize():f}" if known.quantity is not None else None,
    }
    for extra in layout.shape.template.columns:
        if extra.formula and extra.key in (known.extra or {}):
            values[PREFIX + extra.key] = as_typed(extra, (known.extra or {})[extra.key])
    return {layout.place[key]: text for key, text in values.items() if text and not row[layout.place[key]]}
