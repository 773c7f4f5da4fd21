"""Cells converted many at once come out as each would by itself, and what was mended is counted as often."""

from datetime import date, datetime, time
from typing import Any

import pytest

from lib.identifiers import IdReader, make_id_number
from lib.sheets import cells
from lib.sheets.bulk import Bulk
from lib.sheets.mending import Mends
from lib.sheets.model import Column
from lib.vault import Vault
from tests.lib.sheetmaker import ACCOUNT, CRYPTO, ID, ID_X, TODAY

CELLS: list[Any] = [
    "甲一", " 甲一", "甲 一", "阿依．古丽", "Ａ１", "1组", "一组", "第1组",
    ID, ID_X, ID_X.lower(), ID[:17], ID[:17] + "0", "X" * 18,
    "９" * 18, ID.replace("1980", "2980"), ID.replace("19800101", "19801301"), "8" + ID[1:], ACCOUNT, "13800001234",
    1, 1.0, True, False, 0.0, 12.5, 12.345, 0.00001, 1e13, 1e12, 999999999999.99, 1475.4, 0.1 + 0.2, 1e300,
    float("nan"), float("inf"), "12.50", "1,234.5", "¥1,234.50", "12亩", "007", "=1+1", "'=1", "#N/A", "#",
    "a  b", "a ",     "a\\b", "a\tb", "a\nb", "\u200b甲", "\u200b", "　", "", None, date(2026, 1, 2),
    datetime.fromisoformat("2026-01-02T03:04"), time(3, 4),
    "2026.1.2", "本人", "01-本人", "长" * 30, "é", "e\u0301", "²", "①", "٣", "·", "甲·乙",
]  # fmt: skip
COLUMNS = [
    Column("a", "文字", "text", max_length=20), Column("b", "姓名", "name", max_length=20), Column("c", "组", "group"),
    Column("d", "证号", "id"), Column("e", "证号", "id", cipher=False), Column("f", "账号", "account"),
    Column("g", "电话", "phone", cipher=False), Column("h", "数量", "decimal", places=2),
    Column("i", "整数", "integer"),
    Column("j", "金额", "money"), Column("k", "日期", "date"),
    Column("l", "关系", "choice", choices=("本人", "01-妻子")),
]  # fmt: skip


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault(CRYPTO)


def one(column: Column, vault: Vault, raw: Any) -> str:
    """What the converter says of a cell: its fields, or the rule that it breaks."""
    blank = raw is None or (isinstance(raw, str) and not raw.strip(" \t\r\n\u3000\u200b\ufeff\xa0"))
    if blank:
        return "\t".join("\\N" for _ in column.outputs())
    try:
        fields = cells.run(cells.make(column, TODAY, vault, Mends()), raw)
    except cells.CellFault as fault:
        return fault.rule
    return "\t".join(fields[1:] if column.cipher and column.kind in ("id", "account", "phone") else fields)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.kind}-{column.cipher}")
def test_many_cells_come_out_as_each_by_itself(column: Column, vault: Vault) -> None:
    raws = CELLS * 2
    fields, faults = Bulk(column, TODAY, vault, Mends()).fields(range(len(raws)), raws)
    told = {place: fault.fault.rule for place, fault in faults}
    secret = column.cipher and column.kind in ("id", "account", "phone")
    for place, raw in enumerate(raws):
        text = fields[place]
        if secret and not text.startswith("\\N"):
            text = text.split("\t", 1)[1]
        assert told.get(place, text) == one(column, vault, raw), repr(raw)


def test_what_is_mended_is_counted_for_every_cell(vault: Vault) -> None:
    mends = Mends()
    bulk = Bulk(Column("c", "组", "group"), TODAY, vault, mends)
    for start in (2, 5):
        bulk.fields(range(start, start + 3), ["一组", "1组", "一组"])
    assert [(found.count, found.example) for found in mends.report()] == [(4, "第 2 行 “一组”→“1组”")]


def test_two_rows_of_one_number_never_hold_the_same_bytes(vault: Vault) -> None:
    fields, _ = Bulk(Column("d", "证号", "id"), TODAY, vault, Mends()).fields([1, 2], [ID, ID])
    first, second = (one.split("\t")[0] for one in fields)
    assert first != second


def test_known_parts_of_numbers_do_not_hide_a_fault() -> None:
    reader = IdReader(TODAY)
    numbers = [make_id_number("159999", date(1950, 1, 1), n) for n in range(300)]
    assert all(reader.read(number) == ("1950-01-01", "男" if n % 2 else "女") for n, number in enumerate(numbers))
    assert reader.read(numbers[0][:17] + ("1" if numbers[0][17] != "1" else "2")) is None
    assert reader.read(numbers[0][:6] + "19500230" + numbers[0][14:]) is None
    assert reader.read("990000" + numbers[0][6:]) is None
