"""Proposals on their way: drafted, handed in, decided at each step, seen by who has business with them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.forms import add_refusal, refused
from accounts.listings import listed
from accounts.models import User
from accounts.scope import scope_of
from accounts.who import user_of
from jobs.models import StoredFile
from lib.errors import NotFound, Refusal
from lib.money import format_yuan
from rulebook import paths
from rulebook.path_forms import decisions, form_for
from subsidies import path, proposals, selectors, services
from subsidies.models import Policy, PolicyChange, PolicyStep
from subsidies.proposal_forms import (
    AdditionForm,
    ChangeForm,
    DocumentForm,
    StopForm,
    TierFormSet,
    given,
)
from subsidies.views.common import PAGE_SIZES, page_of
from subsidies.views.policies import policy_of

Kind, State = PolicyChange.Kind, PolicyChange.State
TONES = {"draft": "neutral", "review": "info", "approved": "good", "in_force": "good", "refused": "bad",
         "withdrawn": "neutral"}  # fmt: skip
TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("mine", "待我办理", ()),
    ("review", "审核中", (State.REVIEW,)),
    ("draft", "草稿", (State.DRAFT,)),
    ("approved", "待生效", (State.APPROVED,)),
    ("done", "已办结", (State.IN_FORCE, State.REFUSED, State.WITHDRAWN)),
    ("all", "全部", tuple(State.values)),
)


def changes(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    visible = selectors.changes_visible_to(user)
    mine = [change.pk for change in selectors.waiting_for(user)]
    parts = {key: visible.filter(state__in=states) for key, _, states in TABS}
    parts["mine"] = visible.filter(pk__in=mine)
    chosen = request.GET.get("tab", "")
    tab = chosen if chosen in parts else "mine" if mine else "all"
    title = next(title for key, title, _ in TABS if key == tab)
    found = listed(request, "subsidies.changes", parts[tab].prefetch_related("steps"), tab=title)
    page = page_of(request, found)
    context = {
        "tabs": [
            {"title": title, "url": f"?tab={key}", "active": key == tab, "count": parts[key].count()}
            for key, title, _ in TABS
        ],
        "rows": [
            {"change": change, "tone": TONES[change.state], "waits": waits_for(change), "mine": change.pk in mine}
            for change in page
        ],
        "page": page,
        "sizes": PAGE_SIZES,
        "may_propose": path.makers_post(user) is not None,
    }
    return render(request, "subsidies/changes.html", context)


def waits_for(change: PolicyChange) -> str:
    if change.state != State.REVIEW:
        return ""
    return next((step.title for step in change.steps.all() if not step.outcome), "")


# --- Proposing --------------------------------------------------------------------------------------------------------
def add(request: HttpRequest) -> HttpResponse:
    """A new policy of the own department."""
    user = user_of(request)
    departments = _departments(user)
    form = AdditionForm(request.POST or None, departments=departments, initial={"payout_methods": ["account"]})

    def act(content: proposals.Content) -> PolicyChange:
        made = form.cleaned_data
        return services.propose_addition(by=user, department=made["department"], content=content, **_when(form))

    return _drafting(request, form, _tiers(request, []), act, title="新增政策", back=reverse("subsidies:policies"))


def _departments(user: User) -> list[Any]:
    own = {
        post.organisation_id: post.organisation
        for post in scope_of(user).posts
        if path.makers_post(user, post.organisation) is not None
    }
    if not own:
        raise NotFound
    return list(own.values())


def _when(form: forms.Form) -> dict[str, Any]:
    return {"effective_from": form.cleaned_data["effective_from"], "reason": form.cleaned_data["reason"]}


def _own_policy(user: User, number: int) -> Policy:
    found = policy_of(number)
    if path.makers_post(user, found.department) is None:
        raise NotFound
    return found


def change_policy(request: HttpRequest, number: int) -> HttpResponse:
    """Other terms of a policy from a day on; those in force are filled in."""
    user = user_of(request)
    found = _own_policy(user, number)
    newest = found.versions.order_by("-effective_from").first()
    now = _with_computed(request, proposals.content_of(found, newest))
    form = ChangeForm(request.POST or None, initial=now)
    tiers = _tiers(request, now["standards"])
    back = reverse("subsidies:policy", args=[found.pk])
    return _drafting(
        request,
        form,
        tiers,
        lambda content: services.propose_change(by=user, policy=found, content=content, **_when(form)),
        title=f"变更“{found.name}”",
        back=back,
    )


def _with_computed(request: HttpRequest, now: proposals.Content) -> proposals.Content:
    """The terms with a standard that was computed on another page; whoever proposes sees and may change it."""
    fen = request.GET.get("fen", "")
    if not (fen.isdecimal() and len(fen) < 15):
        return now
    source = request.GET.get("source", "")[:200]
    tiers = [
        {**tier, "amount_fen": int(fen), "source": source or tier["source"]}
        if tier["code"] == request.GET.get("tier")
        else tier
        for tier in now["standards"]
    ]
    return {**now, "standards": tiers}


def stop_policy(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    found = _own_policy(user, number)
    form = StopForm(request.POST or None)
    return _drafting(
        request,
        form,
        None,
        lambda content: services.propose_stop(by=user, policy=found, **_when(form)),
        title=f"停止“{found.name}”",
        back=reverse("subsidies:policy", args=[found.pk]),
    )


def edit(request: HttpRequest, number: int) -> HttpResponse:
    """A draft once more, with what was typed."""
    user = user_of(request)
    change = _own_draft(user, number)
    initial = {**change.content, "effective_from": change.effective_from, "reason": change.reason}
    form: forms.Form
    if change.kind == Kind.ADD:
        initial["department"] = change.department_id
        form = AdditionForm(request.POST or None, departments=[change.department], initial=initial)
    else:
        form = (ChangeForm if change.kind == Kind.CHANGE else StopForm)(request.POST or None, initial=initial)
    tiers = None if change.kind == Kind.STOP else _tiers(request, change.content["standards"])
    return _drafting(
        request,
        form,
        tiers,
        lambda content: services.edit_draft(by=user, change=change, content=content, **_when(form)),
        title=f"修改草稿：{change.name}",
        back=reverse("subsidies:change", args=[change.pk]),
    )


def _own_draft(user: User, number: int) -> PolicyChange:
    change = selectors.change_of(user, number)
    if change.state != State.DRAFT or path.makers_post(user, change.department) is None:
        raise NotFound
    return change


def _tiers(request: HttpRequest, standards: list[dict[str, Any]]) -> Any:
    initial = [{**tier, "amount_fen": format_yuan(tier["amount_fen"]).removeprefix("¥")} for tier in standards]
    return TierFormSet(request.POST or None, initial=initial, prefix="tiers")


def _drafting(
    request: HttpRequest,
    form: forms.Form,
    tiers: Any,
    act: Callable[[proposals.Content], PolicyChange],
    *,
    title: str,
    back: str,
) -> HttpResponse:
    """One page for every draft: its form, and the standards as rows; more rows come by a button, without a script."""
    if request.method == "POST" and "more" in request.POST and tiers is not None:
        data = request.POST.copy()
        data["tiers-TOTAL_FORMS"] = str(int(data.get("tiers-TOTAL_FORMS") or 0) + 3)
        tiers = TierFormSet(data, initial=tiers.initial, prefix="tiers")
        form.is_valid()
        form.errors.clear()
    elif request.method == "POST" and form.is_valid() and (tiers is None or tiers.is_valid()):
        try:
            change = act(_content(form, tiers))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "草稿已保存。请上传依据文件，然后提交。")
            return redirect("subsidies:change", change.pk)
    wrong = tiers is not None and tiers.is_bound and "more" not in request.POST and not tiers.is_valid()
    context = {"form": form, "tiers": tiers, "title": title, "back_url": back, "tiers_wrong": wrong}
    return render(request, "subsidies/draft.html", context)


def _content(form: forms.Form, tiers: Any) -> proposals.Content:
    content = {key: value for key, value in form.cleaned_data.items() if key not in {"effective_from", "reason"}}
    if tiers is None:
        return content
    until: date | None = content.get("in_force_to")
    content["in_force_to"] = until.isoformat() if until else None
    item = content.get("published_code")
    content["published_code"] = item.code if item else ""
    content["standards"] = [
        {**row, "max_quantity": None if row["max_quantity"] is None else str(row["max_quantity"])}
        for row in tiers.filled()
    ]
    return content


# --- One change -------------------------------------------------------------------------------------------------------
def change(request: HttpRequest, number: int) -> HttpResponse:
    """The whole of a change: where it stands, what it changes, on what paper, and what this person may do now."""
    user = user_of(request)
    found = selectors.change_of(user, number)
    return _change_page(request, user, found)


def _change_page(
    request: HttpRequest,
    user: User,
    found: PolicyChange,
    *,
    document_form: forms.Form | None = None,
    decision_form: forms.Form | None = None,
    problems: forms.Form | None = None,
) -> HttpResponse:
    steps = list(found.steps.select_related("decided_by", "file"))
    own = path.makers_post(user, found.department) is not None
    waiting = paths.waiting(found, steps)
    decides = waiting is not None and paths.may_decide(user, waiting, found)
    drafting = own and found.state == State.DRAFT
    context = {
        "change": found,
        "problems": problems,
        "tone": TONES[found.state],
        "steps": _stepper(found, steps),
        "papers": [step for step in steps if step.file_id],
        "rows": proposals.compared(found),
        "tiers": proposals.compared_tiers(found),
        "documents": found.documents.select_related("file"),
        "rule": next(iter(found.rules.values())),
        "drafting": drafting,
        "may_withdraw": own and found.state in (State.DRAFT, State.REVIEW),
        "document_form": (document_form or DocumentForm()) if drafting else None,
        "waiting": waiting,
        "decision_form": (decision_form or form_for(waiting)) if waiting and decides else None,
        "decisions": decisions(waiting) if waiting else [],
    }
    return render(request, "subsidies/change.html", context)


def _stepper(change: PolicyChange, steps: list[PolicyStep]) -> list[dict[str, Any]]:
    maker = {"title": "经办提出", "state": "done" if change.submitted_at else "current", "who": str(change.proposed_by),
             "when": change.submitted_at}  # fmt: skip
    applied = change.state == State.IN_FORCE
    effect = {
        "title": "生效",
        "state": "done" if applied else "current" if change.state == State.APPROVED else "todo",
        "when": change.applies_from or change.effective_from,
    }
    return [maker, *paths.shown(change, steps), effect]


@require_POST
def document_add(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    found = _own_draft(user, number)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_document(by=user, change=found, **given(form))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "材料已上传。")
            return redirect("subsidies:change", found.pk)
    return _change_page(request, user, found, document_form=form)


@require_POST
def document_remove(request: HttpRequest, number: int, document: int) -> HttpResponse:
    user = user_of(request)
    found = _own_draft(user, number)
    paper = found.documents.filter(pk=document).first()
    if paper is None:
        raise NotFound
    services.remove_document(by=user, document=paper)
    messages.success(request, "材料已移除。")
    return redirect("subsidies:change", found.pk)


def document_file(request: HttpRequest, number: int, document: int) -> FileResponse:
    found = selectors.change_of(user_of(request), number)
    paper = found.documents.select_related("file").filter(pk=document).first()
    return _download(paper.file if paper else None)


def step_file(request: HttpRequest, number: int, step: int) -> FileResponse:
    found = selectors.change_of(user_of(request), number)
    decided = found.steps.select_related("file").filter(pk=step).first()
    return _download(decided.file if decided else None)


def _download(stored: StoredFile | None) -> FileResponse:
    if stored is None:
        raise NotFound
    return FileResponse(stored.file.open("rb"), as_attachment=True, filename=stored.name)


@require_POST
def submit(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    found = selectors.change_of(user, number)
    try:
        services.submit_change(by=user, change=found)
    except Refusal as refusal:
        return _change_page(request, user, found, problems=refused(refusal))
    messages.success(request, "已提交，等待下一环节办理。")
    return redirect("subsidies:change", found.pk)


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    services.withdraw_change(by=user, change=selectors.change_of(user, number))
    messages.success(request, "已撤回。")
    return redirect("subsidies:change", number)


@require_POST
def decide(request: HttpRequest, number: int, step: int) -> HttpResponse:
    """The decision of the step that waits: agreed or not, with an opinion; from outside, with its paper."""
    user = user_of(request)
    found = selectors.change_of(user, number)
    waiting = found.steps.filter(pk=step).first()
    if waiting is None:
        raise NotFound
    agree = request.POST.get("decision") == "agree"
    form = form_for(waiting, request.POST, request.FILES)
    if form.is_valid():
        try:
            services.decide_step(by=user, change=found, step=waiting, agree=agree, **form.given())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已办理。" if agree else "已登记为不同意，这项变更到此为止。")
            return redirect("subsidies:change", found.pk)
    return _change_page(request, user, found, decision_form=form)
