"""Making a batch: from which money, or with which account where data goes first; then which rosters."""

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from disbursement import selectors, services
from disbursement.forms import BatchForm, DataBatchForm, show
from disbursement.models import Arrival, Batch
from disbursement.services.batches import unused_fen
from disbursement.views.parts import crumbs, is_officer, posted, user_of
from lib.errors import NotFound, Refusal
from subsidies.models import Quota


@require_http_methods(["GET", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """Two looks on one address: which arrival (or which quota, where data goes first), then which rosters of it."""
    user = user_of(request)
    if not is_officer(user):
        raise NotFound
    trail = crumbs(("发放批次", reverse("disbursement:batches")))
    arrival = _arrival_asked(user, request)
    if arrival is not None:
        return _from_money(request, user, arrival, trail)
    quota = _quota_asked(user, request)
    if quota is not None:
        return _data_first(request, user, quota, trail)
    context = {"rows": _arrivals(user), "first": _quotas(user), "trail": trail}
    return render(request, "disbursement/batch_arrival.html", context)


def _asked(request: HttpRequest, name: str) -> int:
    asked = request.GET.get(name, "")
    return int(asked) if asked.isdigit() else 0


def _arrival_asked(user: User, request: HttpRequest) -> Arrival | None:
    return selectors.usable_arrivals(user).filter(pk=_asked(request, "arrival")).first()


def _quota_asked(user: User, request: HttpRequest) -> Quota | None:
    return selectors.quotas(user).select_related("policy").filter(pk=_asked(request, "quota")).first()


def _made(request: HttpRequest, batch: Batch) -> HttpResponse:
    messages.success(request, f"批次{batch.number}已生成，等待本单位另一人复核放行。")
    return redirect("disbursement:batch", batch.pk)


def _from_money(request: HttpRequest, user: User, arrival: Arrival, trail: list[dict[str, str]]) -> HttpResponse:
    ready = selectors.batchable_rosters(user, arrival.order.quota_id, data_first=False)
    form = BatchForm(posted(request), rosters=ready)
    if form.is_valid():
        try:
            batch = services.make_batch(by=user, arrival=arrival, rosters=list(form.cleaned_data["rosters"]))
        except Refusal as refusal:
            show(form, refusal)
        else:
            return _made(request, batch)
    free = unused_fen(arrival)
    context = {"arrival": arrival, "quota": arrival.order.quota, "free_fen": free, "form": form, "trail": trail}
    return render(request, "disbursement/batch_new.html", context | _rows(request, list(ready), free))


def _data_first(request: HttpRequest, user: User, quota: Quota, trail: list[dict[str, str]]) -> HttpResponse:
    ready = selectors.batchable_rosters(user, quota.pk, data_first=True)
    form = DataBatchForm(posted(request), rosters=ready)
    if form.is_valid():
        given = form.cleaned_data
        try:
            batch = services.make_batch(by=user, rosters=list(given["rosters"]), agent_account=given["agent_account"])
        except Refusal as refusal:
            show(form, refusal)
        else:
            return _made(request, batch)
    context = {"arrival": None, "quota": quota, "form": form, "account": form["agent_account"], "trail": trail}
    return render(request, "disbursement/batch_new.html", context | _rows(request, list(ready), None))


def _rows(request: HttpRequest, rosters: list[Any], free: int | None) -> dict[str, Any]:
    chosen = set(request.POST.getlist("rosters"))
    return {
        "rows": [
            {
                "roster": roster,
                "fits": free is None or roster.total_fen <= free,
                "checked": str(roster.pk) in chosen,
            }
            for roster in rosters
        ],
        "sum_fen": sum(roster.total_fen for roster in rosters),
        "sum_count": sum(roster.line_count for roster in rosters),
    }


def _arrivals(user: User) -> list[dict[str, Any]]:
    rows = []
    for arrival in selectors.usable_arrivals(user):
        ready = selectors.batchable_rosters(user, arrival.order.quota_id, data_first=False)
        fen = ready.aggregate(fen=Sum("total_fen"))["fen"] or 0
        rows.append({"arrival": arrival, "free_fen": unused_fen(arrival), "rosters": ready.count(), "rosters_fen": fen})
    return rows


def _quotas(user: User) -> list[dict[str, Any]]:
    """Quotas with rosters whose data goes to the bank before their money."""
    ready = selectors.batchable_rosters(user, data_first=True)
    found = selectors.quotas(user).filter(rosters__in=ready).distinct().select_related("policy").order_by("pk")
    rows = []
    for quota in found:
        own = ready.filter(quota=quota)
        rows.append({"quota": quota, "rosters": own.count(), "rosters_fen": own.aggregate(fen=Sum("total_fen"))["fen"]})
    return rows
