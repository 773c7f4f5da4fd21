"""What every kind of request says of itself; the kinds stand in `people` and `homes`."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any, ClassVar, NamedTuple

from households.models import BankAccount, Household, Person, RegisterRequest
from lib import crypto, masking
from lib.errors import Conflict

Wanted = dict[str, Any]
Kind = RegisterRequest.Kind


class Told(NamedTuple):
    """One line of a request as a reviewer reads it."""

    label: str
    before: str
    after: str


class Clear(NamedTuple):
    """One number of a request in clear, for whoever compares it with the original."""

    label: str
    value: str


class ChangeKind(ABC):
    """One kind of change. `given` of `keep` is a form's clean data; everything after it reads the kept request only."""

    kind: ClassVar[Kind]
    # What of a roster on its way it would change, in words for the refusal; empty where it changes nothing there.
    what: ClassVar[str] = ""
    # Whether people leave their household or the register: papers in force and failed payments hold them then.
    leaves: ClassVar[bool] = False

    @abstractmethod
    def keep(self, home: Household, given: Any) -> Wanted:
        """Checks what is asked for and gives what the request keeps of it."""

    def others(self, wanted: Wanted) -> Collection[int]:
        """Further households that it touches."""
        return ()

    def homes(self, request: RegisterRequest) -> Collection[int]:
        """Of whose people the register says something else once it is in force."""
        return [int(key) for key in request.seen]

    def people(self, request: RegisterRequest) -> Collection[int]:
        """Whose money on its way it would change."""
        return ()

    @abstractmethod
    def put(self, request: RegisterRequest) -> Household | None:
        """Writes it into the register; the household that came of it, if that is another one."""

    @abstractmethod
    def told(self, request: RegisterRequest) -> list[Told]:
        """What changes, line by line, from the request alone: it reads the same for ever."""

    def numbers(self, wanted: Wanted) -> list[Clear]:
        """Numbers of people that came with the request, in clear."""
        return []


# --- What kinds share -------------------------------------------------------------------------------------------------
def home_of(request: RegisterRequest) -> Household:
    if request.household is None:
        raise Conflict("这份申请没有对应的农户。", code="households.no_household")
    return request.household


def member(request: RegisterRequest, key: int | str) -> dict[str, str]:
    """A member as the request saw it."""
    for home in request.seen.values():
        if str(key) in home["members"]:
            found: dict[str, str] = home["members"][str(key)]
            return found
    return {"name": "", "relation": "", "state": ""}


def masked_id(cipher: str) -> str:
    return masking.id_number(clear(cipher), masking.Audience.LIST) if cipher else ""


def masked_phone(cipher: str) -> str:
    return masking.phone(clear(cipher), masking.Audience.LIST) if cipher else "未登记"


def clear(cipher: str) -> str:
    return crypto.decrypt(bytes.fromhex(cipher)) if cipher else ""


def leave(people: Collection[Person]) -> None:
    """They are in the register no longer: no card of theirs is in use any more."""
    ids = [person.pk for person in people]
    BankAccount.objects.filter(person__in=ids, in_use=True).update(in_use=False)
    Person.objects.filter(pk__in=ids).update(state=Person.State.MOVED)


def cancel(home: Household) -> None:
    """The household is in the register no longer; its plots and machines may stand with another."""
    home.means.all().delete()
    home.state = Household.State.CANCELLED
    home.save(update_fields=["state"])


def still_here(home: Household) -> list[Person]:
    """Its living members, the missing among them."""
    return list(home.members.filter(state__in=[Person.State.ALIVE, Person.State.MISSING]).order_by("pk"))
