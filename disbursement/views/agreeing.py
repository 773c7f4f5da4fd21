"""Data first, then money: what the payer does for a batch that lies with the bank."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from disbursement import payers, selectors, services
from disbursement.forms import BindForm, DiscrepancyForm, show
from disbursement.models import Batch
from disbursement.views.parts import crumbs, posted, user_of
from lib.errors import NotFound, Refusal
from lib.money import format_yuan


def _trail(found: Batch) -> list[dict[str, str]]:
    return crumbs(
        ("发放批次", reverse("disbursement:batches")), (found.number, reverse("disbursement:batch", args=[found.pk]))
    )


@require_http_methods(["GET", "POST"])
def bind(request: HttpRequest, pk: int) -> HttpResponse:
    """Pays a batch whose data is with the bank from money that lies in its agent account already."""
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    if not payers.may_make(user, payers.of_batch(found)):
        raise NotFound
    usable = selectors.usable_arrivals(user).filter(
        order__quota_id=found.quota_id, order__agent_account_id=found.agent_account_id
    )
    form = BindForm(posted(request), arrivals=usable)
    if form.is_valid():
        try:
            services.bind_money(by=user, batch=found, arrival=form.cleaned_data["arrival"])
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"批次{found.number}的资金{format_yuan(found.total_fen)}已落实，银行可以发放。")
            return redirect("disbursement:batch", found.pk)
    return render(request, "disbursement/bind.html", {"batch": found, "form": form, "trail": _trail(found)})


@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """The payer says what was mended after the bank found that money and data do not agree."""
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    if not payers.may_release(user, payers.of_batch(found)):
        raise NotFound
    form = DiscrepancyForm(posted(request), label="处理结果", help_text="写明查到什么、怎样更正的，银行会看到。")
    if form.is_valid():
        try:
            services.settle_discrepancy(by=user, batch=found, text=form.cleaned_data["text"])
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, "已答复银行，请银行重新核对。")
            return redirect("disbursement:batch", found.pk)
    return render(request, "disbursement/settle.html", {"batch": found, "form": form, "trail": _trail(found)})
