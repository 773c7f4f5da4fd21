"""Supervision's pages: from any figure down to its evidence, changing nothing (SUP-5)."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from accounts.listings import listed
from accounts.models import TrailEntry, User
from accounts.subjects import describe
from accounts.trail import record
from audit import chain_checks, ledger_checks, schema_checks, selectors
from audit.facts import KINDS, people_in, told
from audit.forms import PersonSearch, TrailFilter
from audit.verification import first
from audit.words import word
from households.models import Person
from lib.errors import NotFound
from rosters.models import RosterLine
from rulebook import clock

PAGE = 50
CHECKS = {
    "ledger": ("资金账", ledger_checks.findings),
    "trail": ("轨迹链", chain_checks.findings),
    "schema": ("数据库约束", schema_checks.findings),
}
SHOWN_KINDS = ("available", "reserved", "in_transit", "paid", "returned", "recovered", "surplus")
# Columns that appear once there is something in them.
RARE_KINDS = ("recovered", "surplus")
# What these are called names somebody of the register.
NAMES_SOMEBODY = ("households.", "disbursement.payment")


def _reader(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise NotFound
    selectors.require_reader(user)
    return user


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Where the money of the year is; every figure leads on."""
    _reader(request)
    year = clock.today().year
    rows = selectors.money_by_policy(year)
    rows = listed(request, "audit.overview", rows, tab=f"{year}年")
    totals = {kind: sum(row.fen.get(kind, 0) for row in rows) for kind in SHOWN_KINDS}
    totals = {kind: fen for kind, fen in totals.items() if fen or kind not in RARE_KINDS}
    context = {
        "year": year,
        "rows": [{"row": row, "fen": [row.fen.get(kind, 0) for kind in totals]} for row in rows],
        "kinds": [selectors.KINDS(kind).label for kind in totals],
        "totals": list(totals.values()),
        "quota_fen": sum(row.quota_fen for row in rows),
        "checks": [{"key": key, "title": title} for key, (title, _) in CHECKS.items()],
    }
    return render(request, "audit/overview.html", context)


@require_POST
def verify(request: HttpRequest, name: str) -> HttpResponse:
    """Runs one verification now and says what it found first; the act itself is on the trail."""
    user = _reader(request)
    if name not in CHECKS:
        raise NotFound
    title, findings = CHECKS[name]
    wrong = first(findings)
    record(by=user, verb=f"verify.{name}", subject=("audit.verification", name), facts={"passed": wrong is None})
    if wrong is None:
        messages.success(request, f"{title}核验通过，没有发现问题。")
    else:
        told = "{}核验发现问题，请立即保留现场，并把下面的原文报告系统管理员：<br><code>{}</code>"
        messages.error(request, format_html(told, title, wrong))
    return redirect("audit:overview")


@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """The trail with filters in the address."""
    _reader(request)
    form = TrailFilter(request.GET or None)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = selectors.trail(
        text=wanted.get("subject", ""),
        verb=wanted.get("verb", ""),
        actor=wanted.get("actor", ""),
        since=wanted.get("since"),
        until=wanted.get("until"),
    )
    found = listed(request, "audit.trail", found, form=form)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/trail.html", {"form": form, "page": page, "entries": entries_of(page)})


def entries_of(page: Iterable[TrailEntry]) -> list[dict[str, Any]]:
    """Each entry in words; people and households are told by their kind and number only."""
    keys = {entry.pk: (entry.subject_type, int(entry.subject_id)) for entry in page if entry.subject_id.isdecimal()}
    named = describe(keys.values())
    facts = {entry.pk: json.loads(entry.facts) for entry in page}
    numbers = {number for told_of in facts.values() for number in people_in(told_of)}
    users = dict(User.objects.filter(pk__in=numbers).values_list("pk", "full_name")) if numbers else {}
    found = []
    for entry in page:
        subject = named.get(keys.get(entry.pk, ("", 0)))
        private = subject is None or entry.subject_type.startswith(NAMES_SOMEBODY)
        found.append(
            {
                "entry": entry,
                "what": word(entry.verb),
                "facts": told(facts[entry.pk], users),
                "kind": KINDS.get(entry.subject_type, subject.kind if subject else entry.subject_type),
                "subject": entry.subject_id if subject is None or private else subject.text,
                "page_url": subject.url if subject else "",
                "subject_url": "?" + urlencode({"subject": f"{entry.subject_type}:{entry.subject_id}"}),
            }
        )
    return found


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """A person by name or ID number, and every line in which the person stands. Each search is on the trail."""
    user = _reader(request)
    form = PersonSearch(request.GET or None)
    page = None
    if form.is_valid():
        found = listed(request, "audit.people", selectors.find_people(form.cleaned_data["text"]), form=form)
        page = Paginator(found, PAGE).get_page(request.GET.get("page"))
        record(by=user, verb="audit.search", subject=("households.person", "*"), facts={"found": page.paginator.count})
    return render(request, "audit/people.html", {"form": form, "page": page})


@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """All lines of one person."""
    user = _reader(request)
    found = Person.objects.select_related("household__village__parent").filter(pk=pk).first()
    if found is None:
        raise NotFound
    shown = listed(request, "audit.person", selectors.lines_of(found), subject=f"人员{found.pk}")
    record(by=user, verb="audit.person", subject=found)
    lines = list(shown)
    total = sum(line.amount_fen for line in lines if line.living and not line.taken_out)
    return render(request, "audit/person.html", {"person": found, "lines": lines, "total_fen": total})


@require_GET
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line's whole way: what is owed and why, who signed, what the public saw, what the bank answered."""
    user = _reader(request)
    found = (
        RosterLine.objects.select_related(
            "roster__policy",
            "roster__version",
            "roster__quota",
            "roster__organisation",
            "roster__made_by",
            "village__parent",
            "standard",
            "beneficiary",
            "payee",
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound
    record(by=user, verb="audit.line", subject=found)
    roster = found.roster
    facts = [
        {"label": "清册", "value": roster.title, "url": reverse("rosters:detail", args=[roster.pk])},
        {"label": "政策", "value": f"{roster.policy.name}（第{roster.version.number}版）"},
        {"label": "指标文号", "value": roster.quota.document_number},
        {"label": "户主", "value": found.head_name},
        {"label": "享受人", "value": found.beneficiary_name},
        {"label": "收款人", "value": f"{found.payee_name} {found.bank_name} 尾号{found.account_tail}"},
        {"label": "标准", "value": found.standard.name},
        {"label": "数量", "value": found.quantity},
        {"label": "金额", "fen": found.amount_fen},
        {"label": "所属期起", "date": found.period_start},
        {"label": "所属期止", "date": found.period_end},
        {"label": "所在村组", "value": f"{found.village.parent}{found.village}{found.group}"},
    ]
    context = {"line": found, "roster": roster, "facts": facts, "events": selectors.story(found)}
    return render(request, "audit/line.html", context)
