"""Long work on the database shared out among a few connections, each in a thread of its own.

One statement over 100,000 rows keeps one core of PostgreSQL busy. Where work falls into parts that need nothing of each
other, several connections do it in a fraction of the time. Each part is a transaction of its own: it sees what had been
committed before, and commits for itself. What holds the parts together is the caller's to keep.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from django.db import connection, connections, transaction

T = TypeVar("T")
Part = Callable[[], T]

# More would take from a county's pages what one clerk's file gains.
HANDS = 2
_PATIENCE_SECONDS = 1.0


def _alone_at_it() -> None:
    """The hands are what is shared out: workers of PostgreSQL's own would only take the cores from each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('max_parallel_workers_per_gather', '0', true)")


def in_turn(parts: Sequence[Part[T]]) -> list[T]:
    """One after the other on the caller's own connection, in the caller's transaction."""
    return [part() for part in parts]


def shared(parts: Sequence[Part[T]], meanwhile: Callable[[], None] = lambda: None) -> list[T]:
    """What the parts give, in their order; `meanwhile` is called about once a second until all have ended.

    Raises what a part raised. Parts that had not begun by then are left; those that had committed stay committed.
    """
    todo = deque(enumerate(parts))
    found: dict[int, T] = {}

    def work() -> None:
        try:
            while todo:
                try:
                    place, part = todo.popleft()
                except IndexError:
                    return
                with transaction.atomic():
                    _alone_at_it()
                    found[place] = part()
        except BaseException:
            todo.clear()
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        hands = [pool.submit(work) for _ in parts[:HANDS]]
        while wait(hands, timeout=_PATIENCE_SECONDS).not_done:
            meanwhile()
    for hand in hands:
        hand.result()
    return [found[place] for place in range(len(parts))]
