"""Pages of the staff: posting, notices with their photographs, objections and how they are settled."""

from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import User
from lib import crypto, masking
from lib.errors import NotFound, Refusal
from lib.periods import period_words
from publicity import boards, contents, selectors, services
from publicity.checks import living_notice
from publicity.forms import PhoneObjectionForm, PhotoForm, PostForm, SettleForm, WithdrawForm
from publicity.kept import at_notice_step, rule_of
from publicity.models import Notice, NoticeLine, Objection
from publicity.pages import absolute
from publicity.services.notices import image_type
from publicity.services.objections import ENTERABLE, may_settle
from publicity.views.public import page_of
from publicity.words import end_words
from rosters import chain
from rosters.models import Roster
from rosters.selectors import get_roster
from rulebook import calendar, clock

ROWS_A_PAGE = 30
TABS = (("waiting", "待公示"), ("posted", "公示中"), ("ended", "公示期满"), ("withdrawn", "已撤下"), ("all", "全部"))
OBJECTION_TABS = (("open", "待核实"), ("done", "已办结"), ("all", "全部"))


def show(form: Any, refusal: Refusal) -> None:
    """A service's refusal on the form that was sent, at its field where it has one."""
    add_refusal(form, refusal)


def person(request: HttpRequest) -> User:
    """Who is signed in: the middleware lets nobody else come here."""
    return cast(User, request.user)


def may_post(request: HttpRequest, roster: Roster) -> bool:
    return chain.is_clerk(person(request), roster)


# --- Notices ----------------------------------------------------------------------------------------------------------
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Rosters that wait to be posted, and notices by state."""
    waiting = selectors.rosters_to_post(person(request))
    visible = selectors.visible_notices(person(request))
    tab = request.GET.get("tab", "")
    if tab not in dict(TABS):
        tab = "waiting" if waiting.exists() else "all"
    counts = {"waiting": waiting.count(), "all": visible.count()}
    counts |= {state: visible.filter(state=state).count() for state in Notice.State.values}
    tabs = [{"title": title, "url": f"?tab={key}", "active": key == tab, "count": counts[key]} for key, title in TABS]
    if tab == "waiting":
        page = page_of(request, listed(request, "publicity.waiting", waiting.order_by("moved_at")), ROWS_A_PAGE)
        rows = [
            {
                "roster": roster,
                "clock": selectors.clock_of("notice.post_within", roster),
                "may": may_post(request, roster),
            }
            for roster in page
        ]
        return render(request, "publicity/waiting.html", {"tabs": tabs, "page": page, "rows": rows})
    chosen = visible if tab == "all" else visible.filter(state=tab)
    found = selectors.with_open_objections(chosen).order_by("-posted_at")
    page = page_of(request, listed(request, "publicity.notices", found, tab=dict(TABS)[tab]), ROWS_A_PAGE)
    rows = [{"notice": notice, "tone": selectors.TONES[notice.state]} for notice in page]
    return render(request, "publicity/notices.html", {"tabs": tabs, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """The one question before a roster is posted."""
    roster = get_roster(person(request), pk)
    found = living_notice(roster)
    if found is not None:
        return redirect("publicity:notice", pk=found.pk)
    if not may_post(request, roster):
        raise NotFound
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            notice = services.post_notice(by=person(request), roster=roster, **form.cleaned_data)
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(
                request, f"已开始公示，到{end_words(notice.ends_at)}期满，期满且没有未办结的异议自动进入下一环节。"
            )
            return redirect("publicity:notice", pk=notice.pk)
    context = {
        "roster": roster,
        "form": form,
        "what": _what(roster),
        "period": period_words(roster.period_start, roster.period_end),
    }
    return render(request, "publicity/post.html", context)


def _what(roster: Roster) -> list[str]:
    window = rule_of(roster, "notice.window")
    amount, unit = int(window["value"]["amount"]), str(window["value"]["unit"])
    ends_at = calendar.due(clock.now(), amount, unit)
    return [
        f"“{roster.title}”在网上公开，姓名脱敏，不显示身份证号、银行账号和电话。",
        f"公示期{amount}{calendar.UNIT_WORDS[unit]}，张贴当天不算，现在张贴到{end_words(ends_at)}期满"
        f"（{window.get('citation') or '规则档'}）。",
        f"公示内容：{'、'.join(contents.titles(roster))}。",
        f"监督电话：{roster.policy.supervise_phone or '没有登记'}。",
        "张贴后内容不能再改；有异议属实的，清册退回调整后重新公示。",
    ]


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """A notice with its objections, photographs and ways to print."""
    found = selectors.get_notice(person(request), pk)
    roster = found.roster
    clerk = may_post(request, roster)
    public_path = reverse("public:notice", args=[found.token])
    context = {
        "notice": found,
        "tone": selectors.TONES[found.state],
        "clock": selectors.clock_of("notice.window", found) if found.state == Notice.State.POSTED else None,
        "facts": _facts(found, public_path),
        "boards": boards.boards_of(found),
        "at_school": boards.at_school(found),
        "objections": _objection_rows(found),
        "photos": found.photos.select_related("village", "added_by", "file").order_by("id"),
        "no_photo": found.channel == Notice.Channel.OFFLINE and not found.photos.exists(),
        "may_add": clerk and found.state != Notice.State.WITHDRAWN,
        "actions": _actions(found, clerk=clerk),
    }
    return render(request, "publicity/notice.html", context)


def _facts(notice: Notice, public_path: str) -> list[dict[str, Any]]:
    return [
        {"label": "补贴资金", "value": notice.fund_name},
        {"label": "公示方式", "value": notice.get_channel_display()},
        {"label": "公示开始", "date": notice.posted_at},
        {"label": "公示期满", "value": end_words(notice.ends_at)},
        {"label": "公示人", "value": notice.posted_by.full_name},
        {"label": "监督电话", "value": notice.supervise_phone},
        {"label": "补贴标准", "value": notice.standard_text, "wide": True},
        {"label": "依据", "value": notice.basis_text, "wide": True},
        {"label": "网上公示页", "value": absolute(public_path), "url": public_path, "wide": True},
        {
            "label": "清册",
            "value": notice.roster.title,
            "url": reverse("rosters:detail", args=[notice.roster_id]),
            "wide": True,
        },
    ]


def _objection_rows(notice: Notice) -> list[dict[str, Any]]:
    found = notice.objections.order_by("id")
    return [
        {
            "objection": objection,
            "tone": selectors.TONES[objection.state],
            "clock": selectors.clock_of("objection.handle_within", objection),
        }
        for objection in found
    ]


def _actions(notice: Notice, *, clerk: bool) -> list[dict[str, Any]]:
    found = [{"title": "打印张贴版", "url": reverse("publicity:print", args=[notice.pk])}]
    if clerk and notice.state != Notice.State.WITHDRAWN and notice.roster.status in ENTERABLE:
        found.append({"title": "登记电话异议", "url": reverse("publicity:enter", args=[notice.pk])})
    if clerk and notice.state != Notice.State.WITHDRAWN and at_notice_step(notice.roster):
        found.append({"title": "撤下公示", "url": reverse("publicity:withdraw", args=[notice.pk])})
    return found


def own_notice(request: HttpRequest, pk: int) -> Notice:
    """A notice that this person's township posted."""
    found = selectors.get_notice(person(request), pk)
    if not may_post(request, found.roster):
        raise NotFound
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_notice(request, pk)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_notice(by=person(request), notice=found, **form.cleaned_data)
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, "公示已撤下，清册回到待公示。")
            return redirect("publicity:notice", pk=found.pk)
    return render(request, "publicity/withdraw.html", {"notice": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def add_photo(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_notice(request, pk)
    form = PhotoForm(request.POST or None, request.FILES or None, notice=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_photo(by=person(request), notice=found, **form.cleaned_data)
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, "照片已保存。")
            return redirect("publicity:notice", pk=found.pk)
    return render(request, "publicity/photo.html", {"notice": found, "form": form})


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture itself, for those who may see the notice."""
    found = selectors.get_photo(person(request), pk)
    handle = found.file.file.open("rb")
    kind = image_type(handle.read(16)) or "application/octet-stream"
    handle.seek(0)
    response = FileResponse(handle, content_type=kind)
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_safe
def print_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """The village board's copy: the same lines as on the page, by village, with a QR code to it (PUB-2)."""
    found = selectors.get_notice(person(request), pk)
    code = request.GET.get("village", "")
    told = [board for board in boards.boards_of(found) if code in ("", board.code)]
    if not told:
        raise NotFound
    context = {
        "notice": found,
        "boards": [_printed(found, board) for board in told],
        "at_school": boards.at_school(found),
        "shown": contents.shown(found),
        "period": period_words(found.roster.period_start, found.roster.period_end),
    }
    return render(request, "publicity/print.html", context)


def _printed(notice: Notice, board: boards.Board) -> dict[str, Any]:
    """A board's copy: its heading, its lines, and the address behind its QR code."""
    place = boards.place_of(notice, board.code)
    unit = boards.unit_name(notice)
    lines = list(boards.lines_at(notice, place))
    return {
        "board": board,
        "heading": unit if place.village is None else f"{unit}{board.name}",
        "lines": lines,
        "rests": contents.shows_rest(contents.shown(notice), lines),
        "url": absolute(reverse("public:village", args=[notice.token, board.code])),
    }


# --- Objections -------------------------------------------------------------------------------------------------------
@require_safe
def objections(request: HttpRequest) -> HttpResponse:
    visible = selectors.visible_objections(person(request))
    opened, done = visible.filter(state=Objection.State.OPEN), visible.exclude(state=Objection.State.OPEN)
    chosen = {"open": opened, "done": done, "all": visible}
    tab = request.GET.get("tab", "")
    if tab not in chosen:
        tab = "open" if opened.exists() else "all"
    tabs = [
        {"title": title, "url": f"?tab={key}", "active": key == tab, "count": chosen[key].count()}
        for key, title in OBJECTION_TABS
    ]
    found = listed(request, "publicity.objections", chosen[tab].order_by("-id"), tab=dict(OBJECTION_TABS)[tab])
    page = page_of(request, found, ROWS_A_PAGE)
    rows = [
        {
            "objection": objection,
            "tone": selectors.TONES[objection.state],
            "clock": selectors.clock_of("objection.handle_within", objection),
        }
        for objection in page
    ]
    return render(request, "publicity/objections.html", {"tabs": tabs, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """An objection by telephone."""
    found = own_notice(request, pk)
    form = PhoneObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.enter_objection(by=person(request), notice=found, **form.cleaned_data)
        except Refusal as refusal:
            show(form, refusal)
        else:
            messages.success(request, f"已登记，受理编号{made.number}，请告诉来电人。")
            return redirect("publicity:objection", pk=made.pk)
    return render(request, "publicity/enter.html", {"notice": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection; who may settle it does so here."""
    found = selectors.get_objection(person(request), pk)
    roster = found.notice.roster
    settles = found.state == Objection.State.OPEN and may_settle(person(request), roster)
    form = SettleForm(request.POST or None) if settles else None
    if form is not None and request.method == "POST" and form.is_valid():
        upheld = form.cleaned_data["outcome"] == Objection.State.UPHELD
        try:
            services.settle_objection(
                by=person(request),
                objection=found,
                upheld=upheld,
                result=form.cleaned_data["result"],
            )
        except Refusal as refusal:
            show(form, refusal)
        else:
            words = "异议属实，公示已撤下，清册已退回调整。" if upheld else "已登记核实结果。"
            messages.success(request, words)
            return redirect("publicity:objection", pk=found.pk)
    context = {
        "objection": found,
        "tone": selectors.TONES[found.state],
        "clock": selectors.clock_of("objection.handle_within", found),
        "facts": _objection_facts(request, found),
        "form": form,
        "line": _line(found),
    }
    return render(request, "publicity/objection.html", context)


def _line(objection: Objection) -> NoticeLine | None:
    if objection.line_number is None:
        return None
    return objection.notice.lines.select_related("village").filter(number=objection.line_number).first()


def _objection_facts(request: HttpRequest, objection: Objection) -> list[dict[str, Any]]:
    """The telephone is masked here; whoever must call reads it in clear on a page of its own, with a trace."""
    phone = masking.phone(crypto.decrypt(objection.contact_cipher)) if objection.contact_cipher else ""
    handles = may_reveal(request, objection)
    return [
        {"label": "来源", "value": objection.get_source_display()},
        {"label": "提出时间", "date": objection.made_at},
        {"label": "联系人", "value": objection.contact_name},
        {
            "label": "联系电话",
            "value": phone,
            "note": "点号码查看完整号码，留痕" if phone and handles else "",
            "url": reverse("publicity:objection_phone", args=[objection.pk]) if phone and handles else "",
        },
        {
            "label": "公示",
            "value": objection.notice.title,
            "url": reverse("publicity:notice", args=[objection.notice_id]),
        },
        {"label": "登记人", "value": objection.entered_by.full_name if objection.entered_by else ""},
    ]


def may_reveal(request: HttpRequest, objection: Objection) -> bool:
    """Who verifies, or entered, may call the person back."""
    roster = objection.notice.roster
    return may_post(request, roster) or may_settle(person(request), roster)


@require_http_methods(["GET", "HEAD", "POST"])
def objection_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """The telephone in clear, once asked for by a POST; each reading is in the trail (ACL-3)."""
    found = selectors.get_objection(person(request), pk)
    if found.contact_cipher is None or not may_reveal(request, found):
        raise NotFound
    number = services.reveal_phone(by=person(request), objection=found) if request.method == "POST" else None
    response = render(request, "publicity/objection_phone.html", {"objection": found, "number": number})
    response["Cache-Control"] = "no-store"
    return response
