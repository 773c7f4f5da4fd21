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
    # A return that asks for a certain mend: the way may go on where it stopped.
    resumes: bool = False


Listener = Callable[[Moved], None]
# Says (by raising a refusal) that the post behind has acted already: its act is not taken from under it.
Acted = Callable[[Roster], None]
_listeners: list[Listener] = []
_acted: list[Acted] = []


def on_moved(listener: Listener) -> None:
    _listeners.append(listener)


def on_recall(acted: Acted) -> None:
    _acted.append(acted)


def refuse_acted(roster: Roster) -> None:
    """Refuses a recall of what somebody has acted upon."""
    for acted in _acted:
        acted(roster)


def tell(moved: Moved) -> None:
    for listener in _listeners:
        listener(moved)
