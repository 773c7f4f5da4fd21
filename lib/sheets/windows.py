"""Large worksheets in windows of some thousand rows, so that memory does not grow with their length.

calamine reads a sheet as a whole: a million rows are more than a gigabyte. Here the sheet's XML is cut between rows,
and calamine reads each piece as a workbook of its own with the styles of the real one: what a cell means is still its
word. Shared strings are read once, in pieces as well, and kept as text.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, takewhile
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetMetadata

from lib.errors import Invalid
from lib.sheets.scan import SAVE_AS, Scanned, Sheet

Row = Sequence[object]

LARGE = 64 * 2**20
"""Bytes of a worksheet's XML from which on it is read in windows."""

_PIECE = 2**20
_STRINGS = "xl/sharedStrings.xml"
_KEPT = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml")
_EMPTY_SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData></sheetData></worksheet>'
)
_EMPTY_STRINGS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></sst>'
# A cell that points into the shared strings becomes text that begins with a mark which no one types.
_USUAL = b't="s"><v>'
_POINTER = re.compile(rb"""(<c\b[^<>]*?\s)t\s*=\s*["']s["']([^<>]*>\s*<v>)""")
_MARKS = ("\uf8f7", "\uf8f8", "\uf8f9")
_NUMBER = re.compile(rb"""<row\b[^<>]*?\sr\s*=\s*["'](\d+)["']""")
_ITEM = re.compile(rb"<si\s*/>|</si>")
_SIMPLE = re.compile(rb'<si><t( xml:space="preserve")?>([^<>]*)</t></si>')


def wanted(scanned: Scanned) -> bool:
    """Say whether a workbook has a sheet that is to be read in windows."""
    return any(sheet.size > LARGE for sheet in scanned.sheets)


def is_large(source: Path) -> bool:
    """Say the same of a workbook that was not scanned, by the sizes that its zip declares."""
    with zipfile.ZipFile(source) as archive:
        return any(entry.file_size > LARGE for entry in archive.infolist())


class Windows:
    """A scanned workbook, read piece by piece."""

    def __init__(self, source: Path, scanned: Scanned) -> None:
        self._source = source
        self._archive = zipfile.ZipFile(source)
        names = set(self._archive.namelist())
        self._kept = {name: self._archive.read(name) for name in _KEPT if name in names}
        self._sheets = scanned.sheets
        self._has_strings = _STRINGS in names
        self._strings: list[str] | None = None
        self._only_first_half = False
        self.sheets_metadata: list[SheetMetadata] = self._open({}).sheets_metadata

    def rows(self, index: int) -> Iterator[Row]:
        """Yield all rows of a sheet from row 1 and column A on; rows without cells are empty."""
        sheet = self._sheets[index]
        pieces = self._pieces(sheet)
        wanted = (
            piece for at, piece in takewhile(lambda one: not self._only_first_half or _early(one[0], sheet), pieces)
        )
        return (row for _, row in self._numbered(index, wanted, 0))

    def end_at_half(self) -> None:
        """Let the rows that were asked for end where the second half begins."""
        self._only_first_half = True

    def second_half(self, index: int) -> Iterator[tuple[int, Row]]:
        """Yield number and cells of the rows of the second half; to be called in a process that was forked off."""
        # The place in a file that is open is one for all who have it.
        self._archive = zipfile.ZipFile(self._source)
        sheet, last = self._sheets[index], b""
        pieces = self._pieces(sheet)
        for at, piece in pieces:
            if not _early(at, sheet):
                yield from self._numbered(index, chain([piece], (rest for _, rest in pieces)), _last_number(last))
            last = piece

    def _numbered(self, index: int, pieces: Iterable[bytes], written: int) -> Iterator[tuple[int, Row]]:
        """Yield number and cells of the rows of pieces, and of those without cells between them, after ``written``."""
        for piece in pieces:
            for number, row in self._window(index, piece, written):
                while written < number - 1:
                    written += 1
                    yield written, ()
                written += 1
                yield number, row

    def _pieces(self, sheet: Sheet) -> Iterator[tuple[int, bytes]]:
        """Yield the sheet in pieces that are worksheets of their own, each with where its rows begin."""
        with self._archive.open(sheet.part) as stream:
            head = b""
            while b"<sheetData" not in head and (piece := stream.read(_PIECE)):
                head += piece
            at = head.find(b">", head.find(b"<sheetData")) + 1
            prefix, rest = head[:at], head[at:]
            for rows in _cut(rest, lambda: stream.read(_PIECE), b"</row>"):
                yield at, prefix + rows + b"</sheetData></worksheet>"
                at += len(rows)

    def _window(self, index: int, piece: bytes, written: int) -> Iterator[tuple[int, Row]]:
        """Yield number and cells of the rows of a piece."""
        strings = self._all_strings()
        mark = next((mark for mark in _MARKS if mark.encode() not in piece), "")
        if not mark:
            raise Invalid("表格里有无法识别的特殊符号。" + SAVE_AS, code="sheet.damaged")
        pointer = b't="str"><v>' + mark.encode()
        marked = piece.replace(_USUAL, pointer)
        if b'"s"' in marked or b"'s'" in marked:
            marked = _POINTER.sub(rb'\1t="str"\2' + mark.encode(), marked)
        sheet = self._read({self._sheets[index].part: marked}, index)
        if sheet.start is None:
            return
        number, left = sheet.start[0] + 1, ("",) * sheet.start[1]
        if number <= written:
            raise Invalid("表格内部的行次序混乱。" + SAVE_AS, code="sheet.damaged")
        try:
            for offset, row in enumerate(sheet.to_python()):
                cells = [strings[int(cell[1:])] if cell.__class__ is str and cell[:1] == mark else cell for cell in row]
                yield number + offset, (*left, *cells) if left else cells
        except (IndexError, ValueError) as fault:
            raise Invalid("文件已损坏，部分文字缺失。" + SAVE_AS, code="sheet.damaged") from fault

    def _read(self, parts: dict[str, bytes], index: int) -> CalamineSheet:
        """Let calamine read one sheet of a workbook made of the small parts and these."""
        try:
            return self._open(parts).get_sheet_by_index(index)
        except CalamineError as fault:
            raise Invalid("工作表内容已损坏，无法读取。" + SAVE_AS, code="sheet.damaged") from fault

    def _open(self, parts: dict[str, bytes]) -> CalamineWorkbook:
        """Return a workbook of the small parts and these; worksheets and strings that are not given are empty."""
        shells = {sheet.part: _EMPTY_SHEET for sheet in self._sheets if sheet.part}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name, data in {_STRINGS: _EMPTY_STRINGS, **self._kept, **shells, **parts}.items():
                archive.writestr(name, data)
        buffer.seek(0)
        try:
            return CalamineWorkbook.from_filelike(buffer)
        except CalamineError as fault:
            raise Invalid("文件已损坏或不是完整的 Excel 表格。" + SAVE_AS, code="sheet.damaged") from fault

    def _all_strings(self) -> list[str]:
        """Return the shared strings, read at the first need."""
        if self._strings is None:
            self._strings = []
            for piece in self._string_pieces() if self._has_strings else ():
                self._strings += self._texts(piece)
        return self._strings

    def _string_pieces(self) -> Iterator[bytes]:
        """Yield the shared strings in pieces that are parts of their own."""
        with self._archive.open(_STRINGS) as stream:
            head = b""
            while b"<si" not in head and (piece := stream.read(_PIECE)):
                head += piece
            start = head.find(b"<si")
            if start < 0:
                return
            prefix = head[:start]
            for items in _cut(head[start:], lambda: stream.read(_PIECE), b"</si>"):
                yield prefix + items + b"</sst>"

    def _texts(self, piece: bytes) -> list[str]:
        """Return the strings of a piece: read here when they are plain, else by calamine, a cell for each."""
        count = len(_ITEM.findall(piece))
        simple = _SIMPLE.findall(piece)
        if len(simple) == count and b"&" not in piece and b"\r" not in piece and b"_x" not in piece:
            return [(text if kept else text.strip()).decode() for kept, text in simple]
        index, part = next((at, sheet.part) for at, sheet in enumerate(self._sheets) if sheet.part)
        cells = "".join(
            f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c><c r="B{n}"><v>1</v></c></row>'
            for n in range(1, count + 1)
        )
        sheet = self._read({_STRINGS: piece, part: _EMPTY_SHEET.replace(b"></s", f">{cells}</s".encode(), 1)}, index)
        return [str(row[0]) for row in sheet.to_python()]


def _early(at: int, sheet: Sheet) -> bool:
    """Say whether a piece that begins there belongs to the first half."""
    return at < sheet.size // 2


def _last_number(piece: bytes) -> int:
    """Return the number of the last row of a piece."""
    found = _NUMBER.search(piece, piece.rfind(b"<row"))
    if found is None:
        raise Invalid("表格内部的行次序混乱。" + SAVE_AS, code="sheet.damaged")
    return int(found[1])


def _cut(rest: bytes, read: Callable[[], bytes], end: bytes) -> Iterator[bytes]:
    """Yield what follows in pieces that end with ``end``; what follows the last one is left out."""
    pending = rest
    while True:
        place = pending.rfind(end)
        if place >= 0 and len(pending) >= _PIECE:
            yield pending[: place + len(end)]
            pending = pending[place + len(end) :]
        piece = read()
        if not piece:
            break
        pending += piece
    place = pending.rfind(end)
    if place >= 0:
        yield pending[: place + len(end)]
