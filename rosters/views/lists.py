"""The list of rosters: 待办, 已办, 全部, with filters in the address."""

from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.listings import listed
from accounts.models import DutyGroup, User
from accounts.scope import scope_of
from lib.text import normalise
from rosters import selectors
from rosters.chain import MAKERS
from rosters.forms import ListFilter
from rosters.models import Roster
from rosters.views.common import SIZES, page_of, person

TABS = {"todo": "待办", "done": "已办", "all": "全部"}


def _tab(user: User, tab: str) -> QuerySet[Roster]:
    seen = selectors.visible_rosters(user)
    if tab == "all":
        return seen
    todo = _todo(user, seen)
    if tab == "todo":
        return todo
    mine = Q(decisions__by=user) | Q(made_by=user)
    return seen.filter(pk__in=Roster.objects.filter(mine).values("pk")).exclude(pk__in=todo.values("pk"))


def _todo(user: User, seen: QuerySet[Roster]) -> QuerySet[Roster]:
    """What the person can act on now: to sign, or, for a clerk, to make or mend."""
    ids = list(selectors.waiting_for(user).values_list("pk", flat=True))
    wanted = Q(pk__in=ids)
    own = scope_of(user).organisations(MAKERS)
    if own:
        wanted |= Q(organisation__in=own, status__in=Roster.EDITABLE)
    return seen.filter(wanted)


def _filtered(rosters: QuerySet[Roster], form: ListFilter) -> QuerySet[Roster]:
    if not form.is_valid():
        return rosters
    chosen = form.cleaned_data
    if chosen.get("policy"):
        rosters = rosters.filter(policy=chosen["policy"])
    if chosen.get("township"):
        rosters = rosters.filter(division=chosen["township"])
    if chosen.get("status"):
        rosters = rosters.filter(status=chosen["status"])
    if chosen.get("year"):
        rosters = rosters.filter(period_end__year=chosen["year"])
    text = normalise(chosen.get("q") or "")
    if text:
        rosters = rosters.filter(Q(number__contains=text) | Q(title__contains=text))
    return rosters


def roster_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    seen = selectors.visible_rosters(user)
    townships = list(seen.order_by().values_list("division", flat=True).distinct())
    years = sorted({day.year for day in seen.order_by().values_list("period_end", flat=True).distinct()}, reverse=True)
    form = ListFilter(townships, years, request.GET)
    found = _filtered(_tab(user, tab), form)
    totals = found.order_by().aggregate(lines=Sum("line_count"), fen=Sum("total_fen"))
    ordered = listed(request, "rosters.list", found.order_by("-moved_at", "-id"), form=form, tab=TABS[tab])
    page = page_of(request, ordered, size=20)
    rosters = list(page.object_list)
    clocks = selectors.clocks_of(rosters)
    query = request.GET.copy()
    for key in ("tab", "page"):
        query.pop(key, None)
    tabs: list[dict[str, Any]] = []
    for key, title in TABS.items():
        query["tab"] = key
        count = _filtered(_tab(user, key), form).count()
        tabs.append({"title": title, "url": f"?{query.urlencode()}", "active": key == tab, "count": count})
    actions = []
    if scope_of(user).roles & MAKERS:
        actions.append({"title": "新建清册", "url": reverse("rosters:new"), "kind": "primary"})
    if any(post.duty_group == DutyGroup.REVIEW for post in scope_of(user).posts):
        actions.append({"title": "批量签字", "url": reverse("rosters:sign_many")})
    context = {
        "tabs": tabs,
        "tab": tab,
        "filter": form,
        "page": page,
        "rows": [{"roster": r, "status": selectors.status_of(r), "clock": clocks.get(r.pk)} for r in rosters],
        "totals": {"rosters": page.paginator.count, "lines": totals["lines"] or 0, "fen": totals["fen"] or 0},
        "sizes": SIZES,
        "actions": actions,
    }
    return render(request, "rosters/list.html", context)
