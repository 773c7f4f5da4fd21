"""Pages of the register of cards: what waits by village, all cards, the bank's lists, handing out, the list to sign."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.listings import listed
from accounts.models import Division, User
from accounts.scope import scope_of
from households import selectors as register
from households.cards import forms, selectors, services
from households.cards.columns import COLUMNS, TITLE
from households.cards.services import BY_DELEGATE, CLERKS, Delegate, Delivery, State
from households.models import CardHandout, DeliveredCard
from households.views.common import SIZES, attempt, masked, page_of, reader_of
from households.views.papers import handed_out, rule_note
from jobs.selectors import progress_of
from lib.errors import NotFound
from lib.sheets import write
from lib.templatetags.portal import cn_date
from rulebook import clock, rules

TONES = {"held": "warn", "handed": "good", "returned": "neutral"}
LIST_TONES = {"checking": "info", "taken_in": "good", "refused": "bad", "unreadable": "bad"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [{"title": "卡折发放", "url": reverse("households:card_cards")}, *more]


def _townships(user: User) -> Any:
    found = Division.objects.filter(level=Division.Level.TOWNSHIP)
    scope = scope_of(user)
    return found if scope.whole_county else found.filter(pk__in=scope.township_ids)


def _own(user: User) -> Any:
    own = [office.division_id for office in scope_of(user).organisations(CLERKS)]
    return Division.objects.filter(pk__in=own)


def _found(request: HttpRequest, user: User) -> tuple[Any, forms.CardsFilter]:
    form, found = forms.CardsFilter(_townships(user), request.GET), selectors.cards_for(user)
    if form.is_valid():
        given = form.cleaned_data
        if given["q"]:
            found = found.filter(register.among_found(user, given["q"], "person"))
        if given["state"] == "many":
            found = selectors.flagged(found)
        elif given["state"]:
            found = found.filter(state=given["state"])
        if given["township"]:
            found = found.filter(person__household__village__parent=given["township"])
        if given["village"]:
            found = found.filter(person__household__village=given["village"])
    return found.order_by("person__household__village__code", "delivered_on", "pk"), form


def cards(request: HttpRequest) -> HttpResponse:
    """All cards as filtered; on top what waits to be collected."""
    user = reader_of(request)
    found, form = _found(request, user)
    found = listed(request, "households.delivered_cards", found, form=form)
    page = page_of(request, found)
    clerk = _own(user).exists()
    actions = [{"title": "未领取情况", "url": reverse("households:card_waiting")}]
    if clerk:
        actions.append({"title": "登记送达清单", "url": reverse("households:card_lists"), "kind": "primary"})
    context = {
        "filter": form,
        "page": page,
        "rows": [{"card": one, "tone": TONES[one.state]} for one in page.object_list],
        "sizes": SIZES,
        "rule": rule_note(BY_DELEGATE),
        "actions": actions,
        "sign_url": f"{reverse('households:card_sign')}?{request.GET.urlencode()}",
    }
    return render(request, "households/cards/cards.html", context)


def waiting(request: HttpRequest) -> HttpResponse:
    """Cards that nobody has collected, by village, with their age."""
    user = reader_of(request)
    rows = listed(request, "households.cards_waiting", selectors.uncollected(user, clock.today()))
    for row in rows:
        row["url"] = f"{reverse('households:card_cards')}?state=held&village={row['village']}"
    totals = {"count": sum(row["count"] for row in rows), "old": sum(row["old"] for row in rows)}
    return render(request, "households/cards/waiting.html", {"rows": rows, "totals": totals, "crumbs": _crumbs()})


def sign(request: HttpRequest) -> HttpResponse:
    """The cards that wait, as a list on paper with a place for each signature."""
    user = reader_of(request)
    found, _ = _found(request, user)
    rows = found.filter(state=State.HELD)[:2000]
    context = {"rows": rows, "today": clock.today(), "count": len(rows)}
    return render(request, "households/cards/sign.html", context)


# --- The bank's lists -------------------------------------------------------------------------------------------------
def lists(request: HttpRequest) -> HttpResponse:
    user = reader_of(request)
    own, form = _own(user), None
    if own.exists():
        form = forms.ListForm(own, request.POST or None, request.FILES or None, initial={"delivered_on": clock.today()})
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            made = attempt(
                form,
                lambda: services.receive_list(
                    by=user, township=given["township"], upload=given["upload"], delivery=_delivery(given)
                ),
            )
            if made is not None:
                return redirect("households:card_list", made.pk)
    found = listed(request, "households.card_lists", selectors.lists_for(user))
    page = page_of(request, found, size=20)
    context = {
        "form": form,
        "page": page,
        "rows": [{"list": one, "tone": LIST_TONES[one.state]} for one in page.object_list],
        "crumbs": _crumbs(),
    }
    return render(request, "households/cards/lists.html", context)


def _delivery(given: dict[str, Any]) -> Delivery:
    return Delivery(given["bank_name"], given["delivered_on"], given["keeper"])


def template(request: HttpRequest) -> HttpResponse:
    reader_of(request)
    response = HttpResponse(write.template(COLUMNS, TITLE), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="cards-template.xlsx"'
    return response


def card_list(request: HttpRequest, pk: int) -> HttpResponse:
    user = reader_of(request)
    found = selectors.get_list(user, pk)
    progress = progress_of(found.job) if found.job and found.state == "checking" else None
    if request.headers.get("HX-Request") == "true":
        if progress and progress["running"]:
            return render(request, "households/verification/_progress.html", {"progress": progress})
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    context = {"list": found, "tone": LIST_TONES[found.state], "progress": progress}
    crumbs = _crumbs({"title": "送达清单", "url": reverse("households:card_lists")})
    return render(request, "households/cards/list.html", {**context, "crumbs": crumbs})


# --- One card ---------------------------------------------------------------------------------------------------------
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """One card that the bank delivered for a person."""
    user = reader_of(request)
    person = register.get_person(user, pk)
    if not selectors.acts(user, person.household.village.parent_id):
        raise NotFound
    form = forms.CardForm(request.POST or None, initial={"delivered_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: services.deliver_card(
                by=user, person=person, number=given["number"], kind=given["kind"], delivery=_delivery(given)
            ),
        )
        if made is not None:
            messages.success(request, f"已登记{person.name}的卡折，尾号{made.tail}，待领取。")
            return redirect("households:card", made.pk)
    context = {"form": form, "title": f"登记{person.name}的卡折", "submit": "登记", "crumbs": _crumbs()}
    return render(request, "households/cards/form.html", {**context, "back": reverse("households:card_cards")})


def card(request: HttpRequest, pk: int) -> HttpResponse:
    """A card's page: whose it is, where it lies or to whom it went; handing it out."""
    user = reader_of(request)
    found = selectors.get_card(user, pk)
    acts = selectors.acts(user, found.person.household.village.parent_id) and found.state == State.HELD
    form = forms.HandOutForm(
        request.POST or None,
        request.FILES or None,
        delegates=bool(rules.value(BY_DELEGATE)),
        initial={"on": clock.today()},
    )
    if request.method == "POST" and form.is_valid():
        handout = attempt(form, lambda: _hand_out(user, found, form.cleaned_data))
        if handout is not None:
            _told(request, handout)
            return redirect("households:card", pk)
    handout = CardHandout.objects.filter(card=found).select_related("handed_by").first()
    count = services.collected_by(handout) if handout else 0
    context = {
        "card": found,
        "tone": TONES[found.state],
        "facts": _facts(found, handout),
        "form": form if acts else None,
        "flag": count if handout and services.too_many(count) else 0,
        "rule": rule_note(BY_DELEGATE),
        "crumbs": _crumbs(),
    }
    return render(request, "households/cards/card.html", context)


def _hand_out(user: User, found: DeliveredCard, given: dict[str, Any]) -> CardHandout:
    delegate = None
    if given.get("to") == CardHandout.To.DELEGATE:
        names = ("name", "id_number", "relation", "reason", "paper_kind", "paper")
        delegate = Delegate(**{name: given[name] for name in names})
    return services.hand_out(by=user, card=found, on=given["on"], witness=given["witness"], delegate=delegate)


def _told(request: HttpRequest, handout: CardHandout) -> None:
    messages.success(request, "已登记发放。")
    count = services.collected_by(handout)
    if services.too_many(count):
        messages.warning(request, f"{handout.collector_name}已为{count}人代领卡折，请核实卡折由谁保管。")


def _facts(found: DeliveredCard, handout: CardHandout | None) -> list[dict[str, Any]]:
    home = found.person.household
    facts: list[dict[str, Any]] = [
        {"label": "户名", "value": found.person.name, "note": masked(found.person)["id_number"],
         "url": reverse("households:detail", args=[home.pk])},
        {"label": "村（社区）", "value": f"{home.village.parent} {home.village}"},
        {"label": "类别", "value": found.get_kind_display()},
        {"label": "银行", "value": found.bank_name, "note": f"尾号 {found.tail}"},
        {"label": "一卡通账户", "value": "已登记" if found.account_id else "底册未登记这一账户"},
        {"label": "送达日期", "value": cn_date(found.delivered_on), "note": f"保管：{found.keeper}"},
        {"label": "登记", "value": found.made_by, "note": "由送达清单登记" if found.source_id else "逐张登记"},
    ]  # fmt: skip
    if handout:
        paper = reverse("households:card_paper", args=[found.pk]) if handout.paper_id else ""
        who = "本人" if handout.to == CardHandout.To.OWNER else f"{handout.collector_name}（{handout.relation}）代领"
        facts += [
            {"label": "领取人", "value": who, "note": handout.reason},
            {"label": "发放日期", "value": cn_date(handout.handed_on)},
            {"label": "发放人", "value": handout.handed_by, "note": f"见证：{handout.witness}"},
        ]
        if paper:
            facts.append({"label": "代领凭证", "value": handout.get_paper_kind_display(), "url": paper})
    if found.state == State.RETURNED:
        when = cn_date(found.returned_on) if found.returned_on else ""
        facts.append({"label": "退回银行", "value": when, "note": f"{found.return_reason}（{found.returned_by}）"})
    return facts


def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    user = reader_of(request)
    found = selectors.get_card(user, pk)
    form = forms.ReturnForm(request.POST or None, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        done = attempt(form, lambda: services.return_card(by=user, card=found, **form.cleaned_data))
        if done is not None:
            messages.success(request, "已登记退回银行。")
            return redirect("households:card", pk)
    back = reverse("households:card", args=[pk])
    context = {"form": form, "title": f"退回银行：{found}", "submit": "登记退回", "back": back}
    return render(request, "households/cards/form.html", {**context, "crumbs": _crumbs()})


def paper(request: HttpRequest, pk: int) -> FileResponse:
    user = reader_of(request)
    handout = CardHandout.objects.filter(card=selectors.get_card(user, pk)).select_related("paper").first()
    if handout is None:
        raise NotFound
    return handed_out(request, handout, {"paper": handout.paper}, "paper")
