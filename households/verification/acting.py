"""Who compares whom with the police register (ZLT§18, §19(1)): a township its people, the finance bureau everybody.

The list holds ID numbers in clear; those who may make it are those who may read a person's number in clear anyway.
"""

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from households.models import IdentityRun
from lib.errors import Forbidden

TOWNSHIP = (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
COUNTY = (Role.FINANCE_OFFICER, Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)


def may_compare_county(user: User) -> bool:
    return any(scope_of(user).holds(role) for role in COUNTY)


def may_compare(user: User, township_id: int | None) -> bool:
    """Whether the person may ask about the people of a township; of the whole county where none is named."""
    scope = scope_of(user)
    own = township_id is not None and any(scope.holds(role, division_id=township_id) for role in TOWNSHIP)
    return own or may_compare_county(user)


def require_comparing(user: User, township_id: int | None) -> None:
    if not may_compare(user, township_id):
        whose = "全县人员" if township_id is None else "该乡镇人员"
        raise Forbidden(
            f"{whose}的公安核查由{'' if township_id is None else '所在乡镇的“乡镇经办”“财政所审核”或'}县财政部门办理，"
            "您没有该岗位或不在其辖区。",
            code="accounts.post_needed",
        )


def own_townships(user: User) -> list[Division]:
    """The townships whose people the person may ask about by a post there."""
    scope = scope_of(user)
    return list({office.division_id: office.division for office in scope.organisations(TOWNSHIP)}.values())


def may_see(user: User, run: IdentityRun) -> bool:
    scope = scope_of(user)
    return scope.whole_county or run.township_id in scope.township_ids
