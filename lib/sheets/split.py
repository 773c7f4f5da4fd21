"""One file's rows sorted into several files: ``python -m lib.sheets.split``, one order on stdin.

As a reader's child it opens the file only behind the scan and under the limits. Each part is a csv in UTF-8 with the
titles of the wanted columns as they are called here, the others as they were found, and the row of the whole file.
"""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lib.children import end_with
from lib.errors import Invalid
from lib.sheets import cells
from lib.sheets.child import limit_self
from lib.sheets.model import REPORT_TITLES, Column, Limits, clean_title
from lib.sheets.parse import ask
from lib.sheets.read import Table, open_table
from lib.sheets.scan import scan

ROW_TITLE = "名单行号"


def split(
    source: Path, columns: Sequence[Column], parts: Mapping[int, int], place: Path, *, limits: Limits
) -> dict[int, Path]:
    """Write the rows of ``source`` that ``parts`` (row → part) names to ``place``; return the file of each part.

    Raises ``Invalid`` (codes ``sheet.*``) when the file cannot be read any more.
    """
    files = {part: place / f"part{part}.csv" for part in sorted(set(parts.values()))}
    order = {
        "source": str(source.resolve()),
        "columns": [asdict(replace(column, cipher=False)) for column in columns],
        "rows": list(parts.items()),
        "files": {part: str(path) for part, path in files.items()},
        "limits": asdict(limits),
    }
    done = ask("lib.sheets.split", order, limits)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refusal" in answer:
        message, code = answer["refusal"]
        raise Invalid(message, code=code)
    return files


def _write(table: Table, columns: Sequence[Column], order: Mapping[str, Any]) -> None:
    own = {clean_title(title) for title in REPORT_TITLES}
    called = {
        place: column.title for column, place in zip(columns, table.header.places, strict=True) if place is not None
    }
    places = [
        place
        for place, title in sorted(table.header.titles.items())
        if place in called or clean_title(title) not in own
    ]
    titles = [called.get(place, table.header.titles[place]) for place in places]
    parts = {int(row): int(part) for row, part in order["rows"]}
    with ExitStack() as stack:
        writers = {}
        for part, path in order["files"].items():
            file = stack.enter_context(Path(path).open("w", encoding="utf-8", newline=""))
            writers[int(part)] = csv.writer(file)
            writers[int(part)].writerow([ROW_TITLE, *titles])
        for number, row in table.numbered():
            if number in parts:
                writers[parts[number]].writerow([number, *(_text(row, place) for place in places)])


def _text(row: Sequence[object], place: int) -> str:
    raw = row[place] if place < len(row) else None
    try:
        return "" if raw is None else cells.plain_text(raw)
    except cells.CellFault:
        return ""


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order in the child."""
    limits = Limits(**order["limits"])
    columns = [Column(**column) for column in order["columns"]]
    source = Path(order["source"])
    try:
        _write(open_table(source, scan(source, limits), columns, limits), columns, order)
    except Invalid as refusal:
        return {"refusal": [refusal.message, refusal.code]}
    except cells.CellFault as fault:
        return {"refusal": [fault.message, fault.rule]}
    return {}


def main() -> int:
    order = json.load(sys.stdin)
    end_with(order["parent"])
    limit_self(Limits(**order["limits"]))
    json.dump(work(order), sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
