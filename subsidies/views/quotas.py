"""Quota documents, and where their money is."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import Role
from accounts.scope import require, scope_of
from accounts.subjects import describe
from accounts.who import user_of
from lib.errors import NotFound, Refusal
from rulebook import clock
from subsidies import ledger, selectors, services
from subsidies.forms import QuotaFilter, QuotaForm
from subsidies.models import LedgerAccount, Quota
from subsidies.views.common import PAGE_SIZES, page_of


def quotas(request: HttpRequest) -> HttpResponse:
    """Every quota with where its money is; the columns add up to the quota."""
    user = user_of(request)
    visible = selectors.quotas_visible_to(user)
    form = QuotaFilter(request.GET or None)
    found = selectors.filtered_quotas(visible, form.cleaned_data if form.is_valid() else {})
    sums = selectors.totals(found)
    listing = listed(request, "subsidies.quotas", selectors.with_balances(found), form=form)
    page = page_of(request, listing)
    columns = [kind for kind in selectors.COLUMNS if kind not in selectors.RARE or sums[kind]]
    rows = [
        {
            "quota": quota,
            "cells": [getattr(quota, f"{kind}_fen") for kind in columns],
            "used": _used(quota),
            "used_words": f"{_used(quota)}%",
        }
        for quota in page
    ]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "columns": [kind.label for kind in columns],
        "total": sums["total"],
        "column_sums": [sums[kind] for kind in columns],
        "sizes": PAGE_SIZES,
        "may_enter": Role.FINANCE_OFFICER in scope_of(user).roles,
    }
    return render(request, "subsidies/quotas.html", context)


def _used(quota: Quota) -> int:
    """Per cent of the quota that is paid."""
    paid: int = quota.paid_fen  # type: ignore[attr-defined]
    return round(paid * 100 / quota.amount_fen)


def quota(request: HttpRequest, number: int) -> HttpResponse:
    found = selectors.quotas_visible_to(user_of(request)).filter(pk=number).select_related("entered_by").first()
    if found is None:
        raise NotFound
    transfers = listed(request, "subsidies.transfers", selectors.transfers(found), subject=found)
    page = page_of(request, transfers)
    subjects = describe((row.subject_type, row.subject_id) for row in page)
    balances = ledger.balances(found)
    context = {
        "quota": found,
        "figures": [
            {"label": kind.label, "fen": balances.get(kind, 0)}
            for kind in LedgerAccount.Kind
            if kind != LedgerAccount.Kind.SOURCE or balances.get(kind)
        ],
        "sum": sum(balances.values()),
        "rows": [{"transfer": row, "subject": subjects[row.subject_type, row.subject_id]} for row in page],
        "page": page,
        "sizes": PAGE_SIZES,
    }
    return render(request, "subsidies/quota.html", context)


def quota_new(request: HttpRequest) -> HttpResponse:
    """Typed, shown once more in figures and capitals, then entered: a quota in the ledger is never changed."""
    user = user_of(request)
    selectors.quotas_visible_to(user)
    require(user, Role.FINANCE_OFFICER)
    form = QuotaForm(request.POST or None, initial={"year": clock.today().year, "policy": request.GET.get("policy")})
    if form.is_valid() and "back" not in request.POST:
        if "confirmed" not in request.POST:
            return _ask_once_more(request, form)
        try:
            made = services.open_quota(by=user, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"指标{made.document_number}已录入，资金可供清册使用。")
            return redirect("subsidies:quota", made.pk)
    return render(request, "subsidies/quota_new.html", {"form": form})


def _ask_once_more(request: HttpRequest, form: QuotaForm) -> HttpResponse:
    given = form.cleaned_data
    context = {
        "form": form.hidden(),
        "given": given,
        "level": dict(Quota.Level.choices)[given["level"]],
        "back_url": reverse("subsidies:quota_new"),
    }
    return render(request, "subsidies/quota_confirm.html", context)
