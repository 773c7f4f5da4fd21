"""A table written to a file that is handed out and forgotten: row by row, safe from formulas, with its digest."""

import csv
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, cast

from audit.access_data import Table
from audit.models import AccessFetch
from lib.errors import Conflict
from lib.sheets.write import Value, export, safe_cell

Format = AccessFetch.Format
# A worksheet ends at 1,048,576 rows, and a browser's patience earlier.
MOST_ROWS = 500_000
BYTES = 2**20


def write(table: Table, form: str, *, sheet_name: str) -> IO[bytes]:
    """The table as a nameless file, read from its beginning; it disappears when it is closed."""
    rows = _bounded(table)
    with tempfile.TemporaryDirectory(prefix="access-") as folder:
        path = Path(folder) / f"data.{form}"
        if form == Format.XLSX:
            export(path, table.headers, rows, sheet_name=sheet_name)
        else:
            _write_csv(path, table.headers, rows)
        # Open files outlive their names.
        return cast(IO[bytes], path.open("rb"))


def digest_of(file: IO[bytes]) -> bytes:
    found = hashlib.sha256()
    while part := file.read(BYTES):
        found.update(part)
    file.seek(0)
    return found.digest()


def _bounded(table: Table) -> Iterator[list[Value]]:
    for row in table.rows():
        if table.row_count > MOST_ROWS:
            raise Conflict(
                f"数据超过{MOST_ROWS // 10_000}万条，一次下载不完。请选择一个乡镇，分乡镇下载。", code="access.too_many"
            )
        yield row


def _write_csv(path: Path, headers: Sequence[str], rows: Iterator[list[Value]]) -> None:
    # With the mark by which spreadsheets recognise UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows([_text(value) for value in row] for row in rows)


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
