"""The table of the five profiles is current, and says of each value whether a test proves it."""

import re
from pathlib import Path

from rulebook.catalogue import KEYS
from script import profiles_table
from script.paths import ROOT
from script.requirements_table import proofs

MARKED = """
import pytest

COUNTIES = [
    pytest.param("cq", marks=pytest.mark.rule("CQ:dispatch.by")),
    pytest.param("hd", marks=[pytest.mark.rule("HD:dispatch.by"), pytest.mark.slow]),
]


@pytest.mark.parametrize("county", COUNTIES)
@pytest.mark.rule("CQ:bank.verify", "CQ:bank.feedback")
def test_first():
    pass


@pytest.mark.parametrize("county", [pytest.param("xj", marks=pytest.mark.rule("XJ:cash.allowed"))])
def test_second():
    pass
"""


def row(page: str, code: str, key: str) -> str:
    """A value's line in the table of its county."""
    county = page.split(f"\n## {code} · ")[1].split("\n## ", maxsplit=1)[0]
    return next(line for line in county.splitlines() if line.startswith(f"| `{key}` |"))


def test_page_of_profiles_is_current() -> None:
    assert profiles_table.PAGE.read_text(encoding="utf-8") == profiles_table.render(proofs(ROOT / "tests", "rule")), (
        "run var/venv/bin/python -m script.profiles_table"
    )


def test_cells_named_by_tests_are_values_of_a_profile() -> None:
    assert profiles_table.unknown_cells(proofs(ROOT / "tests", "rule")) == []
    assert profiles_table.unknown_cells({"CQ:bank.verfy": [], "QC:bank.verify": [], "CQ:bank.verify": []}) == [
        "CQ:bank.verfy",
        "QC:bank.verify",
    ]


def test_markers_are_found_on_tests_and_on_their_parameters(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MARKED, encoding="utf-8")
    assert proofs(tmp_path, "rule") == {
        "CQ:bank.verify": ["test_it.py::test_first"],
        "CQ:bank.feedback": ["test_it.py::test_first"],
        "CQ:dispatch.by": ["test_it.py::test_first"],
        "HD:dispatch.by": ["test_it.py::test_first"],
        "XJ:cash.allowed": ["test_it.py::test_second"],
    }
    assert proofs(tmp_path, "req") == {}


def test_value_without_a_test_is_open_unless_the_regulation_is_silent() -> None:
    page = profiles_table.render({"CQ:bank.verify": ["test_it.py::test_first"]})
    assert row(page, "CQ", "bank.verify").endswith("| 第二十八条第（五）项 | `test_it.py::test_first` |")
    assert row(page, "CQ", "bank.feedback").endswith("| 第二十八条第（六）项 | **open** |")
    assert row(page, "CQ", "bank.payout").endswith("| 系统默认 |  |")


def test_page_counts_what_is_proved() -> None:
    found = {"CQ:bank.verify": ["test_it.py::test_first"], "CQ:bank.payout": ["test_it.py::test_first"]}
    page = profiles_table.render(found)
    numbers = re.search(r"Of (\d+) values the regulations set (\d+); (\d+) .* (\d+) are open", page)
    assert numbers
    total, said, proved, unproved = map(int, numbers.groups())
    assert (total, proved) == (5 * len(KEYS), 1)
    assert said - proved == unproved
