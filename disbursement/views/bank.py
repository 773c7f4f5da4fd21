"""The agent bank's side: its own batches, the file to fetch, the answer to hand in."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.listings import listed
from accounts.models import User
from accounts.scope import scope_of
from disbursement import exchange, kept, selectors, services
from disbursement.forms import DiscrepancyForm, FinishedForm, ResultForm, ReturnForm, show
from disbursement.layouts import layout_of
from disbursement.models import Batch, ReturnNotice
from disbursement.services.verifying import needs_verification
from disbursement.views.parts import batch_status, crumbs, page_of, posted, tabs, user_of
from jobs.models import Job
from lib.errors import NotFound, Refusal
from rulebook import clock

JOB_TONES = {"queued": "neutral", "running": "info", "done": "good", "failed": "bad"}


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if not scope_of(user).bank_ids:
        raise NotFound
    found = selectors.bank_batches(user)
    tab = request.GET.get("tab", "sent")
    waiting, answered = found.filter(status=Batch.Status.SENT), found.filter(status=Batch.Status.ANSWERED)
    titles = {"sent": "待发放并反馈", "answered": "已反馈"}
    shown = {"sent": waiting, "answered": answered}.get(tab, found)
    page = page_of(request, listed(request, "disbursement.bank", shown, tab=titles.get(tab, "全部")))
    clocks = selectors.clocks_of("disbursement.batch", [batch.pk for batch in page])
    context = {
        "tabs": tabs(
            tab,
            [("sent", "待发放并反馈", waiting.count()), ("answered", "已反馈", answered.count()),
             ("all", "全部", found.count())],
        ),
        "page": page,
        "rows": [{"batch": batch, "status": batch_status(batch), "clock": clocks.get(batch.pk)} for batch in page],
    }  # fmt: skip
    return render(request, "disbursement/bank.html", context)


@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch for its bank; the answer is handed in here."""
    user = user_of(request)
    found = selectors.get_bank_batch(user, pk)
    form = ResultForm(posted(request), request.FILES or None)
    if form.is_valid():
        try:
            job = services.ask_result(by=user, batch=found, upload=form.cleaned_data["file"])
        except Refusal as refusal:
            show(form, refusal)
        else:
            return redirect("disbursement:job", job.pk)
    context = {
        "batch": found,
        "status": batch_status(found),
        "clocks": selectors.all_clocks_of("disbursement.batch", found.pk),
        "facts": _facts(found),
        "results": found.results.select_related("received_by", "file"),
        "form": form if _may_answer(found) else None,
        "answered": found.status == Batch.Status.ANSWERED,
        "to_verify": needs_verification(found),
        "verifies": kept.value(found, "bank.verify") is not None,
        "discrepancies": found.discrepancies.select_related("reported_by", "settled_by"),
        "returns": ReturnNotice.objects.filter(payment__batch=found).select_related("payment", "reported_by"),
        "trail": crumbs(("代发业务", reverse("disbursement:bank"))),
    }
    return render(request, "disbursement/bank_batch.html", context)


def _may_answer(found: Batch) -> bool:
    return found.status == Batch.Status.SENT and found.arrival is not None and not needs_verification(found)


def _facts(found: Batch) -> list[dict[str, object]]:
    facts: list[dict[str, object]] = [
        {"label": "补贴项目", "value": found.quota.policy.name},
        {"label": "代发户", "value": found.agent_account.name, "note": f"尾号{found.agent_account.tail}"},
        {"label": "送达时间", "date": found.sent_at},
        {"label": "资金到账", "date": found.arrival.arrived_at if found.arrival else None},
        {"label": "文件格式", "value": layout_of(found.agent_account.layout).title},
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


# --- What the bank reports --------------------------------------------------------------------------------------------
def _reported(
    request: HttpRequest, pk: int, form: forms.Form, act: Callable[[User, Batch, dict[str, Any]], str]
) -> HttpResponse:
    """One report of the bank from its own form on the batch's page: done, or the page again with the refusal."""
    user = user_of(request)
    found = selectors.get_bank_batch(user, pk)
    if form.is_valid():
        try:
            messages.success(request, act(user, found, form.cleaned_data))
        except NotFound:
            raise
        except Refusal as refusal:
            show(form, refusal)
        else:
            return redirect("disbursement:bank-batch", found.pk)
    return render(request, "disbursement/bank_report.html", _report_context(found, form))


def _report_context(found: Batch, form: forms.Form) -> dict[str, Any]:
    here = reverse("disbursement:bank-batch", args=[found.pk])
    title, submit = REPORTS[type(form)]
    trail = crumbs(("代发业务", reverse("disbursement:bank")), (found.number, here))
    return {"batch": found, "form": form, "title": title, "submit": submit, "back": here, "trail": trail}


REPORTS: dict[type[forms.Form], tuple[str, str]] = {
    DiscrepancyForm: ("报告资金与数据不符", "报告不符"),
    FinishedForm: ("报告发放结束", "报告发放结束"),
    ReturnForm: ("登记跨行退款", "登记退款"),
}


@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Money and data agree: one press, said twice it counts once."""
    user = user_of(request)
    found = selectors.get_bank_batch(user, pk)
    services.verify_batch(by=user, batch=found)
    messages.success(request, f"已确认批次{found.number}的资金与数据一致，可以发放。")
    return redirect("disbursement:bank-batch", found.pk)


@require_http_methods(["GET", "POST"])
def discrepancy(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, found: Batch, given: dict[str, Any]) -> str:
        services.report_discrepancy(by=user, batch=found, text=given["text"])
        return "已报告发放单位，答复后请重新核对。"

    return _reported(request, pk, DiscrepancyForm(posted(request)), act)


@require_http_methods(["GET", "POST"])
def finished(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, found: Batch, given: dict[str, Any]) -> str:
        services.report_finished(by=user, batch=found, at=given["at"])
        return "已登记发放结束，请在期限内上传发放结果。"

    return _reported(request, pk, FinishedForm(posted(request), initial={"at": clock.now()}), act)


@require_http_methods(["GET", "POST"])
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, found: Batch, given: dict[str, Any]) -> str:
        payment = selectors.payment_of(found, given.pop("number"))
        services.report_return(by=user, payment=payment, **given)
        return f"已登记第{payment.number}号{payment.payee_name}的退款，按发放失败处理。"

    return _reported(request, pk, ReturnForm(posted(request)), act)


@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank's file; every fetch is on the trail."""
    user = user_of(request)
    name, content = exchange.open_file(by=user, batch=selectors.get_bank_batch(user, pk))
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """The payer's officer hands in an answer that the bank brought by another way."""
    user = user_of(request)
    found = selectors.get_batch(user, pk)
    form = ResultForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "请选择银行的结果文件。")
        return redirect("disbursement:batch", found.pk)
    job = services.ask_result(by=user, batch=found, upload=form.cleaned_data["file"])
    return redirect("disbursement:job", job.pk)


@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the taking in of an answer is, and how it ended."""
    user = user_of(request)
    found = Job.objects.filter(pk=pk, kind=services.results.JOB).first()
    if found is None or not _may_follow(user, found):
        raise NotFound
    of = Batch.objects.get(pk=found.params["batch"])
    at_bank = of.bank_id in scope_of(user).bank_ids
    back = reverse("disbursement:bank-batch" if at_bank else "disbursement:batch", args=[of.pk])
    running = found.state in (Job.State.QUEUED, Job.State.RUNNING)
    context = {
        "job": found,
        "batch": of,
        "running": running,
        "state": {"word": found.get_state_display(), "tone": JOB_TONES[found.state]},
        "back": back,
        "lines": found.result.get("lines"),
        "trail": crumbs((of.number, back)),
    }
    template = "disbursement/_job.html" if request.headers.get("HX-Request") else "disbursement/job.html"
    return render(request, template, context)


def _may_follow(user: User, found: Job) -> bool:
    of = found.params["batch"]
    return selectors.visible_batches(user).filter(pk=of).exists() or selectors.bank_batches(user).filter(pk=of).exists()
