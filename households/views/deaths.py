"""Pages of deaths and heirs: who was told, what passes to an heir, and who is missing."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import scope_of
from households import forms, papers, selectors, services
from households.models import Death, Person, Succession
from households.paper_forms import AnswerForm, EndForm, SuccessionForm
from households.services.common import require_township
from households.services.references import find_elsewhere
from households.services.successions import PRODUCTION_RULE
from households.verification import selectors as identity
from households.verification.people import Standing
from households.views.common import SIZES, attempt, page_of, person_of, reader_of
from households.views.papers import TONES, file_fact, handed_out, paper_list, person_fact, rule_note, stored
from lib.errors import NotFound
from lib.templatetags.portal import cn_date

State = Succession.State
DEATH_FOLLOWS = "登记后立即通报有关单位，正在办理的清册里此人的补贴停发。请先核对姓名、死亡日期和证明材料。"


def notice_list(request: HttpRequest) -> HttpResponse:
    """Deaths that this person's office was told of."""
    user = reader_of(request)
    unseen = papers.deaths_unseen(user)
    tab = "todo" if request.GET.get("tab", "todo" if unseen.exists() else "all") == "todo" else "all"
    rows = unseen if tab == "todo" else papers.death_notices_for(user)
    tabs = [
        {"title": "待签收", "url": "?tab=todo", "active": tab == "todo", "count": unseen.count()},
        {"title": "全部", "url": "?tab=all", "active": tab == "all", "count": papers.death_notices_for(user).count()},
    ]
    mine = {post.organisation_id for post in scope_of(user).posts}
    page = page_of(request, listed(request, "households.deaths", rows, tab="待签收" if tab == "todo" else "全部"))
    context = {"tabs": tabs, "tab": tab, "page": page, "sizes": SIZES, "mine": mine}
    return render(request, "households/deaths.html", context)


@require_POST
def notice_seen(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    notice = services.note_death(by=user, notice=papers.get_death_notice(user, pk))
    messages.success(request, f"已签收 {notice.death.person} 的死亡通报。")
    return redirect("households:deaths")


def death(request: HttpRequest, pk: int) -> HttpResponse:
    """Records a death; the paper and the record, both or neither."""
    user = person_of(request)
    person = selectors.get_person(user, pk)
    require_township(user, person.household.village.parent_id, Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
    form = forms.DeathForm(request.POST or None, request.FILES or None, initial=_reported(person))
    if request.method == "POST" and form.is_valid():
        marked = attempt(form, lambda: _mark(user, person, dict(form.cleaned_data)))
        if marked is not None:
            messages.success(request, f"已登记 {person.name} 死亡。")
            return redirect("households:detail", person.household_id)
    return _form(
        request, form, f"登记死亡：{person.name}", person, danger=True, submit="登记死亡", subtitle=DEATH_FOLLOWS
    )


def _reported(person: Person) -> dict[str, Any]:
    """What the police register says of a death, to begin with."""
    if identity.standing_of(person) != Standing.GONE:
        return {}
    return {"on": identity.newest_of([person.pk])[0].died_on, "source": Death.Source.POLICE}


@transaction.atomic
def _mark(user: User, person: Person, given: dict[str, Any]) -> Person:
    scan = given.pop("evidence")
    return services.mark_dead(by=user, person=person, evidence=stored(user, scan) if scan else None, **given)


def missing(request: HttpRequest, pk: int) -> HttpResponse:
    return _state(request, pk, services.mark_missing, "登记失踪：{}", "登记失踪")


def found(request: HttpRequest, pk: int) -> HttpResponse:
    return _state(request, pk, services.mark_found, "登记已找到：{}", "恢复为正常")


def _state(request: HttpRequest, pk: int, act: Any, title: str, submit: str) -> HttpResponse:
    user = person_of(request)
    person = selectors.get_person(user, pk)
    require_township(user, person.household.village.parent_id, Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
    form = forms.WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = attempt(form, lambda: act(by=user, person=person, **form.cleaned_data))
        if done is not None:
            messages.success(request, f"{person.name}：{done.get_state_display()}。")
            return redirect("households:detail", person.household_id)
    return _form(request, form, title.format(person.name), person, submit=submit)


def _form(request: HttpRequest, form: Any, title: str, person: Person, **more: Any) -> HttpResponse:
    crumbs = [
        {"title": "补贴对象", "url": reverse("households:list")},
        {"title": f"农户 {person.household}", "url": reverse("households:detail", args=[person.household_id])},
    ]
    context = {"form": form, "title": title, "household": person.household, "crumbs": crumbs, **more}
    return render(request, "households/form.html", context)


def death_file(request: HttpRequest, pk: int) -> FileResponse:
    """The paper of a death, for the township and for those who were told."""
    user = person_of(request)
    record = Death.objects.filter(pk=pk).select_related("evidence", "person").first()
    told = papers.death_notices_for(user).filter(death=pk).exists()
    if record is None or not (told or selectors.readable_people(user).filter(pk=record.person_id).exists()):
        raise NotFound
    return handed_out(request, record, {"evidence": record.evidence}, "evidence")


# --- Heirs ------------------------------------------------------------------------------------------------------------
def succession_list(request: HttpRequest) -> HttpResponse:
    return paper_list(
        request,
        template="households/successions.html",
        listing="households.successions",
        todo=papers.successions_waiting,
        every=papers.successions_for,
        rule=rule_note(PRODUCTION_RULE),
    )


def succession_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    person = selectors.get_person(user, pk)
    require_township(user, person.household.village.parent_id, Role.TOWNSHIP_CLERK)
    form = SuccessionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _ask(user, person, form.cleaned_data))
        if made is not None:
            messages.success(request, f"{person.name}的生产类补贴转录给{made.heir}的申请已提交财政所审核。")
            return redirect("households:succession", made.pk)
    return _form(request, form, f"{person.name} 的继承转录", person, submit="提交财政所审核")


@transaction.atomic
def _ask(user: User, person: Person, given: dict[str, Any]) -> Succession:
    heir = find_elsewhere(name=given["name"], id_number=given["id_number"])
    return services.request_succession(
        by=user,
        deceased=person,
        heir=heir,
        relation=given["relation"],
        relation_proof=stored(user, given["relation_proof"]),
        certificate=stored(user, given["certificate"]),
    )


def succession(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    paper = papers.get_succession(user, pk)
    waits = papers.successions_waiting(user).filter(pk=pk).exists()
    form, end = AnswerForm(request.POST or None), EndForm(request.POST or None)
    decision = request.POST.get("decision", "")
    if request.method == "POST":
        asked = end if decision == "end" else form
        if asked.is_valid():
            done = attempt(asked, lambda: _answer(user, paper, decision, asked.cleaned_data))
            if done is not None:
                messages.success(request, f"这笔继承转录：{done.get_state_display()}。")
                return redirect("households:succession", pk)
    home = paper.deceased.household.village.parent_id
    own = any(scope_of(user).holds(role, division_id=home) for role in (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION))
    may_end = own and paper.state in (State.REQUESTED, State.APPROVED)
    context = {
        "paper": paper,
        "title": str(paper),
        "subject": "继承转录",
        "tone": TONES[paper.state],
        "facts": _facts(user, paper),
        "form": (form if decision != "end" else AnswerForm()) if waits else None,
        "end": (end if decision == "end" else EndForm()) if may_end and not waits else None,
        "what": [
            f"以后的清册中，{paper.deceased} 名下的生产类补贴发放到 {paper.heir} 的一卡通账户，"
            "原补贴对象保留在清册中。",
            "身份类补贴（低保、高龄、养老等）不能继承，应停止发放。",
        ],
        "yes": "同意转录",
        "back": reverse("households:successions"),
        "crumbs": [{"title": "继承转录", "url": reverse("households:successions")}],
    }
    return render(request, "households/paper.html", context)


def _answer(user: User, paper: Succession, decision: str, given: dict[str, Any]) -> Succession:
    if decision == "end":
        return services.end_succession(by=user, succession=paper, reason=given["reason"])
    act = services.approve_succession if decision == "approve" else services.refuse_succession
    return act(by=user, succession=paper, opinion=given["opinion"])


def _facts(user: User, paper: Succession) -> list[dict[str, Any]]:
    def url(which: str) -> str:
        return reverse("households:succession_file", args=[paper.pk, which])

    heir_seen = selectors.visible_people(user).filter(pk=paper.heir_id).exists()
    return [
        person_fact("死亡人员", paper.deceased),
        {"label": "死亡日期", "value": f"{cn_date(paper.deceased.died_on)}" if paper.deceased.died_on else ""},
        person_fact("继承人", paper.heir, url=heir_seen),
        {"label": "继承人是死亡人员的", "value": paper.relation},
        file_fact("亲属关系证明", paper.relation_proof, url("relation")),
        file_fact("死亡证明", paper.certificate, url("certificate")),
        {"label": "申请", "value": paper.made_by, "note": f"{cn_date(paper.made_at)}"},
        {"label": "财政所审核", "value": paper.checked_by, "note": paper.opinion},
        *([{"label": "终止", "value": paper.ended_by, "note": paper.end_reason}] if paper.ended_at else []),
    ]


def succession_file(request: HttpRequest, pk: int, which: str) -> FileResponse:
    paper = papers.get_succession(person_of(request), pk)
    return handed_out(request, paper, {"relation": paper.relation_proof, "certificate": paper.certificate}, which)
