"""Clearing a policy's year: what is unfinished, figures, confirmations, the end, the report; months."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import scope_of
from disbursement import clearing_selectors, payers, selectors
from disbursement.clearing_forms import ConfirmForm, DisputeForm, FinishForm, WriteOffForm
from disbursement.models import Clearing, PayoutCycle
from disbursement.reasons import reason
from disbursement.services import clearing as services
from disbursement.views.parts import crumbs, page_of, posted, tabs, user_of
from lib.errors import NotFound, Refusal
from lib.money import format_yuan
from rulebook import clock
from rulebook.catalogue import PARTIES

Status = Clearing.Status
TONES = {"due": "warn", "confirming": "info", "cleared": "good"}


def _status(clearing: Clearing) -> dict[str, str]:
    return {"word": str(clearing.get_status_display()), "tone": TONES[clearing.status]}


def _way(clearing: Clearing | None = None) -> list[dict[str, str]]:
    steps = [("年度清算", reverse("disbursement:clearings"))]
    if clearing is not None:
        steps.append((_title(clearing), reverse("disbursement:clearing", args=[clearing.pk])))
    return crumbs(*steps)


def _title(clearing: Clearing) -> str:
    return f"{clearing.year}年{clearing.policy.name}清算"


@require_GET
def clearings(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    scope = scope_of(user)
    if not (scope.whole_county or scope.department_ids or scope.bank_ids):
        raise NotFound
    found = clearing_selectors.visible_clearings(user)
    tab = request.GET.get("tab", "due")
    counts = services.counted(found)
    shown = found.filter(status=tab if tab in Status.values else Status.DUE)
    title = str(Status(tab if tab in Status.values else Status.DUE).label)
    page = page_of(request, listed(request, "disbursement.clearings", shown, tab=title))
    clocks = selectors.clocks_of("disbursement.clearing", [clearing.pk for clearing in page])
    rows = [
        {"clearing": clearing, "status": _status(clearing), "clock": clocks.get(clearing.pk),
         "missing": services.missing_of(clearing) if clearing.status == Status.CONFIRMING else []}
        for clearing in page
    ]  # fmt: skip
    entries = [(status.value, str(status.label), counts.get(status, 0)) for status in Status]
    context = {"tabs": tabs(tab, list(entries)), "tab": tab, "page": page, "rows": rows}
    return render(request, "disbursement/clearings.html", context)


# --- One clearing -----------------------------------------------------------------------------------------------------
@require_GET
def clearing(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = clearing_selectors.get_clearing(user, pk)
    context = {
        **_shown(found),
        "actions": _actions(user, found),
        "clocks": selectors.all_clocks_of("disbursement.clearing", found.pk),
        "unfinished": _unfinished(user, found) if found.status == Status.DUE else None,
        "trail": _way(),
    }
    return render(request, "disbursement/clearing.html", context)


def _shown(found: Clearing) -> dict[str, Any]:
    """What page and report share: figures, totals, confirmations, what was written off."""
    figures = _figures(found)
    given = {confirmation.organisation_id: confirmation for confirmation in _confirmations(found)}
    return {
        "clearing": found,
        "title": _title(found),
        "status": _status(found),
        "steps": _steps(found),
        "figures": figures,
        "sums": {name: sum(row[name] for row in figures) for name in services.FIGURES},
        "parties": [
            {"word": PARTIES[party], "office": office, "given": given.get(office.pk)}
            for party, office in services.parties_of(found)
        ],
        "write_offs": [
            {"row": row, "why": reason(row.payment.reason).name}
            for row in found.write_offs.select_related("payment__line__village", "payment__line__roster", "by")
        ],
    }


def _confirmations(found: Clearing) -> list[Any]:
    if found.status == Status.DUE:
        return []
    return list(found.confirmations.filter(round=found.round).select_related("by", "organisation"))


def _figures(found: Clearing) -> list[dict[str, Any]]:
    """As sealed, or, before that, as they stand now."""
    if found.status != Status.DUE:
        return [
            {"number": part.quota.document_number, "level": part.quota.get_level_display(), **_of_part(part)}
            for part in found.parts.select_related("quota")
        ]
    return [
        {"number": quota.document_number, "level": quota.get_level_display(), **services.figures_of(quota)}
        for quota in services.quotas_of(found.policy, found.year)
    ]


def _of_part(part: Any) -> dict[str, int]:
    return {name: getattr(part, name) for name in services.FIGURES}


def _steps(found: Clearing) -> list[dict[str, Any]]:
    place = list(Status).index(Status(found.status))
    entries: list[dict[str, Any]] = [
        {"title": "期间结束，列入清算", "when": found.opened_at},
        {"title": "送各方确认", "who": found.begun_by.full_name if found.begun_by and place else "",
         "when": found.begun_at if place else None},
        {"title": "上缴结余，办结", "who": found.cleared_by.full_name if found.cleared_by else "",
         "when": found.cleared_at},
    ]  # fmt: skip
    for position, entry in enumerate(entries):
        entry["state"] = "done" if position <= place else "current" if position == place + 1 else "todo"
    return entries


def _actions(user: User, found: Clearing) -> list[dict[str, str]]:
    """Only what this person can do now."""
    wanted: list[tuple[str, str, str]] = []
    maker = payers.may_make(user, services.payer_of(found))
    if maker and found.status == Status.DUE:
        wanted.append(("核对数字，送各方确认", "clearing-seal", "primary"))
    if found.status == Status.CONFIRMING:
        if maker and not services.missing_of(found):
            wanted.append(("上缴结余，办结", "clearing-finish", "primary"))
        party = services.party_of(user, found)
        if party is not None and party[1] in services.missing_of(found):
            wanted.append(("确认", "clearing-confirm", "primary"))
        if maker or party is not None:
            wanted.append(("数字不符，退回", "clearing-dispute", ""))
    if found.status != Status.DUE:
        wanted.append(("清算报告", "clearing-report", ""))
    return [
        {"title": title, "url": reverse(f"disbursement:{name}", args=[found.pk]), "kind": kind}
        for title, name, kind in wanted
    ]


def _unfinished(user: User, found: Clearing) -> dict[str, Any]:
    open_things = services.unfinished(found)
    department = scope_of(user).holds(Role.DEPT_REVIEWER, organisation_id=found.policy.department_id)
    return {
        "rosters": list(open_things["rosters"]),
        "batches": list(open_things["batches"]),
        "failures": [{"payment": payment, "why": reason(payment.reason).name} for payment in open_things["failures"]],
        "may_write_off": department,
        "any": any(found.exists() for found in open_things.values()),
    }


# --- Steps ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def seal(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = clearing_selectors.get_clearing(user, pk)
    if not payers.may_make(user, services.payer_of(found)) or found.status != Status.DUE:
        raise NotFound
    refused: Refusal | None = None
    if request.method == "POST":
        try:
            services.seal_clearing(by=user, clearing=found)
        except Refusal as refusal:
            refused = refusal
        else:
            messages.success(request, "数字已封存，等待各方确认。")
            return redirect("disbursement:clearing", found.pk)
    context = {**_shown(found), "refused": refused, "trail": _way(found)}
    return render(request, "disbursement/clearing_seal.html", context)


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = clearing_selectors.get_clearing(user, pk)
    party = services.party_of(user, found)
    if party is None or found.status != Status.CONFIRMING:
        raise NotFound
    form = ConfirmForm(posted(request), initial={"digest": bytes(found.digest or b"").hex()})
    if form.is_valid():
        told = form.cleaned_data
        try:
            services.confirm_clearing(by=user, clearing=found, digest_seen=told["digest"], opinion=told["opinion"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已确认。")
            return redirect("disbursement:clearing", found.pk)
    what = [
        f"您代表{party[1].name}确认下列清算数字与本单位账目一致。",
        "各方确认后，结余上缴，有关指标不再发放。",
    ]
    context = {**_shown(found), "form": form, "what": what, "trail": _way(found)}
    return render(request, "disbursement/clearing_confirm.html", context)


@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = clearing_selectors.get_clearing(user, pk)
    concerned = services.party_of(user, found) is not None or payers.may_make(user, services.payer_of(found))
    if not concerned or found.status != Status.CONFIRMING:
        raise NotFound
    form = DisputeForm(posted(request))
    if form.is_valid():
        try:
            services.dispute_clearing(by=user, clearing=found, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已退回经办人，各方的确认作废。")
            # A bank sees a clearing again when its figures are sealed anew.
            if not clearing_selectors.visible_clearings(user).filter(pk=found.pk).exists():
                return redirect("disbursement:clearings")
            return redirect("disbursement:clearing", found.pk)
    what = ["清算退回经办人核对，已有的确认作废，改正后重新送各方确认。"]
    context = {"title": "数字不符，退回", "clearing": found, "form": form, "confirm": "退回", "what": what,
               "trail": _way(found)}  # fmt: skip
    return render(request, "disbursement/clearing_act.html", context)


@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = clearing_selectors.get_clearing(user, pk)
    if not payers.may_make(user, services.payer_of(found)) or found.status != Status.CONFIRMING:
        raise NotFound
    form = FinishForm(posted(request), initial={"handed_back_at": clock.now()})
    if not found.left_fen:
        form.fields.clear()
    if form.is_valid():
        try:
            services.finish_clearing(by=user, clearing=found, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{_title(found)}已办结。")
            return redirect("disbursement:clearing", found.pk)
    what = [
        f"结余{format_yuan(found.surplus_fen)}转入“结余上缴”，有关指标不能再造册、发放。",
        f"代发户余额{format_yuan(found.left_fen)}须已缴回国库。" if found.left_fen else "代发户没有余额。",
    ]
    context = {"title": "上缴结余，办结", "clearing": found, "form": form, "confirm": "办结", "what": what,
               "fen": found.surplus_fen, "count": found.parts.count(), "trail": _way(found)}  # fmt: skip
    return render(request, "disbursement/clearing_act.html", context)


@require_http_methods(["GET", "POST"])
def write_off(request: HttpRequest, pk: int, payment_pk: int) -> HttpResponse:
    user = user_of(request)
    found = clearing_selectors.get_clearing(user, pk)
    payment = services.unfinished(found)["failures"].filter(pk=payment_pk).first()
    may = scope_of(user).holds(Role.DEPT_REVIEWER, organisation_id=found.policy.department_id)
    if payment is None or not may or found.status != Status.DUE:
        raise NotFound
    form = WriteOffForm(posted(request))
    if form.is_valid():
        try:
            services.write_off(by=user, clearing=found, payment=payment, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{payment.payee_name}的{format_yuan(payment.amount_fen)}已转作结余。")
            return redirect("disbursement:clearing", found.pk)
    what = [
        f"{payment.payee_name}的{format_yuan(payment.amount_fen)}不再补发，明细移出清册，资金转作结余上缴。",
        f"失败原因：{reason(payment.reason).name}。以后仍应享受的，用以后年度的指标重新造册。",
    ]
    context = {"title": "转作结余", "clearing": found, "form": form, "confirm": "转作结余", "what": what,
               "trail": _way(found)}  # fmt: skip
    return render(request, "disbursement/clearing_act.html", context)


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The clearing's report, to be printed and signed."""
    found = clearing_selectors.get_clearing(user_of(request), pk)
    if found.status == Status.DUE:
        raise NotFound
    return render(request, "disbursement/clearing_report.html", {**_shown(found), "trail": _way(found)})


# --- Months -----------------------------------------------------------------------------------------------------------
@require_GET
def cycles(request: HttpRequest) -> HttpResponse:
    """Policies that are paid monthly, and whether each month was paid out in time."""
    user = user_of(request)
    scope = scope_of(user)
    if not (scope.whole_county or scope.department_ids):
        raise NotFound
    today = clock.today()
    years = clearing_selectors.years_of_months(today)
    asked = request.GET.get("tab", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else years[0]
    rows = [
        {"policy": row["policy"], "months": [_month(row["cycles"].get(month), today) for month in range(1, 13)]}
        for row in clearing_selectors.months(user, year)
    ]
    rows = listed(request, "disbursement.cycles", rows, tab=f"{year}年")
    context = {"tabs": tabs(str(year), [(str(each), f"{each}年", None) for each in years]), "year": year, "rows": rows,
               "numbers": range(1, 13)}  # fmt: skip
    return render(request, "disbursement/cycles.html", context)


def _month(cycle: PayoutCycle | None, today: date) -> dict[str, Any] | None:
    if cycle is None:
        return None
    if cycle.paid_at is not None:
        day = cycle.paid_at.astimezone(clock.SHANGHAI).date()
        late = day > cycle.period_end
        return {"word": "逾期发放" if late else "已发放", "tone": "warn" if late else "good", "at": cycle.paid_at}
    if cycle.period_end < today:
        return {"word": "逾期未发", "tone": "bad", "at": None}
    return {"word": "本月发放", "tone": "info", "at": None}
