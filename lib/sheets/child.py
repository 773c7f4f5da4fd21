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
from pathlib import Path
from typing import Any, TextIO

from lib.crypto import Vault
from lib.errors import Invalid
from lib.sheets import cells, header
from lib.sheets.mending import Mends
from lib.sheets.model import CellError, Column, Limits, Parsed
from lib.sheets.read import Table, open_table
from lib.sheets.scan import scan


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
    """Checks rows and writes them; keeps counts and the first errors."""

    def __init__(
        self, columns: Sequence[Column], table: Table, limits: Limits, today: date, vault: Vault | None
    ) -> None:
        self.columns, self.table, self.limits = columns, table, limits
        self.mends = Mends()
        self.errors: list[CellError] = []
        self.total_errors = self.rows = self.rows_with_errors = 0
        self.skipped: dict[str, int] = {}
        self._plan = [
            (column, place, cells.make(column, today, vault, self.mends), (cells.NULL,) * len(column.outputs()))
            for column, place in zip(columns, table.header.places, strict=True)
        ]

    def write(self, out: TextIO) -> None:
        """Write every row of data below the header."""
        numbers = header.numbered(self.columns, self.table.header)
        for number, row in enumerate(self.table.rows, start=1):
            if number <= self.table.header.row:
                continue
            reason = header.aside(row, self.columns, self.table.header, numbers)
            if reason:
                self.skipped[reason] = self.skipped.get(reason, 0) + 1
                continue
            self.rows += 1
            if self.rows > self.limits.rows:
                raise Invalid(f"表格超过 {self.limits.rows} 行，请拆分后分别上传", code="sheet.rows")
            out.write(self._line(number, row))

    def _line(self, number: int, row: Sequence[object]) -> str:
        """Return the COPY line of one row; a cell that cannot be taken is NULL and counted."""
        fields: list[str] = [str(number)]
        faults = 0
        self.mends.row = number
        width = len(row)
        for column, place, converter, nulls in self._plan:
            raw = row[place] if place is not None and place < width else ""
            try:
                if (
                    raw is None
                    or raw == ""
                    or (isinstance(raw, str) and not raw.strip(" \t\r\n\u3000\u200b\ufeff\xa0"))
                ):
                    if column.required:
                        raise cells.CellFault("required", "必填项没有填写（合并单元格须取消合并后逐行填写）")
                    fields.extend(nulls)
                else:
                    fields.extend(cells.run(converter, raw))
            except cells.CellFault as fault:
                faults += 1
                fields.extend(nulls)
                self._note(number, column, fault)
        if faults:
            self.rows_with_errors += 1
        fields.append(str(faults))
        return "\t".join(fields) + "\n"

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


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order: scan, read, check, write. Returns ``parsed`` or ``refusal``."""
    limits = Limits(**order["limits"])
    columns = [Column(**column) for column in order["columns"]]
    vault = Vault(order["crypto"]) if order["crypto"] else None
    source = Path(order["source"])
    try:
        table = open_table(source, scan(source, limits), columns, limits)
        writer = Writer(columns, table, limits, date.fromisoformat(order["today"]), vault)
        with Path(order["out"]).open("w", encoding="utf-8", newline="\n") as out:
            writer.write(out)
        if not writer.rows:
            raise Invalid("表头下面没有数据行，请确认内容填在表头之下", code="sheet.no_rows")
    except Invalid as refusal:
        return {"refusal": [refusal.message, refusal.code]}
    return {"parsed": writer.parsed().to_json()}


def main() -> int:
    """Read the order, answer it. Memory that runs out is an answer too; anything else is an exit code."""
    order = json.load(sys.stdin)
    limit_self(Limits(**order["limits"]))
    try:
        answer = work(order)
    except MemoryError:
        answer = {"exhausted": True}
    json.dump(answer, sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
