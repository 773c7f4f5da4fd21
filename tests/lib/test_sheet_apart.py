"""A long table written by a process of its own is the same table, and nothing is left of one that fails."""

import os
import pickle
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lib.children import ROOT, environment
from lib.sheets.apart import EndedError
from lib.sheets.figures import Fen, Figures
from lib.sheets.workbook import Head
from lib.sheets.write import Block, export_apart, export_blocks

HEADERS = list("甲乙丙丁戊己")
ABOVE = ["清册", "=筛选"]
DAY = date(2026, 1, 2)
BLOCKS: list[Block] = [
    [["甲", "=1", ""], [1, True, 10**17], Fen([125, 98_36, None]), Figures(["2.00", "2.5", "1"]), ["同"] * 3,
     [DAY] * 3],
    [["1\t2", "\0|", "乙"], [1, 2, 3], Fen([5] * 3), Figures(["1.2345678901234567"] * 3), ["同", "+同", None],
     [DAY, None, date(2026, 3, 4)]],
    [["丙", "", ""], [1, 2, 3], Fen([5] * 3), Figures(["1"] * 3), [None] * 3, [None] * 3],
    [["丁"], [4], Fen([6]), Figures(["2"]), ["-"], [DAY]],
]  # fmt: skip


def children() -> set[int]:
    return {*map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())}


@pytest.fixture(autouse=True)
def before() -> Iterator[set[int]]:
    """What processes there were; no others are left."""
    begun = children()
    yield begun
    assert children() == begun


def parts_of(path: Path) -> dict[str, bytes]:
    """What a workbook is made of, but for the moment when it was made."""
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}


def test_a_table_written_apart_is_the_same_to_the_last_byte(tmp_path: Path) -> None:
    here, there = tmp_path / "here.xlsx", tmp_path / "there.xlsx"
    assert export_blocks(here, HEADERS, BLOCKS, above=ABOVE) == 10
    assert export_apart(there, HEADERS, BLOCKS, above=ABOVE) == 10
    assert parts_of(there) == parts_of(here)
    assert export_apart(there, HEADERS, [], above=ABOVE) == 0
    assert zipfile.is_zipfile(there)


def test_rows_that_cannot_be_read_leave_neither_file_nor_process(tmp_path: Path, before: set[int]) -> None:
    def blocks() -> Iterator[Block]:
        yield BLOCKS[0]
        assert len(children() - before) == 1
        raise LookupError("a number that cannot be read")

    with pytest.raises(LookupError):
        export_apart(tmp_path / "e.xlsx", HEADERS, blocks())
    assert not [*tmp_path.iterdir()]


def test_a_writer_that_fails_or_is_killed_is_told_without_its_words(tmp_path: Path, before: set[int]) -> None:
    def killing() -> Iterator[Block]:
        yield BLOCKS[0]
        os.kill((children() - before).pop(), signal.SIGKILL)
        yield from BLOCKS * 1000

    with pytest.raises(EndedError, match="-9"):
        export_apart(tmp_path / "e.xlsx", HEADERS, killing())
    with pytest.raises(EndedError, match=r"ended with 1 \w+$"):
        export_apart(tmp_path / "none" / "甲一.xlsx", HEADERS, BLOCKS)


def test_a_writer_whose_table_breaks_off_writes_nothing_and_knows_no_secrets(tmp_path: Path) -> None:
    out = tmp_path / "e.xlsx"
    given = pickle.dumps((os.getpid(), str(out), Head("数据", ["甲"], [8.0], [], [])))
    given += pickle.dumps((2, {}, {"甲": "一\0二"}))
    order = [sys.executable, "-m", "lib.sheets.apart"]
    done = subprocess.run(order, input=given, capture_output=True, cwd=ROOT, env=environment(), check=False)
    assert (done.returncode, done.stdout) == (1, b"EOFError")
    assert not out.exists()
    assert not {"DATABASE_URL", "PORTAL_CRYPTO", "SECRET_KEY"} & environment().keys()
