"""Batches: the list, making one, looking at one, releasing it by a second person."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.listings import listed
from accounts.models import User
from disbursement import exchange, kept, payers, selectors, services
from disbursement.forms import BatchFilter, PaymentFilter, ReleaseForm, ResultForm, show
from disbursement.layouts import layout_of
from disbursement.models import Batch, Payment
from disbursement.reasons import reason
from disbursement.services.verifying import needs_verification
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

_PAYMENT_TABS = {"all": "全部", "paid": "已发放", "failed": "发放失败", "open": "处理中"}


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    found = _filtered(request, selectors.visible_batches(user))
    tab = request.GET.get("tab", "all")
    wanted = {key: statuses for key, _, statuses in TABS}.get(tab, tuple(Status))
    shown = found.filter(status__in=wanted)
    title = next((title for key, title, _ in TABS if key == tab), "全部")
    shown = listed(request, "disbursement.batches", shown, form=BatchFilter(request.GET or None), tab=title)
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


# --- One batch --------------------------------------------------------------------------------------------------------
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    payments, tab = _payments(request, found)
    payments = listed(
        request,
        "disbursement.payments",
        payments,
        form=PaymentFilter(request.GET or None),
        tab=_PAYMENT_TABS.get(tab, _PAYMENT_TABS["all"]),
        subject=found,
    )
    page = page_of(request, payments)
    counted = {status: found.payments.filter(status=status).count() for status in ("paid", "failed", "sent", "unknown")}
    context = {
        "batch": found,
        "status": batch_status(found),
        "actions": _actions(user, found),
        "steps": _steps(found),
        "clocks": selectors.all_clocks_of("disbursement.batch", found.pk),
        "facts": _facts(found),
        "parts": found.parts.select_related("roster__organisation").order_by("roster__number"),
        "tabs": tabs(
            tab,
            [("all", _PAYMENT_TABS["all"], found.payment_count), ("paid", _PAYMENT_TABS["paid"], counted["paid"]),
             ("failed", _PAYMENT_TABS["failed"], counted["failed"]),
             ("open", _PAYMENT_TABS["open"], counted["sent"] + counted["unknown"])],
        ),
        "filter": PaymentFilter(request.GET or None),
        "page": page,
        "rows": [
            {"payment": payment, "status": payment_status(payment), "why": _why(payment)} for payment in page
        ],
        "results": found.results.select_related("received_by", "file"),
        "outbox": getattr(found, "outbox", None),
        "jobs": _jobs(found),
        "upload": ResultForm() if _may_upload(user, found) else None,
        "open_discrepancy": found.discrepancy,
        "discrepancies": found.discrepancies.select_related("reported_by", "settled_by"),
        "waits_for_money": found.data_first and found.arrival is None and found.status == Status.SENT,
        "trail": crumbs(("发放批次", reverse("disbursement:batches"))),
    }  # fmt: skip
    return render(request, "disbursement/batch.html", context)


def _may_upload(user: User, found: Batch) -> bool:
    ready = found.status == Status.SENT and found.arrival is not None and found.method == Batch.Method.ACCOUNT
    return ready and payers.may_make(user, payers.of_batch(found)) and not needs_verification(found)


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
    payer = payers.of_batch(found)
    makes, releases = payers.may_make(user, payer), payers.may_release(user, payer)
    actions = []
    if releases and found.discrepancy:
        actions.append({"title": "答复核对不符", "url": reverse("disbursement:settle", args=[found.pk]),
                        "kind": "primary"})  # fmt: skip
    if makes and found.data_first and found.arrival is None and found.status == Status.SENT:
        order = getattr(found, "order", None)
        url = reverse("disbursement:order-new") + f"?batch={found.pk}"
        if order is not None:
            url = reverse("disbursement:arrival-new", args=[order.pk])
        actions.append({"title": "登记到账" if order else "登记支付单", "url": url, "kind": "primary"})
        if order is None:
            actions.append({"title": "用代发户余款", "url": reverse("disbursement:bind", args=[found.pk])})
    if found.status == Status.DRAFT:
        if releases and found.made_by_person_id != user.person_id:
            actions.append({"title": "复核放行", "url": reverse("disbursement:release", args=[found.pk]),
                            "kind": "primary"})  # fmt: skip
        if makes:
            actions.append({"title": "撤销批次", "url": reverse("disbursement:cancel", args=[found.pk])})
    outbox = getattr(found, "outbox", None)
    if releases and found.status == Status.RELEASED and outbox is not None and outbox.state == outbox.State.FAILED:
        actions.append({"title": "重新传送", "url": reverse("disbursement:retry", args=[found.pk]), "method": "post",
                        "kind": "primary"})  # fmt: skip
    return actions


def _steps(found: Batch) -> list[dict[str, Any]]:
    """Made, released, sent, paid for, verified, paid out, answered: what this batch's rules ask for, with its clock."""
    if found.status == Status.CANCELLED:
        return [
            {"title": "制单", "state": "done", "who": found.made_by.full_name, "when": found.made_at},
            {"title": "已撤销", "state": "returned"},
        ]
    entries = _way(found)
    running = selectors.clocks_of("disbursement.batch", [found.pk]).get(found.pk)
    place = next((index for index, entry in enumerate(entries) if entry["when"] is None), len(entries))
    for index, entry in enumerate(entries):
        entry["state"] = "done" if index < place else "current" if index == place else "todo"
        if entry["state"] == "current":
            entry["clock"] = running
    return entries


def _way(found: Batch) -> list[dict[str, Any]]:
    releaser = found.released_by.full_name if found.released_by else ""
    entries: list[dict[str, Any]] = [
        {"title": "制单", "who": found.made_by.full_name, "when": found.made_at},
        {"title": "复核放行", "who": releaser, "when": found.released_at},
    ]
    if found.method == Batch.Method.CASH:
        return [*entries, {"title": "现金发放完毕", "when": found.answered_at}]
    entries.append({"title": "数据送达银行", "who": found.bank.name, "when": found.sent_at})
    if found.data_first:
        entries.append({"title": "资金到账", "when": found.arrival.arrived_at if found.arrival else None})
    if kept.value(found, "bank.verify") is not None:
        entries.append({"title": "银行核对一致", "when": found.verified_at})
    entries.append({"title": "银行发放结束", "when": found.finished_at})
    return [*entries, {"title": "银行反馈", "when": found.answered_at}]


def _facts(found: Batch) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": "类别", "value": found.get_kind_display()},
        {"label": "发放单位", "value": found.payer.name if found.payer else ""},
        {"label": "资金指标", "value": found.quota.document_number, "note": found.quota.policy.name},
        {"label": "代理银行", "value": found.bank.name},
        {"label": "代发户", "value": found.agent_account.name, "note": f"尾号{found.agent_account.tail}"},
        {"label": "文件格式", "value": layout_of(found.agent_account.layout).title},
        *_money_facts(found),
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


def _money_facts(found: Batch) -> list[dict[str, Any]]:
    if found.arrival is not None:
        number, reference = found.arrival.order.number, found.arrival.bank_reference
        return [
            {"label": "支付单号", "value": number, "note": f"到账流水{reference}"},
            {"label": "到账时间", "date": found.arrival.arrived_at},
        ]
    order = getattr(found, "order", None)
    waiting = "待到账" if order else "数据送达银行后拨付"
    return [{"label": "资金", "value": order.number if order else waiting, "note": waiting if order else ""}]


def _jobs(found: Batch) -> list[Job]:
    """Work that goes on for this batch, and what of it failed."""
    ours = Job.objects.filter(subject_type="disbursement.batch", subject_id=str(found.pk))
    return list(ours.filter(kind=services.results.JOB).exclude(state=Job.State.DONE).order_by("-pk")[:5])


# --- Acts -------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    if not payers.may_release(user, payers.of_batch(found)):
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
        "parts": found.parts.select_related("roster__organisation").order_by("roster__number"),
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
    if not payers.may_make(user, payers.of_batch(found)):
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
