"""Account changes: the list with 待办, 已办 and 全部, the request, and the unit's check."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import Scope, scope_of
from households import forms, papers, selectors, services, transit
from households.models import AccountChange, Person
from households.services.changes import FINANCE_ROLES, FINANCE_RULE, OLD_STATES
from households.units import acting_unit, may_ask
from households.views.common import SIZES, account_reader_of, attempt, page_of
from households.views.papers import rule_note
from households.views.register import CHANGE_TONES
from jobs.services import store_file
from lib.errors import NotFound

TABS = {"todo": "待办", "done": "已办", "all": "全部"}
State = AccountChange.State


def _tab(user: User, tab: str) -> QuerySet[AccountChange]:
    seen = selectors.account_changes_for(user)
    if tab == "todo":
        waiting = selectors.changes_to_check(user).values("pk"), papers.changes_to_approve(user).values("pk")
        sent_back = selectors.changes_sent_back(user).values("pk")
        return seen.filter(Q(pk__in=waiting[0]) | Q(pk__in=waiting[1]) | Q(pk__in=sent_back))
    if tab == "done":
        return seen.filter(Q(checked_by=user) | Q(approved_by=user) | Q(made_by=user))
    return seen


def change_list(request: HttpRequest) -> HttpResponse:
    user = account_reader_of(request, schools=True)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    tabs = [
        {"title": title, "url": f"?tab={key}", "active": key == tab, "count": _tab(user, key).count()}
        for key, title in TABS.items()
    ]
    found = listed(request, "households.changes", _tab(user, tab).order_by("-id"), tab=TABS[tab])
    page = page_of(request, found)
    rows = [{"change": one, "tone": CHANGE_TONES[one.state]} for one in page.object_list]
    context = {"tabs": tabs, "tab": tab, "page": page, "rows": rows, "sizes": SIZES, "told": _told(scope_of(user))}
    return render(request, "households/changes.html", context)


def _told(scope: Scope) -> str:
    """How account changes go, as the reader meets them."""
    finance = "正常可用的账户因个人原因更换的，按规定再由财政局审批。"
    if scope.school_ids:
        return f"学校经办为本校清册上的人员申请，学校负责人审核；{finance}"
    if scope.village_ids:
        return f"在农户页面申请，乡镇财政所审核；{finance}"
    return f"乡镇经办在农户页面申请，财政所审核；{finance}"


def request_change(request: HttpRequest, pk: int) -> HttpResponse:
    user = account_reader_of(request, schools=True)
    person = selectors.get_person_to_mend(user, pk)
    unit = acting_unit(user, person, asks=True)
    form = forms.ChangeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        change = attempt(form, lambda: _ask(user, person, dict(form.cleaned_data)))
        if change is not None:
            messages.success(request, f"{person.name} 的账户变更已提交{change.checker}审核。")
            return redirect("households:change", change.pk)
    card = person.accounts.filter(in_use=True).first()
    context = {
        "form": form,
        "person": person,
        "card": card,
        "checker": AccountChange(unit=unit).checker,
        "rule": rule_note(FINANCE_RULE),
        "held": transit.account_words(person.pk),
        **_way_back(user, person),
    }
    return render(request, "households/change_new.html", context)


def _way_back(user: User, person: Person) -> dict[str, Any]:
    """To the household's page; for a school, which does not see it, to the list of changes."""
    if selectors.visible_people(user).filter(pk=person.pk).exists():
        back = reverse("households:detail", args=[person.household_id])
        return {"crumbs": [{"title": f"农户 {person.household}", "url": back}], "back": back}
    back = reverse("households:changes")
    return {"crumbs": [{"title": "账户变更", "url": back}], "back": back}


@transaction.atomic
def _ask(user: User, person: Any, given: dict[str, Any]) -> AccountChange:
    """Keeps the evidence with the request, both or neither."""
    scan = given.pop("evidence")
    evidence = store_file(content=scan, name=scan.name, by=user) if scan else None
    return services.request_account_change(by=user, person=person, evidence=evidence, **given)


def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A change: what is asked for, and for whoever checks or approves the decision."""
    user = account_reader_of(request, schools=True)
    asked = selectors.get_account_change(user, pk)
    checks = _decides(user, asked)
    seen = selectors.visible_people(user).filter(pk=asked.person_id).exists()
    form = forms.CheckForm(request.POST or None, initial={"old_state": OLD_STATES.get(asked.cause, "")})
    if asked.kind != AccountChange.Kind.REPLACE or asked.state != State.SUBMITTED:
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
        "own": user.person_id in (asked.made_by_person_id, asked.checked_by_person_id),
        "decisions": [
            {"value": "approve", "title": _yes(asked), "kind": "primary"},
            {"value": "reject", "title": "不予通过"},
        ],
        "what": _what(asked),
        "facts": _facts(asked, seen=seen),
        "again": _again(user, asked),
        "held": transit.account_words(asked.person_id) if _waits_for_roster(asked) else "",
        "crumbs": [{"title": "账户变更", "url": reverse("households:changes")}],
    }
    return render(request, "households/change.html", context)


def _waits_for_roster(asked: AccountChange) -> bool:
    """Whether it is another account that is asked for, and not yet in force."""
    return asked.kind == AccountChange.Kind.REPLACE and asked.state in AccountChange.OPEN


def _decides(user: User, asked: AccountChange) -> bool:
    """Whether the person's post checks it for the unit, or approves it for the finance bureau."""
    scope = scope_of(user)
    if asked.state == State.UNIT_APPROVED:
        return any(scope.holds(role) for role in FINANCE_ROLES)
    if asked.state != State.SUBMITTED:
        return False
    if asked.of_school:
        return scope.holds(Role.SCHOOL_LEADER, organisation_id=asked.unit_id)
    return scope.holds(Role.FINANCE_STATION, division_id=asked.person.household.village.parent_id)


def _again(user: User, asked: AccountChange) -> str:
    """Where a clerk asks anew after a refusal."""
    if asked.state != State.REJECTED or not may_ask(user, asked.person):
        return ""
    return reverse("households:change_new", args=[asked.person_id])


def _answer(user: User, asked: AccountChange, decision: str, given: dict[str, Any]) -> AccountChange:
    if decision == "approve":
        if asked.state == State.UNIT_APPROVED:
            return services.approve_by_finance(by=user, change=asked, opinion=given["opinion"])
        old_state = given.get("old_state") or None
        return services.approve_account_change(by=user, change=asked, opinion=given["opinion"], old_state=old_state)
    return services.reject_account_change(by=user, change=asked, opinion=given["opinion"])


def _yes(asked: AccountChange) -> str:
    if asked.state == State.SUBMITTED:
        return "审核同意，报财政局审批" if asked.finance_needed else "审核通过"
    return "同意变更"


def _path_words(asked: AccountChange) -> str:
    """Which path the change goes, and why (CQ§23)."""
    if not asked.special:
        return f"正常流程：{asked.checker}审核后生效"
    then = "审核同意后由财政局审批" if asked.finance_needed else "审核后生效（本县不另设财政局审批）"
    then = f"{asked.checker}{then}"
    return f"特殊流程：正常可用的I类户因个人原因更换，须有书面说明，{then}"


def _what(asked: AccountChange) -> list[str]:
    old = f"{asked.old_account.bank_name} 尾号 {asked.old_account.tail}" if asked.old_account else ""
    if asked.kind == AccountChange.Kind.REPLACE:
        told = ["请核对补贴对象（或监护人）签字的书面说明。"] if asked.special else []
        if not asked.special and asked.old_account and asked.old_account.state == "normal":
            told = [f"底册中原账户仍为正常，申请称“{asked.get_cause_display()}”，请核对银行出具的证明。"]
        return [
            *told,
            f"停用 {old}，以后发放到 {asked.bank_name} 尾号 {asked.tail}。",
            "该人员发放失败、等待更正的款项转为待补发。",
        ]
    return [f"{old} 恢复为正常，继续用于发放。", "该人员发放失败、等待更正的款项转为待补发。"]


def _facts(asked: AccountChange, *, seen: bool) -> list[dict[str, Any]]:
    household = asked.person.household
    evidence = reverse("households:evidence", args=[asked.pk]) if asked.evidence_id else ""
    old = asked.old_account
    return [
        {
            "label": "户名",
            "value": asked.person.name,
            "url": reverse("households:detail", args=[household.pk]) if seen else "",
        },
        {"label": "村", "value": f"{household.village.parent} {household.village}"},
        {"label": "变更方式", "value": asked.get_kind_display(), "note": asked.get_cause_display()},
        {"label": "流程", "value": _path_words(asked), "wide": True},
        {"label": "原账户", "value": f"{old.bank_name} ****{old.tail}（{old.get_state_display()}）" if old else ""},
        {
            "label": "新账户",
            "value": f"{asked.bank_name} ****{asked.tail}（{_carrier(asked)}）" if asked.tail else "不变",
        },
        {
            "label": "书面说明" if asked.special else "证明材料",
            "value": asked.evidence.name if asked.evidence else "未附",
            "url": evidence,
        },
        {"label": "变更原因", "value": asked.reason, "wide": True},
        {"label": "申请人", "value": asked.made_by, "note": asked.unit.name if asked.unit else ""},
        {"label": "申请时间", "date": asked.made_at},
        {"label": "审核人", "value": asked.checked_by},
        {"label": "审核时间", "date": asked.checked_at},
        {"label": "审核意见", "value": asked.opinion, "wide": True},
        *(_finance_facts(asked) if asked.finance_needed else []),
    ]


def _carrier(asked: AccountChange) -> str:
    return "社会保障卡" if asked.social_card else "非社会保障卡"


def _finance_facts(asked: AccountChange) -> list[dict[str, Any]]:
    return [
        {"label": "财政局审批人", "value": asked.approved_by},
        {"label": "审批时间", "date": asked.approved_at},
        {"label": "审批意见", "value": asked.approval_opinion, "wide": True},
    ]


def evidence(request: HttpRequest, pk: int) -> FileResponse:
    asked = selectors.get_account_change(account_reader_of(request, schools=True), pk)
    if asked.evidence is None:
        raise NotFound
    return FileResponse(asked.evidence.file.open("rb"), as_attachment=True, filename=asked.evidence.name)
