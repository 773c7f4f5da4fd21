"""What waits for a township's people in matters of cash, and its page in the menu."""

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from disbursement import cash_selectors, selectors
from disbursement.models import CashSession

Status = CashSession.Status
MENU = [
    MenuItem(
        "现金发放",
        "disbursement:cash",
        54,
        frozenset(COUNTY_ROLES) | DEPARTMENT_ROLES | {Role.TOWNSHIP_CLERK, Role.TOWNSHIP_LEADER},
        "cash.allowed",
    )
]


def todos(user: User, scope: Scope) -> list[Todo]:
    page = reverse("disbursement:cash")
    sessions = cash_selectors.visible_sessions(user)
    cards: list[Todo] = []
    if scope.holds(Role.TOWNSHIP_CLERK):
        out = list(sessions.filter(status=Status.DRAWN).values_list("pk", flat=True))
        clock = selectors.first_clock("disbursement.cashsession", ("cash.return",), subject_id__in=out) if out else None
        waiting = len(cash_selectors.waiting_villages(user))
        planned = sessions.filter(status=Status.PLANNED).count()
        cards = [
            Todo("现金待安排发放会", waiting, page, order=26),
            Todo("现金发放会待办", planned, f"{page}?tab=open", order=27),
            Todo("现金已领出待结算", len(out), f"{page}?tab=open", clock=clock, tone="warn", order=24),
        ]
    if scope.holds(Role.TOWNSHIP_LEADER):
        settled = sessions.filter(status=Status.SETTLED).count()
        cards.append(Todo("现金发放待核对", settled, f"{page}?tab=settled", order=24))
    return cards
