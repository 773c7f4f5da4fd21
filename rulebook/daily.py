"""What comes with a day by itself: a policy ends, a year's list begins to be due.

A room registers what it has to do in `AppConfig.ready()`. Every sweep asks all of them, so that a day on which nothing
swept is made up for; each therefore looks first for what is left to do, and does nothing twice.
"""

import logging
from collections.abc import Callable
from datetime import date

from django.db import transaction

from rulebook import clock

logger = logging.getLogger(__name__)

Daily = Callable[[date], None]
_registered: list[Daily] = []


def register(act: Daily) -> None:
    """`act` gets the portal's day. It must be safe to call again on the same day, and at once by two sweeps."""
    if act not in _registered:
        _registered.append(act)


def run(day: date | None = None) -> None:
    """Asks everybody, each in a transaction of its own: one that fails must not stop the others."""
    today = day or clock.today()
    for act in _registered:
        try:
            with transaction.atomic():
                act(today)
        except Exception:
            logger.exception("what comes with the day failed: %s", getattr(act, "__qualname__", act))
