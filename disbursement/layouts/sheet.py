"""A workbook with the control totals repeated on every row, for banks that work with Excel."""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from disbursement.layouts.shapes import (
    ID_CARD,
    WORD_OF_STATE,
    Layout,
    Mistakes,
    OrderHeader,
    OrderLine,
    ParsedLine,
    ParsedResult,
    RawLine,
    refuse,
    stamp,
)
from lib.errors import Invalid
from lib.money import to_yuan
from lib.sheets.model import CellError, Column, out_columns
from lib.sheets.parse import parse
from lib.sheets.write import Value, export
from rulebook.clock import SHANGHAI

_CONTROL = (
    Column("batch", "批次号", "text", required=True),
    Column("batch_count", "总笔数", "integer", required=True),
    Column("batch_total", "总金额(元)", "money", required=True),
)
_ORDER = (
    *_CONTROL,
    Column("payer", "委托单位", "text"),
    Column("project", "项目简称", "text"),
    Column("day", "日期", "text"),
    Column("number", "序号", "integer", required=True),
    Column("account", "账号", "text", required=True),
    Column("name", "户名", "text", required=True),
    Column("id_kind", "证件类型", "text"),
    Column("id_number", "证件号", "text", required=True),
    Column("amount", "金额(元)", "money", required=True),
    Column("summary", "摘要", "text"),
    Column("detail", "明细号", "integer", required=True),
)
_RESULT = (
    *_CONTROL,
    Column("number", "序号", "integer", required=True),
    Column("account", "账号", "text", required=True),
    Column("amount", "金额(元)", "money", required=True),
    Column("detail", "明细号", "integer", required=True),
    Column("state", "处理状态", "text", required=True),
    Column("code", "返回码", "text"),
    Column("message", "返回信息", "text"),
    Column("settled", "入账时间", "text"),
    Column("reference", "银行流水号", "text"),
)
# Bounds dates of birth, of which these sheets have none.
_ANY_DAY = date(2000, 1, 1)
_FIXED_TIME = (2000, 1, 1, 0, 0, 0)
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_ESCAPE = re.compile(r"\\(.)")


class Sheet(Layout):
    """An .xlsx layout, read in a process of its own because the answer comes from outside."""

    suffix = ".xlsx"

    def write_order(self, header: OrderHeader, lines: Iterable[OrderLine]) -> bytes:
        return _workbook(_ORDER, self._order_rows(header, lines))

    def _order_rows(self, header: OrderHeader, lines: Iterable[OrderLine]) -> Iterator[list[Value]]:
        total = to_yuan(header.total_fen)
        for line in lines:
            self.check_text(line.number, line.name, line.summary)
            yield [
                header.batch, header.count, total, header.payer, header.project, f"{header.day:%Y%m%d}", line.number,
                line.account, line.name, ID_CARD, line.id_number, to_yuan(line.amount_fen), line.summary, line.detail,
            ]  # fmt: skip

    def read_order(self, content: bytes) -> tuple[OrderHeader, list[OrderLine]]:
        rows, errors = _rows(content, _ORDER)
        if errors or not rows:
            raise Invalid("代发文件不完整。", code="order.incomplete")
        first = rows[0]
        lines = [
            OrderLine(
                int(row["number"]), row["account"], row["name"], row["id_number"], int(row["amount_fen"]),
                row["summary"], int(row["detail"]),
            )
            for row in rows
        ]  # fmt: skip
        count, total = int(first["batch_count"]), int(first["batch_total_fen"])
        if len(lines) != count or sum(line.amount_fen for line in lines) != total:
            raise Invalid("代发文件的笔数或金额与控制栏不符。", code="order.totals")
        day = datetime.strptime(first["day"], "%Y%m%d").replace(tzinfo=SHANGHAI).date()
        return OrderHeader(first["batch"], first["payer"], first["project"], count, total, day), lines

    def write_result(self, batch: str, lines: list[ParsedLine], *, day: date) -> bytes:
        total = to_yuan(sum(line.amount_fen for line in lines))
        rows: Iterator[list[Value]] = (
            [
                batch, len(lines), total, line.number, line.account, to_yuan(line.amount_fen), line.detail,
                WORD_OF_STATE[line.state], line.code, line.message, stamp(line.settled_at), line.reference,
            ]
            for line in lines
        )  # fmt: skip
        return _workbook(_RESULT, rows)

    def parse_result(self, content: bytes) -> ParsedResult:
        try:
            rows, errors = _rows(content, _RESULT)
        except Invalid as fault:
            refuse(fault.message.rstrip("。"), "result.unreadable")
        mistakes, lines = Mistakes(), []
        for error in errors:
            mistakes.add(f"“{error.column}”{error.message}", error.row)
        wrong = {error.row for error in errors}
        for row in rows:
            if int(row["excel_row"]) not in wrong:
                parsed = self.outcome(_raw(row), mistakes)
                if parsed is not None:
                    lines.append(parsed)
        mistakes.refuse()
        _check_totals(rows, lines)
        return ParsedResult(rows[0]["batch"], lines)


def _raw(row: dict[str, str]) -> RawLine:
    fen = row["amount_fen"]
    yuan = f"{Decimal(fen).scaleb(-2):.2f}" if fen else ""
    return RawLine(
        int(row["excel_row"]), row["number"], row["account"], yuan, row["detail"], row["state"], row["code"],
        row["message"], row["settled"], row["reference"],
    )  # fmt: skip


def _check_totals(rows: list[dict[str, str]], lines: list[ParsedLine]) -> None:
    if not rows:
        refuse("文件中没有明细", "result.empty")
    controls = {(row["batch"], row["batch_count"], row["batch_total_fen"]) for row in rows}
    if len(controls) > 1:
        refuse("各行的批次号、总笔数、总金额应当相同", "result.header")
    _, count, total = controls.pop()
    found = sum(line.amount_fen for line in lines)
    if int(count) != len(lines) or int(total) != found:
        refuse(
            f"总笔数写{count}，实有{len(lines)}；总金额写{Decimal(total).scaleb(-2):.2f}，"
            f"明细合计{Decimal(found).scaleb(-2):.2f}",
            "result.totals",
        )


def _workbook(columns: tuple[Column, ...], rows: Iterable[list[Value]]) -> bytes:
    """An .xlsx whose bytes depend on its content only: no moment of writing stays in it."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "out.xlsx"
        export(path, [column.title for column in columns], rows, sheet_name="代发")
        source = path.read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = _MADE.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", old.read(entry))
            new.writestr(zipfile.ZipInfo(entry.filename, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _rows(content: bytes, columns: tuple[Column, ...]) -> tuple[list[dict[str, str]], list[CellError]]:
    """The rows of a workbook as text by column, absent cells empty, and the cells that could not be read."""
    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place) / "in.xlsx", Path(place) / "out.copy"
        source.write_bytes(content)
        parsed = parse(source, columns, out, today=_ANY_DAY)
        names = [name for name, _ in out_columns(columns)]
        rows: list[dict[str, Any]] = [
            dict(zip(names, map(_plain, line.split("\t")), strict=True))
            for line in out.read_text(encoding="utf-8").split("\n")
            if line
        ]
    if parsed.total_errors > len(parsed.errors):
        raise Invalid(f"文件中有{parsed.total_errors}处不能读取", code="sheet.errors")
    return rows, parsed.errors


def _plain(field: str) -> str:
    """A field of PostgreSQL's COPY text format as text."""
    if field == r"\N":
        return ""
    return _ESCAPE.sub(lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), field)
