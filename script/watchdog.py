"""Outlives the supervisor by some seconds when that is killed, and leaves nothing of its session running.

It reads one line for every child from its standard input: `+<pid> <signal>` when one starts, `-<pid>` when one is
gone. When the input ends, the supervisor is dead or done: whatever is still listed is asked to end, then killed.
Every child leads a session of its own, so its own children are found by it. Run as a file, not as a module.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

GRACE_SECONDS = 8.0
SESSION_FIELD = 3  # in /proc/<pid>/stat, counted after the command's name


def members(session: int) -> list[int]:
    """Living processes of the session; zombies are dead already."""
    if not Path("/proc/self/stat").exists():
        return _group_without_proc(session)
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
            fields = text[text.rindex(")") + 2 :].split()
            if int(fields[SESSION_FIELD]) == session and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def _group_without_proc(session: int) -> list[int]:
    try:
        os.killpg(session, 0)
    except OSError:
        return []
    return [session]


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def put_away(children: dict[int, int]) -> None:
    for session, number in children.items():
        _send(session, number)
    end = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < end and any(members(session) for session in children):
        time.sleep(0.1)
    for session in children:
        for pid in members(session):
            _send(pid, signal.SIGKILL)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children: dict[int, int] = {}
    for line in sys.stdin:
        words = line.split()
        if line.startswith("+"):
            children[int(words[0][1:])] = int(words[1])
        elif line.startswith("-"):
            children.pop(int(words[0][1:]), None)
    put_away(children)


if __name__ == "__main__":
    main()
