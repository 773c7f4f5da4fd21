"""Which applications wait for a person."""

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import DEPARTMENT_ROLES, TOWNSHIP_ROLES, VILLAGE_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from households.units import VILLAGE_RULE
from rosters.applications import selectors
from rosters.applications.deciding import DECIDERS

MENU = [
    MenuItem("补贴申报", "rosters:applications", 31, TOWNSHIP_ROLES | DEPARTMENT_ROLES | {Role.AUDITOR}),
    MenuItem("补贴申报", "rosters:applications", 31, VILLAGE_ROLES, part=VILLAGE_RULE),
]


def todos(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & DECIDERS:
        return []
    page = reverse("rosters:applications")
    return [
        Todo("待受理的补贴申报", selectors.to_accept(user).count(), f"{page}?tab=accept", order=17),
        Todo("待审核的补贴申报", selectors.to_decide(user).count(), f"{page}?tab=decide", order=18),
    ]
