"""Files for the tests of spreadsheets: workbooks by hand, zips part by part, crypto settings that are not real."""

import base64
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from lib import crypto
from lib.identifiers import luhn_check_digit, make_id_number
from lib.sheets.parse import Column

TODAY = date(2026, 11, 22)
CRYPTO = {
    "cipher": "aes-256-gcm",
    "digest": "hmac-sha256",
    "active_key": "k1",
    "keys": {"k1": base64.b64encode(bytes(range(32))).decode()},
    "digest_key": base64.b64encode(bytes(range(32, 64))).decode(),
}
ID = make_id_number("159999", date(1980, 1, 1), 1)
ID_X = next(
    number for number in (make_id_number("159999", date(1981, 2, 3), n) for n in range(1000)) if number.endswith("X")
)
ACCOUNT = "621000000000000000" + luhn_check_digit("621000000000000000")
COLUMNS = (
    Column("group", "村(居)民小组", "group"),
    Column("name", "户主姓名", "name", required=True, synonyms=("姓名",)),
    Column("id_number", "户主身份证号", "id", required=True, synonyms=("身份证号", "身份证号码")),
    Column("account", "银行账号", "account"),
    Column("phone", "联系电话", "phone"),
    Column("quantity", "补贴面积", "decimal", places=2),
    Column("amount", "补贴金额", "money", required=True),
    Column("born", "出生日期", "date"),
    Column("relation", "与户主关系", "choice", choices=("本人", "妻子")),
    Column("months", "月数", "integer"),
    Column("remark", "备注", "text"),
)
TITLES = [column.title for column in COLUMNS]
GOOD = ["1组", "甲一", ID, ACCOUNT, "13800001234", 12.5, 1279.38, date(2026, 1, 2), "本人", 12, "无"]


@contextmanager
def crypto_settings(**changes: Any) -> Iterator[None]:
    """Use the settings of these tests, with changes, and forget them after."""
    crypto.configure({**CRYPTO, **changes})
    try:
        yield
    finally:
        crypto.configure(None)


def first_sheet(book: Workbook) -> Worksheet:
    """Return the sheet that opens first."""
    assert isinstance(book.active, Worksheet)
    return book.active


def workbook(path: Path, rows: Sequence[Sequence[Any]], hidden: str = "") -> Path:
    """Write rows into the first sheet of a workbook."""
    book = Workbook()
    for row in rows:
        first_sheet(book).append(list(row))
    if hidden:
        book.create_sheet(hidden).sheet_state = "hidden"
    book.save(path)
    return path


def good(**changes: Any) -> list[Any]:
    """Return a row without faults, with changes by key."""
    row = list(GOOD)
    for key, value in changes.items():
        row[[column.key for column in COLUMNS].index(key)] = value
    return row


def repacked(path: Path, changes: dict[str, bytes]) -> Path:
    """Replace or add parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, **changes}.items():
            archive.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


def sheet_xml(cells: str) -> bytes:
    """Return a worksheet part with these rows."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()
