"""Reads chosen rows of an upload in a process of its own: ``python -m households.imports.rows``.

The report of errors sets the clerk's own rows beside what is wrong with them. The file is the one that came in, so it
is opened again only behind the scan and under the limits of the reader (`lib.sheets.child`); nothing is decrypted.
"""

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from households.imports.columns import COLUMNS
from lib.errors import Conflict
from lib.sheets.cells import CellFault, plain_text
from lib.sheets.child import limit_self
from lib.sheets.model import DEFAULT_LIMITS, Limits
from lib.sheets.read import open_table
from lib.sheets.scan import scan

ROOT = Path(__file__).resolve().parents[2]


def read_rows(source: Path, wanted: Collection[int]) -> tuple[list[str], dict[int, list[str]]]:
    """The titles of the sheet, and the wanted rows by their number in Excel, as text."""
    order = {"source": str(source.resolve()), "wanted": sorted(wanted), "limits": asdict(DEFAULT_LIMITS)}
    done = subprocess.run(
        [sys.executable, "-m", "households.imports.rows"],
        input=json.dumps(order).encode(),
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join([str(ROOT), *sys.path[1:]]), "PYTHONUTF8": "1"},
        timeout=DEFAULT_LIMITS.wall_seconds,
        check=False,
    )
    if done.returncode:
        raise Conflict("原文件已无法读取，请按页面上列出的错误修改。", code="households.file_lost")
    answer = json.loads(done.stdout)
    return answer["titles"], {int(number): row for number, row in answer["rows"].items()}


def _text(cell: object) -> str:
    try:
        return "" if cell is None else plain_text(cell)
    except CellFault:
        return str(cell)


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Carries out an order in the child."""
    limits = Limits(**order["limits"])
    source = Path(order["source"])
    table = open_table(source, scan(source, limits), COLUMNS, limits)
    places = sorted(table.header.titles)
    wanted = frozenset(order["wanted"])
    rows = {
        number: [_text(row[place]) if place < len(row) else "" for place in places]
        for number, row in enumerate(table.rows, start=1)
        if number in wanted
    }
    return {"titles": [table.header.titles[place] for place in places], "rows": rows}


def main() -> int:
    order = json.load(sys.stdin)
    limit_self(Limits(**order["limits"]))
    json.dump(work(order), sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
