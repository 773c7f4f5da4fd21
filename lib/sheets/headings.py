"""What stands in a file's header, for a clerk to say what each column is: ``python -m lib.sheets.headings``.

A file whose titles nobody knows is opened again in a process of its own; back come the titles of the likeliest header
row, what is known of them, and a few cells below each, masked.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lib.children import end_with
from lib.errors import Invalid
from lib.sheets import header, read
from lib.sheets.cells import CellFault, plain_text
from lib.sheets.child import limit_self
from lib.sheets.model import REPORT_TITLES, Column, Limits, bare_title, clean_title
from lib.sheets.parse import ask
from lib.sheets.scan import scan

SAMPLES = 3
MOST = 60
_LONG_NUMBER = re.compile(r"[0-9A-Za-z]{6,}")
_NAME = re.compile(r"[\u3400-\u9fff·]{2,4}")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a file: its title, the key of the column it is known as (or none), some cells below, masked."""

    title: str
    key: str | None
    samples: list[str]


def headings(source: Path, columns: Sequence[Column], *, limits: Limits) -> list[Heading]:
    """Return the columns of the file that holds most known titles, or else most titles.

    Raises ``Invalid`` (codes ``sheet.*``) when the file cannot be read, or has no row that could be a header.
    """
    order = {
        "source": str(source.resolve()),
        "columns": [asdict(column) for column in columns],
        "limits": asdict(limits),
    }
    answer: dict[str, Any] = json.loads(ask("lib.sheets.headings", order, limits).stdout)
    if "refusal" in answer:
        message, code = answer["refusal"]
        raise Invalid(message, code=code)
    return [Heading(**one) for one in answer["headings"]]


def _found(tops: Iterator[list[Sequence[object]]], columns: Sequence[Column]) -> list[Heading]:
    names = header.names_of(columns)
    best: tuple[int, int, list[str], list[Sequence[object]]] | None = None
    for rows in tops:
        for index, row in enumerate(rows[: header.HEADER_ROWS]):
            titles = [clean_title(cell) if isinstance(cell, str) else "" for cell in row]
            known = sum(title in names or bare_title(title) in names for title in titles)
            score = (known, sum(map(bool, titles)))
            if score[1] > 1 and (best is None or score > best[:2]):
                best = (*score, titles, rows[index + 1 :])
    if best is None:
        raise Invalid("文件里没有像表头的一行，请在数据上方加一行列名后重新上传", code="sheet.no_header")
    _, _, titles, below = best
    own = {clean_title(title) for title in REPORT_TITLES}
    keys = [column.key for column in columns]
    return [
        Heading(title, _key(title, names, keys), _samples(below, place))
        for place, title in enumerate(titles[:MOST])
        if title and title not in own
    ]


def _key(title: str, names: dict[str, int], keys: Sequence[str]) -> str | None:
    position = names.get(title, names.get(bare_title(title)))
    return None if position is None else keys[position]


def _samples(below: Sequence[Sequence[object]], place: int) -> list[str]:
    cells = [row[place] for row in below if place < len(row) and row[place] not in (None, "")]
    return [_masked(cell) for cell in cells[:SAMPLES]]


def _masked(cell: object) -> str:
    """Return a cell so that its kind can be told and nobody in it be known."""
    try:
        text = " ".join(plain_text(cell).split())
    except CellFault:
        return "…"
    if _NAME.fullmatch(text):
        return text[0] + "*" * (len(text) - 1)
    return _LONG_NUMBER.sub(lambda found: found[0][:2] + "****" + found[0][-2:], text)[:20]


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order in the child."""
    limits = Limits(**order["limits"])
    columns = [Column(**column) for column in order["columns"]]
    source = Path(order["source"])
    try:
        tops = read.tops(source, scan(source, limits), header.HEADER_ROWS + SAMPLES + 1)
        return {"headings": [asdict(one) for one in _found(iter(list(islice(tops, limits.sheets))), columns)]}
    except Invalid as refusal:
        return {"refusal": [refusal.message, refusal.code]}


def main() -> int:
    order = json.load(sys.stdin)
    end_with(order["parent"])
    limit_self(Limits(**order["limits"]))
    json.dump(work(order), sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
