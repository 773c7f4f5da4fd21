"""A pen for A4 pages: words at a place, lines, a code to scan, and words across the page.

Places are millimetres from the upper left corner. What is written is gathered as PDF operators and handed over a page
at a time: ten thousand lines are a hundred thousand words, and a drawing call for each costs three times as much.
"""

import re
from collections.abc import Iterable
from typing import IO

import segno
from reportlab import rl_config
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from rosters.printing import fonts

# Pages as bytes, not as letters that take a quarter more.
rl_config.useA85 = 0
MM = 72 / 25.4
WIDTH, HEIGHT = 297.0, 210.0
LEFT, RIGHT, CENTRE = "left", "right", "centre"
_MOST_WORDS = 20_000
# Words shrink to this much of their size before they break into lines.
_SHRINK = 0.78
_BASELINE = 0.35
# Any of the eight patterns can be read; looking for the best one takes five times as long as drawing the code.
_PATTERN = 2
_ESCAPED = str.maketrans({"(": "\\(", ")": "\\)", "\\": "\\\\"})
_DARK = re.compile(rb"\x01+")


class Pen:
    """Writes pages of one paper into `target`."""

    def __init__(self, target: IO[bytes], *, title: str, subject: str, author: str) -> None:
        self._fonts = {name: fonts.load(name) for name in (fonts.REGULAR, fonts.BOLD)}
        self._canvas = Canvas(target, pagesize=landscape(A4), pageCompression=1, initialFontName=fonts.REGULAR)
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setAuthor(author)
        self._canvas.setCreator("")
        self._drawn: list[str] = []
        self._words: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._first = {name: self._split(" ", name)[0][0] for name in self._fonts}

    # --- Words --------------------------------------------------------------------------------------------------------
    def write(self, x: float, y: float, text: str, *, size: float = 8, bold: bool = False, align: str = LEFT) -> None:
        """One line of words whose middle stands at height `y`; `x` is its left, right or centre."""
        self.write_fitting(x, y, text, size=size, bold=bold, align=align)

    def write_fitting(
        self,
        x: float,
        y: float,
        text: str,
        *,
        width: float | None = None,
        size: float = 8,
        bold: bool = False,
        align: str = LEFT,
    ) -> None:
        """One line that becomes smaller where it would be wider than `width`."""
        if not text:
            return
        name = fonts.BOLD if bold else fonts.REGULAR
        text = fonts.spelled(text)
        left = x * MM
        if width is not None or align != LEFT:
            wide = fonts.width(text, name) * size
            if width is not None and wide > width * MM:
                size, wide = size * width * MM / wide, width * MM
            left -= 0 if align == LEFT else wide if align == RIGHT else wide / 2
        self._show(f"{left:.2f} {(HEIGHT - y) * MM - size * _BASELINE:.2f}", text, name, size)

    def _show(self, place: str, text: str, name: str, size: float) -> None:
        shown = " ".join(f"{font} {size:.2f} Tf {codes} Tj" for font, codes in self._encoded(text, name))
        self._drawn.append(f"BT {place} Td {shown} ET")

    def _encoded(self, text: str, name: str) -> list[tuple[str, str]]:
        """The words as the codes of the subsets that are embedded with this paper."""
        if text.isascii():
            # The first subset has these at their own places (`ttfAsciiReadable`).
            return [(self._first[name], f"({text.translate(_ESCAPED)})")]
        found = self._words.get((text, name))
        if found is None:
            found = self._split(text, name)
            if len(self._words) > _MOST_WORDS:
                self._words.clear()
            self._words[text, name] = found
        return found

    def _split(self, text: str, name: str) -> list[tuple[str, str]]:
        font, document = self._fonts[name], self._canvas._doc
        return [
            (font.getSubsetInternalName(subset, document), f"<{codes.hex()}>")
            for subset, codes in font.splitString(text, document)
        ]

    # --- Lines and figures --------------------------------------------------------------------------------------------
    def lines(self, places: Iterable[tuple[float, float, float, float]], *, thickness: float = 0.4) -> None:
        self._drawn.append(f"{thickness:.2f} w")
        self._drawn += [
            f"{x * MM:.2f} {(HEIGHT - y) * MM:.2f} m {to_x * MM:.2f} {(HEIGHT - to_y) * MM:.2f} l"
            for x, y, to_x, to_y in places
        ]
        self._drawn.append("S")

    def box(self, x: float, y: float, width: float, height: float, *, grey: float | None = None) -> None:
        """A frame, or an area of grey without one."""
        place = f"{x * MM:.2f} {(HEIGHT - y - height) * MM:.2f} {width * MM:.2f} {height * MM:.2f} re"
        self._drawn.append(f"0.4 w {place} S" if grey is None else f"{grey:.2f} g {place} f 0 g")

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """The text as a QR code."""
        rows = segno.make_qr(text, error="m", boost_error=False, mask=_PATTERN).matrix
        module = side * MM / len(rows)
        # From here on a module is one unit, counted from the upper left corner.
        self._drawn.append(f"q {module:.4f} 0 0 {-module:.4f} {x * MM:.2f} {(HEIGHT - y) * MM:.2f} cm")
        for line, row in enumerate(rows):
            self._drawn += [f"{start} {line} {length} 1 re" for start, length in _dark_runs(bytes(row))]
        self._drawn.append("f Q")

    def across(self, text: str) -> None:
        """Large pale words across the page. Called first: what follows is written over them."""
        size = 120.0
        name = fonts.BOLD
        half = fonts.width(text, name) * size / 2
        self._drawn.append(f"q 0.90 g 0.87 0.5 -0.5 0.87 {WIDTH / 2 * MM:.2f} {HEIGHT / 2 * MM:.2f} cm")
        self._show(f"{-half:.2f} {-size * _BASELINE:.2f}", text, name, size)
        self._drawn.append("Q")

    # --- Pages --------------------------------------------------------------------------------------------------------
    def end_page(self) -> None:
        self._canvas.addLiteral("\n".join(self._drawn))
        self._canvas.showPage()
        self._drawn = []

    def finish(self) -> None:
        self._canvas.save()


def _dark_runs(row: bytes) -> Iterable[tuple[int, int]]:
    return ((run.start(), run.end() - run.start()) for run in _DARK.finditer(row))


def broken(text: str, *, width: float, size: float) -> tuple[float, list[str]]:
    """How a text stands in a cell: its size, and its lines. It shrinks before it breaks; nothing is cut off."""
    text = fonts.spelled(text)
    room = width * MM
    wide = fonts.width(text) * size
    if wide <= room:
        return size, [text]
    if wide * _SHRINK <= room:
        return size * room / wide, [text]
    small = size * _SHRINK
    lines, line, used = [], "", 0.0
    for char in text:
        step = fonts.width(char) * small
        if line and used + step > room:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + char, used + step
    return small, [*lines, line]
