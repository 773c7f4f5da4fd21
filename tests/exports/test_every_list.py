"""Every list of the portal can be taken out by whoever sees its page and by nobody else, with the rows of the page."""

import contextlib
import re
from typing import Any

import pytest
from django.urls import reverse

from accounts.listings import every_listing, listing_of, rows_of
from lib.errors import Forbidden, NotFound
from tests.databases import ROOT
from tests.exports.lists import Seen, county
from tests.exports.taking import asked as asked_out
from tests.exports.taking import exported, signed_in
from tests.factories import cast

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
