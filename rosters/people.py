"""Whom a clerk may find for a roster's line: the own township's register, and beyond it only who may stand there.

Of somebody outside the clerk's register only the name and the masked ID number are shown: a township finds those to
whom it refers with consent, a school whom it names by the whole ID number. What is found is carried as a signed value,
so that nobody leafs through the register by counting.
"""

from django.core import signing
from django.db.models import QuerySet

from accounts.models import User
from households import selectors as register
from households.models import Household, Person, VirtualMember
from lib import crypto, masking
from lib.errors import NotFound
from lib.text import normalise
from rosters import payees
from rosters.models import Roster

MOST = 20


def _elsewhere(roster: Roster) -> QuerySet[Person]:
    """People outside the township's register who may stand in the roster."""
    living = Person.objects.filter(household__state=Household.State.LIVING).exclude(state=Person.State.MOVED)
    if payees.of_school(roster):
        return living
    if not roster.rules["virtual_households"]["value"]:
        return living.none()
    consented = VirtualMember.objects.filter(host=roster.division_id, state=VirtualMember.State.CONSENTED)
    return living.filter(pk__in=consented.values("person"))


def candidates(user: User, roster: Roster, text: str) -> list[Person]:
    """People for a line by whole ID number or, within the own register and its references, by part of a name."""
    own = register.search(user, text, township=roster.division_id, most=MOST)
    bare = normalise(text).replace(" ", "").upper()
    beyond = _elsewhere(roster).filter(id_digest=crypto.digest("id", bare))
    if not payees.of_school(roster) and not beyond:
        beyond = register.named(_elsewhere(roster), text)
    related = ("household__village", "household__head")
    found = {person.pk: person for person in own.select_related(*related)[:MOST]}
    found |= {person.pk: person for person in beyond.select_related(*related)[:MOST]}
    return list(found.values())[:MOST]


def token(user: User, roster: Roster, person: Person) -> str:
    """How a found person travels in the address: in the own register by number, beyond it signed."""
    return str(person.pk) if is_own(user, person) else _signer(user, roster).sign(str(person.pk))


def chosen(user: User, roster: Roster, value: str) -> Person | None:
    """The person of such a value; NotFound for one that was not found by this clerk for this roster."""
    if not value:
        return None
    if value.isdigit():
        return register.get_person(user, int(value))
    try:
        number = int(_signer(user, roster).unsign(value))
    except signing.BadSignature:
        raise NotFound from None
    person = _elsewhere(roster).select_related("household__village", "household__head").filter(pk=number).first()
    if person is None:
        raise NotFound
    return person


def is_own(user: User, person: Person) -> bool:
    return register.visible_people(user).filter(pk=person.pk).exists()


def masked_id(person: Person) -> str:
    return masking.id_number(crypto.decrypt(person.id_cipher), masking.Audience.LIST)


def _signer(user: User, roster: Roster) -> signing.Signer:
    return signing.Signer(salt=f"rosters.people:{user.pk}:{roster.pk}")
