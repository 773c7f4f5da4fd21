"""The record of breaches, and what the organisations say about them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.subjects import describe
from accounts.who import user_of
from lib.errors import NotFound, Refusal
from rulebook import breaches as record
from rulebook import deadlines
from rulebook.forms import BreachFilter, ExplainForm

PAGE_SIZES = [50, 100, 200]


def breaches(request: HttpRequest) -> HttpResponse:
    """Which clocks passed, of whom, and why."""
    user = user_of(request)
    visible = record.visible_to(user)
    form = BreachFilter(request.GET or None, visible=visible)
    found = listed(request, "rulebook.breaches", form.narrow(visible) if form.is_valid() else visible, form=form)
    size = request.GET.get("size", "")
    page = Paginator(found, int(size) if size.isdigit() and int(size) in PAGE_SIZES else PAGE_SIZES[0]).get_page(
        request.GET.get("page")
    )
    subjects = describe((row.deadline.subject_type, row.deadline.subject_id) for row in page)
    rows = [
        {
            "breach": row,
            "title": deadlines.title_of(row.deadline.kind),
            "rule_url": deadlines.rule_url(row.deadline.kind),
            "due": deadlines.due_words(row.due_at),
            "subject": subjects[row.deadline.subject_type, row.deadline.subject_id],
            "may": not row.explanation and record.may_explain(user, row),
        }
        for row in page
    ]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "sizes": PAGE_SIZES,
        "units": record.by_organisation(visible),
        "crumbs": [{"title": "时限", "url": reverse("rulebook:clocks")}],
    }
    return render(request, "rulebook/breaches.html", context)


def breach(request: HttpRequest, pk: int) -> HttpResponse:
    """One breach; a post of the organisation explains it here."""
    user = user_of(request)
    found = record.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    form = ExplainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            record.explain_breach(by=user, breach=found, explanation=form.cleaned_data["explanation"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已登记情况说明。")
            return redirect("rulebook:breach", pk=pk)
    deadline = found.deadline
    subject = describe([(deadline.subject_type, deadline.subject_id)])[deadline.subject_type, deadline.subject_id]
    reading = deadlines.remaining(deadline)
    facts = [
        {"label": "责任单位", "value": str(found.organisation or "—")},
        {"label": "事项", "value": subject.text, "url": subject.url},
        {"label": "起算时间", "date": deadline.started_at},
        {"label": "规定", "value": reading["span"], "url": reading["rule_url"]},
        {"label": "依据", "value": deadline.citation or "系统默认"},
        {"label": "应办结", "value": deadlines.due_words(found.due_at)},
        {"label": "现在", "value": reading["words"]},
        {"label": "办结时间", "date": deadline.met_at},
    ]
    context = {
        "breach": found,
        "title": deadlines.title_of(deadline.kind),
        "facts": facts,
        "form": form,
        "may": not found.explanation and record.may_explain(user, found),
        "crumbs": [{"title": "逾期记录", "url": reverse("rulebook:breaches")}],
    }
    return render(request, "rulebook/breach.html", context)
