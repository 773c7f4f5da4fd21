"""What applies here, its changes, and how two counties' rules differ."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import require, scope_of
from accounts.who import user_of
from lib.errors import Refusal
from lib.templatetags.portal import cn_date
from rulebook import applied, catalogue, changing, clock, overrides, rules, services
from rulebook.change_forms import ChangeForm, DecideForm, RulesFilter, change_form
from rulebook.models import Deadline, Profile, RuleChange
from rulebook.wording import Reading, read

State = RuleChange.State
TABS = (("open", "待审批", (State.PROPOSED,)), ("done", "已批准", (State.APPROVED,)),
        ("refused", "未批准、已撤回", (State.REFUSED, State.WITHDRAWN)))  # fmt: skip
SHOWN = 200


def in_force() -> Profile | None:
    return Profile.objects.filter(in_force=True).first()


# --- What applies -----------------------------------------------------------------------------------------------------
def rules_page(request: HttpRequest) -> HttpResponse:
    """Every value with its article, its words, its clock, what it was and what is planned."""
    user = user_of(request)
    profile = in_force()
    form = RulesFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    day, policy = chosen.get("on") or clock.today(), chosen.get("policy") or ""
    groups = applied.board(profile, on=day, policy_code=policy) if profile else []
    shown = [item for _, items in groups for item in items]
    told = [{"group": group, "item": item} for group, items in groups for item in items]
    listed(request, "rulebook.rules", told, form=form)
    context = {
        "profile": profile,
        "form": form,
        "groups": groups,
        "day": day,
        "policy": policy,
        "policy_name": overrides.name_of(policy),
        "is_today": day == clock.today(),
        "count": len(shown),
        "silent_count": sum(item.row.silent for item in shown),
        "own_count": sum(item.own for item in shown),
        "open_count": sum(len(item.proposed) for item in shown),
        "may_change": _holds(user, Role.ADMINISTRATOR),
    }
    return render(request, "rulebook/rules.html", context)


def _holds(user: User, role: str) -> bool:
    return role in scope_of(user).roles


# --- Changes ----------------------------------------------------------------------------------------------------------
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Type a new value, see it beside the old one with what it touches, then hand it in for approval."""
    user = user_of(request)
    require(user, Role.ADMINISTRATOR)
    entry = catalogue.BY_KEY.get(key)
    if entry is None:
        raise Http404
    policy = request.GET.get("policy", "") if entry.per_policy else ""
    current = rules.rule(key, policy_code=policy)
    told = {"citation": current.citation, "wording": current.wording, "effective_from": clock.today()}
    posted = request.POST if request.method == "POST" else None
    form, ways = change_form(entry, current.value, data=posted, policy_code=policy, **told)
    context: dict[str, Any] = {"entry": entry, "form": form, "ways": ways, "current": read(key, current.value),
                               "rule": current, "policy_name": overrides.name_of(policy) if policy else ""}  # fmt: skip
    if posted is not None and "edit" not in posted and form.is_valid() and (ways is None or ways.is_valid()):
        confirmed = "confirm" in posted
        made = _attempt(form, changing.propose_change if confirmed else changing.check_change, user, key)
        if made is not None and confirmed:
            messages.success(request, f"已提出变更“{entry.title}”，等待财政局负责人审批。")
            return redirect("rulebook:change-detail", pk=made.pk)
        if made is not None:
            return render(
                request, "rulebook/change_check.html", {**context, **_beside(made), "posted": _hidden(request)}
            )
    return render(request, "rulebook/change.html", context)


def _attempt(form: ChangeForm, act: Callable[..., RuleChange], user: User, key: str) -> RuleChange | None:
    """The value may already be refused while it is put together from rows."""
    try:
        return act(by=user, key=key, value=form.value(), **form.told())
    except Refusal as refusal:
        field = refusal.field
        if field == "value" and "value" not in form.fields:
            refusal.field = form.value_names[0] if form.value_names else None
        add_refusal(form, refusal)
        return None


def _hidden(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed, carried through the page that asks once more."""
    left_out = {"csrfmiddlewaretoken", "confirm", "edit"}
    return [(name, str(text)) for name, texts in request.POST.lists() if name not in left_out for text in texts]


def _beside(change: RuleChange) -> dict[str, Any]:
    """Old and new side by side, and what keeps the old."""
    running = Deadline.objects.filter(kind=change.key, state=Deadline.State.ARMED).count()
    keeping = overrides.keeping(change.key, change.policy_code)
    if running:
        keeping.append(overrides.Keeping("计时中的同类时限", running))
    return {
        "change": change,
        "entry": catalogue.BY_KEY[change.key],
        "old": read(change.key, change.before),
        "new": new_value(change),
        "scope": overrides.name_of(change.policy_code),
        "keeping": keeping,
    }


def new_value(change: RuleChange) -> Reading:
    if not change.ends_override:
        return read(change.key, change.value)
    return Reading("取消特别规定，执行全县规定")


def changes(request: HttpRequest) -> HttpResponse:
    """All changes of the county's rules, newest first."""
    user = user_of(request)
    states = {name: members for name, _, members in TABS}
    tab = request.GET.get("tab", "open")
    tab = tab if tab in states else "open"
    every = RuleChange.objects.select_related("profile", "proposed_by", "decided_by")
    found = listed(request, "rulebook.changes", every.filter(state__in=states[tab]), tab=_tab_title(tab))
    names = overrides.policies()
    rows = [
        {
            "change": row,
            "title": catalogue.BY_KEY[row.key].title,
            "scope": names.get(row.policy_code, row.policy_code) if row.policy_code else "全县",
            "old": read(row.key, row.before).words,
            "new": new_value(row).words,
        }
        for row in found[:SHOWN]
    ]
    tabs = [
        {"title": title, "url": f"?tab={name}", "active": name == tab, "count": every.filter(state__in=members).count()}
        for name, title, members in TABS
    ]
    context = {"rows": rows, "tabs": tabs, "tab": tab, "may_decide": _holds(user, Role.FINANCE_HEAD)}
    return render(request, "rulebook/changes.html", context)


def _tab_title(tab: str) -> str:
    return next(title for name, title, _ in TABS if name == tab)


def change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: old and new, both people, and the decision while it is open."""
    user = user_of(request)
    found = get_object_or_404(RuleChange.objects.select_related("profile", "proposed_by", "decided_by"), pk=pk)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            told = _decide(user, found, request.POST.get("decision", ""), form.cleaned_data["opinion"])
        except Refusal as refusal:
            add_refusal(form, refusal)
            found.refresh_from_db()
        else:
            messages.success(request, told)
            return redirect("rulebook:change-detail", pk=pk)
    is_open = found.state == State.PROPOSED
    mine = found.proposed_by_person_id == user.person_id
    context = {
        **_beside(found),
        "form": form,
        "may_decide": is_open and _holds(user, Role.FINANCE_HEAD) and not mine,
        "may_withdraw": is_open and _holds(user, Role.ADMINISTRATOR),
        "decisions": [
            {"value": "approve", "title": "批准", "kind": "primary"},
            {"value": "refuse", "title": "不批准", "kind": "danger"},
        ],
        "crumbs": [{"title": "规则变更", "url": reverse("rulebook:changes")}],
        "tone": {State.APPROVED: "good", State.REFUSED: "bad", State.PROPOSED: "info"}.get(
            State(found.state), "neutral"
        ),
    }
    return render(request, "rulebook/change_detail.html", context)


def _decide(user: User, found: RuleChange, decision: str, opinion: str) -> str:
    if decision == "withdraw":
        changing.withdraw_change(by=user, change=found)
        return "已撤回这项变更。"
    approve = decision == "approve"
    changing.decide_change(by=user, change=found, approve=approve, opinion=opinion)
    return f"已批准，自{cn_date(found.effective_from)}起适用。" if approve else "已退给提出人，规则不变。"


# --- Two profiles side by side ----------------------------------------------------------------------------------------
def compare(request: HttpRequest) -> HttpResponse:
    """Two loaded profiles, each value with its article and text; differences alone, or all with these first."""
    user = user_of(request)
    loaded = {profile.code: profile for profile in Profile.objects.order_by("-in_force", "code")}
    codes = list(loaded)
    one = loaded.get(request.GET.get("a", ""), next(iter(loaded.values()), None))
    rest = [code for code in codes if one is None or code != one.code]
    other = loaded.get(request.GET.get("b", rest[0] if rest else ""))
    context: dict[str, Any] = {
        "profiles": list(loaded.values()),
        "one": one,
        "other": other,
        "may_load": _holds(user, Role.ADMINISTRATOR) and len(codes) < len(services.delivered()),
    }
    if one is not None and other is not None:
        groups = applied.compare(one, other, on=_today_or(request))
        context |= _compared(request, groups, one.code, other.code)
    return render(request, "rulebook/compare.html", context)


def _today_or(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()


def _compared(request: HttpRequest, groups: list[tuple[str, list[applied.Compared]]], a: str, b: str) -> dict[str, Any]:
    differing = [(group, [row for row in rows if row.differs]) for group, rows in groups]
    every = request.GET.get("show") == "all"
    counts = sum(len(rows) for _, rows in differing), sum(len(rows) for _, rows in groups)
    tabs = [
        {"title": "不同的", "url": f"?a={a}&b={b}", "active": not every, "count": counts[0]},
        {"title": "全部（不同的在前）", "url": f"?a={a}&b={b}&show=all", "active": every, "count": counts[1]},
    ]
    return {"groups": groups if every else [pair for pair in differing if pair[1]], "tabs": tabs, "every": every}


@require_POST
def load_others(request: HttpRequest) -> HttpResponse:
    """The profiles that come with the portal, to be compared with; what the county works by stays as it is."""
    user = user_of(request)
    require(user, Role.ADMINISTRATOR)
    there = set(Profile.objects.values_list("code", flat=True))
    loaded = [services.load_profile(code=code, by=user) for code in services.delivered() if code not in there]
    messages.success(request, f"已载入{len(loaded)}套规则档，仅供对照；本县执行的规则不变。")
    return redirect("rulebook:compare")
