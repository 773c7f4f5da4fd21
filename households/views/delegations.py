"""Pages of delegated receipt: the list, the request, and one delegation with what may be decided on it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import DEPARTMENT_ROLES, scope_of
from households import papers, selectors, services
from households.models import Delegation, Person
from households.paper_forms import AnswerForm, DelegationForm, EndForm
from households.policies import offered_policies
from households.services.common import require_township
from households.services.delegations import ALLOWED
from households.services.references import find_elsewhere
from households.views.common import READERS, attempt, person_of
from households.views.papers import TONES, file_fact, handed_out, paper_list, person_fact, rule_note, stored
from lib.templatetags.portal import cn_date
from rulebook import clock

State = Delegation.State


def delegation_list(request: HttpRequest) -> HttpResponse:
    return paper_list(
        request,
        template="households/delegations.html",
        listing="households.delegations",
        todo=papers.delegations_waiting,
        every=papers.delegations_for,
        readers=READERS | DEPARTMENT_ROLES,
        rule=rule_note(ALLOWED),
    )


def delegation_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    beneficiary = selectors.get_person(user, pk)
    require_township(user, beneficiary.household.village.parent_id, Role.TOWNSHIP_CLERK)
    given = (request.POST or None, request.FILES or None)
    form = DelegationForm(*given, policies=offered_policies(), today=clock.today())
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _ask(user, beneficiary, dict(form.cleaned_data)))
        if made is not None:
            messages.success(request, f"{made.delegate}代{beneficiary}领取的申请已提交财政所审核。")
            return redirect("households:delegation", made.pk)
    home = {
        "title": f"农户 {beneficiary.household}",
        "url": reverse("households:detail", args=[beneficiary.household_id]),
    }
    context = {"form": form, "person": beneficiary, "crumbs": [home], "rule": rule_note(ALLOWED)}
    return render(request, "households/delegation_new.html", context)


@transaction.atomic
def _ask(user: User, beneficiary: Person, given: dict[str, Any]) -> Delegation:
    """Keeps the papers with the request, all or none."""
    delegate = find_elsewhere(name=given["name"], id_number=given["id_number"])
    names = ("beneficiary_consent", "delegate_consent", "proof")
    consents = services.Consents(*(stored(user, given[name]) for name in names))
    return services.request_delegation(
        by=user,
        beneficiary=beneficiary,
        delegate=delegate,
        department=given["department"],
        policy_codes=given["policies"],
        reason=given["reason"],
        valid_from=given["valid_from"],
        valid_to=given["valid_to"],
        consents=consents,
        by_guardian=given["by_guardian"],
    )


def delegation(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    paper = papers.get_delegation(user, pk)
    waits = papers.delegations_waiting(user).filter(pk=pk).exists()
    form, end = AnswerForm(request.POST or None), EndForm(request.POST or None)
    decision = request.POST.get("decision", "")
    if request.method == "POST":
        asked = end if decision == "end" else form
        if asked.is_valid():
            done = attempt(asked, lambda: _answer(user, paper, decision, asked.cleaned_data))
            if done is not None:
                messages.success(request, f"这笔代领：{done.get_state_display()}。")
                return redirect("households:delegation", pk)
    may_end = paper.state in (State.REQUESTED, State.CHECKED, State.APPROVED) and _may_end(user, paper)
    context = {
        "paper": paper,
        "title": str(paper),
        "subject": "代领",
        "tone": TONES[paper.state],
        "facts": _facts(user, paper),
        "form": (form if decision != "end" else AnswerForm()) if waits else None,
        "end": (end if decision == "end" else EndForm()) if may_end and not waits else None,
        "what": _what(paper),
        "yes": "审核通过，报主管部门" if paper.state == State.REQUESTED else "同意代领",
        "back": reverse("households:delegations"),
        "crumbs": [{"title": "代领", "url": reverse("households:delegations")}],
    }
    return render(request, "households/paper.html", context)


def _may_end(user: User, paper: Delegation) -> bool:
    scope, home = scope_of(user), paper.beneficiary.household.village.parent_id
    own = (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
    return any(scope.holds(role, division_id=home) for role in own) or any(
        scope.holds(role, organisation_id=paper.department_id) for role in (Role.DEPT_REVIEWER, Role.DEPT_HEAD)
    )


def _answer(user: User, paper: Delegation, decision: str, given: dict[str, Any]) -> Delegation:
    if decision == "end":
        return services.end_delegation(by=user, delegation=paper, reason=given["reason"])
    if decision != "approve":
        return services.refuse_delegation(by=user, delegation=paper, opinion=given["opinion"])
    act = services.check_delegation if paper.state == State.REQUESTED else services.approve_delegation
    return act(by=user, delegation=paper, opinion=given["opinion"])


def _policies(paper: Delegation) -> str:
    if not paper.policy_codes:
        return "该主管部门的全部补贴"
    names = {policy.code: policy.name for policy in offered_policies()}
    return "、".join(names.get(code, code) for code in paper.policy_codes)


def _what(paper: Delegation) -> list[str]:
    return [
        f"{cn_date(paper.valid_from)} 至 {cn_date(paper.valid_to)}，{paper.beneficiary} 的补贴"
        f"（{_policies(paper)}）发放到 {paper.delegate} 的一卡通账户。",
        "请对照同意书和佐证材料核实：双方都同意，代领确有必要。",
    ]


def _facts(user: User, paper: Delegation) -> list[dict[str, Any]]:
    def url(which: str) -> str:
        return reverse("households:delegation_file", args=[paper.pk, which])

    seen = set(
        selectors.visible_people(user)
        .filter(pk__in=[paper.beneficiary_id, paper.delegate_id])
        .values_list("pk", flat=True)
    )
    consent = "（由监护人）" if paper.by_guardian else ""
    return [
        person_fact("补贴对象", paper.beneficiary, url=paper.beneficiary_id in seen),
        person_fact("代领人", paper.delegate, url=paper.delegate_id in seen),
        {"label": "主管部门", "value": paper.department},
        {"label": "期限", "value": f"{cn_date(paper.valid_from)} 至 {cn_date(paper.valid_to)}"},
        {"label": "补贴政策", "value": _policies(paper), "wide": True},
        {"label": "代领原因", "value": paper.reason, "wide": True},
        file_fact(f"补贴对象同意书{consent}", paper.beneficiary_consent, url("beneficiary")),
        file_fact("代领人同意书", paper.delegate_consent, url("delegate")),
        file_fact("佐证材料", paper.proof, url("proof")),
        {"label": "申请", "value": paper.made_by, "note": f"{cn_date(paper.made_at)}"},
        {"label": "财政所审核", "value": paper.checked_by, "note": paper.opinion},
        {"label": "主管部门审批", "value": paper.approved_by, "note": paper.approval_opinion},
        *([{"label": "终止", "value": paper.ended_by, "note": paper.end_reason}] if paper.ended_at else []),
    ]


def delegation_file(request: HttpRequest, pk: int, which: str) -> FileResponse:
    paper = papers.get_delegation(person_of(request), pk)
    files = {"beneficiary": paper.beneficiary_consent, "delegate": paper.delegate_consent, "proof": paper.proof}
    return handed_out(request, paper, files, which)
