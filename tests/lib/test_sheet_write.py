"""Templates come back unharmed, reports help, exports stream and never run as formulas."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lib.sheets import delimited
from lib.sheets.figures import Fen, Figures
from lib.sheets.parse import parse
from lib.sheets.scan import scan
from lib.sheets.write import Block, Value, export, export_blocks, harmless, safe_cell, template
from tests.lib.sheetmaker import COLUMNS, GOOD, TODAY, crypto_settings, first_sheet


def rows_of(path: Path) -> list[list[Any]]:
    """Return the cells of the first sheet."""
    return list(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows())


def test_a_template_that_was_filled_in_is_read_without_a_fault(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(COLUMNS, "甲县发放清册")))
    first_sheet(book).append(GOOD)
    source = tmp_path / "a.xlsx"
    book.save(source)
    with crypto_settings():
        parsed = parse(source, COLUMNS, tmp_path / "out", today=TODAY)
    assert (parsed.rows, parsed.total_errors, parsed.header_row, parsed.unknown_columns) == (1, 0, 2, [])
    assert scan(source).hidden_sheets == ()


def test_a_template_keeps_numbers_as_text_and_offers_choices() -> None:
    sheet = first_sheet(openpyxl.load_workbook(io.BytesIO(template(COLUMNS, "甲县发放清册"))))
    places = {column.key: number for number, column in enumerate(COLUMNS, start=1)}
    letter = openpyxl.utils.get_column_letter
    for key in ("id_number", "account", "phone"):
        assert sheet.column_dimensions[letter(places[key])].number_format == "@"
    comment = sheet.cell(2, places["id_number"]).comment
    assert comment is not None
    assert "18 位" in comment.text
    (rule,) = sheet.data_validations.dataValidation
    assert str(rule.sqref).startswith(letter(places["relation"]))
    assert sheet.cell(2, places["name"]).value == "户主姓名*"
    assert sheet.cell(2, places["amount"]).value == "补贴金额(元)*"


def test_an_export_keeps_types_and_long_numbers(tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    row: list[Value] = ["甲一", "159999198001010015", Decimal("12.50"), 3, date(2026, 1, 2), None, True, 10**17]
    moment = datetime(2026, 1, 2, 20, 0, tzinfo=UTC)
    assert export(path, list("甲乙丙丁戊己庚辛壬"), [[*row, moment]]) == 1
    assert rows_of(path)[1] == [
        "甲一", "159999198001010015", 12.5, 3.0, date(2026, 1, 2), "", "是", "1" + "0" * 17, "2026-01-03 04:00",
    ]  # fmt: skip


def test_columns_keep_every_value_of_every_row(tmp_path: Path) -> None:
    path, first = tmp_path / "e.xlsx", date(2026, 1, 2)
    blocks: list[Block] = [
        [["甲", "乙", "丙"], [1, True, 1], Fen([1250, 98_36, None]), Figures(["2.00", "2.00", "2.00"]), ["同"] * 3],
        [["=1", "+2", " -丁"], [10**17, 2, 3], Fen([5] * 3), Figures(["0.10", "7", "-1.5"]), ["同", "=同", None]],
        [["甲", "*", ""], [True] * 3, Fen([10**17 + 1] * 3), Figures(["1.2345678901234567"] * 3), [first] * 3],
        [[None] * 3, [Decimal("0.5")] * 3, Fen([0, 0, 1]), Figures(["1"] * 3), [first, None, first]],
    ]  # fmt: skip
    assert export_blocks(path, list("甲乙丙丁戊"), blocks) == 12
    assert rows_of(path)[1:] == [
        ["甲", 1, 12.5, 2, "同"], ["乙", "是", 98.36, 2, "同"], ["丙", 1, "", 2, "同"],
        ["'=1", "1" + "0" * 17, 0.05, 0.1, "同"], ["+2", 2, 0.05, 7, "'=同"], ["' -丁", 3, 0.05, -1.5, ""],
        *[[text, "是", "1" + "0" * 15 + ".01", "1.2345678901234567", first] for text in ("甲", "*", "")],
        ["", 0.5, 0, 1, first], ["", 0.5, 0, 1, ""], ["", 0.5, 0.01, 1, first],
    ]  # fmt: skip
    plain = tmp_path / "e.csv"
    assert delimited.export_blocks(plain, list("甲乙丙丁戊"), blocks) == 12
    assert plain.read_text("utf-8-sig").splitlines()[1:] == [
        "甲,1,12.50,2.00,同", "乙,是,98.36,2.00,同", "丙,1,,2.00,同",
        f"'=1,{10**17},0.05,0.10,同", "+2,2,0.05,7,'=同", "' -丁,3,0.05,-1.5,",
        *[f"{text},是,{10**15}.01,1.2345678901234567,2026-01-02" for text in ("甲", "*", "")],
        ",0.5,0.00,1,2026-01-02", ",0.5,0.00,1,", ",0.5,0.01,1,2026-01-02",
    ]  # fmt: skip


@given(st.lists(st.text(alphabet=st.characters() | st.sampled_from("=+-@ |*甲1"), max_size=4), min_size=1))
def test_texts_passed_at_once_are_those_that_need_no_look(texts: list[str]) -> None:
    if harmless(texts):
        assert [*map(safe_cell, texts)] == texts


def test_an_export_without_rows_still_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    assert export(path, ["甲", "乙"], []) == 0
    assert rows_of(path) == [["甲", "乙"]]


def test_an_export_streams(tmp_path: Path) -> None:
    def rows() -> Iterator[list[str | int]]:
        for number in range(50_000):
            yield [number, f"行{number}"]

    tracemalloc.start()
    try:
        assert export(tmp_path / "e.xlsx", ["号", "文"], rows()) == 50_000
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_headers_that_repeat_and_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="differ"):
        export(tmp_path / "e.xlsx", ["甲", "甲"], [])
    with pytest.raises(ValueError, match="length"):
        export(tmp_path / "e.xlsx", ["甲", "乙"], [["一"]])


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"])
def test_text_that_looks_like_a_formula_is_disarmed(text: str) -> None:
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["-12.50", "+3", "甲一", "a=b", "", "0470-1234567"])
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@given(st.text())
def test_no_text_begins_a_formula_or_breaks_a_workbook(text: str) -> None:
    safe = safe_cell(text)
    assert len(safe) <= 32767
    assert not safe.lstrip().startswith(("=", "@"))
    assert all(char in "\t\n\r" or ord(char) >= 32 for char in safe)
