"""Whose money is on its way: rosters between sealing and the bank hold what decides who is paid, and where (ROS-4).

This room knows no rosters, so the rooms above say whom they hold. A change of account, head, name, ID number or
membership of somebody who is held waits until the roster has reached the bank, or has been returned.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from django.db import connection

from households.models import Person
from lib.errors import Conflict


class Held(NamedTuple):
    """One person in one roster on its way, as a clerk would name it."""

    person_id: int
    roster: str
    stage: str
    # Money that came back and is still to be paid: it stops people from leaving, never an account from being mended.
    failed: bool = False
    # The person's account is not what is paid to: somebody else receives, or it is handed out in cash.
    no_account: bool = False


Source = Callable[[Collection[int]], list[Held]]
_sources: list[Source] = []
TOLD = 3


def register_transit(source: Source) -> None:
    _sources.append(source)


def held(people: Collection[int], *, failed: bool = False) -> list[Held]:
    """Rosters on their way in which these people are paid or paid for; or those whose payments to them `failed`."""
    found = [one for source in _sources for one in source(people)] if people else []
    return [one for one in found if one.failed == failed]


def account_words(person_id: int) -> str:
    """The rosters on their way that are paid to this person's account, in a sentence without its end; or nothing."""
    found = [one for one in held([person_id]) if not one.no_account]
    return words(found) if found else ""


def words(found: Collection[Held]) -> str:
    """Who stands where, in a sentence without its end."""
    names = dict(Person.objects.filter(pk__in={one.person_id for one in found}).values_list("pk", "name"))
    told = [f"{names[one.person_id]}在清册“{one.roster}”（{one.stage}）中" for one in sorted(found)[:TOLD]]
    return "，".join(told) + ("等" if len(found) > TOLD else "")


# Each of the two modes bears its own kind and waits for the other: any number of rosters may be sealed at once, or
# changes answered, but no roster while a change is being answered, until its transaction ends.
_HOLDS = "LOCK TABLE households_accountchange IN SHARE MODE"
_CHANGES = "LOCK TABLE households_accountchange IN ROW EXCLUSIVE MODE"
# Any number of lines may be written at once, or one import be taken back.
_NAMES_PEOPLE = "SELECT pg_advisory_xact_lock_shared(hashtext('households_people_leave'))"
_PEOPLE_LEAVE = "SELECT pg_advisory_xact_lock(hashtext('households_people_leave'))"


def hold_people() -> None:
    """Asked by whoever writes people of the register into rows of their own, before it looks for them: an import that
    is being taken back is gone first, a later one sees the rows and stays."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES_PEOPLE)


def let_people_go() -> None:
    """Asked by whoever takes people out of the register as if they had never been there, before it looks for uses."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE_LEAVE)


def hold_changes() -> None:
    """Asked by whoever seals money's way, before it looks: changes under way end first, later ones see what is held."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS)


def refuse_held(people: Collection[int], what: str, *, accounts: bool = False) -> None:
    """Refuses `what` for people whose money is on its way; where only `accounts` change, for those paid to them."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES)
    found = [one for one in held(people) if not (accounts and one.no_account)]
    if found:
        raise Conflict(
            f"{words(found)}，{what}会改变正在办理的收款人或账户。请等该清册的代发数据送达银行，或请编制单位退回清册后再办理。",
            code="households.in_transit",
        )


def refuse_owed(people: Collection[int]) -> None:
    """Refuses that people leave the register to whom money is still owed."""
    found = held(people, failed=True)
    if found:
        raise Conflict(
            f"{words(found)}有发放失败、等待处理的款项。请先补发或移出清册，再办理。", code="households.still_owed"
        )
