"""Tables as text with commas (RFC 4180), for whoever reads them by program: UTF-8 with a mark that Excel knows."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from lib.sheets.figures import Fen, Figures, as_texts
from lib.sheets.write import REMEMBERED, TEXTS, Block, Value, alike, harmless, safe_cell, shown


def export_blocks(path: Path, headers: Sequence[str], blocks: Iterable[Block], *, above: Sequence[str] = ()) -> int:
    """Write a .csv some rows at once and return the number of rows; text is as safe as in a workbook.

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
        known = _Texts()
        for block in blocks:
            if len(block) != len(headers):
                raise ValueError("a row has another length than the headers")
            if len(known) > REMEMBERED:
                known.clear()
            writer.writerows(zip(*[_column(values, known) for values in block], strict=True))
            count += len(block[0])
    return count


class _Texts(dict[Any, Any]):
    """Texts and times as they stand between commas; what stands in many rows is looked at once."""

    def __missing__(self, value: Any) -> Any:
        found = self[value] = _text(value)
        return found


def _column(values: Sequence[Value], known: _Texts) -> Sequence[Any]:
    """Return one column of some rows as it stands between commas."""
    if isinstance(values, Fen | Figures):
        return as_texts(values)
    if alike(values):
        return [_text(values[0])] * len(values)
    if harmless(values):
        return values
    kinds = set(map(type, values))
    if kinds in ({int}, {float}):
        return values
    return [*map(known.__getitem__ if kinds <= TEXTS else _text, values)]


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
