"""Acts of several people at one moment, each in its own thread and connection: with `committed_db`.

outcomes = race(lambda: first(), lambda: second())
(lost,) = refusals(outcomes)               # nothing but refusals may have been raised
"""

import threading
from collections.abc import Callable

from django.db import connections

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
