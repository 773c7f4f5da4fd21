"""Numbers that name people, accounts and organisations: form, check digits, messages that say what is wrong.

Identity numbers follow GB 11643-1999, credit codes GB 32100-2015, bank cards ISO/IEC 7812 (Luhn). The division
code of an identity number is the place of first registration at that time and is checked to the province only.
"""

import re
from dataclasses import dataclass
from datetime import date
from operator import mul
from typing import Literal

from lib.errors import Invalid
from lib.text import normalise

Sex = Literal["男", "女"]

EARLIEST_BIRTH = date(1890, 1, 1)
PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)
"""First two digits in use, with 71, 81 and 82 of Taiwan, Hong Kong and Macao and 83 of Taiwan residence permits."""

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_FORM = re.compile(r"[0-9]{17}[0-9X]")
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {char: value for value, char in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})(\d{7,8})", re.ASCII)
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An identity number that passed every check, with what it says."""

    value: str
    birth_date: date
    sex: Sex
    division6: str


def _compact(text: str) -> str:
    """Return typed digits without spaces, hyphens, invisible or full-width characters, letters in upper case."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return normalise(text).replace(" ", "").replace("-", "").replace("'", "").upper()


def _id_check(first17: str) -> str:
    """Return the check character of the first seventeen digits (ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(map(mul, _ID_WEIGHTS, map(int, first17))) % 11]


def parse_id_number(text: str, today: date) -> IdNumber:
    """Return the identity number in ``text`` (spaces, full-width and small x are mended).

    ``today`` bounds the date of birth. Raises ``Invalid`` with code ``id.length``, ``id.characters``, ``id.division``,
    ``id.birth_date`` or ``id.check_digit``; no message repeats the number.
    """
    value = _compact(text)
    if len(value) != 18:
        hint = "，15 位旧号请换成 18 位" if len(value) == 15 else ""
        raise Invalid(f"身份证号应为 18 位，现为 {len(value)} 位{hint}，请对照身份证核对", code="id.length")
    if not _ID_FORM.fullmatch(value):
        raise Invalid("身份证号前 17 位应为数字，末位应为数字或 X，请对照身份证核对", code="id.characters")
    if value[:2] not in PROVINCES:
        raise Invalid(f"身份证号前两位 {value[:2]} 不是有效的省级代码，请对照身份证核对", code="id.division")
    born = _birth_date(value, today)
    if _id_check(value[:17]) != value[17]:
        raise Invalid("身份证号末位校验位不对，多半有数字填错，请对照身份证逐位核对", code="id.check_digit")
    return IdNumber(value, born, "男" if int(value[16]) % 2 else "女", value[:6])


def _birth_date(value: str, today: date) -> date:
    """Return the date of birth in places 7 to 14, real and between 1890 and today."""
    try:
        born = date.fromisoformat(f"{value[6:10]}-{value[10:12]}-{value[12:14]}")
    except ValueError as fault:
        raise Invalid("身份证号第 7 至 14 位的出生日期不存在，请对照身份证核对", code="id.birth_date") from fault
    if born > today:
        raise Invalid("身份证号中的出生日期晚于今天，请对照身份证核对", code="id.birth_date")
    if born < EARLIEST_BIRTH:
        raise Invalid("身份证号中的出生日期早于 1890 年，请对照身份证核对", code="id.birth_date")
    return born


class IdReader:
    """Reads many identity numbers that need no mending; what it does not know, ``parse_id_number`` explains.

    The parts of a number repeat within a county: divisions, days of birth and serial numbers are checked once each.
    """

    def __init__(self, today: date) -> None:
        self._today = today
        self._divisions: dict[str, int | None] = {}
        self._births: dict[str, tuple[int, str] | None] = {}
        self._serials: dict[str, tuple[int, Sex] | None] = {}

    def read(self, text: str) -> tuple[str, Sex] | None:
        """Return date of birth (ISO) and sex of a number without fault, None for any other text."""
        if len(text) != 18:
            return None
        try:
            division = self._divisions[text[:6]]
            birth = self._births[text[6:14]]
            serial = self._serials[text[14:17]]
        except KeyError:
            division, birth, serial = self._parts(text)
        if division is None or birth is None or serial is None:
            return None
        if _ID_CHECKS[(division + birth[0] + serial[0]) % 11] != text[17]:
            return None
        return birth[1], serial[1]

    def _parts(self, text: str) -> tuple[int | None, tuple[int, str] | None, tuple[int, Sex] | None]:
        """Return what the parts of a number mean, and remember it."""
        division = birth = serial = None
        if _ID_FORM.fullmatch(text):
            sums = [
                sum(map(mul, _ID_WEIGHTS[start:end], map(int, text[start:end])))
                for start, end in ((0, 6), (6, 14), (14, 17))
            ]
            if text[:2] in PROVINCES:
                division = self._divisions[text[:6]] = sums[0]
            try:
                birth = self._births[text[6:14]] = sums[1], _birth_date(text, self._today).isoformat()
            except Invalid:
                birth = None
            sex: Sex = "男" if int(text[16]) % 2 else "女"
            serial = self._serials[text[14:17]] = sums[2], sex
        return division, birth, serial


def make_id_number(division6: str, birth_date: date, sequence: int) -> str:
    """Return a well-formed identity number; ``sequence`` 0–999, odd for men. For demonstration data and tests."""
    if not re.fullmatch(r"[0-9]{6}", division6) or not 0 <= sequence <= 999:
        raise ValueError("division6 is six digits, sequence lies between 0 and 999")
    first17 = f"{division6}{birth_date:%Y%m%d}{sequence:03d}"
    return first17 + _id_check(first17)


def luhn_check_digit(digits: str) -> str:
    """Return the digit which, put behind ``digits``, makes them pass the Luhn check."""
    return str(-_luhn_sum(digits + "0") % 10)


def luhn_valid(digits: str) -> bool:
    """Say whether ``digits`` pass the Luhn check."""
    return digits.isascii() and digits.isdigit() and _luhn_sum(digits) % 10 == 0


def _luhn_sum(digits: str) -> int:
    """Return the Luhn sum, counted from the right."""
    values = [int(char) for char in reversed(digits)]
    return sum(values[0::2]) + sum(_LUHN_DOUBLED[value] for value in values[1::2])


def is_card(number: str) -> bool:
    """Say whether an account number is a bank card: UnionPay's 62, and the older 9558 and 9559 of 19 digits.

    Passbook accounts follow each bank's own numbering and carry no Luhn digit.
    """
    return number.startswith("62") or (len(number) == 19 and number.startswith(("9558", "9559")))


def check_account_number(text: str) -> str:
    """Return a bank account number of 16 to 19 digits; cards must pass the Luhn check.

    Raises ``Invalid`` with code ``account.characters``, ``account.length`` or ``account.check_digit``.
    """
    number = _compact(text)
    if not (number.isascii() and number.isdigit()):
        raise Invalid("银行账号只能是数字，请对照银行卡或存折核对", code="account.characters")
    if not 16 <= len(number) <= 19:
        raise Invalid(f"银行账号应为 16 至 19 位，现为 {len(number)} 位，请对照银行卡或存折核对", code="account.length")
    if is_card(number) and not luhn_valid(number):
        raise Invalid("银行卡号校验位不对，多半有数字填错，请对照银行卡逐位核对", code="account.check_digit")
    return number


def check_phone(text: str) -> str:
    """Return a mobile number (11 digits) or a landline as area code, hyphen, number (``0470-1234567``).

    Raises ``Invalid`` with code ``phone.format``.
    """
    digits = re.sub(r"[\s()\-]", "", normalise(text).replace("—", "-").replace("–", "-"))
    digits = re.sub(r"^(\+|00)86", "", digits)
    if _MOBILE.fullmatch(digits):
        return digits
    landline = _LANDLINE.fullmatch(digits)
    if landline:
        return f"{landline[1]}-{landline[2]}"
    raise Invalid("联系电话应为 11 位手机号，或带区号的固定电话（如 0470-1234567），请核对", code="phone.format")


def check_credit_code(text: str) -> str:
    """Return a unified social credit code (GB 32100-2015): 18 characters, check character over powers of 3 mod 31.

    Raises ``Invalid`` with code ``credit.length``, ``credit.characters`` or ``credit.check_digit``.
    """
    code = _compact(text)
    if len(code) != 18:
        raise Invalid(f"统一社会信用代码应为 18 位，现为 {len(code)} 位，请对照营业执照核对", code="credit.length")
    if any(char not in _CREDIT_VALUES for char in code):
        raise Invalid(
            "统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），请对照营业执照核对", code="credit.characters"
        )
    if credit_check_character(code[:17]) != code[17]:
        raise Invalid("统一社会信用代码校验位不对，请对照营业执照逐位核对", code="credit.check_digit")
    return code


def credit_check_character(first17: str) -> str:
    """Return the check character of the first seventeen characters of a credit code."""
    total = sum(_CREDIT_VALUES[char] * weight for char, weight in zip(first17, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]
