"""Parsing an upload in a process of its own, which may die without harm.

``parse`` starts a fresh interpreter that scans, reads, checks and writes a file in PostgreSQL's COPY text format; see
``lib.sheets.model.out_columns`` for its fields. Whatever happens to the child becomes a sentence for the clerk.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from lib import crypto
from lib.children import ROOT, environment
from lib.errors import Invalid
from lib.sheets.model import (
    DEFAULT_LIMITS,
    SECRET_KINDS,
    CellError,
    Column,
    Kind,
    Limits,
    Mended,
    Parsed,
    out_columns,
)
from lib.sheets.scan import SAVE_AS

__all__ = ["CellError", "Column", "Kind", "Limits", "Mended", "Parsed", "out_columns", "parse"]

_TOO_MUCH = "文件过大或结构过于复杂，处理时超出限制。请只复制有内容的行到新工作簿，或按乡镇、村拆分后再上传"
_DEATHS = ("sheet.killed", "sheet.crashed", "sheet.memory")
_BROKEN = "文件内容异常，读取中断。" + SAVE_AS


def parse(
    source: Path, columns: Sequence[Column], out: Path, *, limits: Limits = DEFAULT_LIMITS, today: date
) -> Parsed:
    """Read ``source`` by ``columns`` into ``out`` (created or replaced, readable by its owner only).

    ``today`` bounds dates of birth. Rows with cell errors are written too, with their count in ``row_errors``.
    Raises ``Invalid`` (codes ``sheet.*``) when the file as a whole cannot be taken; ``out`` is then removed.
    """
    keys = [column.key for column in columns]
    if not keys or len(set(keys)) < len(keys):
        raise ValueError("columns need keys of their own")
    secret = any(column.kind in SECRET_KINDS for column in columns)
    order = {
        "source": str(source.resolve()),
        "out": str(out.resolve()),
        "columns": [asdict(column) for column in columns],
        "limits": asdict(limits),
        "today": today.isoformat(),
        "crypto": crypto.active_config() if secret else None,
    }
    out.unlink(missing_ok=True)
    os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        return Parsed.from_json(_answer(order, limits))
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def _answer(order: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Run the child and return what it parsed; raise ``Invalid`` for refusals and for whatever killed it."""
    try:
        parsed: dict[str, Any] = _asked({**order, "only_scan": False}, limits)["parsed"]
    except Invalid as fault:
        # It reads while it scans. What the scan would have refused is told by a scan that nothing disturbs.
        if fault.code in _DEATHS:
            _asked({**order, "only_scan": True}, limits)
        raise
    return parsed


def _asked(order: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Return a child's answer; raise ``Invalid`` for what it refused and for whatever ended it."""
    answer: dict[str, Any] = json.loads(ask("lib.sheets.child", order, limits).stdout)
    if "refusal" in answer:
        message, code = answer["refusal"]
        raise Invalid(message, code=code)
    if "exhausted" in answer:
        raise Invalid(_TOO_MUCH, code="sheet.memory")
    return answer


def ask(module: str, order: dict[str, Any], limits: Limits) -> subprocess.CompletedProcess[bytes]:
    """Run a child on an order and return how it ended well; raise ``Invalid`` for whatever ended it otherwise.

    A child that was killed from outside, and not by one of its own limits, is tried once more: the machine may have
    been short of memory for a moment.
    """
    for last in (False, True):
        try:
            done = subprocess.run(
                [sys.executable, "-m", module],
                input=json.dumps({**order, "parent": os.getpid()}).encode(),
                capture_output=True,
                cwd=ROOT,
                env=environment(),
                timeout=limits.wall_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as fault:
            raise Invalid(_TOO_MUCH, code="sheet.timeout") from fault
        if done.returncode != -signal.SIGKILL or last:
            break
    if done.returncode:
        _died(done.returncode)
    return done


def _died(returncode: int) -> NoReturn:
    """Raise the sentence for a child that did not answer."""
    if -returncode in (signal.SIGXCPU, signal.SIGKILL, signal.SIGXFSZ):
        raise Invalid(_TOO_MUCH, code="sheet.killed")
    raise Invalid(_BROKEN, code="sheet.crashed")
