"""Spreadsheets for people: templates that prevent mistakes, streamed exports.

Text that a spreadsheet might take for a formula is written so that it stays text, also after it was saved as csv.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from types import NoneType
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from lib.sheets import apart, workbook
from lib.sheets.figures import DIGITS, Fen, Figures, as_numbers
from lib.sheets.model import Column
from lib.sheets.workbook import Cell, Head, Part

Value = str | int | float | Decimal | date | datetime | bool | None
# Some rows on their way into a table, column by column: a call for a column, not one for each cell.
Block = Sequence[Sequence[Value]]

SHEET = "数据"
TEMPLATE_ROWS = 5000
_NOTES = "填写说明"
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d+)?", re.ASCII)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CELL_CHARACTERS = 32767
# How a text may begin that is looked at more closely; of white space only this is printable.
_RISKY = frozenset(" =+-@＝＋－＠")
_RISKY_AMONG = re.compile(r"\|[ =+\-@＝＋－＠]")
ROWS_AT_ONCE = 2000
REMEMBERED = 50_000
# Kinds of values of which each is written alike wherever it stands, and equal to none of another kind.
TEXTS = frozenset({str, NoneType, date, datetime})
_FORMATS = {"id": "@", "account": "@", "phone": "@", "secret": "@", "group": "@", "month": "@", "date": "yyyy-mm-dd",
            "money": "0.00"}  # fmt: skip
_ADVICE = {
    "text": "文字",
    "name": "与身份证一致的姓名，少数民族姓名间隔号用“·”",
    "group": "如：1组",
    "id": "18 位，文本格式，如：159999198001010015",
    "account": "16 至 19 位，文本格式，如：6210000000000000009",
    "phone": "11 位手机号，或带区号的固定电话，如：0470-1234567",
    "decimal": "数字，如：12.50",
    "money": "单位为元，最多两位小数，如：1234.56",
    "integer": "整数，如：3",
    "date": "年-月-日，如：2026-01-02",
    "month": "年-月，文本格式，如：2026-01",
    "secret": "完整的号码，文本格式",
    "choice": "从下拉列表中选择",
}


def safe_cell(value: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe before =, +, -, @ unless it is a number.

    Characters that a workbook cannot hold are left out; text is cut at the 32,767 characters of a cell.
    """
    text = _ILLEGAL.sub("", value)
    if text and (text[0] in "\t\r" or _FORMULA.match(text)) and not _PLAIN_NUMBER.fullmatch(text):
        text = "'" + text
    return text[:_CELL_CHARACTERS]


def template(columns: Sequence[Column], title: str) -> bytes:
    """Return an .xlsx to fill in: title, header, text format where numbers would be spoilt, lists, comments, notes."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a worksheet")
    sheet.title = "填报"
    notes = book.create_sheet(_NOTES)
    _title_row(sheet, safe_cell(title), len(columns))
    for number, column in enumerate(columns, start=1):
        _head(sheet, number, column)
    _notes(notes, columns)
    for number, column in enumerate(columns, start=1):
        if column.choices:
            _choices(sheet, notes, number, column.choices)
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:2"
    return _saved(book)


def _title_row(sheet: Worksheet, title: str, width: int) -> None:
    """Write the title over all columns."""
    cell = sheet.cell(1, 1, title)
    cell.font = Font(bold=True, size=14)
    cell.alignment = Alignment(horizontal="center", vertical="center")
    if width > 1:
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet.row_dimensions[1].height = 28


def _head(sheet: Worksheet, number: int, column: Column) -> None:
    """Write one header cell with its comment, and the format of its column."""
    unit = "(元)" if column.kind == "money" and "元" not in column.title else ""
    cell = sheet.cell(2, number, column.title + unit + ("*" if column.required else ""))
    side = Side(style="thin", color="999999")
    cell.font = Font(bold=True, color="C00000" if column.required else "000000")
    cell.fill = PatternFill("solid", fgColor="F2F2F2")
    cell.border = Border(left=side, right=side, top=side, bottom=side)
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.comment = Comment(_advice(column), "填报说明", height=80, width=260)
    dimension = sheet.column_dimensions[get_column_letter(number)]
    dimension.width = 24 if column.kind in ("id", "account", "secret") else 14
    if column.kind in _FORMATS:
        dimension.number_format = _FORMATS[column.kind]


def _advice(column: Column) -> str:
    """Return how a column is to be filled in."""
    return (
        ("必填。" if column.required else "选填。") + _ADVICE[column.kind] + (f"。{column.help}" if column.help else "")
    )


def _notes(notes: Worksheet, columns: Sequence[Column]) -> None:
    """Write the sheet of notes: one row a column, its choices to the right."""
    notes.append(["填报列", "填写要求", "可选内容"])
    for column in columns:
        notes.append([column.title, _advice(column), *(safe_cell(choice) for choice in column.choices or ())])
    for cell in notes[1]:
        cell.font = Font(bold=True)
    notes.column_dimensions["A"].width = 20
    notes.column_dimensions["B"].width = 50


def _choices(sheet: Worksheet, notes: Worksheet, number: int, choices: Sequence[str]) -> None:
    """Give a column its list, taken from the sheet of notes."""
    row, last = number + 1, get_column_letter(2 + len(choices))
    rule = DataValidation(
        type="list",
        formula1=f"'{notes.title}'!$C${row}:${last}${row}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="内容不在列表中",
        error="请从下拉列表中选择",
    )
    letter = get_column_letter(number)
    rule.add(f"{letter}3:{letter}{TEMPLATE_ROWS + 2}")
    sheet.add_data_validation(rule)


def _saved(book: Workbook) -> bytes:
    """Return a workbook as bytes, without the name of who or what made it."""
    book.properties.creator = ""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def export(
    path: Path,
    headers: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    sheet_name: str = SHEET,
    above: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> int:
    """Write an .xlsx row by row; otherwise as ``export_blocks``."""
    return export_blocks(path, headers, in_blocks(rows), sheet_name=sheet_name, above=above, texts=texts)


def in_blocks(rows: Iterable[Sequence[Value]]) -> Iterator[Block]:
    """Rows as columns, some thousand at once."""
    given = iter(rows)
    while some := list(islice(given, ROWS_AT_ONCE)):
        if any(len(row) != len(some[0]) for row in some):
            raise ValueError("a row has another length than the headers")
        yield [*zip(*some, strict=True)]


def export_blocks(
    path: Path,
    headers: Sequence[str],
    blocks: Iterable[Block],
    *,
    sheet_name: str = SHEET,
    above: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> int:
    """Write an .xlsx in constant memory, and return the number of rows.

    Whole numbers and decimals become numbers, dates date cells, aware times text in Shanghai time, None empty cells.
    ``above`` are lines over the headers, the first of them the title. Columns named in ``texts`` keep what people type
    into them as text, as numbers of people and accounts must be.
    Raises ``ValueError`` for headers that repeat or a row of another length.
    """
    return _export(workbook.write, path, prepare(headers, blocks, sheet_name=sheet_name, above=above, texts=texts))


def export_apart(path: Path, headers: Sequence[str], blocks: Iterable[Block], *, above: Sequence[str] = ()) -> int:
    """Write as ``export_blocks`` does, in another process, while this one reads the next rows: for long tables.

    Raises ``lib.sheets.apart.EndedError`` where that process failed.
    """
    with apart.Writer() as writer:
        return _export(writer.write, path, prepare(headers, blocks, above=above))


@dataclass
class Prepared:
    """A table as the writer takes it; ``rows`` counts them as they pass."""

    head: Head
    parts: Iterator[Part]
    empty: bool
    rows: int = 0

    def counted(self) -> Iterator[Part]:
        for part in self.parts:
            self.rows += part.rows
            yield part


def prepare(
    headers: Sequence[str],
    blocks: Iterable[Block],
    *,
    sheet_name: str = SHEET,
    above: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> Prepared:
    """Return what the writer is given; nothing is read from ``blocks`` but the first of them."""
    titles = [safe_cell(header) for header in headers]
    if not titles or len(set(titles)) < len(titles):
        raise ValueError("an export needs headers that differ")
    parts = _parts(titles, blocks)
    first = next(parts, None)
    values = {title: _first(first, title) if first else "" for title in titles}
    widths = [_width(title, value) for title, value in values.items()]
    head = Head(sheet_name, titles, widths, [safe_cell(line) for line in above], texts)
    return Prepared(head, chain([first], parts) if first else parts, first is None)


def _first(part: Part, title: str) -> Cell:
    return part.alike[title] if title in part.alike else part.moving[title][0]


def _export(write: Callable[[str, Head, Iterable[Part]], None], path: Path, table: Prepared) -> int:
    """Write a table, also one without rows, of which the writer would leave out the header."""
    if not table.empty:
        write(str(path), table.head, table.counted())
        return table.rows
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.head.sheet_name)
    for line in table.head.above:
        sheet.append([line])
    sheet.append(table.head.titles)
    path.write_bytes(_saved(book))
    return 0


def _parts(titles: Sequence[str], blocks: Iterable[Block]) -> Iterator[Part]:
    """Yield the blocks as the writer takes them."""
    texts = _Texts()
    for block in blocks:
        if len(block) != len(titles):
            raise ValueError("a row has another length than the headers")
        if len(texts) > REMEMBERED:
            texts.clear()
        part = Part(len(block[0]), {}, {})
        for title, given in zip(titles, block, strict=True):
            values = as_numbers(given) if isinstance(given, Fen | Figures) else given
            if alike(values):
                part.alike[title] = _cell(values[0])
            else:
                part.moving[title] = _column(values, texts)
        yield part


def alike(values: Sequence[Value]) -> bool:
    """Say whether one value stands in all rows; True and 1 are equal and not the same."""
    if values[0] != values[-1] or values.count(values[0]) < len(values):
        return False
    return isinstance(values[0], str) or values[0] is None or bool not in set(map(type, values))


class _Texts(dict[Any, Any]):
    """Texts and times as they are written; what stands in many rows is looked at once."""

    def __missing__(self, value: Any) -> Any:
        found = self[value] = _cell(value)
        return found


def _column(values: Sequence[Value], texts: _Texts) -> Sequence[Any]:
    """Return one column of some rows as the writer takes it."""
    if harmless(values):
        return values
    kinds = set(map(type, values))
    if kinds <= {float, NoneType} or kinds <= {date, NoneType}:
        return values
    if kinds <= TEXTS:
        return [*map(texts.__getitem__, values)]
    if kinds == {int} and min(values) > -(10**DIGITS) and max(values) < 10**DIGITS:  # type: ignore[type-var]
        return values
    return [*map(_cell, values)]


def harmless(values: Sequence[Any]) -> bool:
    """Say whether these are texts, and in none of them is anything that can do harm; what is not sure is not."""
    try:
        whole = "".join(values)
    except TypeError:
        return False
    if len(whole) > _CELL_CHARACTERS:
        return False
    # Letters and digits, and the stars of what is masked.
    if whole.isalnum() or whole.replace("*", "").isalnum():
        return True
    return whole.isprintable() and not _RISKY_AMONG.search("|" + "|".join(values))


def _text(value: str) -> str:
    """Return ``safe_cell`` of a text, quickly where nothing in it can do harm."""
    if value and value.isprintable() and value[0] not in _RISKY and len(value) <= _CELL_CHARACTERS:
        return value
    return safe_cell(value)


def _cell(value: Value) -> Cell:
    """Return a value as the writer takes it; numbers beyond fifteen digits stay exact as text."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return float(value) if _shown_whole(value) else f"{value:f}"
    if isinstance(value, datetime):
        return shown(value)
    if isinstance(value, int) and abs(value) >= 10**DIGITS:
        return str(value)
    return value


def shown(value: str | date | datetime) -> str:
    """Return text as it is, a date as 2026-05-06, and an aware time as 2026-05-06 14:03 in Shanghai."""
    if isinstance(value, datetime):
        local = value.astimezone(_SHANGHAI) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M}"
    return value if isinstance(value, str) else f"{value:%Y-%m-%d}"


def _shown_whole(value: Decimal) -> bool:
    """Say whether a number has no more digits than a spreadsheet keeps."""
    return len(str(value)) <= DIGITS or len(value.normalize().as_tuple().digits) <= DIGITS


def _width(title: str, value: object) -> float:
    """Return a column's width from its title and its first value; Chinese characters take two places."""
    widest = max(
        (sum(2 if ord(char) > 0x2E7F else 1 for char in text) for text in (title, str(value or ""))), default=8
    )
    return float(min(max(widest + 2, 8), 48))
