"""How the files of the corpus are made: workbooks by hand, old workbooks, texts, zips with one part changed."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import msoffcrypto
import xlwt
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[Sequence[Any]]
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def first(book: Workbook) -> Worksheet:
    assert isinstance(book.active, Worksheet)
    return book.active


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(rows: Rows, touch: Callable[[Workbook, Worksheet], None] | None = None) -> bytes:
    """A workbook with these rows; `touch` may do more to it before it is saved."""
    book = Workbook()
    page = first(book)
    for row in rows:
        page.append(list(row))
    if touch:
        touch(book, page)
    return saved(book)


def xls(rows: Rows) -> bytes:
    """The format of Excel 97 to 2003."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("Sheet1")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                page.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows: Rows, encoding: str = "utf-8", separator: str = ",", end: str = "\r\n") -> bytes:
    lines = [separator.join("" if value is None else str(value) for value in row) for row in rows]
    return (end.join(lines) + end).encode(encoding)


def repacked(data: bytes, changes: dict[str, bytes], leave: Sequence[str] = ()) -> bytes:
    """The zip with parts replaced, added, or left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist() if entry.filename not in leave}
    return zipped({**parts, **changes})


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def locked(data: bytes, password: str) -> bytes:
    """As Excel protects a workbook with a password to open it."""
    out = io.BytesIO()
    file = msoffcrypto.OfficeFile(io.BytesIO(data))
    file.encrypt(password, out)
    return out.getvalue()


def computed(rows: Rows) -> bytes:
    """Every number as a formula with the value that Excel had last computed: openpyxl writes none."""
    cells = []
    for at, row in enumerate(rows, start=1):
        drawn = []
        for column, value in enumerate(row):
            place = f"{chr(65 + column)}{at}"
            if isinstance(value, int | float):
                drawn.append(f'<c r="{place}"><f>{value}*1</f><v>{value}</v></c>')
            elif value is not None:
                drawn.append(f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>')
        cells.append(f'<row r="{at}">{"".join(drawn)}</row>')
    body = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{"".join(cells)}</sheetData></worksheet>'
    return repacked(xlsx([[""]]), {SHEET: body.encode()})
