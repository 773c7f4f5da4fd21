"""Every list of the portal can be taken out by whoever sees its page and by nobody else, with the rows of the page."""

import contextlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.listings import every_listing, listing_of, rows_of
from lib.errors import Forbidden, NotFound
from rulebook import clock, deadlines
from rulebook.models import Breach
from tests.databases import ROOT
from tests.exports.taking import asked as asked_out
from tests.exports.taking import exported, signed_in
from tests.factories import cast
from tests.factories_access import asked as access_asked
from tests.factories_applications import applied, open_term_for
from tests.factories_cards import delivered
from tests.factories_cash import cash_batch, planned
from tests.factories_disbursement import answered_batch, approved_roster
from tests.factories_households import account_change, household
from tests.factories_papers import dead, delegates_allowed, delegation, reference, succession
from tests.factories_policies import drafted_change
from tests.factories_publicity import move_to, objected, posted, waiting_roster
from tests.factories_recovery import open_case
from tests.factories_requests import asked, newcomer
from tests.factories_rosters import draft_roster
from tests.factories_verification import compared
from tests.rulebook.test_changing import propose

TEMPLATES = ROOT / "templates"
# Rows of a page that are no list to take out, and why.
FORM = "a form: the rows are to be chosen or filled in"
PART = "part of one thing's page, a handful of rows"
OWN = "has a table of its own to fetch"
PRINT = "made to be printed"
SUMS = "sums of the list below, which is taken out by its lines"
WITHOUT = {
    "accounts/deputies": PART,
    "accounts/person": PART, "audit/access": PART,
    "disbursement/_clearing_figures": PART, "disbursement/_clearing_parties": PART,
    "disbursement/_clearing_write_offs": PART, "disbursement/_correction_panel": PART,
    "disbursement/_discrepancies": PART, "disbursement/_results": PART, "disbursement/_roster_panel": PART,
    "disbursement/bank_batch": PART, "disbursement/batch_arrival": FORM, "disbursement/batch_new": FORM,
    "disbursement/cash_handouts": FORM, "disbursement/cash_list": PRINT, "disbursement/cash_plan": FORM,
    "disbursement/cash_session": PART, "disbursement/clearing": PART,
    "disbursement/desk": "a search at the counter by one person's number, which is not to stand in an address",
    "disbursement/desk_person": "one person at the counter", "disbursement/recovery_case": PART,
    "disbursement/recovery_search": FORM, "disbursement/reissue": FORM, "disbursement/reissue_arrival": FORM,
    "disbursement/release": FORM, "households/_request_rows": FORM, "households/collection": FORM,
    "households/detail": PART, "households/history": PART, "households/import": OWN, "households/request": PART,
    "households/update": OWN,
    "households/request_choose": FORM,
    "households/cards/list": PART, "households/cards/sign": PRINT,
    "households/verification/errors": OWN, "households/verification/person": PART,
    "households/verification/run": PART, "households/request_numbers": "one person's numbers, read one by one",
    "jobs/recurring": FORM, "jobs/_recent": "the own jobs of the last days, on the workbench", "publicity/notice": PART,
    "publicity/_objections": "shown by the list of objections", "publicity/one_list_print": PRINT,
    "publicity/print": PRINT, "rosters/_before": PART, "rosters/applications/new": FORM,
    "rosters/supplies/supply": OWN, "rosters/supplies/_panel": PART,
    "rosters/_people": PART, "rosters/_villages": SUMS,
    "rosters/grid": FORM, "rosters/sign_many": FORM,
    "rosters/import": OWN, "rosters/import_batch": OWN, "rosters/print_check": PART,
    "rosters/rules": PART, "rosters/rest": "some of the roster's lines, whose own table has the column",
    "rulebook/calendar": "the county's days are a table of the administrator's pages",
    "rulebook/calendar_local": FORM, "rulebook/calendar_preview": FORM, "rulebook/change": FORM,
    "rulebook/compare": "two counties' rules side by side, each of which is taken out by itself",
    "subsidies/_list_table": "shown by the lists of policies", "subsidies/_standards": PART,
    "subsidies/template": PART, "subsidies/template_edit": FORM,
    "subsidies/change": PART, "subsidies/draft": FORM, "subsidies/policy": PART,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A list at its address, who sees it, and who does not find it."""

    key: str
    address: str
    by: str
    stranger: str = ""
    empty: bool = False


def county() -> list[Seen]:
    """A county with something in nearly every list, and where each list is."""
    batch = answered_batch(approved_roster(homes=3), fails={1: "4"})
    open_case(batch.payments.get(number=2))
    first = batch.payments.get(number=1).line.roster
    objected(posted(homes=2))
    waiting_roster(homes=1)
    draft = draft_roster(homes=2, period_start=date(2027, 1, 1), period_end=date(2027, 12, 31))
    home = household(name="甲户", members=[("儿子", "甲子"), ("女儿", "甲女")])
    head, son = home.head, home.members.get(name="甲子")
    assert head is not None
    account_change(batch.payments.get(number=1).payee)
    asked(household(name="乙户"), "member_in", [newcomer()])
    delegates_allowed()
    delegation(home.members.get(name="甲女"), son)
    reference(household(cast.villages2[0], name="丙户").members.get())
    succession(dead(head), son)
    compared(son)
    delivered(son)
    access_asked()
    applied(open_term_for())
    propose()
    planned(cash_batch(homes=2))
    drafted_change()
    move_to(clock.now() + timedelta(days=40))
    deadlines.sweep()
    listed = reverse("subsidies:list_year", args=[2026])
    return [
        Seen("accounts.people", "/people/", "admin", "clerk"),
        Seen("households.list", "/register/?q=户", "clerk", "bank"),
        Seen("households.people", "/register/?q=户", "clerk", "bank"),
        Seen("households.requests", "/register/requests/?tab=all", "station", "bank"),
        Seen("households.changes", "/register/changes/?tab=all", "clerk", "bank"),
        Seen("households.delegations", "/register/delegations/?tab=all", "clerk", "bank"),
        Seen("households.deaths", "/register/deaths/?tab=all", "auditor", "bank"),
        Seen("households.successions", "/register/successions/?tab=all", "station", "bank"),
        Seen("households.references", "/register/references/?tab=all", "clerk2", "bank"),
        Seen("households.cards", "/register/cards/", "clerk", "bank"),
        Seen("households.imports", "/register/imports/", "clerk", "bank", empty=True),
        Seen("households.identity_people", "/register/verification/people/?standing=match", "clerk", "bank"),
        Seen("households.identity_runs", "/register/verification/", "clerk", "bank"),
        Seen("households.identity_places", "/register/verification/", "clerk", "bank"),
        Seen("households.delivered_cards", "/register/delivered-cards/", "clerk", "bank"),
        Seen("households.cards_waiting", "/register/delivered-cards/waiting/", "clerk", "bank"),
        Seen("households.card_lists", "/register/delivered-cards/lists/", "clerk", "bank", empty=True),
        Seen("subsidies.policies", "/policies/?unit=household", "clerk"),
        Seen("subsidies.quotas", "/policies/quotas/", "officer", "clerk"),
        Seen("subsidies.transfers", f"/policies/quotas/{first.quota_id}/", "officer", "clerk"),
        Seen("subsidies.changes", "/policies/changes/?tab=all", "farm_head", "clerk"),
        Seen("subsidies.templates", "/policies/templates/", "clerk"),
        Seen("subsidies.emergencies", "/policies/emergency/", "farm_head", "clerk", empty=True),
        Seen("subsidies.list", listed, "clerk"),
        Seen("rulebook.clocks", "/rules/clocks/?state=passed", "finance_head", empty=not Breach.objects.exists()),
        Seen("rulebook.breaches", "/rules/breaches/", "finance_head", empty=not Breach.objects.exists()),
        Seen("rulebook.rules", "/rules/", "clerk"),
        Seen("rulebook.changes", "/rules/changes/", "clerk"),
        Seen("rosters.list", "/rosters/?tab=all", "clerk", ""),
        Seen("rosters.lines", f"/rosters/{first.pk}/", "clerk", "clerk2"),
        Seen("rosters.findings", f"/rosters/{first.pk}/findings/", "clerk", "clerk2"),
        Seen("rosters.changes", f"/rosters/{draft.pk}/changes/?all=1", "clerk", "clerk2"),
        Seen("rosters.revisions", f"/rosters/{first.pk}/revisions/", "clerk", "clerk2", empty=True),
        Seen("rosters.applications", "/rosters/applications/?tab=all", "clerk"),
        Seen("rosters.terms", "/rosters/applications/terms/", "clerk"),
        Seen("rosters.supplies", "/rosters/supplies/", "farm_reviewer", empty=True),
        Seen("rosters.supply_keys", "/rosters/keys/", "admin", "clerk", empty=True),
        Seen("publicity.waiting", "/publicity/?tab=waiting", "clerk"),
        Seen("publicity.notices", "/publicity/?tab=all", "clerk"),
        Seen("publicity.objections", "/publicity/objections/?tab=all", "station"),
        Seen("disbursement.overview", "/money/", "officer", "clerk"),
        Seen("disbursement.orders", "/money/orders/", "officer", "clerk"),
        Seen("disbursement.batches", "/money/batches/?tab=all", "officer"),
        Seen("disbursement.payments", f"/money/batches/{batch.pk}/?tab=failed", "officer", "clerk"),
        Seen("disbursement.bank", "/money/bank/?tab=all", "bank", "clerk"),
        Seen("disbursement.failures", "/money/failures/?tab=all", "clerk", "bank"),
        Seen("disbursement.recovery", "/money/recovery/?tab=open", "farm_head", "bank"),
        Seen("disbursement.cash_waiting", "/money/cash/", "clerk", "bank"),
        Seen("disbursement.cash", "/money/cash/?tab=open", "clerk", "bank"),
        Seen("disbursement.clearings", "/money/clearings/", "officer", "clerk", empty=True),
        Seen("disbursement.cycles", "/money/cycles/", "officer", "clerk", empty=True),
        Seen("audit.overview", "/audit/", "auditor", "clerk"),
        Seen("audit.trail", "/audit/trail/?verb=roster.create", "auditor", "clerk"),
        Seen("audit.people", "/audit/people/?text=甲", "auditor", "clerk"),
        Seen("audit.person", f"/audit/people/{batch.payments.get(number=2).payee_id}/", "auditor", "clerk"),
        Seen("audit.accesses", "/audit/access/?tab=all", "auditor"),
    ]


def _count(response: Any) -> int:
    """How many rows a page says that its list has."""
    for name in ("page", "rows", "count", "items", "lines"):
        if name in response.context:
            found = response.context[name]
            return found if isinstance(found, int) else found.paginator.count if name == "page" else len(found)
    raise AssertionError("a page without rows")


# Lists whose page carries them under another name, or of which the page counts something else.
OTHERWISE = {"households.people": 4, "households.identity_places": 3, "disbursement.cash_waiting": 1}


def problem(seen: Seen) -> str:
    """What is wrong with a list, its page and its table."""
    client = signed_in(seen.by)
    page = client.get(seen.address)
    if page.status_code != 200:
        return f"{seen.by} does not see {seen.address}: {page.status_code}"
    rows = exported(client, seen.key, seen.address, numbers="masked")
    expected = OTHERWISE[seen.key] if seen.key in OTHERWISE else _count(page)
    if len(rows) != expected or bool(rows) is seen.empty:
        return f"{seen.key}: {len(rows)} rows, and on its page {expected}"
    if rows and reverse("jobs:export", args=[seen.key]) not in page.content.decode():
        return f"{seen.key} is not offered on {seen.address}"
    if re.search(r"159999\d{6}|629999\d{6}|1[35]8\d{8}", str(rows)):
        return f"{seen.key} shows whole numbers"
    if seen.stranger:
        with contextlib.suppress(NotFound, Forbidden):
            rows_of(getattr(cast, seen.stranger), listing_of(seen.key), seen.address)
            return f"{seen.stranger} sees {seen.key}"
    return ""


@pytest.mark.django_db
@pytest.mark.req("ACL-1", "ACL-3", "ROS-3", "SUP-5")
def test_every_list_is_taken_out_as_its_page_shows_it_and_by_nobody_else() -> None:
    walked = county()
    assert [found for seen in walked if (found := problem(seen))] == []
    # Of these the county of the tests has none: its rules know no such list, or nothing was published yet.
    assert {each.key for each in every_listing()} - {seen.key for seen in walked} == {
        "publicity.one_lists",
        "subsidies.release",
    }
    assert asked_out(signed_in("clerk"), "publicity.one_lists", "/publicity/one-list/").status_code == 404


def test_every_page_with_rows_offers_them_or_says_why_not() -> None:
    lacking = []
    offered = set()
    for path in sorted(TEMPLATES.rglob("*.html")):
        name, text = str(path.relative_to(TEMPLATES).with_suffix("")), path.read_text()
        if name.startswith(("public/", "admin/", "parts/")):
            continue
        offered |= set(re.findall(r'(?:listing|second)="([a-z_.]+)"', text))
        bar = "parts/_export.html" in text
        if ("<table" in text or "parts/_pagination.html" in text) and bar == (name in WITHOUT):
            lacking.append(name)
    assert not lacking
    assert not [name for name in WITHOUT if not (TEMPLATES / f"{name}.html").exists()]
    assert offered == {each.key for each in every_listing()}
