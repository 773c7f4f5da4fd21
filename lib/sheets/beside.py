"""A clerk's own rows with what is wrong beside them: ``python -m lib.sheets.beside``, one order on stdin.

The report is made from the file as it came in, opened again only behind the scan and under the limits of the reader, in
a process of its own. Nothing of it is stored. Cells keep what they were: a number stays a number, so that a report that
is mended and uploaded again is read as the file was. Its own columns are known by their titles and not read.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from lib import crypto
from lib.children import end_with
from lib.errors import Invalid
from lib.sheets import cells, header
from lib.sheets.bulk import Bulk
from lib.sheets.child import ROWS_AT_ONCE, column_of, limit_self
from lib.sheets.mending import Mends
from lib.sheets.model import REPORT_TITLES, SECRET_KINDS, CellError, Column, Limits, clean_title
from lib.sheets.parse import ask
from lib.sheets.read import Table, open_table
from lib.sheets.scan import scan
from lib.sheets.write import safe_cell
from lib.vault import Vault

SHEET = "错误报告"
# A report with every row of a longer file takes minutes; the rows in error can always be had.
MOST_WHOLE = 200_000
_WHAT = REPORT_TITLES[1]
_FAULTY = PatternFill("solid", fgColor="FFD9D9")
_TOLD = PatternFill("solid", fgColor="FFF6DD")
_LONGEST = 3000
Told = dict[int, list[CellError]]


def report(
    source: Path,
    columns: Sequence[Column],
    out: Path,
    errors: Sequence[CellError],
    *,
    limits: Limits,
    today: date,
    only_faulty: bool,
) -> int:
    """Write the rows of ``source`` to ``out`` with their errors in front; return how many rows.

    ``errors`` are those that the rules found; errors of cells are found again. Raises ``Invalid`` (codes ``sheet.*``)
    when the file cannot be read any more or is too long for a report with every row.
    """
    secret = any(column.kind in SECRET_KINDS for column in columns)
    order = {
        "source": str(source.resolve()),
        "out": str(out.resolve()),
        # Numbers are only looked at here: nothing is enciphered.
        "columns": [asdict(replace(column, cipher=False)) for column in columns],
        "errors": [[e.row, e.column, e.rule, e.message] for e in errors],
        "limits": asdict(limits),
        "today": today.isoformat(),
        "only_faulty": only_faulty,
        "crypto": crypto.active_config() if secret else None,
    }
    done = ask("lib.sheets.beside", order, limits)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refusal" in answer:
        message, code = answer["refusal"]
        raise Invalid(message, code=code)
    return int(answer["rows"])


class Report:
    """One report: goes through the rows once, and writes those that are wanted."""

    def __init__(self, table: Table, order: Mapping[str, Any], vault: Vault | None) -> None:
        self.table, self.only_faulty = table, bool(order["only_faulty"])
        self.columns = [Column(**column) for column in order["columns"]]
        self.told: Told = {}
        for row, column, rule, message in order["errors"]:
            self.told.setdefault(row, []).append(CellError(row, column, rule, message))
        own = {clean_title(title) for title in REPORT_TITLES}
        self.places = [place for place in sorted(table.header.titles) if not self._is_own(place, own)]
        found = zip(self.columns, table.header.places, strict=True)
        self.where = {column.title: place for column, place in found if place is not None}
        day, mends = date.fromisoformat(order["today"]), Mends()
        self._plan = [
            (Bulk(column, day, vault, mends), place)
            for column, place in zip(self.columns, table.header.places, strict=True)
        ]
        self._numbers = header.numbered(self.columns, table.header)
        self.rows = 0

    def _is_own(self, place: int, own: set[str]) -> bool:
        return clean_title(self.table.header.titles[place]) in own

    def write(self, out: Path) -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet(SHEET)
        sheet.freeze_panes = "C2"
        titles = [self.table.header.titles[place] for place in self.places]
        widths = [12.0, 60.0, *(24.0 if place in self._numbers else 14.0 for place in self.places)]
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.append([_head(sheet, title) for title in (*REPORT_TITLES, *titles)])
        for number, row, errors in self._wanted():
            self.rows += 1
            if self.rows > MOST_WHOLE and not self.only_faulty:
                raise Invalid(f"表格超过 {MOST_WHOLE} 行，请下载“只含错误行”的报告。", code="sheet.rows")
            sheet.append(self._line(sheet, number, row, errors))
        book.properties.creator = ""
        book.save(out)

    def _wanted(self) -> Iterator[tuple[int, Sequence[object], list[CellError]]]:
        """Yield number, cells and errors of the rows to be written, in order."""
        numbered = self.table.numbered()
        while some := list(islice(numbered, ROWS_AT_ONCE)):
            below = [(number, row) for number, row in some if number > self.table.header.row]
            data = [one for one in below if not self._aside(one[1])]
            faults = self._faults([number for number, _ in data], [row for _, row in data])
            for number, row in below:
                errors = self.told.get(number, [])
                said = {(e.column, e.rule) for e in errors}
                errors = errors + [e for e in faults.get(number, ()) if (e.column, e.rule) not in said]
                if errors or (not self.only_faulty and any(cell not in (None, "") for cell in row)):
                    yield number, row, errors

    def _aside(self, row: Sequence[object]) -> bool:
        return bool(header.aside(row, self.columns, self.table.header, self._numbers))

    def _faults(self, numbers: list[int], rows: list[Sequence[object]]) -> Told:
        found: Told = {}
        for bulk, place in self._plan if rows else ():
            for at, fault in bulk.fields(numbers, column_of(rows, place))[1]:
                one = CellError(numbers[at], bulk.column.title, fault.fault.rule, fault.fault.message)
                found.setdefault(numbers[at], []).append(one)
        return found

    def _line(self, sheet: Any, number: int, row: Sequence[object], errors: list[CellError]) -> list[Any]:
        wrong = {self.where[error.column] for error in errors if error.column in self.where}
        words = "；".join(f"第{number}行「{e.column}」{e.message.rstrip('。')}（规则 {e.rule}）" for e in errors)
        line: list[Any] = [number, _filled(sheet, words[:_LONGEST], _TOLD) if words else None]
        for place in self.places:
            value = _value(row[place]) if place < len(row) else None
            line.append(_filled(sheet, value, _FAULTY) if place in wrong else value)
        return line


def _head(sheet: Any, title: str) -> Any:
    cell = WriteOnlyCell(sheet, safe_cell(title))
    cell.font = Font(bold=True)
    if title == _WHAT:
        cell.comment = Comment("改好后可以直接上传本表：前两列不会读入。", "填报说明", height=60, width=220)
    return cell


def _filled(sheet: Any, value: Any, fill: PatternFill) -> Any:
    cell = WriteOnlyCell(sheet, value)
    cell.fill = fill
    if fill is _TOLD:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _value(cell: object) -> Any:
    """Return a cell as it was: text that stays text, numbers, dates; anything else as text."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return safe_cell(cell)
    if isinstance(cell, int | float | date | datetime):
        return cell
    return str(cell)


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order in the child."""
    limits = Limits(**order["limits"])
    columns = [Column(**column) for column in order["columns"]]
    source = Path(order["source"])
    try:
        table = open_table(source, scan(source, limits), columns, limits)
        made = Report(table, order, Vault(order["crypto"]) if order["crypto"] else None)
        made.write(Path(order["out"]))
    except Invalid as refusal:
        return {"refusal": [refusal.message, refusal.code]}
    except cells.CellFault as fault:
        return {"refusal": [fault.message, fault.rule]}
    return {"rows": made.rows}


def main() -> int:
    order = json.load(sys.stdin)
    end_with(order["parent"])
    limit_self(Limits(**order["limits"]))
    json.dump(work(order), sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
