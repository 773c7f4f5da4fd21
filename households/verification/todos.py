"""What waits for a person among the comparisons with the police register, and the page in the menu."""

from django.urls import reverse

from accounts.models import User
from accounts.scope import COUNTY_ROLES, TOWNSHIP_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from households.verification import selectors
from households.verification.acting import COUNTY, TOWNSHIP
from households.verification.people import Standing

MENU = MenuItem("公安核查", "households:identity", 23, frozenset(TOWNSHIP_ROLES | COUNTY_ROLES))


def todos(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & {*TOWNSHIP, *COUNTY}:
        return []
    page, people = reverse("households:identity"), reverse("households:identity_people")
    waiting = selectors.runs_waiting(user).count()
    found = [Todo("公安核查结果待返回", waiting, f"{page}#runs", order=40)]
    counts = selectors.in_the_way(user)
    if counts:
        found += [
            Todo("公安反馈死亡待处理", counts[Standing.GONE], f"{people}?standing=gone", tone="bad", order=5),
            Todo(
                "公安核查不一致待更正", counts[Standing.MISMATCH], f"{people}?standing=mismatch", tone="warn", order=11
            ),
            Todo("人员待公安核查", counts[Standing.WAITING], f"{people}?standing=waiting", order=31),
        ]
    return found
