"""What applies to one roster: the rules that it keeps from its beginning."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rosters import kept, selectors
from rosters.views.common import crumbs, person


def rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Every value that the roster keeps, with a mark where today's differs."""
    roster = selectors.get_roster(person(request), pk)
    groups = kept.board(roster)
    differing = sum(rule.now is not None for _, found in groups for rule in found)
    context = {"roster": roster, "crumbs": crumbs(roster), "groups": groups, "differing": differing}
    return render(request, "rosters/rules.html", context)
