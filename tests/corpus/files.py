"""The corpus: awkward files of a roster of three people, and what becomes of each.

A case makes its file from the three rows of the roster; it expects the right rows (`Taken`, with what the reader says
it mended), or rows in error beside good ones (`Faulty`), or a sentence that a clerk understands (`Refused`).
"""

import io
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus.books import SHEET, computed, csv, locked, part, repacked, xls, xlsx, zipped

HEADER = ["序号", "村(居)委会", "村(居)民小组", "享受人姓名", "享受人身份证号", "补贴面积(亩)", "补贴金额(元)", "备注"]
VILLAGE, GROUP, NAME, ID, AREA, MONEY, REMARK = range(1, 8)
People = list[list[Any]]


@dataclass(frozen=True)
class Taken:
    """All three rows are good."""

    rows: int = 3


@dataclass(frozen=True)
class Faulty:
    """Row (as Excel counts) and rule of what is wrong; the other rows are good."""

    faults: frozenset[tuple[int, str]]
    good: int


@dataclass(frozen=True)
class Refused:
    """The whole file, with a sentence that says this."""

    words: str


@dataclass(frozen=True)
class Case:
    name: str
    file: str
    made: Callable[[People], bytes]
    ends: Taken | Faulty | Refused
    names: Mapping[int, str] = field(default_factory=dict)
    """Names that the people of the case have in the register, by their place."""


CASES: list[Case] = []


def case(
    file: str, ends: Taken | Faulty | Refused | None = None, **names: str
) -> Callable[[Callable[[People], bytes]], Callable[[People], bytes]]:
    """Registers what makes one file; its name is the function's."""

    def register(made: Callable[[People], bytes]) -> Callable[[People], bytes]:
        by_place = {int(key.removeprefix("name")): value for key, value in names.items()}
        CASES.append(Case(made.__name__, file, made, ends or Taken(), by_place))
        return made

    return register


def faulty(good: int, *faults: tuple[int, str]) -> Faulty:
    return Faulty(frozenset(faults), good)


def whole(rows: People) -> list[list[Any]]:
    return [HEADER, *rows]


def with_cell(rows: People, at: int, column: int, value: Any) -> list[list[Any]]:
    changed = [list(row) for row in rows]
    changed[at][column] = value
    return whole(changed)


def each(rows: People, column: int, change: Callable[[Any], Any]) -> list[list[Any]]:
    return whole([[change(value) if at == column else value for at, value in enumerate(row)] for row in rows])


# --- Around the table -------------------------------------------------------------------------------------------------
@case("plain.xlsx")
def plain(rows: People) -> bytes:
    return xlsx(whole(rows))


@case("title.xlsx")
def title_rows_above(rows: People) -> bytes:
    return xlsx(
        [
            ["某某镇2026年耕地地力保护补贴发放清册"],
            ["编制单位：某某镇人民政府", None, None, "单位：亩、元"],
            *whole(rows),
        ]
    )


@case("merged-title.xlsx")
def merged_title(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        page.insert_rows(1, 2)
        page["A1"] = "2026年耕地地力保护补贴发放清册"
        page.merge_cells("A1:H2")

    return xlsx(whole(rows), touch)


@case("merged-header.xlsx")
def header_of_two_merged_rows(rows: People) -> bytes:
    top = ["序号", "村(居)委会", "村(居)民小组", "享受人", None, "补贴", None, "备注"]
    below = [None, None, None, "姓名", "身份证号", "面积(亩)", "金额(元)", None]

    def touch(book: Workbook, page: Worksheet) -> None:
        for place in ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1", "H1:H2"):
            page.merge_cells(place)

    return xlsx([top, below, *rows], touch)


@case("stars.xlsx")
def header_with_stars_breaks_and_wide_brackets(rows: People) -> bytes:
    header = [
        "序号",
        "*村(居)委会",
        "村（居）民\n小组",
        " * 享受人姓名",
        "享受人\n身份证号*",
        "补贴面积（亩）",
        "补贴 金额（元）",
        "备注",
    ]
    return xlsx([header, *rows])


@case("synonyms.xlsx")
def header_in_other_words(rows: People) -> bytes:
    return xlsx([["序号", "行政村", "组别", "姓名", "身份证号码", "种植面积", "发放金额", "说明"], *rows])


@case("order.xlsx")
def columns_in_another_order(rows: People) -> bytes:
    return xlsx([list(reversed(row)) for row in whole(rows)])


@case("more-columns.xlsx")
def columns_that_nobody_asked_for(rows: People) -> bytes:
    return xlsx(
        [[*row, "是否党员" if at == 0 else "否", "电话" if at == 0 else ""] for at, row in enumerate(whole(rows))]
    )


@case("wide.xlsx")
def two_hundred_unknown_columns(rows: People) -> bytes:
    extra = [f"附加{number}" for number in range(200)]
    return xlsx([[*row, *(extra if at == 0 else [""] * 200)] for at, row in enumerate(whole(rows))])


@case("blank-rows.xlsx")
def blank_rows_between(rows: People) -> bytes:
    return xlsx([HEADER, [], rows[0], [None] * 8, rows[1], [""] * 8, rows[2]])


@case("blank-tail.xlsx")
def a_long_formatted_blank_tail(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        for at in range(5, 2000):
            page.cell(at, 1).fill = PatternFill("solid", fgColor="FFFF99")

    return xlsx(whole(rows), touch)


@case("totals.xlsx")
def subtotals_and_a_total(rows: People) -> bytes:
    def sums(word: str) -> list[Any]:
        return [word, None, None, None, None, 31.5, 3098.34, None]

    return xlsx([HEADER, rows[0], sums("小计"), rows[1], rows[2], sums("小  计"), sums("合计"), sums("总计（大写）")])


@case("total-under-name.xlsx")
def a_total_in_the_column_of_names(rows: People) -> bytes:
    return xlsx([*whole(rows), [None, None, None, "合计", None, 31.5, 3098.34, None]])


@case("pages.xlsx")
def the_header_again_on_every_page(rows: People) -> bytes:
    return xlsx([HEADER, rows[0], HEADER, rows[1], HEADER, rows[2]])


@case("signatures.xlsx")
def signatures_below_the_table(rows: People) -> bytes:
    signed = [["制表人：某某", None, "审核人：某某", None, "负责人：某某", None, "2026年5月6日", None]]
    return xlsx([*whole(rows), [], *signed])


@case("second-sheet.xlsx")
def the_table_in_the_second_sheet_below_instructions_in_the_first(rows: People) -> bytes:
    book = Workbook()
    about = book.active
    assert isinstance(about, Worksheet)
    about.title = "填表说明"
    about.append(["一、本表由乡镇填写。"])
    about.append(["二、身份证号请设为文本格式。"])
    page = book.create_sheet("清册")
    for row in whole(rows):
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@case("empty-sheets.xlsx")
def empty_second_and_third_sheets(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        book.create_sheet("Sheet2")
        book.create_sheet("Sheet3")

    return xlsx(whole(rows), touch)


@case("hidden-sheet.xlsx")
def another_years_roster_in_a_hidden_sheet(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        old = book.create_sheet("2025年")
        for row in with_cell(rows, 0, NAME, "去年的人"):
            old.append(row)
        old.sheet_state = "hidden"

    return xlsx(whole(rows), touch)


@case("hidden-rows.xlsx")
def a_filter_with_hidden_rows(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        page.auto_filter.ref = "A1:H4"
        page.row_dimensions[3].hidden = True

    return xlsx(whole(rows), touch)


@case("hidden-columns.xlsx")
def hidden_columns_frozen_panes_and_comments(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        page.column_dimensions["E"].hidden = True
        page.freeze_panes = "A2"
        page["D2"].comment = Comment("已电话核实", "某某")
        page["F2"].font = Font(bold=True, color="FF0000")

    return xlsx(whole(rows), touch)


@case("formulas.xlsx")
def numbers_that_formulas_computed(rows: People) -> bytes:
    return computed(whole(rows))


@case("清册（最终版）(2) - 副本.xlsx")
def a_file_name_as_people_have_them(rows: People) -> bytes:
    return xlsx(whole(rows))


@case("../../etc/" + "长" * 120 + ".xlsx")
def a_file_name_that_is_a_path_and_too_long(rows: People) -> bytes:
    return xlsx(whole(rows))


# --- In the cells -----------------------------------------------------------------------------------------------------
@case("wide-digits.xlsx")
def full_width_digits(rows: People) -> bytes:
    wide = str.maketrans("0123456789X.", "０１２３４５６７８９Ｘ．")
    changed = [
        [str(value).translate(wide) if at in (ID, AREA, MONEY) else value for at, value in enumerate(row)]
        for row in rows
    ]
    return xlsx(whole(changed))


@case("spaces.xlsx")
def spaces_in_numbers_and_names(rows: People) -> bytes:
    changed = each(rows, ID, lambda value: f" {value[:6]} {value[6:14]} {value[14:]} ")
    return xlsx([changed[0], *([*row[:NAME], f"{row[NAME][0]}　{row[NAME][1:]}", *row[ID:]] for row in changed[1:])])


@case("invisible.xlsx")
def invisible_characters(rows: People) -> bytes:
    changed = each(rows, ID, lambda value: f"\u200b{value}\ufeff")
    return xlsx([changed[0], *([*row[:NAME], f"\u200e{row[NAME]}\u00a0", *row[ID:]] for row in changed[1:])])


@case("apostrophe.xlsx")
def an_apostrophe_before_the_number(rows: People) -> bytes:
    return xlsx(each(rows, ID, lambda value: f"'{value}"))


@case("lower-x.xlsx")
def a_lower_case_x(rows: People) -> bytes:
    return xlsx(each(rows, ID, str.lower))


@case("money.xlsx")
def money_with_signs_and_commas(rows: People) -> bytes:
    written = ["¥1,032.78", "￥1,032.78", "1，032.78元"]
    return xlsx(whole([[*row[:MONEY], written[at], row[REMARK]] for at, row in enumerate(rows)]))


@case("noise.xlsx")
def the_noise_of_binary_fractions(rows: People) -> bytes:
    return xlsx(each(rows, AREA, lambda value: 10.5 + 2e-14))


@case("text-numbers.xlsx")
def numbers_as_text(rows: People) -> bytes:
    return xlsx(each(each(rows, AREA, str)[1:], MONEY, str))


@case("trailing-zeros.xlsx")
def amounts_left_empty(rows: People) -> bytes:
    return xlsx(each(rows, MONEY, lambda value: None))


@case("dots.xlsx", name0="古丽·甲一", name1="买买提·甲二", name2="阿依·甲三")
def names_with_every_kind_of_dot(rows: People) -> bytes:
    dots = ["•", "．", "・"]
    return xlsx(whole([[*row[:NAME], row[NAME].replace("·", dots[at]), *row[ID:]] for at, row in enumerate(rows)]))


@case("rare.xlsx", name0="甲𠮷", name1="甲㐂", name2="甲镕")
def names_with_rare_characters(rows: People) -> bytes:
    return xlsx(whole(rows))


@case("groups.xlsx")
def groups_as_people_write_them(rows: People) -> bytes:
    return xlsx(whole([[*row[:GROUP], ("一组", "第1组", "1")[at], *row[NAME:]] for at, row in enumerate(rows)]))


@case("villages.xlsx")
def villages_as_people_write_them(rows: People) -> bytes:
    name = rows[0][VILLAGE]
    written = [name.removesuffix("居委会"), f"  {name}\n", f"152223100001-{name}"]
    return xlsx(whole([[row[0], written[at], *row[GROUP:]] for at, row in enumerate(rows)]))


@case("formula-text.xlsx")
def remarks_that_look_like_formulas(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        for at, text in enumerate(("=cmd|'/c calc'!A1", "@SUM(A1)", "+86"), start=2):
            page.cell(at, REMARK + 1).value = text
            page.cell(at, REMARK + 1).data_type = "s"

    return xlsx(whole(rows), touch)


# --- Other formats ----------------------------------------------------------------------------------------------------
@case("a.csv")
def csv_in_utf8(rows: People) -> bytes:
    return csv(whole(rows))


@case("b.csv")
def csv_with_a_byte_order_mark(rows: People) -> bytes:
    return csv(whole(rows), "utf-8-sig")


@case("c.csv")
def csv_in_gb18030(rows: People) -> bytes:
    return csv(whole(rows), "gb18030")


@case("d.csv", name0="甲𠮷", name1="甲㐂", name2="甲镕")
def csv_in_gb18030_with_rare_characters(rows: People) -> bytes:
    return csv(whole(rows), "gb18030")


@case("e.csv")
def csv_with_semicolons(rows: People) -> bytes:
    return csv(whole(rows), separator=";")


@case("f.csv")
def csv_with_tabs_and_unix_line_ends(rows: People) -> bytes:
    return csv(whole(rows), separator="\t", end="\n")


@case("g.csv")
def csv_with_quotes_and_a_break_in_a_remark(rows: People) -> bytes:
    return csv(each(rows, REMARK, lambda value: '"补报,\n已核"'))


@case("h.xls")
def an_old_workbook(rows: People) -> bytes:
    return xls(whole(rows))


@case("i.xlsx")
def an_old_workbook_with_the_new_ending(rows: People) -> bytes:
    return xls(whole(rows))


@case("j.xls")
def a_new_workbook_with_the_old_ending(rows: People) -> bytes:
    return xlsx(whole(rows))


@case("k.xlsx")
def a_text_with_the_ending_of_a_workbook(rows: People) -> bytes:
    return csv(whole(rows))


@case("l.csv")
def a_workbook_with_the_ending_of_a_text(rows: People) -> bytes:
    return xlsx(whole(rows))


# --- Rows in error ----------------------------------------------------------------------------------------------------
@case("id-number.xlsx", faulty(2, (3, "cell.number")))
def an_id_number_typed_as_a_number(rows: People) -> bytes:
    return xlsx(with_cell(rows, 1, ID, float(rows[1][ID].replace("X", "0"))))


@case("id-scientific.csv", faulty(2, (3, "cell.number")))
def an_id_number_that_excel_has_rounded(rows: People) -> bytes:
    return csv(with_cell(rows, 1, ID, "1.59999E+17"))


@case("id-15.xlsx", faulty(2, (2, "id.length")))
def an_id_number_of_fifteen_digits(rows: People) -> bytes:
    return xlsx(with_cell(rows, 0, ID, "159999700501001"))


@case("id-check.xlsx", faulty(2, (4, "id.check_digit")))
def an_id_number_with_a_wrong_check_digit(rows: People) -> bytes:
    last = rows[2][ID][-1]
    return xlsx(with_cell(rows, 2, ID, rows[2][ID][:-1] + ("1" if last != "1" else "2")))


@case("name.xlsx", faulty(2, (3, "person.name")))
def another_name_than_the_register_has(rows: People) -> bytes:
    return xlsx(with_cell(rows, 1, NAME, "甲九"))


@case("unknown.xlsx", faulty(2, (2, "person.unknown")))
def a_person_whom_the_register_does_not_have(rows: People) -> bytes:
    return xlsx(with_cell(rows, 0, ID, "159999198001010015"))


@case("double.xlsx", faulty(3, (5, "row.double")))
def a_person_twice(rows: People) -> bytes:
    return xlsx([*whole(rows), rows[0]])


@case("village.xlsx", faulty(2, (2, "person.village")))
def a_village_that_does_not_exist(rows: People) -> bytes:
    return xlsx(with_cell(rows, 0, VILLAGE, "没有的村"))


@case("amount.xlsx", faulty(2, (4, "amount.differs")))
def an_amount_that_does_not_fit(rows: People) -> bytes:
    return xlsx(with_cell(rows, 2, MONEY, 1))


@case("negative.xlsx", faulty(2, (3, "quantity.zero"), (3, "amount.differs")))
def a_negative_area(rows: People) -> bytes:
    return xlsx(with_cell(rows, 1, AREA, -10.5))


@case("words.xlsx", faulty(2, (3, "number.format")))
def an_area_in_words(rows: People) -> bytes:
    return xlsx(with_cell(rows, 1, AREA, "一亩多"))


@case("unit.xlsx", faulty(2, (3, "number.format")))
def an_area_with_its_unit(rows: People) -> bytes:
    return xlsx(with_cell(rows, 1, AREA, "十亩半"))


@case("errors.xlsx", faulty(1, (2, "formula.nothing"), (4, "formula.nothing")))
def cells_with_excels_own_errors(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        for at, error in ((2, "#N/A"), (4, "#REF!")):
            page.cell(at, AREA + 1).value = error
            page.cell(at, AREA + 1).data_type = "e"

    return xlsx(whole(rows), touch)


@case("empty-cells.xlsx", faulty(1, (2, "required"), (4, "formula.nothing")))
def cells_that_must_not_be_empty(rows: People) -> bytes:
    changed = with_cell(rows, 0, NAME, None)
    changed[3][AREA] = "  "
    return xlsx(changed)


# --- Nothing of it can be read ----------------------------------------------------------------------------------------
@case("empty.xlsx", Refused("空文件"))
def an_empty_file(rows: People) -> bytes:
    return b""


@case("roster.txt", Refused("请上传 Excel（xlsx、xls）或 csv 文件"))
def an_ending_that_nobody_reads(rows: People) -> bytes:
    return csv(whole(rows))


@case("header.xlsx", Refused("表头下面没有数据行"))
def a_header_and_nothing_below(rows: People) -> bytes:
    return xlsx([HEADER])


@case("no-header.xlsx", Refused("表头"))
def rows_without_a_header(rows: People) -> bytes:
    return xlsx(rows)


@case("missing.xlsx", Refused("享受人身份证号"))
def a_column_that_is_missing(rows: People) -> bytes:
    return xlsx([[value for at, value in enumerate(row) if at != ID] for row in whole(rows)])


@case("twice.xlsx", Refused("出现了两次"))
def a_column_that_stands_twice(rows: People) -> bytes:
    return xlsx([[*row, "姓名" if at == 0 else "某人"] for at, row in enumerate(whole(rows))])


@case("two-sheets.xlsx", Refused("有多个工作表"))
def two_sheets_that_both_fit(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        other = book.create_sheet("下半年")
        for row in whole(rows):
            other.append(row)

    return xlsx(whole(rows), touch)


@case("all-hidden.xlsx", Refused("没有隐藏"))
def a_workbook_whose_table_is_hidden(rows: People) -> bytes:
    def touch(book: Workbook, page: Worksheet) -> None:
        book.create_sheet("空")
        page.sheet_state = "hidden"
        book.active = 1

    return xlsx(whole(rows), touch)


@case("password.xlsx", Refused("密码"))
def a_workbook_with_a_password(rows: People) -> bytes:
    return locked(xlsx(whole(rows)), "123456")


@case("truncated.xlsx", Refused("损坏"))
def a_workbook_cut_off_half_way(rows: People) -> bytes:
    data = xlsx(whole(rows))
    return data[: len(data) // 2]


@case("truncated.xls", Refused("请上传 .xlsx"))
def an_old_workbook_cut_off_half_way(rows: People) -> bytes:
    data = xls(whole(rows))
    return data[: len(data) // 2]


@case("damaged.xlsx", Refused("损坏"))
def a_workbook_with_changed_bytes(rows: People) -> bytes:
    data = bytearray(xlsx(whole(rows)))
    data[60:90] = b"\x00" * 30
    return bytes(data)


@case("bomb.xlsx", Refused("解开后异常庞大"))
def a_zip_bomb(rows: People) -> bytes:
    return repacked(xlsx(whole(rows)), {SHEET: b"<worksheet>" + b" " * (200 * 2**20)})


@case("corner.xlsx", Refused("行"))
def one_cell_in_the_last_corner(rows: People) -> bytes:
    data = xlsx(whole(rows))
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return repacked(data, {SHEET: part(data, SHEET).replace(b"</sheetData>", far)})


@case("xxe.xlsx", Refused("不安全的声明"))
def an_external_entity(rows: People) -> bytes:
    data = xlsx(whole(rows))
    bad = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    return repacked(data, {SHEET: bad + part(data, SHEET).partition(b"?>")[2]})


@case("macro.xlsx", Refused("宏"))
def a_workbook_with_a_macro(rows: People) -> bytes:
    return repacked(xlsx(whole(rows)), {"xl/vbaProject.bin": b"\x00" * 100})


@case("links.xlsx", Refused("指向其他文件"))
def a_workbook_that_reaches_out(rows: People) -> bytes:
    return repacked(xlsx(whole(rows)), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


@case("object.xlsx", Refused("嵌入"))
def a_workbook_with_an_embedded_object(rows: People) -> bytes:
    return repacked(xlsx(whole(rows)), {"xl/embeddings/oleObject1.bin": b"MZ"})


@case("scan.xlsx", Refused("PDF 或图片"))
def a_pdf_with_the_ending_of_a_workbook(rows: People) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n"


@case("photo.xls", Refused("PDF 或图片"))
def a_picture_with_the_ending_of_a_workbook(rows: People) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


@case("export.xls", Refused("网页或 XML"))
def a_web_page_that_calls_itself_a_workbook(rows: People) -> bytes:
    return "<html><table><tr><td>姓名</td></tr></table></html>".encode()


@case("word.xlsx", Refused("Word"))
def a_word_document_with_the_ending_of_a_workbook(rows: People) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})


@case("binary.xlsx", Refused("xlsb"))
def a_binary_workbook(rows: People) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"\x00"})


@case("packed.xlsx", Refused("压缩包"))
def a_zip_that_holds_the_workbook(rows: People) -> bytes:
    return zipped({"清册.xlsx": xlsx(whole(rows))})


@case("noise.csv", Refused(""))
def chance_bytes(rows: People) -> bytes:
    return bytes(range(256)) * 40


@case("nul.csv", Refused(""))
def a_text_with_nul_bytes(rows: People) -> bytes:
    return csv(whole(rows)).replace(b",", b"\x00,")


@case("quote.csv", Refused("引号"))
def a_text_with_one_quote_too_many(rows: People) -> bytes:
    return csv(with_cell(rows, 1, REMARK, '"没有写完' + "补" * 200_000))


@case("utf16.csv", Refused("CSV UTF-8"))
def a_text_in_utf16(rows: People) -> bytes:
    return csv(whole(rows), "utf-16", "\t")


@case("full.xls", Refused("65536"))
def an_old_workbook_filled_to_its_last_row(rows: People) -> bytes:
    return xls([HEADER, *rows, *([[number] for number in range(65536 - 4)])])


@case("parts.xlsx", Refused("内部结构异常"))
def a_zip_with_parts_of_one_name(rows: People) -> bytes:
    data = xlsx(whole(rows))
    out = io.BytesIO(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(SHEET, b"<worksheet/>")
    return out.getvalue()


@case("garbage.xlsx", Refused(""))
def noise_that_begins_like_a_zip(rows: People) -> bytes:
    return b"PK\x03\x04" + os.urandom(5000)
