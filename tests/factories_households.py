"""Households, members and accounts for tests, made through the services.

home = household(name="甲一", members=[("妻子", "甲二")])   # in the first village of 音德尔镇, every one with a card
home.head, home.members.all(), home.head.accounts.get()
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Division, Organisation, Role, User
from accounts.services import add_user, appoint
from households import services
from households.models import AccountChange, BankAccount, Household, Person
from tests.factories import PASSWORD, account_number, cast, id_number

BANK = "中国邮政储蓄银行扎赉特旗支行"


def person(
    home: Household, name: str = "甲二", *, relation: str = "儿子", by: User | None = None, **more: Any
) -> Person:
    """A member of a household, with a new ID number if none is given."""
    given = {"id_number": id_number(birth=more.pop("birth", date(1970, 5, 1))), "is_head": relation == "本人", **more}
    return services.add_person(by=by or _clerk(home.village), household=home, name=name, relation=relation, **given)


def account(of: Person, *, by: User | None = None, number: str | None = None, **more: Any) -> BankAccount:
    """The first card of a person."""
    given = {"bank_name": BANK, **more}
    return services.set_account(
        by=by or _clerk(of.household.village), person=of, number=number or account_number(), **given
    )


def household(
    village: Division | None = None,
    *,
    name: str = "甲一",
    members: Sequence[tuple[str, str]] = (),
    group: str = "1组",
    mu: str | None = "12.50",
    with_accounts: bool = True,
    **more: Any,
) -> Household:
    """A household with its head and `members` (relation, name); each has a card unless `with_accounts` is False."""
    place = village or cast.villages[0]
    area = Decimal(mu) if mu is not None else None
    home = services.add_household(
        by=_clerk(place), village=place, group=group, contracted_mu=area, subsidised_mu=area, **more
    )
    people = [person(home, name, relation="本人")]
    people += [person(home, called, relation=relation) for relation, called in members]
    if with_accounts:
        for each in people:
            account(each)
    return Household.objects.select_related("village__parent", "head").get(pk=home.pk)


def account_change(of: Person, *, kind: str = "replace", approved: bool = False) -> AccountChange:
    """A request to change the card of a person, approved by the finance station if wanted."""
    new: dict[str, Any] = {"bank_name": BANK, "number": account_number()} if kind == "replace" else {}
    first = of.household.village.parent_id == cast.township.pk
    change = services.request_account_change(
        by=cast.clerk if first else cast.clerk2, person=of, kind=kind, reason="原卡已注销", **new
    )
    if approved:
        change = services.approve_account_change(by=cast.station if first else cast.station2, change=change)
    return change


def _clerk(village: Division) -> User:
    return cast.clerk if village.parent_id == cast.township.pk else cast.clerk2


def village_clerk(village: Division, username: str = "cadre") -> User:
    """A village's clerk; the county's rules let villages enter accounts (`ruled({"village.entry": True})`)."""
    user = add_user(by=cast.admin, username=username, full_name="村甲", id_number=id_number(), password=PASSWORD)
    committee = Organisation.objects.get(kind=Organisation.Kind.VILLAGE, division=village)
    appoint(by=cast.admin, user=user, organisation=committee, role=Role.VILLAGE_CLERK)
    return User.objects.select_related("person").get(pk=user.pk)
