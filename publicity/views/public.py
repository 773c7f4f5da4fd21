"""Pages for everybody: notices, objections, policies (PUB-1 to PUB-5). Nothing here asks for a sign-in."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from lib.errors import Conflict, Invalid, NotFound
from lib.periods import period_words
from publicity import boards, contents, openness, selectors, services, throttle
from publicity.forms import LineCheckForm, NoticeFilter, NumberForm, ObjectionForm
from publicity.models import Notice, Objection
from publicity.openness import DECLARATIONS, LIST, PAYOUTS, opens
from publicity.pages import public_page
from rosters.models import Roster
from rulebook import clock
from subsidies.selectors import latest_release

LINES_A_PAGE = 50
NOTICES_A_PAGE = 20
OPEN, OVER = "open", "over"


def page_of(request: HttpRequest, found: QuerySet[Any], size: int) -> Page[Any]:
    return Paginator(found, size).get_page(request.GET.get("page"))


def filter_of(request: HttpRequest) -> tuple[NoticeFilter, dict[str, str]]:
    form = NoticeFilter(request.GET, townships=selectors.townships())
    cleaned = form.cleaned_data if form.is_valid() else {}
    return form, {"township": cleaned.get("township", ""), "words": cleaned.get("q", "").strip()}


def with_contents(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """Notices of a list, each with what it may show."""
    return [{"notice": notice, "shown": contents.shown(notice)} for notice in notices]


def hangs(notice: Notice) -> bool:
    """Whether objections are taken on the page."""
    return notice.state == Notice.State.POSTED and clock.now() < notice.ends_at


def status_of(notice: Notice) -> dict[str, str]:
    if notice.state == Notice.State.WITHDRAWN:
        return {"word": notice.get_state_display(), "tone": "warn"}
    if hangs(notice):
        return {"word": "公示中", "tone": "info"}
    if notice.roster.status == Roster.Status.CLOSED:
        return {"word": "已发放", "tone": "good"}
    return {"word": "公示期满", "tone": "good"}


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What hangs now, and every kind of information that is public here."""
    form = NoticeFilter(townships=selectors.townships())
    hanging = selectors.on_notice()
    context = {
        "form": form,
        "notices": with_contents(hanging[:5]),
        "count": hanging.count(),
        "sections": openness.sections(openness.kinds()),
        "one_list": openness.has_one_list(),
    }
    return public_page(request, "public/home.html", context)


@public
@opens(DECLARATIONS)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Notices by township, village and subsidy: hanging or over."""
    form, wanted = filter_of(request)
    state = OVER if request.GET.get("state") == OVER else OPEN
    hanging = selectors.narrowed(selectors.on_notice(), **wanted)
    over = selectors.narrowed(selectors.ended_notices(), **wanted)
    query = request.GET.copy()
    query.pop("page", None)
    tabs = []
    for key, title, found in ((OPEN, "公示中", hanging), (OVER, "公示期满", over)):
        query["state"] = key
        tabs.append({"title": title, "url": f"?{query.urlencode()}", "active": state == key, "count": found.count()})
    page = page_of(request, over if state == OVER else hanging, NOTICES_A_PAGE)
    context = {"form": form, "tabs": tabs, "page": page, "notices": with_contents(page), "state": state}
    return public_page(request, "public/notices.html", context)


@public
@require_safe
def notice(request: HttpRequest, token: str) -> HttpResponse:
    """One notice: what, how much, from when to when, by village. A withdrawn one says only why it came down."""
    found = selectors.public_notice(token)
    withdrawn = found.state == Notice.State.WITHDRAWN
    settled = found.objections.exclude(state=Objection.State.OPEN).order_by("handled_at")
    context = {
        "notice": found,
        "status": status_of(found),
        "withdrawn": withdrawn,
        "hangs": hangs(found),
        "way": way_of(found),
        "boards": [] if withdrawn else boards.boards_of(found),
        "at_school": boards.at_school(found),
        "shown": contents.shown(found),
        "objections": settled,
        "open_objections": found.objections.filter(state=Objection.State.OPEN).count(),
        "period": period_words(found.roster.period_start, found.roster.period_end),
    }
    return public_page(request, "public/notice.html", context)


def way_of(notice: Notice) -> list[dict[str, Any]]:
    """Where the money stands, in four steps that everybody understands."""
    if notice.state == Notice.State.WITHDRAWN:
        return []
    status = notice.roster.status
    if hangs(notice) or status in (Roster.Status.NOTICE, Roster.Status.DRAFT, Roster.Status.RETURNED):
        place = 0
    else:
        place = {Roster.Status.REVIEW: 1, Roster.Status.APPROVED: 2, Roster.Status.PAYING: 2}.get(
            Roster.Status(status), 3
        )
    titles = ("公示", "审核", "发放", "发放完成")
    states = ["done" if number < place else "current" if number == place else "todo" for number in range(len(titles))]
    if status == Roster.Status.CLOSED:
        states = ["done"] * len(titles)
    return [{"title": title, "state": state} for title, state in zip(titles, states, strict=True)]


def living(token: str) -> Notice:
    """A notice whose lines may still be seen."""
    found = selectors.public_notice(token)
    if found.state == Notice.State.WITHDRAWN:
        raise NotFound
    return found


@public
@require_safe
def village(request: HttpRequest, token: str, code: str) -> HttpResponse:
    """The lines of one village, or of a school, as they were posted."""
    found = living(token)
    place = boards.place_of(found, code)
    page = page_of(request, boards.lines_at(found, place), LINES_A_PAGE)
    if not page.paginator.count:
        raise NotFound
    same = {"notice": found, "village": place, "page": page, "status": status_of(found)}
    shown = contents.shown(found)
    context = {**same, "hangs": hangs(found), "shown": shown, "rests": contents.shows_rest(shown, page)}
    return public_page(request, "public/village.html", context)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def line_check(request: HttpRequest, token: str, code: str) -> HttpResponse:
    """「核对本人」: yes or no, and which number."""
    found = living(token)
    place = boards.place_of(found, code)
    form = LineCheckForm(request.POST or None)
    numbers: list[int] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            numbers = services.check_own_line(
                notice=found, village=place.village, client=throttle.client_of(request), **form.cleaned_data
            )
        except (Invalid, throttle.TooOften) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            form = LineCheckForm()  # the next person at this telephone does not see what was typed
    context = {"notice": found, "village": place, "form": form, "numbers": numbers, "hangs": hangs(found)}
    context["shown"] = contents.shown(found)
    return public_page(request, "public/line_check.html", context, keep=False)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, token: str) -> HttpResponse:
    """The form of an objection, then its number."""
    found = selectors.public_notice(token)
    initial = {"line_number": request.GET.get("line", "")}
    form = ObjectionForm(request.POST) if request.method == "POST" else ObjectionForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        made = _raise(request, found, form)
        if made is not None:
            return made
    context = {"notice": found, "form": form, "hangs": hangs(found)}
    return public_page(request, "public/objection.html", context, keep=False)


def _raise(request: HttpRequest, notice: Notice, form: ObjectionForm) -> HttpResponseRedirect | None:
    if form.cleaned_data["website"]:
        form.add_error(None, "提交没有成功，请刷新页面后重新填写；或拨打监督电话反映。")
        return None
    try:
        throttle.count("objection", throttle.client_of(request), most=5, seconds=3600)
        made = services.raise_objection(notice=notice, **form.given())
    except (Invalid, Conflict, throttle.TooOften) as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    return redirect(f"{reverse('public:objection_status', args=[made.number])}?made=1")


@public
@require_safe
def objection_status(request: HttpRequest, number: str) -> HttpResponse:
    """How far an objection is, for whoever knows its number: state and result, nothing about who raised it."""
    found = selectors.public_objection(number)
    context = {
        "objection": found,
        "tone": selectors.TONES[found.state],
        "made": "made" in request.GET,
        "clock": selectors.clock_of("objection.handle_within", found),
    }
    return public_page(request, "public/objection_status.html", context, keep=False)


@public
@require_safe
def objections(request: HttpRequest) -> HttpResponse:
    """Asks for the number of an objection."""
    form = NumberForm(request.GET if "number" in request.GET else None)
    if form.is_bound and form.is_valid():
        throttle.count("objection-status", throttle.client_of(request), most=30, seconds=3600)
        try:
            found = selectors.public_objection(form.cleaned_data["number"])
        except NotFound:
            form.add_error("number", "没有这个受理编号，请对照提交时显示的编号核对。")
        else:
            return redirect("public:objection_status", number=found.number)
    return public_page(request, "public/objections.html", {"form": form}, keep=False)


@public
@opens(PAYOUTS)
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    """Rosters that are being paid or were paid (PUB-3)."""
    form, wanted = filter_of(request)
    page = page_of(request, selectors.narrowed(selectors.paid_notices(), **wanted), NOTICES_A_PAGE)
    context = {"form": form, "page": page, "notices": [{"notice": each, "shown": contents.ALL} for each in page]}
    return public_page(request, "public/payouts.html", context)


def paid(token: str) -> Notice:
    found = living(token)
    if found.roster.status not in selectors.PAID_OUT:
        raise NotFound
    return found


@public
@opens(PAYOUTS)
@require_safe
def payout(request: HttpRequest, token: str) -> HttpResponse:
    """One roster as it was paid, by village."""
    found = paid(token)
    paid_at = boards.boards_of(found, paid_out=True)
    context = {
        "notice": found,
        "boards": paid_at,
        "at_school": boards.at_school(found),
        "shown": contents.ALL,
        "lines": sum(board.lines for board in paid_at),
        "fen": sum(board.fen for board in paid_at),
        "closed": found.roster.status == Roster.Status.CLOSED,
        "period": period_words(found.roster.period_start, found.roster.period_end),
    }
    return public_page(request, "public/payout.html", context)


@public
@opens(PAYOUTS)
@require_safe
def payout_village(request: HttpRequest, token: str, code: str) -> HttpResponse:
    """The paid lines of one village, without those that were taken out."""
    found = paid(token)
    place = boards.place_of(found, code)
    page = page_of(request, boards.lines_at(found, place, paid_out=True), LINES_A_PAGE)
    if not page.paginator.count:
        raise NotFound
    same = {"notice": found, "village": place, "page": page, "status": status_of(found)}
    rests = contents.shows_rest(contents.ALL, page)
    context = {**same, "payout": True, "shown": contents.ALL, "rests": rests}
    return public_page(request, "public/village.html", context)


@public
@opens(LIST)
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """The list of policies in force (POL-4)."""
    context = {"policies": selectors.public_policies(), "release": latest_release(clock.today().year)}
    return public_page(request, "public/policies.html", context)


@public
@opens(LIST)
@require_safe
def policy(request: HttpRequest, code: str) -> HttpResponse:
    """One policy: for whom, how much, how to apply, on which documents."""
    found = selectors.public_policy(code)
    today = clock.today()
    told = found.versions.filter(published_at__isnull=False).prefetch_related("standards", "basis")
    version = told.filter(effective_from__lte=today).order_by("-effective_from").first()
    context = {
        "policy": found,
        "version": version,
        "standards": version.standards.all() if version else [],
        "basis": version.basis.all() if version else [],
        "methods": version.methods if version else [],
        "coming": told.filter(effective_from__gt=today).order_by("effective_from").first(),
    }
    return public_page(request, "public/policy.html", context)
