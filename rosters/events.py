"""Tells the rooms above that a roster moved, inside the same transaction.

publicity withdraws the notice of a returned roster, disbursement looks at its clocks: each registers in `ready()`.
A listener may refuse a move by raising a `lib.errors.Refusal` (a roster that is in a batch does not go back): the whole
move is then undone. It may move the roster on (a notice that still counts): a move is the last thing an act does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from rosters.models import Roster


@dataclass(frozen=True)
class Moved:
    roster: Roster
    status_before: str
    step_before: str
    by: User | None
    reason: str = ""


Listener = Callable[[Moved], None]
_listeners: list[Listener] = []


def on_moved(listener: Listener) -> None:
    _listeners.append(listener)


def tell(moved: Moved) -> None:
    for listener in _listeners:
        listener(moved)
