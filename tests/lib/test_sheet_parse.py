"""From a clerk's file to a COPY file: what is found, mended, refused, skipped, and what a hostile file can reach."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lib import crypto
from lib.errors import Invalid
from lib.sheets import parse as parsing
from lib.sheets.parse import Column, Limits, Parsed, out_columns, parse
from tests.lib.sheetmaker import (
    ACCOUNT,
    COLUMNS,
    ID,
    ID_X,
    TITLES,
    TODAY,
    crypto_settings,
    first_sheet,
    good,
    repacked,
    sheet_xml,
    workbook,
)

FIELDS = [name for name, _ in out_columns(COLUMNS)]


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    with crypto_settings():
        yield


class Desk:
    """Parses files in a folder and reads back what was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out.copy"

    def read(self, source: Path, **changes: Any) -> Parsed:
        """Parse a file with the columns of these tests."""
        return parse(source, changes.pop("columns", COLUMNS), self.out, today=TODAY, **changes)

    def rows(self, *rows: list[Any]) -> Parsed:
        """Parse a workbook with these rows."""
        return self.read(workbook(self.folder / "a.xlsx", rows))

    def csv(self, data: bytes) -> Parsed:
        """Parse bytes as they are."""
        source = self.folder / "a.csv"
        source.write_bytes(data)
        return self.read(source)

    def refused(self, source: Path, **changes: Any) -> Invalid:
        """Return the refusal of a file; nothing may be left of it."""
        with pytest.raises(Invalid) as refusal:
            self.read(source, **changes)
        assert not self.out.exists()
        return refusal.value

    def written(self) -> list[dict[str, str]]:
        """Return the lines of the COPY file by field."""
        lines = self.out.read_text(encoding="utf-8").splitlines()
        return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def opened(field: str) -> str:
    """Return the plain text of a ciphertext field."""
    assert field.startswith("\\\\x")
    return crypto.decrypt(bytes.fromhex(field[3:]))


def test_a_good_row_is_written_field_by_field(desk: Desk) -> None:
    parsed = desk.rows(TITLES, good())
    (row,) = desk.written()
    assert (parsed.rows, parsed.total_errors, parsed.header_row) == (1, 0, 1)
    assert parsed.mapping == {column.title: column.key for column in COLUMNS}
    assert opened(row["id_number_cipher"]) == ID
    assert row["id_number_digest"] == "\\\\x" + crypto.digest("id", ID).hex()
    assert (row["id_number_birth"], row["id_number_sex"]) == ("1980-01-01", "男")
    assert (opened(row["account_cipher"]), row["account_tail"]) == (ACCOUNT, ACCOUNT[-4:])
    assert opened(row["phone_cipher"]) == "13800001234"
    assert (row["excel_row"], row["amount_fen"], row["quantity"], row["months"]) == ("2", "127938", "12.5", "12")
    assert (row["born"], row["relation"], row["row_errors"]) == ("2026-01-02", "本人", "0")


def test_the_file_is_for_its_owner_only_and_names_its_types(desk: Desk) -> None:
    desk.rows(TITLES, good())
    assert desk.out.stat().st_mode & 0o777 == 0o600
    types = dict(out_columns(COLUMNS))
    assert (types["excel_row"], types["id_number_cipher"], types["amount_fen"]) == ("integer", "bytea", "bigint")
    assert (FIELDS[0], FIELDS[-1]) == ("excel_row", "row_errors")


def test_no_number_stands_in_clear_in_the_written_file(desk: Desk) -> None:
    desk.rows(TITLES, good(), good(id_number=ID[:-1]), good(account=ACCOUNT[:-1] + "1"))
    text = desk.out.read_text(encoding="utf-8")
    assert ID[:-1] not in text
    assert ACCOUNT[:-1] not in text
    assert "13800001234" not in text


def test_titles_are_found_below_a_title_row_with_stars_units_breaks_and_synonyms(desk: Desk) -> None:
    titles = [
        "序号",
        "村(居)民\n小组*",
        "姓 名",
        "身份证号码",
        "银行帐号*",
        "联系电话：",
        "补贴面积（亩）",
        "补贴金额(元)*",
    ]
    row = [1, "一组", "甲一", ID, ACCOUNT, "13800001234", 12.5, 100]
    parsed = desk.rows(["甲县一号镇清册"], ["单位：元"], titles, row)
    assert (parsed.header_row, parsed.rows, parsed.total_errors) == (3, 1, 0)
    assert parsed.unknown_columns == ["序号"]
    assert parsed.mapping["补贴面积（亩）"] == "quantity"
    assert desk.written()[0]["excel_row"] == "4"


def test_a_header_of_two_merged_rows_is_read(desk: Desk) -> None:
    columns = (
        Column("a", "户主姓名", "name", True),
        Column("b", "收款人姓名", "name", True),
        Column("c", "金额", "money"),
    )
    source = workbook(desk.folder / "a.xlsx", [["户主", "收款人", "金额"], ["姓名", "姓名", None], ["甲一", "甲二", 3]])
    parsed = desk.read(source, columns=columns)
    assert parsed.header_row == 2
    assert parsed.mapping == {"户主姓名": "a", "收款人姓名": "b", "金额": "c"}
    assert desk.out.read_text(encoding="utf-8") == "3\t甲一\t甲二\t300\t0\n"


def test_missing_columns_are_named_with_what_was_found(desk: Desk) -> None:
    refusal = desk.refused(workbook(desk.folder / "a.xlsx", [["户主姓名", "电话号码"], ["甲一", "1"]]))
    assert refusal.code == "sheet.missing_columns"
    assert "「户主身份证号」「补贴金额」" in refusal.message
    assert "「户主姓名」「电话号码」" in refusal.message


def test_a_column_that_stands_twice_is_refused(desk: Desk) -> None:
    refusal = desk.refused(workbook(desk.folder / "a.xlsx", [[*TITLES, "姓名"], good()]))
    assert refusal.code == "sheet.doubled_column"
    assert "B、L 列" in refusal.message


def test_a_file_without_header_or_without_rows_is_refused(desk: Desk) -> None:
    assert desk.refused(workbook(desk.folder / "a.xlsx", [["甲"], ["乙"]])).code == "sheet.no_header"
    assert desk.refused(workbook(desk.folder / "b.xlsx", [TITLES])).code == "sheet.no_rows"


def test_blank_rows_totals_repeated_headers_and_signatures_are_skipped(desk: Desk) -> None:
    titles = ["序号", *TITLES]
    total = ["小计", *[None] * 6, 12.5]
    parsed = desk.rows(
        titles,
        [1, *good()],
        [None] * 12,
        total,
        titles,
        [2, *good()],
        [3],
        ["合  计（大写）：", "壹元整"],
        ["制表人：", None, "审核人："],
    )
    assert parsed.rows == 2
    assert parsed.skipped == {"blank": 2, "total": 2, "header": 1, "footer": 1}
    assert [row["excel_row"] for row in desk.written()] == ["2", "6"]


def test_a_person_whose_remark_speaks_of_a_total_is_not_skipped(desk: Desk) -> None:
    assert desk.rows(TITLES, good(remark="两户合计")).rows == 1


def test_rows_are_counted_as_excel_counts_below_an_empty_area(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [[], [], ["", "", *TITLES], ["", "", *good(amount="x")]])
    parsed = desk.read(source)
    assert [(error.row, error.column) for error in parsed.errors] == [(4, "补贴金额")]


def test_an_identity_or_account_typed_as_a_number_is_refused_with_the_way_out(desk: Desk) -> None:
    parsed = desk.rows(TITLES, good(id_number=int(ID), account=int(ACCOUNT)), good(id_number="1.59999E+17"))
    assert [error.rule for error in parsed.errors] == ["cell.number"] * 3
    assert "文本" in parsed.errors[0].message
    first, second = desk.written()
    assert (first["row_errors"], first["id_number_cipher"], first["account_tail"]) == ("2", "\\N", "\\N")
    assert second["row_errors"] == "1"
    assert parsed.rows_with_errors == 2


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"name": None}, "户主姓名", "required"),
        ({"name": " \u200b"}, "户主姓名", "required"),
        ({"id_number": ID[:-1]}, "户主身份证号", "id.length"),
        ({"id_number": "159999203001010019"}, "户主身份证号", "id.birth_date"),
        ({"account": "621"}, "银行账号", "account.length"),
        ({"phone": "1"}, "联系电话", "phone.format"),
        ({"quantity": 1.234}, "补贴面积", "number.places"),
        ({"quantity": "约三亩"}, "补贴面积", "number.format"),
        ({"amount": 1.005}, "补贴金额", "money.decimals"),
        ({"amount": True}, "补贴金额", "money.format"),
        ({"born": "2026.2.30"}, "出生日期", "date.format"),
        ({"born": "2026.1"}, "出生日期", "date.format"),
        ({"relation": "朋友"}, "与户主关系", "choice.unknown"),
        ({"months": 1.5}, "月数", "number.places"),
        ({"group": date(2026, 1, 2)}, "村(居)民小组", "cell.date"),
        ({"remark": "长" * 201}, "备注", "text.length"),
    ],
)
def test_each_fault_names_row_column_and_rule_and_the_row_is_still_written(
    desk: Desk, change: dict[str, Any], column: str, rule: str
) -> None:
    parsed = desk.rows(TITLES, good(), good(**change))
    assert [(error.row, error.column, error.rule) for error in parsed.errors] == [(3, column, rule)]
    assert [row["row_errors"] for row in desk.written()] == ["0", "1"]
    assert ID[:-1] not in parsed.errors[0].message


def test_habits_are_mended_and_reported_without_personal_data(desk: Desk) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in ID)
    parsed = desk.rows(
        TITLES,
        good(id_number=ID_X.lower(), group="第一组", amount="￥1,234.50", born="2026.1.1", relation="01-本人"),
        good(id_number=wide, name="阿依．古丽", quantity="12.5亩", phone=13800001234, account=f" {ACCOUNT}\u200b"),
    )
    assert parsed.total_errors == 0
    kinds = {(item.kind, item.column) for item in parsed.mended}
    assert {("letter", "户主身份证号"), ("width", "户主身份证号"), ("group", "村(居)民小组")} <= kinds
    assert {("money", "补贴金额"), ("date", "出生日期"), ("choice", "与户主关系"), ("number", "补贴面积")} <= kinds
    assert {("invisible", "银行账号"), ("width", "户主姓名")} <= kinds
    assert "“第一组”→“1组”" in next(item.example for item in parsed.mended if item.kind == "group")
    shown = " ".join(item.example for item in parsed.mended)
    assert ID not in shown
    assert "古丽" not in shown
    first, second = desk.written()
    assert (first["amount_fen"], first["born"], first["relation"]) == ("123450", "2026-01-01", "本人")
    assert (opened(second["id_number_cipher"]), second["name"], second["quantity"]) == (ID, "阿依·古丽", "12.5")


@pytest.mark.parametrize("typed", ["2026-01-02", "2026/1/2", "2026.1.2", "2026年1月2日", 20260102, date(2026, 1, 2)])
def test_dates_are_understood_as_people_write_them(desk: Desk, typed: Any) -> None:
    assert desk.rows(TITLES, good(born=typed)).total_errors == 0
    assert desk.written()[0]["born"] == "2026-01-02"


def test_computed_amounts_are_taken_with_the_digits_a_sheet_shows(desk: Desk) -> None:
    desk.rows(TITLES, good(amount=0.1 + 0.2))
    assert desk.written()[0]["amount_fen"] == "30"


def test_text_that_means_something_to_copy_stays_text(desk: Desk) -> None:
    desk.rows(TITLES, good(remark="a\\N\tb\nc\\."))
    assert desk.written()[0]["remark"] == "a\\\\N b c\\\\."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_csv_is_read_in_the_encodings_in_use(desk: Desk, encoding: str, separator: str) -> None:
    lines = [
        separator.join(["户主姓名", "户主身份证号", "补贴金额", "备注"]),
        separator.join(["甲一", ID, "12.50", '"两\n行"']),
        "",
        separator.join(["甲㐀", ID, "x", ""]),
    ]
    parsed = desk.csv("\r\n".join(lines).encode(encoding))
    assert (parsed.rows, parsed.errors[0].row) == (2, 4)
    assert [row["name"] for row in desk.written()] == ["甲一", "甲㐀"]


def test_errors_are_listed_up_to_a_limit_and_counted_beyond(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, *[good(amount="x") for _ in range(30)]])
    parsed = desk.read(source, limits=Limits(errors=10))
    assert (len(parsed.errors), parsed.total_errors, parsed.rows) == (10, 30, 30)


def test_more_rows_than_allowed_are_refused(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, *[good() for _ in range(12)]])
    assert desk.refused(source, limits=Limits(rows=10)).code == "sheet.rows"


def test_hidden_sheets_are_reported_and_never_read(desk: Desk) -> None:
    parsed = desk.read(workbook(desk.folder / "a.xlsx", [TITLES, good()], hidden="底稿"))
    assert parsed.hidden_sheets == ["底稿"]


def test_two_sheets_that_both_fit_are_not_silently_halved(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, good()])
    book = openpyxl.load_workbook(source)
    book.copy_worksheet(first_sheet(book))
    book.save(source)
    assert desk.refused(source).code == "sheet.several"


def test_a_hostile_corner_cell_never_reaches_the_parser(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, good()])
    repacked(source, {"xl/worksheets/sheet1.xml": sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')})
    assert desk.refused(source).code == "sheet.rows"


def test_a_parser_that_dies_becomes_a_sentence(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, good()])
    repacked(source, {"xl/worksheets/sheet1.xml": sheet_xml('<row><c r="&#88;FD1048576"><v>1</v></c></row>')})
    assert desk.refused(source).code in ("sheet.crashed", "sheet.memory", "sheet.damaged", "sheet.rows")


def test_what_the_scan_refuses_is_told_even_if_reading_ahead_of_it_died(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, good()])
    repacked(source, {"xl/worksheets/sheet1.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>' + sheet_xml("")})
    ask = parsing.ask

    def dying(module: str, order: dict[str, Any], limits: Limits) -> Any:
        if order["only_scan"]:
            return ask(module, order, limits)
        raise Invalid("", code="sheet.crashed")

    monkeypatch.setattr(parsing, "ask", dying)
    assert desk.refused(source).code == "sheet.dtd"
    assert desk.refused(workbook(desk.folder / "b.xlsx", [TITLES, good()])).code == "sheet.crashed"


def test_memory_and_time_that_run_out_become_sentences(desk: Desk) -> None:
    source = workbook(desk.folder / "a.xlsx", [TITLES, *[good() for _ in range(3000)]])
    starved = desk.refused(source, limits=Limits(memory_bytes=48 * 2**20))
    assert starved.code in ("sheet.memory", "sheet.crashed")
    assert desk.refused(source, limits=Limits(wall_seconds=0)).code == "sheet.timeout"


def test_the_child_gets_no_secret_by_argument_or_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, dict[str, str]]] = []
    run = subprocess.run

    def listen(command: list[str], **options: Any) -> Any:
        seen.append((command, options["env"]))
        return run(command, **options)

    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setattr(subprocess, "run", listen)
    desk.rows(TITLES, good())
    ((command, environment),) = seen
    told = " ".join([*command, *environment, *environment.values()])
    assert "digest_key" not in told
    assert "postgres://secret" not in told


def test_a_source_that_is_a_damaged_old_workbook_is_a_sentence(desk: Desk) -> None:
    source = desk.folder / "a.xls"
    source.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "Workbook".encode("utf-16-le") + os.urandom(900)
    )
    assert desk.refused(source).code in ("sheet.damaged", "sheet.crashed")


@pytest.mark.parametrize("wrong", [{"kind": "colour"}, {"key": "Größe"}, {"kind": "choice"}, {"choices": ("a",)}])
def test_columns_that_could_never_be_read_are_refused_to_the_programmer(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="column"):
        Column(**{"key": "a", "title": "甲", "kind": "text", **wrong})
