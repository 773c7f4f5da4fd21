"""The division table is a forest of five counties."""

import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

with (ROOT / "accounts/data/divisions.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
BY_CODE = {row["code"]: row for row in ROWS}
UPPER = {"township": "county", "village": "township"}


def test_columns_are_code_name_level_parent() -> None:
    assert list(ROWS[0]) == ["code", "name", "level", "parent"]


def test_codes_are_twelve_digits_unique_and_sorted() -> None:
    codes = [row["code"] for row in ROWS]
    assert all(len(code) == 12 and code.isdigit() for code in codes)
    assert codes == sorted(set(codes))


def test_every_parent_exists_one_level_up() -> None:
    for row in ROWS:
        if row["level"] == "county":
            assert row["parent"] == ""
        else:
            assert BY_CODE[row["parent"]]["level"] == UPPER[row["level"]]


def test_a_code_begins_with_the_code_of_its_parent() -> None:
    for row in ROWS:
        width = {"county": 0, "township": 6, "village": 9}[row["level"]]
        assert row["code"][:width] == row["parent"][:width]


def test_five_counties_each_with_townships_and_villages() -> None:
    counties = [row["code"] for row in ROWS if row["level"] == "county"]
    assert counties == ["141024000000", "152223000000", "220221000000", "500118000000", "653121000000"]
    for county in counties:
        for level in UPPER:
            assert any(row["level"] == level and row["code"].startswith(county[:6]) for row in ROWS)


def test_names_carry_no_spaces() -> None:
    assert all(row["name"] and not any(character.isspace() for character in row["name"]) for row in ROWS)
