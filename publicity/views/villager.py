"""The villager's own subsidies (PUB-7), in a session apart from the staff's: a quarter of an hour, on the server."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import public
from accounts.trail import record
from households.models import Person
from lib import masking
from lib.errors import Invalid
from publicity import selectors, services, throttle
from publicity.forms import AskForm, CodeForm
from publicity.pages import public_page
from publicity.payouts import PayoutView, by_year, payouts_of
from publicity.services.lookup import Asked
from rosters import shapes
from rosters.applications.selectors import open_terms

COOKIE = "portal_villager"
SECONDS = 15 * 60


# --- The session ------------------------------------------------------------------------------------------------------
def _key(token: str) -> str:
    return f"villager:{hashlib.sha256(token.encode()).hexdigest()}"


def _read(request: HttpRequest) -> dict[str, Any]:
    token = request.COOKIES.get(COOKIE, "")
    found: dict[str, Any] | None = cache.get(_key(token)) if token else None
    return found or {}


def _write(request: HttpRequest, response: HttpResponseBase, kept: dict[str, Any]) -> None:
    """A new token at each step, so that nobody's old one opens what comes after it."""
    _forget(request)
    token = secrets.token_urlsafe(32)
    cache.set(_key(token), kept, timeout=SECONDS)
    response.set_cookie(
        COOKIE,
        token,
        max_age=SECONDS,
        path=reverse("public:mine"),
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _forget(request: HttpRequest) -> None:
    token = request.COOKIES.get(COOKIE, "")
    if token:
        cache.delete(_key(token))


def signed_in(request: HttpRequest) -> Person | None:
    """The living person whose session this is."""
    return Person.objects.filter(pk=_read(request).get("person", 0), state=Person.State.ALIVE).first()


# --- The three steps --------------------------------------------------------------------------------------------------
@public
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Name and ID number. What comes next is the same whether or not there is such a person."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.ask_for_code(**form.cleaned_data, client=throttle.client_of(request))
        except (Invalid, throttle.TooOften) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            response = redirect("public:mine_code")
            _write(request, response, {"digest": asked.digest, "asked": asked.person_id})
            return response
    return public_page(request, "public/mine.html", {"form": form}, keep=False)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def mine_code(request: HttpRequest) -> HttpResponse:
    """The code from the message."""
    kept = _read(request)
    if "digest" not in kept:
        return redirect("public:mine")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = Asked(kept["digest"], kept["asked"])
        try:
            person = services.enter_code(asked=asked, client=throttle.client_of(request), **form.cleaned_data)
        except (Invalid, throttle.TooOften) as refusal:
            form.add_error("code", refusal.message)
        else:
            response = redirect("public:mine_list")
            _write(request, response, {"person": person.pk})
            return response
    return public_page(request, "public/mine_code.html", {"form": form}, keep=False)


@public
@require_safe
def mine_list(request: HttpRequest) -> HttpResponse:
    """The own subsidies by one number: over all policies and years, what is on its way, was paid, or failed and why."""
    person = signed_in(request)
    if person is None:
        return redirect("public:mine")
    payouts, coming = payouts_of(person), selectors.under_way(person)
    record(by=None, verb="lookup.view", subject=person, facts={"payouts": len(payouts), "under_way": len(coming)})
    years = [
        {"year": told.year, "paid_fen": told.paid_fen, "payouts": [_shown(view) for view in told.payouts]}
        for told in by_year(payouts)
    ]
    told = [title for own in (*(view.own for view in payouts), *(line.own for line in coming)) for title, _ in own]
    context = {
        "person_name": person.name,
        "years": years,
        "coming": coming,
        "rests": shapes.REST in told,
        "may_apply": open_terms().exists(),
    }
    return public_page(request, "public/mine_list.html", context, keep=False)


def _shown(view: PayoutView) -> dict[str, Any]:
    return {"view": view, "account": masking.account_tail(view.account_tail) if view.account_tail else ""}


@public
@require_POST
def mine_out(request: HttpRequest) -> HttpResponse:
    """Out: the token opens nothing any more."""
    _forget(request)
    response = public_page(request, "public/mine_out.html", {}, keep=False)
    response.delete_cookie(COOKIE, path=reverse("public:mine"), samesite="Strict")
    return response
