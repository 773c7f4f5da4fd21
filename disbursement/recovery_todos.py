"""What waits in recovery for a person's posts, and its page in the menu."""

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, TOWNSHIP_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from disbursement import recovery_selectors as selectors
from disbursement.services.recovery.cases import CONFIRMERS

MENU = [
    MenuItem(
        "追缴", "disbursement:recovery", 54, frozenset(COUNTY_ROLES) | DEPARTMENT_ROLES | TOWNSHIP_ROLES
    ),
]  # fmt: skip


def todos(user: User, scope: Scope) -> list[Todo]:
    cards: list[Todo] = []
    page = reverse("disbursement:recovery")
    if scope.department_ids:
        mine = selectors.to_recover(user)
        late = selectors.overdue(mine).count()
        cards += [
            Todo("追缴待审核", selectors.to_decide(user).count(), f"{page}?tab=proposed", order=25),
            Todo("待追缴", mine.count(), page, tone="bad" if late else "warn", order=26),
        ]
    if scope.roles & frozenset(CONFIRMERS):
        cards.append(Todo("待确认回款", selectors.to_confirm(user).count(), f"{page}?tab=waiting", order=46))
    if scope.holds(Role.FINANCE_HEAD):
        cards.append(Todo("追缴待审定办结", selectors.to_end().count(), f"{page}?tab=ending", order=31))
    return cards
