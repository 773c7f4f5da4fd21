"""Making a roster: begun, filled, checked, explained; and its single lines."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.scope import scope_of
from households.models import Person
from households.units import may_ask
from lib.errors import Forbidden, NotFound, Refusal
from lib.text import normalise
from rosters import backpay, people, selectors, services, shapes
from rosters.chain import MAKERS
from rosters.forms import ExplainForm, LineForm, RosterForm
from rosters.models import Finding, Roster, RosterLine
from rosters.payees import payee_of
from rosters.views.common import attempt, crumbs, own_roster, person
from rulebook import clock
from subsidies.models import Standard


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not scope_of(user).roles & MAKERS:
        raise Forbidden("清册由编制单位的经办编制，您没有该岗位。", code="accounts.post_needed")
    form = RosterForm(user, clock.today(), request.POST or None)
    if request.method == "POST":
        roster = attempt(form, lambda: services.create_roster(by=user, **form.cleaned_data))
        if roster is not None:
            messages.success(request, f"已新建清册 {roster.number}，请录入、导入或由底册生成明细。")
            return redirect("rosters:detail", pk=roster.pk)
    return render(request, "rosters/new.html", {"form": form, "crumbs": crumbs()})


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = services.run_checks(by=user, roster=own_roster(user, pk))
    if found.clean:
        messages.success(request, "检查通过，可以送审。")
    else:
        messages.warning(request, f"发现错误{found.errors}处、疑点{found.warnings}处（待说明{found.unexplained}处）。")
    return redirect("rosters:findings", pk=pk) if found.errors or found.warnings else redirect("rosters:detail", pk=pk)


@require_POST
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    filled = services.fill_from_register(by=user, roster=own_roster(user, pk))
    if filled.added:
        messages.success(request, f"已由底册生成{filled.added}户。")
    else:
        messages.info(request, "底册中有补贴面积的农户都已在清册里。")
    if filled.without_head:
        messages.warning(request, f"另有{filled.without_head}户没有户主档案，未列入；请财政所补建户主后再生成。")
    return redirect("rosters:detail", pk=pk)


@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    changed = services.refresh_lines(by=user, roster=own_roster(user, pk))
    messages.success(request, f"已按底册更新{changed}行。" if changed else "明细与底册一致，没有需要更新的。")
    return redirect("rosters:detail", pk=pk)


@require_POST
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """One reason for one finding, or for all open ones of a rule."""
    user = person(request)
    roster = own_roster(user, pk)
    form = ExplainForm(request.POST)
    done = attempt(form, lambda: _explain(user, roster, form.cleaned_data))
    if done is None:
        for texts in form.errors.values():
            messages.error(request, str(texts[0]), extra_tags=next(iter(getattr(form, "refused_by", [])), ""))
    else:
        messages.success(request, f"已说明{done}处疑点。")
    return redirect(f"{reverse('rosters:findings', args=[pk])}?rule={form.data.get('rule', '')}")


def _explain(user: User, roster: Roster, given: dict[str, Any]) -> int:
    if given["finding"] is None:
        return services.explain_rule(by=user, roster=roster, rule=given["rule"], text=given["text"])
    finding = Finding.objects.filter(roster=roster, pk=given["finding"]).first()
    if finding is None:
        raise NotFound
    services.explain_finding(by=user, finding=finding, text=given["text"])
    return 1


# --- Lines ------------------------------------------------------------------------------------------------------------
def _people(user: User, roster: Roster, text: str) -> list[dict[str, Any]]:
    """Whom the clerk may enter; of somebody outside the own register only name and masked ID number."""
    return [
        {
            "person": one,
            "value": people.token(user, roster, one),
            "own": people.is_own(user, one),
            "masked_id": people.masked_id(one),
        }
        for one in people.candidates(user, roster, text)
    ]


def _area(roster: Roster, chosen: Person) -> Decimal | None:
    """The registered area as a proposal, where the roster pays by area."""
    return chosen.household.subsidised_mu if roster.version.standards.filter(per="亩").count() == 1 else None


def _of_age(tier: Standard, born: date, on: date) -> bool:
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return (tier.age_from or 0) <= age <= (tier.age_to if tier.age_to is not None else 999)


def _proposed(roster: Roster, chosen: Person) -> dict[str, Any]:
    """What the register and the period say of a new line: the tier of the age, the area, the months."""
    tiers = list(roster.version.standards.all())
    fitting = [tier for tier in tiers if _of_age(tier, chosen.birth_date, roster.period_end)]
    tier = fitting[0] if len(fitting) == 1 else tiers[0] if len(tiers) == 1 else None
    quantity: Decimal | int | None = _area(roster, chosen)
    if tier is not None and tier.per == backpay.MONTHLY:
        quantity = backpay.whole_months(roster.period_start, roster.period_end)
    return {"standard": tier, "quantity": quantity}


def _about(roster: Roster, chosen: Person, *, own: bool) -> list[dict[str, Any]]:
    """What a clerk must see before adding somebody: who is paid, on which card, with which area."""
    household = chosen.household
    if not own:
        return [
            {"label": "享受人", "value": chosen.name, "note": chosen.get_state_display()},
            {"label": "身份证号", "value": people.masked_id(chosen), "code": True},
            {"label": "档案", "value": "在其他乡镇（不显示家庭和账户信息）"},
        ]
    facts: list[dict[str, Any]] = [
        {"label": "享受人", "value": chosen.name, "note": chosen.get_state_display()},
        {"label": "住址", "value": f"{household.village.name} {household.group}"},
        {"label": "农户编码", "value": household.code, "code": True},
        {"label": "补贴面积", "value": f"{household.subsidised_mu} 亩" if household.subsidised_mu else ""},
    ]
    try:
        payee = payee_of(roster, chosen)
    except Refusal as refusal:
        return [*facts, {"label": "收款人", "value": refusal.message, "wide": True}]
    card = payee.accounts.filter(in_use=True).first()
    shown = f"{card.bank_name} 尾号{card.tail}（{card.get_state_display()}）" if card else "没有用于发放的账户"
    return [*facts, {"label": "收款人", "value": payee.name}, {"label": "收款账户", "value": shown}]


@require_http_methods(["GET", "POST"])
def line_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = own_roster(user, pk)
    text = normalise(request.GET.get("q", ""))
    chosen = people.chosen(user, roster, request.GET.get("person", ""))
    own = chosen is not None and people.is_own(user, chosen)
    initial = _proposed(roster, chosen) if chosen and own else {}
    form = LineForm(roster, request.POST or None, initial=initial)
    if request.method == "POST" and chosen is not None:
        line = attempt(form, lambda: services.add_line(by=user, roster=roster, beneficiary=chosen, **form.given()))
        if line is not None:
            messages.success(request, f"已录入{line.beneficiary_name}。")
            return redirect("rosters:line_add", pk=pk)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "text": text,
        "people": _people(user, roster, text) if text else [],
        "most": people.MOST,
        "chosen": chosen,
        "about": _about(roster, chosen, own=own) if chosen else [],
        "form": form,
    }
    return render(request, "rosters/_people.html" if request.htmx else "rosters/line_add.html", context)  # type: ignore[attr-defined]


def _now(line: RosterLine) -> dict[str, Any]:
    """A line as the form shows it: secret numbers masked, a computed quantity left to its formula."""
    shape = shapes.of(line.roster)
    now = {"standard": line.standard_id, "quantity": line.quantity, "basis": line.basis, "remark": line.remark}
    if shape.template.of_quantity and any(name in line.extra for name in shape.template.of_quantity.names):
        del now["quantity"]
    return {**now, **{shapes.PREFIX + key: text for key, text in shape.typed_cells(line).items()}}


@require_http_methods(["GET", "POST"])
def line_edit(request: HttpRequest, pk: int, line_pk: int) -> HttpResponse:
    user = person(request)
    roster = own_roster(user, pk)
    line = selectors.get_line(user, pk, line_pk)
    form = LineForm(roster, request.POST or None, initial=_now(line))
    if request.method == "POST":
        changed = attempt(form, lambda: services.change_line(by=user, line=line, **form.given()))
        if changed is not None:
            messages.success(request, f"第{line.number}号已修改。")
            return redirect("rosters:detail", pk=pk)
    mend = line.account_id is not None and line.payee is not None and may_ask(user, line.payee)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "line": line,
        "form": form,
        "change_url": reverse("households:change_new", args=[line.payee_id]) if mend else "",
    }
    return render(request, "rosters/line_edit.html", context)


@require_POST
def line_remove(request: HttpRequest, pk: int, line_pk: int) -> HttpResponse:
    user = person(request)
    own_roster(user, pk)
    line = selectors.get_line(user, pk, line_pk)
    services.remove_line(by=user, line=line)
    messages.success(request, f"已删除第{line.number}号（{line.beneficiary_name}）。")
    return redirect("rosters:detail", pk=pk)
