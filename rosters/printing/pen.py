"""A pen for A4 pages: words at a place, lines, a code to scan, and words across the page.

Places are millimetres from the upper left corner. What is written is gathered as PDF operators and handed over a page
at a time: ten thousand lines are a hundred thousand words, and a drawing call for each costs three times as much.
"""

from collections.abc import Iterable
from typing import IO, Any

import segno
from reportlab import rl_config
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from rosters.printing import fonts

# Pages as bytes, not as letters that take a quarter more.
rl_config.useA85 = 0
MM = 72 / 25.4
WIDTH, HEIGHT = 297.0, 210.0
_LEFT, _RIGHT, _CENTRE = "left", "right", "centre"
# Words shrink to this much of their size before they break into lines.
_SHRINK = 0.78
_BASELINE = 0.35
# Any of the eight patterns can be read; looking for the best one takes five times as long as drawing the code.
_PATTERN = 2


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

    # --- Words --------------------------------------------------------------------------------------------------------
    def write(self, x: float, y: float, text: str, *, size: float = 8, bold: bool = False, align: str = _LEFT) -> None:
        """One line of words whose middle stands at height `y`; `x` is its left, right or centre."""
        if not text:
            return
        name = fonts.BOLD if bold else fonts.REGULAR
        text = fonts.spelled(text)
        left = x * MM
        if align != _LEFT:
            left -= fonts.width(text, name) * size * (1 if align == _RIGHT else 0.5)
        self._drawn.append(f"BT {left:.2f} {(HEIGHT - y) * MM - size * _BASELINE:.2f} Td")
        for font, codes in self._encoded(text, name):
            self._drawn.append(f"{font} {size:.2f} Tf <{codes}> Tj")
        self._drawn.append("ET")

    def _encoded(self, text: str, name: str) -> list[tuple[str, str]]:
        """The words as the codes of the subsets that are embedded with this paper."""
        key = (text, name)
        found = self._words.get(key)
        if found is None:
            font, document = self._fonts[name], self._canvas._doc
            found = [
                (font.getSubsetInternalName(subset, document), codes.hex())
                for subset, codes in font.splitString(text, document)
            ]
            if len(self._words) > 20_000:
                self._words.clear()
            self._words[key] = found
        return found

    def write_fitting(
        self, x: float, y: float, text: str, *, width: float, size: float = 8, bold: bool = False, align: str = _LEFT
    ) -> None:
        """One line that becomes smaller where it would be wider than `width`."""
        text = fonts.spelled(text)
        wide = fonts.width(text, fonts.BOLD if bold else fonts.REGULAR) * size
        self.write(x, y, text, size=size * min(1, width * MM / wide) if wide else size, bold=bold, align=align)

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
        rows = list(segno.make_qr(text, error="m", boost_error=False, mask=_PATTERN).matrix)
        module = side * MM / len(rows)
        left, top = x * MM, (HEIGHT - y) * MM
        for line, row in enumerate(rows):
            for start, length in _dark_runs(row):
                self._drawn.append(
                    f"{left + start * module:.2f} {top - (line + 1) * module:.2f} {length * module:.2f} {module:.2f} re"
                )
        self._drawn.append("f")

    def across(self, text: str) -> None:
        """Large pale words across the page. Called first: what follows is written over them."""
        size = 120.0
        name = fonts.BOLD
        half = fonts.width(text, name) * size / 2
        self._drawn.append(f"q 0.90 g 0.87 0.5 -0.5 0.87 {WIDTH / 2 * MM:.2f} {HEIGHT / 2 * MM:.2f} cm")
        self._drawn.append(f"BT {-half:.2f} {-size * _BASELINE:.2f} Td")
        for font, codes in self._encoded(text, name):
            self._drawn.append(f"{font} {size:.2f} Tf <{codes}> Tj")
        self._drawn.append("ET Q")

    # --- Pages --------------------------------------------------------------------------------------------------------
    def end_page(self) -> None:
        self._canvas.addLiteral("\n".join(self._drawn))
        self._canvas.showPage()
        self._drawn = []

    def finish(self) -> None:
        self._canvas.save()


def _dark_runs(row: Any) -> Iterable[tuple[int, int]]:
    start = None
    for place, module in enumerate(row):
        if module and start is None:
            start = place
        elif not module and start is not None:
            yield start, place - start
            start = None
    if start is not None:
        yield start, len(row) - start


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
