"""The table of requirements is complete, current, and read from the markers without running a test."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "script/requirements_table.py"
SECTIONS = ["PRO", "POL", "REG", "ROS", "PUB", "FND", "PAY", "REC", "SUP", "ACL"]
MARKED = """
import pytest

pytestmark = [pytest.mark.req("PRO-1")]


@pytest.mark.req("PRO-2", "PRO-3")
def test_first():
    pass


@pytest.mark.req("POL-1")
class TestSecond:
    async def test_inside(self):
        pass


def helper():
    pytest.mark.req("POL-2")
"""


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    (tmp_path / "docs/data").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    lines = [
        {"id": name, "section": name[:3], "title": "a title", "text": f"What {name} asks.", "source": "ZLT§1"}
        for name in ("PRO-1", "PRO-2", "PRO-3", "POL-1", "POL-2")
    ]
    (tmp_path / "docs/data/requirements.json").write_text(json.dumps(lines), encoding="utf-8")
    (tmp_path / "tests/test_it.py").write_text(MARKED, encoding="utf-8")
    return tmp_path


def _row(project: Path, name: str) -> str:
    page = (project / "docs/requirements.md").read_text(encoding="utf-8")
    return next(line for line in page.splitlines() if line.startswith(f"| {name} |"))


def test_page_of_requirements_is_current() -> None:
    result = _run(ROOT, "--check")
    assert result.returncode == 0, result.stderr


def test_requirements_are_numbered_without_gaps_in_the_order_of_sections() -> None:
    requirements = json.loads((ROOT / "docs/data/requirements.json").read_text(encoding="utf-8"))
    assert list(dict.fromkeys(requirement["section"] for requirement in requirements)) == SECTIONS
    for section in SECTIONS:
        ids = [requirement["id"] for requirement in requirements if requirement["section"] == section]
        assert ids == [f"{section}-{number}" for number in range(1, len(ids) + 1)]
    assert all(requirement["text"] and requirement["title"] for requirement in requirements)
    assert all(re.search("§|[一二三四五]", line["source"]) for line in requirements if line["source"])


def test_markers_of_functions_classes_and_modules_are_found(small_project: Path) -> None:
    assert _run(small_project).returncode == 0
    assert _row(small_project, "PRO-1").endswith(
        "| `test_it.py::test_first`<br>`test_it.py::TestSecond::test_inside` |"
    )
    assert _row(small_project, "PRO-3").endswith("| `test_it.py::test_first` |")
    assert _row(small_project, "POL-1").endswith("| `test_it.py::TestSecond::test_inside` |")


def test_requirement_without_a_test_is_open(small_project: Path) -> None:
    _run(small_project)
    assert _row(small_project, "POL-2") == "| POL-2 | What POL-2 asks. (ZLT§1) | **open** |"


def test_check_refuses_a_stale_page_and_writes_nothing(small_project: Path) -> None:
    assert _run(small_project, "--check").returncode == 1
    assert not (small_project / "docs/requirements.md").exists()
    _run(small_project)
    assert _run(small_project, "--check").returncode == 0
    (small_project / "tests/test_more.py").write_text(MARKED, encoding="utf-8")
    assert _run(small_project, "--check").returncode == 1


def test_marker_with_an_unknown_id_is_an_error(small_project: Path) -> None:
    (small_project / "tests/test_typo.py").write_text(MARKED.replace("POL-1", "POL-91"), encoding="utf-8")
    result = _run(small_project)
    assert result.returncode == 1
    assert "POL-91" in result.stderr
