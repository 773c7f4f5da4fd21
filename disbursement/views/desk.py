"""服务窗口: one ID number or name, and everything of that person on one page (一站式经办, YJ八)."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.trail import record
from disbursement import desk, reasons
from disbursement.models import Payment
from disbursement.recovery_selectors import AskedBack, asked_back
from disbursement.views.parts import DISPOSAL_TONES, payment_status, user_of
from households.models import BankAccount, Person
from lib import crypto, masking
from lib.money import format_yuan
from lib.periods import period_words
from rosters.selectors import status_of
from rulebook import clock, rules

CARD_TONES = {"normal": "good", "dormant": "warn", "frozen": "bad", "lost": "bad", "closed": "neutral"}
PERSON_TONES = {"alive": "good", "dead": "neutral", "missing": "warn", "moved": "neutral"}
CARRIER = {
    "any": "不是社会保障卡",
    "preferred": "不是社会保障卡，请提醒本人换用社会保障卡",
    "required_for_new": "不是社会保障卡，应逐步换为社会保障卡",
}


class DeskForm(forms.Form):
    """What somebody at the desk shows or says. It is sent in the body: an ID number is no part of an address."""

    q = forms.CharField(
        label="身份证号或姓名",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text="身份证号、卡号、电话要输入完整；姓名可以只输入一部分。",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """One found opens at once; several are listed with what tells them apart."""
    user = user_of(request)
    desk.require_desk(user)
    form = DeskForm(request.POST if request.method == "POST" else None)
    found: list[Person] = []
    if form.is_bound and form.is_valid():
        found = desk.found_by(user, form.cleaned_data["q"])
        record(by=user, verb="desk.search", subject=("households.person", ""), facts={"found": len(found)})
        if len(found) == 1:
            return redirect("disbursement:desk-person", pk=found[0].pk)
        if not found:
            form.add_error("q", "本乡镇底册里没有找到。请核对号码是否完整，或者只输入姓名里的一两个字。")
    context = {
        "form": form,
        "rows": [_row(person) for person in found[: desk.MOST_FOUND]],
        "more": len(found) > desk.MOST_FOUND,
    }
    return render(request, "disbursement/desk.html", context)


def _row(person: Person) -> dict[str, Any]:
    return {"person": person, "id_number": _masked_id(person), "tone": PERSON_TONES[person.state]}


def _masked_id(person: Person) -> str:
    return masking.id_number(crypto.decrypt(person.id_cipher), masking.Audience.LIST)


@never_cache
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Register, cards, payments, rosters and papers of one person, and the forms for what can be done."""
    user = user_of(request)
    scope = desk.require_desk(user)
    found = desk.person_at_desk(user, pk)
    payments, lines = desk.payments_of(user, found), desk.lines_of(user, found)
    back = asked_back(payments)
    shown = {"payments": payments.count(), "rosters": lines.count()}
    record(by=user, verb="desk.view", subject=found, facts=shown)
    context = {
        "person": found,
        "status": {"word": found.get_state_display(), "tone": PERSON_TONES[found.state]},
        "crumbs": [{"title": "服务窗口", "url": reverse("disbursement:desk")}],
        "subtitle": f"{found.household.village.parent or ''}{found.household.village}{found.household.group}",
        "actions": [{"title": act.title, "url": act.url, "kind": act.kind} for act in desk.acts(scope, found)],
        "facts": _facts(found),
        "cards": [_card(account) for account in found.accounts.order_by("-in_use", "-pk")],
        "members": [_row(each) for each in found.household.members.exclude(pk=found.pk).order_by("pk")],
        "year": clock.today().year,
        "payments": [_payment(user, payment, found, back.get(payment.pk)) for payment in payments],
        "paid_fen": desk.paid_fen(payments),
        "lines": [_line(line) for line in lines[: desk.MOST_LINES]],
        "papers": desk.papers_of(user, found),
    }
    return render(request, "disbursement/desk_person.html", context)


def _facts(person: Person) -> list[dict[str, Any]]:
    home = person.household
    phone = crypto.decrypt(person.phone_cipher) if person.phone_cipher else ""
    reveal = {field: reverse("households:reveal", args=[person.pk, field]) for field in ("id_number", "phone")}
    return [
        {"label": "身份证号", "value": _masked_id(person), "url": reveal["id_number"], "note": "点号码看全号，留痕"},
        {
            "label": "联系电话",
            "value": masking.phone(phone, masking.Audience.LIST),
            "url": reveal["phone"] if phone else "",
        },
        {"label": "农户", "value": home.code, "url": reverse("households:detail", args=[home.pk])},
        {"label": "户主", "value": home.head.name if home.head else "未建档"},
        {"label": "与户主关系", "value": "户主" if home.head_id == person.pk else person.relation},
        {"label": "补贴面积", "value": f"{home.subsidised_mu} 亩" if home.subsidised_mu is not None else ""},
    ]


def _card(account: BankAccount) -> dict[str, Any]:
    carrier = "社会保障卡" if account.social_card else CARRIER[rules.value("account.social_card")]
    return {"account": account, "tone": CARD_TONES[account.state], "carrier": carrier}


def _payment(user: User, payment: Payment, person: Person, back: AskedBack | None) -> dict[str, Any]:
    """A payment with what to do where it failed or is asked back; another's account is not shown."""
    failed = payment.status == Payment.Status.FAILED
    why = reasons.reason(payment.reason) if failed else None
    other = payment.payee_id != person.pk
    return {
        "payment": payment,
        "period": period_words(payment.line.roster.period_start, payment.line.roster.period_end),
        "status": payment_status(payment),
        "why": f"{why.name}。{why.action}" if why else _back(back),
        "disposal": {"word": payment.get_disposal_display(), "tone": DISPOSAL_TONES[payment.disposal]}
        if failed
        else None,
        "account": f"由{payment.payee_name}收款"
        if other
        else f"{payment.bank_name} {masking.account_tail(payment.account_tail)}".strip(),
        "at": payment.settled_at,
    }


def _back(back: AskedBack | None) -> str:
    if back is None:
        return ""
    return f"{back.why}，追缴{format_yuan(back.asked_fen)}，已追回{format_yuan(back.received_fen)}。"


def _line(line: Any) -> dict[str, Any]:
    return {
        "line": line,
        "period": period_words(line.roster.period_start, line.roster.period_end),
        "status": status_of(line.roster),
    }
