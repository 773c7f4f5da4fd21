"""Starting and stopping one child, so that it never outlives whoever started it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

Output = int | IO[Any] | None

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The unprivileged user under which services run when the operator is root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    keep_open: tuple[int, ...] = field(default=())


def die_with_parent(parent: int, number: signal.Signals) -> Callable[[], None]:
    """To be called in the child, after its user is set (changing the user clears the wish)."""

    def wish() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:
                os._exit(1)

    return wish


def start(program: Program, output: Output = None, *, own_session: bool = True) -> subprocess.Popen[bytes]:
    account = program.account
    return subprocess.Popen(
        list(program.argv),
        env=dict(program.env),
        cwd=program.cwd,
        stdin=subprocess.DEVNULL if own_session else None,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=own_session,
        pass_fds=program.keep_open,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077 if account else -1,
        preexec_fn=die_with_parent(os.getpid(), program.stop_signal),  # noqa: PLW1509 - one prctl call, no threads here
    )


def stop(process: subprocess.Popen[bytes], program: Program) -> None:
    """Ask, wait, then insist; the whole session goes, not only its leader."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(program.stop_signal)
        try:
            process.wait(program.stop_seconds)
        except subprocess.TimeoutExpired:
            kill_group(process.pid, signal.SIGKILL)
            process.wait()
    kill_group(process.pid, signal.SIGKILL)


def kill_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def run_as(account: Account | None, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str:
    """Run to the end; the output is returned, a failure raises with it."""
    done = subprocess.run(
        list(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {done.stdout.strip()}")
    return done.stdout
