"""Cards that nobody has collected, on the desk of those who hand them out; and the page in the menu."""

from django.urls import reverse

from accounts.models import User
from accounts.scope import COUNTY_ROLES, TOWNSHIP_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from households.cards import selectors
from households.cards.services import CLERKS, OLD, State
from rulebook import clock

MENU = MenuItem("卡折发放", "households:card_cards", 28, frozenset(TOWNSHIP_ROLES | COUNTY_ROLES))


def todos(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & set(CLERKS):
        return []
    old = selectors.cards_for(user).filter(state=State.HELD, delivered_on__lte=clock.today() - OLD)
    return [Todo("卡折逾月未领取", old.count(), reverse("households:card_waiting"), order=45)]
