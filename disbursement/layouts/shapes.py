"""What every layout shares: the payment order as lines, the bank's answer as lines, and how mistakes are told."""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from disbursement.reasons import CodeTable
from lib.errors import Invalid, Refusal
from lib.money import to_fen
from rulebook.clock import SHANGHAI

PAID, FAILED, PROCESSING = "paid", "failed", "processing"
STATE_WORDS = {"成功": PAID, "失败": FAILED, "处理中": PROCESSING}
WORD_OF_STATE = {state: word for word, state in STATE_WORDS.items()}
ID_CARD = "01"
MOST_ROWS_TOLD = 10
MOST_KINDS_TOLD = 5


@dataclass(frozen=True, slots=True)
class OrderHeader:
    """The control line of a file for the bank."""

    batch: str
    payer: str
    project: str
    count: int
    total_fen: int
    day: date


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One payment as the bank gets it. `detail` is our number of the payment, which comes back with the answer."""

    number: int
    account: str
    name: str
    id_number: str
    amount_fen: int
    summary: str
    detail: int


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """A bank's answer to one payment; `row` counts as the file's reader would, `reason` is of our own list."""

    row: int
    number: int
    detail: int
    account: str
    amount_fen: int
    state: str
    code: str = ""
    reason: str = ""
    message: str = ""
    settled_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True)
class ParsedResult:
    """A whole answer whose form and control totals agree with themselves; whether it fits the batch is asked later."""

    batch: str
    lines: list[ParsedLine]

    def count(self, state: str) -> int:
        return sum(1 for line in self.lines if line.state == state)

    def fen(self, state: str) -> int:
        return sum(line.amount_fen for line in self.lines if line.state == state)


@dataclass
class Mistakes:
    """Collects what is wrong by sentence, and refuses the file once with the rows of each."""

    found: dict[str, list[int]] = field(default_factory=dict)

    def add(self, sentence: str, row: int) -> None:
        self.found.setdefault(sentence, []).append(row)

    def refuse(self, code: str = "result.lines") -> None:
        if self.found:
            told = [f"第{listed(rows)}行：{sentence}" for sentence, rows in list(self.found.items())[:MOST_KINDS_TOLD]]
            more = len(self.found) - len(told)
            refuse("；".join(told) + (f"；另有{more}类问题" if more > 0 else ""), code)


def listed(rows: list[int]) -> str:
    """3、8、12 of the rows, with the number of those left out."""
    shown = "、".join(str(row) for row in sorted(rows)[:MOST_ROWS_TOLD])
    return f"{shown}等{len(rows)}" if len(rows) > MOST_ROWS_TOLD else shown


def refuse(sentence: str, code: str) -> NoReturn:
    raise Invalid(f"结果文件未接收，没有改动任何数据。{sentence}。请银行核对后重新提供。", code=code)


class Layout(ABC):
    """A fixed format, both ways. Files for the bank are the same bytes for the same batch at every call."""

    suffix: str

    def __init__(self, code: str, title: str, codes: CodeTable) -> None:
        self.code, self.title, self.codes = code, title, codes

    @abstractmethod
    def write_order(self, header: OrderHeader, lines: Iterable[OrderLine]) -> bytes: ...

    @abstractmethod
    def read_order(self, content: bytes) -> tuple[OrderHeader, list[OrderLine]]:
        """The order as the bank reads it. Raises `Refusal` when its control totals do not agree."""

    @abstractmethod
    def write_result(self, batch: str, lines: list[ParsedLine], *, day: date) -> bytes: ...

    @abstractmethod
    def parse_result(self, content: bytes) -> ParsedResult:
        """The bank's answer. Raises `Invalid` (codes `result.*`) which names the rows that are wrong."""

    def encodes(self, text: str) -> bool:
        """Whether the bank can read this text: nothing the format uses, no control or privately made characters."""
        return all(unicodedata.category(char) not in {"Cc", "Co", "Cs", "Cn"} for char in text)

    def check_text(self, number: int, *texts: str) -> None:
        if not all(self.encodes(text) for text in texts):
            raise Invalid(
                f"第{number}行的姓名或摘要中有银行文件不能表示的字符，请退回清册，按银行预留的写法改正。",
                code="layout.character",
            )

    def outcome(self, line: "RawLine", mistakes: Mistakes) -> ParsedLine | None:
        """A raw line with its state, code and time understood, or None with what is wrong noted."""
        state, settled = STATE_WORDS.get(line.state, ""), moment(line.settled)
        number, detail, fen = whole(line.number), whole(line.detail), amount(line.amount)
        wrong = self._wrong_outcome(line, state)
        if state in (PAID, FAILED) and settled is None:
            wrong.append("入账或退回时间应写成14位数字，如20260506143000")
        if number is None or detail is None:
            wrong.append("序号或明细号不是数字")
        if fen is None:
            wrong.append("金额不是两位小数的数字")
        if len(line.account) < 4 or not line.account[-4:].isdigit():
            wrong.append("账号缺少尾号")
        for sentence in wrong:
            mistakes.add(sentence, line.row)
        if wrong or number is None or detail is None or fen is None:
            return None
        reason = self.codes.reasons[line.code] if state == FAILED else ""
        message = line.message or self.codes.messages.get(line.code, "")
        return ParsedLine(
            line.row, number, detail, line.account, fen, state, line.code, reason, message[:200], settled,
            line.reference[:60],
        )  # fmt: skip

    def _wrong_outcome(self, line: "RawLine", state: str) -> list[str]:
        if not state:
            return ["处理状态应为“成功”“失败”或“处理中”"]
        if state == PAID and line.code not in self.codes.success:
            return [f"状态为成功，返回码“{line.code}”却不是成功码"]
        if state == PAID and not line.reference:
            return ["成功的明细缺少银行流水号"]
        if state == FAILED and line.code not in self.codes.reasons:
            return [f"返回码“{line.code}”不在{self.codes.bank}的返回码表中，无法判定失败原因"]
        return []


@dataclass(frozen=True, slots=True)
class RawLine:
    """A bank's line as text, before anything in it is understood."""

    row: int
    number: str
    account: str
    amount: str
    detail: str
    state: str
    code: str
    message: str
    settled: str
    reference: str


def whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else None


def amount(text: str) -> int | None:
    try:
        fen = to_fen(text)
    except Refusal:
        return None
    return fen if fen > 0 else None


def figure(fen: int) -> str:
    """Fen as banks read yuan: 1234.50."""
    return f"{Decimal(fen).scaleb(-2):.2f}"


def stamp(settled_at: datetime | None) -> str:
    return settled_at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S") if settled_at else ""


def moment(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{14}", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
