"""Which supplied lists wait for a person."""

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import DEPARTMENT_ROLES, TOWNSHIP_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from rosters.supplies import selectors, services
from rosters.supplies.key_views import READERS
from rosters.supplies.models import Supply, SupplyKey

MENU = [
    MenuItem("部门名单", "rosters:supplies", 32, TOWNSHIP_ROLES | DEPARTMENT_ROLES | {Role.AUDITOR}),
    MenuItem("系统对接密钥", "rosters:supply_keys", 95, READERS),
]


def todos(user: User, scope: Scope) -> list[Todo]:
    page = reverse("rosters:supplies")
    cards = []
    if scope.holds(Role.TOWNSHIP_CLERK):
        cards.append(Todo("主管部门名单待取入清册", selectors.to_take(user).count(), page, order=19))
    if scope.roles & services.SUPPLIERS:
        offices = [office.pk for office in scope.organisations(services.SUPPLIERS)]
        waiting = Supply.objects.filter(organisation__in=offices, state=Supply.State.SORTED)
        cards.append(Todo("待下达乡镇的名单", waiting.count(), page, order=19))
    if scope.holds(Role.FINANCE_HEAD):
        asked = SupplyKey.objects.filter(state=SupplyKey.State.ASKED).exclude(asked_by_person=user.person_id)
        cards.append(Todo("系统对接密钥待审批", asked.count(), reverse("rosters:supply_keys"), order=60))
    return cards
