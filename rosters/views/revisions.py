"""What the revisions of a roster changed, line by line, and what a return asked for (ROS-7)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts import listings
from rosters import resuming, revisions, selectors, shapes
from rosters.models import Roster
from rosters.models_revisions import RevisionChange
from rosters.views.common import SIZES, crumbs, page_of, person, unit_of

KINDS = dict(RevisionChange.Kind.choices)


@require_GET
def listed(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    made = revisions.listed(roster)
    asked = request.GET.get("revision", "")
    chosen = next((one for one in made if str(one.number) == asked), made[0] if made else None)
    kind = request.GET.get("kind", "")
    found = revisions.of(roster, chosen.number if chosen else 0)
    if kind in KINDS:
        found = found.filter(kind=kind)
    title = f"第{chosen.number}次修订" if chosen else ""
    found = listings.listed(request, "rosters.revisions", found, tab=f"{title}{KINDS.get(kind, '')}", subject=roster)
    page = page_of(request, found, size=50)
    template = shapes.of(roster).template
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "tabs": _tabs(pk, made, chosen),
        "chosen": chosen,
        "kinds": _kinds(pk, chosen, kind),
        "page": page,
        "rows": [{"change": change, "told": revisions.differences(change, template)} for change in page],
        "unit": unit_of(roster),
        "sizes": SIZES,
    }
    return render(request, "rosters/revisions.html", context)


def _url(pk: int, **query: Any) -> str:
    return f"{reverse('rosters:revisions', args=[pk])}?{urlencode(query)}"


def _tabs(pk: int, made: list[revisions.Revision], chosen: revisions.Revision | None) -> list[dict[str, Any]]:
    return [
        {
            "title": f"第{one.number}次" if one.sealed else "本次修改",
            "url": _url(pk, revision=one.number),
            "active": one is chosen,
            "count": one.total,
        }
        for one in made
    ]


def _kinds(pk: int, chosen: revisions.Revision | None, kind: str) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    counts = {"added": chosen.added, "removed": chosen.removed, "changed": chosen.changed}
    whole = {
        "title": "全部",
        "count": chosen.total,
        "url": _url(pk, revision=chosen.number),
        "active": kind not in KINDS,
    }
    return [
        whole,
        *(
            {
                "title": title,
                "count": counts[key],
                "url": _url(pk, revision=chosen.number, kind=key),
                "active": key == kind,
            }
            for key, title in KINDS.items()
        ),
    ]


def mend_panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """On the page of a roster that was returned: what was asked for, and where it goes when it is sent."""
    if roster.status != Roster.Status.RETURNED:
        return None
    way = resuming.way(roster)
    if way.asked is None:
        return None
    context = {
        "roster": roster,
        "way": way,
        "asked": resuming.told(way.asked),
        "title": way.asked.step_title,
        "beyond": [] if way.step else resuming.beyond(roster, way.asked),
    }
    return "rosters/_mend.html", context
