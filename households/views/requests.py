"""Pages of requests to change the register: what may be asked for, the request, its review, the end of collection."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.models import Role, User
from accounts.scope import scope_of
from households import papers, selectors, services, transit
from households.models import Household, RegisterRequest
from households.paper_forms import AnswerForm
from households.request_forms import FORMS, NewForm, NumbersForm, WithdrawForm
from households.request_parts import RequestForm
from households.services.changing.kinds import BY_CODE
from households.services.common import require_township
from households.services.requests import changed_since
from households.views.common import attempt, person_of, reader_of
from households.views.papers import TONES, handed_out, paper_list
from jobs.uploads import SCANS, keep_paper
from lib.errors import Forbidden, NotFound, Refusal
from lib.templatetags.portal import cn_date

Kind, State = RegisterRequest.Kind, RegisterRequest.State
WAY = "凭村（社区）签字盖章的申请和原件影像提交，财政所审核后生效。"
HINTS = {
    Kind.HEAD: "户主去世、迁出或家庭商定换人",
    Kind.MEMBER_IN: "出生、婚嫁、迁入，或补建户主档案",
    Kind.MEMBER_OUT: "迁走、婚嫁出去、不应建档",
    Kind.IDENTITY: "姓名写错、身份证号录错或换号",
    Kind.CONTACT: "换手机号、搬家、换小组",
    Kind.MEANS: "承包、地力补贴面积，种植、草场、林地、牲畜、农机",
    Kind.SPLIT: "分家另立一户，或转到本乡镇另一户",
    Kind.MERGE: "同一个人有两份档案",
    Kind.CANCEL: "全户迁出、全户死亡、并入他户",
}


def request_list(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    clerk = scope_of(user).holds(Role.TOWNSHIP_CLERK)
    actions = [{"title": "新增农户", "url": reverse("households:request_new_home"), "kind": "primary"}]
    actions = actions if clerk else []
    if scope_of(user).holds(Role.FINANCE_STATION):
        actions = [{"title": "建库完成", "url": reverse("households:collection")}, *actions]
    return paper_list(
        request,
        template="households/requests.html",
        listing="households.requests",
        todo=papers.requests_to_do,
        every=papers.requests_for,
        actions=actions,
        way=WAY,
    )


def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """What may be asked for about this household."""
    household = _household_to_change(person_of(request), pk)
    kinds = [
        {"title": kind.label, "hint": hint, "url": reverse("households:request_new", args=[pk, kind.value])}
        for kind, hint in HINTS.items()
    ]
    waiting = household.requests.filter(state=State.REQUESTED).first()
    context = {"household": household, "kinds": kinds, "waiting": waiting, "crumbs": _crumbs(household), "way": WAY}
    return render(request, "households/request_choose.html", context)


def _household_to_change(user: User, pk: int) -> Household:
    household = selectors.get_household(user, pk)
    require_township(user, household.village.parent_id, Role.TOWNSHIP_CLERK)
    return household


def _crumbs(household: Household | None) -> list[dict[str, str]]:
    if household is None:
        return [{"title": "信息变更", "url": reverse("households:requests")}]
    return [
        {"title": "补贴对象", "url": reverse("households:list")},
        {"title": f"农户 {household.code}", "url": reverse("households:detail", args=[household.pk])},
    ]


def new(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The form of one kind of change."""
    user = person_of(request)
    household = _household_to_change(user, pk)
    if kind not in FORMS:
        raise NotFound
    form = FORMS[kind](request.POST or None, request.FILES or None, home=household)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _ask(user, form, household))
        if made is not None:
            messages.success(request, f"“{made.get_kind_display()}”已提交财政所审核。")
            return redirect("households:request", made.pk)
    title = f"{Kind(kind).label}：农户 {household.code}"
    return _form(request, form, title, household, held=_held(household, kind))


def new_home(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    own = [division.pk for division in selectors.own_townships(user)]
    if not own:
        raise Forbidden("新增农户由乡镇经办申请。", code="accounts.post_needed")
    villages = selectors.villages(user).filter(parent_id__in=own)
    form = NewForm(villages, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _ask(user, form, None))
        if made is not None:
            messages.success(request, "“新增农户”已提交财政所审核。")
            return redirect("households:request", made.pk)
    return _form(request, form, "新增农户", None)


def _form(
    request: HttpRequest, form: RequestForm, title: str, household: Household | None, **more: Any
) -> HttpResponse:
    back = reverse("households:request_choose", args=[household.pk]) if household else reverse("households:requests")
    context = {"form": form, "title": title, "crumbs": _crumbs(household), "back": back, "way": WAY, **more}
    return render(request, "households/request_new.html", context)


def _held(household: Household, kind: str) -> str:
    """Who of the household stands in a roster on its way, where that will hold the change."""
    if not BY_CODE[kind].what:
        return ""
    found = transit.held(list(household.members.values_list("pk", flat=True)))
    return transit.words(found) if found else ""


@transaction.atomic
def _ask(user: User, form: RequestForm, household: Household | None) -> RegisterRequest:
    """The request with its papers, whole or not at all; a refusal about a row stands at that row."""
    data = form.cleaned_data
    try:
        given = form.given()
        evidence = services.Evidence(
            keep_paper(data["certificate"], by=user, field="certificate", kinds=SCANS),
            [keep_paper(one, by=user, field="originals", kinds=SCANS) for one in data["originals"]],
        )
        if household is None:
            return services.request_new_household(
                by=user, village=data["village"], given=given, reason=data["reason"], evidence=evidence
            )
        return services.request_register_change(
            by=user, kind=form.kind, household=household, given=given, reason=data["reason"], evidence=evidence
        )
    except Refusal as refusal:
        raise form.place(refusal) from refusal


# --- Review -----------------------------------------------------------------------------------------------------------
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = reader_of(request)
    paper = papers.get_request(user, pk)
    waits = papers.requests_waiting(user).filter(pk=pk).exists()
    clerk = scope_of(user).holds(Role.TOWNSHIP_CLERK, division_id=paper.township_id)
    form, end = AnswerForm(request.POST or None), WithdrawForm(request.POST or None)
    decision = request.POST.get("decision", "")
    if request.method == "POST":
        asked = end if decision == "end" else form
        if asked.is_valid():
            done = attempt(asked, lambda: _answer(user, paper, decision, asked.cleaned_data))
            if done is not None:
                messages.success(request, f"“{done.get_kind_display()}”：{done.get_state_display()}。")
                return redirect("households:request", pk)
    open_ = paper.state == State.REQUESTED
    context = {
        "paper": paper,
        "tone": TONES[paper.state],
        "facts": _facts(paper),
        "told": BY_CODE[paper.kind].told(paper),
        "numbers": bool(BY_CODE[paper.kind].numbers(paper.wanted)) and _reads(user, paper),
        "originals": paper.originals.select_related("file"),
        "moved": changed_since(paper) if open_ else [],
        "held": _on_the_way(paper) if open_ else "",
        "form": (form if decision != "end" else AnswerForm()) if waits else None,
        "end": (end if decision == "end" else WithdrawForm()) if open_ and clerk else None,
        "own": open_ and not waits and paper.made_by_person_id == user.person_id,
        "crumbs": _crumbs(None),
        "back": reverse("households:requests"),
    }
    return render(request, "households/request.html", context)


def _reads(user: User, paper: RegisterRequest) -> bool:
    scope = scope_of(user)
    return any(scope.holds(role, division_id=paper.township_id) for role in (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION))


def _on_the_way(paper: RegisterRequest) -> str:
    kind = BY_CODE[paper.kind]
    found = transit.held(kind.people(paper)) if kind.what else []
    return transit.words(found) if found else ""


def _answer(user: User, paper: RegisterRequest, decision: str, given: dict[str, Any]) -> RegisterRequest:
    if decision == "end":
        return services.withdraw_register_change(by=user, request=paper, reason=given["reason"])
    act = services.approve_register_change if decision == "approve" else services.refuse_register_change
    return act(by=user, request=paper, opinion=given["opinion"])


def _facts(paper: RegisterRequest) -> list[dict[str, Any]]:
    home, result = paper.household, paper.result
    page = reverse("households:detail", args=[home.pk]) if home else ""
    certificate = reverse("households:request_file", args=[paper.pk, 0])
    facts: list[dict[str, Any]] = [
        {"label": "农户", "value": home.code if home else paper.get_kind_display(), "url": page},
        {
            "label": "村",
            "value": str(paper.township) if paper.kind == Kind.BULK else f"{paper.township} {paper.village}",
        },
        {"label": "变更原因", "value": paper.reason, "wide": True},
        {"label": "村（社区）变更申请", "value": paper.certificate.name, "url": certificate},
        {"label": "申请", "value": paper.made_by, "note": f"{cn_date(paper.made_at)}"},
        {"label": "财政所审核", "value": paper.checked_by, "note": paper.opinion},
    ]
    if result is not None:
        url = reverse("households:detail", args=[result.pk])
        facts.append({"label": "变更后的农户", "value": result.code, "url": url})
    if paper.ended_at:
        facts.append({"label": "撤回", "value": paper.ended_by, "note": paper.end_reason})
    return facts


def file(request: HttpRequest, pk: int, which: int) -> FileResponse:
    """The village's application (0), or one of the originals by its number."""
    paper = papers.get_request(reader_of(request), pk)
    files = {"0": paper.certificate, **{str(one.pk): one.file for one in paper.originals.select_related("file")}}
    return handed_out(request, paper, files, str(which))


@never_cache
def numbers(request: HttpRequest, pk: int) -> HttpResponse:
    """The request's numbers in clear, to be compared with the originals: on this answer only, with a reason."""
    user = reader_of(request)
    paper = papers.get_request(user, pk)
    if not _reads(user, paper):
        raise NotFound
    form = NumbersForm(request.POST or None)
    shown = None
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        shown = attempt(form, lambda: services.read_numbers(by=user, request=paper, reason=reason))
    crumbs = [*_crumbs(None), {"title": str(paper), "url": reverse("households:request", args=[pk])}]
    context = {"form": form, "paper": paper, "shown": shown, "crumbs": crumbs}
    return render(request, "households/request_numbers.html", context)


# --- The end of the first collection ----------------------------------------------------------------------------------
def collection(request: HttpRequest) -> HttpResponse:
    """Which townships have built their register; the finance station says so, once."""
    user = reader_of(request)
    rows = papers.collections_for(user)
    own = {division.pk for division in selectors.own_townships(user, Role.FINANCE_STATION)}
    if request.method == "POST":
        chosen = next(
            (row["township"] for row in rows if str(row["township"].pk) == request.POST.get("township")), None
        )
        if chosen is None:
            raise NotFound
        ended = services.end_first_collection(by=user, township=chosen)
        messages.success(request, f"{ended}：{ended.households} 户、{ended.people} 人。以后的变化按“信息变更”办理。")
        return redirect("households:collection")
    for row in rows:
        row["may_end"] = row["ended"] is None and row["township"].pk in own and row["households"]
    return render(request, "households/collection.html", {"rows": rows, "crumbs": _crumbs(None)})
