"""What a person may see of the base register: a township its own, the finance bureau and auditors all of it.

A village's clerk sees the own village while the county's rules let villages enter accounts. A school sees nobody's
record: only what became of the account changes for which it asked.
"""

import contextlib
import re

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet, Value
from django.db.models.functions import NullIf, StrIndex

from accounts.models import Division, Organisation, Role, User
from accounts.scope import scope_of
from households import names
from households.models import AccountChange, BankAccount, Household, Person, RegisterImport
from households.models.register import PLACES, name_from, name_parts
from households.units import listed_by, open_villages, villages_enter
from lib import crypto
from lib.errors import Invalid, NotFound
from lib.identifiers import check_phone
from lib.text import normalise, normalise_name

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
# Changes for which a school or a village asked; those of a township name no unit.
SCHOOLS = Q(unit__isnull=False, unit__kind=Organisation.Kind.SCHOOL)
VILLAGES = Q(unit__isnull=False, unit__kind=Organisation.Kind.VILLAGE)
_ID = re.compile(r"[0-9]{17}[0-9X]")
# So many who were found are kept by their numbers.
FOUND_ONCE = 10_000
_ACCOUNT = re.compile(r"[0-9]{16,19}")


def visible_households(user: User) -> QuerySet[Household]:
    """Households whose register the person's posts reach; a department or a bank sees rosters, not the register."""
    return Household.objects.select_related("village__parent", "head").filter(_in_reach(user, "village"))


def visible_people(user: User) -> QuerySet[Person]:
    found = Person.objects.select_related("household__village__parent")
    return found.filter(_in_reach(user, "household__village"))


def _in_reach(user: User, village: str = "") -> Q:
    """The condition on what lies in a village (at `village`; none for villages themselves) whose register is seen."""
    scope, path = scope_of(user), f"{village}__" if village else ""
    if scope.whole_county:
        return EVERYTHING
    townships = Q(**{f"{path}parent_id__in": scope.township_ids})
    own = open_villages(scope)
    return townships | Q(**{f"{village or 'pk'}__in": own}) if own else townships


def readable_people(user: User) -> QuerySet[Person]:
    """Whose numbers the person may read in clear: nobody's for a village's clerk, who has the papers at hand."""
    scope = scope_of(user)
    found = visible_people(user)
    return found if scope.whole_county else found.filter(household__village__parent_id__in=scope.township_ids)


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


def get_person_to_mend(user: User, pk: int) -> Person:
    """A person of the own register, or one who stands on a roster of the own school."""
    schools = [school.pk for school in scope_of(user).organisations([Role.SCHOOL_CLERK])]
    if not schools:
        return get_person(user, pk)
    found = Person.objects.select_related("household__village__parent").filter(pk=pk)
    person = found.filter(Q(pk__in=visible_people(user).values("pk")) | listed_by(schools)).first()
    if person is None:
        raise NotFound
    return person


def villages(user: User) -> QuerySet[Division]:
    """The villages whose households the person may see."""
    found = Division.objects.filter(level=Division.Level.VILLAGE).select_related("parent")
    return found.filter(_in_reach(user))


def own_townships(user: User, role: str = Role.TOWNSHIP_CLERK) -> list[Division]:
    """The townships in which the person holds this post."""
    return [organisation.division for organisation in scope_of(user).organisations([role])]


def _by_number(text: str) -> list[QuerySet[Person]]:
    """People by what looks like an ID number, an account or a telephone; nothing for words.

    Equality is searched on digests: no number is decrypted to be found.
    """
    bare = normalise(text).replace(" ", "").replace("-", "").upper()
    found = []
    if _ID.fullmatch(bare):
        found.append(Person.objects.filter(id_digest=crypto.digest("id", bare)))
    if _ACCOUNT.fullmatch(bare):
        found.append(Person.objects.filter(accounts__number_digest=crypto.digest("account", bare)))
    with contextlib.suppress(Invalid):
        found.append(Person.objects.filter(phone_digest=crypto.digest("phone", check_phone(text))))
    return found


def named(people: QuerySet[Person], text: str) -> QuerySet[Person]:
    """Those of the people whose name holds this part, however short: each place in a name goes by its index."""
    part = normalise_name(text)
    if not part:
        return people.none()
    begins = {f"name_{place}": name_from(place) for place in PLACES}
    found = Q(name__length__gt=len(PLACES), name__contains=part, name_keys__contains=names.keys(part))
    for place in begins:
        found |= Q(**{f"{place}__gte": part, f"{place}__lt": names.end(part)})
    return people.alias(name_keys=name_parts(), **begins).filter(found)


def search(user: User, text: str, *, township: int | None = None, most: int | None = None) -> QuerySet[Person]:
    """People in scope: by whole ID number, account or telephone, or by part of a name or of a household's code.

    Each way is asked by itself, so that each goes by its index. With `most`, any so many of those whom a way finds (and
    who live in this township): then the answer takes as long in a large register as in a small one. Of a part of a name
    those come first whose name begins with it.
    """
    people = visible_people(user)
    text = normalise(text)
    if not text:
        return people.none()
    code = text.replace(" ", "")
    ways = _by_number(text)
    part = "" if ways or (text.isascii() and any(char.isdigit() for char in text)) else normalise_name(text)
    if part and most is not None:
        found = names.find(part, code, _villages_within(user, township), most)
        place = NullIf(StrIndex("name", Value(part)), 0)
        return people.filter(pk__in=found).order_by(place, "household_id", "id")
    if part:
        ways.append(named(Person.objects.all(), text))
    ways.append(Person.objects.filter(household__code__startswith=code))
    seen = _in_reach(user, "household__village")
    seen &= Q(household__village__parent=township) if township else EVERYTHING
    keys = [way.filter(seen).order_by().values("pk")[:most] for way in ways]
    return people.filter(pk__in=keys[0].union(*keys[1:])).order_by("household_id", "id")


def _villages_within(user: User, township: int | None) -> list[int] | None:
    """The villages in which the person may find somebody (of this township); None for all of the county."""
    if township is None and scope_of(user).whole_county:
        return None
    found = Division.objects.filter(_in_reach(user))
    return list((found.filter(parent=township) if township else found).values_list("pk", flat=True))


def among_found(user: User, text: str, people: str = "pk") -> Q:
    """The condition that a person (at `people`) is one of those whom `search` finds; not many are found once for all
    that a page asks of them."""
    found = search(user, text).order_by().values_list("pk", flat=True)
    some = list(found[: FOUND_ONCE + 1])
    return Q(**{f"{people}__in": some if len(some) <= FOUND_ONCE else found})


def find_households(user: User, text: str) -> QuerySet[Household]:
    """Households in scope with a member that `search` finds, or whose own code begins so (members or not).

    Where there are not many, they are found once for whatever a page asks of them.
    """
    text = normalise(text)
    homes = visible_households(user)
    by_code = homes.filter(code__startswith=text.replace(" ", ""))
    keys = by_code.order_by().values("pk").union(search(user, text).order_by().values("household_id"))
    some = list(keys.values_list("pk", flat=True)[: FOUND_ONCE + 1])
    return homes.filter(pk__in=some) if len(some) <= FOUND_ONCE else homes.filter(pk__in=keys)


def people_of(households: QuerySet[Household]) -> QuerySet[Person]:
    """Everybody in these households in the order of the villages, with the account in use as `card`."""
    people = Person.objects.filter(household__in=households.order_by().values("pk"))
    card = FilteredRelation("accounts", condition=Q(accounts__in_use=True))
    return people.annotate(card=card).order_by("household__village__code", "household__group", "household__code", "id")


def without_account(households: QuerySet[Household]) -> QuerySet[Household]:
    """Those of them in which a living member has no account in use."""
    people = Person.objects.filter(household=OuterRef("pk"), state=Person.State.ALIVE)
    lacking = people.exclude(Exists(BankAccount.objects.filter(person=OuterRef("pk"), in_use=True)))
    return households.filter(Exists(lacking), state=Household.State.LIVING)


def account_changes_for(user: User) -> QuerySet[AccountChange]:
    """Account changes of people in scope, and of a school those that it asked for; newest first."""
    found = AccountChange.objects.select_related(
        "person__household__village__parent", "old_account", "new_account", "made_by", "checked_by", "approved_by",
        "evidence", "unit",
    )  # fmt: skip
    schools = scope_of(user).school_ids
    return found.filter(_in_reach(user, "person__household__village") | (Q(unit__in=schools) if schools else NOTHING))


def get_account_change(user: User, pk: int) -> AccountChange:
    change = account_changes_for(user).filter(pk=pk).first()
    if change is None:
        raise NotFound
    return change


def visible_imports(user: User) -> QuerySet[RegisterImport]:
    """Imports of the townships in which the person holds a post; the county's posts see all."""
    scope = scope_of(user)
    found = RegisterImport.objects.select_related("file", "job", "township", "made_by", "certificate", "accepted_by")
    return found if scope.whole_county else found.filter(township_id__in=scope.township_ids)


def get_import(user: User, pk: int) -> RegisterImport:
    batch = visible_imports(user).filter(pk=pk).first()
    if batch is None:
        raise NotFound
    return batch


def changes_to_check(user: User) -> QuerySet[AccountChange]:
    """Account changes that wait for the person's finance station, or as its leader for the school that asked."""
    stations = [division.pk for division in own_townships(user, Role.FINANCE_STATION)]
    mine = Q(person__household__village__parent_id__in=stations) & ~SCHOOLS
    mine |= Q(unit__in=scope_of(user).organisations([Role.SCHOOL_LEADER]))
    found = account_changes_for(user).filter(mine, state=AccountChange.State.SUBMITTED)
    return found.exclude(made_by_person=user.person_id)


def changes_sent_back(user: User) -> QuerySet[AccountChange]:
    """Rejected changes of the clerk's township, village or school after which nothing new was asked for.

    What a village asked for comes back to the village, and to its township once villages enter nothing any more.
    """
    scope = scope_of(user)
    clerks = [division.pk for division in own_townships(user)]
    later = AccountChange.objects.filter(person=OuterRef("person"), pk__gt=OuterRef("pk"))
    back = account_changes_for(user).filter(~Exists(later), state=AccountChange.State.REJECTED)
    township = Q(person__household__village__parent_id__in=clerks) & ~SCHOOLS
    if clerks and back.filter(VILLAGES).exists() and villages_enter():
        township &= ~VILLAGES
    mine = township | VILLAGES & Q(unit__division__in=scope.village_ids)
    return back.filter(mine | Q(unit__in=scope.organisations([Role.SCHOOL_CLERK])))
