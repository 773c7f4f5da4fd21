"""一张单公示: one list of all subsidies of a village in a year, on the public site and for the village board."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.listings import listed
from accounts.models import Division, User
from accounts.scope import scope_of
from lib.errors import NotFound
from publicity import one_list as lists
from publicity import openness, selectors
from publicity.pages import absolute, public_page
from publicity.views.staff import person
from rulebook import clock

ROWS_A_PAGE = 50


def required() -> None:
    """Where the county posts its subsidies one by one, there is no such list."""
    if not openness.has_one_list():
        raise NotFound


def year_tabs(township: Division, year: int, query: str) -> list[dict[str, Any]]:
    found = sorted({*lists.years(township), year}, reverse=True)
    return [{"title": f"{each}年", "url": f"?{query}&year={each}", "active": each == year} for each in found]


def asked(request: HttpRequest, townships: list[Division]) -> tuple[Division | None, int]:
    """The township and the year of the address; the only township, and this year, if it names none."""
    code, year = request.GET.get("township", ""), request.GET.get("year", "")
    township = next((each for each in townships if each.code == code), None)
    if township is None and len(townships) == 1:
        township = townships[0]
    return township, int(year) if year.isdigit() and len(year) == 4 else clock.today().year


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Choose the township, then the village."""
    required()
    townships = selectors.townships()
    township, year = asked(request, townships)
    context: dict[str, Any] = {"townships": townships, "township": township, "year": year}
    if township is not None:
        context["villages"] = lists.villages(township, year)
        context["tabs"] = year_tabs(township, year, f"township={township.code}")
    return public_page(request, "public/one_lists.html", context)


@public
@require_safe
def show(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The list of a village."""
    required()
    found = lists.one_list(lists.village_by(code), year)
    page = Paginator(found.rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return public_page(request, "public/one_list.html", {"list": found, "page": page})


# --- For the village board --------------------------------------------------------------------------------------------
def townships_of(user: User) -> list[Division]:
    scope = scope_of(user)
    found = selectors.townships()
    return found if scope.whole_county else [each for each in found if each.pk in scope.township_ids]


@require_safe
def staff_index(request: HttpRequest) -> HttpResponse:
    """The villages of the own township, each with its list to print."""
    required()
    townships = townships_of(person(request))
    if not townships:
        raise NotFound
    township, year = asked(request, townships)
    township = township or townships[0]
    villages = lists.villages(township, year)
    context = {
        "townships": townships,
        "township": township,
        "year": year,
        "tabs": year_tabs(township, year, f"township={township.code}"),
        "villages": listed(request, "publicity.one_lists", villages, tab=f"{year}年", subject=township),
    }
    return render(request, "publicity/one_lists.html", context)


@require_safe
def print_list(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The copy for the board: the same list as on the page, whole, with a QR code to it."""
    required()
    village = lists.village_by(code)
    if village.parent_id not in {each.pk for each in townships_of(person(request))}:
        raise NotFound
    address = absolute(reverse("public:one_list", args=[village.code, year]))
    context = {
        "list": lists.one_list(village, year),
        "address": address,
        "made_at": clock.now(),
        "phones": selectors.supervision_phones(),
    }
    return render(request, "publicity/one_list_print.html", context)
