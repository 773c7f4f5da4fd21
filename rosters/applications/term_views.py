"""Pages of terms: when which policy may be applied for, opened and moved by its department."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.listings import listed
from accounts.scope import scope_of
from lib.errors import Forbidden
from lib.periods import period_words
from rosters.applications import selectors, services
from rosters.applications.forms import ClosingForm, TermForm
from rosters.applications.terms import OPENERS
from rosters.views.common import SIZES, attempt, page_of, person
from rulebook import clock
from subsidies.models import Policy


def _crumbs() -> list[dict[str, str]]:
    return [{"title": "补贴申报", "url": reverse("rosters:applications")}]


def terms(request: HttpRequest) -> HttpResponse:
    """When which policy may be applied for, and how many applications stand where."""
    user = person(request)
    today = clock.today()
    found = listed(request, "rosters.terms", selectors.visible_terms(user).order_by("-closes_on", "-id"))
    page = page_of(request, found, size=50)
    rows = [
        {
            "term": term,
            "period": period_words(term.period_start, term.period_end),
            "open": term.opens_on <= today <= term.closes_on,
            "past": term.closes_on < today,
            "may_apply": selectors.enters(user) and term.opens_on <= today <= term.closes_on,
        }
        for term in page
    ]
    actions = []
    if scope_of(user).roles & OPENERS:
        actions.append({"title": "开放申报", "url": reverse("rosters:term_new"), "kind": "primary"})
    context = {"page": page, "rows": rows, "sizes": SIZES, "actions": actions, "crumbs": _crumbs()}
    return render(request, "rosters/applications/terms.html", context)


@require_http_methods(["GET", "POST"])
def term_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    own = [office.pk for office in scope_of(user).organisations(OPENERS)]
    if not own:
        raise Forbidden("申报由主管部门开放，您没有该岗位。", code="accounts.post_needed")
    policies = Policy.objects.filter(
        department__in=own, status=Policy.Status.IN_FORCE, published_at__isnull=False
    ).order_by("code")
    form = TermForm(policies, clock.today(), request.POST or None)
    if request.method == "POST":
        term = attempt(form, lambda: services.open_term(by=user, **form.cleaned_data))
        if term is not None:
            messages.success(request, f"已开放“{term.policy.name}”的申报，群众可以网上申报，村、乡镇可以代为填报。")
            return redirect("rosters:terms")
    context = {"form": form, "crumbs": [*_crumbs(), {"title": "申报受理", "url": reverse("rosters:terms")}]}
    return render(request, "rosters/applications/term_new.html", context)


@require_http_methods(["GET", "POST"])
def term(request: HttpRequest, pk: int) -> HttpResponse:
    """One term, with its last day for the department to move."""
    user = person(request)
    found = selectors.get_term(user, pk)
    may = found.policy.department_id in {office.pk for office in scope_of(user).organisations(OPENERS)}
    form = ClosingForm(request.POST or None, initial={"closes_on": found.closes_on}) if may else None
    if request.method == "POST" and form is not None:
        changed = attempt(form, lambda: services.move_closing(by=user, term=found, **form.cleaned_data))
        if changed is not None:
            messages.success(request, "截止日期已修改。")
            return redirect("rosters:term", pk=pk)
    facts = [
        {"label": "补贴政策", "value": found.policy.name},
        {"label": "所属期", "value": period_words(found.period_start, found.period_end)},
        {"label": "受理开始", "date": found.opens_on},
        {"label": "受理截止", "date": found.closes_on},
        {"label": "须填写的编号", "value": found.basis_title},
        {"label": "须提交的材料", "value": found.papers, "wide": True},
        {"label": "申报说明", "value": found.guide, "wide": True},
        {"label": "开放人", "value": found.opened_by.full_name},
        {"label": "开放时间", "date": found.opened_at},
    ]
    context = {
        "term": found,
        "facts": facts,
        "form": form,
        "crumbs": [*_crumbs(), {"title": "申报受理", "url": reverse("rosters:terms")}],
    }
    return render(request, "rosters/applications/term.html", context)
