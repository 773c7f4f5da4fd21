"""The same refusal whichever way somebody comes: by the page, through the API with the same session, at the service."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, expect

from accounts.models import Organisation
from accounts.services import add_user, appoint
from disbursement.models import Batch, ResultFile
from lib.errors import Refusal
from publicity.models import Notice
from rosters import services
from rosters.models import Roster
from rulebook import clock, deadlines
from subsidies import ledger
from tests.cast_data import PASSWORD
from tests.factories import cast, id_number
from tests.factories_disbursement import answer, approved_roster, draft_batch, sent_batch
from tests.factories_households import account_change
from tests.factories_publicity import objected, posted
from tests.factories_rosters import sent_roster
from tests.journeys.browsing import PATIENCE_MS, People, Person

pytestmark = pytest.mark.journey


# --- Three ways -------------------------------------------------------------------------------------------------------
def by_service(username: str, roster: Roster) -> str:
    current = Roster.objects.get(pk=roster.pk)
    with pytest.raises(Refusal) as refused:
        services.sign(by=getattr(cast, username), roster=current, fingerprint=bytes(current.fingerprint or b""))
    return refused.value.message


def csrf_of(person: Person) -> str:
    return next(str(cookie["value"]) for cookie in person.context.cookies() if cookie["name"] == "csrftoken")


def by_api(person: Person, roster: Roster) -> tuple[int, str]:
    """A POST with the cookie of the person's session, as a script in their page could send it."""
    fingerprint = bytes(Roster.objects.get(pk=roster.pk).fingerprint or b"").hex()
    answered = person.context.request.post(
        f"{person.url}/api/rosters/{roster.pk}/sign/",
        data={"fingerprint": fingerprint},
        headers={"X-CSRFToken": csrf_of(person), "Referer": person.url},
    )
    return answered.status, answered.json()["message"]


def by_page(person: Person, roster: Roster) -> str:
    person.open(f"/rosters/{roster.pk}/sign/")
    person.press("同意并签字")
    return refusal_of(person)


def refusal_of(person: Person) -> str:
    summary = person.page.locator(".error-summary li")
    expect(summary).to_have_count(1, timeout=PATIENCE_MS)
    return summary.inner_text().strip()


@pytest.fixture
def notice(portal: Any) -> Notice:
    return posted(homes=2)


@pytest.mark.req("PUB-1", "ROS-6")
def test_one_minute_early_is_refused_with_one_sentence_on_every_way(people: People, notice: Notice) -> None:
    leader = people.leader
    leader.open(f"/rosters/{notice.roster_id}/sign/")
    clock.move_to(notice.ends_at - timedelta(minutes=1), by=None)
    sentence = by_service("leader", notice.roster)
    assert "公示尚未期满" in sentence
    assert sentence.endswith("还差1分钟。")
    assert by_api(leader, notice.roster) == (409, sentence)
    leader.press("同意并签字")
    assert refusal_of(leader) == sentence
    assert not notice.roster.decisions.filter(step="leader").exists()


@pytest.mark.req("PUB-5")
def test_an_open_objection_is_refused_with_one_sentence_on_every_way(people: People, notice: Notice) -> None:
    objection = objected(notice)
    clock.move_to(notice.ends_at + timedelta(hours=9), by=None)
    deadlines.sweep()
    sentence = by_service("leader", notice.roster)
    assert objection.number in sentence
    assert by_api(people.leader, notice.roster) == (409, sentence)
    assert by_page(people.leader, notice.roster) == sentence


@pytest.mark.req("ROS-6", "ACL-2")
def test_the_maker_is_refused_on_every_way(people: People, portal: Any) -> None:
    roster = sent_roster(homes=2)
    clerk = people.clerk
    sentence = by_service("clerk", roster)
    assert "不能审核自己编制的清册" in sentence
    assert by_api(clerk, roster) == (403, sentence)
    clerk.open(f"/rosters/{roster.pk}/")
    clerk.has_no("link", "查看并签字")
    clerk.open(f"/rosters/{roster.pk}/sign/")
    clerk.has_no("button", "同意并签字")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("这一步不能办理")
    posted_by_hand = clerk.context.request.post(
        f"{clerk.url}/rosters/{roster.pk}/sign/",
        form={"fingerprint": bytes(roster.fingerprint or b"").hex(), "csrfmiddlewaretoken": csrf_of(clerk)},
        headers={"Referer": clerk.url},
    )
    assert sentence in posted_by_hand.text()
    assert not roster.decisions.filter(step="station").exists()


# --- Two at the same moment -------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-1")
def test_of_two_officers_who_release_at_the_same_moment_one_does_and_one_is_told(people: People, portal: Any) -> None:
    third = add_user(by=None, username="officer3", full_name="发放丙", id_number=id_number(), password=PASSWORD)
    bureau = Organisation.objects.get(code="CZJ")
    appoint(by=None, user=third, organisation=bureau, role="finance_officer", since=clock.today())
    batch = draft_batch(approved_roster(homes=2))
    both = [people.officer2, people.officer3]
    for person in both:
        person.open(f"/money/batches/{batch.pk}/release/")
    for person in both:  # each form is on its way before anybody waits for an answer
        person.page.evaluate("setTimeout(() => document.querySelector('#main form').requestSubmit(), 0)")
    told = []
    for person in both:
        shown = person.page.locator(".messages, .error-summary li")
        expect(shown.first).to_be_visible(timeout=PATIENCE_MS)
        told.append(shown.first.inner_text().strip())
    released = Batch.objects.get(pk=batch.pk)
    assert released.released_by is not None
    refused = f"批次{batch.number}已由{released.released_by.full_name}放行，不能再次放行。"
    assert sorted(told) == sorted([f"批次{batch.number}已放行，正在传送给{batch.bank.name}。", refused])
    assert ledger.balances(batch.quota)["in_transit"] == batch.total_fen


@pytest.mark.req("PAY-2")
def test_the_same_answer_twice_changes_nothing_and_says_so(people: People, portal: Any, tmp_path: Path) -> None:
    batch = sent_batch(approved_roster(homes=3))
    part = tmp_path / f"R{batch.number}-1.txt"
    part.write_bytes(answer(batch, only={1, 2}))
    for words in ("已接收2条结果。", "这个结果文件先前已经接收，本次没有改动任何数据。"):
        bank = people.bank
        bank.open(f"/money/bank/{batch.pk}/")
        bank.attach("结果文件", part)
        bank.press("上传结果文件")
        bank.sees(words)
        balances = ledger.balances(batch.quota)
        now = Batch.objects.get(pk=batch.pk)
        assert (now.paid_count, now.status, ResultFile.objects.filter(batch=batch).count()) == (2, "sent", 1)
        assert balances["paid"] == now.paid_fen
        assert balances["in_transit"] == batch.total_fen - now.paid_fen


# --- Another township -------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1")
def test_another_townships_clerk_gets_the_bytes_of_a_missing_page(people: People, notice: Notice) -> None:
    roster = notice.roster
    line = roster.lines.select_related("beneficiary", "household").order_by("number")[0]
    change = account_change(line.beneficiary)
    objection = objected(notice)
    stranger = people.clerk2
    for there, missing in (
        (f"/rosters/{roster.pk}/", "/rosters/987654321/"),
        (f"/rosters/{roster.pk}/sign/", "/rosters/987654321/sign/"),
        (f"/rosters/{roster.pk}/lines/{line.pk}/", f"/rosters/{roster.pk}/lines/987654321/"),
        (f"/register/{line.household_id}/", "/register/987654321/"),
        (f"/register/changes/{change.pk}/", "/register/changes/987654321/"),
        (f"/publicity/notices/{notice.pk}/", "/publicity/notices/987654321/"),
        (f"/publicity/objections/{objection.pk}/", "/publicity/objections/987654321/"),
        (f"/api/rosters/{roster.pk}/", "/api/rosters/987654321/"),
        (f"/audit/lines/{line.pk}/", "/audit/lines/987654321/"),
    ):
        theirs, nothing = _answer(stranger, there), _answer(stranger, missing)
        assert (theirs.status, theirs.body()) == (nothing.status, nothing.body()), there
        assert theirs.status == 404, there


def _answer(person: Person, path: str) -> APIResponse:
    return person.context.request.get(f"{person.url}{path}")
