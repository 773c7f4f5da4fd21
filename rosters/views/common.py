"""What the pages share."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse

from accounts.forms import add_refusal
from accounts.models import User
from lib.errors import Conflict, NotFound, Refusal
from rosters import selectors
from rosters.models import Roster
from rosters.services.moving import refuse_while_taken_in, require_clerk

T = TypeVar("T")
SIZES = [20, 50, 100, 200]


def person(request: HttpRequest) -> User:
    """The signed-in person; the middleware lets nobody else come here."""
    return cast(User, request.user)


def attempt(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Runs a service for a valid form; its refusal stands on the form, with the input kept."""
    if not form.is_valid():
        return None
    try:
        return act()
    except NotFound:
        raise
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


def page_of(request: HttpRequest, items: Any, *, size: int = 50) -> Page[Any]:
    asked = request.GET.get("size", "")
    chosen = int(asked) if asked.isdigit() and int(asked) in SIZES else size
    return Paginator(items, chosen).get_page(request.GET.get("page"))


def crumbs(roster: Roster | None = None) -> list[dict[str, str]]:
    way = [{"title": "发放清册", "url": reverse("rosters:list")}]
    if roster is not None:
        way.append({"title": roster.number, "url": reverse("rosters:detail", args=[roster.pk])})
    return way


def unit_of(roster: Roster) -> str:
    return "户" if roster.policy.unit == "household" else "人"


def own_roster(user: User, pk: int) -> Roster:
    """A visible roster that this person may edit now; else the refusal that a service would give."""
    roster = selectors.get_roster(user, pk)
    require_clerk(user, roster)
    if roster.status not in Roster.EDITABLE:
        raise Conflict(
            f"清册处于“{roster.get_status_display()}”，不能修改。需要修改的，请当前环节的审核人退回。",
            code="rosters.sealed",
        )
    refuse_while_taken_in(roster)
    return roster
