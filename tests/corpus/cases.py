"""The corpus: awkward files of a roster of three people, and what becomes of each.

A case makes its file from the three rows of the roster; it expects the right rows (`Taken`, with what the reader says
it mended), or rows in error beside good ones (`Faulty`), or a sentence that a clerk understands (`Refused`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HEADER = ["序号", "村(居)委会", "村(居)民小组", "享受人姓名", "享受人身份证号", "补贴面积(亩)", "补贴金额(元)", "备注"]
VILLAGE, GROUP, NAME, ID, AREA, MONEY, REMARK = range(1, 8)
People = list[list[Any]]


@dataclass(frozen=True)
class Taken:
    """All three rows are good."""

    rows: int = 3


@dataclass(frozen=True)
class Faulty:
    """Row (as Excel counts) and rule of what is wrong; the other rows are good."""

    faults: frozenset[tuple[int, str]]
    good: int


@dataclass(frozen=True)
class Refused:
    """The whole file, with a sentence that says this."""

    words: str


@dataclass(frozen=True)
class Case:
    name: str
    file: str
    made: Callable[[People], bytes]
    ends: Taken | Faulty | Refused
    names: Mapping[int, str] = field(default_factory=dict)
    """Names that the people of the case have in the register, by their place."""


CASES: list[Case] = []


def case(
    file: str, ends: Taken | Faulty | Refused | None = None, **names: str
) -> Callable[[Callable[[People], bytes]], Callable[[People], bytes]]:
    """Registers what makes one file; its name is the function's."""

    def register(made: Callable[[People], bytes]) -> Callable[[People], bytes]:
        by_place = {int(key.removeprefix("name")): value for key, value in names.items()}
        CASES.append(Case(made.__name__, file, made, ends or Taken(), by_place))
        return made

    return register


def faulty(good: int, *faults: tuple[int, str]) -> Faulty:
    return Faulty(frozenset(faults), good)


def whole(rows: People) -> list[list[Any]]:
    return [HEADER, *rows]


def with_cell(rows: People, at: int, column: int, value: Any) -> list[list[Any]]:
    changed = [list(row) for row in rows]
    changed[at][column] = value
    return whole(changed)


def each(rows: People, column: int, change: Callable[[Any], Any]) -> list[list[Any]]:
    return whole([[change(value) if at == column else value for at, value in enumerate(row)] for row in rows])
