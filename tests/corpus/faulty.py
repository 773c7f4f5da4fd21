"""Files with rows in error, and files of which nothing can be read: broken, locked, hostile, or no table at all."""

import io
import os
import warnings
import zipfile

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus.books import SHEET, csv, locked, part, repacked, xls, xlsx, zipped
from tests.corpus.cases import (
    AREA,
    HEADER,
    ID,
    MONEY,
    NAME,
    REMARK,
    VILLAGE,
    People,
    Refused,
    case,
    faulty,
    whole,
    with_cell,
)


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
