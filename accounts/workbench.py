"""What waits for a person, and where the pages are: every room registers its own part in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from accounts.scope import Scope, scope_of


@dataclass(frozen=True)
class Todo:
    """A card of the workbench: how many of what wait, where, and the clock that runs out first."""

    title: str
    count: int
    url: str
    clock: dict[str, Any] | None = None
    note: str = ""
    tone: str = "neutral"
    order: int = 50


@dataclass(frozen=True)
class MenuItem:
    """A page of the left navigation, for people who hold one of `roles` (empty: everybody who is signed in)."""

    title: str
    url_name: str
    order: int
    roles: frozenset[str] = field(default_factory=frozenset)


TodoSource = Callable[[User, Scope], list[Todo]]
_sources: list[TodoSource] = []
_menu: list[MenuItem] = []


def register_todos(source: TodoSource) -> None:
    _sources.append(source)


def register_menu(*items: MenuItem) -> None:
    _menu.extend(items)


def todos_for(user: User) -> list[Todo]:
    """Everything that this person can act on now; cards with nothing in them are left out."""
    scope = scope_of(user)
    cards = [card for source in _sources for card in source(user, scope) if card.count]
    return sorted(cards, key=lambda card: (card.order, card.title))


def menu_for(user: User) -> list[MenuItem]:
    roles = scope_of(user).roles
    return sorted(
        (item for item in _menu if not item.roles or item.roles & roles), key=lambda item: (item.order, item.title)
    )
