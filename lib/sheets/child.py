"""The process that opens uploads: ``python -m lib.sheets.child``, one order as JSON on stdin, one answer on stdout.

It limits its own memory, time and files before it touches the upload, so that a hostile or broken file costs one
process. Secrets come through stdin, never through arguments or environment. Nothing personal is ever written to its
output other than the file asked for.
"""

import contextlib
import json
import resource
import sys
from collections.abc import Sequence
from datetime import date
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from lib.children import end_with
from lib.errors import Invalid
from lib.sheets import cells, header
from lib.sheets.bulk import Bulk, Fault
from lib.sheets.halves import in_halves
from lib.sheets.mending import Mends
from lib.sheets.model import CellError, Column, Limits, Parsed
from lib.sheets.read import Ahead, Numbered, Table, open_table
from lib.sheets.scan import scan
from lib.vault import Vault

ROWS_AT_ONCE = 2000


def limit_self(limits: Limits) -> None:
    """Set the limits of this process; a system that knows one of them not is left without it."""
    wanted = (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, 4 * 2**30),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in wanted:
        _, hard = resource.getrlimit(kind)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


class Writer:
    """Checks rows and writes them, some thousand at once; keeps counts and the first errors."""

    def __init__(
        self, columns: Sequence[Column], table: Table, limits: Limits, today: date, vault: Vault | None
    ) -> None:
        self.columns, self.table, self.limits = columns, table, limits
        self.mends = Mends()
        self.errors: list[CellError] = []
        self.total_errors = self.rows = self.rows_with_errors = 0
        self.skipped: dict[str, int] = {}
        self._numbers = header.numbered(columns, table.header)
        self._plan = [
            (Bulk(column, today, vault, self.mends), place)
            for column, place in zip(columns, table.header.places, strict=True)
        ]

    def write(self, out: TextIO, numbered: Numbered) -> None:
        """Write every row of data below the header."""
        while some := list(islice(numbered, ROWS_AT_ONCE)):
            data = [(number, row) for number, row in some if number > self.table.header.row and self._is_data(row)]
            self.rows += len(data)
            if self.rows > self.limits.rows:
                raise _too_long(self.limits)
            if data:
                out.write(self._lines([number for number, _ in data], [row for _, row in data]))

    def _is_data(self, row: Sequence[object]) -> bool:
        """Say whether a row is to be written; count what is left out by reason."""
        for place in self._numbers:
            raw = row[place] if place < len(row) else None
            if isinstance(raw, str) and "0" <= raw[:1] <= "9":
                return True
        reason = header.aside(row, self.columns, self.table.header, self._numbers)
        if reason:
            self.skipped[reason] = self.skipped.get(reason, 0) + 1
        return not reason

    def _lines(self, numbers: list[int], rows: list[Sequence[object]]) -> str:
        """Return the COPY lines of rows; a cell that cannot be taken is NULL and counted."""
        counts = [0] * len(rows)
        found: list[tuple[int, int, Fault]] = []
        written: list[list[str]] = [[str(number) for number in numbers]]
        for order, (bulk, place) in enumerate(self._plan):
            fields, faults = bulk.fields(numbers, column_of(rows, place))
            written.append(fields)
            found += ((at, order, fault) for at, fault in faults)
        for at, order, fault in sorted(found, key=itemgetter(0, 1)):
            counts[at] += 1
            self._note(numbers[at], self.columns[order], fault.fault)
        self.rows_with_errors += sum(map(bool, counts))
        written.append([str(count) for count in counts])
        return "\n".join(map("\t".join, zip(*written, strict=True))) + "\n"

    def _note(self, number: int, column: Column, fault: cells.CellFault) -> None:
        """Keep an error of a cell, as long as there is room."""
        self.total_errors += 1
        if len(self.errors) < self.limits.errors:
            self.errors.append(CellError(number, column.title, fault.rule, fault.message))

    def parsed(self) -> Parsed:
        """Return what was found."""
        found = self.table.header
        return Parsed(
            sheet=self.table.sheet,
            header_row=found.row,
            mapping=found.mapping(self.columns),
            rows=self.rows,
            rows_with_errors=self.rows_with_errors,
            mended=self.mends.report(),
            errors=self.errors,
            total_errors=self.total_errors,
            unknown_columns=found.unknown(),
            skipped=self.skipped,
            hidden_sheets=self.table.hidden_sheets,
            hidden_rows=self.table.hidden_rows,
        )


def _too_long(limits: Limits) -> Invalid:
    return Invalid(f"表格超过 {limits.rows} 行，请拆分后分别上传", code="sheet.rows")


def column_of(rows: Sequence[Sequence[object]], place: int | None) -> list[object]:
    """Return one cell of each row; rows may end before it."""
    if place is None:
        return [""] * len(rows)
    try:
        return [row[place] for row in rows]
    except IndexError:
        return [row[place] if place < len(row) else "" for row in rows]


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order: scan, read, check, write. Returns ``parsed`` or ``refusal``.

    Sheets are read while the scan goes on; with ``only_scan`` nothing is.
    """
    limits = Limits(**order["limits"])
    columns = [Column(**column) for column in order["columns"]]
    vault = Vault(order["crypto"]) if order["crypto"] else None
    source = Path(order["source"])
    try:
        if order["only_scan"]:
            scan(source, limits)
            return {}
        ahead = Ahead(source)
        table = open_table(source, scan(source, limits, ahead.start), columns, limits, ahead)

        def write(out: Path, numbered: Numbered) -> Parsed:
            writer = Writer(columns, table, limits, date.fromisoformat(order["today"]), vault)
            with out.open("w", encoding="utf-8", newline="\n") as lines:
                writer.write(lines, numbered)
            return writer.parsed()

        parsed = in_halves(write, Path(order["out"]), table, most_errors=limits.errors)
        if parsed.rows > limits.rows:
            raise _too_long(limits)
        if not parsed.rows:
            raise Invalid("表头下面没有数据行，请确认内容填在表头之下", code="sheet.no_rows")
    except Invalid as refusal:
        return {"refusal": [refusal.message, refusal.code]}
    return {"parsed": parsed.to_json()}


def main() -> int:
    """Read the order, answer it. Memory that runs out is an answer too; anything else is an exit code."""
    order = json.load(sys.stdin)
    end_with(order["parent"])
    limit_self(Limits(**order["limits"]))
    try:
        answer = work(order)
    except MemoryError:
        answer = {"exhausted": True}
    json.dump(answer, sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
