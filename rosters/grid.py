"""The grid's table: rows of text as people typed them, changes as splices, and what a paste brings (ROS-3).

A row is a list of texts, one for each column, and last the id of the person whose masked number stands in the ID column
("" once a whole number was typed). A cell is read, mended and refused by the same code as a file's (lib.sheets).
"""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from lib import crypto
from lib.errors import Invalid
from lib.identifiers import parse_id_number
from lib.money import to_yuan
from lib.sheets import cells, header
from lib.sheets.child import Writer
from lib.sheets.header import Header
from lib.sheets.mending import Mends
from lib.sheets.model import DEFAULT_LIMITS, SECRET_KINDS, Column, Mended, Parsed
from lib.sheets.read import Table
from lib.text import normalise
from rosters import backpay, shapes
from rosters.models import Roster
from rosters.shapes import PREFIX, Shape
from subsidies.columns import Extra

Row = list[str]
Splice = tuple[int, int, list[Row]]

MOST = 10_000
LONGEST = 500
HIDDEN = "*"
# Rows that stand aside in a file stand in the grid until the clerk takes them out.
ASIDE = {
    "total": "这一行像合计行，不会写入清册，请删除；确是补贴对象的，请填写身份证号",
    "header": "这一行像表头，不会写入清册，请删除",
    "footer": "这一行像落款或说明，不会写入清册，请删除；确是补贴对象的，请填写身份证号",
}


@dataclass(frozen=True)
class Layout:
    """The table's columns for one roster: those of its file but the serial, which follows from village and entry."""

    shape: Shape

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.shape.columns if column.key != "serial")

    @cached_property
    def place(self) -> dict[str, int]:
        return {column.key: place for place, column in enumerate(self.columns)}

    @cached_property
    def by_title(self) -> dict[str, int]:
        return {column.title: place for place, column in enumerate(self.columns)}

    @cached_property
    def secret(self) -> dict[int, Extra]:
        """Where the template has numbers that stand masked."""
        extras = self.shape.template.columns
        return {self.place[PREFIX + extra.key]: extra for extra in extras if extra.secret}

    @property
    def id(self) -> int:
        return self.place["id_number"]

    @property
    def person(self) -> int:
        return len(self.columns)

    @property
    def width(self) -> int:
        return len(self.columns) + 1

    def blank(self) -> Row:
        return [""] * self.width

    @cached_property
    def header(self) -> Header:
        return Header(
            row=0,
            places=tuple(self.place.get(column.key) for column in self.shape.columns),
            titles={place: column.title for place, column in enumerate(self.columns)},
            serials=frozenset(),
        )

    def stands_aside(self, row: Row) -> str | None:
        """Why a row is no data: blank, header, total, footer; None for data."""
        return header.aside(row[: self.person], self.shape.columns, self.header, [self.id])


def of(roster: Roster) -> Layout:
    return Layout(shapes.of(roster))


# --- Changes ----------------------------------------------------------------------------------------------------------
def splices_of(layout: Layout, value: Any) -> list[Splice]:
    """Changes as the browser sends them: [[index, rows taken out, rows put in], …]."""
    if not isinstance(value, list):
        raise _misshapen()
    found: list[Splice] = []
    for entry in value:
        if not isinstance(entry, list) or len(entry) != 3:
            raise _misshapen()
        index, removed, added = entry
        if not isinstance(index, int) or not isinstance(removed, int) or not isinstance(added, list):
            raise _misshapen()
        found.append((index, removed, [_row(layout, cells_) for cells_ in added]))
    return found


def _row(layout: Layout, value: Any) -> Row:
    if not isinstance(value, list) or len(value) != layout.width or not all(isinstance(cell, str) for cell in value):
        raise _misshapen()
    if any(len(cell) > LONGEST for cell in value):
        raise Invalid(f"单元格内容超过{LONGEST}个字，请缩短。", code="rosters.grid_cell")
    return [cell.replace("\x00", "") for cell in value]


def _misshapen() -> Invalid:
    return Invalid("表格的改动没有读懂，请刷新页面后重试。", code="rosters.grid_shape")


def apply(rows: list[Row], splices: Sequence[Splice]) -> None:
    """Changes the table in place."""
    for index, removed, added in splices:
        if not 0 <= index <= len(rows) or not 0 <= removed <= len(rows) - index:
            raise _misshapen()
        rows[index : index + removed] = added
    refuse_too_many(len(rows))


def refuse_too_many(count: int) -> None:
    if count > MOST:
        raise Invalid(
            f"在线表格最多{MOST:,}行，现有{count:,}行。行数更多的，请用“从文件导入”。", code="rosters.grid_rows"
        )


# --- Paste ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Pasted:
    """A paste as one splice, and what the clerk should know of it."""

    splice: Splice
    header: bool = False
    skipped: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    beyond: int = 0
    mended: list[Mended] = field(default_factory=list)

    @property
    def rows(self) -> range:
        index, _, added = self.splice
        return range(index, index + len(added))


def table_of(text: str) -> list[list[str]]:
    """The cells of text as Excel puts it on the clipboard: tabs, quotes around cells with line breaks."""
    plain = text.replace("\ufeff", "").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    try:
        table = list(csv.reader(io.StringIO(plain), delimiter="\t"))
    except csv.Error as fault:
        raise Invalid(
            "粘贴的内容没有读懂（引号不成对或单格过长）。请在 Excel 中重新选择单元格再复制。", code="rosters.grid_paste"
        ) from fault
    while table and not any(cell.strip() for cell in table[-1]):
        table.pop()
    return table


def paste(layout: Layout, rows: Sequence[Row], text: str, *, row: int, column: int, today: date) -> Pasted:
    """What a paste at a cell changes: by the titles where a header is among the first rows, else by place."""
    table = table_of(text)
    if not table:
        raise Invalid("剪贴板里没有内容，请在 Excel 中重新复制。", code="rosters.grid_paste")
    if not 0 <= row <= len(rows) or not 0 <= column < layout.person:
        raise _misshapen()
    found = _header(layout, table)
    skipped: dict[str, int] = {}
    kept: list[Sequence[str]]
    speller = Speller(layout, today)
    if found is None:
        table = _without_serials(table, column)
        places = {index: column + index for index in range(max(map(len, table)))}
        beyond = sum(place >= layout.person for place in places.values())
        kept = list(table)
    else:
        wanted = zip(layout.shape.columns, found.places, strict=True)
        places = {
            place: layout.place[one.key] for one, place in wanted if place is not None and one.key in layout.place
        }
        kept, skipped = _data(layout, table, found)
        beyond = 0
        if not kept:
            raise Invalid("只粘贴了表头，下面没有数据行。", code="rosters.grid_paste")
    over = list(rows[row : row + len(kept)])
    added = [
        _pasted(over[number] if number < len(over) else layout.blank(), cells_, places, speller, row + number + 1)
        for number, cells_ in enumerate(kept)
    ]
    refuse_too_many(len(rows) - len(over) + len(added))
    unknown = found.unknown() if found else []
    return Pasted((row, len(over), added), found is not None, skipped, unknown, beyond, speller.mends.report())


def _header(layout: Layout, table: Sequence[Sequence[str]]) -> Header | None:
    """The header among the first rows, if there is one: two known titles, or nothing but titles."""
    optional = [replace(column, required=False) for column in layout.shape.columns]
    try:
        found = header.find(table[: header.HEADER_ROWS], optional)
    except Invalid as refusal:
        if refusal.code == "sheet.no_header":
            return None
        raise
    known = sum(place is not None for place in found.places)
    alone = sum(bool(cell.strip()) for cell in table[found.row - 1]) == known
    return found if known > 1 or alone else None


def _data(layout: Layout, table: Sequence[Sequence[str]], found: Header) -> tuple[list[Sequence[str]], dict[str, int]]:
    """The rows below a header without blank rows, totals and signatures, and how many of those there were."""
    numbers = header.numbered(layout.shape.columns, found)
    kept: list[Sequence[str]] = []
    skipped: dict[str, int] = {}
    for cells_ in table[found.row :]:
        reason = header.aside(cells_, layout.shape.columns, found, numbers)
        if reason is None:
            kept.append(cells_)
        else:
            skipped[reason] = skipped.get(reason, 0) + 1
    return kept, skipped


def _without_serials(table: list[list[str]], column: int) -> list[list[str]]:
    """Without the first column where it numbers the rows 1, 2, 3 … as the template's does."""
    firsts = [cells_[0].strip() for cells_ in table if cells_]
    if column or len(firsts) < 2 or max(map(len, table)) < 3 or not all(one.isdecimal() for one in firsts):
        return table
    numbers = [int(one) for one in firsts]
    if any(after - before != 1 for before, after in pairwise(numbers)):
        return table
    return [cells_[1:] for cells_ in table]


def _pasted(old: Row, cells_: Sequence[str], places: dict[int, int], speller: "Speller", number: int) -> Row:
    new, layout = list(old), speller.layout
    for index, raw in enumerate(cells_):
        place = places.get(index, layout.width)
        if place < layout.person:
            new[place] = speller.spell(place, raw, number)[:LONGEST]
    if new[layout.id] != old[layout.id]:
        new[layout.person] = ""
    return new


class Speller:
    """Spells cells as they will be stored, and counts what was mended; what cannot be read stays as it was typed."""

    def __init__(self, layout: Layout, today: date) -> None:
        self.layout, self.today = layout, today
        self.mends = Mends()
        self._converters = [
            None if column.kind in SECRET_KINDS else cells.make(column, today, None, self.mends)
            for column in layout.columns
        ]

    def spell(self, place: int, raw: str, number: int) -> str:
        column, converter = self.layout.columns[place], self._converters[place]
        self.mends.row = number
        if not normalise(raw):
            return ""
        try:
            if converter is None:
                return self._id(column, raw) if column.kind == "id" else normalise(raw).replace(" ", "").upper()
            first = cells.run(converter, raw)[0].replace("\\\\", "\\")
        except (Invalid, cells.CellFault):
            return normalise(raw)
        if column.key == "basis":
            return backpay.spelled(first)
        return f"{to_yuan(int(first))}" if column.kind == "money" else first

    def _id(self, column: Column, raw: str) -> str:
        value = parse_id_number(raw, self.today).value
        if value != raw:
            self.mends.typed(column, raw, value)
        return value


# --- Reading as a file is read ----------------------------------------------------------------------------------------
def write(layout: Layout, rows: Sequence[Row], wanted: Collection[int] | None, out: Path, *, today: date) -> Parsed:
    """Checks the cells and writes the rows for staging as an uploaded file's rows are; row 1 is the grid's first.

    `wanted` are the indices to read; None for all.
    """
    chosen = rows if wanted is None else [row if index in wanted else [] for index, row in enumerate(rows)]
    table = Table("在线表格", layout.header, iter([row[: layout.person] for row in chosen]))
    vault = crypto.vault()
    writer = Writer(layout.shape.columns, table, DEFAULT_LIMITS, today, vault)
    with out.open("w", encoding="utf-8", newline="\n") as handle:
        writer.write(handle, table.numbered())
    return writer.parsed()


def rounded(text: str) -> str | None:
    """A number with too many decimals, rounded half up to the two that are taken."""
    try:
        return f"{Decimal(text).quantize(Decimal('0.01'), ROUND_HALF_UP):f}"
    except ArithmeticError:
        return None
