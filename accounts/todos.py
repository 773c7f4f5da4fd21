"""What waits in this room: deputies who need another's word."""

from django.urls import reverse

from accounts import deputies
from accounts.models import DUTY_GROUPS, DutyGroup, Role, User
from accounts.scope import Scope
from accounts.workbench import Todo

REVIEWERS = frozenset(role for role, group in DUTY_GROUPS.items() if group == DutyGroup.REVIEW)


def deputies_waiting(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & (REVIEWERS | {Role.ADMINISTRATOR}):
        return []
    return [Todo("岗位代理待确认", deputies.waiting_for(user), reverse("accounts:deputies"), order=18)]
