"""A villager applies for a subsidy and sees where it stands (ROS-1), in the session of the own subsidies (PUB-7)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import public
from accounts.forms import add_refusal, refused
from households.models import Person
from lib.errors import NotFound, Refusal
from lib.money import times
from lib.periods import period_words
from publicity import throttle
from publicity.pages import public_page
from publicity.views.villager import signed_in
from rosters import shapes
from rosters.applications import selectors, services
from rosters.applications.forms import ApplicationForm, MissingPapersForm
from rosters.applications.models import Application

State = Application.State
MOST_A_DAY, DAY = 20, 86_400
Page = Callable[..., HttpResponse]


def for_villager(view: Page) -> Page:
    """Hands the view the person of the session; without one, to the three steps of signing in."""

    @wraps(view)
    def guarded(request: HttpRequest, **where: Any) -> HttpResponse:
        person = signed_in(request)
        return view(request, person, **where) if person else redirect("public:mine")

    return public(guarded)  # type: ignore[return-value]


def _shown(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "tone": selectors.TONES[State(application.state)],
        "period": period_words(application.period_start, application.period_end),
        "amount_fen": times(application.quantity, application.standard.amount_fen),
    }


@require_safe
@for_villager
def index(request: HttpRequest, person: Person) -> HttpResponse:
    """What may be applied for today, and what one has applied for."""
    terms = [
        {"term": term, "period": period_words(term.period_start, term.period_end)} for term in selectors.open_terms()
    ]
    own = [_shown(application) for application in selectors.own_applications(person)]
    return public_page(request, "public/apply.html", {"terms": terms, "own": own}, keep=False)


@require_http_methods(["GET", "HEAD", "POST"])
@for_villager
def apply(request: HttpRequest, person: Person, pk: int) -> HttpResponse:
    """The form of one subsidy. What the register says against it is told at once."""
    term = selectors.open_terms().filter(pk=pk).first()
    if term is None:
        raise NotFound
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ApplicationForm(term, selectors.members(person), *given, behalf=False)
    if request.method == "POST" and form.is_valid():
        try:
            throttle.count("apply", str(person.pk), most=MOST_A_DAY, seconds=DAY)
            made = services.submit_application(by=None, term=term, applicant=person, **form.given())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已提交，乡镇受理后在这里能看到进度。")
            return redirect("public:application", number=made.number)
    period = period_words(term.period_start, term.period_end)
    return public_page(request, "public/apply_form.html", {"term": term, "period": period, "form": form}, keep=False)


def _status(
    request: HttpRequest,
    person: Person,
    number: str,
    form: MissingPapersForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    application = selectors.own_application(person, number)
    ended = application.state in (State.REFUSED, State.WITHDRAWN)
    taken = bool(application.living_takes)  # type: ignore[attr-defined]
    context = {
        **_shown(application),
        "own": shapes.of_version(application.standard.version).shown(application.extra, application.extra_ciphers),
        "steps": selectors.steps_of(application),
        "papers": application.kept_papers.select_related("file"),
        "form": (form or MissingPapersForm()) if application.state == State.ASKED else None,
        "may_withdraw": not taken and State.WITHDRAWN in Application.TRANSITIONS[application.state],
        "refused": refused(refusal) if refusal else None,
        "again": ended and selectors.open_terms().filter(pk=application.term_id).exists(),
    }
    return public_page(request, "public/application.html", context, keep=False)


@require_http_methods(["GET", "HEAD", "POST"])
@for_villager
def application(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    """Where an application stands, what is missing, why it was refused; missing papers are handed in here."""
    if request.method != "POST":
        return _status(request, person, number)
    found = selectors.own_application(person, number)
    form = MissingPapersForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.supply_missing(by=None, application=found, person=person, **form.cleaned_data)
        except NotFound:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "材料已补交，等乡镇受理。")
            return redirect("public:application", number=number)
    return _status(request, person, number, form)


@require_POST
@for_villager
def withdraw(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    found = selectors.own_application(person, number)
    try:
        services.withdraw_application(by=None, application=found, person=person)
    except NotFound:
        raise
    except Refusal as refusal:
        return _status(request, person, number, refusal=refusal)
    messages.success(request, "已撤回，可以重新申报。")
    return redirect("public:application", number=number)
