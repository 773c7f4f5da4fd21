"""Acts of several people at one moment, each in its own thread and connection: with `committed_db`.

outcomes = race(lambda: first(), lambda: second())
(lost,) = refusals(outcomes)               # nothing but refusals may have been raised
somebody_waits()                           # inside a transaction: goes on when another one waits for it
"""

import threading
import time
from collections.abc import Callable

from django.db import connection, connections

from lib.errors import Refusal


def race(*acts: Callable[[], object]) -> list[object]:
    """Runs the acts at once, each in its thread; what each gave or raised."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait()
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def refusals(outcomes: list[object]) -> list[Refusal]:
    raised = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, Refusal) for error in raised), raised
    return [error for error in raised if isinstance(error, Refusal)]


def somebody_waits(seconds: float = 20) -> None:
    """Returns as soon as another connection waits for what this one holds; that nobody comes is the test's fault."""
    until = time.monotonic() + seconds
    waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited")
