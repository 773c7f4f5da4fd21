"""Keeps children running: shows their output, starts again what crashed, and stops all in order."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from script import processes, watchdog
from script.console import Console
from script.processes import Program

TICK = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY_SECONDS = 60.0
LONGEST_LINE = 64 * 1024


class StopRequested(BaseException):
    """A signal asked the supervisor to stop."""


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    keep: bool
    before: Callable[[], None] | None
    started: float
    pause: float = FIRST_PAUSE
    again_at: float | None = None


class Supervisor:
    def __init__(self, console: Console, keep_open: tuple[int, ...] = ()) -> None:
        self.console = console
        self.children: list[Child] = []
        self.asked = 0
        self._keep_open = keep_open
        self._selector = selectors.DefaultSelector()
        self._partial: dict[int, bytes] = {}
        self._wake_up()
        self._watchdog = self._start_watchdog()

    # --- Signals ------------------------------------------------------------------------------------------------------
    def _wake_up(self) -> None:
        """Signals end the wait in `select` at once."""
        reader, writer = os.pipe()
        for descriptor in (reader, writer):
            os.set_blocking(descriptor, False)
        self._selector.register(reader, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1

    # --- The watchdog -------------------------------------------------------------------------------------------------
    def _start_watchdog(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", str(Path(watchdog.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=self._keep_open,
            cwd="/",
        )

    def _tell(self, line: str) -> None:
        pipe = self._watchdog.stdin
        assert pipe is not None  # noqa: S101 - it was asked for as a pipe
        with contextlib.suppress(BrokenPipeError):
            pipe.write(line.encode())
            pipe.flush()

    def _watch_the_watchdog(self) -> None:
        if self._watchdog.poll() is None:
            return
        self._watchdog = self._start_watchdog()
        for child in self.children:
            if child.process.returncode is None:
                self._tell(f"+{child.process.pid} {int(child.program.stop_signal)}\n")

    # --- Starting -----------------------------------------------------------------------------------------------------
    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        process = processes.start(program, subprocess.PIPE)
        self._tell(f"+{process.pid} {int(program.stop_signal)}\n")
        output = process.stdout
        assert output is not None  # noqa: S101 - it was asked for as a pipe
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, program.name)
        return process

    def start(self, program: Program, *, keep: bool = True, before: Callable[[], None] | None = None) -> Child:
        """Start a child; `keep` starts it again when it ends, after `before`."""
        if before:
            before()
        child = Child(program, self._spawn(program), keep, before, time.monotonic())
        self.children.append(child)
        return child

    def run(self, program: Program) -> int:
        """Start a command and wait for its end; returns its status."""
        child = self.start(program, keep=False)
        self.until(lambda: child.process.poll() is not None)
        self._forget(child)
        return child.process.returncode

    def _forget(self, child: Child) -> None:
        processes.kill_group(child.process.pid, signal.SIGKILL)
        self._tell(f"-{child.process.pid}\n")
        self._drain()
        if child in self.children:
            self.children.remove(child)

    # --- The loop -----------------------------------------------------------------------------------------------------
    def until(self, done: Callable[[], bool], seconds: float = float("inf")) -> bool:
        """Turn the loop until something is true; False when the time is over before."""
        end = time.monotonic() + seconds
        while not done():
            if self.asked:
                raise StopRequested
            if time.monotonic() >= end:
                return False
            self._turn()
        return True

    def forever(self) -> None:
        self.until(lambda: False)

    def _turn(self, wait: float = TICK) -> None:
        for key, _ in self._selector.select(wait):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 4096)
            else:
                self._read(key.fileobj, key.data)
        self._watch_the_watchdog()
        for child in list(self.children):
            self._tend(child)

    def _drain(self) -> None:
        for key, _ in self._selector.select(0):
            if key.data is not None:
                self._read(key.fileobj, key.data)

    def _read(self, pipe: Any, name: str) -> None:
        descriptor = pipe.fileno()
        try:
            received = os.read(descriptor, LONGEST_LINE)
        except BlockingIOError:
            return
        *lines, rest = (self._partial.pop(descriptor, b"") + received).split(b"\n")
        if rest and (not received or len(rest) > LONGEST_LINE):
            lines, rest = [*lines, rest], b""
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text:
                self.console.line(name, text)
        if received:
            self._partial[descriptor] = rest
        else:
            self._selector.unregister(pipe)
            pipe.close()

    def _tend(self, child: Child) -> None:
        if not child.keep:
            return
        now = time.monotonic()
        if child.again_at is None:
            status = child.process.poll()
            if status is None:
                return
            processes.kill_group(child.process.pid, signal.SIGKILL)
            self._tell(f"-{child.process.pid}\n")
            if now - child.started > STEADY_SECONDS:
                child.pause = FIRST_PAUSE
            child.again_at = now + child.pause
            how = f"信号 {-status}" if status < 0 else f"状态 {status}"
            self.console.say(f"{child.program.name} 意外结束（{how}），{child.pause:.0f} 秒后重启。It ended.")
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.again_at:
            if child.before:
                child.before()
            child.process, child.started, child.again_at = self._spawn(child.program), now, None

    # --- Stopping -----------------------------------------------------------------------------------------------------
    def stop_all(self) -> None:
        """In the reverse order of their starts; whoever asks again is not kept waiting."""
        before = self.asked
        for child in reversed(list(self.children)):
            child.keep = False
            self._stop(child, lambda: self.asked > before)
            self._forget(child)
        pipe = self._watchdog.stdin
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._watchdog.wait()

    def _stop(self, child: Child, hurry: Callable[[], bool]) -> None:
        process, program = child.process, child.program
        if process.poll() is None:
            self.console.say(f"停止 {program.name} …")
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(program.stop_signal)
        end = time.monotonic() + program.stop_seconds
        while process.poll() is None and time.monotonic() < end and not hurry():
            self._turn()
        if process.poll() is None:
            processes.kill_group(process.pid, signal.SIGKILL)
            process.wait()
