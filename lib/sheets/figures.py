"""Columns of numbers on their way into a table without an object for each: what they hold and what a table shows."""

from collections.abc import Sequence
from decimal import Decimal

# So many digits a spreadsheet keeps of a number.
DIGITS = 15
_FEN = Decimal("0.01")


class Fen(list[int | None]):
    """Amounts in fen; a table shows them in yuan with two decimals."""


class Figures(list[str]):
    """Decimals as the database wrote them."""


Cells = Sequence[float | Decimal | None]


def as_numbers(values: Fen | Figures) -> Cells:
    """The numbers as floats where those keep every digit, else exactly."""
    if isinstance(values, Figures):
        return [*map(float, values)] if max(map(len, values)) <= DIGITS else [*map(Decimal, values)]
    whole = [fen for fen in values if fen is not None]
    if whole and min(whole) > -(10**DIGITS) and max(whole) < 10**DIGITS:
        return [None if fen is None else fen / 100 for fen in values]
    return [None if fen is None else in_yuan(fen) for fen in values]


def as_texts(values: Fen | Figures) -> Sequence[str]:
    """The numbers with every digit."""
    if isinstance(values, Figures):
        return values
    return ["" if fen is None else str(in_yuan(fen)) for fen in values]


def in_yuan(fen: int) -> Decimal:
    return fen * _FEN
