"""The policy list, each policy with its versions side by side, and making them public."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import User
from accounts.scope import scope_of
from accounts.who import user_of
from lib.errors import NotFound, Refusal
from rulebook import clock
from subsidies import path, proposals, selectors, services, standing
from subsidies.forms import PolicyFilter
from subsidies.models import BasisDocument, Policy, PolicyVersion, PublishedItem, Quota
from subsidies.proposal_forms import ContactForm
from subsidies.views.common import PAGE_SIZES, page_of

TONES = {"proposed": "info", "in_force": "good", "stopped": "neutral"}
TABS = (("in_force", "执行中"), ("proposed", "拟设"), ("changing", "变更中"), ("stopped", "已停止"), ("all", "全部"))
LAST_VERSIONS = 3


def policies(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = PolicyFilter(request.GET or None)
    found = selectors.policies(form.cleaned_data if form.is_valid() else {})
    parts = {
        **{status: found.filter(status=status) for status in Policy.Status.values},
        "changing": selectors.changing(found),
        "all": found,
    }
    tab = request.GET.get("tab", "")
    tab = tab if tab in parts else "in_force"
    kept: dict[str, str] = {key: str(value) for key, value in request.GET.items() if key not in {"tab", "page"}}
    tabs = [
        {"title": title, "url": f"?{urlencode({**kept, 'tab': key})}", "active": key == tab,
         "count": parts[key].order_by().count()}
        for key, title in TABS
    ]  # fmt: skip
    page = page_of(request, listed(request, "subsidies.policies", parts[tab], form=form, tab=dict(TABS)[tab]))
    rows = [
        {"policy": policy, "tone": TONES[policy.status], "ended": standing.ended(policy, on=clock.today())}
        for policy in page
    ]
    scope = scope_of(user)
    context = {
        "form": form, "page": page, "rows": rows, "sizes": PAGE_SIZES, "tabs": tabs, "tab": tab,
        "release": selectors.latest_release(clock.today().year), "year": clock.today().year,
        "may_propose": path.makers_post(user) is not None,
        "may_publish_list": bool(scope.roles & selectors.PUBLISHERS),
    }  # fmt: skip
    return render(request, "subsidies/policies.html", context)


def policy_of(number: int) -> Policy:
    found = Policy.objects.select_related("department").filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def policy(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    found = policy_of(number)
    versions = list(
        found.versions.select_related("template").prefetch_related("standards", "basis__file").order_by("-number")
    )
    waiting = found.published_at is None or any(version.published_at is None for version in versions)
    scope = scope_of(user)
    sees_changes = bool(scope.roles & selectors.CHANGE_ROLES)
    changes = list(selectors.changes_visible_in(scope).filter(policy=found)) if sees_changes else []
    open_ = found.status == Policy.Status.IN_FORCE and not standing.ended(found)
    context = {
        "policy": found,
        "tone": TONES[found.status],
        "versions": _shown(versions),
        "side_by_side": _side_by_side(versions[:LAST_VERSIONS]) if len(versions) > 1 else [],
        "compared": [version.number for version in versions[:LAST_VERSIONS]],
        "levels": proposals.in_words("funding_levels", found.funding_levels),
        "item": PublishedItem.objects.filter(code=found.published_code).first() if found.published_code else None,
        "waiting": waiting,
        "may_publish": waiting and selectors.may_publish(user, found),
        "may_contact": selectors.may_publish(user, found),
        "may_propose": open_ and path.makers_post(user, found.department) is not None,
        "changes": changes,
        "quotas": _quotas_of(user, found),
    }
    return render(request, "subsidies/policy.html", context)


def _shown(versions: list[PolicyVersion]) -> list[dict[str, Any]]:
    today = clock.today()
    applies = next((version.pk for version in versions if version.effective_from <= today), None)
    return [
        {"version": version, "applies": version.pk == applies, "coming": version.effective_from > today}
        for version in versions
    ]


def _side_by_side(versions: list[PolicyVersion]) -> list[dict[str, Any]]:
    """The tiers of the last versions in columns: what each pays in each."""
    words = [
        {tier.code: proposals.tier_in_words(vars(tier)) for tier in version.standards.all()} for version in versions
    ]
    codes = sorted({code for found in words for code in found})
    rows = []
    for code in codes:
        cells = [found.get(code, "") for found in words]
        rows.append({"code": code, "cells": cells, "changed": len(set(cells)) > 1})
    return rows


def _quotas_of(user: User, policy: Policy) -> list[Quota]:
    scope = scope_of(user)
    if not scope.roles & selectors.QUOTA_ROLES:
        return []
    return list(selectors.with_balances(selectors.quotas_visible_in(scope).filter(policy=policy)).order_by("-year"))


@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    found = services.publish_policy(by=user_of(request), policy=policy_of(number))
    messages.success(request, f"“{found.name}”已公开，群众可以在公开页面上查到。")
    return redirect("subsidies:policy", found.pk)


def contact(request: HttpRequest, number: int) -> HttpResponse:
    """Whom the public may ask, kept up to date without a change of the policy."""
    user = user_of(request)
    found = policy_of(number)
    if not selectors.may_publish(user, found):
        raise NotFound
    fields = ("contact_person", "consult_phone", "supervise_phone")
    form = ContactForm(request.POST or None, initial={key: getattr(found, key) for key in fields})
    if form.is_valid():
        try:
            services.set_contact(by=user, policy=found, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "联系人和电话已更新，公开页面同时更新。")
            return redirect("subsidies:policy", found.pk)
    return render(request, "subsidies/contact.html", {"form": form, "policy": found})


def basis_file(request: HttpRequest, number: int, document: int) -> FileResponse:
    """A basis document is public; it is handed to whoever is signed in."""
    user_of(request)
    found = BasisDocument.objects.select_related("file").filter(pk=document, version__policy_id=number).first()
    if found is None or found.file is None:
        raise NotFound
    return FileResponse(found.file.file.open("rb"), as_attachment=True, filename=found.file.name)
