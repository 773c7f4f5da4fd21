"""Deputies for a term: whom one has named, whom one stands in for, and what waits for another's word."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import deputies
from accounts.forms import DeputyForm, EndDeputyForm, OpinionForm, add_refusal
from accounts.models import Deputation, DutyGroup, Post
from accounts.scope import portal_today, scope_of
from accounts.who import user_of
from lib.errors import NotFound, Refusal

State = Deputation.State
TONES = {State.ASKED: "warn", State.CONFIRMED: "good", State.REFUSED: "neutral", State.ENDED: "neutral"}
SHOWN = 200


def _found(request: HttpRequest, number: int) -> Deputation:
    found = deputies.visible(user_of(request)).filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def _row(request: HttpRequest, found: Deputation) -> dict[str, Any]:
    user, today = user_of(request), portal_today()
    over = found.term.upper <= today
    word, tone = found.get_state_display(), TONES[State(found.state)]
    if found.state in Deputation.OPEN and over:
        word, tone = "已到期", "neutral"
    elif found.state == State.CONFIRMED and found.term.lower <= today:
        word = "代理中"
    return {
        "found": found,
        "last": found.term.upper.fromordinal(found.term.upper.toordinal() - 1),
        "word": word,
        "tone": tone,
        "decides": deputies.may_decide(user, found) and not over,
        "ends": deputies.may_end(user, found),
    }


@require_http_methods(["GET"])
def listed(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    own: list[Post] = [
        post for post in scope_of(user).posts if post.duty_group == DutyGroup.REVIEW and post.deputation is None
    ]
    rows = [_row(request, found) for found in deputies.visible(user)[:SHOWN]]
    return render(request, "accounts/deputies.html", {"own": own, "rows": rows})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    principal = deputies.principal_for(user, number)
    people = deputies.candidates(principal)
    form = DeputyForm(people, request.POST or None, initial={"since": portal_today()})
    if form.is_valid():
        try:
            asked = deputies.ask_deputy(by=user, principal=principal, **form.cleaned_data)
        except NotFound:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已提出由{asked.deputy}代理，待另一人确认后生效。")
            return redirect("accounts:deputies")
    return render(
        request, "accounts/deputy_new.html", {"form": form, "principal": principal, "people": people.exists()}
    )


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, number: int) -> HttpResponse:
    user, found = user_of(request), _found(request, number)
    form = OpinionForm(request.POST or None)
    if form.is_valid():
        opinion = form.cleaned_data["opinion"]
        try:
            if request.POST.get("decision") == "refuse":
                deputies.refuse_deputy(by=user, asked=found, opinion=opinion)
                messages.success(request, "已注明不同意，原因已留下。")
            else:
                deputies.confirm_deputy(by=user, asked=found, opinion=opinion)
                messages.success(request, f"已确认，{found.deputy}在代理期内可以办理该岗位的事项。")
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("accounts:deputies")
    elif not deputies.may_decide(user, found):
        raise NotFound
    context = {"form": form, "row": _row(request, found), "found": found}
    return render(request, "accounts/deputy_decide.html", context)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, number: int) -> HttpResponse:
    user, found = user_of(request), _found(request, number)
    form = EndDeputyForm(request.POST or None)
    if form.is_valid():
        try:
            deputies.end_deputy(by=user, found=found, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "代理已终止。")
            return redirect("accounts:deputies")
    elif not deputies.may_end(user, found):
        raise NotFound
    return render(request, "accounts/deputy_end.html", {"form": form, "found": found})
