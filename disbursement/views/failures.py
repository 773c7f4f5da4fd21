"""What failed: who must do what by when, taking out of the roster, paying again."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import scope_of
from disbursement import selectors, services
from disbursement.forms import FAILURE_TABS, FailureFilter, ReissueForm, TakeOutForm, show
from disbursement.models import Arrival, Payment
from disbursement.reasons import ACCOUNT_REASONS, reason
from disbursement.services.batches import unused_fen
from disbursement.views.parts import DISPOSAL_TONES, crumbs, is_officer, page_of, posted, tabs, user_of
from households.units import may_ask
from lib.errors import NotFound, Refusal
from rosters import chain, payees
from rosters.models import Roster

Disposal = Payment.Disposal


@require_GET
def failures(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    scope = scope_of(user)
    if not (scope.whole_county or scope.department_ids or scope.township_ids or scope.school_ids):
        raise NotFound
    found = _filtered(request, selectors.visible_failures(user))
    tab = request.GET.get("tab", "open")
    wanted = {key: states for key, _, states in FAILURE_TABS}.get(tab, (Disposal.OPEN,))
    shown = found.filter(disposal__in=wanted).order_by("line__roster__division__code", "settled_at", "pk")
    title = next((title for key, title, _ in FAILURE_TABS if key == tab), FAILURE_TABS[0][1])
    shown = listed(request, "disbursement.failures", shown, form=FailureFilter(request.GET or None), tab=title)
    page = page_of(request, shown)
    clocks = selectors.clocks_of("disbursement.payment", [payment.pk for payment in page])
    context = {
        "tabs": tabs(
            tab, [(key, title, found.filter(disposal__in=which).count()) for key, title, which in FAILURE_TABS]
        ),
        "filter": FailureFilter(request.GET or None),
        "page": page,
        "rows": [_row(user, payment, clocks.get(payment.pk)) for payment in page],
        "sum_fen": shown.aggregate(fen=Sum("amount_fen"))["fen"] or 0,
        "sum_count": shown.count(),
        "officer": is_officer(user),
        "reissuable": selectors.reissuable(user).count() if is_officer(user) else 0,
    }
    return render(request, "disbursement/failures.html", context)


def _filtered(request: HttpRequest, found: "QuerySet[Payment]") -> "QuerySet[Payment]":
    form = FailureFilter(request.GET or None)
    if form.is_valid():
        if form.cleaned_data["reason"]:
            found = found.filter(reason=form.cleaned_data["reason"])
        if form.cleaned_data["name"]:
            found = found.filter(payee_name__contains=form.cleaned_data["name"].strip())
    return found


def _row(user: User, payment: Payment, clock: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "payment": payment,
        "why": reason(payment.reason),
        "duty": reason(payment.reason).duty_of(school=payees.of_school(payment.line.roster)),
        "clock": clock if payment.disposal == Disposal.OPEN else None,
        "disposal": {"word": payment.get_disposal_display(), "tone": DISPOSAL_TONES[payment.disposal]},
        "change_url": _change_url(user, payment),
        "take_out": _may_take_out(user, payment),
        "again": getattr(payment.line, "corrected_by", None),
    }


def _change_url(user: User, payment: Payment) -> str:
    """Where the unit's clerk asks for another account for the payee: the township's, or the school's.

    A line that is declared again waits for it until its correction is on its way.
    """
    if payment.reason not in ACCOUNT_REASONS or not chain.is_clerk(user, payment.line.roster):
        return ""
    again = getattr(payment.line, "corrected_by", None)
    declaring = again is not None and again.roster.status in Roster.EDITABLE
    waits = payment.disposal == Disposal.OPEN or (payment.disposal == Disposal.RETURNED and declaring)
    return reverse("households:change_new", args=[payment.payee_id]) if waits and may_ask(user, payment.payee) else ""


def _may_take_out(user: User, payment: Payment) -> bool:
    department = payment.line.roster.policy.department_id
    return payment.disposal in (Disposal.OPEN, Disposal.MENDED) and scope_of(user).holds(
        Role.DEPT_REVIEWER, organisation_id=department
    )


@require_http_methods(["GET", "POST"])
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    payment = selectors.get_failure(user, pk)
    form = TakeOutForm(posted(request))
    if form.is_valid():
        try:
            services.take_out(by=user, payment=payment, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"{payment.payee_name}已移出清册，资金退回指标可用余额。")
            return redirect("disbursement:failures")
    why, roster = reason(payment.reason), payment.line.roster
    context = {
        "payment": payment,
        "form": form,
        "what": [
            f"{roster.title}第{payment.line.number}号{payment.payee_name}的补贴不再发放，移出后不能恢复；"
            "以后仍应享受的，重新造册。",
            "这笔资金退回指标的可用余额。",
        ],
        "facts": [
            {"label": "收款人", "value": payment.payee_name, "note": f"账户尾号{payment.account_tail}"},
            {"label": "失败原因", "value": why.name, "note": payment.bank_message},
            {"label": "补贴项目", "value": roster.policy.name},
            {"label": "第几次支付", "value": payment.attempt},
        ],
        "trail": crumbs(("发放失败", reverse("disbursement:failures"))),
    }
    return render(request, "disbursement/take_out.html", context)


# --- Paying again -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def reissue(request: HttpRequest) -> HttpResponse:
    """Which arrival, then which payments of its quota: a draft that a second person releases."""
    user = user_of(request)
    if not is_officer(user):
        raise NotFound
    trail = crumbs(("发放失败", reverse("disbursement:failures")))
    arrival = _arrival_asked(user, request)
    if arrival is None:
        return render(request, "disbursement/reissue_arrival.html", {"rows": _arrivals(user), "trail": trail})
    quota_id = arrival.order.quota_id
    ready = selectors.reissuable(user, quota_id)
    form = ReissueForm(posted(request), payments=ready)
    if form.is_valid():
        try:
            batch = services.make_reissue(by=user, arrival=arrival, payments=list(form.cleaned_data["payments"]))
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"补发批次{batch.number}已生成，等待本单位另一人复核放行。")
            return redirect("disbursement:batch", batch.pk)
    payments = list(ready.prefetch_related("payee__accounts"))
    chosen = set(request.POST.getlist("payments"))
    context = {
        "arrival": arrival,
        "free_fen": unused_fen(arrival),
        "form": form,
        "rows": [
            {
                "payment": payment,
                "why": reason(payment.reason),
                "account": next((account for account in payment.payee.accounts.all() if account.in_use), None),
                "checked": not request.POST or str(payment.pk) in chosen,
            }
            for payment in payments
        ],
        "sum_fen": sum(payment.amount_fen for payment in payments),
        "trail": trail,
    }
    return render(request, "disbursement/reissue.html", context)


def _arrival_asked(user: User, request: HttpRequest) -> Arrival | None:
    asked = request.GET.get("arrival", "")
    return selectors.usable_arrivals(user).filter(pk=int(asked)).first() if asked.isdigit() else None


def _arrivals(user: User) -> list[dict[str, Any]]:
    rows = []
    for arrival in selectors.usable_arrivals(user):
        ready = selectors.reissuable(user, arrival.order.quota_id)
        count = ready.count()
        if count:
            fen = ready.aggregate(fen=Sum("amount_fen"))["fen"]
            rows.append({"arrival": arrival, "free_fen": unused_fen(arrival), "count": count, "fen": fen})
    return rows
