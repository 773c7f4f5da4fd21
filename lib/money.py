"""Money is whole fen (``int``); yuan are for people. Rounding happens once a line, half up.

Capitals follow 《支付结算办法》附一《正确填写票据和结算凭证的基本规定》: 整 after 元, none after 角 or 分, and
零 for skipped places.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from lib.errors import Invalid
from lib.text import normalise

MAX_FEN = 2**53 - 1
"""Largest amount taken, either sign: exact in a bigint, in a spreadsheet and in a browser."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$", re.ASCII)
_GROUPED = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?$", re.ASCII)
_CENT = Decimal("0.01")


def to_fen(yuan: Decimal | str) -> int:
    """Return yuan as fen, exactly. Raises ``Invalid`` for anything but a number with at most two decimals."""
    if isinstance(yuan, str):
        if not _PLAIN.match(yuan):
            raise Invalid("金额不是数字，请填写如 1234.56 的数", code="money.format")
        yuan = Decimal(yuan)
    if not yuan.is_finite():
        raise Invalid("金额不是数字，请填写如 1234.56 的数", code="money.format")
    if abs(yuan) * 100 > MAX_FEN:
        raise Invalid("金额过大，请核对单位是否为元", code="money.range")
    if yuan == yuan.quantize(_CENT):
        return int(yuan.scaleb(2))
    raise Invalid("金额最多保留两位小数（精确到分），请改正后再填", code="money.decimals")


def to_yuan(fen: int) -> Decimal:
    """Return fen as yuan with two decimals."""
    return Decimal(fen).scaleb(-2)


def format_yuan(fen: int) -> str:
    """Return ``¥1,234.56``; the sign of a negative amount stands before the ¥."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def parse_yuan(text: str) -> int:
    """Return the fen of an amount in yuan as people type it: ¥, 元, thousands' commas, full-width, spaces.

    Raises ``Invalid`` when it is no amount, when commas stand in wrong places, or with more than two decimals.
    """
    plain = normalise(text).replace(" ", "").replace("¥", "").replace("人民币", "").removesuffix("元")
    plain = plain.replace("−", "-").replace("，", ",")
    if not plain or not _GROUPED.match(plain) or not any(char.isdigit() for char in plain):
        if re.fullmatch(r"[+-]?[\d,.]+", plain) and "," in plain:
            raise Invalid("金额中的千分位逗号位置不对，请填写如 1,234.56 或 1234.56 的数", code="money.format")
        raise Invalid("金额不是数字，请填写如 1234.56 的数", code="money.format")
    return to_fen(plain.replace(",", ""))


def times(quantity: Decimal, unit_fen: int) -> int:
    """Return quantity × price in fen, rounded half up (away from zero) once, as each line of a roster is."""
    if not quantity.is_finite():
        raise Invalid("数量不是数字", code="money.quantity")
    with localcontext() as context:
        context.prec = 60
        try:
            return int((quantity * unit_fen).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        except InvalidOperation as fault:
            raise Invalid("数量过大，请核对", code="money.quantity") from fault


def capitals(fen: int) -> str:
    """Return the amount in capitals: 123456 → 壹仟贰佰叁拾肆元伍角陆分; 0 → 零元整; negative with 负."""
    if fen < 0:
        return "负" + capitals(-fen)
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    if rest == 0:
        return (_whole(yuan) if yuan else "零") + "元整"
    words = _whole(yuan) + "元" if yuan else ""
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    if cents:
        words += _DIGITS[cents] + "分"
    return words


def _whole(number: int) -> str:
    """Return a positive whole number in capitals; groups of four places, 零 where the next group is not full."""
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            if not low:
                return _whole(high) + unit
            return _whole(high) + unit + ("零" if low < size // 10 else "") + _whole(low)
    words, gap = "", False
    for size, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = number // size % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return words
