"""Names of the demonstration county: enough, without repetition, and writable by every bank."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = json.loads((ROOT / "households/data/fictional_names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("part", "count", "longest"), [("surnames", 50, 1), ("given", 120, 2), ("mongolian", 30, 6), ("uygur", 54, 9)]
)
def test_names_are_enough_short_and_unique(part: str, count: int, longest: int) -> None:
    assert len(NAMES[part]) == len(set(NAMES[part])) == count
    assert all(1 <= len(name) <= longest for name in NAMES[part])


@pytest.mark.parametrize("part", ["surnames", "given", "mongolian", "uygur"])
def test_names_fit_the_banks_encoding(part: str) -> None:
    for name in NAMES[part]:
        assert name.encode("gbk").decode("gbk") == name


def test_some_names_carry_the_separator_dot() -> None:
    assert any("·" in name for name in NAMES["mongolian"])
    assert all("·" in name for name in NAMES["uygur"])
