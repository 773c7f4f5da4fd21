"""The steps of a recovery: proposed, decided, the debtor named, a notice, instalments, the end."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.forms import add_refusal
from accounts.models import Role, User
from accounts.scope import scope_of
from disbursement import recovery_forms
from disbursement import recovery_selectors as found_by
from disbursement.models import RecoveryCase
from disbursement.services import recovery
from disbursement.services.recovery.cases import MAKERS, free_fen, holds
from disbursement.services.recovery.money import waiting_fen
from disbursement.views.parts import posted, user_of
from disbursement.views.recovery import debtor_facts, may_enter, may_make, way
from lib.errors import NotFound, Refusal
from lib.money import format_yuan
from lib.periods import period_words
from lib.templatetags.portal import cn_date
from rulebook import clock

State = RecoveryCase.State


def _case(request: HttpRequest, pk: int, *states: RecoveryCase.State) -> tuple[User, RecoveryCase]:
    user = user_of(request)
    found = found_by.get_case(user, pk)
    if found.state not in states:
        raise NotFound
    return user, found


def _page(request: HttpRequest, found: RecoveryCase, title: str, form: forms.Form | None, **more: Any) -> HttpResponse:
    facts = [
        {"label": "追缴", "value": found.number, "note": found.get_reason_display()},
        *debtor_facts(found)[:1],
        *debtor_facts(found)[2:3],
        {"label": "应追缴", "fen": found.amount_fen},
        {"label": "已追回", "fen": found.received_fen},
        {"label": "还应追回", "fen": found.rest_fen},
    ]
    context = {"case": found, "title": title, "form": form, "facts": facts, "trail": way(found), **more}
    return render(request, "disbursement/recovery_act.html", context)


def _to(found: RecoveryCase) -> HttpResponse:
    return redirect("disbursement:recovery-case", found.pk)


# --- Beginning --------------------------------------------------------------------------------------------------------
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Which paid payment should not have been made."""
    user = user_of(request)
    if not holds(user, MAKERS):
        raise NotFound
    form = recovery_forms.SearchForm(request.GET or None)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = found_by.search(user, text) if text else []
    for row in rows:
        row["period"] = period_words(row["payment"].line.roster.period_start, row["payment"].line.roster.period_end)
    context = {"filter": form, "text": text, "rows": rows, "most": found_by.MOST_FOUND, "trail": way()}
    return render(request, "disbursement/recovery_search.html", context)


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, payment_pk: int) -> HttpResponse:
    user = user_of(request)
    payment = found_by.get_recoverable(user, payment_pk)
    free = free_fen(payment)
    start = {"debtor_kind": "payee", "debtor_name": payment.payee_name, "amount": f"{free / 100:.2f}"}
    form = recovery_forms.ProposeForm(posted(request), request.FILES or None, initial=start)
    if form.is_valid():
        try:
            case = recovery.propose_case(
                by=user,
                payment=payment,
                claim=form.claim(),
                debtor=form.debtor(),
                evidence=form.cleaned_data["evidence"],
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已提出追缴{case.number}，等待本部门另一人审核。")
            return _to(case)
    line = payment.line
    facts = [
        {"label": "收款人", "value": payment.payee_name, "note": f"享受人{line.beneficiary_name}"},
        {
            "label": "补贴",
            "value": line.roster.policy.name,
            "note": period_words(line.roster.period_start, line.roster.period_end),
        },
        {"label": "清册", "value": f"{line.roster.number} 第{line.number}号"},
        {"label": "已发放", "fen": payment.amount_fen},
        {"label": "可追缴", "fen": free},
    ]
    context = {"title": "提出追缴", "form": form, "facts": facts, "trail": way()}
    return render(request, "disbursement/recovery_propose.html", context)


_AGREE = [
    {"name": "decision", "value": "agree", "title": "同意", "kind": "primary"},
    {"name": "decision", "value": "refuse", "title": "不同意", "kind": ""},
]


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.PROPOSED)
    if not found_by.to_decide(user).filter(pk=pk).exists():
        raise NotFound
    form = recovery_forms.DecideForm(posted(request))
    if form.is_valid():
        agree = request.POST.get("decision") == "agree"
        try:
            recovery.decide_case(by=user, case=found, agree=agree, opinion=form.cleaned_data["opinion"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已同意，追缴开始。" if agree else "已注明不同意。")
            return _to(found)
    what = [
        f"事由：{found.words}",
        f"金额：{found.reckoning}",
        "同意后由本部门签发通知书、追回款项；金额和对象的支付不能再改。",
    ]
    return _page(request, found, "审核追缴", form, what=what, decisions=_AGREE, fen=found.amount_fen)


@require_http_methods(["GET", "POST"])
def debtor(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.PROPOSED, State.OPEN)
    if not may_make(user, found):
        raise NotFound
    now = {"debtor_kind": found.debtor_kind, "debtor_name": found.debtor_name, "debtor_relation": found.debtor_relation}
    named = bool(found.debtor_name)
    form = recovery_forms.DebtorForm(posted(request), initial=now, named=named)
    if form.is_valid():
        why = form.cleaned_data.get("why", "")
        try:
            recovery.name_debtor(by=user, case=found, debtor=form.debtor(), why=why)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "退款责任人已记下。已签发的通知书不变，请重新签发。" if named else "已记下。")
            return _to(found)
    title = "变更退款责任人" if named else "填写退款责任人"
    return _page(request, found, title, form, confirm="保存")


@require_http_methods(["GET", "POST"])
def notice_new(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    if not may_make(user, found) or not found.debtor_name:
        raise NotFound
    last = found.notices.last()
    start = (
        {"contact": last.contact, "account_name": last.account_name, "account_bank": last.account_bank} if last else {}
    )
    form = recovery_forms.NoticeForm(posted(request), initial=start)
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = recovery.issue_notice(
                by=user, case=found, into=form.into(), due_on=told["due_on"], contact=told["contact"]
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "通知书已签发，请打印盖章后送达。")
            return redirect("disbursement:recovery-notice", found.pk, made.pk)
    what = [f"通知{found.debtor_name}退回{format_yuan(found.rest_fen)}。签发后不能修改，需要更改的重新签发。"]
    return _page(request, found, "签发追缴通知书", form, what=what, confirm="签发")


# --- Instalments ------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def instalment(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    if not may_enter(user, found):
        raise NotFound
    start = {"received_on": clock.today()}
    form = recovery_forms.InstalmentForm(posted(request), request.FILES or None, initial=start)
    if form.is_valid():
        told = form.cleaned_data
        try:
            recovery.enter_instalment(
                by=user,
                case=found,
                amount_fen=told["amount"],
                received_on=told["received_on"],
                reference=told["reference"],
                slip=told["slip"],
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "回款已登记，等待财政部门另一人确认。")
            return _to(found)
    waiting = waiting_fen(found)
    what = ["由财政部门另一人对照银行流水确认后，才计入已追回。"]
    if waiting:
        what.append(f"另有{format_yuan(waiting)}已登记、待确认。")
    return _page(request, found, "登记回款", form, what=what, confirm="登记")


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int, part_pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    part = found_by.get_instalment(found, part_pk)
    if not found_by.to_confirm(user).filter(pk=part_pk).exists():
        raise NotFound
    form = forms.Form(posted(request))
    if form.is_valid():
        try:
            after = recovery.confirm_instalment(by=user, instalment=part)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            over = after.state == State.RECOVERED
            messages.success(request, "已确认，全部追回，追缴办结。" if over else "回款已确认。")
            return _to(found)
    what = [
        f"{cn_date(part.received_on)}到账，流水号{part.bank_reference}，由{part.entered_by.full_name}登记。",
        "请先对照银行流水和回单。确认后金额从“已发放”转入“已追回”，不能更改。",
    ]
    slip = reverse("disbursement:recovery-paper", args=[found.pk, "slip", part.pk])
    return _page(
        request, found, "确认回款", form, what=what, confirm="款已到账，确认", fen=part.amount_fen, file_url=slip,
        file=part.slip,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def strike(request: HttpRequest, pk: int, part_pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    part = found_by.get_instalment(found, part_pk)
    if not may_enter(user, found) or part.state != "waiting":
        raise NotFound
    form = recovery_forms.StrikeForm(posted(request))
    if form.is_valid():
        try:
            recovery.strike_instalment(by=user, instalment=part, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "这笔登记已划去，记录保留。")
            return _to(found)
    what = [f"流水号{part.bank_reference}，{format_yuan(part.amount_fen)}，由{part.entered_by.full_name}登记。"]
    return _page(request, found, "划去回款", form, what=what, confirm="划去", danger=True)


# --- The end ----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def ending(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    if not may_make(user, found):
        raise NotFound
    form = recovery_forms.EndingForm(posted(request), request.FILES or None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            recovery.propose_ending(by=user, case=found, reason=told["reason"], basis=told["basis"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已提出，等待财政局负责人审定。")
            return _to(found)
    what = [f"还有{format_yuan(found.rest_fen)}没有追回。财政局负责人同意后追缴办结，不能重开。"]
    return _page(request, found, "无法全部追回", form, what=what, confirm="提出", danger=True)


@require_http_methods(["GET", "POST"])
def ending_decide(request: HttpRequest, pk: int, ending_pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    asked = found_by.get_ending(found, ending_pk)
    if not scope_of(user).holds(Role.FINANCE_HEAD) or asked.state != "proposed":
        raise NotFound
    form = recovery_forms.EndingDecisionForm(posted(request), initial={"lost_fen": asked.lost_fen})
    if form.is_valid():
        told, agree = form.cleaned_data, request.POST.get("decision") == "agree"
        try:
            recovery.decide_ending(
                by=user, ending=asked, lost_fen_seen=told["lost_fen"], agree=agree, opinion=told["opinion"]
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "追缴已办结。" if agree else "已注明不同意，由主管部门继续追缴。")
            return _to(found)
    what = [f"原因：{asked.reason}", f"同意后追缴办结，{format_yuan(asked.lost_fen)}不再追缴，不能重开。"]
    file_url = reverse("disbursement:recovery-paper", args=[found.pk, "basis", asked.pk])
    return _page(
        request, found, "审定未全额办结", form, what=what, decisions=_AGREE, fen=asked.lost_fen, danger=True,
        file_url=file_url, file=asked.basis,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def ending_withdraw(request: HttpRequest, pk: int, ending_pk: int) -> HttpResponse:
    user, found = _case(request, pk, State.OPEN)
    asked = found_by.get_ending(found, ending_pk)
    if not may_make(user, found) or asked.state != "proposed":
        raise NotFound
    form = forms.Form(posted(request))
    if form.is_valid():
        try:
            recovery.withdraw_ending(by=user, ending=asked)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已撤回，继续追缴。")
            return _to(found)
    what = [f"无法追回{format_yuan(asked.lost_fen)}的提议撤回，追缴继续。"]
    return _page(request, found, "撤回未全额办结", form, what=what, confirm="撤回")
