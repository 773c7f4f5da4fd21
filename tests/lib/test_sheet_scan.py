"""The scan refuses what must not be opened, by content, with a sentence that helps."""

import io
import os
import time
import zipfile
from pathlib import Path

import pytest

from lib.errors import Invalid
from lib.sheets.model import Limits
from lib.sheets.scan import column_letters, column_number, scan
from tests.lib.sheetmaker import GOOD, TITLES, repacked, sheet_xml, workbook

SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return workbook(tmp_path / "a.xlsx", [TITLES, GOOD])


def code_of(path: Path, limits: Limits | None = None) -> str:
    """Return the code with which a file is refused; the message must be a Chinese sentence."""
    with pytest.raises(Invalid) as refusal:
        scan(path, limits or Limits())
    assert any("\u4e00" <= char <= "\u9fff" for char in refusal.value.message)
    return refusal.value.code


def written(path: Path, data: bytes) -> Path:
    """Write bytes and return the path."""
    path.write_bytes(data)
    return path


def test_a_plain_workbook_passes_and_its_extent_is_known(book: Path) -> None:
    found = scan(book)
    assert found.kind == "xlsx"
    assert [(sheet.rows, sheet.columns, sheet.hidden) for sheet in found.sheets] == [(2, len(TITLES), False)]


def test_hidden_sheets_and_hidden_rows_are_reported(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [TITLES, GOOD], hidden="底稿")
    repacked(path, {SHEET: sheet_xml('<row r="1" hidden="1"><c r="A1"><v>1</v></c></row>')})
    found = scan(path)
    assert found.hidden_sheets == ("底稿",)
    assert found.sheets[0].hidden_rows == 1


def test_a_cell_in_the_last_corner_is_refused_without_parsing(book: Path) -> None:
    repacked(book, {SHEET: sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')})
    assert book.stat().st_size < 20_000
    assert code_of(book) == "sheet.rows"


def test_a_cell_far_right_is_refused(book: Path) -> None:
    repacked(book, {SHEET: sheet_xml("<row r='1'><c s='1' r = 'XFD1'><v>1</v></c></row>")})
    assert code_of(book) == "sheet.columns"


def test_formatted_empty_rows_down_to_the_end_are_ghosts(book: Path) -> None:
    ghosts = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in (900_000, 1_048_576))
    repacked(book, {SHEET: sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>' + ghosts)})
    assert scan(book).sheets[0].rows == 1


def test_a_zip_bomb_is_refused_quickly(book: Path) -> None:
    repacked(book, {SHEET: sheet_xml("<row r='1'/>" + " " * (200 * 2**20))})
    started = time.monotonic()
    assert code_of(book) == "sheet.bomb"
    assert time.monotonic() - started < 2


def test_a_bomb_hidden_beside_much_honest_content_is_refused(book: Path) -> None:
    repacked(book, {SHEET: sheet_xml(" " * (60 * 2**20)), "xl/media/image1.png": os.urandom(2**21)})
    assert code_of(book) == "sheet.bomb"


def test_a_part_that_lies_about_its_size_is_damaged(book: Path) -> None:
    repacked(book, {SHEET: sheet_xml(" " * (4 * 2**20))})
    with zipfile.ZipFile(book) as archive:
        size = archive.getinfo(SHEET).file_size
    written(book, book.read_bytes().replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little")))
    assert code_of(book, Limits(ratio=10**6)) == "sheet.damaged"


def test_too_many_entries_are_refused(book: Path) -> None:
    repacked(book, {f"xl/x{n}.xml": b"<a/>" for n in range(40)})
    assert code_of(book, Limits(entries=30)) == "sheet.entries"


def test_entries_with_the_same_name_are_refused(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr("XL/workbook.xml", b"<a/>")
    assert code_of(book) == "sheet.entries"


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "docProps/app.xml"])
def test_a_document_type_declaration_is_refused_anywhere(book: Path, part: str) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert code_of(repacked(book, {part: bomb})) == "sheet.dtd"


def test_a_declaration_across_the_seam_of_two_pieces_is_found(book: Path) -> None:
    late = sheet_xml(
        "<row r='1'/>" + "<!--" + "".join(chr(97 + n % 26) for n in range(2**20 - 160)) + "--><!DOCTYPE a>"
    )
    for shift in range(0, 60, 6):
        data = late.replace(b"<!--", b"<!--" + b"z" * shift)
        assert code_of(repacked(book, {SHEET: data}), Limits(ratio=10**6)) == "sheet.dtd"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/macrosheets/sheet1.xml", "macros"),
        ("xl/externalLinks/externalLink1.xml", "external"),
        ("xl/connections.xml", "external"),
        ("xl/embeddings/oleObject1.bin", "embedded"),
    ],
)
def test_parts_that_act_or_reach_out_are_refused(book: Path, part: str, code: str) -> None:
    assert code_of(repacked(book, {part: b"<a/>"})) == f"sheet.{code}"


def test_an_outside_target_is_refused_and_a_hyperlink_is_not(book: Path) -> None:
    def relation(kind: str) -> dict[str, bytes]:
        tag = f'<Relationship Id="r1" Type="http://x/{kind}" Target="http://x/" TargetMode="External"/>'
        return {"xl/worksheets/_rels/sheet1.xml.rels": f"<Relationships>{tag}</Relationships>".encode()}

    assert scan(repacked(book, relation("hyperlink"))).kind == "xlsx"
    assert code_of(repacked(book, relation("attachedTemplate"))) == "sheet.external"


def test_a_truncated_workbook_is_damaged(book: Path) -> None:
    data = book.read_bytes()
    for length in (len(data) // 2, len(data) - 30, 10):
        assert code_of(written(book, data[:length])) == "sheet.damaged"


def test_a_part_with_changed_bytes_is_damaged(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        offset = archive.getinfo(SHEET).header_offset + 80
    data = bytearray(book.read_bytes())
    data[offset : offset + 8] = b"\x00" * 8
    assert code_of(written(book, bytes(data))) == "sheet.damaged"


def test_files_are_told_by_content_and_not_by_name(tmp_path: Path, book: Path) -> None:
    assert scan(written(tmp_path / "a.xls", book.read_bytes())).kind == "xlsx"
    assert scan(written(tmp_path / "b.xlsx", "姓名,金额\n甲一,1\n".encode("gb18030"))).encoding == "gb18030"
    assert scan(written(tmp_path / "c.txt", "姓名,金额\n甲一,1\n".encode())).encoding == "utf-8-sig"
    assert scan(written(tmp_path / "d.csv", OLE + b"\x00" * 600 + "Workbook".encode("utf-16-le"))).kind == "xls"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (OLE + b"\x00" * 600 + "WordDocument".encode("utf-16-le"), "kind"),
        (OLE + "Workbook".encode("utf-16-le") + "_VBA_PROJECT_CUR".encode("utf-16-le"), "macros"),
        (b"%PDF-1.7\n", "kind"),
        (b"\x89PNG\r\n\x1a\n", "kind"),
        (b"<html><table></table></html>", "kind"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "kind"),
        ("姓名".encode("utf-16"), "kind"),
        (b"\xff\xff\xff\xff,\xff", "encoding"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path: Path, data: bytes, code: str) -> None:
    assert code_of(written(tmp_path / "a.xlsx", data)) == f"sheet.{code}"


@pytest.mark.parametrize("name", ["word/document.xml", "xl/workbook.bin", "photo.jpg"])
def test_other_zips_are_no_workbooks(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"x")
    assert code_of(written(tmp_path / "a.xlsx", buffer.getvalue())) == "sheet.kind"


def test_a_file_over_the_limit_is_refused_unread(book: Path) -> None:
    assert code_of(book, Limits(file_bytes=100)) == "sheet.size"


@pytest.mark.parametrize("noise", ["<c ", '<c r="A1" ', "<c r=", "<row hidden ", "TargetMode=External "])
def test_no_content_makes_the_scan_slow(book: Path, noise: str) -> None:
    repacked(book, {SHEET: sheet_xml(noise * 200_000)})
    started = time.monotonic()
    scan(book, Limits(ratio=10**6))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16384)])
def test_columns_are_counted_as_excel_does(letters: str, number: int) -> None:
    assert column_number(letters) == number
    assert column_letters(number) == letters
