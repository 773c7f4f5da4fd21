"""Tells the rooms above that an account was mended, inside the same transaction.

disbursement marks the failed payments of the person as mended: it registers in `AppConfig.ready()`.
"""

from collections.abc import Callable

from households.models import AccountChange

Listener = Callable[[AccountChange], None]
_listeners: list[Listener] = []


def on_account_mended(listener: Listener) -> None:
    """Registers what hears of an approved change. It runs in the transaction: what it raises undoes the approval."""
    _listeners.append(listener)


def tell_account_mended(change: AccountChange) -> None:
    for listener in _listeners:
        listener(change)
