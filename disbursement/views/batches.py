"""Batches: the list, making one, looking at one, releasing it by a second person."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from disbursement import exchange, selectors, services
from disbursement.forms import BatchFilter, BatchForm, PaymentFilter, ReleaseForm, ResultForm, show
from disbursement.layouts import layout_of
from disbursement.models import Arrival, Batch, Payment
from disbursement.reasons import reason
from disbursement.services.batches import unused_fen
from disbursement.views.parts import batch_status, crumbs, is_officer, page_of, payment_status, posted, tabs, user_of
from jobs.models import Job
from lib.errors import NotFound, Refusal
from rulebook import clock

Status = Batch.Status
TABS = (
    ("draft", "待复核放行", (Status.DRAFT,)),
    ("released", "待传送", (Status.RELEASED,)),
    ("sent", "银行发放中", (Status.SENT,)),
    ("answered", "已反馈", (Status.ANSWERED,)),
    ("cancelled", "已撤销", (Status.CANCELLED,)),
    ("all", "全部", tuple(Status)),
)


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    found = _filtered(request, selectors.visible_batches(user))
    tab = request.GET.get("tab", "all")
    wanted = {key: statuses for key, _, statuses in TABS}.get(tab, tuple(Status))
    shown = found.filter(status__in=wanted)
    sums = shown.aggregate(count=Sum("payment_count"), fen=Sum("total_fen"), paid=Sum("paid_fen"),
                           failed=Sum("failed_fen"))  # fmt: skip
    page = page_of(request, shown)
    clocks = selectors.clocks_of("disbursement.batch", [batch.pk for batch in page])
    context = {
        "tabs": tabs(tab, [(key, title, found.filter(status__in=which).count()) for key, title, which in TABS]),
        "filter": BatchFilter(request.GET or None),
        "page": page,
        "rows": [{"batch": batch, "status": batch_status(batch), "clock": clocks.get(batch.pk)} for batch in page],
        "sums": sums,
        "officer": is_officer(user),
    }
    return render(request, "disbursement/batches.html", context)


def _filtered(request: HttpRequest, found: "QuerySet[Batch]") -> "QuerySet[Batch]":
    form = BatchFilter(request.GET or None)
    if form.is_valid():
        if form.cleaned_data["kind"]:
            found = found.filter(kind=form.cleaned_data["kind"])
        if form.cleaned_data["q"]:
            found = found.filter(number__icontains=form.cleaned_data["q"].strip())
    return found


# --- Making -----------------------------------------------------------------------------------------------------------
def _arrival_asked(request: HttpRequest) -> Arrival | None:
    asked = request.GET.get("arrival", "")
    if not asked.isdigit():
        return None
    return selectors.usable_arrivals().filter(pk=int(asked)).first()


@require_http_methods(["GET", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """Two looks on one address: which arrival, then which rosters of its quota."""
    user = user_of(request)
    if not is_officer(user):
        raise NotFound
    arrival = _arrival_asked(request)
    trail = crumbs(("发放批次", reverse("disbursement:batches")))
    if arrival is None:
        return render(request, "disbursement/batch_arrival.html", {"rows": _arrivals(), "trail": trail})
    quota_id = arrival.order.quota_id
    form = BatchForm(posted(request), quota_id=quota_id)
    if form.is_valid():
        try:
            batch = services.make_batch(by=user, arrival=arrival, rosters=list(form.cleaned_data["rosters"]))
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"批次{batch.number}已生成，等待另一位发放经办复核放行。")
            return redirect("disbursement:batch", batch.pk)
    free = unused_fen(arrival)
    chosen = set(request.POST.getlist("rosters"))
    rows: list[dict[str, Any]] = [
        {"roster": roster, "fits": roster.total_fen <= free, "checked": str(roster.pk) in chosen}
        for roster in selectors.batchable_rosters(quota_id)
    ]
    context = {"arrival": arrival, "free_fen": free, "form": form, "rows": rows, "trail": trail,
               "sum_fen": sum(row["roster"].total_fen for row in rows),
               "sum_count": sum(row["roster"].line_count for row in rows)}  # fmt: skip
    return render(request, "disbursement/batch_new.html", context)


def _arrivals() -> list[dict[str, Any]]:
    rows = []
    for arrival in selectors.usable_arrivals():
        rosters = selectors.batchable_rosters(arrival.order.quota_id).aggregate(fen=Sum("total_fen"))
        count = selectors.batchable_rosters(arrival.order.quota_id).count()
        rows.append(
            {"arrival": arrival, "free_fen": unused_fen(arrival), "rosters": count, "rosters_fen": rosters["fen"] or 0}
        )
    return rows


# --- One batch --------------------------------------------------------------------------------------------------------
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    payments, tab = _payments(request, found)
    page = page_of(request, payments)
    counted = {status: found.payments.filter(status=status).count() for status in ("paid", "failed", "sent", "unknown")}
    context = {
        "batch": found,
        "status": batch_status(found),
        "actions": _actions(user, found),
        "steps": _steps(found),
        "clocks": selectors.all_clocks_of("disbursement.batch", found.pk),
        "facts": _facts(found),
        "parts": found.parts.select_related("roster__division").order_by("roster__number"),
        "tabs": tabs(
            tab,
            [("all", "全部", found.payment_count), ("paid", "已发放", counted["paid"]),
             ("failed", "发放失败", counted["failed"]),
             ("open", "处理中", counted["sent"] + counted["unknown"])],
        ),
        "filter": PaymentFilter(request.GET or None),
        "page": page,
        "rows": [
            {"payment": payment, "status": payment_status(payment), "why": _why(payment)} for payment in page
        ],
        "results": found.results.select_related("received_by", "file"),
        "outbox": getattr(found, "outbox", None),
        "jobs": _jobs(found),
        "upload": ResultForm() if is_officer(user) and found.status == Status.SENT else None,
        "trail": crumbs(("发放批次", reverse("disbursement:batches"))),
    }  # fmt: skip
    return render(request, "disbursement/batch.html", context)


def _payments(request: HttpRequest, found: Batch) -> "tuple[QuerySet[Payment], str]":
    tab = request.GET.get("tab", "all")
    which = {"paid": ["paid"], "failed": ["failed"], "open": ["sent", "unknown"]}.get(tab)
    payments = found.payments.select_related("line__roster", "line__village").order_by("number")
    form = PaymentFilter(request.GET or None)
    if form.is_valid() and form.cleaned_data["name"]:
        payments = payments.filter(payee_name__contains=form.cleaned_data["name"].strip())
    return (payments.filter(status__in=which) if which else payments), tab


def _why(payment: Payment) -> str:
    if payment.status != Payment.Status.FAILED:
        return ""
    return f"{reason(payment.reason).name}（{payment.get_disposal_display()}）"


def _actions(user: User, found: Batch) -> list[dict[str, str]]:
    """Only what this person can do now: the maker sees no release."""
    if not is_officer(user):
        return []
    actions = []
    if found.status == Status.DRAFT:
        if found.made_by_person_id != user.person_id:
            actions.append({"title": "复核放行", "url": reverse("disbursement:release", args=[found.pk]),
                            "kind": "primary"})  # fmt: skip
        actions.append({"title": "撤销批次", "url": reverse("disbursement:cancel", args=[found.pk])})
    outbox = getattr(found, "outbox", None)
    if found.status == Status.RELEASED and outbox is not None and outbox.state == outbox.State.FAILED:
        actions.append({"title": "重新传送", "url": reverse("disbursement:retry", args=[found.pk]), "method": "post",
                        "kind": "primary"})  # fmt: skip
    return actions


def _steps(found: Batch) -> list[dict[str, Any]]:
    """Made, released, sent, answered; the clock stands at the step that runs."""
    if found.status == Status.CANCELLED:
        return [
            {"title": "制单", "state": "done", "who": found.made_by.full_name, "when": found.made_at},
            {"title": "已撤销", "state": "returned"},
        ]
    place = [Status.DRAFT, Status.RELEASED, Status.SENT, Status.ANSWERED].index(Status(found.status))
    releaser = found.released_by.full_name if found.released_by else ""
    entries: list[dict[str, Any]] = [
        {"title": "制单", "who": found.made_by.full_name, "when": found.made_at},
        {"title": "复核放行", "who": releaser, "when": found.released_at},
        {"title": "送达银行", "who": found.bank.name, "when": found.sent_at},
        {"title": "银行反馈", "when": found.answered_at},
    ]
    running = selectors.clocks_of("disbursement.batch", [found.pk]).get(found.pk)
    for index, entry in enumerate(entries):
        entry["state"] = "done" if index <= place else "current" if index == place + 1 else "todo"
        if entry["state"] == "current":
            entry["clock"] = running
    return entries


def _facts(found: Batch) -> list[dict[str, Any]]:
    order = found.arrival.order
    facts: list[dict[str, Any]] = [
        {"label": "类别", "value": found.get_kind_display()},
        {"label": "资金指标", "value": found.quota.document_number, "note": found.quota.policy.name},
        {"label": "代理银行", "value": found.bank.name},
        {"label": "代发户", "value": found.agent_account.name, "note": f"尾号{found.agent_account.tail}"},
        {"label": "文件格式", "value": layout_of(found.agent_account.layout).title},
        {"label": "支付单号", "value": order.number, "note": f"到账流水{found.arrival.bank_reference}"},
        {"label": "到账时间", "date": found.arrival.arrived_at},
    ]
    if found.file is not None:
        facts += [
            {"label": "代发文件", "value": found.file.name, "note": f"{found.file.size:,}字节"},
            {
                "label": "文件摘要（SHA-256）",
                "value": bytes(found.file.sha256).hex().upper(),
                "code": True,
                "wide": True,
            },
        ]
    return facts


def _jobs(found: Batch) -> list[Job]:
    """Work that goes on for this batch, and what of it failed."""
    ours = Job.objects.filter(subject_type="disbursement.batch", subject_id=str(found.pk))
    return list(ours.filter(kind=services.results.JOB).exclude(state=Job.State.DONE).order_by("-pk")[:5])


# --- Acts -------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    if not is_officer(user):
        raise NotFound
    form = ReleaseForm(posted(request), initial={"total_fen": found.total_fen})
    if form.is_valid():
        try:
            services.release_batch(by=user, batch=found, total_fen_seen=form.cleaned_data["total_fen"])
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"批次{found.number}已放行，正在传送给{found.bank.name}。")
            return redirect("disbursement:batch", found.pk)
    context = {
        "batch": found,
        "form": form,
        "what": [
            f"{found.made_by.full_name}于{clock_words(found)}制单，由您复核放行，放行后不能撤回。",
            f"代发文件将传送给{found.bank.name}，从代发户（尾号{found.agent_account.tail}）发放。",
            "清册将转为“发放中”，不能再退回修改。",
        ],
        "parts": found.parts.select_related("roster__division").order_by("roster__number"),
        "trail": crumbs(("发放批次", reverse("disbursement:batches")),
                        (found.number, reverse("disbursement:batch", args=[found.pk]))),
    }  # fmt: skip
    return render(request, "disbursement/release.html", context)


def clock_words(found: Batch) -> str:
    made = found.made_at.astimezone(clock.SHANGHAI)
    return f"{made.month}月{made.day}日 {made:%H:%M}"


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    if not is_officer(user):
        raise NotFound
    if request.method == "POST":
        services.cancel_batch(by=user, batch=found)
        messages.success(request, f"批次{found.number}已撤销，清册可以重新制批或退回。")
        return redirect("disbursement:batches")
    here = (found.number, reverse("disbursement:batch", args=[found.pk]))
    context = {"batch": found, "trail": crumbs(("发放批次", reverse("disbursement:batches")), here)}
    return render(request, "disbursement/cancel.html", context)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    exchange.retry_delivery(by=user, batch=found)
    messages.success(request, f"批次{found.number}正在重新传送。")
    return redirect("disbursement:batch", found.pk)
