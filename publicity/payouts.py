"""What was paid to a person, as the person may see it: asked of the room above, which registers in `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from households.models import Person


@dataclass(frozen=True)
class PayoutView:
    """One payment in a villager's words. `tone` is neutral, good, warn or bad; `failure` says why and what to do.

    `own` tells how the amount comes about. `whose` is said where beneficiary and payee are two: who receives it for
    whom. `recovered_fen` of what was paid has been paid back.
    """

    what: str
    period: str
    amount_fen: int
    state: str
    tone: str = "neutral"
    at: datetime | None = None
    account_tail: str = ""
    bank_name: str = ""
    failure: str = ""
    whose: str = ""
    year: int = 0
    paid: bool = False
    recovered_fen: int = 0
    own: tuple[tuple[str, str], ...] = ()


PayoutSource = Callable[[Person], list[PayoutView]]
_sources: list[PayoutSource] = []


def register_payouts(source: PayoutSource) -> None:
    _sources.append(source)


def payouts_of(person: Person) -> list[PayoutView]:
    """Everything that was paid, or failed to be, newest first."""
    found = [view for source in _sources for view in source(person)]
    return sorted(found, key=lambda view: view.at.timestamp() if view.at else float("inf"), reverse=True)


@dataclass(frozen=True)
class Year:
    """A year's payments of a person, with what of them has arrived and stayed."""

    year: int
    paid_fen: int
    payouts: tuple[PayoutView, ...]


def by_year(payouts: list[PayoutView]) -> list[Year]:
    """All policies of each year together, the newest year first."""
    years = sorted({_year(view) for view in payouts}, reverse=True)
    told = [(year, tuple(view for view in payouts if _year(view) == year)) for year in years]
    return [
        Year(year, sum(view.amount_fen - view.recovered_fen for view in views if view.paid), views)
        for year, views in told
    ]


def _year(view: PayoutView) -> int:
    return view.year or (view.at.year if view.at else 0)
