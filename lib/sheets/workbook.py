"""An .xlsx written from cells that are ready for it, in constant memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any

import rustpy_xlsxwriter

Cell = str | int | float | date | None


@dataclass(frozen=True)
class Head:
    """What is known of a table before its rows: its columns, which of them keep text as text, the lines above them."""

    sheet_name: str
    titles: Sequence[str]
    widths: Sequence[float]
    above: Sequence[str]
    texts: Sequence[str]


@dataclass(frozen=True)
class Part:
    """Some rows: how many, the cells of columns in which all are alike, and those of the others."""

    rows: int
    alike: dict[str, Cell]
    moving: dict[str, Sequence[Cell]]


def write(path: str, head: Head, parts: Iterable[Part]) -> None:
    rustpy_xlsxwriter.write_worksheet(records(head, parts), path, **options(head))


def records(head: Head, parts: Iterable[Part]) -> Iterator[dict[str, Cell]]:
    """Yield one record again and again, with the next row in it; what does not change from row to row stays."""
    record: dict[str, Cell] = dict.fromkeys(head.titles)
    for part in parts:
        record.update(part.alike)
        if not part.moving:
            yield from repeat(record, part.rows)
        for _ in map(record.update, map(zip, repeat(tuple(part.moving)), zip(*part.moving.values(), strict=True))):
            yield record


def options(head: Head) -> dict[str, Any]:
    """Return how the writer is called."""
    return {
        "sheet_name": head.sheet_name,
        "freeze_row": len(head.above) + 1,
        "header_row": len(head.above),
        "merge_ranges": _over(head.above, len(head.titles)) or None,
        "bold_headers": True,
        "float_format": "0.00##",
        "datetime_format": "yyyy-mm-dd",
        "column_formats": {title: rustpy_xlsxwriter.Format().set_num_format("@") for title in head.texts} or None,
        "column_widths": dict(zip(head.titles, head.widths, strict=True)),
    }


def _over(above: Sequence[str], width: int) -> list[tuple[Any, ...]]:
    """Return the lines over the headers as the writer takes them: each across all columns, the first as a title."""
    title = rustpy_xlsxwriter.Format().set_bold().set_font_size(14)
    plain = rustpy_xlsxwriter.Format().set_align("left")
    last = max(width - 1, 1)
    return [(row, 0, row, last, line, plain if row else title) for row, line in enumerate(above)]
