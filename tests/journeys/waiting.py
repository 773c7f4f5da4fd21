"""Waiting for what happens outside a page, without sleeping longer than a moment."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 30.0
MOMENT = 0.1


def until(ask: Callable[[], T | None], what: str) -> T:
    """The first answer that is not None (or False); `what` is said when there is none in time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(MOMENT)
    raise AssertionError(f"in {PATIENCE:.0f} seconds nothing came of: {what}")
