"""The money of the quotas at every stage, payment orders and arrivals."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.listings import listed
from disbursement import selectors, services
from disbursement.forms import AgentAccountForm, ArrivalForm, OrderForm, show
from disbursement.models import Batch, PaymentOrder
from disbursement.views.parts import crumbs, is_officer, page_of, posted, registers_accounts, tabs, user_of
from lib.errors import NotFound, Refusal
from lib.money import format_yuan, to_yuan
from rulebook import clock

# Places whose columns appear once there is money in them.
RARE = frozenset({"source", "recovered", "surplus"})


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every quota of a year with its money at each stage; the stages add up to the quota."""
    user = user_of(request)
    seen = selectors.quotas(user)
    years = list(seen.values_list("year", flat=True).distinct().order_by("-year"))
    asked = request.GET.get("tab", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else (years[0] if years else clock.today().year)
    rows = selectors.money(seen.filter(year=year).order_by("policy__code", "document_number"))
    rows = listed(request, "disbursement.overview", rows, tab=f"{year}年")
    totals = selectors.stage_totals(rows)
    by_kind = {stage.kind: fen for stage, fen in zip(rows[0].stages, totals, strict=True)} if rows else {}
    shown = {kind for kind, fen in by_kind.items() if fen or kind not in RARE}
    whole = sum(row.quota.amount_fen for row in rows)
    context = {
        "year": year,
        "tabs": tabs(str(year), [(str(each), f"{each}年", None) for each in years]) if len(years) > 1 else [],
        "rows": rows,
        "shown": shown,
        "stages": [stage for stage in rows[0].stages if stage.kind in shown] if rows else [],
        "totals": [fen for kind, fen in by_kind.items() if kind in shown],
        "whole_fen": whole,
        "arrived_fen": sum(row.arrived_fen for row in rows),
        "unbalanced": [row.quota.document_number for row in rows if not row.whole],
        "figures": [
            {"label": "指标总额", "fen": whole},
            {"label": "已到代发户", "fen": sum(row.arrived_fen for row in rows), "url": reverse("disbursement:orders")},
            {"label": "银行在途", "fen": by_kind.get("in_transit", 0),
             "url": f"{reverse('disbursement:batches')}?tab=sent"},
            {"label": "已发放", "fen": by_kind.get("paid", 0),
             "note": f"占指标{by_kind.get('paid', 0) * 100 / whole:.1f}%" if whole else ""},
            {"label": "发放失败退回", "fen": by_kind.get("returned", 0), "url": reverse("disbursement:failures"),
             "tone": "warn" if by_kind.get("returned") else ""},
        ],
        "officer": is_officer(user),
    }  # fmt: skip
    return render(request, "disbursement/overview.html", context)


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    found = selectors.orders(user)
    tab = request.GET.get("tab", "all")
    choices = {
        "all": found,
        "waiting": found.filter(arrival__isnull=True),
        "arrived": found.filter(arrival__isnull=False),
    }
    titles = {"waiting": "待到账", "arrived": "已到账"}
    shown = listed(request, "disbursement.orders", choices.get(tab, found), tab=titles.get(tab, "全部"))
    page = page_of(request, shown)
    clocks = selectors.clocks_of("disbursement.paymentorder", [order.pk for order in page])
    context = {
        "tabs": tabs(
            tab,
            [
                ("all", "全部", found.count()),
                ("waiting", "待到账", choices["waiting"].count()),
                ("arrived", "已到账", choices["arrived"].count()),
            ],
        ),
        "page": page,
        "rows": [{"order": order, "clock": clocks.get(order.pk)} for order in page],
        "agent_accounts": selectors.agent_accounts(),
        "registers": registers_accounts(user),
        "officer": is_officer(user),
    }
    return render(request, "disbursement/orders.html", context)


def _batch_asked(request: HttpRequest) -> Batch | None:
    asked = request.GET.get("batch", "")
    return selectors.get_batch(user_of(request), int(asked)) if asked.isdigit() else None


def _officer_only(request: HttpRequest) -> None:
    if not is_officer(user_of(request)):
        raise NotFound


@require_http_methods(["GET", "POST"])
def order_new(request: HttpRequest) -> HttpResponse:
    """One form: the order, and with it its arrival when the money is there already. Both are entered, or neither."""
    _officer_only(request)
    user, found = user_of(request), _batch_asked(request)
    form = OrderForm(posted(request), user=user, batch=found)
    if form.is_valid():
        try:
            order = _enter(request, form, found)
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"支付单{order.number}已登记。")
            return redirect("disbursement:batch", found.pk) if found else redirect("disbursement:orders")
    context = {"form": form, "batch": found, "trail": crumbs(("资金", reverse("disbursement:overview")),
                                             ("支付单与到账", reverse("disbursement:orders")))}  # fmt: skip
    return render(request, "disbursement/order_new.html", context)


@transaction.atomic
def _enter(request: HttpRequest, form: OrderForm, batch: Batch | None) -> PaymentOrder:
    given = form.cleaned_data
    if batch is not None:
        # An order for a batch is for exactly what the bank has: nobody types it again.
        given |= {"quota": batch.quota, "agent_account": batch.agent_account, "amount": batch.total_fen}
    order = services.enter_order(
        by=user_of(request),
        number=given["number"],
        quota=given["quota"],
        agent_account=given["agent_account"],
        amount_fen=given["amount"],
        succeeded_at=given["succeeded_at"],
        batch=batch,
    )
    if given["bank_reference"]:
        services.enter_arrival(
            by=user_of(request),
            order=order,
            bank_reference=given["bank_reference"],
            amount_fen=given["amount"],
            arrived_at=given["arrived_at"],
        )
    return order


@require_http_methods(["GET", "POST"])
def arrival_new(request: HttpRequest, pk: int) -> HttpResponse:
    _officer_only(request)
    order = selectors.get_order(user_of(request), pk)
    form = ArrivalForm(posted(request), initial={"amount": to_yuan(order.amount_fen)})
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.enter_arrival(
                by=user_of(request),
                order=order,
                bank_reference=given["bank_reference"],
                amount_fen=given["amount"],
                arrived_at=given["arrived_at"],
            )
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"支付单{order.number}到账{format_yuan(order.amount_fen)}已登记。")
            return redirect("disbursement:batch", order.batch_id) if order.batch_id else redirect("disbursement:orders")
    facts = [
        {"label": "支付单号", "value": order.number},
        {"label": "资金指标", "value": order.quota.document_number, "note": order.quota.policy.name},
        *([{"label": "批次", "value": order.batch.number}] if order.batch else []),
        {"label": "金额", "fen": order.amount_fen},
        {"label": "拨付成功", "date": order.succeeded_at},
    ]
    context = {"form": form, "order": order, "facts": facts,
               "trail": crumbs(("支付单与到账", reverse("disbursement:orders")))}  # fmt: skip
    return render(request, "disbursement/arrival_new.html", context)


@require_http_methods(["GET", "POST"])
def agent_account_new(request: HttpRequest) -> HttpResponse:
    """Agent accounts are opened for the county by its finance bureau, whoever pays."""
    if not registers_accounts(user_of(request)):
        raise NotFound
    form = AgentAccountForm(posted(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            account = services.register_agent_account(
                by=user_of(request),
                bank=given["bank"],
                name=given["name"],
                number=given["number"],
                layout=given["layout"],
            )
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"代发户{account.name}（尾号{account.tail}）已登记。")
            return redirect("disbursement:orders")
    context = {"form": form, "trail": crumbs(("支付单与到账", reverse("disbursement:orders")))}
    return render(request, "disbursement/agent_account_new.html", context)
