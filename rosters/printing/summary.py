"""The summary (汇总表): people, quantity and money of each village, which the leader signs (ZLT§16)."""

from decimal import Decimal

from lib.templatetags.portal import quantity as plain
from lib.templatetags.portal import thousands
from rosters.models import Roster
from rosters.printing import paper
from rosters.printing.detail import HEADING, yuan
from rosters.printing.paper import BODY_END, BODY_TOP, LEFT, RIGHT, Print, Stretch
from rosters.printing.pen import Pen
from rosters.printing.source import Village

ROW = 6.6
_PADDING = 1.5
# Rows of a page: what is left when its head, its own sum and the sum up to it have their place.
ROWS = int((BODY_END - BODY_TOP - HEADING) // ROW) - 2
_WIDTHS = (16.0, 70.0, 30.0, 30.0, 42.0, 45.0)


def sheets_of(found: list[Village]) -> list[list[Village]]:
    return [found[start : start + ROWS] for start in range(0, len(found), ROWS)]


def end_of(sheet: list[Village]) -> float:
    return BODY_TOP + HEADING + (len(sheet) + 2) * ROW


class Summary:
    """Writes the sheets of one printing."""

    def __init__(self, pen: Pen, asked: Print, *, unit: str | None, pages: int) -> None:
        self._pen, self._asked, self._unit, self._pages = pen, asked, unit, pages
        self._edges = [LEFT]
        for width in _WIDTHS:
            self._edges.append(self._edges[-1] + width)
        self._edges.append(RIGHT)

    def write(self, sheets: list[list[Village]]) -> None:
        before: list[Village] = []
        for page, sheet in enumerate(sheets, start=1):
            first = len(before) + 1
            stretch = Stretch(0, first, first + len(sheet) - 1, sum(village.fen for village in sheet))
            paper.head(self._pen, self._asked, page=page, pages=self._pages, stretch=stretch)
            y = self._heading()
            for number, village in enumerate(sheet, start=first):
                y = self._row(y, [str(number), village.name, *self._figures([village]), ""])
            before += sheet
            y = self._row(y, ["", "本页小计", *self._figures(sheet), ""], bold=True)
            last = page == len(sheets)
            y = self._row(y, ["", "合计" if last else "累计", *self._figures(before), ""], bold=True)
            self._pen.lines((edge, BODY_TOP, edge, y) for edge in self._edges)
            paper.foot(self._pen, self._asked, page=page, pages=self._pages)
            if not last:
                self._pen.end_page()

    def _heading(self) -> float:
        roster = self._asked.roster
        who = "户数" if roster.policy.unit == "household" else "人数"
        quantity = f"数量（{self._unit}）" if self._unit else "数量"
        self._pen.box(LEFT, BODY_TOP, RIGHT - LEFT, HEADING, grey=0.93)
        self._pen.lines([(LEFT, BODY_TOP, RIGHT, BODY_TOP)])
        titles = ["序号", "村（社区）", who, "明细行数", quantity, "补贴金额（元）", "备注"]
        return self._row(BODY_TOP, titles, bold=True, height=HEADING, centred=True)

    def _figures(self, villages: list[Village]) -> list[str]:
        quantity = sum((village.quantity for village in villages), Decimal(0))
        return [
            thousands(sum(village.holders for village in villages)),
            thousands(sum(village.lines for village in villages)),
            thousands(plain(quantity)) if self._unit else "—",
            yuan(sum(village.fen for village in villages)),
        ]

    def _row(
        self, y: float, cells: list[str], *, bold: bool = False, height: float = ROW, centred: bool = False
    ) -> float:
        for place, words in enumerate(cells):
            left, right = self._edges[place], self._edges[place + 1]
            align = "centre" if centred or place == 0 else "right" if place >= 2 else "left"
            x = {"centre": (left + right) / 2, "right": right - _PADDING, "left": left + _PADDING}[align]
            self._pen.write_fitting(
                x, y + height / 2, words, width=right - left - 2 * _PADDING, size=9, bold=bold, align=align
            )
        self._pen.lines([(LEFT, y + height, RIGHT, y + height)])
        return y + height


def who_counts(roster: Roster, found: list[Village]) -> str:
    unit = "户" if roster.policy.unit == "household" else "人"
    return f"合计{sum(village.holders for village in found)}{unit}、{sum(village.lines for village in found)}行"
