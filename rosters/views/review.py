"""The steps that cannot be taken back: sent, signed, returned, made void. Each shows what it does and asks once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import refused
from accounts.models import User
from lib.errors import Conflict, Forbidden, NotFound, Refusal
from rosters import chain, resuming, revisions, selectors, services
from rosters.forms import MAKER, BackForm, ReasonForm, SignForm
from rosters.models import Decision, Roster
from rosters.services.moving import print_of
from rosters.views.common import attempt, crumbs, own_roster, person, unit_of


def _shown(roster: Roster) -> dict[str, Any]:
    """What somebody sees before deciding."""
    villages = selectors.village_totals(roster)
    return {
        "roster": roster,
        "crumbs": crumbs(roster),
        "status": selectors.status_of(roster),
        "unit": unit_of(roster),
        "villages": villages,
        "whole_quantity": selectors.whole_quantity(villages),
        "findings": selectors.finding_groups(roster),
        "comparison": selectors.compare_with_previous(roster),
        "sample": selectors.sample_lines(roster),
        "revision": next(iter(revisions.listed(roster)), None),
    }


@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = own_roster(user, pk)
    context: dict[str, Any] = {}
    if request.method == "POST":
        opinion = request.POST.get("opinion", "")
        try:
            services.send_roster(by=user, roster=roster, opinion=opinion)
        except NotFound:
            raise
        except Refusal as refusal:
            context = {"problems": refused(refusal), "opinion_value": opinion}
            roster = selectors.get_roster(user, pk)
        else:
            after = selectors.get_roster(user, pk)
            messages.success(request, f"已送审，现由“{chain.step(after, after.step).title}”办理。")
            return redirect("rosters:detail", pk=pk)
    to = resuming.way(roster).step or chain.first_step(roster)
    what = [
        f"清册送“{to.title}”，此后明细和金额不能再改，需要修改的由审核人退回。",
        "送审时系统重新检查；有错误或疑点未说明的，不会送出。",
    ]
    return render(request, "rosters/send.html", {**_shown(roster), **context, "what": what})


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    form = SignForm(request.POST or None, initial={"fingerprint": print_of(roster).hex()})
    opinion = request.POST.get("opinion", "")
    if request.method == "POST":

        def act() -> Any:
            seen = bytes.fromhex(form.cleaned_data["fingerprint"])
            return services.sign(by=user, roster=roster, fingerprint=seen, opinion=opinion)

        decision = attempt(form, act)
        if decision is not None:
            after = selectors.status_of(selectors.get_roster(user, pk))
            messages.success(request, f"已在“{decision.step_title}”同意，清册现为“{after['word']}”。")
            return redirect("rosters:detail", pk=pk)
        roster = selectors.get_roster(user, pk)
        # The page shows the roster as it is now, so that is what a second try would sign.
        form.data = {**form.data, "fingerprint": print_of(roster).hex()}
    allowed = selectors.may(user, roster)
    if not allowed.sign and request.method == "GET":
        _why_not(user, roster)
    context = {"form": form, "opinion_value": opinion, "allowed": allowed}
    return render(request, "rosters/sign.html", {**_shown(roster), **_signing(user, roster), **context})


def _why_not(user: User, roster: Roster) -> None:
    """Somebody who has nothing to sign came here: the same refusal that the service gives."""
    step = chain.acting_step(roster)
    if step is None:
        raise Conflict(f"清册处于“{roster.get_status_display()}”，没有待签的环节。", code="rosters.nothing_to_sign")
    chain.require_post(user, roster, step)
    raise Forbidden("您是这份清册的编制人，或已在其他环节签过，不能再签。", code="rosters.same_hands")


def _signing(user: User, roster: Roster) -> dict[str, Any]:
    """The words of the decision: which step, for whom a deputy signs, what a return asked for, and what follows."""
    step = chain.acting_step(roster)
    if step is None:
        return {"what": []}
    signed = set(roster.decisions.filter(action="approve", in_force=True).values_list("step", flat=True))
    following = chain.step_to_sign(roster, step.key, signed)
    after = f"清册转到“{following.title}”" if following else "清册审批完成，转入待发放"
    basis = [f"依据：{step.article}。"] if step.article else []
    post = chain.held_post(user, roster, step)
    principal = chain.principal_of(post) if post else None
    holder = f"，代{principal.full_name}" if principal else ""
    what = [*basis, f"您以“{step.title}”的岗位签字{holder}，签字与下面的指纹绑定。", f"同意后{after}。"]
    returned = roster.decisions.order_by("-id").first()
    if returned is not None and returned.action == Decision.Action.RETURN:
        what.insert(0, f"“{returned.step_title}”退回，要求：{returned.opinion}")
    if step.submits:
        what.append("这一步是上报：须公示期满、资金到账，并按清册金额占用指标。")
    return {"what": what, "step_title": step.title}


@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    may_resume = roster.status == Roster.Status.REVIEW
    form = BackForm(services.return_targets(roster), request.POST or None, may_resume=may_resume)
    if request.method == "POST":

        def act() -> Any:
            asked = form.cleaned_data["to_step"]
            to_step, reason = "" if asked == MAKER else asked, form.cleaned_data["reason"]
            return services.send_back(by=user, roster=roster, to_step=to_step, reason=reason, **form.asks())

        if attempt(form, act) is not None:
            messages.success(request, "清册已退回。")
            return redirect("rosters:list")
    elif not selectors.may(user, roster).send_back:
        raise Forbidden("清册现在不由您退回。", code="accounts.post_needed")
    context = {"roster": roster, "crumbs": crumbs(roster), "form": form, "status": selectors.status_of(roster)}
    return render(request, "rosters/send_back.html", context)


@require_http_methods(["GET", "POST"])
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    form = ReasonForm(request.POST or None)
    last = services.recallable(user, roster)
    if request.method == "POST":
        decision = attempt(
            form, lambda: services.recall_decision(by=user, roster=roster, reason=form.cleaned_data["reason"])
        )
        if decision is not None:
            messages.success(request, f"已撤回“{decision.step_title}”，清册回到您这里。")
            return redirect("rosters:detail", pk=pk)
    elif last is None:
        raise Conflict("这份清册没有您可以撤回的办理。下一环节已经处理的，请其退回。", code="rosters.recall")
    context = {"roster": roster, "crumbs": crumbs(roster), "form": form, "last": last}
    return render(request, "rosters/recall.html", context)


@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = own_roster(user, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        done = attempt(form, lambda: services.void_roster(by=user, roster=roster, reason=form.cleaned_data["reason"]))
        if done is not None:
            messages.success(request, f"清册 {roster.number} 已作废。")
            return redirect("rosters:list")
    return render(request, "rosters/void.html", {"roster": roster, "crumbs": crumbs(roster), "form": form})
