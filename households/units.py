"""Who enters and mends the accounts of a person: the unit that carries out the programme (CQ§12-13, §22-23).

The township's clerk for everybody in its register; the village's clerk for the people of the own village, where the
county's rules let villages enter accounts (village.entry); a school's clerk asks for those who stand on its rosters.
This room does not know rosters, so the room above says who stands there.
"""

from collections.abc import Callable, Collection

from django.db.models import Q

from accounts.models import Organisation, Role, User
from accounts.scope import Scope, scope_of
from households.models import Person
from lib.errors import Forbidden
from rulebook import rules

VILLAGE_RULE = "village.entry"
NO_VILLAGE_ENTRY = (
    "按本县现行规则，账户不由村（社区）录入，村级经办现在不能办理账户的登记和变更，请交由所在乡镇的“乡镇经办”办理。"
    "县里决定恢复的，按规则变更流程改为“是”后即可办理。"
)
# The condition on people under which they stand on a roster of one of these schools.
Listed = Callable[[Collection[int]], Q]
_listed: list[Listed] = []


def register_listed(source: Listed) -> None:
    _listed.append(source)


def listed_by(schools: Collection[int]) -> Q:
    """People who stand as beneficiary or payee on the rosters of these schools."""
    wanted = Q(pk__in=[])
    if schools:
        for source in _listed:
            wanted |= source(schools)
    return wanted


def villages_enter() -> bool:
    """Whether villages enter accounts in this county today."""
    return bool(rules.value(VILLAGE_RULE))


def open_villages(scope: Scope) -> frozenset[int]:
    """The villages whose register the person may see today: none while the county's rules do not let them enter."""
    return scope.village_ids if scope.village_ids and villages_enter() else frozenset()


def closed() -> Forbidden:
    """What a village's clerk is told while the county's rules do not let villages enter."""
    return Forbidden(NO_VILLAGE_ENTRY, code="households.no_village_entry", rule=VILLAGE_RULE)


def acting_unit(by: User, person: Person, *, asks: bool = False) -> Organisation | None:
    """The village committee for which `by` may enter this person's account, or None for the township's own clerk.

    Who `asks` for another account may also do so for a school; a first account is entered by township or village.
    """
    home, scope = person.household.village, scope_of(by)
    if home.parent_id is not None and scope.holds(Role.TOWNSHIP_CLERK, division_id=home.parent_id):
        return None
    village = next((each for each in scope.organisations([Role.VILLAGE_CLERK]) if each.division_id == home.pk), None)
    if village is not None and villages_enter():
        return village
    for school in scope.organisations([Role.SCHOOL_CLERK]) if asks else []:
        if Person.objects.filter(listed_by([school.pk]), pk=person.pk).exists():
            return school
    if village is not None:
        raise closed()
    schools = "，其在册学校的“学校经办”也可申请变更" if asks else ""
    raise Forbidden(
        "账户由补贴对象所在乡镇的“乡镇经办”岗位办理，本县规则允许的，也可由所在村的“村级经办”办理"
        f"{schools}。您没有该岗位或不在其辖区。",
        code="accounts.post_needed",
    )


def may_ask(by: User, person: Person) -> bool:
    """Whether `by` is a clerk who may ask for another account of this person."""
    try:
        acting_unit(by, person, asks=True)
    except Forbidden:
        return False
    return True
