"""What a person may see of the base register: a township its own, the finance bureau and auditors all of it."""

import contextlib
import re

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from households.models import AccountChange, Household, Person, RegisterImport
from lib import crypto
from lib.errors import Invalid, NotFound
from lib.identifiers import check_phone
from lib.text import normalise, normalise_name

_ID = re.compile(r"[0-9]{17}[0-9X]")
_ACCOUNT = re.compile(r"[0-9]{16,19}")


def visible_households(user: User) -> QuerySet[Household]:
    """Households whose register the person's posts reach; a department or a bank sees rosters, not the register."""
    scope = scope_of(user)
    found = Household.objects.select_related("village__parent", "head")
    if scope.whole_county:
        return found
    return found.filter(village__parent_id__in=scope.township_ids)


def visible_people(user: User) -> QuerySet[Person]:
    scope = scope_of(user)
    found = Person.objects.select_related("household__village__parent")
    if scope.whole_county:
        return found
    return found.filter(household__village__parent_id__in=scope.township_ids)


def get_household(user: User, pk: int) -> Household:
    """The household, or NotFound: outside the scope is the same as not there."""
    household = visible_households(user).filter(pk=pk).first()
    if household is None:
        raise NotFound
    return household


def get_person(user: User, pk: int) -> Person:
    person = visible_people(user).filter(pk=pk).first()
    if person is None:
        raise NotFound
    return person


def villages(user: User) -> QuerySet[Division]:
    """The villages whose households the person may see."""
    scope = scope_of(user)
    found = Division.objects.filter(level=Division.Level.VILLAGE).select_related("parent")
    return found if scope.whole_county else found.filter(parent_id__in=scope.township_ids)


def own_townships(user: User, role: str = Role.TOWNSHIP_CLERK) -> list[Division]:
    """The townships in which the person holds this post."""
    return [organisation.division for organisation in scope_of(user).organisations([role])]


def _as_number(text: str) -> Q | None:
    """The condition for a text that looks like an ID number, an account or a telephone; None for words.

    Equality is searched on digests: no number is decrypted to be found.
    """
    bare = normalise(text).replace(" ", "").replace("-", "").upper()
    wanted = Q()
    if _ID.fullmatch(bare):
        wanted |= Q(id_digest=crypto.digest("id", bare))
    if _ACCOUNT.fullmatch(bare):
        wanted |= Q(accounts__number_digest=crypto.digest("account", bare))
    with contextlib.suppress(Invalid):
        wanted |= Q(phone_digest=crypto.digest("phone", check_phone(text)))
    return wanted or None


def search(user: User, text: str) -> QuerySet[Person]:
    """People in scope: by whole ID number, account or telephone, or by part of a name or of a household's code."""
    people = visible_people(user).order_by("household_id", "id")
    text = normalise(text)
    if not text:
        return people.none()
    by_code = Q(household__code__startswith=text.replace(" ", ""))
    numbers = _as_number(text)
    if numbers is not None:
        return people.filter(numbers | by_code).distinct()
    if text.isascii() and any(char.isdigit() for char in text):
        return people.filter(by_code)
    return people.filter(Q(name__contains=normalise_name(text)) | by_code)


def find_households(user: User, text: str) -> QuerySet[Household]:
    """Households in scope with a member that `search` finds, or whose own code begins so (members or not)."""
    text = normalise(text)
    people = search(user, text).order_by().values("household_id")
    return visible_households(user).filter(Q(pk__in=people) | Q(code__startswith=text.replace(" ", "")))


def account_changes_for(user: User) -> QuerySet[AccountChange]:
    """Account changes of people in scope, newest first."""
    scope = scope_of(user)
    found = AccountChange.objects.select_related(
        "person__household__village__parent", "old_account", "new_account", "made_by", "checked_by", "approved_by",
        "evidence",
    )  # fmt: skip
    return found if scope.whole_county else found.filter(person__household__village__parent_id__in=scope.township_ids)


def get_account_change(user: User, pk: int) -> AccountChange:
    change = account_changes_for(user).filter(pk=pk).first()
    if change is None:
        raise NotFound
    return change


def visible_imports(user: User) -> QuerySet[RegisterImport]:
    """Imports of the townships in which the person holds a post; the county's posts see all."""
    scope = scope_of(user)
    found = RegisterImport.objects.select_related("file", "job", "township", "made_by")
    return found if scope.whole_county else found.filter(township_id__in=scope.township_ids)


def get_import(user: User, pk: int) -> RegisterImport:
    batch = visible_imports(user).filter(pk=pk).first()
    if batch is None:
        raise NotFound
    return batch


def changes_to_check(user: User) -> QuerySet[AccountChange]:
    """Account changes that wait for the person's finance station; not the own ones."""
    stations = [division.pk for division in own_townships(user, Role.FINANCE_STATION)]
    return (
        account_changes_for(user)
        .filter(state=AccountChange.State.SUBMITTED, person__household__village__parent_id__in=stations)
        .exclude(made_by_person=user.person_id)
    )


def changes_sent_back(user: User) -> QuerySet[AccountChange]:
    """Rejected changes of the clerk's township after which nothing new was asked for."""
    clerks = [division.pk for division in own_townships(user)]
    later = AccountChange.objects.filter(person=OuterRef("person"), pk__gt=OuterRef("pk"))
    return account_changes_for(user).filter(
        ~Exists(later), state=AccountChange.State.REJECTED, person__household__village__parent_id__in=clerks
    )
