"""Tells the rooms above what happened to a person, inside the same transaction.

disbursement marks the failed payments of a person whose account was mended; rosters holds what is under way for a
person who died or is missing. Each registers in `AppConfig.ready()`.
"""

from collections.abc import Callable

from accounts.models import User
from households.models import AccountChange, Person

Listener = Callable[[AccountChange], None]
GoneListener = Callable[[Person, User], None]
_listeners: list[Listener] = []
_gone: list[GoneListener] = []


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
