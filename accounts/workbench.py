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


# The headings of the left navigation, by the tens of an item's order.
GROUPS = {
    2: "对象与账户",
    3: "清册与公示",
    4: "清册与公示",
    5: "资金发放",
    6: "政策与指标",
    7: "规则与时限",
    8: "监督与数据",
    9: "系统管理",
}


@dataclass(frozen=True)
class MenuItem:
    """A page of the left navigation, for people who hold one of `roles` (empty: everybody who is signed in).

    `order` also tells under which heading it stands (GROUPS); `part` names the rule without which the page plays no
    part in this county.
    """

    title: str
    url_name: str
    order: int
    roles: frozenset[str] = field(default_factory=frozenset)
    part: str = ""

    @property
    def group(self) -> str:
        return GROUPS.get(self.order // 10, "")


@dataclass(frozen=True)
class Figure:
    """One figure of the strip on top of the workbench, with its lines behind `url` (see parts/_totals.html)."""

    label: str
    url: str
    fen: int | None = None
    count: int | None = None
    unit: str = ""
    note: str = ""
    tone: str = ""
    order: int = 50


@dataclass(frozen=True)
class Panel:
    """A part of the workbench that a room draws by itself with its own template."""

    template: str
    context: dict[str, Any]
    order: int = 50


TodoSource = Callable[[User, Scope], list[Todo]]
FigureSource = Callable[[User, Scope], list[Figure]]
PanelSource = Callable[[User, Scope], Panel | None]
# Which of the parts that not every county has are there: asked once for a whole menu.
PartSource = Callable[[], frozenset[str]]
_sources: list[TodoSource] = []
_figures: list[FigureSource] = []
_panels: list[PanelSource] = []
_menu: list[MenuItem] = []
_parts: list[PartSource] = []


def register_todos(source: TodoSource) -> None:
    _sources.append(source)


def register_figures(source: FigureSource) -> None:
    _figures.append(source)


def register_panel(source: PanelSource) -> None:
    _panels.append(source)


def register_parts(source: PartSource) -> None:
    _parts.append(source)


def register_menu(*items: MenuItem) -> None:
    _menu.extend(items)


def parts_there() -> frozenset[str]:
    """Which of the parts that not every county has are there today."""
    return frozenset(name for source in _parts for name in source())


def todos_for(user: User) -> list[Todo]:
    """Everything that this person can act on now; cards with nothing in them are left out."""
    scope = scope_of(user)
    cards = [card for source in _sources for card in source(user, scope) if card.count]
    return sorted(cards, key=lambda card: (card.order, card.title))


def figures_for(user: User) -> list[Figure]:
    """How the money and the work of this person's county, department or township stand."""
    scope = scope_of(user)
    found = [figure for source in _figures for figure in source(user, scope)]
    return sorted(found, key=lambda figure: figure.order)


def panels_for(user: User) -> list[Panel]:
    scope = scope_of(user)
    found = [panel for source in _panels if (panel := source(user, scope)) is not None]
    return sorted(found, key=lambda panel: panel.order)


def menu_for(user: User) -> list[MenuItem]:
    roles = scope_of(user).roles
    mine = [item for item in _menu if not item.roles or item.roles & roles]
    if any(item.part for item in mine):
        there = parts_there()
        mine = [item for item in mine if not item.part or item.part in there]
    # Two posts may open the same page, one of them by a rule: it stands once.
    once = {item.url_name: item for item in reversed(mine)}
    return sorted(once.values(), key=lambda item: (item.order, item.title))
