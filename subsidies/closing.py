"""Quotas that take no more rosters and no more money: a room above says which (a year that was cleared).

A room registers in `AppConfig.ready()` a function that says why a quota is closed, or nothing.
"""

from collections.abc import Callable

from lib.errors import Conflict
from subsidies.models import Quota

Closed = Callable[[Quota], str]
_sources: list[Closed] = []


def register_closed(source: Closed) -> None:
    _sources.append(source)


def refuse_if_closed(quota: Quota) -> None:
    """Refuses what would use a quota that is closed."""
    for source in _sources:
        why = source(quota)
        if why:
            raise Conflict(why, code="subsidies.quota_closed", field="quota", rule="clearing.at")
