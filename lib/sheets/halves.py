"""The rows of a long sheet checked and written by two processes, each half of them.

What is in memory is there for a fork as well, which costs next to nothing; checking cells is what takes the time.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

from lib.children import end_with
from lib.errors import Invalid
from lib.sheets.mending import joined
from lib.sheets.model import Parsed

# Writes the rows after the first number and up to the last to a file.
Write = Callable[[Path, int, int | None], Parsed]
Answer = Parsed | Invalid | MemoryError

# A fork and its file are not worth it for fewer.
LONG = 20_000


def in_halves(write: Write, out: Path, rows: int | None, *, most_errors: int) -> Parsed:
    """Write all rows to ``out`` in their order; ``rows`` is how many there are, where that is known beforehand.

    Raises what either half raised; a half that was killed ends this process as well.
    """
    if rows is None or rows < LONG or len(os.sched_getaffinity(0)) < 2:
        return write(out, 0, None)
    half, rest = rows // 2, out.with_name(out.name + ".rest")
    context = get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_rest, args=(write, rest, half, sending, os.getpid()))
    process.start()
    sending.close()
    try:
        first = write(out, 0, half)
        answer = _answer(receiving, process)
        with rest.open("rb") as source, out.open("ab") as target:
            shutil.copyfileobj(source, target, 2**20)
    finally:
        process.kill()
        process.join()
        rest.unlink(missing_ok=True)
    return _together(first, answer, most_errors)


def _answer(receiving: Connection, process: ForkProcess) -> Parsed:
    try:
        answer: Answer = receiving.recv()
    except EOFError:
        process.join()
        if process.exitcode is not None and process.exitcode < 0:
            os.kill(os.getpid(), -process.exitcode)
        raise
    if isinstance(answer, Exception):
        raise answer
    return answer


def _rest(write: Write, out: Path, half: int, sending: Connection, parent: int) -> None:
    end_with(parent)
    answer: Answer
    try:
        answer = write(out, half, None)
    except (Invalid, MemoryError) as fault:
        answer = fault
    sending.send(answer)


def _together(first: Parsed, second: Parsed, most_errors: int) -> Parsed:
    reasons = first.skipped.keys() | second.skipped.keys()
    return replace(
        first,
        rows=first.rows + second.rows,
        rows_with_errors=first.rows_with_errors + second.rows_with_errors,
        mended=joined(first.mended, second.mended),
        errors=(first.errors + second.errors)[:most_errors],
        total_errors=first.total_errors + second.total_errors,
        skipped={reason: first.skipped.get(reason, 0) + second.skipped.get(reason, 0) for reason in sorted(reasons)},
    )
