"""Runs services for the commands that share them; started by `script.services`, ends with its last user."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from script.services import Plan, keep, live_plan, test_plan  # noqa: E402 - the path to ourselves is set just above

PLANS: dict[str, Callable[[], Plan]] = {"services": live_plan, "test-services": test_plan}


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(name: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    keep(PLANS[name](), name)


if __name__ == "__main__":
    main(sys.argv[1])
