"""From the last period's roster, and the list of what changed against it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import listings
from rosters import changes, checks, selectors, services
from rosters.views.common import SIZES, crumbs, own_roster, page_of, person, unit_of


@require_POST
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    carried = services.fill_from_last(by=user, roster=own_roster(user, pk))
    if carried.added:
        messages.success(request, f"已从上期清册（{carried.previous.number}）列入{carried.added:,}条，请逐项核对变动。")
    else:
        messages.info(request, "上期清册中可以列入的都已在本清册里。")
    if carried.told:
        messages.warning(request, f"没有列入的：{carried.told}。")
    return redirect("rosters:changes", pk=pk)


def _tabs(pk: int, counts: list[changes.Count], chosen: str, *, everything: bool) -> list[dict[str, Any]]:
    def url(kind: str) -> str:
        query = {"kind": kind, "all": "1" if everything else ""}
        told = urlencode({key: value for key, value in query.items() if value})
        return f"{reverse('rosters:changes', args=[pk])}{'?' if told else ''}{told}"

    def number(count: changes.Count) -> int:
        return count.all if everything else count.open

    first = {"title": "全部变动", "url": url(""), "active": not chosen, "count": sum(map(number, counts))}
    return [
        first,
        *(
            {"title": one.title, "url": url(one.kind), "active": one.kind == chosen, "count": number(one)}
            for one in counts
        ),
    ]


@require_GET
def listed(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed, by kind; the open ones first of all, `all=1` for what was looked at too."""
    user = person(request)
    roster = selectors.get_roster(user, pk)
    chosen = request.GET.get("kind", "")
    chosen = chosen if chosen in changes.KINDS else ""
    everything = request.GET.get("all") == "1"
    title = f"{changes.KINDS.get(chosen, '全部变动')}，{'连同已核对的' if everything else '没有核对的'}"
    found = changes.Listing(roster, chosen, open_only=not everything)
    found = listings.listed(request, "rosters.changes", found, tab=title, subject=roster)
    counts = changes.counts(roster)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "previous": checks.previous_roster(roster),
        "unit": unit_of(roster),
        "tabs": _tabs(pk, counts or [], chosen, everything=everything),
        "chosen": chosen,
        "chosen_title": changes.KINDS.get(chosen, ""),
        "everything": everything,
        "open": sum(one.open for one in counts or []),
        "page": page_of(request, found, size=50),
        "sizes": SIZES,
        "may_mark": selectors.may(user, roster).edit,
    }
    return render(request, "rosters/changes.html", context)


@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    kind = request.POST.get("kind", "") if "whole" in request.POST else ""
    keys = None if kind else request.POST.getlist("change")
    count = services.mark_changes_seen(by=user, roster=own_roster(user, pk), kind=kind, keys=keys)
    messages.success(request, f"已标为核对{count:,}项。")
    chosen = request.POST.get("kind", "")
    back = f"?{urlencode({'kind': chosen})}" if chosen in changes.KINDS and not kind else ""
    return redirect(f"{reverse('rosters:changes', args=[pk])}{back}")
