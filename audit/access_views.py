"""Requests for data and connections: filed, decided step by step, and what was handed out under them (ACL-4)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import Organisation, User
from accounts.scope import scope_of
from accounts.who import user_of
from audit import access_selectors, access_way, services
from audit.access_forms import RequestForm
from audit.access_page import access_page, status_of
from audit.models import AccessRequest
from lib.errors import NotFound, Refusal
from rulebook import clock, rules
from rulebook.path_forms import form_for
from rulebook.wording import read

Kind, State = AccessRequest.Kind, AccessRequest.State
PAGE_SIZES = [50, 100, 200]
TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("mine", "待我办理", ()),
    ("requested", "办理中", (State.REQUESTED,)),
    ("granted", "已同意", (State.GRANTED,)),
    ("done", "未同意或已结束", (State.REFUSED, State.WITHDRAWN, State.ENDED, State.REVOKED)),
    ("all", "全部", tuple(State.values)),
)


@require_GET
def accesses(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    visible = access_selectors.visible_in(scope_of(user))
    mine = [found.pk for found in access_selectors.waiting_for(user)]
    parts = {key: visible.filter(state__in=states) for key, _, states in TABS}
    parts["mine"] = visible.filter(pk__in=mine)
    chosen = request.GET.get("tab", "")
    tab = chosen if chosen in parts else "mine" if mine else "all"
    size = request.GET.get("size", "")
    per_page = int(size) if size.isdigit() and int(size) in PAGE_SIZES else PAGE_SIZES[0]
    title = next(title for key, title, _ in TABS if key == tab)
    found = listed(request, "audit.accesses", parts[tab].prefetch_related("steps"), tab=title)
    page = Paginator(found, per_page).get_page(request.GET.get("page"))
    today = clock.today()
    context = {
        "tabs": [
            {"title": title, "url": f"?tab={key}", "active": key == tab, "count": parts[key].count()}
            for key, title, _ in TABS
        ],
        "rows": [{"request": each, **row_of(each, today), "mine": each.pk in mine} for each in page],
        "page": page,
        "sizes": PAGE_SIZES,
        "may_file": bool(own_units(user)),
        "for_outside": access_way.FOR_OUTSIDE in scope_of(user).roles,
    }
    return render(request, "audit/accesses.html", context)


def row_of(found: AccessRequest, today: date) -> dict[str, Any]:
    waits = next((step.title for step in found.steps.all() if not step.outcome), "")
    return {
        "status": status_of(found, today),
        "waits": waits if found.state == State.REQUESTED else "",
        "datasets": "、".join(str(AccessRequest.Dataset(name).label) for name in found.datasets),
    }


def own_units(user: User) -> list[Organisation]:
    return list({post.organisation_id: post.organisation for post in scope_of(user).posts}.values())


# --- Filing -----------------------------------------------------------------------------------------------------------
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """A request for the own organisation."""
    user = user_of(request)
    own = own_units(user)
    if not own:
        raise NotFound
    return _filing(request, user, kind, own)


def new_outside(request: HttpRequest, kind: str) -> HttpResponse:
    """A request for a unit outside the portal, by the finance bureau that got its letter."""
    user = user_of(request)
    if access_way.FOR_OUTSIDE not in scope_of(user).roles:
        raise NotFound
    return _filing(request, user, kind, [])


def _filing(request: HttpRequest, user: User, kind: str, own: list[Organisation]) -> HttpResponse:
    if kind not in Kind.values:
        raise NotFound
    rule = rules.rule(f"access.{kind}")
    today = clock.today()
    initial = {"period_from": today.replace(month=1, day=1), "term_from": today}
    department = access_way.needs_department(rule.value)
    form = RequestForm(
        request.POST or None, request.FILES or None, kind=kind, own=own, department=department, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.file_request(by=user, **form.given())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "申请已提交，等待审批。")
            return redirect("audit:access", made.pk)
    context = {
        "form": form,
        "title": f"申请{Kind(kind).label}" + ("" if own else "（代外部单位）"),
        "own_unit": own[0] if len(own) == 1 else None,
        "rule": rule,
        "reading": read(rule.key, rule.value),
        "connects": kind == Kind.CONNECTION,
        "outside": not own,
    }
    return render(request, "audit/access_new.html", context)


# --- One request ------------------------------------------------------------------------------------------------------
@require_GET
def access(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    return access_page(request, user, access_selectors.request_of(user, pk))


@require_POST
def decide(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """The decision of the step that waits: agreed or not, with an opinion; from outside, with its paper."""
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    waiting = found.steps.filter(pk=step).first()
    if waiting is None:
        raise NotFound
    agree = request.POST.get("decision") == "agree"
    form = form_for(waiting, request.POST, request.FILES)
    if form.is_valid():
        try:
            services.decide_step(by=user, request=found, step=waiting, agree=agree, **form.given())
        except Refusal as refusal:
            if refusal.field is None:  # not to be mended on this form, which may be gone
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, "已办理。" if agree else "已办理：不同意，这项申请到此为止。")
            return redirect("audit:access", found.pk)
    return access_page(request, user, found, decision_form=form)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    services.withdraw_request(by=user, request=access_selectors.request_of(user, pk))
    messages.success(request, "申请已撤回。")
    return redirect(reverse("audit:access", args=[pk]))
