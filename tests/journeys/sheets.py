"""The Excel files that a township brings: its base register and its roster, with cells as people really type them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook

from accounts.models import Division
from lib.identifiers import luhn_check_digit, make_id_number

BANK = "中国邮政储蓄银行扎赉特旗支行"
STANDARD = Decimal("98.36")
SURNAMES = "甲乙丙丁戊己庚辛"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Home:
    """A household as the register's file has it."""

    village: str
    name: str
    id_number: str
    phone: str
    account: str
    mu: Decimal

    @property
    def yuan(self) -> Decimal:
        return (self.mu * STANDARD).quantize(Decimal("0.01"))


def card(number: int) -> str:
    """A 19-digit card number that passes Luhn."""
    body = f"629997{number:012d}"
    return f"{body}{luhn_check_digit(body)}"


def _id_numbers() -> Iterator[str]:
    """Valid numbers of nobody; among the first ones is one that ends in X."""
    sequence = 1
    while True:
        yield make_id_number("159999", date(1961 + sequence % 30, 3, 8), sequence)
        sequence += 1


def homes(villages: Sequence[Division]) -> list[Home]:
    """Eight households, half in each of two villages; the third one's number ends in X."""
    numbers = _id_numbers()
    plain: list[str] = []
    with_x = ""
    while len(plain) < len(SURNAMES) - 1 or not with_x:
        number = next(numbers)
        if number.endswith("X"):
            with_x = with_x or number
        else:
            plain.append(number)
    chosen = [*plain[:2], with_x, *plain[2 : len(SURNAMES) - 1]]
    return [
        Home(
            village=villages[index // 4].name,
            name=f"{surname}永福" if index % 2 else f"{surname}福",
            id_number=chosen[index],
            phone=f"1990000{index + 1:04d}",
            account=card(index + 1),
            mu=Decimal("10.50") + Decimal("2.25") * index,
        )
        for index, surname in enumerate(SURNAMES)
    ]


REGISTER_TITLES = (
    "农户编码", "户主姓名", "户主身份证号", "家庭成员姓名", "身份证号", "村(居)委会", "村(居)民小组", "与户主关系",
    "联系电话", "住址", "开户银行", "银行账号", "承包面积", "地力补贴面积",
)  # fmt: skip


def _save(rows: Sequence[Sequence[object]], path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def _register_row(home: Home, index: int) -> list[object]:
    row: list[object] = [
        "", home.name, home.id_number, home.name, home.id_number, home.village, "1组", "本人", home.phone, "", BANK,
        home.account, float(home.mu), float(home.mu),
    ]  # fmt: skip
    if index == 0:  # digits of a Chinese input method
        row[8] = home.phone.translate(FULL_WIDTH)
        row[13] = str(home.mu).translate(FULL_WIDTH)
    if index == 1:  # a card number as it is printed on the card, a name with a space between
        row[11] = " ".join(home.account[start : start + 4] for start in range(0, len(home.account), 4))
        row[1] = row[3] = f"{home.name[0]} {home.name[1:]}"
    if index == 2:  # a small x
        row[2] = row[4] = home.id_number.lower()
    return row


def register_file(all_homes: Sequence[Home], path: Path) -> Path:
    return _save([REGISTER_TITLES, *(_register_row(home, index) for index, home in enumerate(all_homes))], path)


ROSTER_TITLES = (
    "序号", "村(居)委会", "享受人姓名", "享受人身份证号", "补贴面积(亩)", "补贴标准(元)", "补贴金额(元)", "备注",
)  # fmt: skip


def roster_file(all_homes: Sequence[Home], path: Path, *, wrong_row: int | None = None) -> Path:
    """A line for each household. `wrong_row`, as Excel counts it, has an amount that is not area × standard."""
    rows: list[list[object]] = []
    for number, home in enumerate(all_homes, start=1):
        yuan = home.yuan + (100 if number + 1 == wrong_row else 0)
        money = f"￥{yuan:,.2f}" if number == 2 else float(yuan)  # a cell with the sign of the currency
        quantity = str(home.mu).translate(FULL_WIDTH) if number == 3 else float(home.mu)
        id_number = home.id_number.lower()
        rows.append([number, home.village, home.name, id_number, quantity, f"{STANDARD}", money, ""])
    return _save([ROSTER_TITLES, *rows], path)
