"""Safety scan of an uploaded table before any parser opens it.

The kind of a file is told by its content, never by its name. A workbook is a zip of XML: entries, sizes, document type
declarations, macros, links to elsewhere and the true extent of the cells are looked at while streaming, in constant
memory. The patterns are bounded, so that no content makes them slow. Every refusal is a sentence for the clerk who
uploaded the file.
"""

import codecs
import html
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

from lib.errors import Invalid
from lib.sheets.model import DEFAULT_LIMITS, Limits

FileKind = Literal["xlsx", "xls", "csv"]

SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”Excel 工作簿（.xlsx），再重新上传"
_CHUNK = 1 << 20
_OVERLAP = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DTD = re.compile(rb"<!\s{0,8}(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CELL = rb"""<(?:\w{1,20}:)?c\b[^<>]{0,200}?\sr\s{0,8}=\s{0,8}["']([A-Za-z]{1,3})(\d{1,7})["']"""
_REFERENCE = re.compile(_CELL)
_FILLED = re.compile(_CELL + rb"""(?:[^<>]{0,200}[^<>/])?>\s{0,200}<(?:\w{1,20}:)?(?:v|is|f)\b""")
_HIDDEN_ROW = re.compile(
    rb"""<(?:\w{1,20}:)?row\b[^<>]{0,300}?\shidden\s{0,8}=\s{0,8}["'](?:1|true)["'][^<>]{0,300}>"""
)
_TAG = re.compile(rb"<[^<>]*>")
# How nearly every program writes rows and cells: looked at in one step a row, and by letters only.
_USUAL_ROW = re.compile(rb'<row [^<>]{0,200}?\br="(\d{1,7})"|<row r="(\d{1,7})"')
_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3})\d')
# Used rows further apart than this are no list, but something left at the end of the sheet.
_GAP = 100_000
_DIRECTORY_BYTES = 4 * 2**20
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_FORBIDDEN_PARTS = (
    (re.compile(r"vbaproject|/macrosheets/|/activex/", re.I), "macros", "文件带有宏或控件，不能上传。" + SAVE_AS),
    (re.compile(r"/embeddings/", re.I), "embedded", "文件中嵌有其他文件，不能上传。请删除嵌入的对象后再上传"),
    (
        re.compile(r"/externallinks/|/connections\.xml$|/querytables/", re.I),
        "external",
        "文件中有指向其他文件或数据源的链接，不能上传。请复制全部内容，在新工作簿中“选择性粘贴—数值”，保存后再上传",
    ),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: extent of the cells that hold something (as Excel counts), state, rows hidden by hand or filter.

    ``part`` is its place in the zip and ``size`` the bytes of its XML.
    """

    name: str
    hidden: bool
    rows: int
    columns: int
    hidden_rows: int
    part: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Scanned:
    """Kind of the file by its content; the sheets of an xlsx; the encoding of a csv."""

    kind: FileKind
    sheets: tuple[Sheet, ...] = ()
    encoding: str = ""

    @property
    def hidden_sheets(self) -> tuple[str, ...]:
        """Return the names of hidden sheets."""
        return tuple(sheet.name for sheet in self.sheets if sheet.hidden)


def scan(
    source: Path, limits: Limits = DEFAULT_LIMITS, container_is_sound: Callable[[], object] = lambda: None
) -> Scanned:
    """Return what ``source`` is, or raise ``Invalid`` (codes ``sheet.*``) when it must not be opened.

    ``container_is_sound`` is called once the entries of a workbook's zip are found in order, before its parts are read.
    """
    size = source.stat().st_size
    if size == 0:
        _refuse("empty", "文件是空的，请确认选对了文件")
    if size > limits.file_bytes:
        _refuse("size", f"文件超过 {limits.file_bytes // 2**20} MB，请按乡镇或村拆分后分别上传")
    with source.open("rb") as stream:
        head = stream.read(8192)
    if head.startswith(b"PK"):
        return _scan_zip(source, limits, container_is_sound)
    if head.startswith(_OLE):
        return _scan_ole(source)
    return _scan_text(source, head, limits)


def _refuse(code: str, message: str) -> NoReturn:
    raise Invalid(message, code=f"sheet.{code}")


def _scan_ole(source: Path) -> Scanned:
    """Tell an old .xls from an encrypted workbook and from other documents in the same container."""
    data = source.read_bytes()

    def holds(stream_name: str) -> bool:
        return stream_name.encode("utf-16-le") in data

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        _refuse("encrypted", "文件设了打开密码，无法读取。请在“文件—信息—保护工作簿”中取消密码，保存后再上传")
    if holds("_VBA_PROJECT"):
        _refuse("macros", "文件带有宏，不能上传。" + SAVE_AS)
    if not (holds("Workbook") or holds("Book")):
        _refuse("kind", "这不是 Excel 表格，可能是 Word 等其他文件。请上传 .xlsx、.xls 或 .csv 表格")
    return Scanned("xls")


def _scan_text(source: Path, head: bytes, limits: Limits) -> Scanned:
    """Take a csv in UTF-8 or GB18030; recognise what is often mistaken for a table."""
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        _refuse("kind", "这是 PDF 或图片，不是表格。请上传 .xlsx、.xls 或 .csv 表格")
    if lowered.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        _refuse("kind", "文件名像 Excel，内容却是网页或 XML，多由其他系统导出。" + SAVE_AS)
    lines = 0
    for piece in _pieces(source):
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in piece:
            _refuse("kind", "无法识别这个文件。如是文本表格，请另存为“CSV UTF-8”；否则" + SAVE_AS)
        lines += piece.count(b"\n")
    if lines > limits.rows + 20:
        _refuse("rows", f"表格超过 {limits.rows} 行，请拆分后分别上传")
    for encoding in ("utf-8-sig", "gb18030"):
        if _reads_as(source, encoding):
            return Scanned("csv", encoding=encoding)
    _refuse("encoding", "无法识别文件的文字编码，请另存为“CSV UTF-8”或 Excel 工作簿（.xlsx）后再上传")


def _pieces(source: Path) -> Iterator[bytes]:
    """Yield a file piece by piece."""
    with source.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _reads_as(source: Path, encoding: str) -> bool:
    """Say whether all of a file is text in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(source):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _scan_zip(source: Path, limits: Limits, container_is_sound: Callable[[], object]) -> Scanned:
    """Check a workbook's container and every part of it."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = _check_entries(archive, limits)
            _check_kind(names)
            container_is_sound()
            extents = _check_parts(archive, limits)
            return Scanned("xlsx", _sheets(archive, extents, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, KeyError) as fault:
        raise Invalid(
            "文件已损坏或没有传完整，无法打开。请在本机打开确认无误后重新上传", code="sheet.damaged"
        ) from fault


def _check_entries(archive: zipfile.ZipFile, limits: Limits) -> list[str]:
    """Check count, names, encryption and declared sizes of the entries."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > limits.entries:
        _refuse("entries", "文件内部结构异常（部件过多），不能上传。" + SAVE_AS)
    lowered = [name.lower() for name in names]
    if len(set(lowered)) < len(lowered) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        _refuse("entries", "文件内部结构异常（部件重名或路径不对），不能上传。" + SAVE_AS)
    if any(entry.flag_bits & 0x1 for entry in entries):
        _refuse("encrypted", "文件设了密码，无法读取。请取消密码，保存后再上传")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    bomb = any(e.file_size > 2**20 and e.file_size > limits.ratio * max(e.compress_size, 1) for e in entries)
    if bomb or unpacked > limits.unpacked_bytes or unpacked > limits.ratio * max(packed, 2**16):
        _refuse(
            "bomb",
            "文件解开后异常庞大，不能上传。多因整列设了格式或留有大量空行：请只复制有内容的行到新工作簿，保存后再上传",
        )
    return names


def _check_kind(names: list[str]) -> None:
    """Refuse zips that are no workbook, binary workbooks, and workbooks with parts that act or reach out."""
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            _refuse("kind", "这是二进制工作簿（.xlsb），不能读取。" + SAVE_AS)
        if any(name.startswith(("word/", "ppt/")) for name in names):
            _refuse("kind", "这是 Word 或演示文稿，不是表格。请上传 .xlsx、.xls 或 .csv 表格")
        _refuse("kind", "这是压缩包或其他格式的文件，不是 Excel 表格。请解压后上传其中的 .xlsx 表格")
    for name in names:
        for pattern, code, message in _FORBIDDEN_PARTS:
            if pattern.search("/" + name):
                _refuse(code, message)


@dataclass(slots=True)
class _Extent:
    """What one worksheet part was found to hold."""

    rows: int = 0
    columns: int = 0
    hidden_rows: set[bytes] = field(default_factory=set)


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> dict[str, _Extent]:
    """Stream every XML part: no document type, only UTF-8, no outside target; return the extents of worksheets."""
    extents: dict[str, _Extent] = {}
    for entry in archive.infolist():
        name = entry.filename.lower()
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        extent = _Extent()
        for chunk in _chunks(archive, entry):
            typed = b"<!" in chunk and _DTD.search(chunk)
            if typed or chunk.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
                _refuse("dtd", "文件内部含有不安全的声明，不能上传。" + SAVE_AS)
            if name.endswith(".rels"):
                _check_targets(chunk)
            if sheet:
                _measure(chunk, extent, limits)
        if sheet:
            extents[entry.filename] = extent
    return extents


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in pieces that overlap, so that nothing hides at a seam; reading checks the CRC."""
    tail = b""
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            yield tail + piece
            tail = piece[-_OVERLAP:]


def _check_targets(chunk: bytes) -> None:
    """Refuse relations to outside targets other than hyperlinks in cells."""
    for tag in _TAG.findall(chunk):
        if b"TargetMode" in tag and b"External" in tag and b"/hyperlink" not in tag:
            _refuse(*_FORBIDDEN_PARTS[2][1:])


def _measure(chunk: bytes, extent: _Extent, limits: Limits) -> None:
    """Widen ``extent`` by the cells in ``chunk``; cells with only a format count for nothing. Refuse at the limits."""
    rows, columns = _usual_extent(chunk) or _largest(set(_REFERENCE.findall(chunk)))
    if rows > limits.rows + 20 or columns > limits.columns or rows > extent.rows + _GAP:
        rows, columns = _largest(set(_FILLED.findall(chunk)))
    if rows > extent.rows + _GAP:
        _refuse("rows", f"表格用到了第 {rows} 行，中间有大片空行。请删除表尾多余的内容后再上传")
    extent.rows, extent.columns = max(extent.rows, rows), max(extent.columns, columns)
    if b"hidden" in chunk:
        extent.hidden_rows.update(_HIDDEN_ROW.findall(chunk))
    if extent.rows > limits.rows + 20:
        _refuse("rows", f"表格用到了第 {extent.rows} 行，超过上限 {limits.rows} 行。请删除表尾多余的内容，或拆分后上传")
    if extent.columns > limits.columns:
        _refuse(
            "columns", f"表格用到了第 {extent.columns} 列，超过上限 {limits.columns} 列。请删除右侧多余的内容后再上传"
        )


def _usual_extent(chunk: bytes) -> tuple[int, int] | None:
    """Return the largest row and column where rows and cells are written as usual, None where any may not be."""
    whole = chunk[: chunk.rfind(b"<")]  # what is cut at the end stands whole in the next piece
    rows = [int(one or other) for one, other in _USUAL_ROW.findall(whole)]
    cells = _USUAL_CELL.findall(whole)
    if not rows or len(rows) != whole.count(b"<row") or len(cells) != whole.count(b"<c ") or b":c " in whole:
        return None
    return max(rows), max((column_number(letters.decode()) for letters in {*cells}), default=0)


def _largest(references: set[tuple[bytes, bytes]]) -> tuple[int, int]:
    """Return the largest row and column among cell references."""
    if not references:
        return 0, 0
    rows = max(int(row) for _, row in references)
    columns = max(column_number(letters.decode()) for letters in {letters for letters, _ in references})
    return rows, columns


def column_number(letters: str) -> int:
    """Return the number of a column: A → 1, XFD → 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column: 1 → A, 28 → AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _directory(archive: zipfile.ZipFile, name: str) -> str:
    """Return one of the small parts that list the sheets."""
    if archive.getinfo(name).file_size > _DIRECTORY_BYTES:
        _refuse("entries", "文件内部结构异常（目录过大），不能上传。" + SAVE_AS)
    return archive.read(name).decode("utf-8", "replace")


def _sheets(archive: zipfile.ZipFile, extents: dict[str, _Extent], limits: Limits) -> tuple[Sheet, ...]:
    """Return the sheets of the workbook in their order, with names, states and extents."""
    book, relations = (_directory(archive, name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    targets: dict[str, str] = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^<>]*>", relations):
        attributes = dict(_ATTRIBUTE.findall(tag))
        targets[attributes.get("Id", "")] = attributes.get("Target", "").removeprefix("/xl/").removeprefix("./")
    sheets = []
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^<>]*>", book):
        attributes = dict(_ATTRIBUTE.findall(tag))
        relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        part = "xl/" + targets.get(relation, "")
        extent = extents.get(part, _Extent())
        size = archive.getinfo(part).file_size if part in extents else 0
        hidden = attributes.get("state", "visible") != "visible"
        name = html.unescape(attributes.get("name", ""))
        sheets.append(Sheet(name, hidden, extent.rows, extent.columns, len(extent.hidden_rows), part, size))
    if not sheets or len(sheets) > limits.sheets:
        _refuse("sheets", f"工作簿中没有工作表，或超过 {limits.sheets} 个工作表。请只保留要上传的一个工作表")
    return tuple(sheets)
