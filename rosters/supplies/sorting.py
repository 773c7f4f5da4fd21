"""Rows of a supplied list sorted to townships by the register: set-based, what reaches none becomes a row error."""

from pathlib import Path
from typing import Any

from django.db import connection

from lib.sheets.model import CellError, Column, out_columns
from rosters.shapes import Shape
from rosters.supplies.models import Supply, SupplyRowError
from subsidies import templates
from subsidies.standing import version_on

UNKNOWN = "该身份证号不在补贴对象信息库，不能分到乡镇；请核对号码，或由户籍所在乡镇先建档"
GONE = "该人员已迁出、所在农户已注销，不能分到乡镇，请核对"
NAME = "姓名与补贴对象信息库中该身份证号的姓名不一致，请核对"
_ID = "享受人身份证号"
_KEPT = ("excel_row", "name", "id_number_digest", "row_errors")
_COPY = f"COPY rosters_suppliedrow ({', '.join(_KEPT)}) FROM STDIN"
_SORT = """
UPDATE rosters_suppliedrow t
   SET person_id = b.id, township_id = CASE WHEN h.state = 'living' THEN v.parent_id END,
       told = CASE WHEN h.state <> 'living' THEN 'gone' WHEN t.name IS NOT NULL AND b.name <> t.name THEN 'name'
              ELSE '' END
  FROM households_person b
  JOIN households_household h ON h.id = b.household_id
  JOIN accounts_division v ON v.id = h.village_id
 WHERE t.supply_id = %(supply)s AND b.id_digest = t.id_number_digest AND b.state <> 'moved'"""
_NOBODY = """
UPDATE rosters_suppliedrow SET told = 'unknown'
 WHERE supply_id = %(supply)s AND person_id IS NULL AND id_number_digest IS NOT NULL"""
_TELL = """
INSERT INTO rosters_supplyrowerror (supply_id, "row", "column", rule, message)
SELECT %(supply)s, excel_row, %(column)s, %(rule)s, %(message)s FROM rosters_suppliedrow
 WHERE supply_id = %(supply)s AND told = %(told)s"""
_TOLD = {
    "unknown": (_ID, "person.unknown", UNKNOWN),
    "gone": (_ID, "person.township", GONE),
    "name": ("享受人姓名", "person.name", NAME),
}
_PARTS = """
SELECT excel_row, township_id FROM rosters_suppliedrow
 WHERE supply_id = %(supply)s AND row_errors = 0 AND told = '' AND township_id IS NOT NULL ORDER BY excel_row"""
_FORGET = "DELETE FROM rosters_suppliedrow WHERE supply_id = %(supply)s"


def columns(supply: Supply) -> tuple[Column, ...]:
    """The columns of a list: those of a roster's file of its policy and period."""
    return Shape(templates.of_version(version_on(supply.policy, supply.period_end))).columns


def sort(supply: Supply, rows: Path, errors: list[CellError]) -> dict[int, int]:
    """Row → township of the rows that reach one; the others are told as errors. Within the caller's transaction."""
    SupplyRowError.objects.filter(supply=supply).delete()
    which = {"supply": supply.pk}
    with connection.cursor() as cursor, _fewer(supply, rows).open("rb") as handle:
        cursor.execute(_FORGET, which)
        cursor.execute("SELECT set_config('portal.supply', %s, true)", [str(supply.pk)])
        cursor.copy_expert(_COPY, handle)
        cursor.execute(_SORT, which)
        cursor.execute(_NOBODY, which)
        SupplyRowError.objects.bulk_create(
            (SupplyRowError(supply=supply, row=e.row, column=e.column[:40], rule=e.rule[:40], message=e.message[:300])
             for e in errors),
            batch_size=1000,
        )  # fmt: skip
        for told, (column, rule, message) in _TOLD.items():
            given: dict[str, Any] = {**which, "column": column, "rule": rule, "message": message}
            cursor.execute(_TELL, {**given, "told": told})
        cursor.execute(_PARTS, which)
        found = dict(cursor.fetchall())
        cursor.execute(_FORGET, which)
    return found


def _fewer(supply: Supply, rows: Path) -> Path:
    """The parsed rows with the fields that sorting needs: in COPY's form a tab never stands inside a field."""
    names = [name for name, _ in out_columns(columns(supply))]
    places = [names.index(name) for name in _KEPT]
    fewer = rows.with_name(f"{rows.name}-fewer")
    with rows.open(encoding="utf-8", newline="\n") as whole, fewer.open("w", encoding="utf-8", newline="\n") as kept:
        for line in whole:
            fields = line.rstrip("\n").split("\t")
            kept.write("\t".join(fields[place] for place in places) + "\n")
    return fewer
