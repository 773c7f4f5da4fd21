"""Tables as text with commas (RFC 4180), for whoever reads them by program: UTF-8 with a mark that Excel knows."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from lib.sheets.write import Value, safe_cell, shown


def export(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Value]], *, above: Sequence[str] = ()) -> int:
    """Write a .csv row by row and return the number of rows; text is as safe as in a workbook.

    Numbers are written plainly, dates as 2026-05-06, aware times in Shanghai time, None as nothing. ``above`` are lines
    over the headers. Raises ``ValueError`` for headers that repeat or a row of another length.
    """
    if not headers or len(set(headers)) < len(headers):
        raise ValueError("an export needs headers that differ")
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerows([safe_cell(line)] for line in above)
        writer.writerow([safe_cell(header) for header in headers])
        for row in rows:
            if len(row) != len(headers):
                raise ValueError("a row has another length than the headers")
            writer.writerow([_text(value) for value in row])
            count += 1
    return count


def _text(value: Value) -> str | int | float:
    """Return a value as it stands between commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float):
        return value
    return safe_cell(shown(value))
