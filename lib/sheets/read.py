"""Rows of a scanned file, whatever its format: absolute row numbers, cells from the first used column on."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from threading import Thread

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from lib.errors import Invalid
from lib.sheets import header as headers
from lib.sheets import windows
from lib.sheets.header import Header
from lib.sheets.model import Column, Limits
from lib.sheets.scan import SAVE_AS, Scanned
from lib.sheets.windows import Row

XLS_LAST_ROW = 65536
# From so many rows on a sheet is worth two processes.
LONG = 20_000

Numbered = Iterator[tuple[int, Row]]


@dataclass(slots=True)
class Table:
    """The sheet that was chosen: its header and an iterator over all of its rows from row 1 on."""

    sheet: str
    header: Header
    rows: Iterator[Sequence[object]]
    hidden_rows: int = 0
    hidden_sheets: list[str] = field(default_factory=list)
    # A long sheet's halves, each for a process of its own: what has begun to be read here, and the rest.
    halves: tuple[Callable[[], Numbered], Callable[[], Numbered]] | None = None

    def numbered(self) -> Numbered:
        """Return all rows with their numbers as Excel counts."""
        return enumerate(self.rows, start=1)


class Ahead:
    """A workbook whose sheets are read while the scan still looks at its parts: calamine lets others work meanwhile.

    Nothing of it is used before the scan has passed. What cannot be read ahead is read afterwards, and told then.
    """

    def __init__(self, source: Path) -> None:
        self._source = source
        self._thread: Thread | None = None
        self._book: CalamineWorkbook | None = None
        self._sheets: dict[int, CalamineSheet] = {}

    def start(self) -> None:
        """Begin to read, where there is memory for it; to be called once."""
        thread = Thread(target=self._read, daemon=True)
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _read(self) -> None:
        with suppress(Exception):
            if windows.is_large(self._source):
                return
            book = _book(self._source)
            for index, sheet in enumerate(book.sheets_metadata):
                if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                    self._sheets[index] = book.get_sheet_by_index(index)
            self._book = book

    @property
    def book(self) -> CalamineWorkbook:
        """Return the workbook, once its sheets are read."""
        if self._thread is not None:
            self._thread.join()
        if self._book is None:
            self._book = _book(self._source)
        return self._book

    @property
    def sheets_metadata(self) -> list[SheetMetadata]:
        """Return what the sheets are."""
        return self.book.sheets_metadata

    def get_sheet_by_index(self, index: int) -> CalamineSheet:
        """Return a sheet, of which nothing is kept."""
        return self._sheets.pop(index, None) or self.book.get_sheet_by_index(index)


def open_table(
    source: Path, scanned: Scanned, columns: Sequence[Column], limits: Limits, ahead: Ahead | None = None
) -> Table:
    """Return the table to be read from a scanned file. Raises ``Invalid`` when there is none, or more than one."""
    if scanned.kind == "csv":
        return _open_csv(source, scanned.encoding, columns)
    return _open_workbook(source, scanned, columns, limits, ahead or Ahead(source))


def tops(source: Path, scanned: Scanned, most: int) -> Iterator[list[Sequence[object]]]:
    """Yield the first rows of every visible sheet, whatever stands in them."""
    if scanned.kind == "csv":
        yield list(islice(_records(source, scanned.encoding), most))
        return
    large = windows.wanted(scanned)
    book = windows.Windows(source, scanned) if large else _book(source)
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.visible != SheetVisibleEnum.Visible or sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        if isinstance(book, windows.Windows):
            yield list(islice(book.rows(index), most))
            continue
        try:
            found = book.get_sheet_by_index(index)
        except CalamineError as fault:
            raise Invalid("工作表内容已损坏，无法读取。" + SAVE_AS, code="sheet.damaged") from fault
        yield list(islice(iter(found.iter_rows()), most)) if found.start is not None else []


def _records(source: Path, encoding: str) -> Iterator[Sequence[object]]:
    """Yield the records of a csv; the separator is the one that splits the first lines most."""
    stream = source.open(encoding=encoding, newline="")
    first = list(islice(stream, headers.HEADER_ROWS))
    separator = max(",\t;|", key=lambda char: max((line.count(char) for line in first), default=0))
    stream.seek(0)
    return _csv_rows(csv.reader(stream, delimiter=separator))


def _open_csv(source: Path, encoding: str, columns: Sequence[Column]) -> Table:
    """Return the table in a csv."""
    rows = _records(source, encoding)
    top = list(islice(rows, headers.HEADER_ROWS))
    return Table("CSV", headers.find(top, columns), chain(top, rows))


def _csv_rows(reader: Iterator[list[str]]) -> Iterator[Sequence[object]]:
    """Yield the records of a csv; one record is one row of Excel, however many lines it spans."""
    try:
        yield from reader
    except csv.Error as fault:
        raise Invalid("CSV 文件内容不规范（引号不成对或单格过长）。" + SAVE_AS, code="sheet.damaged") from fault


def _open_workbook(source: Path, scanned: Scanned, columns: Sequence[Column], limits: Limits, ahead: Ahead) -> Table:
    """Return the one visible sheet whose header fits."""
    book = windows.Windows(source, scanned) if windows.wanted(scanned) else ahead
    found: list[Table] = []
    refusal: Invalid | None = None
    hidden: list[str] = []
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.visible != SheetVisibleEnum.Visible:
            hidden.append(sheet.name)
            continue
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        try:
            if isinstance(book, windows.Windows):
                table = _open_window(book, index, columns)
            else:
                table = _open_sheet(book, index, columns, limits, xls=scanned.kind == "xls")
        except Invalid as fault:
            if fault.code not in ("sheet.no_header", "sheet.missing_columns"):
                raise
            refusal = fault if refusal is None or refusal.code == "sheet.no_header" else refusal
            continue
        if table is not None:
            found.append(table)
    if not found:
        raise refusal or Invalid("工作簿中没有内容，请确认选对了文件，并且工作表没有隐藏", code="sheet.empty")
    if len(found) > 1:
        names = "".join(f"「{table.sheet}」" for table in found)
        raise Invalid(f"有多个工作表都是要上传的表格：{names}。请合并到一个工作表，或分别上传", code="sheet.several")
    chosen = found[0]
    chosen.hidden_sheets = hidden
    chosen.hidden_rows = next((sheet.hidden_rows for sheet in scanned.sheets if sheet.name == chosen.sheet), 0)
    return chosen


def _book(source: Path) -> CalamineWorkbook:
    """Return a workbook that is read as a whole, told by its content: the name may say .xlsx of an old one."""
    try:
        with source.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)
    except PasswordError as fault:
        raise Invalid("文件设了打开密码，无法读取。请取消密码，保存后再上传", code="sheet.encrypted") from fault
    except CalamineError as fault:
        raise Invalid("文件已损坏或不是完整的 Excel 表格。" + SAVE_AS, code="sheet.damaged") from fault


def _open_window(book: windows.Windows, index: int, columns: Sequence[Column]) -> Table | None:
    """Return a sheet that is read piece by piece, or None when it is empty."""
    rows = book.rows(index)
    top: list[Sequence[object]] = list(islice(rows, headers.HEADER_ROWS))
    if not top:
        return None
    whole = chain(top, rows)

    def first() -> Numbered:
        book.end_at_half()
        return enumerate(whole, start=1)

    name, found = book.sheets_metadata[index].name, headers.find(top, columns)
    return Table(name, found, whole, halves=(first, partial(book.second_half, index)))


def _open_sheet(book: Ahead, index: int, columns: Sequence[Column], limits: Limits, *, xls: bool) -> Table | None:
    """Return one sheet as a table, or None when it is empty."""
    try:
        sheet = book.get_sheet_by_index(index)
    except CalamineError as fault:
        raise Invalid("工作表内容已损坏，无法读取。" + SAVE_AS, code="sheet.damaged") from fault
    if sheet.start is None or sheet.end is None:
        return None
    if xls and sheet.end[0] + 1 >= XLS_LAST_ROW:
        raise Invalid(
            "表格已到 .xls 格式的最后一行（65536 行），后面的内容可能已经丢失。" + SAVE_AS, code="sheet.xls_full"
        )
    if sheet.end[0] >= limits.rows + headers.HEADER_ROWS + 10 or sheet.end[1] >= limits.columns:
        raise Invalid(f"表格超过 {limits.rows} 行或 {limits.columns} 列，请拆分后上传", code="sheet.rows")
    rows = iter(sheet.iter_rows())
    top: list[Sequence[object]] = list(islice(rows, headers.HEADER_ROWS))
    table = Table(sheet.name, headers.find(top, columns, sheet.start[1]), chain(top, rows))
    last = sheet.end[0] + 1
    if last >= LONG:
        numbered, half = table.numbered(), last // 2
        table.halves = (partial(islice, numbered, half), partial(islice, numbered, half, None))
    return table
