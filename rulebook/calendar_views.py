"""The working-day calendar: everybody sees it; an administrator enters a notice, sees what it changes, and confirms."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.selectors import require_administrator
from accounts.subjects import describe
from accounts.who import user_of
from lib.errors import Refusal
from lib.templatetags.portal import cn_date
from rulebook import calendar_alerts, calendar_files, calendars, clock, deadlines
from rulebook import calendar_year as shown
from rulebook.calendar_files import Entered
from rulebook.calendar_forms import LocalHolidayForm, NationForm, RegionNoticeForm
from rulebook.models import CalendarYear
from rulebook.notices import HOLIDAY, WORKDAY, Day
from rulebook.recount import Move

MOVES_SHOWN = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _year(request: HttpRequest, default: int) -> int:
    typed = request.GET.get("year", "")
    fits = typed.isascii() and typed.isdigit() and calendars.FIRST_YEAR <= int(typed) <= calendars.LAST_YEAR
    return int(typed) if fits else default


def _page(year: int) -> str:
    return f"{reverse('rulebook:calendar')}?{urlencode({'year': year})}"


def _administrator(request: HttpRequest) -> User:
    user = user_of(request)
    require_administrator(user)
    return user


def year_view(request: HttpRequest) -> HttpResponse:
    """Twelve months of a year with where each day off comes from, and the clocks that end in which year."""
    user = user_of(request)
    today = clock.today()
    year = _year(request, today.year)
    entered = CalendarYear.objects.filter(year=year).first()
    days = shown.days_of(year) if entered else {}
    months = shown.months(year, days, today=today) if entered else []
    years = sorted({*shown.years_shown(today), year})
    context = {
        "year": year,
        "entered": entered,
        "months": months,
        "week": shown.WEEK,
        "spans": shown.spans_of(days),
        "figures": shown.figures(months, days),
        "notices": shown.notices_of(year),
        "clocks": shown.clocks_by_year(),
        "tabs": [{"title": f"{number}年", "url": f"?year={number}", "active": number == year} for number in years],
        "alerts": calendar_alerts.alerts(),
        "may_import": calendar_alerts.may_mend(user),
        "import_here": f"{reverse('rulebook:calendar_import')}?year={year}",
    }
    return render(request, "rulebook/calendar.html", context)


# --- Entering ---------------------------------------------------------------------------------------------------------
def _refuse(form: forms.Form, refusal: Refusal) -> None:
    """Every mistake at its field, so that the text is mended in one go."""
    for name, told in (refusal.fields or {"": [refusal.message]}).items():
        for words in told:
            form.add_error(name if name in form.fields else None, words)


def _typed(form: forms.Form) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("title", "number", "issued_on")}


def import_notice(request: HttpRequest) -> HttpResponse:
    """The State Council's notice as text or file; then the preview."""
    user = _administrator(request)
    posted = request.method == "POST"
    form = NationForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"year": _year(request, _next_missing())},
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            if given["upload"]:
                entered = calendar_files.from_upload(given["upload"], year=given["year"])
            else:
                entered = calendar_files.from_text(given["text"], year=given["year"])
            return _preview(request, user, calendar_files.with_source(entered, **_typed(form)))
        except Refusal as refusal:
            _refuse(form, refusal)
    context = {"form": form, "crumbs": _crumbs()}
    return render(request, "rulebook/calendar_import.html", context)


def _next_missing() -> int:
    missing = calendar_alerts.missing_years(clock.today())
    return missing[0] if missing else clock.today().year + 1


def local_holidays(request: HttpRequest) -> HttpResponse:
    """The region's own holidays of a year: from its notice, or one by one; then the preview."""
    user = _administrator(request)
    year = _year(request, clock.today().year)
    kind = request.POST.get("kind", "")
    notice = RegionNoticeForm(request.POST if kind == "notice" else None, initial={"year": year}, prefix="notice")
    single = LocalHolidayForm(request.POST if kind == "single" else None, initial={"year": year}, prefix="single")
    chosen = notice if kind == "notice" else single
    if kind == "remove":
        return _without(request, user, year)
    if chosen.is_valid():
        try:
            entered = _from_region(notice) if chosen is notice else _one_more(single)
            return _preview(request, user, entered)
        except Refusal as refusal:
            _refuse(chosen, refusal)
    years = CalendarYear.objects.order_by("year").values_list("year", flat=True)
    context = {
        "notice": notice,
        "single": single,
        "year": year,
        "spans": shown.spans(shown.local_days(year), local=True),
        "tabs": [{"title": f"{number}年", "url": f"?year={number}", "active": number == year} for number in years],
        "crumbs": _crumbs(),
    }
    return render(request, "rulebook/calendar_local.html", context)


def _from_region(form: RegionNoticeForm) -> Entered:
    given = form.cleaned_data
    entered = calendar_files.from_text(given["text"], year=given["year"], local=True)
    return calendar_files.with_source(entered, **_typed(form))


def _one_more(form: LocalHolidayForm) -> Entered:
    """The local holidays there are, and this one; the same name again is put in its place."""
    given = form.cleaned_data
    name, first = given["name"].strip(), given["since"]
    length = (given["until"] - first).days + 1
    new = [Day(first + timedelta(days=number), HOLIDAY, name) for number in range(length)]
    if given["worked"]:
        new.append(Day(given["worked"], WORKDAY, f"{name}调休"))
    kept = [day for day in shown.local_days(given["year"]) if day.name.removesuffix("调休") != name]
    return Entered(given["year"], tuple(sorted([*kept, *new])), local=True, **_typed(form))


def _without(request: HttpRequest, user: User, year: int) -> HttpResponse:
    name = request.POST.get("name", "")
    kept = [day for day in shown.local_days(year) if day.name.removesuffix("调休") != name]
    return _preview(request, user, Entered(year, tuple(kept), title=f"取消地方假日：{name}"[:200], local=True))


# --- Preview and confirmation -----------------------------------------------------------------------------------------
def _preview(request: HttpRequest, user: User, entered: Entered, *, refusals: list[str] | None = None) -> HttpResponse:
    found = calendars.preview(year=entered.year, days=entered.days, local=entered.local, title=entered.title)
    moved = found.plan.moved
    now = clock.now()
    context = {
        "entered": entered,
        "found": found,
        "refusals": refusals or [],
        "payload": calendar_files.sealed(entered, version=found.version, by=user),
        "spans": shown.spans(entered.days, local=entered.local),
        "added": shown.spans(found.added),
        "removed": shown.spans(found.removed),
        "facts": _facts(entered),
        "moves": _moves(moved[:MOVES_SHOWN]),
        "moved_count": len(moved),
        "passed_count": sum(move.due_at is not None and move.due_at <= now for move in moved),
        "waiting": sorted(found.plan.waiting.items()),
        "cancel_url": reverse("rulebook:calendar_local" if entered.local else "rulebook:calendar_import"),
        "crumbs": _crumbs(),
    }
    return render(request, "rulebook/calendar_preview.html", context)


def _facts(entered: Entered) -> list[dict[str, Any]]:
    return [
        {"label": "年份", "value": f"{entered.year}年"},
        {"label": "类别", "value": "地方假日" if entered.local else "全国放假安排"},
        {"label": "放假", "value": f"{sum(day.kind == HOLIDAY for day in entered.days)}天"},
        {"label": "调休上班", "value": f"{sum(day.kind == WORKDAY for day in entered.days)}天"},
        {"label": "依据", "value": entered.title, "wide": True},
        {"label": "文号", "value": entered.number},
        {"label": "发文日期", "date": entered.issued_on},
    ]


def _moves(moves: list[Move]) -> list[dict[str, Any]]:
    """Each clock with where it ended and where it would end."""
    subjects = describe((move.deadline.subject_type, move.deadline.subject_id) for move in moves)
    return [
        {
            "title": deadlines.title_of(move.deadline.kind),
            "subject": subjects[move.deadline.subject_type, move.deadline.subject_id],
            "responsible": move.deadline.responsible,
            "before": _until(move.before) if move.before else "缺日历，未计时",
            "after": _until(move.due_at) if move.due_at else "缺日历，停止计时",
        }
        for move in moves
    ]


def _until(due_at: datetime) -> str:
    """With its year, which may be the next; 24:00 of a day is 0:00 of the one after."""
    return f"{cn_date(due_at - timedelta(microseconds=1))} 24:00"


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Imports exactly what was shown, unless somebody else was faster."""
    user = _administrator(request)
    try:
        entered, version = calendar_files.opened(request.POST.get("payload", ""), by=user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("rulebook:calendar_import")
    try:
        done = calendars.import_calendar(
            by=user, year=entered.year, days=entered.days, title=entered.title, number=entered.number,
            issued_on=entered.issued_on, text=entered.text, local=entered.local, seen_version=version,
        )  # fmt: skip
    except Refusal as refusal:
        return _preview(request, user, entered, refusals=[refusal.message])
    moved, waiting = len(done.plan.moved), done.plan.waiting.total()
    told = f"{entered.year}年的{'地方假日' if entered.local else '放假安排'}已更新为第{done.year.version}版"
    told += f"，{moved}个时限重新计算" if moved else "，没有时限受影响"
    messages.success(request, f"{told}，还有{waiting}个时限缺少日历。" if waiting else f"{told}。")
    return redirect(_page(entered.year))


def template(request: HttpRequest) -> HttpResponse:
    _administrator(request)
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''%E6%94%BE%E5%81%87%E5%AE%89%E6%8E%92.xlsx"}
    return HttpResponse(calendar_files.sheet_template(), content_type=XLSX, headers=headers)


def _crumbs() -> list[dict[str, str]]:
    return [{"title": "工作日历", "url": reverse("rulebook:calendar")}]
