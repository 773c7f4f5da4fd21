"""Pages of the staff: terms, the township's queue, an application with its papers, and applying for a villager."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import refused
from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record
from households import selectors as register
from households.models import Person
from households.units import open_villages
from lib import crypto, masking
from lib.errors import Forbidden, NotFound, Refusal
from lib.money import times
from lib.periods import period_words
from lib.text import normalise
from rosters import shapes
from rosters.applications import deciding, selectors, services, taking
from rosters.applications.applying import basis_title
from rosters.applications.forms import (
    ApplicationForm,
    MissingForm,
    MissingPapersForm,
    QueueFilter,
)
from rosters.applications.models import Application, ApplicationTake
from rosters.views.common import SIZES, attempt, own_roster, page_of, person

State = Application.State
TABS = {"accept": "待受理", "decide": "待审核", "asked": "待补正", "done": "已办结", "all": "全部"}
DONE = (State.APPROVED, State.REFUSED, State.WITHDRAWN)
MOST_PEOPLE = 20


def _crumbs(application: Application | None = None) -> list[dict[str, str]]:
    way = [{"title": "补贴申报", "url": reverse("rosters:applications")}]
    if application is not None:
        way.append({"title": application.number, "url": reverse("rosters:application", args=[application.pk])})
    return way


# --- The queue --------------------------------------------------------------------------------------------------------
def _tab(user: User, tab: str) -> QuerySet[Application]:
    seen = selectors.visible_applications(user)
    if tab == "accept":
        return seen.filter(state=State.SUBMITTED)
    if tab == "decide":
        return seen.filter(state=State.ACCEPTED)
    if tab == "asked":
        return seen.filter(state=State.ASKED)
    return seen.filter(state__in=DONE) if tab == "done" else seen


def _filtered(found: QuerySet[Application], form: QueueFilter) -> QuerySet[Application]:
    if not form.is_valid():
        return found
    chosen = form.cleaned_data
    for name in ("policy", "village", "state"):
        if chosen[name]:
            found = found.filter(**{name: chosen[name]})
    if chosen["listed"]:
        taken = Exists(ApplicationTake.objects.filter(application=OuterRef("pk"), released=False))
        found = found.filter(taken if chosen["listed"] == "yes" else ~taken)
    text = normalise(chosen["q"] or "")
    if text:
        named = Q(applicant__name__contains=text) | Q(beneficiary__name__contains=text)
        found = found.filter(named | Q(number__contains=text.upper()))
    return found


def _row(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "tone": selectors.TONES[State(application.state)],
        "amount_fen": times(application.quantity, application.standard.amount_fen),
        "take": next(iter(application.living_takes), None),  # type: ignore[attr-defined]
        "period": period_words(application.period_start, application.period_end),
    }


@require_http_methods(["GET", "POST"])
def queue(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    """Applications by what is to be done with them; several are decided at once."""
    user = person(request)
    if request.method == "POST" and refusal is None:
        return _decide(request, user)
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = "accept" if selectors.to_accept(user).exists() or not selectors.to_decide(user).exists() else "decide"
    seen = selectors.visible_applications(user).order_by()
    form = QueueFilter(
        list(seen.values_list("policy", flat=True).distinct()),
        list(seen.values_list("village", flat=True).distinct()),
        request.GET,
    )
    found = _filtered(_tab(user, tab), form).order_by("made_at", "id")
    page = page_of(request, listed(request, "rosters.applications", found, form=form, tab=TABS[tab]), size=50)
    query = request.GET.copy()
    for key in ("tab", "page"):
        query.pop(key, None)
    tabs = []
    for key, title in TABS.items():
        query["tab"] = key
        count = _filtered(_tab(user, key), form).count()
        tabs.append({"title": title, "url": f"?{query.urlencode()}", "active": key == tab, "count": count})
    decides = bool(deciding.decides_in(user))
    actions = [{"title": "申报受理", "url": reverse("rosters:terms")}]
    if selectors.enters(user):
        actions.append({"title": "代为申报", "url": reverse("rosters:application_new"), "kind": "primary"})
    context = {
        "tabs": tabs,
        "tab": tab,
        "filter": form,
        "page": page,
        "total_fen": selectors.total_fen(found),
        "rows": [_row(application) for application in page],
        "sizes": SIZES,
        "actions": actions,
        "may_accept": decides and tab == "accept",
        "may_decide": decides and tab == "decide",
        "reason": request.POST.get("reason", ""),
        "chosen": set(request.POST.getlist("applications")),
        "refused": refused(refusal) if refusal else None,
    }
    return render(request, "rosters/applications/queue.html", context)


def _decide(request: HttpRequest, user: User) -> HttpResponse:
    ids = [int(text) for text in request.POST.getlist("applications") if text.isdigit()]
    reason, act = request.POST.get("reason", ""), request.POST.get("act", "")
    try:
        if act == "accept":
            messages.success(request, f"已受理{services.accept_applications(by=user, ids=ids)}件。")
        elif act == "approve":
            done = services.approve_applications(by=user, ids=ids, opinion=reason)
            messages.success(request, f"已审核通过{done}件，编制清册时可以“从申报生成”。")
        elif act == "refuse":
            done = services.refuse_applications(by=user, ids=ids, reason=reason)
            messages.success(request, f"已审核为不通过{done}件，申报人可以看到原因。")
        else:
            raise NotFound
    except NotFound:
        raise
    except Refusal as refusal:
        return queue(request, refusal)
    return redirect(request.get_full_path())


# --- One application --------------------------------------------------------------------------------------------------
def _facts(application: Application) -> list[dict[str, Any]]:
    take = next(iter(application.living_takes), None)  # type: ignore[attr-defined]
    beneficiary = application.beneficiary
    card = beneficiary.accounts.filter(in_use=True).first()
    listed = {"value": "还没有列入"}
    if take is not None:
        listed = {
            "value": f"{take.roster.number} 第{take.line.number}号",
            "url": reverse("rosters:detail", args=[take.roster_id]),
        }
    number = crypto.decrypt(beneficiary.id_cipher)
    shape = shapes.of_version(application.standard.version)
    return [
        {"label": "补贴政策", "value": application.policy.name},
        {"label": "所属期", "value": period_words(application.period_start, application.period_end)},
        {"label": "申报人", "value": application.applicant.name, "note": application.applicant.relation},
        {"label": "享受人", "value": beneficiary.name, "note": beneficiary.get_state_display()},
        {"label": "享受人身份证号", "value": masking.id_number(number, masking.Audience.LIST), "code": True},
        {"label": "住址", "value": f"{application.village.name} {application.household.group}"},
        {"label": "农户编码", "value": application.household.code, "code": True},
        {"label": "收款账户", "value": f"{card.bank_name} 尾号{card.tail}" if card else "没有用于发放的账户"},
        {"label": "档次与标准", "value": application.standard.name},
        {"label": shape.title["quantity"], "value": f"{application.quantity.normalize():f} {application.standard.per}"},
        {"label": "金额", "fen": times(application.quantity, application.standard.amount_fen)},
        {"label": basis_title(application.term, shape.template) or "计发依据", "value": application.basis},
        *({"label": title, "value": text} for title, text in shape.shown(application.extra, application.extra_ciphers)),
        {"label": "填报", "value": f"{application.entered_by.full_name}代办" if application.entered_by else "网上申报"},
        {"label": "清册", **listed},
        *([{"label": "其他说明", "value": application.note, "wide": True}] if application.note else []),
        *([{"label": "通知补正", "value": application.missing, "wide": True}] if application.missing else []),
    ]


def application(request: HttpRequest, pk: int) -> HttpResponse:
    return _application(request, pk)


def _application(
    request: HttpRequest,
    pk: int,
    refusal: Refusal | None = None,
    ask_form: MissingForm | None = None,
    supply_form: MissingPapersForm | None = None,
) -> HttpResponse:
    user = person(request)
    found = selectors.get_application(user, pk)
    handles = found.division_id in deciding.decides_in(user)
    entered = found.entered_by_person_id == user.person_id
    enters = _may_enter(user, found)
    taken = bool(found.living_takes)  # type: ignore[attr-defined]
    context = {
        "application": found,
        "crumbs": _crumbs(),
        "status": {"word": found.get_state_display(), "tone": selectors.TONES[State(found.state)]},
        "steps": selectors.steps_of(found),
        "facts": _facts(found),
        "papers": found.kept_papers.select_related("file"),
        "may_accept": handles and found.state == State.SUBMITTED,
        "may_decide": handles and found.state == State.ACCEPTED and not entered,
        "may_close": handles and found.state == State.ASKED and not entered,
        "own_entry": handles and entered and found.state in (State.ACCEPTED, State.ASKED),
        "ask_form": (ask_form or MissingForm())
        if handles and found.state == State.SUBMITTED and found.missing_at is None
        else None,
        "supply_form": (supply_form or MissingPapersForm()) if enters and found.state == State.ASKED else None,
        "may_withdraw": enters and not taken and State.WITHDRAWN in Application.TRANSITIONS[found.state],
        "reason": request.POST.get("reason", ""),
        "refused": refused(refusal) if refusal else None,
    }
    return render(request, "rosters/applications/application.html", context)


def _may_enter(user: User, found: Application) -> bool:
    scope = scope_of(user)
    village = found.applicant.household.village
    return scope.holds(Role.TOWNSHIP_CLERK, division_id=village.parent_id) or village.pk in open_villages(scope)


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision on one application."""
    user = person(request)
    found = selectors.get_application(user, pk)
    reason = request.POST.get("reason", "")
    acts: dict[str, Callable[[], object]] = {
        "accept": lambda: services.accept_applications(by=user, ids=[found.pk]),
        "approve": lambda: services.approve_applications(by=user, ids=[found.pk], opinion=reason),
        "refuse": lambda: services.refuse_applications(by=user, ids=[found.pk], reason=reason),
        "withdraw": lambda: services.withdraw_application(by=user, application=found),
    }
    chosen = acts.get(request.POST.get("act", ""))
    if chosen is None:
        raise NotFound
    try:
        chosen()
    except NotFound:
        raise
    except Refusal as refusal:
        return _application(request, pk, refusal)
    messages.success(request, "已办理。")
    return redirect("rosters:application", pk=pk)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = selectors.get_application(user, pk)
    form = MissingForm(request.POST)
    done = attempt(form, lambda: services.ask_for_missing(by=user, application=found, **form.cleaned_data))
    if done is None:
        return _application(request, pk, ask_form=form)
    messages.success(request, "已通知补正，申报人可以看到。")
    return redirect("rosters:application", pk=pk)


@require_POST
def supply(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = selectors.get_application(user, pk)
    form = MissingPapersForm(request.POST, request.FILES)
    done = attempt(form, lambda: services.supply_missing(by=user, application=found, **form.cleaned_data))
    if done is None:
        return _application(request, pk, supply_form=form)
    messages.success(request, "已补交材料。")
    return redirect("rosters:application", pk=pk)


def paper(request: HttpRequest, pk: int, paper_pk: int) -> FileResponse:
    """Hands out a scan; it may show personal data, so that looking at it leaves a trail."""
    user = person(request)
    found = selectors.get_application(user, pk)
    kept = found.kept_papers.select_related("file").filter(pk=paper_pk).first()
    if kept is None:
        raise NotFound
    record(by=user, verb="application.paper_read", subject=found, facts={"paper": kept.pk})
    return FileResponse(kept.file.file.open("rb"), as_attachment=True, filename=kept.file.name)


# --- For a villager ---------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A clerk applies for a villager: term, person, then the form with the signed paper."""
    user = person(request)
    if not selectors.enters(user):
        raise Forbidden("代为申报由村、乡镇经办办理，您没有该岗位。", code="accounts.post_needed")
    open_ = list(selectors.open_terms())
    chosen = next((term for term in open_ if str(term.pk) == request.GET.get("term", "")), None)
    text = normalise(request.GET.get("q", ""))
    applicant = _applicant(user, request.GET.get("person", "")) if chosen else None
    form = None
    if chosen is not None and applicant is not None:
        given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        form = ApplicationForm(chosen, selectors.members(applicant), *given, behalf=True)
        if request.method == "POST":
            made = attempt(
                form,
                lambda: services.submit_application(by=user, term=chosen, applicant=applicant, **form.given()),
            )
            if made is not None:
                messages.success(request, f"已为{applicant.name}提交申报{made.number}，由另一人审核。")
                return redirect("rosters:application", pk=made.pk)
    context = {
        "crumbs": _crumbs(),
        "terms": open_,
        "term": chosen,
        "period": period_words(chosen.period_start, chosen.period_end) if chosen else "",
        "text": text,
        "people": list(register.search(user, text, most=MOST_PEOPLE)[:MOST_PEOPLE]) if chosen and text else [],
        "most": MOST_PEOPLE,
        "applicant": applicant,
        "form": form,
    }
    return render(request, "rosters/applications/new.html", context)


def _applicant(user: User, value: str) -> Person | None:
    return register.get_person(user, int(value)) if value.isdigit() else None


# --- Into a roster ----------------------------------------------------------------------------------------------------
@require_POST
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    taken = services.fill_from_applications(by=user, roster=own_roster(user, pk))
    messages.success(request, f"已从申报生成{taken.added}行。" if taken.added else "没有新增的行。")
    if taken.linked > taken.added:
        messages.info(request, f"另有{taken.linked - taken.added}件与清册中已有的行一致，已对应到该行。")
    if taken.left:
        messages.warning(
            request,
            f"还有{taken.left}件没有列入：享受人已迁出、农户已注销、没有户主档案，或清册中已有同一权益但数量、档次不同。"
            "请在“补贴申报”中按“未列入”查看。",
        )
    return redirect("rosters:detail", pk=pk)


def panel(request: HttpRequest, roster: Any) -> tuple[str, dict[str, Any]] | None:
    """On the roster's page: what was applied for and approved, and what of it stands here."""
    taken = ApplicationTake.objects.filter(roster=roster, released=False).count()
    free = taking.free_for(roster).count() if roster.status in roster.EDITABLE else 0
    if not taken and not free:
        return None
    may = bool(free) and scope_of(person(request)).holds(Role.TOWNSHIP_CLERK, division_id=roster.division_id)
    return "rosters/applications/_panel.html", {"roster": roster, "taken": taken, "free": free, "may": may}
