"""The county's list year by year: preview with its fingerprint, publication, and what was published."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.listings import listed
from accounts.scope import scope_of
from accounts.who import user_of
from lib.errors import Invalid, NotFound
from rulebook import clock, deadlines, rules
from rulebook.models import Deadline
from rulebook.wording import in_words
from subsidies import proposals, selectors, services
from subsidies.models import PolicyListRelease, PolicyListYear
from subsidies.services.lists import Items, digest_of, list_items
from subsidies.standing import PUBLIC_BY


def list_now(request: HttpRequest) -> HttpResponse:
    user_of(request)
    return redirect("subsidies:list_year", clock.today().year)


def list_year(request: HttpRequest, year: int) -> HttpResponse:
    """What was published in a year, and for this year what would be published now."""
    user = user_of(request)
    this_year = clock.today().year
    row = PolicyListYear.objects.filter(pk=year).first()
    if row is None and year != this_year:
        raise NotFound
    running = Deadline.objects.filter(
        kind=PUBLIC_BY, subject_type=PolicyListYear._meta.label_lower, subject_id=year
    ).first()
    items = list_items(clock.today()) if year == this_year else []
    rows = listed(request, "subsidies.list", shown(items), tab=f"{year}年，现在的清单")
    releases = list(PolicyListRelease.objects.filter(year_id=year).select_related("published_by"))
    digest = digest_of(items) if items else b""
    found = rules.rule(PUBLIC_BY)
    context = {
        "year": year,
        "years": PolicyListYear.objects.all(),
        "clock": deadlines.remaining(running) if running else None,
        "rule": found,
        "rule_words": in_words(found.value, PUBLIC_BY),
        "releases": releases,
        "items": rows,
        "digest": digest,
        "digest_hex": digest.hex(),
        "same": bool(releases) and bytes(releases[0].digest) == digest,
        "may_publish": bool(items) and bool(scope_of(user).roles & selectors.PUBLISHERS),
        "waiting": set(selectors.awaiting_publication().values_list("code", flat=True)),
    }
    return render(request, "subsidies/list_year.html", context)


def shown(items: Items) -> list[dict[str, Any]]:
    """The items of a list in words, as its table shows them."""
    return [
        {
            **item,
            "kind_words": proposals.in_words("kind", item["kind"]),
            "unit_words": proposals.in_words("unit", item["unit"]),
            "frequency_words": proposals.in_words("frequency", item["frequency"]),
            "funding_words": proposals.in_words("funding_levels", item["funding_levels"]),
            "until_words": proposals.in_words("in_force_to", item["in_force_to"]),
            "standards": [
                {"from": version["effective_from"], "number": version["number"],
                 "tiers": [proposals.tier_in_words(tier) for tier in version["standards"]]}
                for version in item["versions"]
            ],
        }
        for item in items
    ]  # fmt: skip


@require_POST
def list_publish(request: HttpRequest, year: int) -> HttpResponse:
    """Publishes the list that the person has read, by its fingerprint."""
    user = user_of(request)
    if year != clock.today().year:
        raise NotFound
    try:
        digest = bytes.fromhex(request.POST.get("digest", ""))
    except ValueError:
        raise Invalid("清单指纹不对，请重新打开预览页再公布。", code="subsidies.list_digest") from None
    release = services.publish_list(by=user, digest=digest)
    messages.success(request, f"{release}清单已公布，共{release.count}项，公开页面已更新。")
    return redirect(reverse("subsidies:release", args=[release.pk]))


def release(request: HttpRequest, number: int) -> HttpResponse:
    user_of(request)
    found = PolicyListRelease.objects.select_related("published_by", "year").filter(pk=number).first()
    if found is None:
        raise NotFound
    rows = listed(request, "subsidies.release", shown(found.items), subject=found)
    return render(request, "subsidies/release.html", {"release": found, "items": rows})
