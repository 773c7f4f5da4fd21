"""A large sheet read in windows says the same as one read as a whole."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from python_calamine import CalamineWorkbook

from lib.errors import Invalid
from lib.sheets import read, windows
from lib.sheets.model import DEFAULT_LIMITS
from lib.sheets.scan import scan
from tests.lib.sheetmaker import COLUMNS, TITLES, first_sheet, good, repacked, sheet_xml

AWKWARD: list[Any] = [
    "甲一", " 乙 ", "a&b <c>", "两行\n两行", "", None, 1, 1.5, -0.25, 1e15, True, False, date(2026, 1, 2),
    datetime.fromisoformat("2026-01-02T03:04"), "=1+1", "#N/A", "'=1", "_x000D_", "𠮷田", "　全角　", "0001",
    CellRichText("粗", TextBlock(InlineFont(b=True), "体"), "字"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_PIECE", 700)
    monkeypatch.setattr(windows, "LARGE", 0)


def book(path: Path) -> Path:
    """Awkward cells in many rows, with a gap, a column left empty, and other sheets beside it."""
    made = Workbook()
    made.create_sheet("隐藏").sheet_state = "hidden"
    sheet = first_sheet(made)
    for number in range(3, 90):
        if number in (40, 41, 42):
            continue
        for place in range(2, 9):
            sheet.cell(number, place, AWKWARD[(number * 7 + place) % len(AWKWARD)])
    made.save(path)
    return path


def whole(path: Path) -> list[list[Any]]:
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    left = [""] * (sheet.start or (0, 0))[1]
    return [[*left, *row] for row in sheet.iter_rows()]


def bare(rows: list[Any]) -> list[list[Any]]:
    """Rows without the empty cells at their ends, which mean nothing."""
    cut = []
    for row in rows:
        cells = list(row)
        while cells and cells[-1] == "":
            cells.pop()
        cut.append(cells)
    return cut


def test_windows_say_what_the_whole_says(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    rows = list(windows.Windows(path, scan(path)).rows(0))
    assert len(rows) == 89
    assert bare(rows) == bare(whole(path))


def test_a_table_is_found_below_its_title_in_windows(tmp_path: Path) -> None:
    made = Workbook()
    sheet = first_sheet(made)
    for row in (["清册"], [], TITLES, *(good(name=f"甲{n}") for n in range(50))):
        sheet.append(row)
    made.save(tmp_path / "a.xlsx")
    source = tmp_path / "a.xlsx"
    table = read.open_table(source, scan(source), COLUMNS, DEFAULT_LIMITS)
    rows = list(table.rows)
    assert (table.sheet, table.header.row, len(rows)) == ("Sheet", 3, 53)
    assert [row[1] for row in rows[3:]] == [f"甲{n}" for n in range(50)]


def halves(path: Path) -> tuple[list[tuple[int, Any]], list[tuple[int, Any]]]:
    """Number and cells of the rows of each half, as two processes read them."""
    here, there = (windows.Windows(path, scan(path)) for _ in range(2))
    rows = here.rows(0)
    begun = [next(rows)]
    here.end_at_half()
    return list(enumerate([*begun, *rows], start=1)), list(there.second_half(0))


def test_two_halves_in_windows_are_the_whole(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    rows = list(enumerate(windows.Windows(path, scan(path)).rows(0), start=1))
    first, second = halves(path)
    assert 20 < len(first) < 70
    assert first + second == rows


@pytest.mark.parametrize("turn", range(20, 60))
@pytest.mark.parametrize("number", [' r="{n}"', ""])
def test_rows_that_go_back_are_refused_by_either_half(tmp_path: Path, turn: int, number: str) -> None:
    path = book(tmp_path / "a.xlsx")
    rows = (*range(200, 200 + turn), *range(1, 81 - turn))
    cells = "".join(f"<row{number.format(n=n)}><c><v>{n}</v></c></row>" for n in rows)
    repacked(path, {"xl/worksheets/sheet1.xml": sheet_xml(cells)})
    with pytest.raises(Invalid, match="次序"):
        halves(path)


STRINGS = [
    "<si><t>甲一</t></si>", "<si><t>  乙 </t></si>", '<si><t xml:space="preserve"> 丙 </t></si>',
    "<si><t>a&amp;b &lt;c&gt;</t></si>", "<si><r><t>粗</t></r><r><t>体</t></r></si>", "<si/>", "<si><t/></si>",
    "<si><t>两行\n两行</t></si>", "<si><t>𠮷田</t></si>", "<si><t>_x000D_</t></si>",
    "<si><t>字</t><rPh sb=\"0\" eb=\"1\"><t>zi</t></rPh></si>",
]  # fmt: skip


def pointing(path: Path, cell: str, strings: list[str]) -> Path:
    """A workbook as Excel writes it: cells of a column point into the shared strings, one after the other."""
    book(path)
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    part = f'<Relationship Id="rIdS" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(f'<row r="{n + 1}">{cell.format(r=f"A{n + 1}", v=n)}</row>' for n in range(len(strings)))
    return repacked(
        path,
        {
            "xl/worksheets/sheet1.xml": sheet_xml(rows),
            "xl/sharedStrings.xml": f'<?xml version="1.0"?><sst xmlns="{main}">{"".join(strings)}</sst>'.encode(),
            "xl/_rels/workbook.xml.rels": relations.replace("</Relationships>", part).encode(),
        },
    )


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="{r}" s="0" t="s"><v>{v}</v></c>',
        "<c t='s' r='{r}'><v>{v}</v></c>",
        '<c r="{r}"  t = "s" s="0"> <v>{v}</v></c>',
        '<c t="s" r="{r}"><v>{v}</v></c>',
    ],
)
@pytest.mark.parametrize("plain", [True, False])
def test_pointers_into_the_shared_strings_are_followed(tmp_path: Path, cell: str, plain: bool) -> None:
    strings = [f"<si><t>第{n}行</t></si>" for n in range(80)] if plain else STRINGS * 8
    path = pointing(tmp_path / "a.xlsx", cell, strings)
    rows = list(windows.Windows(path, scan(path)).rows(0))
    assert bare(rows) == bare(whole(path))
    assert sum(bool(row) and isinstance(row[0], str) and row[0] != "" for row in rows) > 60


def test_rows_that_go_back_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    rows = (*range(200, 240), *range(1, 40))
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in rows)
    repacked(path, {"xl/worksheets/sheet1.xml": sheet_xml(cells)})
    with pytest.raises(Invalid, match="次序"):
        list(windows.Windows(path, scan(path)).rows(0))


def test_a_pointer_to_nothing_is_a_damaged_file(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    repacked(path, {"xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>')})
    with pytest.raises(Invalid, match="损坏"):
        list(windows.Windows(path, scan(path)).rows(0))
