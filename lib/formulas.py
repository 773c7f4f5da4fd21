"""Formulas over the columns of a table: written as people write them, computed exactly, and as SQL for many rows.

A formula knows +, −, ×, ÷ by a number, min, max and brackets, over names of columns and plain numbers; nothing of it is
ever run as code. Python and SQL give the same: all numbers are exact, a quotient is rounded half up to twelve decimals,
and the result is rounded half up once, by `rounded`.
"""

import ast
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

from lib.errors import Invalid

LONGEST, MOST_PARTS, MOST_QUOTIENTS = 200, 60, 3
QUOTIENT_PLACES = 12
_SCALE = 10**QUOTIENT_PLACES
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_SPELLED = str.maketrans({"×": "*", "÷": "/", "−": "-", "－": "-", "＋": "+", "（": "(", "）": ")", "，": ","})
_SIGNS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", " + "),
    ast.Sub: ("-", " − "),
    ast.Mult: ("*", " × "),
    ast.Div: ("/", " ÷ "),
}
_CHOICES: dict[str, tuple[Callable[..., Fraction], str]] = {"min": (min, "least"), "max": (max, "greatest")}


def _half_up(value: Fraction, scale: int) -> int:
    """The whole number nearest to value × scale; halves go away from zero."""
    whole = (2 * abs(value.numerator) * scale + value.denominator) // (2 * value.denominator)
    return -whole if value < 0 else whole


def rounded(value: Fraction, places: int) -> Decimal:
    """A formula's result, rounded half up (away from zero) once."""
    whole = _half_up(value, 10**places)
    return Decimal((int(whole < 0), tuple(int(digit) for digit in str(abs(whole))), -places))


@dataclass(frozen=True)
class Formula:
    """A parsed formula; `names` are the columns that it asks for, in its order."""

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def value(self, values: Mapping[str, Decimal]) -> Fraction:
        """What it comes to, exactly; every name has its value."""
        return _value(self._tree, {name: Fraction(values[name]) for name in self.names}, self.text)

    def sql(self, columns: Mapping[str, str]) -> str:
        """The same as an SQL expression over numeric ones; NULL where any of them is NULL."""
        told = _sql(self._tree, columns, self.text)
        if not self.names:
            return told
        empty = " OR ".join(f"{columns[name]} IS NULL" for name in self.names)
        return f"CASE WHEN {empty} THEN NULL ELSE {told} END"

    def words(self, titles: Mapping[str, str]) -> str:
        """The formula for people: 承包面积 + 转入面积 − 转出面积."""
        return _words(self._tree, titles, self.text, 0)


def parse(text: str, names: Collection[str]) -> Formula:
    """Reads a formula over these names; refuses everything that is not plain arithmetic."""
    plain = text.translate(_SPELLED).strip()
    if not plain or len(plain) > LONGEST:
        raise Invalid(f"公式没有填写或超过{LONGEST}个字符。", code="formula.length")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise Invalid("公式没有读懂：括号要成对，两列之间要有加减乘除号。", code="formula.syntax") from fault
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    quotients = sum(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) for node in parts)
    if len(parts) > MOST_PARTS or quotients > MOST_QUOTIENTS:
        raise Invalid("公式过长，请拆成几列分步计算。", code="formula.size")
    _check(tree, plain, frozenset(names))
    functions = {node.func for node in parts if isinstance(node, ast.Call)}
    used = sorted(
        (node for node in parts if isinstance(node, ast.Name) and node not in functions),
        key=lambda node: node.col_offset,
    )
    return Formula(plain, tuple(dict.fromkeys(node.id for node in used)), tree)


def _refused(what: str) -> Invalid:
    return Invalid(f"公式里不能用“{what}”：只能用本表的数字列、数字、加减乘除、括号、min 和 max。", code="formula.part")


def _source(node: ast.expr, text: str) -> str:
    return ast.get_source_segment(text, node) or "?"


def _check(node: ast.expr, text: str, names: frozenset[str]) -> None:
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise Invalid(f"公式用到的“{node.id}”不是本表的数字列，或排在本列之后。", code="formula.name")
        return None
    if isinstance(node, ast.Constant) and _NUMBER.fullmatch(_source(node, text)):
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _check(node.operand, text, names)
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        _check(node.left, text, names)
        if isinstance(node.op, ast.Div):
            return _check_divisor(node.right, text)
        return _check(node.right, text, names)
    if _is_choice(node):
        for argument in node.args:
            _check(argument, text, names)
        return None
    raise _refused(_source(node, text))


def _is_choice(node: ast.expr) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _CHOICES
        and len(node.args) > 1
        and not node.keywords
    )


def _check_divisor(node: ast.expr, text: str) -> None:
    """Only a number divides, so that no row can divide by nothing."""
    source = _source(node, text)
    if not isinstance(node, ast.Constant) or not _NUMBER.fullmatch(source) or not Decimal(source):
        raise Invalid("除号后面只能是大于零的数字，不能是列。", code="formula.divisor")


def _value(node: ast.expr, values: Mapping[str, Fraction], text: str) -> Fraction:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return Fraction(_source(node, text))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, values, text)
    if isinstance(node, ast.BinOp):
        return _both(node.op, _value(node.left, values, text), _value(node.right, values, text))
    choose, arguments = _choice(node)
    return choose[0](*(_value(argument, values, text) for argument in arguments))


def _both(sign: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    if isinstance(sign, ast.Div):
        return Fraction(_half_up(left / right, _SCALE), _SCALE)
    if isinstance(sign, ast.Mult):
        return left * right
    return left + right if isinstance(sign, ast.Add) else left - right


def _choice(node: ast.expr) -> tuple[tuple[Callable[..., Fraction], str], list[ast.expr]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _CHOICES[node.func.id], node.args
    raise TypeError(f"{type(node).__name__} was not checked")


def _sql(node: ast.expr, columns: Mapping[str, str], text: str) -> str:
    if isinstance(node, ast.Name):
        return f"({columns[node.id]})"
    if isinstance(node, ast.Constant):
        return f"{_source(node, text)}::numeric"
    if isinstance(node, ast.UnaryOp):
        return f"(- {_sql(node.operand, columns, text)})"
    if isinstance(node, ast.BinOp):
        left, right = _sql(node.left, columns, text), _sql(node.right, columns, text)
        if isinstance(node.op, ast.Div):
            # Whole numbers divide exactly; PostgreSQL's own quotient has as many decimals as it thinks fit.
            whole = f"div(2 * abs({left}) * {_SCALE} + {right}, 2 * {right})"
            return f"(sign({left}) * {whole} * 1e-{QUOTIENT_PLACES})"
        return f"({left} {_SIGNS[type(node.op)][0]} {right})"
    choose, arguments = _choice(node)
    return f"{choose[1]}({', '.join(_sql(argument, columns, text) for argument in arguments)})"


def _words(node: ast.expr, titles: Mapping[str, str], text: str, around: int) -> str:
    if isinstance(node, ast.Name):
        return titles.get(node.id, node.id)
    if isinstance(node, ast.Constant):
        return _source(node, text)
    if isinstance(node, ast.UnaryOp):
        return f"−{_words(node.operand, titles, text, 3)}"
    if isinstance(node, ast.BinOp):
        force = 1 if isinstance(node.op, ast.Add | ast.Sub) else 2
        left, right = _words(node.left, titles, text, force), _words(node.right, titles, text, force + 1)
        told = f"{left}{_SIGNS[type(node.op)][1]}{right}"
        return f"（{told}）" if force < around else told
    name = "较小者" if _choice(node)[0][1] == "least" else "较大者"
    told = f"{'、'.join(_words(argument, titles, text, 0) for argument in _choice(node)[1])}中的{name}"
    return f"（{told}）" if around else told
