"""A long table written by a process of its own, ``python -m lib.sheets.apart``, while this one reads the next rows.

Cells go through a pipe, ready as the writer takes them; the other process knows nothing else, and no key.
"""

import contextlib
import fcntl
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, cast

from lib.children import ROOT, end_with, environment
from lib.sheets import workbook
from lib.sheets.workbook import Cell, Head, Part

# Enough for some parts, so that neither process waits for the other at each of them.
_PIPE_BYTES = 2**20
# What no cell has in it stands between the texts of a column: one text is handed over sooner than some hundred.
_BETWEEN = "\0"


class EndedError(Exception):
    """The process that writes did not come to its end."""


class Writer:
    """A process that waits for a table; outside of ``with`` it is no more."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lib.sheets.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment(),
        )

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *fault: object) -> None:
        # It has ended by itself unless nothing was written, or not to its end.
        self._process.kill()
        self._process.communicate()

    def write(self, path: str, head: Head, parts: Iterable[Part]) -> None:
        """Write a table as ``workbook.write`` does; raises ``EndedError`` where the other process failed."""
        pipe = cast(IO[bytes], self._process.stdin)
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        with contextlib.suppress(BrokenPipeError):
            _hand(pipe, (os.getpid(), path, head))
            for part in parts:
                _hand(pipe, (part.rows, part.alike, {title: _packed(cells) for title, cells in part.moving.items()}))
            _hand(pipe, None)
        why, _ = self._process.communicate()
        if self._process.returncode:
            raise EndedError(f"the writer ended with {self._process.returncode} {why.decode()}")


def _hand(pipe: IO[bytes], what: object) -> None:
    pickle.dump(what, pipe, pickle.HIGHEST_PROTOCOL)


def _packed(cells: Any) -> Any:
    try:
        return _BETWEEN.join(cells)
    except TypeError:
        return cells


# --- The other process ------------------------------------------------------------------------------------------------
def _parts(pipe: IO[bytes]) -> Iterator[Part]:
    """Yield what is handed over up to the word that this was all; raises ``EOFError`` where it does not come."""
    while (some := pickle.load(pipe)) is not None:  # noqa: S301 - from the process that started this one
        rows, alike, packed = some
        yield Part(rows, alike, {title: _unpacked(cells) for title, cells in packed.items()})


def _unpacked(cells: str | Sequence[Cell]) -> Sequence[Cell]:
    return cells.split(_BETWEEN) if isinstance(cells, str) else cells


def main() -> int:
    pipe = sys.stdin.buffer
    parent, path, head = pickle.load(pipe)  # noqa: S301 - from the process that started this one
    end_with(parent)
    try:
        workbook.write(path, head, _parts(pipe))
    except Exception as fault:
        # Its kind is told, never what it says: that may be of a person.
        sys.stdout.write(type(fault).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
