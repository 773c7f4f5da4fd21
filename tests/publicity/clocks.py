"""Moments and clocks of notices, and people who act at once."""

import threading
from collections.abc import Callable
from datetime import datetime

from publicity.models import Notice
from rosters.models import Roster
from rulebook import clock, deadlines
from rulebook.models import Deadline


def moment(text: str) -> datetime:
    """A Shanghai time such as 2026-05-12T00:00."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


def clock_of(kind: str, subject: Roster | Notice) -> Deadline:
    return Deadline.objects.get(kind=kind, **deadlines.key_of(subject))


def in_threads(*work: Callable[[], object]) -> None:
    """All at once, until the last is done."""
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
