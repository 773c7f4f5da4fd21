"""Processes that one of ours starts: they know nothing of its settings and secrets, and end when it ends."""

import ctypes
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PR_SET_PDEATHSIG = 1


def environment() -> dict[str, str]:
    """Return what a child may know of this process: where programs and packages are, no settings and no secrets."""
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    }
    found = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return kept | {"PYTHONPATH": os.pathsep.join(found), "PYTHONUTF8": "1"}


def end_with(parent: int) -> None:
    """Let this process end with the one that ordered it: nobody waits for its answer any more."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
