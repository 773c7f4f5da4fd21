"""How a household was on a day, and what changed since it came into the register."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from households import history, selectors
from households.request_forms import DayForm
from households.views.common import account_reader_of
from rulebook import clock

MOST = 200


def then(request: HttpRequest, pk: int) -> HttpResponse:
    user = account_reader_of(request)
    household = selectors.get_household(user, pk)
    form = DayForm(request.GET or None, initial={"on": clock.today()})
    day = clock.today()
    if form.is_bound and form.is_valid() and form.cleaned_data["on"]:
        day = form.cleaned_data["on"]
    context = {
        "household": household,
        "filter": form,
        "day": day,
        "then": history.as_of(household, day),
        "entries": history.entries(household, most=MOST),
        "crumbs": [
            {"title": "补贴对象", "url": reverse("households:list")},
            {"title": f"农户 {household.code}", "url": reverse("households:detail", args=[pk])},
        ],
    }
    return render(request, "households/history.html", context)
