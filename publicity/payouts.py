"""What was paid to a person, as the person may see it: asked of the room above, which registers in `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from households.models import Person


@dataclass(frozen=True)
class PayoutView:
    """One payment in a villager's words. `tone` is neutral, good, warn or bad; `failure` says why and what to do."""

    what: str
    period: str
    amount_fen: int
    state: str
    tone: str = "neutral"
    at: datetime | None = None
    account_tail: str = ""
    bank_name: str = ""
    failure: str = ""


PayoutSource = Callable[[Person], list[PayoutView]]
_sources: list[PayoutSource] = []


def register_payouts(source: PayoutSource) -> None:
    _sources.append(source)


def payouts_of(person: Person) -> list[PayoutView]:
    """Everything that was paid, or failed to be, newest first."""
    found = [view for source in _sources for view in source(person)]
    return sorted(found, key=lambda view: view.at.timestamp() if view.at else float("inf"), reverse=True)
