"""Cash at village assemblies: what waits, planning, the day itself, the signed list, the leader's comparison."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import scope_of
from disbursement import cash_selectors, selectors, services
from disbursement.cash_forms import DrawForm, HandoutRow, PlanForm, ScanForm, SendBackForm, SettleForm
from disbursement.models import CashSession
from disbursement.reasons import reason
from disbursement.services.cash import team_size
from disbursement.services.cash_closing import missing_scans
from disbursement.views.parts import crumbs, page_of, posted, tabs, user_of
from lib.errors import NotFound, Refusal
from lib.money import format_yuan, to_yuan
from rulebook import clock

Status = CashSession.Status
TONES = {"planned": "info", "drawn": "warn", "settled": "warn", "closed": "good", "cancelled": "neutral"}
OUTCOME_TONES = {"waiting": "neutral", "handed": "good", "not_handed": "bad"}
_TABS: dict[str, tuple[str, ...]] = {
    "open": cash_selectors.OPEN,
    "settled": (Status.SETTLED,),
    "over": cash_selectors.OVER,
}
_TAB_TITLES = {"open": "进行中", "settled": "待核对", "over": "已办结"}


def _status(session: CashSession) -> dict[str, str]:
    return {"word": str(session.get_status_display()), "tone": TONES[session.status]}


def _way(session: CashSession | None = None) -> list[dict[str, str]]:
    steps = [("现金发放", reverse("disbursement:cash"))]
    if session is not None:
        steps.append(
            (f"{session.village.name} {session.number}", reverse("disbursement:cash-session", args=[session.pk]))
        )
    return crumbs(*steps)


# --- Lists ------------------------------------------------------------------------------------------------------------
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Villages that are owed cash and have no assembly, then the assemblies by state."""
    user = user_of(request)
    scope = scope_of(user)
    if not (scope.whole_county or scope.department_ids or scope.township_ids):
        raise NotFound
    waiting, found = cash_selectors.waiting_villages(user), cash_selectors.visible_sessions(user)
    tab = request.GET.get("tab", "waiting")
    shown = found.filter(status__in=_TABS.get(tab, ()))
    if tab == "waiting":
        listed(request, "disbursement.cash_waiting", waiting, tab="待安排")
    else:
        listed(request, "disbursement.cash", shown, tab=_TAB_TITLES.get(tab, ""))
    page = page_of(request, shown)
    clocks = selectors.clocks_of("disbursement.cashsession", [session.pk for session in page])
    counts = {key: found.filter(status__in=states).count() for key, states in _TABS.items()}
    context = {
        "tabs": tabs(
            tab,
            [("waiting", "待安排", len(waiting)), *((key, title, counts[key]) for key, title in _TAB_TITLES.items())],
        ),
        "tab": tab,
        "waiting": waiting,
        "waiting_fen": sum(row.fen for row in waiting),
        "waiting_count": sum(row.count for row in waiting),
        "clerk": scope.holds(Role.TOWNSHIP_CLERK),
        "page": page,
        "rows": [
            {"session": session, "status": _status(session), "clock": clocks.get(session.pk)} for session in page
        ],
    }  # fmt: skip
    return render(request, "disbursement/cash.html", context)


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, batch_pk: int, village_pk: int) -> HttpResponse:
    user = user_of(request)
    row = cash_selectors.get_waiting(user, batch_pk, village_pk)
    if not scope_of(user).holds(Role.TOWNSHIP_CLERK, division_id=row.village.parent_id):
        raise NotFound
    form = PlanForm(team_size(row.batch), posted(request))
    if form.is_valid():
        try:
            made = services.plan_session(
                by=user, batch=row.batch, village=row.village, assembly=form.assembly(), team=form.team()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{row.village.name}现金发放会已安排，请打印发放表，开会当天领取现金。")
            return redirect("disbursement:cash-session", made.pk)
    return render(request, "disbursement/cash_plan.html", {"row": row, "form": form, "trail": _way()})


# --- One assembly -----------------------------------------------------------------------------------------------------
@require_GET
def session(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = cash_selectors.get_session(user, pk)
    handouts = list(found.handouts.select_related("payment__line", "giver"))
    clerk, leader = cash_selectors.is_clerk(user, found), cash_selectors.is_leader(user, found)
    context = {
        "session": found,
        "status": _status(found),
        "actions": _actions(found, clerk=clerk, leader=leader),
        "steps": _steps(found),
        "clocks": selectors.all_clocks_of("disbursement.cashsession", found.pk),
        "facts": _facts(found),
        "money": _money(found),
        "team": found.team.all(),
        "total_fen": sum(handout.amount_fen for handout in handouts),
        "rows": [
            {
                "handout": handout,
                "status": {"word": handout.get_outcome_display(), "tone": OUTCOME_TONES[handout.outcome]},
                "why": reason(handout.reason).name if handout.reason else "",
            }
            for handout in handouts
        ],
        "scans": found.scans.select_related("file", "added_by"),
        "missing": missing_scans(found) if found.status in (Status.DRAWN, Status.SETTLED) else [],
        "scan_form": ScanForm() if clerk and found.status not in cash_selectors.OVER else None,
        "trail": _way(),
    }
    return render(request, "disbursement/cash_session.html", context)


def _actions(found: CashSession, *, clerk: bool, leader: bool) -> list[dict[str, Any]]:
    """Only what this person can do now."""
    wanted: list[tuple[str, str, str]] = []
    if clerk and found.status == Status.PLANNED:
        wanted = [("登记取款", "cash-draw", "primary"), ("取消发放会", "cash-cancel", "")]
    elif clerk and found.status == Status.DRAWN:
        waiting = found.handouts.filter(outcome="waiting").exists()
        wanted = [
            ("登记签收", "cash-handouts", "primary" if waiting else ""),
            ("结算存回", "cash-settle", "" if waiting else "primary"),
        ]
    elif leader and found.status == Status.SETTLED:
        wanted = [("核对办结", "cash-close", "primary"), ("退回经办", "cash-send-back", "")]
    actions = [
        {"title": title, "url": reverse(f"disbursement:{name}", args=[found.pk]), "kind": kind}
        for title, name, kind in wanted
    ]
    if found.status != Status.CANCELLED:
        actions.append({"title": "打印发放表", "url": reverse("disbursement:cash-list", args=[found.pk]), "kind": ""})
    return actions


def _steps(found: CashSession) -> list[dict[str, Any]]:
    if found.status == Status.CANCELLED:
        return [{"title": "安排", "state": "done", "when": found.planned_at}, {"title": "已取消", "state": "returned"}]
    place = [Status.PLANNED, Status.DRAWN, Status.SETTLED, Status.CLOSED].index(Status(found.status))
    entries: list[dict[str, Any]] = [
        {"title": "安排发放会", "who": found.planned_by.full_name, "when": found.planned_at},
        {"title": "领出现金", "when": found.drawn_at},
        {
            "title": "签收、存回",
            "who": found.settled_by.full_name if found.settled_by else "",
            "when": found.settled_at,
        },
        {"title": "领导核对办结", "who": found.closed_by.full_name if found.closed_by else "", "when": found.closed_at},
    ]
    for position, entry in enumerate(entries):
        entry["state"] = "done" if position <= place else "current" if position == place + 1 else "todo"
    return entries


def _facts(found: CashSession) -> list[dict[str, Any]]:
    batch = found.batch
    return [
        {"label": "补贴项目", "value": batch.quota.policy.name, "wide": True},
        {"label": "批次", "value": batch.number, "code": True},
        {"label": "组织单位", "value": found.unit.name},
        {"label": "会议时间", "date": found.held_at},
        {"label": "会议地点", "value": found.place},
        {"label": "主持人", "value": found.chaired_by, "note": found.get_chair_display()},
        {"label": "到会人数", "value": found.attendance, "note": "已宣读政策" if found.policy_read else ""},
    ]


def _money(found: CashSession) -> list[dict[str, Any]]:
    if found.drawn_at is None:
        return []
    account = found.batch.agent_account
    rows: list[dict[str, Any]] = [
        {"label": "领出现金", "fen": found.drawn_fen, "note": f"{account.name}，尾号{account.tail}"},
        {"label": "取款", "date": found.drawn_at, "note": f"凭证 {found.drawn_reference}"},
    ]
    if found.settled_at is not None:
        rows += [
            {"label": f"签收 {found.handed_count}笔", "fen": found.handed_fen},
            {"label": "存回代发户", "fen": found.returned_fen},
        ]
    if found.returned_at is not None:
        rows.append({"label": "存款", "date": found.returned_at, "note": f"凭证 {found.returned_reference}"})
    return rows


# --- The clerk's steps ------------------------------------------------------------------------------------------------
def _of_clerk(request: HttpRequest, pk: int, status: str) -> tuple[User, CashSession]:
    user = user_of(request)
    found = cash_selectors.get_session(user, pk)
    if not cash_selectors.is_clerk(user, found) or found.status != status:
        raise NotFound
    return user, found


@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _of_clerk(request, pk, Status.PLANNED)
    fen = sum(found.handouts.values_list("amount_fen", flat=True))
    form = DrawForm(posted(request), initial={"amount": to_yuan(fen), "at": clock.now()})
    if form.is_valid():
        told = form.cleaned_data
        try:
            services.draw_cash(
                by=user, session=found, amount_fen=told["amount"], reference=told["reference"], at=told["at"]
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已登记领出现金{format_yuan(fen)}。发放后逐一登记签收，未发完的当日存回代发户。")
            return redirect("disbursement:cash-handouts", found.pk)
    what = [
        f"从代发户（尾号{found.batch.agent_account.tail}）领出{found.village.name}发放表的全部现金。",
        "领出以后发放表和发放小组不能再改；未发完的现金须在期限内存回，逾期记为编制单位逾期。",
    ]
    context = {"session": found, "form": form, "fen": fen, "count": found.handouts.count(), "what": what,
               "trail": _way(found)}  # fmt: skip
    return render(request, "disbursement/cash_draw.html", context)


@require_http_methods(["GET", "POST"])
def handouts(request: HttpRequest, pk: int) -> HttpResponse:
    """The signed list, row by row; it may be written in several goes."""
    user, found = _of_clerk(request, pk, Status.DRAWN)
    givers = [(member.pk, member.name) for member in found.team.all()]
    rows = [
        HandoutRow(handout, givers, posted(request))
        for handout in found.handouts.select_related("payment__line", "session")
    ]
    refused: Refusal | None = None
    wrong = [row for row in rows if request.method == "POST" and not row.is_valid()]
    if request.method == "POST" and not wrong:
        try:
            services.record_handouts(by=user, session=found, given=[row.given() for row in rows])
        except Refusal as refusal:
            refused = refusal
            for row in rows:
                if row.prefix == refusal.field:
                    row.add_error(None, refusal.message)
        else:
            messages.success(request, "签收情况已保存。")
            return redirect("disbursement:cash-session", found.pk)
    context = {"session": found, "rows": rows, "refused": refused, "wrong": wrong, "trail": _way(found)}
    return render(request, "disbursement/cash_handouts.html", context)


@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _of_clerk(request, pk, Status.DRAWN)
    handed = sum(found.handouts.filter(outcome="handed").values_list("amount_fen", flat=True))
    rest = found.drawn_fen - handed
    form = SettleForm(
        posted(request),
        initial={"returned": to_yuan(rest), "minutes": found.minutes, "attendance": found.attendance,
                 "policy_read": found.policy_read},
    )  # fmt: skip
    if form.is_valid():
        try:
            services.settle_session(by=user, session=found, settlement=form.settlement())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已结算，等待分管领导核对办结。请上传签字发放表和会议影像。")
            return redirect("disbursement:cash-session", found.pk)
    facts = [
        {"label": "领出现金", "fen": found.drawn_fen},
        {"label": "已签字领取", "fen": handed},
        {"label": "应存回", "fen": rest},
        {"label": "还没有登记", "value": f"{found.handouts.filter(outcome='waiting').count()}人"},
    ]
    context = {"session": found, "form": form, "facts": facts, "trail": _way(found)}
    return render(request, "disbursement/cash_settle.html", context)


@require_POST
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = cash_selectors.get_session(user, pk)
    form = ScanForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_scan(by=user, session=found, kind=form.cleaned_data["kind"], upload=form.cleaned_data["file"])
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "影像已上传。")
    else:
        messages.error(request, "请选择影像类别和文件。")
    return redirect("disbursement:cash-session", found.pk)


@require_GET
def scan_file(request: HttpRequest, pk: int, scan_pk: int) -> FileResponse:
    found = cash_selectors.get_session(user_of(request), pk)
    kept = found.scans.select_related("file").filter(pk=scan_pk).first()
    if kept is None:
        raise NotFound
    return FileResponse(kept.file.file.open("rb"), as_attachment=True, filename=kept.file.name)


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _of_clerk(request, pk, Status.PLANNED)
    if request.method == "POST":
        services.cancel_session(by=user, session=found)
        messages.success(request, "发放会已取消，可以重新安排。")
        return redirect("disbursement:cash")
    what = ["本次发放会不再召开，发放表上的人员可列入重新安排的发放会。"]
    context = {"session": found, "title": "取消发放会", "what": what, "confirm": "取消发放会", "trail": _way(found)}
    return render(request, "disbursement/cash_confirm.html", context)


@require_GET
def sign_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The list that giver and receiver sign, to be printed."""
    found = cash_selectors.get_session(user_of(request), pk)
    context = {
        "session": found,
        "handouts": found.handouts.select_related("payment__line__standard"),
        "team": found.team.all(),
        "total_fen": sum(found.handouts.values_list("amount_fen", flat=True)),
        "trail": _way(found),
    }
    return render(request, "disbursement/cash_list.html", context)


# --- The leader's step ------------------------------------------------------------------------------------------------
def _of_leader(request: HttpRequest, pk: int) -> tuple[User, CashSession]:
    user = user_of(request)
    found = cash_selectors.get_session(user, pk)
    if not cash_selectors.is_leader(user, found) or found.status != Status.SETTLED:
        raise NotFound
    return user, found


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _of_leader(request, pk)
    refused = ""
    if request.method == "POST":
        seen = request.POST.get("handed_fen", "")
        try:
            services.close_session(by=user, session=found, handed_fen_seen=int(seen) if seen.isdigit() else -1)
        except Refusal as refusal:
            refused = refusal.message
        else:
            messages.success(request, f"{found.village.name}现金发放已办结。")
            return redirect("disbursement:cash-session", found.pk)
    absent = found.handouts.filter(outcome="not_handed").count()
    what = [
        f"{found.handed_count}人已签字领取，记为已发放。",
        f"{absent}人未领取，{format_yuan(found.returned_fen)}已存回代发户，记为发放失败，可安排补发。",
        "办结后不能更改。请先对照签字发放表、会议影像和银行凭证。",
    ]
    context = {"session": found, "what": what, "money": _money(found), "refused": refused,
               "missing": missing_scans(found), "trail": _way(found)}  # fmt: skip
    return render(request, "disbursement/cash_close.html", context)


@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _of_leader(request, pk)
    form = SendBackForm(posted(request))
    if form.is_valid():
        try:
            services.send_back_session(by=user, session=found, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已退回经办人。")
            return redirect("disbursement:cash-session", found.pk)
    context = {"session": found, "form": form, "title": "退回经办人", "confirm": "退回",
               "what": ["经办人改正签收或会议记录后重新送核。"], "trail": _way(found)}  # fmt: skip
    return render(request, "disbursement/cash_confirm.html", context)
