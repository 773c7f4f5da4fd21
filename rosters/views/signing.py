"""Several rosters signed at once: the list with what each is, one confirmation, and what became of each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.forms import refused
from accounts.models import User
from lib.errors import Conflict, Invalid, Refusal
from rosters import chain, selectors, services
from rosters.models import Roster
from rosters.services.moving import print_of
from rosters.services.signing import MOST
from rosters.views.common import crumbs, person


@require_http_methods(["GET", "POST"])
def sign_many(request: HttpRequest) -> HttpResponse:
    """GET: what waits. POST: the ticked ones to be confirmed. POST with `confirmed`: they are signed."""
    user = person(request)
    context: dict[str, Any] = {"crumbs": crumbs(), "most": MOST, "opinion_value": request.POST.get("opinion", "")}
    if request.method == "POST":
        try:
            picks = _picks(user, request.POST.getlist("roster"))
            if not request.POST.get("confirmed"):
                return render(request, "rosters/sign_many.html", {**context, **_confirmation(picks)})
            signed = services.sign_many(by=user, picks=picks, opinion=context["opinion_value"])
        except (Invalid, Conflict) as refusal:
            context["problems"] = refused(refusal)
        else:
            return render(request, "rosters/sign_many.html", {**context, **_result(user, signed)})
    waiting = list(selectors.waiting_for(user).order_by("policy__code", "division__code", "pk")[:MOST])
    return render(request, "rosters/sign_many.html", {**context, "rows": [_row(user, roster) for roster in waiting]})


def _row(user: User, roster: Roster) -> dict[str, Any]:
    step, allowed = chain.acting_step(roster), selectors.may(user, roster)
    seen = f"{roster.pk}:{print_of(roster).hex()}"
    return {"roster": roster, "step": step.title if step else "", "blocked": allowed.sign_blocked, "value": seen}


def _picks(user: User, values: list[str]) -> list[tuple[Roster, bytes]]:
    """The ticked rosters with the fingerprint as it was on the page; what the person may not see is not there."""
    wanted: dict[int, bytes] = {}
    for value in values[: MOST + 1]:
        number, _, seen = value.partition(":")
        try:
            wanted[int(number)] = bytes.fromhex(seen)
        except ValueError:
            raise Invalid("页面内容有误，请刷新后重新勾选。", code="rosters.sign_many") from None
    found = {roster.pk: roster for roster in selectors.visible_rosters(user).filter(pk__in=wanted)}
    if not wanted or wanted.keys() - found.keys():
        raise Invalid("请先勾选要签的清册。", code="rosters.sign_none", field="rosters")
    return [(found[pk], seen) for pk, seen in wanted.items()]


def _confirmation(picks: list[tuple[Roster, bytes]]) -> dict[str, Any]:
    moved = [roster for roster, seen in picks if seen != print_of(roster)]
    return {
        "picks": [
            {"roster": roster, "value": f"{roster.pk}:{seen.hex()}", "fingerprint": seen} for roster, seen in picks
        ],
        "moved": moved,
        "count": len(picks),
        "lines": sum(roster.line_count for roster, _ in picks),
        "fen": sum(roster.total_fen for roster, _ in picks),
        "what": [
            f"您同时在{len(picks)}份清册上签字，每一份单独留下签字记录，与各自的指纹绑定。",
            "哪一份内容有变、已由别人办理或暂不能办，只有那一份不签，其余照签。",
        ],
    }


def _result(user: User, signed: list[services.Signed]) -> dict[str, Any]:
    done = [one for one in signed if one.decision is not None]
    return {
        "done": [
            {"roster": one.roster, "after": selectors.status_of(selectors.get_roster(user, one.roster.pk))["word"]}
            for one in done
        ],
        "left": [{"roster": one.roster, "refusal": _refusal(one.refusal)} for one in signed if one.refusal is not None],
        "fen": sum(one.roster.total_fen for one in done),
        "finished": True,
    }


def _refusal(refusal: Refusal) -> dict[str, str]:
    return {"message": refusal.message, "rule": refusal.rule}
