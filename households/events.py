"""Tells the rooms above what happened to a person, inside the same transaction.

disbursement marks the failed payments of a person whose account was mended; rosters holds what is under way for a
person who died or is missing, and checks again what is being made of people who changed. Each registers in
`AppConfig.ready()`.
"""

from collections.abc import Callable, Collection

from accounts.models import User
from households.models import AccountChange, Person

Listener = Callable[[AccountChange], None]
GoneListener = Callable[[Person, User], None]
_listeners: list[Listener] = []
_gone: list[GoneListener] = []
ChangedListener = Callable[[Collection[int], User], None]
_changed: list[ChangedListener] = []


def on_account_mended(listener: Listener) -> None:
    """Registers what hears of an approved change. It runs in the transaction: what it raises undoes the approval."""
    _listeners.append(listener)


def tell_account_mended(change: AccountChange) -> None:
    for listener in _listeners:
        listener(change)


def on_gone(listener: GoneListener) -> None:
    """Registers what hears of a death or of a missing person, by its state, and of who recorded it."""
    _gone.append(listener)


def tell_gone(person: Person, by: User) -> None:
    for listener in _gone:
        listener(person, by)


def on_changed(listener: ChangedListener) -> None:
    """Registers what hears of people of whom the register says something else now: by request, account or death."""
    _changed.append(listener)


def tell_changed(people: Collection[int], by: User) -> None:
    if people:
        for listener in _changed:
            listener(people, by)
