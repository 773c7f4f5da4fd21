"""Pages of references across townships (虚拟户) and of the move to social-security cards."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.listings import listed
from accounts.models import Division, Role, User
from accounts.scope import scope_of
from households import papers, selectors, services
from households.models import VirtualMember
from households.paper_forms import AnswerForm, CardFilter, EndForm, ReferenceForm
from households.services.cards import SOCIAL_CARD
from households.services.references import RULE
from households.views.common import attempt, person_of, reader_of
from households.views.papers import TONES, paper_list, person_fact, rule_note
from lib.errors import Forbidden
from lib.templatetags.portal import cn_date


def reference_list(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    clerk = scope_of(user).holds(Role.TOWNSHIP_CLERK)
    actions = [{"title": "引用其他乡镇的补贴对象", "url": reverse("households:reference_new"), "kind": "primary"}]
    return paper_list(
        request,
        template="households/references.html",
        listing="households.references",
        todo=papers.references_waiting,
        every=papers.references_for,
        rule=rule_note(RULE),
        actions=actions if clerk else [],
    )


def reference_new(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    own = [division.pk for division in selectors.own_townships(user)]
    if not own:
        raise Forbidden("跨区划引用由补贴发放地的乡镇经办申请。", code="accounts.post_needed")
    form = ReferenceForm(Division.objects.filter(pk__in=own), request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: services.request_reference(by=user, **form.cleaned_data))
        if made is not None:
            messages.success(request, f"引用{made.person}的申请已送对方财政所。")
            return redirect("households:reference", made.pk)
    crumbs = [{"title": "虚拟户", "url": reverse("households:references")}]
    return render(request, "households/reference_new.html", {"form": form, "crumbs": crumbs, "rule": rule_note(RULE)})


def reference(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    paper = papers.get_reference(user, pk)
    waits = papers.references_waiting(user).filter(pk=pk).exists()
    form, end = AnswerForm(request.POST or None), EndForm(request.POST or None)
    decision = request.POST.get("decision", "")
    if request.method == "POST":
        asked = end if decision == "end" else form
        if asked.is_valid():
            done = attempt(asked, lambda: _answer(user, paper, decision, asked.cleaned_data))
            if done is not None:
                messages.success(request, f"这笔引用：{done.get_state_display()}。")
                return redirect("households:reference", pk)
    scope = scope_of(user)
    own = scope.holds(Role.TOWNSHIP_CLERK, division_id=paper.host_id) or scope.holds(
        Role.FINANCE_STATION, division_id=paper.person.household.village.parent_id
    )
    may_end = own and paper.state in VirtualMember.OPEN
    context = {
        "paper": paper,
        "title": str(paper),
        "subject": "跨区划引用",
        "tone": TONES[paper.state],
        "facts": _facts(user, paper),
        "form": (form if decision != "end" else AnswerForm()) if waits else None,
        "end": (end if decision == "end" else EndForm()) if may_end and not waits else None,
        "what": [
            f"同意后，{paper.host}可以把{paper.person}列入本乡镇的发放清册；档案仍归{paper.person.household.village.parent}管理。",
            "对方只看到姓名和遮挡后的身份证号，看不到电话、账号和家庭信息。",
        ],
        "yes": "同意引用",
        "back": reverse("households:references"),
        "crumbs": [{"title": "虚拟户", "url": reverse("households:references")}],
    }
    return render(request, "households/paper.html", context)


def _answer(user: User, paper: VirtualMember, decision: str, given: dict[str, Any]) -> VirtualMember:
    if decision == "end":
        return services.end_reference(by=user, reference=paper, reason=given["reason"])
    act = services.consent_reference if decision == "approve" else services.refuse_reference
    return act(by=user, reference=paper, opinion=given["opinion"])


def _facts(user: User, paper: VirtualMember) -> list[dict[str, Any]]:
    seen = selectors.visible_people(user).filter(pk=paper.person_id).exists()
    about = person_fact("被引用人员", paper.person, url=seen)
    if not seen:
        # The host learns the township it asks, and nothing of where and with whom the person lives.
        about["note"] = about["note"].split("　")[0]
    return [
        about,
        {"label": "档案所在乡镇", "value": paper.person.household.village.parent},
        {"label": "引用的乡镇", "value": paper.host},
        {"label": "引用事由", "value": paper.reason, "wide": True},
        {"label": "申请", "value": paper.made_by, "note": f"{cn_date(paper.made_at)}"},
        {"label": "对方财政所", "value": paper.checked_by, "note": paper.opinion},
        *([{"label": "终止", "value": paper.ended_by, "note": paper.end_reason}] if paper.ended_at else []),
    ]


def cards(request: HttpRequest) -> HttpResponse:
    """How far the move from other cards to social-security cards has come, by village (YJ八)."""
    user = reader_of(request)
    townships = Division.objects.filter(level=Division.Level.TOWNSHIP)
    scope = scope_of(user)
    if not scope.whole_county:
        townships = townships.filter(pk__in=scope.township_ids)
    form = CardFilter(townships, request.GET)
    chosen = form.cleaned_data["township"] if form.is_valid() else None
    rows = papers.card_progress(user, township=chosen.pk if chosen else None)
    for row in rows:
        row["village"], row["township"] = row["household__village__name"], row["household__village__parent__name"]
        row["url"] = f"{reverse('households:list')}?village={row['household__village_id']}"
        _rate(row)
    rows = listed(request, "households.cards", rows, form=form)
    people, social = sum(row["people"] for row in rows), sum(row["social"] for row in rows)
    totals = {"people": people, "social": social}
    _rate(totals)
    context = {"filter": form, "rows": rows, "totals": totals, "rule": rule_note(SOCIAL_CARD)}
    return render(request, "households/cards.html", context)


def _rate(row: dict[str, Any]) -> None:
    row["left"] = row["people"] - row["social"]
    row["rate"] = f"{row['social'] * 100 / row['people']:.1f}%" if row["people"] else "—"
