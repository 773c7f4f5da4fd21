"""Files whose three rows are taken in: what stands around the table, in its cells, and the formats it comes in."""

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus.books import computed, csv, xls, xlsx
from tests.corpus.cases import (
    AREA,
    GROUP,
    HEADER,
    ID,
    MONEY,
    NAME,
    REMARK,
    VILLAGE,
    People,
    case,
    each,
    whole,
    with_cell,
)


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
