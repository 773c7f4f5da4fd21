"""The detail (明细表): every line, each village on pages of its own, with the sums of the page and up to the page."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from lib import crypto, masking
from lib.money import capitals, format_yuan
from lib.templatetags.portal import quantity as plain
from lib.templatetags.portal import thousands
from rosters import shapes
from rosters.models import Roster
from rosters.printing import fonts, paper
from rosters.printing.paper import BODY_END, BODY_TOP, LEFT, RIGHT, Print, Stretch
from rosters.printing.pen import MM, Pen, broken
from rosters.printing.source import Line, Lines, words_of
from rosters.shapes import Shape

ROW, HEADING, SUM_ROW = 5.4, 8.0, 5.6
# A page ends with its own sum and the sum up to it; the last one of a village with the village's sum.
_SUMS = 3 * SUM_ROW
_LINE_STEP, _ROOM = 2.55, 1.4
_PADDING = 0.9
_SIZE = 8.0
QUANTITY = "数量"
Sought = Callable[[Line], str]


class Column(NamedTuple):
    """`short` cells never break into lines, so that their words need not be known to lay out a page."""

    title: str
    width: float
    words: Sought
    align: str = "left"
    short: bool = False


class Unknown(NamedTuple):
    """A line with characters that the type does not have."""

    number: int
    words: str
    chars: list[str]


@dataclass
class Sum:
    lines: int = 0
    quantity: Decimal = Decimal(0)
    fen: int = 0

    def add(self, other: "Sum | Line") -> None:
        self.lines += other.lines if isinstance(other, Sum) else 1
        self.quantity += other.quantity
        self.fen += other.fen if isinstance(other, Sum) else other.amount_fen


@dataclass
class Sheet:
    """What one page holds, known before it is written."""

    village_id: int
    village: str
    heights: list[float] = field(default_factory=list)
    first: int = 0
    last: int = 0
    sum: Sum = field(default_factory=Sum)
    ends_village: bool = False

    @property
    def used(self) -> float:
        return sum(self.heights)


def yuan(fen: int) -> str:
    return format_yuan(fen).replace("¥", "")


def _paid_to(line: Line) -> str:
    return f"{line.payee}（{line.note}）" if line.note else line.payee or "—"


def _about(shape: Shape) -> Sought:
    """Basis, what the template's own columns hold, and the remark."""

    def about(line: Line) -> str:
        own = shape.shown(json.loads(line.extra), json.loads(line.extra_ciphers)) if line.extra != "{}" else []
        parts = (line.basis, *(f"{title}{text}" for title, text in own), line.remark)
        return "；".join(part for part in (*parts, "已移出清册" if line.taken_out else "") if part)

    return about


def _id_number(whole: bool) -> Sought:
    def masked(line: Line) -> str:
        return masking.id_number(crypto.decrypt(line.id_cipher), masking.Audience.LIST)

    return (lambda line: crypto.decrypt(line.id_cipher)) if whole else masked


def _account(whole: bool) -> Sought:
    def masked(line: Line) -> str:
        return masking.account_tail(line.account_tail) if line.account_tail else "没有账户"

    def clear(line: Line) -> str:
        return crypto.decrypt(line.account_cipher) if line.account_cipher else "没有账户"

    return clear if whole else masked


def columns(roster: Roster, *, whole: bool) -> list[Column]:
    """The columns of this roster; what is paid in cash has no account."""
    shape = shapes.of(roster)
    found = [
        Column("序号", 11, lambda line: str(line.number), "right", short=True),
        Column("组", 12, lambda line: line.group),
        Column("户主", 17, lambda line: line.head or "—"),
        Column("享受人", 17, lambda line: line.beneficiary),
        Column("享受人身份证号", 31, _id_number(whole), short=True),
        Column("档次", 20, lambda line: line.tier),
        Column(QUANTITY, 16, lambda line: f"{plain(line.quantity)}{line.per}", "right", short=True),
        Column("标准", 15, lambda line: yuan(line.unit_fen), "right", short=True),
        Column("补贴金额", 21, lambda line: yuan(line.amount_fen), "right", short=True),
        Column("收款人", 18, _paid_to),
    ]
    if roster.method != Roster.Method.CASH:
        found += [
            Column("开户银行", 31 if whole else 42, lambda line: line.bank),
            Column("收款账号", 32 if whole else 18, _account(whole), short=True),
        ]
    rest = RIGHT - LEFT - sum(column.width for column in found)
    return [*found, Column(f"{shape.template.basis.title or '计发依据'}、其他", rest, _about(shape))]


def _height(line: Line, shown: list[Column]) -> float:
    most = 1
    for column in shown:
        if not column.short:
            words, room = fonts.spelled(column.words(line)), column.width - 2 * _PADDING
            # Nearly every cell fits: no character is wider than the size of the type.
            if len(words) * _SIZE > room * MM:
                most = max(most, len(broken(words, width=room, size=_SIZE)[1]))
    return max(ROW, most * _LINE_STEP + _ROOM)


def lay_out(lines: Iterable[Line], shown: list[Column]) -> tuple[list[Sheet], list[Unknown]]:
    """The pages, and the lines with characters that the type does not have."""
    room = BODY_END - BODY_TOP - HEADING - _SUMS
    about = shown[-1].words
    sheets: list[Sheet] = []
    unknown: list[Unknown] = []
    for line in lines:
        height = _height(line, shown)
        at = sheets[-1] if sheets else None
        if at is None or at.village_id != line.village_id or at.used + height > room:
            if at is not None:
                at.ends_village = at.village_id != line.village_id
            at = Sheet(line.village_id, line.village, first=line.number)
            sheets.append(at)
        at.heights.append(height)
        at.last = line.number
        at.sum.add(line)
        words = "".join((line.head, line.beneficiary, line.payee, about(line)))
        if missing := fonts.lacking(words):
            unknown.append(Unknown(line.number, fonts.spelled(line.beneficiary), missing))
    if sheets:
        sheets[-1].ends_village = True
    return sheets, unknown


class Detail:
    """Writes the sheets of one printing."""

    def __init__(self, pen: Pen, asked: Print, *, unit: str | None, pages: int) -> None:
        self._pen, self._asked, self._unit, self._pages = pen, asked, unit, pages
        self._columns = columns(asked.roster, whole=asked.whole)
        self._edges = [LEFT]
        for column in self._columns:
            self._edges.append(self._edges[-1] + column.width)
        self._until_here, self._of_village = Sum(), Sum()

    def write(self, sheets: list[Sheet], lines: Lines) -> None:
        source = iter(lines)
        for page, sheet in enumerate(sheets, start=1):
            rows = list(islice(source, len(sheet.heights)))
            words = words_of(line.words for line in rows)
            stretch = Stretch(sheet.village_id, sheet.first, sheet.last, sheet.sum.fen, words)
            paper.head(self._pen, self._asked, page=page, pages=self._pages, stretch=stretch)
            end = self._table(sheet, rows)
            self._sums(sheet, end)
            paper.foot(self._pen, self._asked, page=page, pages=self._pages)
            if page < len(sheets):
                self._pen.end_page()

    def _table(self, sheet: Sheet, rows: list[Line]) -> float:
        pen, edges = self._pen, self._edges
        pen.write(LEFT, BODY_TOP - 3.2, sheet.village, size=9.5, bold=True)
        pen.box(LEFT, BODY_TOP, RIGHT - LEFT, HEADING, grey=0.93)
        for column, left in zip(self._columns, edges, strict=False):
            pen.write_fitting(
                left + column.width / 2, BODY_TOP + HEADING / 2, column.title,
                width=column.width - 1, bold=True, align="centre",
            )  # fmt: skip
        y = BODY_TOP + HEADING
        across = [BODY_TOP, y]
        for line, height in zip(rows, sheet.heights, strict=True):
            self._row(line, y, height)
            y += height
            across.append(y)
        pen.lines((LEFT, at, RIGHT, at) for at in across)
        pen.lines((edge, BODY_TOP, edge, y) for edge in edges)
        return y

    def _row(self, line: Line, y: float, height: float) -> None:
        pen = self._pen
        for column, left in zip(self._columns, self._edges, strict=False):
            words, room = column.words(line), column.width - 2 * _PADDING
            x = left + column.width - _PADDING if column.align == "right" else left + _PADDING
            if column.short:
                pen.write_fitting(x, y + height / 2, words, width=room, size=_SIZE, align=column.align)
                continue
            size, broken_lines = broken(words, width=room, size=_SIZE)
            top = y + height / 2 - (len(broken_lines) - 1) * _LINE_STEP / 2
            for place, text in enumerate(broken_lines):
                pen.write(x, top + place * _LINE_STEP, text, size=size, align=column.align)

    def _sums(self, sheet: Sheet, y: float) -> None:
        self._until_here.add(sheet.sum)
        self._of_village.add(sheet.sum)
        self._sum_row("本页小计", y, sheet.sum)
        self._sum_row("累计", y + SUM_ROW, self._until_here)
        if sheet.ends_village:
            self._sum_row(f"{sheet.village}合计", y + 2 * SUM_ROW, self._of_village, capitals(self._of_village.fen))
            self._of_village = Sum()

    def _sum_row(self, what: str, y: float, total: Sum, in_capitals: str = "") -> None:
        pen, middle, end = self._pen, y + SUM_ROW / 2, y + SUM_ROW
        right = {column.title: edge for column, edge in zip(self._columns, self._edges[1:], strict=True)}
        pen.lines([(LEFT, end, RIGHT, end), (LEFT, y, LEFT, end), (RIGHT, y, RIGHT, end)])
        pen.write_fitting(LEFT + _PADDING, middle, f"{what}：{total.lines}行", width=88, bold=True)
        if self._unit is not None:
            told = f"{thousands(plain(total.quantity))}{self._unit}"
            pen.write_fitting(right[QUANTITY] - _PADDING, middle, told, width=36, bold=True, align="right")
        pen.write_fitting(right["补贴金额"] - _PADDING, middle, yuan(total.fen), width=34, bold=True, align="right")
        if in_capitals:
            left = right["补贴金额"] + _PADDING
            pen.write_fitting(left, middle, f"大写：人民币{in_capitals}", width=RIGHT - left - _PADDING, bold=True)


def end_of(sheet: Sheet) -> float:
    """Where a page's sums end."""
    sums = 3 if sheet.ends_village else 2
    return BODY_TOP + HEADING + sheet.used + sums * SUM_ROW
