"""What waits in this room for a person's posts, with the clock that runs out first."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, UNIT_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from rosters import chain, gone, selectors
from rosters.models import Roster

MENU = [
    MenuItem(
        "发放清册",
        "rosters:list",
        30,
        frozenset(UNIT_ROLES | DEPARTMENT_ROLES | COUNTY_ROLES),
    )
]
Status = Roster.Status


def todos(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & (UNIT_ROLES | DEPARTMENT_ROLES | COUNTY_ROLES):
        return []
    cards = [*_of_clerk(user, scope), *_of_signer(user), _of_stopped(user)]
    if scope.holds(Role.FINANCE_OFFICER):
        cards.append(_card("待发放清册", list(_seen(user, Status.APPROVED)), order=40, status=Status.APPROVED))
    return cards


def _of_clerk(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & chain.MAKERS:
        return []
    drafts = list(_seen(user, Status.DRAFT))
    again = [roster for roster in drafts if roster.kind == Roster.Kind.CORRECTION]
    return [
        _card("被退回清册", list(_seen(user, Status.RETURNED)), order=10, tone="warn", status=Status.RETURNED),
        _card("发放失败待重新申报", again, order=12, tone="warn", status=Status.DRAFT),
        _card("待编制清册", [roster for roster in drafts if roster not in again], order=20, status=Status.DRAFT),
        _card("公示中清册", list(_seen(user, Status.NOTICE)), order=50, status=Status.NOTICE),
    ]


def _of_signer(user: User) -> list[Todo]:
    """What may be signed, apart what submits (待上报) from what is only reviewed (待审)."""
    review: list[Roster] = []
    submit: list[Roster] = []
    for roster in selectors.waiting_for(user):
        step = chain.acting_step(roster)
        (submit if step is not None and step.submits else review).append(roster)
    return [
        _card("待审清册", review, order=15, tab="todo"),
        _card("待上报清册", submit, order=16, tab="todo"),
    ]


def _of_stopped(user: User) -> Todo:
    """Rosters on their way with somebody who died or is missing since: they must come back (ZLT§16)."""
    stopped = list(selectors.visible_rosters(user).filter(pk__in=gone.stopped().values("pk")))
    return _card("清册中有人死亡或失踪，须停发", stopped, order=5, tone="bad", tab="all")


def _seen(user: User, status: str) -> Any:
    return selectors.visible_rosters(user).filter(status=status)


def _card(title: str, rosters: list[Roster], *, order: int, tone: str = "neutral", **query: str) -> Todo:
    clocks = [clock for clock in selectors.clocks_of(rosters).values() if clock["due_at"] is not None]
    if len(rosters) == 1:
        url = reverse("rosters:detail", args=[rosters[0].pk])
    else:
        url = f"{reverse('rosters:list')}?{urlencode({'tab': 'all', **query})}"
    nearest = min(clocks, key=lambda clock: clock["due_at"]) if clocks else None
    return Todo(title=title, count=len(rosters), url=url, clock=nearest, tone=tone, order=order)
