"""What the pages of this room share."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest

from accounts.forms import add_refusal
from accounts.models import User
from accounts.scope import COUNTY_ROLES, SCHOOL_ROLES, TOWNSHIP_ROLES, VILLAGE_ROLES, scope_of
from households.models import Person
from households.units import closed, villages_enter
from lib import crypto, masking
from lib.errors import Forbidden, NotFound, Refusal

SIZES = [20, 50, 100, 200]
# Whose posts the base register is for.
READERS: frozenset[str] = frozenset(TOWNSHIP_ROLES | COUNTY_ROLES)
T = TypeVar("T")


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (SignInRequiredMiddleware)
    return request.user


def reader_of(request: HttpRequest, readers: frozenset[str] = READERS) -> User:
    """Who opens one of these pages; for others it is not there."""
    user = person_of(request)
    if not scope_of(user).roles & readers:
        raise NotFound
    return user


def account_reader_of(request: HttpRequest, *, schools: bool = False) -> User:
    """Who opens a page of the register, or with `schools` of account changes.

    A village's clerk is told why there is none while the county's rules do not let villages enter accounts.
    """
    others = READERS | SCHOOL_ROLES if schools else READERS
    user = reader_of(request, others | VILLAGE_ROLES)
    if not scope_of(user).roles & others and not villages_enter():
        raise closed()
    return user


def page_of(request: HttpRequest, rows: QuerySet[Any], *, size: int = 50) -> Page[Any]:
    asked = request.GET.get("size", "")
    chosen = int(asked) if asked.isdigit() and int(asked) in SIZES else size
    return Paginator(rows, chosen).get_page(request.GET.get("page"))


def attempt(form: Form, act: Callable[[], T]) -> T | None:
    """Calls a service; its refusal is shown in the form with the input kept."""
    try:
        return act()
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


def masked(person: Person) -> dict[str, str]:
    """ID number and telephone as an officer's list may show them."""
    phone = crypto.decrypt(person.phone_cipher) if person.phone_cipher else ""
    return {
        "id_number": masking.id_number(crypto.decrypt(person.id_cipher), masking.Audience.LIST),
        "phone": masking.phone(phone, masking.Audience.LIST),
    }
