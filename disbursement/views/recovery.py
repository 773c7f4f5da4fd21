"""What must be paid back: the list, a case with all that happened, its papers, the notice to be printed."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.listings import listed
from accounts.models import Role, User
from accounts.scope import DEPARTMENT_ROLES, scope_of
from accounts.trail import record
from disbursement import recovery_selectors as found_by
from disbursement.models import RecoveryCase, RecoveryEvent
from disbursement.recovery_forms import CaseFilter
from disbursement.selectors import visible_batches
from disbursement.services.recovery.cases import CONFIRMERS, MAKERS, holds
from disbursement.views.parts import crumbs, page_of, tabs, user_of
from jobs.models import StoredFile
from lib import crypto
from lib.errors import NotFound
from lib.money import format_yuan
from lib.periods import period_words
from lib.text import normalise
from rosters.selectors import visible_rosters
from rulebook import clock

State, What = RecoveryCase.State, RecoveryEvent.What
TONES = {
    "proposed": "warn", "open": "warn", "recovered": "good", "ended": "bad", "refused": "neutral",
    "returned": "neutral",
}  # fmt: skip
PART_TONES = {"waiting": "warn", "confirmed": "good", "struck": "neutral"}
ENDING_TONES = {"proposed": "warn", "approved": "bad", "refused": "neutral", "withdrawn": "neutral"}
_EVENT_TONES = {
    What.OPENED: "info", What.CONFIRMED: "good", What.RECOVERED: "good", What.ENDED: "bad", What.STRUCK: "warn",
    What.REFUSED: "neutral", What.NOTICE: "info",
}  # fmt: skip


def status_of(case: RecoveryCase) -> dict[str, str]:
    return {"word": str(case.get_state_display()), "tone": TONES[case.state]}


def way(case: RecoveryCase | None = None) -> list[dict[str, str]]:
    steps = [("追缴", reverse("disbursement:recovery"))]
    if case is not None:
        steps.append((case.number, reverse("disbursement:recovery-case", args=[case.pk])))
    return crumbs(*steps)


# --- The list ---------------------------------------------------------------------------------------------------------
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """Recovery cases in scope by how far they are, with what was asked, came in and is left."""
    user = user_of(request)
    scope = scope_of(user)
    if not (scope.whole_county or scope.department_ids or scope.township_ids):
        raise NotFound
    found = _filtered(request, found_by.visible_cases(user))
    tab = request.GET.get("tab", "open")
    tab = tab if tab in found_by.TABS else "open"
    counts = found_by.counts(found)
    shown = found_by.of_tab(found, tab).order_by("-id")
    title = found_by.TABS[tab][0]
    shown = listed(request, "disbursement.recovery", shown, form=CaseFilter(request.GET or None), tab=title)
    page = page_of(request, shown)
    notices = found_by.last_notices(list(page))
    rows = [
        {
            "case": case,
            "status": status_of(case),
            "period": period_words(case.payment.line.roster.period_start, case.payment.line.roster.period_end),
            "notice": notices.get(case.pk),
            "late": case.pk in notices and case.state == State.OPEN and notices[case.pk].due_on < clock.today(),
        }
        for case in page
    ]
    context = {
        "tabs": tabs(tab, [(key, title, counts[key]) for key, (title, _) in found_by.TABS.items()]),
        "tab": tab,
        "filter": CaseFilter(request.GET or None),
        "page": page,
        "rows": rows,
        "sums": found_by.sums(shown),
        "may_propose": holds(user, MAKERS),
    }
    return render(request, "disbursement/recovery.html", context)


def _filtered(request: HttpRequest, found: "QuerySet[RecoveryCase]") -> "QuerySet[RecoveryCase]":
    form = CaseFilter(request.GET or None)
    if form.is_valid():
        if form.cleaned_data["reason"]:
            found = found.filter(reason=form.cleaned_data["reason"])
        if text := normalise(form.cleaned_data["name"]):
            found = found.filter(Q(number=text) | Q(person__name__contains=text) | Q(debtor_name__contains=text))
    return found


# --- One case ---------------------------------------------------------------------------------------------------------
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = found_by.get_case(user, pk)
    context = {
        "case": found,
        "status": status_of(found),
        "actions": _actions(user, found),
        "money": _money(found),
        "facts": _facts(found),
        "payment": _payment(user, found),
        "debtor": debtor_facts(found),
        "instalments": _instalments(user, found),
        "endings": _endings(user, found),
        "notices": found.notices.select_related("issued_by"),
        "history": _history(found),
        "trail": way(),
    }
    return render(request, "disbursement/recovery_case.html", context)


def may_make(user: User, found: RecoveryCase) -> bool:
    return holds(user, MAKERS, found.department_id)


def may_enter(user: User, found: RecoveryCase) -> bool:
    return may_make(user, found) or holds(user, CONFIRMERS)


def _actions(user: User, found: RecoveryCase) -> list[dict[str, str]]:
    """Only what this person can do now."""
    wanted: list[tuple[str, str, str]] = []
    maker, waiting = may_make(user, found), found.instalments.filter(state="waiting").exists()
    if found.state == State.PROPOSED and found_by.to_decide(user).filter(pk=found.pk).exists():
        wanted.append(("审核", "recovery-decide", "primary"))
    if found.state == State.OPEN:
        if may_enter(user, found):
            wanted.append(("登记回款", "recovery-instalment", "primary"))
        if maker and found.debtor_name:
            wanted.append(("签发通知书", "recovery-notice-new", ""))
        if maker and not waiting and not found.endings.filter(state="proposed").exists():
            wanted.append(("无法全部追回", "recovery-ending", ""))
    if maker and found.state in (State.PROPOSED, State.OPEN):
        named = "变更退款责任人" if found.debtor_name else "填写退款责任人"
        wanted.append((named, "recovery-debtor", "" if found.debtor_name else "primary"))
    return [
        {"title": title, "url": reverse(f"disbursement:{name}", args=[found.pk]), "kind": kind}
        for title, name, kind in wanted
    ]


def _money(found: RecoveryCase) -> list[dict[str, Any]]:
    lost = found.state == State.ENDED
    return [
        {"label": "应追缴", "fen": found.amount_fen},
        {"label": "已追回", "fen": found.received_fen},
        {"label": "无法追回" if lost else "还应追回", "fen": found.rest_fen, "tone": "bad" if lost else ""},
    ]


def _facts(found: RecoveryCase) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"label": "追缴原因", "value": found.get_reason_display()},
        {"label": "主管部门", "value": found.department.name},
        {"label": "事由", "value": found.words, "wide": True} if found.words else {},
        {"label": "金额的算法", "value": found.reckoning, "wide": True},
    ]
    if found.evidence is not None:
        url = reverse("disbursement:recovery-paper", args=[found.pk, "evidence", found.pk])
        rows.append({"label": "证明材料", "value": found.evidence.name, "url": url, "wide": True})
    return [row for row in rows if row]


def _payment(user: User, found: RecoveryCase) -> list[dict[str, Any]]:
    """The line and the payment that the case is about, with links where the reader may go."""
    payment, line = found.payment, found.payment.line
    roster = line.roster
    seen = visible_rosters(user).filter(pk=roster.pk).exists()
    batch = visible_batches(user).filter(pk=payment.batch_id).exists()
    return [
        {"label": "补贴", "value": roster.policy.name, "note": period_words(roster.period_start, roster.period_end)},
        {"label": "清册", "value": f"{roster.number} 第{line.number}号",
         "url": reverse("rosters:detail", args=[roster.pk]) if seen else ""},
        {"label": "批次", "value": f"{payment.batch.number} 第{payment.number}号",
         "url": reverse("disbursement:batch", args=[payment.batch_id]) if batch else ""},
        {"label": "收款人", "value": payment.payee_name,
         "note": f"{payment.bank_name} 尾号{payment.account_tail}" if payment.account_tail else "现金"},
        {"label": "已发放", "fen": payment.amount_fen},
        {"label": "入账时间", "date": payment.settled_at},
    ]  # fmt: skip


def debtor_facts(found: RecoveryCase) -> list[dict[str, Any]]:
    home = found.person.household
    return [
        {"label": "享受人", "value": found.person.name, "note": found.person.get_state_display()},
        {"label": "住址", "value": f"{home.village.parent} {home.village} {home.group}"},
        {"label": "退款责任人", "value": found.debtor_name or "尚未填写", "note": found.get_debtor_kind_display()},
        {"label": "与享受人的关系", "value": found.debtor_relation},
    ]


def _instalments(user: User, found: RecoveryCase) -> list[dict[str, Any]]:
    confirmer, enterer = holds(user, CONFIRMERS), may_enter(user, found)
    return [
        {
            "part": part,
            "status": {"word": str(part.get_state_display()), "tone": PART_TONES[part.state]},
            "may_confirm": confirmer and part.state == "waiting" and part.entered_by_person_id != user.person_id,
            "may_strike": enterer and part.state == "waiting",
        }
        for part in found.instalments.select_related("slip", "entered_by", "decided_by")
    ]


def _endings(user: User, found: RecoveryCase) -> list[dict[str, Any]]:
    head, maker = scope_of(user).holds(Role.FINANCE_HEAD), may_make(user, found)
    return [
        {
            "ending": ending,
            "status": {"word": str(ending.get_state_display()), "tone": ENDING_TONES[ending.state]},
            "may_decide": head and ending.state == "proposed",
            "may_withdraw": maker and ending.state == "proposed",
        }
        for ending in found.endings.select_related("basis", "proposed_by", "decided_by")
    ]


def _history(found: RecoveryCase) -> list[dict[str, Any]]:
    return [
        {
            "what": str(event.get_what_display()),
            "who": event.by.full_name if event.by else "系统",
            "at": event.at,
            "opinion": "，".join(part for part in (_yuan(event.fen), event.words) if part),
            "tone": _EVENT_TONES.get(What(event.what), "neutral"),
        }
        for event in found.events.select_related("by").order_by("-pk")
    ]


def _yuan(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


# --- Papers -----------------------------------------------------------------------------------------------------------
@require_GET
def paper(request: HttpRequest, pk: int, kind: str, paper_pk: int) -> FileResponse:
    """Hands out evidence, a slip or a basis; it may show personal data, so that looking at it leaves a trail."""
    user = user_of(request)
    found = found_by.get_case(user, pk)
    kept = _kept(found, kind, paper_pk)
    record(by=user, verb="recovery.evidence", subject=found, facts={"kind": kind, "file": kept.pk})
    return FileResponse(kept.file.open("rb"), as_attachment=True, filename=kept.name)


def _kept(found: RecoveryCase, kind: str, paper_pk: int) -> StoredFile:
    if kind == "slip":
        return found_by.get_instalment(found, paper_pk).slip
    if kind == "basis":
        return found_by.get_ending(found, paper_pk).basis
    if kind != "evidence" or found.evidence is None or paper_pk != found.pk:
        raise NotFound
    return found.evidence


@require_GET
def notice(request: HttpRequest, pk: int, notice_pk: int) -> HttpResponse:
    """The notice of recovery, to be printed, stamped and handed over against a signature."""
    user = user_of(request)
    found = found_by.get_case(user, pk)
    offices = scope_of(user).organisations(DEPARTMENT_ROLES)
    told = found_by.get_notice(found, notice_pk)
    # The full number is for the office that hands the notice over, and for the bureau that looks for the money.
    whole = scope_of(user).whole_county or found.department_id in {office.pk for office in offices}
    context = {
        "case": found,
        "notice": told,
        "period": period_words(found.payment.line.roster.period_start, found.payment.line.roster.period_end),
        "account": crypto.decrypt(told.account_cipher) if whole else f"****{told.account_tail}",
        "trail": way(found),
    }
    return render(request, "disbursement/recovery_notice.html", context)
