"""Delimited text with a control line first, lines ended by CRLF, as most agent banks take and give it.

To the bank:
    批次号|委托单位|项目简称|总笔数|总金额|日期
    序号|账号|户名|证件类型|证件号|金额(元)|摘要|明细号
From the bank:
    批次号|总笔数|总金额|成功笔数|成功金额|失败笔数|失败金额|日期
    序号|账号|金额(元)|明细号|处理状态|返回码|返回信息|入账时间|银行流水号
"""

from collections.abc import Iterable
from datetime import date, datetime

from disbursement.layouts.shapes import (
    FAILED,
    ID_CARD,
    PAID,
    WORD_OF_STATE,
    Layout,
    Mistakes,
    OrderHeader,
    OrderLine,
    ParsedLine,
    ParsedResult,
    RawLine,
    amount,
    figure,
    refuse,
    stamp,
    whole,
)
from disbursement.reasons import CodeTable
from lib.errors import Invalid
from rulebook.clock import SHANGHAI

END = "\r\n"
ORDER_FIELDS = 8
RESULT_FIELDS = 9
RESULT_HEADER_FIELDS = 8


class Delimited(Layout):
    """A text layout; `charset` and `delimiter` are the bank's."""

    suffix = ".txt"

    def __init__(self, code: str, title: str, codes: CodeTable, *, delimiter: str, charset: str) -> None:
        super().__init__(code, title, codes)
        self.delimiter, self.charset = delimiter, charset

    def encodes(self, text: str) -> bool:
        try:
            text.encode(self.charset)
        except UnicodeEncodeError:
            return False
        return self.delimiter not in text and super().encodes(text)

    def _line(self, number: int, *fields: object) -> bytes:
        texts = [str(field) for field in fields]
        self.check_text(number, *texts)
        return (self.delimiter.join(texts) + END).encode(self.charset)

    def write_order(self, header: OrderHeader, lines: Iterable[OrderLine]) -> bytes:
        out = bytearray(
            self._line(
                0, header.batch, header.payer, header.project, header.count, figure(header.total_fen),
                f"{header.day:%Y%m%d}",
            )
        )  # fmt: skip
        for line in lines:
            out += self._line(
                line.number, line.number, line.account, line.name, ID_CARD, line.id_number, figure(line.amount_fen),
                line.summary, line.detail,
            )  # fmt: skip
        return bytes(out)

    def read_order(self, content: bytes) -> tuple[OrderHeader, list[OrderLine]]:
        rows = [row.split(self.delimiter) for row in content.decode(self.charset).split(END)]
        if rows.pop() != [""] or not rows or any(len(row) != ORDER_FIELDS for row in rows[1:]):
            raise Invalid("代发文件不完整。", code="order.incomplete")
        batch, payer, project, count, total, day = rows[0]
        lines = [
            OrderLine(int(row[0]), row[1], row[2], row[4], amount(row[5]) or 0, row[6], int(row[7])) for row in rows[1:]
        ]
        if len(lines) != int(count) or sum(line.amount_fen for line in lines) != amount(total):
            raise Invalid("代发文件的笔数或金额与控制行不符。", code="order.totals")
        posted = datetime.strptime(day, "%Y%m%d").replace(tzinfo=SHANGHAI).date()
        return OrderHeader(batch, payer, project, int(count), amount(total) or 0, posted), lines

    def write_result(self, batch: str, lines: list[ParsedLine], *, day: date) -> bytes:
        answer = ParsedResult(batch, lines)
        out = [
            [
                batch, len(lines), figure(sum(line.amount_fen for line in lines)),
                answer.count(PAID), figure(answer.fen(PAID)), answer.count(FAILED), figure(answer.fen(FAILED)),
                f"{day:%Y%m%d}",
            ]
        ]  # fmt: skip
        out += [
            [
                line.number, line.account, figure(line.amount_fen), line.detail, WORD_OF_STATE[line.state], line.code,
                line.message, stamp(line.settled_at), line.reference,
            ]
            for line in lines
        ]  # fmt: skip
        text = "".join(self.delimiter.join(str(field) for field in row) + END for row in out)
        return text.encode(self.charset)

    def parse_result(self, content: bytes) -> ParsedResult:
        try:
            text = content.decode(self.charset)
        except UnicodeDecodeError:
            refuse(f"文件编码不是{self.charset.upper()}", "result.charset")
        rows = text.replace(END, "\n").rstrip("\n").split("\n")
        header = rows[0].split(self.delimiter)
        if len(header) != RESULT_HEADER_FIELDS:
            refuse(f"第1行控制行应有{RESULT_HEADER_FIELDS}栏，现有{len(header)}栏", "result.header")
        mistakes, lines = Mistakes(), []
        for row, line in enumerate(rows[1:], start=2):
            fields = line.split(self.delimiter)
            if len(fields) != RESULT_FIELDS:
                mistakes.add(f"应有{RESULT_FIELDS}栏，现有{len(fields)}栏", row)
                continue
            parsed = self.outcome(_raw(row, [field.strip() for field in fields]), mistakes)
            if parsed is not None:
                lines.append(parsed)
        mistakes.refuse()
        answer = ParsedResult(header[0].strip(), lines)
        _check_totals(header, answer)
        return answer


def _raw(row: int, fields: list[str]) -> RawLine:
    number, account, yuan, detail, state, code, message, settled, reference = fields
    return RawLine(row, number, account, yuan, detail, state, code, message, settled, reference)


def _check_totals(header: list[str], answer: ParsedResult) -> None:
    """The control line against the lines: every count and every sum."""
    facts = [
        ("总笔数", header[1], len(answer.lines)),
        ("总金额", header[2], sum(line.amount_fen for line in answer.lines)),
        ("成功笔数", header[3], answer.count(PAID)),
        ("成功金额", header[4], answer.fen(PAID)),
        ("失败笔数", header[5], answer.count(FAILED)),
        ("失败金额", header[6], answer.fen(FAILED)),
    ]
    wrong = []
    for title, told, found in facts:
        money = title.endswith("金额")
        value = _fen(told.strip()) if money else whole(told.strip())
        if value != found:
            wrong.append(f"{title}写{told}，明细合计{figure(found) if money else found}")
    if wrong:
        refuse("第1行控制行与明细不符：" + "；".join(wrong), "result.totals")


def _fen(text: str) -> int | None:
    return 0 if text in {"0", "0.0", "0.00"} else amount(text)
