"""The rows of a long sheet checked and written by two processes, each half of them.

What is in memory is there for a fork as well, which costs next to nothing; checking cells is what takes the time, and
of a sheet that is read piece by piece reading them.
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
from lib.sheets.read import Numbered, Table

# Checks numbered rows and writes them to a file.
Write = Callable[[Path, Numbered], Parsed]
Answer = Parsed | Invalid | MemoryError


def in_halves(write: Write, out: Path, table: Table, *, most_errors: int) -> Parsed:
    """Write all rows to ``out`` in their order.

    Raises what either half raised; a half that was killed ends this process as well.
    """
    if table.halves is None or len(os.sched_getaffinity(0)) < 2:
        return write(out, table.numbered())
    first_rows, other_rows = table.halves
    rest = out.with_name(out.name + ".rest")
    context = get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_rest, args=(write, rest, other_rows, sending, os.getpid()))
    process.start()
    sending.close()
    try:
        first = write(out, first_rows())
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


def _rest(write: Write, out: Path, rows: Callable[[], Numbered], sending: Connection, parent: int) -> None:
    end_with(parent)
    answer: Answer
    try:
        answer = write(out, rows())
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
