"""The page on which a clerk hands out a standard's rest over the roster's lines, or takes it back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lib.money import format_yuan, to_yuan
from rosters import selectors, services, sharing
from rosters.models import Roster
from rosters.services import rest as resting
from rosters.views.common import SIZES, attempt, crumbs, own_roster, page_of, person
from subsidies.forms import YuanField


class RestForm(forms.Form):
    total_fen = YuanField(
        label="资金总额（元）",
        help_text="测算标准所用的、属于本清册的资金总额。",
        widget=forms.TextInput(attrs={"class": "money", "inputmode": "decimal"}),
    )


@require_http_methods(["GET", "POST"])
def rest(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = own_roster(user, pk) if request.method == "POST" else selectors.get_roster(user, pk)
    found = resting.of(roster)
    form = RestForm(request.POST or None, initial={"total_fen": to_yuan(found.total_fen) if found else None})
    if request.method == "POST" and request.POST.get("act") == "back":
        services.take_rest_back(by=user, roster=roster)
        messages.success(request, "已撤销余额分配，每行金额等于数量乘标准。")
        return redirect("rosters:rest", pk=pk)
    if request.method == "POST":
        made = attempt(
            form,
            lambda: services.distribute_rest(by=user, roster=roster, total_fen=form.cleaned_data["total_fen"]),
        )
        if made is not None:
            told = f"余额{format_yuan(made.rest_fen)}已分配到{made.lines}行，清册合计{format_yuan(made.total_fen)}。"
            messages.success(request, f"{told}请重新检查后送审。")
            return redirect("rosters:rest", pk=pk)
    page = page_of(request, resting.shared_lines(roster).select_related("village", "standard"))
    context: dict[str, Any] = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "rest": found,
        "form": form,
        "may": selectors.may(user, roster).edit and sharing.hands_out_rest(roster),
        "may_back": selectors.may(user, roster).edit and found is not None,
        "page": page,
        "sizes": SIZES,
    }
    return render(request, "rosters/rest.html", context)


def panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """On the roster's page: that a rest was handed out, or may be."""
    found = resting.of(roster)
    may = found is None and roster.line_count > 0 and sharing.hands_out_rest(roster)
    if found is None and not (may and selectors.may(person(request), roster).edit):
        return None
    return "rosters/_rest.html", {"roster": roster, "rest": found}
