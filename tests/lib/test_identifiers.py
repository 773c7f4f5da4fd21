"""Identity numbers, accounts, telephones and credit codes: what passes, and what each fault is called."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import identifiers
from lib.errors import Invalid
from lib.identifiers import check_account_number, check_credit_code, check_phone, make_id_number, parse_id_number

TODAY = date(2026, 11, 22)
BIRTHS = st.dates(date(1890, 1, 1), TODAY)
ID = make_id_number("159999", date(1980, 1, 1), 1)


def code_of(text: str) -> str:
    """Return the code with which an identity number is refused."""
    with pytest.raises(Invalid) as refusal:
        parse_id_number(text, TODAY)
    assert text not in refusal.value.message
    return refusal.value.code


@given(BIRTHS, st.integers(0, 999))
def test_a_number_that_was_made_says_what_it_was_made_of(born: date, sequence: int) -> None:
    found = parse_id_number(make_id_number("159999", born, sequence), TODAY)
    assert (found.birth_date, found.division6) == (born, "159999")
    assert found.sex == ("男" if sequence % 2 else "女")


@given(BIRTHS, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(born: date, sequence: int, place: int, shift: int) -> None:
    right = make_id_number("159999", born, sequence)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    with pytest.raises(Invalid):
        parse_id_number(wrong, TODAY)


def test_the_example_of_the_standard_passes() -> None:
    assert parse_id_number("11010519491231002x", TODAY).value == "11010519491231002X"


@pytest.mark.parametrize("typed", [f" {ID} ", f"{ID[:6]} {ID[6:14]} {ID[14:]}", f"\u200b{ID}\ufeff", f"'{ID}"])
def test_spaces_and_invisible_characters_are_mended(typed: str) -> None:
    assert parse_id_number(typed, TODAY).value == ID


def test_full_width_digits_are_mended() -> None:
    assert parse_id_number("".join(chr(ord(char) + 0xFEE0) for char in ID), TODAY).value == ID


def test_each_fault_has_its_own_name() -> None:
    tomorrow = make_id_number("159999", TODAY + timedelta(days=1), 1)
    assert code_of(ID[:-1]) == "id.length"
    assert code_of("150101800101001") == "id.length"
    assert code_of("1599991980010100A5") == "id.characters"
    assert code_of("159999198002300015") == "id.birth_date"
    assert code_of(tomorrow) == "id.birth_date"
    assert code_of(make_id_number("159999", date(1889, 12, 31), 1)) == "id.birth_date"
    assert code_of(make_id_number("999999", date(1980, 1, 1), 1)) == "id.division"
    assert code_of(ID[:-1] + ("0" if ID[-1] != "0" else "1")) == "id.check_digit"


def test_a_child_born_today_has_a_number() -> None:
    assert parse_id_number(make_id_number("159999", TODAY, 2), TODAY).birth_date == TODAY


def test_a_card_with_a_wrong_digit_is_refused_and_a_passbook_is_not() -> None:
    card = "621000000000000000" + identifiers.luhn_check_digit("621000000000000000")
    assert check_account_number(f"{card[:4]} {card[4:]}") == card
    with pytest.raises(Invalid) as refusal:
        check_account_number(card[:-1] + str((int(card[-1]) + 1) % 10))
    assert refusal.value.code == "account.check_digit"
    assert check_account_number("1234567890123456") == "1234567890123456"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("123456789012345", "account.length"), ("1" * 20, "account.length"), ("62100000000000A1", "account.characters")],
)
def test_an_account_has_16_to_19_digits(typed: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_account_number(typed)
    assert refusal.value.code == code


@given(st.text("0123456789", min_size=15, max_size=18), st.integers(0, 18), st.integers(1, 9))
def test_luhn_finds_every_single_wrong_digit(digits: str, place: int, shift: int) -> None:
    right = digits + identifiers.luhn_check_digit(digits)
    place %= len(right)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert identifiers.luhn_valid(right)
    assert not identifiers.luhn_valid(wrong)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("13800001234", "13800001234"),
        ("138 0000 1234", "13800001234"),
        ("+86-138-0000-1234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0470-1234567", "0470-1234567"),
        ("(0470)1234567", "0470-1234567"),
        ("01012345678", "010-12345678"),
    ],
)
def test_telephones_have_one_spelling(typed: str, value: str) -> None:
    assert check_phone(typed) == value


@pytest.mark.parametrize("typed", ["12800001234", "1380000123", "1234567", "", "村委会", "٣٨٠٠٠٠١٢٣٤٥"])
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_phone(typed)
    assert refusal.value.code == "phone.format"


def test_credit_codes_are_checked_to_the_last_character() -> None:
    code = "93150000MA0000000"
    right = code + identifiers.credit_check_character(code)
    assert check_credit_code(right.lower()) == right
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    for typed, fault in ((wrong, "check_digit"), (right[:-1], "length"), ("I" + right[1:], "characters")):
        with pytest.raises(Invalid) as refusal:
            check_credit_code(typed)
        assert refusal.value.code == f"credit.{fault}"
