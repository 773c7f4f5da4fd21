"""The register's list and a household's page, with everything that is entered there."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import scope_of
from households import forms, papers, selectors, services
from households.models import Household, Person
from households.relations import HEAD
from households.services.cards import carrier_note
from households.services.changing.seen import means_words
from households.services.common import require_township
from households.services.delegations import ALLOWED
from households.services.entering import collection_ended
from households.services.reading import FIELDS
from households.services.successions import PRODUCTION_RULE
from households.units import acting_unit
from households.verification import selectors as identity
from households.verification.people import Standing
from households.views.common import SIZES, account_reader_of, attempt, masked, page_of, person_of
from households.views.papers import TONES
from lib.errors import Forbidden, NotFound
from rulebook import rules

STATE_TONES = {"alive": "good", "dead": "neutral", "missing": "warn", "moved": "neutral"}
CARD_TONES = {"normal": "good", "dormant": "warn", "frozen": "bad", "lost": "bad", "closed": "neutral"}
CHANGE_TONES = {"submitted": "info", "unit_approved": "info", "approved": "good", "rejected": "bad"}


def _is_clerk(user: User, household: Household | None = None) -> bool:
    division_id = household.village.parent_id if household else None
    return scope_of(user).holds(Role.TOWNSHIP_CLERK, division_id=division_id)


def household_list(request: HttpRequest) -> HttpResponse:
    user = account_reader_of(request)
    form = forms.ListFilter(selectors.villages(user), request.GET)
    found = selectors.visible_households(user)
    if form.is_valid():
        if form.cleaned_data["q"]:
            found = selectors.find_households(user, form.cleaned_data["q"])
        if form.cleaned_data["village"]:
            found = found.filter(village=form.cleaned_data["village"])
        if form.cleaned_data["account"]:
            found = selectors.without_account(found)
    members = Person.objects.filter(household=OuterRef("pk")).order_by().values("household")
    cards = members.filter(accounts__in_use=True)
    rows = found.order_by("village__code", "group", "code").annotate(
        people=Subquery(members.annotate(n=Count("pk")).values("n")),
        cards=Subquery(cards.annotate(n=Count("accounts")).values("n")),
    )
    of_people = {"households.people": lambda: selectors.people_of(found)}
    rows = listed(request, "households.list", rows, form=form, also=of_people)
    totals = found.order_by().aggregate(contracted=Sum("contracted_mu"), subsidised=Sum("subsidised_mu"))
    totals["people"] = Person.objects.filter(household__in=found.order_by().values("pk")).count()
    actions: list[dict[str, Any]] = []
    if _is_clerk(user):
        actions = [
            {"title": "从 Excel 导入", "url": reverse("households:imports")},
            {"title": "新增农户", "url": reverse("households:new"), "kind": "primary"},
        ]
    page = page_of(request, rows)
    context = {"filter": form, "page": page, "totals": totals, "sizes": SIZES, "actions": actions}
    return render(request, "households/list.html", context)


def new(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    if not _is_clerk(user):
        raise Forbidden("农户由乡镇经办登记。")
    own = [division.pk for division in selectors.own_townships(user)]
    if all(collection_ended(township) for township in own):
        return redirect("households:request_new_home")
    form = forms.HouseholdForm(selectors.villages(user).filter(parent_id__in=own), request.POST or None)
    if request.method == "POST" and form.is_valid():
        household = attempt(form, lambda: _add(user, form.cleaned_data))
        if household is not None:
            messages.success(request, f"已登记农户 {household.code}。")
            return redirect("households:detail", household.pk)
    return render(request, "households/new.html", {"form": form, "crumbs": _crumbs()})


@transaction.atomic
def _add(user: User, given: dict[str, Any]) -> Household:
    """A household with its head, both or neither."""
    head = {name: given.pop(name) for name in ("name", "id_number", "phone")}
    household = services.add_household(by=user, **given)
    services.add_person(by=user, household=household, relation=HEAD, is_head=True, **head)
    return household


def _crumbs(household: Household | None = None) -> list[dict[str, str]]:
    crumbs = [{"title": "补贴对象", "url": reverse("households:list")}]
    if household is not None:
        crumbs.append({"title": f"农户 {household.code}", "url": reverse("households:detail", args=[household.pk])})
    return crumbs


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = account_reader_of(request)
    household = selectors.get_household(user, pk)
    changes = selectors.account_changes_for(user).filter(person__household=household)
    clerk = _is_clerk(user, household)
    scope = scope_of(user)
    village = scope.holds(Role.VILLAGE_CLERK, division_id=household.village_id)
    station = scope.holds(Role.FINANCE_STATION, division_id=household.village.parent_id)
    living = household.state == Household.State.LIVING
    actions = [{"title": "沿革", "url": reverse("households:history", args=[pk])}]
    if clerk and living:
        actions.append({"title": "申请变更", "url": reverse("households:request_choose", args=[pk]), "kind": "primary"})
        if not collection_ended(household.village.parent_id):
            actions.append({"title": "增加成员", "url": reverse("households:person_new", args=[pk])})
    context = {
        "household": household,
        "members": _members(household),
        "changes": [{"change": one, "tone": CHANGE_TONES[one.state]} for one in changes],
        "crumbs": _crumbs(),
        "clerk": clerk,
        "enters_accounts": clerk or village,
        "reads_numbers": scope.whole_county or household.village.parent_id in scope.township_ids,
        "may_mark_dead": clerk or station,
        "may_delegate": living and rules.value(ALLOWED),
        "may_inherit": rules.value(PRODUCTION_RULE) == "heir",
        "actions": actions,
        "means": [means_words(one) for one in household.means.all()],
        "requests": [
            {"paper": one, "tone": TONES[one.state]} for one in papers.requests_for(user).filter(household=household)
        ],
        "facts": _facts(household),
    }
    return render(request, "households/detail.html", context)


def _members(household: Household) -> list[dict[str, Any]]:
    """The head first, then as they were entered."""
    people = list(household.members.prefetch_related("accounts").order_by("id"))
    known = identity.standings(people)
    members = []
    for person in sorted(people, key=lambda one: one.pk != household.head_id):
        accounts = sorted(person.accounts.all(), key=lambda one: (not one.in_use, -one.pk))
        members.append(
            {
                "person": person,
                "is_head": person.pk == household.head_id,
                "tone": STATE_TONES[person.state],
                "masked": masked(person),
                "identity": _identity(known.get(person.pk, "")),
                "accounts": [{"account": one, "tone": CARD_TONES[one.state]} for one in accounts],
                "card": next((one for one in accounts if one.in_use), None),
            }
        )
    return members


def _facts(household: Household) -> list[dict[str, Any]]:
    return [
        {
            "label": "户主",
            "value": household.head and household.head.name,
            "note": "" if household.head else "未建档",
        },
        {"label": "乡镇", "value": household.village.parent},
        {"label": "村", "value": household.village},
        {"label": "村民小组", "value": household.group},
        {"label": "承包面积", "value": _area(household.contracted_mu)},
        {"label": "补贴面积", "value": _area(household.subsidised_mu)},
        {"label": "状态", "value": household.get_state_display()},
        {"label": "建档时间", "date": household.created_at},
        {"label": "住址", "value": household.address, "wide": True},
    ]


def _identity(standing: str) -> dict[str, str]:
    """Where a member stands with the police register; nothing for those who are no longer compared."""
    return {"word": Standing(standing).label} if standing else {}


def _area(value: Any) -> str:
    return "" if value is None else f"{value} 亩"


def person_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    household = selectors.get_household(user, pk)
    require_township(user, household.village.parent_id, Role.TOWNSHIP_CLERK)
    form = forms.PersonForm(request.POST or None, has_head=household.head_id is not None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        is_head = given["relation"] == HEAD
        person = attempt(form, lambda: services.add_person(by=user, household=household, is_head=is_head, **given))
        if person is not None:
            messages.success(request, f"已登记成员 {person.name}。")
            return redirect("households:detail", pk)
    return _form(request, form, "增加成员", household)


def account_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = account_reader_of(request)
    person = selectors.get_person(user, pk)
    acting_unit(user, person)
    form = forms.AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = attempt(form, lambda: services.set_account(by=user, person=person, **form.cleaned_data))
        if account is not None:
            messages.success(request, f"已登记 {person.name} 的账户，尾号 {account.tail}。")
            note = carrier_note(social_card=account.social_card)
            if note:
                messages.warning(request, note)
            return redirect("households:detail", person.household_id)
    return _form(request, form, f"登记 {person.name} 的账户", person.household)


def _form(request: HttpRequest, form: Any, title: str, household: Household, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "household": household, "crumbs": _crumbs(household), **more}
    return render(request, "households/form.html", context)


@never_cache
def reveal(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """Asks for a reason and shows one number in clear: on this answer only, which no cache keeps."""
    user = person_of(request)
    person = selectors.readable_people(user).filter(pk=pk).first()
    if person is None or field not in FIELDS:
        raise NotFound
    form = forms.RevealForm(request.POST or None)
    value = None
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        value = attempt(form, lambda: services.reveal(by=user, person=person, field=field, reason=reason))
    context = {
        "form": form,
        "person": person,
        "what": FIELDS[field],
        "value": value,
        "shown": value is not None,
        "crumbs": _crumbs(person.household),
    }
    return render(request, "households/reveal.html", context)
