"""Formulas of columns: plain arithmetic and nothing else, the same in Python and in SQL."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lib.errors import Invalid
from lib.formulas import parse, rounded

NAMES = ("a", "b", "c")
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
divisors = st.decimals(min_value=Decimal("0.01"), max_value=9999, places=2).map(lambda found: f"{found:f}")
plain = st.sampled_from(NAMES) | divisors


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(parts, st.sampled_from("+-*"), parts).map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        st.tuples(st.sampled_from(("min", "max")), parts, parts).map(lambda one: f"{one[0]}({one[1]}, {one[2]})"),
        st.tuples(plain, divisors).map(lambda one: f"({one[0]} / {one[1]})"),
        parts.map(lambda one: f"(-{one})"),
    )


formulas = st.recursive(plain, _grown, max_leaves=6)


@pytest.mark.req("ROS-3")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=formulas, values=st.tuples(numbers, numbers, numbers), places=st.sampled_from((0, 2)))
def test_python_and_sql_give_the_same(db: None, text: str, values: tuple[Decimal, ...], places: int) -> None:
    try:
        formula = parse(text, NAMES)
    except Invalid:
        assume(False)
    columns = {name: f"{value:f}::numeric" for name, value in zip(NAMES, values, strict=True)}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT round({formula.sql(columns)}, {places})")
        assert cursor.fetchone()[0] == rounded(formula.value(dict(zip(NAMES, values, strict=True))), places)


def test_halves_are_rounded_up_and_a_quotient_is_exact_to_twelve_decimals() -> None:
    half = {"a": Decimal("2.005"), "b": Decimal("-2.005"), "c": Decimal(1)}
    assert rounded(parse("a", NAMES).value(half), 2) == Decimal("2.01")
    assert rounded(parse("b", NAMES).value(half), 2) == Decimal("-2.01")
    assert rounded(parse("c/3*3", NAMES).value(half), 12) == Decimal("0.999999999999")


def test_an_empty_cell_is_no_zero(db: None) -> None:
    formula = parse("min(a, b) + 1", NAMES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {formula.sql({'a': 'NULL::numeric', 'b': '5::numeric'})}")
        assert cursor.fetchone() == (None,)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "a.real", "a if b else c", "a/b", "a/0", "a**9", "a[0]", "lambda: a",
        "min(a)", "1_000", "True", "1e9", "a//2", "min(*a, b)", "max(a, b, key=c)", "'a'", "a < b", "a and b",
        "eval(a)", "a; b", "{a}", "a b", "(a", "", "secret + a", "(" * 150 + "a" + ")" * 150,
    ],
)  # fmt: skip
def test_nothing_but_plain_arithmetic_is_read(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text, NAMES)


def test_a_formula_is_told_in_the_words_of_its_columns() -> None:
    formula = parse("承包 − (a × 2)".replace("承包", "b"), NAMES)
    assert formula.words({"a": "转出", "b": "承包"}) == "承包 − 转出 × 2"
    assert formula.names == ("b", "a")
