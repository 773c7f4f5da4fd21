"""A printing from beginning to end: lay out, write the pages, close with totals and signatures."""

import threading
from dataclasses import dataclass
from typing import IO

from lib.errors import Conflict
from rosters.printing import detail, fonts, paper, source, summary
from rosters.printing.detail import Sheet, Unknown
from rosters.printing.paper import BODY_END, BODY_TOP, Print, Stretch
from rosters.printing.pen import Pen
from rosters.printing.source import Told

_GAP = 4.0
_UNKNOWN_STEP = 4.6
MOST_UNKNOWN = 20
# The type is read from one open file: one printing at a time in a process.
_one = threading.Lock()


@dataclass(frozen=True)
class Printed:
    pages: int
    lines: int
    fen: int
    # Lines with characters that the type does not have: their numbers stand on the paper, and are told on the page.
    unknown: tuple[int, ...] = ()


def make(asked: Print, target: IO[bytes], *, village: int | None = None, told: Told | None = None) -> Printed:
    """Writes the paper into `target`. `told` hears how many lines are read: each is read twice."""
    if not asked.roster.line_count:
        raise Conflict("清册还没有明细，没有可以打印的内容。请先录入或导入明细。", code="rosters.print_empty")
    pen_title = f"{asked.roster.title}{paper.paper_title(asked.paper)}"
    with _one:
        pen = Pen(target, title=pen_title, subject=asked.roster.number, author=asked.roster.organisation.name)
        found = _summary(pen, asked) if asked.paper == paper.SUMMARY else _detail(pen, asked, village, told)
        pen.finish()
    return found


def _summary(pen: Pen, asked: Print) -> Printed:
    found = source.villages(asked.roster)
    sheets = summary.sheets_of(found)
    closing = _Closing(asked, summary.end_of(sheets[-1]), [])
    pages = len(sheets) + closing.separate
    writer = summary.Summary(pen, asked, unit=source.unit_of_quantity(asked.roster), pages=pages)
    writer.write(sheets)
    lines, fen = sum(village.lines for village in found), sum(village.fen for village in found)
    closing.write(pen, pages=pages, words=summary.who_counts(asked.roster, found), fen=fen)
    return Printed(pages, lines, fen)


def _detail(pen: Pen, asked: Print, village: int | None, told: Told | None) -> Printed:
    roster = asked.roster
    with source.opened(roster, village=village, told=told) as lines:
        sheets, unknown = detail.lay_out(lines, detail.columns(roster, whole=asked.whole))
        if not sheets:
            raise Conflict("所选的村（社区）在本清册中没有明细。", code="rosters.print_empty", field="village")
        closing = _Closing(asked, detail.end_of(sheets[-1]), unknown)
        pages = len(sheets) + closing.separate
        writer = detail.Detail(pen, asked, unit=source.unit_of_quantity(roster), pages=pages)
        writer.write(sheets, lines)
    count, fen = _total(sheets)
    closing.write(pen, pages=pages, words=f"合计{count}行", fen=fen)
    return Printed(pages, count, fen, tuple(line.number for line in unknown))


def _total(sheets: list[Sheet]) -> tuple[int, int]:
    return sum(len(sheet.heights) for sheet in sheets), sum(sheet.sum.fen for sheet in sheets)


class _Closing:
    """Totals and signatures, below the last table where there is room, else on a page of their own."""

    def __init__(self, asked: Print, end: float, unknown: list[Unknown]) -> None:
        self._asked, self._unknown = asked, unknown
        self._boxes = paper.signatures(asked.roster, asked.paper)
        shown = min(len(unknown), MOST_UNKNOWN) + 2 if unknown else 0
        height = paper.signatures_height(len(self._boxes)) + shown * _UNKNOWN_STEP
        self.separate = end + _GAP + height > BODY_END
        self._at = BODY_TOP if self.separate else end + _GAP

    def write(self, pen: Pen, *, pages: int, words: str, fen: int) -> None:
        if self.separate:
            pen.end_page()
            paper.head(pen, self._asked, page=pages, pages=pages, stretch=Stretch())
            paper.foot(pen, self._asked, page=pages, pages=pages)
        y = self._at
        paper.totals(pen, y, words=words, fen=fen)
        y += paper.TOTALS_HEIGHT
        y = self._tell_unknown(pen, y)
        paper.sign_off(pen, y, self._boxes)
        pen.end_page()

    def _tell_unknown(self, pen: Pen, y: float) -> float:
        if not self._unknown:
            return y
        more = len(self._unknown) - MOST_UNKNOWN
        rest = f"（另有{more}行，见表中〔U+…〕处）" if more > 0 else ""
        pen.write(paper.LEFT, y + 2, f"下列各行有打印字体没有的字，表中以〔U+编号〕代替，请手工填写：{rest}", bold=True)
        for place, line in enumerate(self._unknown[:MOST_UNKNOWN], start=1):
            told = (
                f"序号{line.number}　享受人{line.words}　缺字：{'、'.join(fonts.spelled(char) for char in line.chars)}"
            )
            pen.write_fitting(paper.LEFT + 4, y + 2 + place * _UNKNOWN_STEP, told, width=paper.RIGHT - paper.LEFT - 4)
        return y + (min(len(self._unknown), MOST_UNKNOWN) + 2) * _UNKNOWN_STEP
