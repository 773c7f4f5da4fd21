"""The report of errors: the clerk's own rows, what is wrong in front of them, and back again."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lib.errors import Invalid
from lib.sheets.beside import report
from lib.sheets.parse import CellError, Limits, Parsed, parse
from tests.lib.sheetmaker import COLUMNS, GOOD, TITLES, TODAY, crypto_settings, first_sheet

pytestmark = pytest.mark.req("REG-6")


def made(place: Path, rows: Sequence[Sequence[Any]], name: str = "in.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in [["发放清册"], TITLES, *rows]:
        first_sheet(book).append(list(row))
    book.save(place / name)
    return place / name


def with_(**changes: Any) -> list[Any]:
    places = {column.key: number for number, column in enumerate(COLUMNS)}
    row = list(GOOD)
    for key, value in changes.items():
        row[places[key]] = value
    return row


def told(source: Path, errors: Sequence[CellError] = (), *, whole: bool = False, **limits: int) -> Path:
    out = source.parent / "report.xlsx"
    given: dict[str, Any] = {"limits": Limits(**limits), "today": TODAY, "only_faulty": not whole}
    with crypto_settings():
        report(source, COLUMNS, out, errors, **given)
    return out


def read(source: Path) -> Parsed:
    with crypto_settings():
        return parse(source, COLUMNS, source.parent / "out", today=TODAY)


def test_faulty_rows_come_first_with_what_to_mend_and_their_cells_coloured(tmp_path: Path) -> None:
    source = made(tmp_path, [GOOD, with_(id_number="123"), with_(remark="=1+1", amount="十元"), GOOD, ["合计"]])
    found = read(source)
    # One error is known from the rules only; those of cells are found again, without a limit on their number.
    rules = [*found.errors[:1], CellError(6, "户主姓名", "person.name", "姓名不一致。")]
    sheet = first_sheet(openpyxl.load_workbook(told(source, rules)))
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == [4, 5, 6]
    assert "第4行「户主身份证号」" in str(rows[0][1])
    assert str(rows[0][1]).count("规则") == 1
    assert "（规则 person.name）" in str(rows[2][1])
    faulty = {(cell.row, cell.column) for row in sheet.iter_rows(min_row=2) for cell in row if _red(cell)}
    columns = [cell.value for cell in sheet[1]]
    assert faulty == {
        (2, columns.index("户主身份证号") + 1), (3, columns.index("补贴金额") + 1), (4, columns.index("户主姓名") + 1),
    }  # fmt: skip


def _red(cell: Any) -> bool:
    return str(cell.fill.fgColor.rgb).endswith("FFD9D9")


def test_nothing_in_a_report_is_a_formula(tmp_path: Path) -> None:
    source = made(tmp_path, [with_(id_number="1", remark="'=1+1"), with_(id_number="2", remark="@SUM(A1)")])
    sheet = first_sheet(openpyxl.load_workbook(told(source)))
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {"s", "n", "d"}
    assert [row[-1] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["'=1+1", "'@SUM(A1)"]


@pytest.mark.parametrize("whole", [False, True])
def test_a_report_that_is_uploaded_again_is_read_as_the_file_was(tmp_path: Path, whole: bool) -> None:
    spoilt = with_(id_number=159999198001010000, born=date(2026, 1, 2))
    source = made(tmp_path, [GOOD, spoilt, with_(months="一"), with_(account=6.21e18), ["合计", *[None] * 4, 5]])
    first, again = read(source), read(told(source, whole=whole))
    assert [(e.column, e.rule) for e in again.errors] == [(e.column, e.rule) for e in first.errors]
    assert again.unknown_columns == []
    assert again.rows == (4 if whole else 3)
    assert "Excel行号" not in again.mapping


def test_a_file_that_cannot_be_read_any_more_says_why(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="超过上限"):
        told(made(tmp_path, [GOOD] * 5), columns=3)
