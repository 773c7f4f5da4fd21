"""Money: exact fen, one rounding a line, capitals as the cashier writes them."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import Invalid
from lib.money import MAX_FEN, capitals, format_yuan, parse_yuan, times, to_fen, to_yuan

AMOUNTS = st.integers(-MAX_FEN, MAX_FEN)


@given(AMOUNTS)
def test_fen_survive_the_way_to_yuan_and_back(fen: int) -> None:
    assert to_fen(to_yuan(fen)) == fen
    assert to_fen(str(to_yuan(fen))) == fen


@given(AMOUNTS)
def test_an_amount_printed_for_people_can_be_typed_in_again(fen: int) -> None:
    assert parse_yuan(format_yuan(fen).replace("-¥", "¥-") if fen < 0 else format_yuan(fen)) == fen
    assert parse_yuan(format_yuan(fen)) == fen


@given(st.decimals("-100000", "100000", places=4), st.integers(-10_000_000, 10_000_000))
def test_a_line_is_rounded_half_up_once(quantity: Decimal, unit_fen: int) -> None:
    assert times(quantity, unit_fen) == int((quantity * unit_fen).to_integral_value(ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("quantity", "unit", "fen"), [("0.5", 1, 1), ("-0.5", 1, -1), ("3.33", 11948, 39787), ("2.5", 3, 8)]
)
def test_half_a_fen_is_rounded_away_from_zero(quantity: str, unit: int, fen: int) -> None:
    assert times(Decimal(quantity), unit) == fen


@pytest.mark.parametrize("text", ["1.234", "0.001", "99.999"])
def test_a_third_decimal_is_refused_and_not_rounded(text: str) -> None:
    with pytest.raises(Invalid, match="两位小数"):
        to_fen(text)
    with pytest.raises(Invalid, match="两位小数"):
        to_fen(Decimal(text))


@pytest.mark.parametrize("text", ["", "abc", "1e3", "NaN", "Infinity", "1_000", "--1", "."])
def test_what_is_no_number_is_no_amount(text: str) -> None:
    with pytest.raises(Invalid):
        to_fen(text)
    with pytest.raises(Invalid):
        parse_yuan(text)


def test_an_endless_amount_is_refused() -> None:
    with pytest.raises(Invalid, match="过大"):
        to_fen(Decimal("1E+30"))
    with pytest.raises(Invalid):
        to_fen(Decimal("NaN"))


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("¥1,234.56", 123456),
        ("￥１，２３４．５６", 123456),
        (" 1234.5 元", 123450),
        ("人民币 12元", 1200),
        ("-3", -300),
        (".5", 50),
        ("1,000,000", 100000000),
    ],
)
def test_amounts_are_understood_as_people_type_them(typed: str, fen: int) -> None:
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize("typed", ["12,34", "1,2345", ",123", "1,234,5.00"])
def test_commas_in_wrong_places_are_questioned(typed: str) -> None:
    with pytest.raises(Invalid, match="千分位"):
        parse_yuan(typed)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (140950, "壹仟肆佰零玖元伍角"),
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元叁角贰分"),
        (10700053, "壹拾万柒仟元伍角叁分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (123456, "壹仟贰佰叁拾肆元伍角陆分"),
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角"),
        (100, "壹元整"),
        (1000500, "壹万零伍元整"),
        (10000000000, "壹亿元整"),
        (10050000000, "壹亿零伍拾万元整"),
        (-123400, "负壹仟贰佰叁拾肆元整"),
        (100000000000000, "壹万亿元整"),
    ],
)
def test_capitals_follow_the_rules_for_vouchers(fen: int, words: str) -> None:
    assert capitals(fen) == words


def _read_capitals(words: str) -> int:
    """Read capitals back, independently of how they are written."""
    digits = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
    units = {"拾": 10, "佰": 100, "仟": 1000}

    def whole(text: str) -> int:
        for mark, size in (("亿", 10**8), ("万", 10**4)):
            if mark in text:
                high, low = text.rsplit(mark, 1)
                return whole(high) * size + whole(low)
        total = digit = 0
        for char in text:
            if char in units:
                total, digit = total + digit * units[char], 0
            else:
                digit = digits[char]
        return total + digit

    sign, words = (-1, words[1:]) if words.startswith("负") else (1, words)
    yuan, _, rest = words.rpartition("元") if "元" in words else ("", "", words)
    rest = rest.replace("整", "").replace("零", "")
    jiao, _, rest = rest.rpartition("角") if "角" in rest else ("", "", rest)
    cents = rest.replace("分", "")
    return sign * (whole(yuan) * 100 + (digits[jiao] if jiao else 0) * 10 + (digits[cents] if cents else 0))


@given(AMOUNTS)
def test_capitals_name_exactly_one_amount(fen: int) -> None:
    assert _read_capitals(capitals(fen)) == fen
    assert "零零" not in capitals(fen)
