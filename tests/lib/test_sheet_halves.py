"""A long sheet is checked by two processes, and comes to the same as with one."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from lib import crypto
from lib.errors import Invalid
from lib.sheets import child, halves, windows
from lib.sheets import read as reading
from lib.sheets.header import Header
from lib.sheets.model import DEFAULT_LIMITS, Limits, Parsed
from lib.sheets.parse import out_columns
from tests.lib.sheetmaker import COLUMNS, TITLES, TODAY, crypto_settings, good, workbook

pytestmark = pytest.mark.req("ROS-3")
# Two encryptions of one number are never the same bytes.
SAME = [place for place, (name, _) in enumerate(out_columns(COLUMNS)) if not name.endswith("_cipher")]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    with crypto_settings():
        yield


def read(folder: Path, given: list[list[Any]], **limits: int) -> tuple[dict[str, Any], list[list[str]]]:
    """What the child answers, and the fields that it wrote."""
    out = folder / "rows"
    order = {
        "source": str(workbook(folder / "a.xlsx", [TITLES, *given])),
        "out": str(out),
        "columns": [asdict(column) for column in COLUMNS],
        "limits": asdict(Limits(**{**asdict(DEFAULT_LIMITS), **limits})),
        "today": TODAY.isoformat(),
        "crypto": crypto.active_config(),
        "only_scan": False,
    }
    answer = child.work(order)
    written = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert sorted(path.name for path in folder.iterdir()) == ["a.xlsx", "rows"]
    return answer, [[fields[place] for place in SAME] for fields in written]


def habits() -> list[list[Any]]:
    """Rows with something to mend, to refuse and to leave out, in both halves."""
    rows: list[list[Any]] = [good() for _ in range(40)]
    rows[3], rows[33] = good(name="甲 一"), good(name=" 甲二")
    rows[5], rows[35] = good(amount="一元"), good(amount="")
    rows[10], rows[30] = [None] * len(COLUMNS), ["合计", *[None] * (len(COLUMNS) - 1)]
    return rows


@pytest.mark.parametrize("piece", [None, 700, 1800])
def test_two_halves_come_to_the_same_as_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int | None
) -> None:
    whole = read(tmp_path, habits())
    if piece:
        monkeypatch.setattr(windows, "_PIECE", piece)
        monkeypatch.setattr(windows, "LARGE", 0)
    else:
        monkeypatch.setattr(reading, "LONG", 10)
    forked: list[Any] = []
    together = halves._together

    def noted(*given: Any) -> Parsed:
        forked.append(given)
        return together(*given)

    monkeypatch.setattr(halves, "_together", noted)
    assert read(tmp_path, habits()) == whole
    assert len(forked) == 1
    first, second, _ = forked[0]
    assert first.rows
    assert second.rows
    parsed = whole[0]["parsed"]
    assert parsed["total_errors"] == 2
    assert [error["row"] for error in parsed["errors"]] == [7, 37]
    assert [mended["count"] for mended in parsed["mended"]] == [2]


def test_a_limit_holds_for_both_halves_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONG", 10)
    answer, _ = read(tmp_path, [good() for _ in range(30)], rows=29)
    assert answer["refusal"][1] == "sheet.rows"
    answer, _ = read(tmp_path, [good(amount="一元") for _ in range(30)], errors=4)
    assert (len(answer["parsed"]["errors"]), answer["parsed"]["total_errors"]) == (4, 30)


def halved(tmp_path: Path, second: Callable[[], object]) -> Parsed:
    def write(out: Path, numbered: reading.Numbered) -> Parsed:
        out.write_text("")
        if next(numbered)[0] == 2:
            second()
        return Parsed("", 1, {}, 1, 0, [], [], 0, [])

    rows = [(1, ["甲"]), (2, ["乙"])]
    both = (lambda: iter(rows[:1]), lambda: iter(rows[1:]))
    table = reading.Table("", Header(1, (), {}, frozenset()), iter([]), halves=both)
    return halves.in_halves(write, tmp_path / "rows", table, most_errors=1)


def test_what_the_other_half_refuses_is_told(tmp_path: Path) -> None:
    def refuse() -> None:
        raise Invalid("看不懂", code="sheet.strange")

    def exhaust() -> None:
        raise MemoryError

    with pytest.raises(Invalid, match="看不懂") as refusal:
        halved(tmp_path, refuse)
    assert refusal.value.code == "sheet.strange"
    with pytest.raises(MemoryError):
        halved(tmp_path, exhaust)
    assert not (tmp_path / "rows.rest").exists()


def test_a_half_that_is_killed_ends_the_whole_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[tuple[int, int]] = []
    kill = os.kill

    def noted(pid: int, sent: int) -> None:
        if pid == os.getpid() and pid == here:
            ended.append((pid, sent))
        else:
            kill(pid, sent)

    here = os.getpid()
    monkeypatch.setattr(os, "kill", noted)
    with pytest.raises(EOFError):
        halved(tmp_path, lambda: kill(os.getpid(), signal.SIGKILL))
    assert ended == [(here, signal.SIGKILL)]
