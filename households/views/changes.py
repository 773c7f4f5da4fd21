"""Account changes: the list with 待办, 已办 and 全部, the request, and the check by the finance station."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import scope_of
from households import forms, selectors, services
from households.models import AccountChange
from households.services.common import require_township
from households.views.common import SIZES, attempt, page_of, person_of
from households.views.register import CHANGE_TONES
from jobs.services import store_file
from lib.errors import NotFound

TABS = {"todo": "待办", "done": "已办", "all": "全部"}
State = AccountChange.State


def _tab(user: User, tab: str) -> QuerySet[AccountChange]:
    seen = selectors.account_changes_for(user)
    if tab == "todo":
        waiting = selectors.changes_to_check(user).values("pk")
        return seen.filter(Q(pk__in=waiting) | Q(pk__in=selectors.changes_sent_back(user).values("pk")))
    if tab == "done":
        return seen.filter(Q(checked_by=user) | Q(made_by=user))
    return seen


def change_list(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    tabs = [
        {"title": title, "url": f"?tab={key}", "active": key == tab, "count": _tab(user, key).count()}
        for key, title in TABS.items()
    ]
    page = page_of(request, _tab(user, tab).order_by("-id"))
    rows = [{"change": one, "tone": CHANGE_TONES[one.state]} for one in page.object_list]
    return render(
        request, "households/changes.html", {"tabs": tabs, "tab": tab, "page": page, "rows": rows, "sizes": SIZES}
    )


def request_change(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    person = selectors.get_person(user, pk)
    require_township(user, person.household.village.parent_id, Role.TOWNSHIP_CLERK)
    form = forms.ChangeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        change = attempt(form, lambda: _ask(user, person, dict(form.cleaned_data)))
        if change is not None:
            messages.success(request, f"{person.name} 的账户变更已提交财政所审核。")
            return redirect("households:change", change.pk)
    card = person.accounts.filter(in_use=True).first()
    home = {"title": f"农户 {person.household}", "url": reverse("households:detail", args=[person.household_id])}
    context = {"form": form, "person": person, "card": card, "crumbs": [home]}
    return render(request, "households/change_new.html", context)


@transaction.atomic
def _ask(user: User, person: Any, given: dict[str, Any]) -> AccountChange:
    """Keeps the evidence with the request, both or neither."""
    scan = given.pop("evidence")
    evidence = store_file(content=scan, name=scan.name, by=user) if scan else None
    return services.request_account_change(by=user, person=person, evidence=evidence, **given)


def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A change: what is asked for, and for the finance station the decision."""
    user = person_of(request)
    asked = selectors.get_account_change(user, pk)
    office = asked.person.household.village.parent_id
    checks = asked.state == State.SUBMITTED and scope_of(user).holds(Role.FINANCE_STATION, division_id=office)
    form = forms.CheckForm(request.POST or None)
    if asked.kind != AccountChange.Kind.REPLACE:
        del form.fields["old_state"]
    if request.method == "POST" and form.is_valid():
        answered = attempt(form, lambda: _answer(user, asked, request.POST.get("decision", ""), form.cleaned_data))
        if answered is not None:
            messages.success(request, f"账户变更{answered.get_state_display()}。")
            return redirect("households:change", pk)
    context = {
        "change": asked,
        "tone": CHANGE_TONES[asked.state],
        "form": form if checks else None,
        "own": asked.made_by_person_id == user.person_id,
        "decisions": [
            {"value": "approve", "title": "审核通过", "kind": "primary"},
            {"value": "reject", "title": "不予通过"},
        ],
        "what": _what(asked),
        "facts": _facts(asked),
        "crumbs": [{"title": "账户变更", "url": reverse("households:changes")}],
    }
    return render(request, "households/change.html", context)


def _answer(user: User, asked: AccountChange, decision: str, given: dict[str, Any]) -> AccountChange:
    if decision == "approve":
        old_state = given.get("old_state") or "closed"
        return services.approve_account_change(by=user, change=asked, opinion=given["opinion"], old_state=old_state)
    return services.reject_account_change(by=user, change=asked, opinion=given["opinion"])


def _what(asked: AccountChange) -> list[str]:
    old = f"{asked.old_account.bank_name} 尾号 {asked.old_account.tail}" if asked.old_account else ""
    if asked.kind == AccountChange.Kind.REPLACE:
        return [
            f"停用 {old}，以后发放到 {asked.bank_name} 尾号 {asked.tail}。",
            "该人员发放失败、等待更正的款项转为待补发。",
        ]
    return [f"{old} 恢复为正常，继续用于发放。", "该人员发放失败、等待更正的款项转为待补发。"]


def _facts(asked: AccountChange) -> list[dict[str, Any]]:
    household = asked.person.household
    evidence = reverse("households:evidence", args=[asked.pk]) if asked.evidence_id else ""
    old = asked.old_account
    return [
        {"label": "户名", "value": asked.person.name, "url": reverse("households:detail", args=[household.pk])},
        {"label": "村", "value": f"{household.village.parent} {household.village}"},
        {"label": "变更方式", "value": asked.get_kind_display()},
        {"label": "原账户", "value": f"{old.bank_name} ****{old.tail}（{old.get_state_display()}）" if old else ""},
        {"label": "新账户", "value": f"{asked.bank_name} ****{asked.tail}" if asked.tail else "不变"},
        {"label": "证明材料", "value": asked.evidence.name if asked.evidence else "未附", "url": evidence},
        {"label": "变更原因", "value": asked.reason, "wide": True},
        {"label": "申请人", "value": asked.made_by},
        {"label": "申请时间", "date": asked.made_at},
        {"label": "审核人", "value": asked.checked_by},
        {"label": "审核时间", "date": asked.checked_at},
        {"label": "审核意见", "value": asked.opinion, "wide": True},
    ]


def evidence(request: HttpRequest, pk: int) -> FileResponse:
    asked = selectors.get_account_change(person_of(request), pk)
    if asked.evidence is None:
        raise NotFound
    return FileResponse(asked.evidence.file.open("rb"), as_attachment=True, filename=asked.evidence.name)
