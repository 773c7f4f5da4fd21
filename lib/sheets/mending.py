"""Counting what was mended, so that a clerk learns the habit and a reviewer sees that nothing changed in silence."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lib.sheets.model import SECRET_KINDS, Column, Mended

LABELS = {
    "width": "全角字符改为半角",
    "invisible": "去掉空格和不可见字符",
    "letter": "小写字母改为大写",
    "interpunct": "姓名间隔号统一为“·”",
    "form": "号码写法统一",
    "group": "组名写法统一",
    "number": "数字去掉千分位、单位等",
    "money": "金额去掉货币符号、千分位等",
    "date": "日期写法统一",
    "choice": "选项写法统一",
}


@dataclass(slots=True)
class _Count:
    count: int
    example: str


class Mends:
    """Counts by habit and column; ``row`` is the row being read."""

    def __init__(self) -> None:
        self.row = 0
        self._counts: dict[tuple[str, str], _Count] = {}

    def add(self, kind: str, column: Column, before: str = "", after: str = "") -> None:
        """Count one mended cell. ``before`` and ``after`` are shown, so leave them out where they may be personal."""
        found = self._counts.get((kind, column.title))
        if found is None:
            place = f"第 {self.row} 行"
            self._counts[kind, column.title] = _Count(1, f"{place} “{before}”→“{after}”" if after else place)
        else:
            found.count += 1

    def typed(self, column: Column, before: str, after: str) -> None:
        """Count a mended text by what was wrong with it."""
        squeezed = "".join(char for char in before if char.isprintable() and not char.isspace())
        if squeezed.upper() == after.upper():
            kind = "letter" if squeezed != after and squeezed.upper() == after else "invisible"
        elif unicodedata.normalize("NFKC", before) != before:
            kind = "width"
        elif column.kind == "name":
            kind = "interpunct" if "·" in after else "invisible"
        else:
            kind = "form" if column.kind in SECRET_KINDS else "invisible"
        self.add(kind, column)

    def report(self) -> list[Mended]:
        """Return the counts, most frequent first."""
        found = [
            Mended(kind, LABELS[kind], title, one.count, one.example) for (kind, title), one in self._counts.items()
        ]
        return _ordered(found)


def joined(first: Iterable[Mended], second: Iterable[Mended]) -> list[Mended]:
    """Return the counts of two parts of a sheet together, each with the example that came first."""
    counts: dict[tuple[str, str], Mended] = {}
    for one in (*first, *second):
        before = counts.get((one.kind, one.column))
        counts[one.kind, one.column] = replace(before, count=before.count + one.count) if before else one
    return _ordered(counts.values())


def _ordered(found: Iterable[Mended]) -> list[Mended]:
    return sorted(found, key=lambda one: (-one.count, one.kind, one.column))
