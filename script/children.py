"""Running one command in the foreground of the terminal, and handing on the signals that end it."""

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from script.paths import PYTHON
from script.processes import Program, start

# In a script of one command the signals for it arrive here as well; a terminal sends Ctrl-C to both by itself.
HANDED_ON = (signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal asked this command to end; raised so that everything started is put away."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


def end_on_signals() -> None:
    """Until a child runs, TERM and HUP unwind the command like Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Ended(number)

    for number in HANDED_ON:
        signal.signal(number, end)


def foreground(arguments: Sequence[str], environment: Mapping[str, str], *, cwd: Path) -> int:
    """Run Python with these arguments on our terminal; returns its exit status."""
    program = Program("command", [str(PYTHON), *arguments], environment, cwd)
    sys.stdout.flush()
    kept_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The child must not inherit that we ignore Ctrl-C.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    process = start(program, own_session=False)
    kept = {number: signal.signal(number, lambda got, frame: process.send_signal(got)) for number in HANDED_ON}
    try:
        status = process.wait()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGINT, kept_interrupt)
    return status if status >= 0 else 128 - status
