"""The register of emergency and relief items that were paid outside 一卡通 (POL-6)."""

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import Organisation, User
from accounts.scope import scope_of
from accounts.who import user_of
from lib.errors import NotFound, Refusal
from rulebook import rules
from rulebook.path_forms import DecisionForm
from subsidies import path, selectors, services
from subsidies.models import EmergencyPayout
from subsidies.proposal_forms import EmergencyForm, given
from subsidies.services.emergency import CONFIRMERS, RULE
from subsidies.views.common import PAGE_SIZES, page_of

State = EmergencyPayout.State
TONES = {"entered": "info", "confirmed": "good", "returned": "bad"}
TABS = (("entered", "待确认"), ("confirmed", "已确认"), ("returned", "未确认"), ("all", "全部"))


def emergencies(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    visible = selectors.emergencies_visible_to(user)
    parts = {**{state: visible.filter(state=state) for state in State.values}, "all": visible}
    tab = request.GET.get("tab", "all")
    tab = tab if tab in parts else "all"
    page = page_of(request, listed(request, "subsidies.emergencies", parts[tab], tab=dict(TABS)[tab]))
    sums = parts[tab].order_by().aggregate(fen=Sum("amount_fen"), people=Sum("people_count"))
    context = {
        "tabs": [
            {"title": title, "url": f"?tab={key}", "active": key == tab, "count": parts[key].count()}
            for key, title in TABS
        ],
        "rows": [{"entry": entry, "tone": TONES[entry.state]} for entry in page],
        "page": page,
        "sizes": PAGE_SIZES,
        "sums": sums,
        "rule": rules.rule(RULE),
        "may_enter": bool(_departments(user)) and bool(rules.value(RULE)),
    }
    return render(request, "subsidies/emergencies.html", context)


def _departments(user: User) -> list[Organisation]:
    posts = scope_of(user).posts
    return [post.organisation for post in posts if path.makers_post(user, post.organisation) is not None]


def emergency_new(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    departments = _departments(user)
    if not departments:
        raise NotFound
    form = EmergencyForm(request.POST or None, request.FILES or None, departments=departments)
    if form.is_valid():
        try:
            entry = services.enter_emergency(by=user, **given(form))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已登记，等待财政局确认。")
            return redirect("subsidies:emergency", entry.pk)
    return render(request, "subsidies/emergency_new.html", {"form": form})


def emergency(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    return _page(request, user, selectors.emergency_of(user, number))


def _page(request: HttpRequest, user: User, entry: EmergencyPayout, form: Any = None) -> HttpResponse:
    decides = (
        entry.state == State.ENTERED
        and bool(scope_of(user).roles & CONFIRMERS)
        and entry.entered_by_person_id != user.person_id
    )
    context = {
        "entry": entry,
        "tone": TONES[entry.state],
        "rule": entry.rules[RULE],
        "form": (form or DecisionForm()) if decides else None,
        "what": [
            f"项目：{entry.item}（{entry.department}）",
            f"渠道：{entry.get_channel_display()}；原因：{entry.reason}",
        ],
        "decisions": [
            {"value": "confirm", "title": "确认", "kind": "primary"},
            {"value": "return", "title": "不确认", "kind": "danger"},
        ],
    }
    return render(request, "subsidies/emergency.html", context)


@require_POST
def emergency_decide(request: HttpRequest, number: int) -> HttpResponse:
    user = user_of(request)
    entry = selectors.emergency_of(user, number)
    form = DecisionForm(request.POST)
    if form.is_valid():
        act = services.confirm_emergency if request.POST.get("decision") == "confirm" else services.return_emergency
        try:
            act(by=user, entry=entry, opinion=form.cleaned_data["opinion"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已办理。")
            return redirect("subsidies:emergency", entry.pk)
    return _page(request, user, entry, form)


def emergency_file(request: HttpRequest, number: int) -> FileResponse:
    entry = selectors.emergency_of(user_of(request), number)
    return FileResponse(entry.file.file.open("rb"), as_attachment=True, filename=entry.file.name)
