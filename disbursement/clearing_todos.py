"""What waits for the parties of a clearing, and the pages of clearing and of months in the menu."""

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from disbursement import clearing_selectors, payers, selectors
from disbursement.services.clearing import missing_of

_COUNTY = frozenset(COUNTY_ROLES) | DEPARTMENT_ROLES
_CLEARING = "disbursement.clearing"
MENU = [
    MenuItem("按期发放", "disbursement:cycles", 55, _COUNTY, "payout.cycle"),
    MenuItem("年度清算", "disbursement:clearings", 56, _COUNTY | {Role.BANK_OPERATOR}),
]
CONFIRMING = frozenset({Role.FINANCE_HEAD, Role.DEPT_HEAD, Role.BANK_OPERATOR})


def todos(user: User, scope: Scope) -> list[Todo]:
    cards: list[Todo] = []
    page = reverse("disbursement:clearings")
    if payers.is_maker(user):
        mine = clearing_selectors.to_make(user)
        due = [clearing.pk for clearing in mine if clearing.status == clearing.Status.DUE]
        clock = selectors.first_clock(_CLEARING, ("clearing.within",), subject_id__in=due) if due else None
        sealed = [clearing for clearing in mine if clearing.status == clearing.Status.CONFIRMING]
        ready = sum(not missing_of(clearing) for clearing in sealed)
        cards += [
            Todo("待清算", len(due), page, clock=clock, order=47),
            Todo("清算待办结", ready, f"{page}?tab=confirming", order=48),
        ]
    if scope.roles & CONFIRMING:
        cards.append(Todo("清算待确认", len(clearing_selectors.to_confirm(user)), f"{page}?tab=confirming", order=30))
    return cards
