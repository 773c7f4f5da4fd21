"""Tells the rooms above, inside the same transaction, that an application was decided: the applicant hears of it."""

from collections.abc import Callable

from rosters.applications.models import Application

Listener = Callable[[Application], None]
_listeners: list[Listener] = []


def on_decided(listener: Listener) -> None:
    _listeners.append(listener)


def tell_decided(application: Application) -> None:
    for listener in _listeners:
        listener(application)
