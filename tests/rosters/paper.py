"""Printed papers, read back as a person would: by page, by row and by column."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from accounts.models import User
from rosters.models import Roster
from rosters.printing import detail
from rosters.printing.paper import LEFT
from rosters.printing.pen import MM
from rosters.services.printing import Order, print_now
from tests.factories import cast

_MONEY = re.compile(r"^[\d,]+\.\d\d$")
_MODULES = re.compile(rb"^(\d+) (\d+) (\d+) 1 re$", re.MULTILINE)


@dataclass(frozen=True)
class Word:
    """What stands at one place: points from the lower left corner."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Page:
    words: tuple[Word, ...]
    raw: Any

    @property
    def text(self) -> str:
        return "\n".join(word.text for word in self.words)

    def beside(self, what: str) -> str:
        """The words of the row in which `what` stands."""
        at = next(word for word in self.words if word.text.startswith(what))
        return " ".join(word.text for word in self.words if abs(word.y - at.y) < 1)

    def fen_of(self, what: str) -> int:
        """The amount of a row of sums."""
        return [fen(word) for word in self.beside(what).split() if _MONEY.match(word)][-1]

    def amounts(self, roster: Roster, *, whole: bool = False) -> list[int]:
        """The lines' amounts, from the column where they stand, without the sums below them."""
        left, right = column(roster, "补贴金额", whole=whole)
        sums = next(word.y for word in self.words if word.text.startswith("本页小计"))
        return [
            fen(word.text)
            for word in self.words
            if left < word.x < right and word.y > sums + 2 and _MONEY.match(word.text)
        ]

    def code(self) -> list[list[bool]]:
        """The modules of the code in the corner, the quiet zone left out."""
        runs = [[int(part) for part in found] for found in _MODULES.findall(self.raw.get_contents().get_data())]
        across = 1 + max(line for _, line, _ in runs)
        modules = [[False] * across for _ in range(across)]
        for start, line, length in runs:
            modules[line][start : start + length] = [True] * length
        return modules


def fen(words: str) -> int:
    return int(words.replace(",", "").replace(".", ""))


def column(roster: Roster, title: str, *, whole: bool = False) -> tuple[float, float]:
    """Where a column of the detail begins and ends."""
    left = LEFT
    for found in detail.columns(roster, whole=whole):
        if found.title == title:
            return left * MM, (left + found.width) * MM
        left += found.width
    raise LookupError(title)


def read(content: bytes) -> list[Page]:
    return [Page(tuple(_words(page)), page) for page in PdfReader(BytesIO(content)).pages]


def _words(page: Any) -> Iterable[Word]:
    found: dict[tuple[float, float], str] = {}

    def visit(text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        place = (round(float(tm[4]), 1), round(float(tm[5]), 1))
        if text.strip():
            found[place] = found.get(place, "") + text.strip("\n")

    page.extract_text(visitor_text=visit)
    return [Word(x, y, text) for (x, y), text in found.items()]


def fonts_of(page: Page) -> dict[str, bool]:
    """The type of a page by name, and whether it is embedded."""
    fonts = page.raw["/Resources"]["/Font"]
    return {str(font["/BaseFont"]): "/FontFile2" in font.get("/FontDescriptor", {}) for font in fonts.values()}


def printed(roster: Roster, paper: str = "detail", *, by: User | None = None, **order: Any) -> list[Page]:
    file, _ = print_now(by=by or cast.clerk, roster=roster, order=Order(paper, **order))
    with file:
        return read(file.read())
