from datetime import datetime, time, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.subjects import describe
from accounts.who import user_of
from lib.errors import NotFound, Refusal
from lib.templatetags.portal import cn_datetime
from rulebook import calendar_alerts, clock, deadlines, parties, selectors
from rulebook.forms import ClockFilter, MoveClockForm

PAGE_SIZES = [50, 100, 200]
MORNING = time(9, 0)


def clocks(request: HttpRequest) -> HttpResponse:
    """The clocks that run, by who answers for them."""
    visible = selectors.deadlines_visible_to(user_of(request))
    kinds = set(visible.order_by().values_list("kind", flat=True).distinct())
    bearers = {pk for pk in visible.order_by().values_list("responsible", flat=True).distinct() if pk is not None}
    form = ClockFilter(request.GET or None, responsible=bearers, kinds=kinds)
    found = selectors.filtered(visible, form.cleaned_data if form.is_valid() else {})
    counts = selectors.counts_by_tab(found)
    tab = request.GET.get("state", "running")
    tab = tab if tab in counts else "running"
    of_tab = selectors.of_tab(found, tab).order_by("due_at" if tab in ("running", "near") else "-due_at", "id")
    of_tab = listed(request, "rulebook.clocks", of_tab, form=form, tab=selectors.TAB_TITLES[tab])
    size = request.GET.get("size", "")
    page = Paginator(of_tab, int(size) if size.isdigit() and int(size) in PAGE_SIZES else PAGE_SIZES[0]).get_page(
        request.GET.get("page")
    )
    subjects = describe((row.subject_type, row.subject_id) for row in page)
    rows = [
        {**reading, "subject": subjects[reading["deadline"].subject_type, reading["deadline"].subject_id]}
        for reading in deadlines.remaining_of(page)
    ]
    kept = {key: request.GET[key] for key in ("responsible", "kind", "party", "size") if key in request.GET}
    tabs = [
        {"title": title, "url": f"?{urlencode({**kept, 'state': key})}", "active": key == tab, "count": counts[key]}
        for key, title in selectors.TAB_TITLES.items()
    ]
    context = {
        "form": form,
        "actions": [{"title": "逾期记录", "url": reverse("rulebook:breaches")}],
        "tabs": tabs,
        "tab": tab,
        "tab_words": selectors.TAB_WORDS.get(tab, ""),
        "page": page,
        "rows": rows,
        "sizes": PAGE_SIZES,
        "parties": parties.summary(visible),
        "alerts": calendar_alerts.alerts(),
        "may_import": calendar_alerts.may_mend(user_of(request)),
    }
    return render(request, "rulebook/clocks.html", context)


# --- The practice clock -----------------------------------------------------------------------------------------------
def _target(request: HttpRequest, form: MoveClockForm, current: datetime) -> datetime | None:
    """Where the pressed button leads, or None while a typed moment is wrong or there is no next clock."""
    choice = request.POST.get("to", "moment")
    if choice == "hour":
        return current + timedelta(hours=1)
    if choice == "tomorrow":
        return datetime.combine(current.date() + timedelta(days=1), MORNING, clock.SHANGHAI)
    if choice == "next":
        upcoming = selectors.next_due()
        if upcoming is None or upcoming.due_at is None:
            form.add_error(None, "现在没有计时中的时限，请改用其他按钮。")
            return None
        return max(upcoming.due_at, current)
    if form.is_valid():
        moment: datetime = form.cleaned_data["moment"]
        return moment
    return None


def practice_clock(request: HttpRequest) -> HttpResponse:
    """Moves the time of a practice installation forward; elsewhere there is no such page."""
    user = user_of(request)
    if not clock.practising():
        raise NotFound
    current = clock.now()
    posted = request.POST if request.method == "POST" else None
    form = MoveClockForm(posted, initial={"moment": current + timedelta(days=1)})
    target = _target(request, form, current) if posted is not None else None
    if target is not None:
        try:
            moved = clock.move_to(target, by=user)
        except Refusal as refusal:
            form.is_valid()
            add_refusal(form, refusal)
        else:
            fired = deadlines.sweep()
            messages.success(request, f"演练时钟已调到{cn_datetime(moved)}，{fired}个时限到期。")
            return redirect("practice:clock")
    upcoming = selectors.next_due()
    context = {
        "form": form,
        "current": current,
        "tomorrow": current.date() + timedelta(days=1),
        "upcoming": deadlines.remaining(upcoming) if upcoming else None,
    }
    return render(request, "rulebook/practice_clock.html", context)
