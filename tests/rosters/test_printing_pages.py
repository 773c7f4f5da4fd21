"""Printing from its pages: who may print what, the job of a long roster, and what the code of a page says."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.services import end_post
from jobs.models import Job, StoredFile
from jobs.services import run
from lib import crypto
from lib.errors import Forbidden, Invalid
from rosters import services
from rosters.models import Roster
from rosters.printing import paper as papers
from rosters.printing import source
from rosters.services import printing
from rosters.services.printing import Order, ask_for_print, may_print_whole, print_now
from rulebook import daily
from tests.factories import cast
from tests.factories_rosters import draft_roster, fresh, sent_roster
from tests.rosters.conftest import Gates
from tests.rosters.paper import printed, read

REASON = "乡镇签字盖章后留存"
WHOLE = {"paper": "detail", "numbers": "whole", "reason": REASON}


def as_(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def at(roster: Roster, name: str = "print", *more: int) -> str:
    return reverse(f"rosters:{name}", args=[roster.pk, *more])


def facts_of(verb: str) -> dict[str, Any]:
    entry = TrailEntry.objects.filter(verb=verb).order_by("-id")[0]
    found: dict[str, Any] = json.loads(entry.facts)
    return found


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def numbers_of(roster: Roster) -> tuple[str, str]:
    line = roster.lines.order_by("number")[0]
    return crypto.decrypt(line.beneficiary_id_cipher), crypto.decrypt(line.account_cipher or b"")


# --- At once ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-10", "ACL-3")
def test_a_short_roster_is_printed_at_once_and_on_the_trail(db: None) -> None:
    roster, client = draft_roster(homes=1), as_("clerk")
    assert f'href="{at(roster)}"' in client.get(at(roster, "detail")).content.decode()
    assert "指纹" in client.get(at(roster)).content.decode()
    answer = client.post(at(roster), {"paper": "summary", "numbers": "masked"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "attachment" in answer["Content-Disposition"]
    assert "汇总表" in read(body(answer))[0].text
    facts = facts_of("roster.print")
    assert (facts["kind"], facts["whole"], facts["pages"], facts["lines"]) == ("summary", False, 1, 1)
    assert "reason" not in facts
    assert client.post(at(roster), {"paper": "something"}).status_code == 200, "the form says what is wrong"


@pytest.mark.req("ACL-3", "ROS-10")
def test_whole_numbers_are_printed_for_a_reason_that_stands_on_every_page_and_on_the_trail(db: None) -> None:
    roster = draft_roster(homes=1)
    number, account = numbers_of(roster)
    pages = read(body(as_("clerk").post(at(roster), WHOLE)))
    text = "\n".join(page.text for page in pages)
    assert number in text
    assert account in text
    assert all(f"含完整号码，仅用于：{REASON}" in page.text for page in pages)
    facts = facts_of("roster.print")
    assert (facts["whole"], facts["reason"], facts["revision"]) == (True, REASON, 1)
    assert number not in json.dumps(facts)


@pytest.mark.req("ACL-1", "ACL-3")
def test_only_posts_that_read_numbers_in_clear_may_print_them(db: None, doors: Gates) -> None:
    roster = sent_roster(homes=1)
    allowed = {"clerk", "station", "leader", "finance_reviewer", "finance_head", "officer", "auditor"}
    for name in sorted(allowed | {"farm_reviewer", "farm_head", "clerk2", "bank"}):
        assert may_print_whole(getattr(cast, name), roster) == (name in allowed), name
    client = as_("farm_reviewer")
    page = client.get(at(roster)).content.decode()
    assert "完整号码" not in page
    text = "\n".join(page.text for page in read(body(client.post(at(roster), WHOLE))))
    assert numbers_of(roster)[0] not in text, "who is not asked gets them masked"
    order = Order("detail", whole=True, reason=REASON)
    for act in (print_now, ask_for_print):
        with pytest.raises(Forbidden, match="县级财政、审计"):
            act(by=cast.farm_reviewer, roster=roster, order=order)
    assert not TrailEntry.objects.filter(verb="roster.print", facts__contains='"whole":true').exists()


@pytest.mark.parametrize("reason", ["", "x", "核对159999198001010015", "长" * 61])
def test_without_a_proper_reason_no_whole_number_is_printed(db: None, reason: str) -> None:
    roster = draft_roster(homes=1)
    with pytest.raises(Invalid) as refused:
        print_now(by=cast.clerk, roster=roster, order=Order("detail", whole=True, reason=reason))
    assert refused.value.field == "reason"
    answer = as_("clerk").post(at(roster), {**WHOLE, "reason": reason})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/html")
    assert 'id="id_reason"' in answer.content.decode()
    assert not TrailEntry.objects.filter(verb="roster.print").exists()


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("username", ["clerk2", "care_head", "bank", "admin"])
def test_who_does_not_see_a_roster_prints_nothing_of_it(db: None, doors: Gates, username: str) -> None:
    roster, client = sent_roster(homes=1), as_(username)
    for path in ("print/", "print/check/", "print/1/", "print/1/paper.pdf"):
        hidden, missing = (client.get(f"/rosters/{pk}/{path}") for pk in (roster.pk, 987654))
        assert hidden.status_code == missing.status_code == 404, path
        assert hidden.content == missing.content
    assert client.post(at(roster), {"paper": "summary"}).status_code == 404


# --- By a job ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def by_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every detail is long."""
    monkeypatch.setattr(printing, "AT_ONCE", 0)


def job_of(roster: Roster, client: Client | None = None, **order: str) -> Job:
    answer = (client or as_("clerk")).post(at(roster), {"paper": "detail", "numbers": "masked", **order})
    job = Job.objects.get(kind=printing.KIND)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("jobs:detail", args=[job.pk])
    return job


@pytest.mark.req("ROS-10", "ACL-3", "ACL-6")
def test_a_long_roster_is_printed_by_a_job_for_the_one_who_asked(db: None, by_job: None) -> None:
    roster, client = draft_roster(homes=1), as_("clerk")
    assert "后台制作" in client.get(at(roster)).content.decode()
    job = job_of(roster, client, **WHOLE)
    where = at(roster, "print_result", job.pk), at(roster, "print_file", job.pk)
    assert "还没有制作完成" in client.get(where[0]).content.decode()
    assert client.get(where[1]).status_code == 404
    assert run(job.pk) == Job.State.DONE
    assert where[0] in client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert where[1] in client.get(where[0]).content.decode()
    answer = client.get(where[1])
    assert answer["Content-Type"] == "application/pdf"
    assert numbers_of(roster)[0] in "\n".join(page.text for page in read(body(answer)))
    assert facts_of("roster.print_fetch") == {"job": job.pk, "kind": "detail", "whole": True}
    assert facts_of("roster.print")["reason"] == REASON
    for username in ("station", "leader", "auditor"):
        assert as_(username).get(where[1]).status_code == 404, "the paper is for the one who asked"
        assert as_(username).get(where[0]).status_code == 404


@pytest.mark.req("ACL-6")
def test_the_paper_of_a_job_lies_sealed_and_is_forgotten_after_its_days(
    db: None, by_job: None, django_capture_on_commit_callbacks: Any
) -> None:
    roster = draft_roster(homes=1)
    job = job_of(roster)
    run(job.pk)
    stored = Job.objects.select_related("file").get(pk=job.pk).file
    assert stored is not None
    assert stored.file.name
    with stored.file.open("rb") as kept:
        assert b"%PDF" not in kept.read()
    Job.objects.filter(pk=job.pk).update(finished_at=Now() - printing.KEPT + timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        daily.run()
    assert default_storage.exists(stored.file.name), "not yet"
    assert StoredFile.objects.filter(pk=stored.pk).exists()
    Job.objects.filter(pk=job.pk).update(finished_at=Now() - printing.KEPT - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        daily.run()
    assert not default_storage.exists(stored.file.name)
    assert not StoredFile.objects.filter(pk=stored.pk).exists()
    client = as_("clerk")
    assert "已经清除" in client.get(at(roster, "print_result", job.pk)).content.decode()
    answer = client.get(at(roster, "print_file", job.pk))
    assert answer.status_code == 409
    assert "只保留7天" in answer.content.decode()


def test_a_job_that_is_taken_up_again_leaves_one_paper(db: None, by_job: None) -> None:
    roster = draft_roster(homes=1)
    job = job_of(roster)
    run(job.pk)
    first = Job.objects.get(pk=job.pk).file_id
    assert first is not None
    Job.objects.filter(pk=job.pk).update(state="queued", lease_until=None)
    assert run(job.pk) == Job.State.DONE
    second = Job.objects.get(pk=job.pk).file_id
    assert second != first
    assert not StoredFile.objects.filter(pk=first).exists()


@pytest.mark.req("ACL-1")
def test_a_job_prints_with_the_rights_of_its_own_moment(db: None, by_job: None) -> None:
    roster = draft_roster(homes=1)
    job = job_of(roster, None, **WHOLE)
    post = cast.clerk.posts.get()
    end_post(by=cast.admin, post=post)
    assert run(job.pk) == Job.State.FAILED
    assert Job.objects.get(pk=job.pk).file is None
    assert not TrailEntry.objects.filter(verb="roster.print").exists()


def test_a_job_tells_which_lines_must_be_completed_by_hand(db: None, by_job: None) -> None:
    roster = draft_roster(homes=1)
    services.change_line(by=cast.clerk, line=roster.lines.get(), remark="堂弟\N{CJK UNIFIED IDEOGRAPH-2A6A5}代管")
    job = job_of(fresh(roster))
    run(job.pk)
    page = as_("clerk").get(at(roster, "print_result", job.pk)).content.decode()
    assert "请手工填写：1号" in page


# --- The code of a page -----------------------------------------------------------------------------------------------
def code_of(roster: Roster, **more: int) -> dict[str, str]:
    line = roster.lines.order_by("number")[0]
    asked = {"village": line.village_id, "first": 1, "last": 1, "fen": line.amount_fen, **more}
    village, first, last = asked["village"], asked["first"], asked["last"]
    *_, words = source.of_page(roster, village=village, first=first, last=last)
    stretch = papers.Stretch(village, first, last, asked["fen"], words if village else "")
    address = urlsplit(papers.seal(roster, page=1, pages=2, stretch=stretch))
    assert address.path == at(roster, "print_check")
    return {key: values[0] for key, values in parse_qs(address.query).items()}


@pytest.mark.req("ROS-10")
def test_a_page_of_the_roster_as_it_is_passes_and_one_from_before_a_change_does_not(db: None) -> None:
    roster, client = draft_roster(homes=2), as_("clerk")
    services.run_checks(by=cast.clerk, roster=roster)
    roster = fresh(roster)
    before = code_of(roster)
    assert "与清册现在的内容一致" in client.get(at(roster, "print_check"), before).content.decode()
    summary = code_of(roster, village=0, last=2, fen=roster.total_fen)
    assert "与清册现在的内容一致" in client.get(at(roster, "print_check"), summary).content.decode()
    closing = code_of(roster, village=0, first=0, last=0, fen=0)
    assert "与清册现在的内容一致" in client.get(at(roster, "print_check"), closing).content.decode()
    forged = {**before, "s": str(int(before["s"]) + 100)}
    assert "不一致" in client.get(at(roster, "print_check"), forged).content.decode()
    line = roster.lines.order_by("number")[0]
    services.change_line(by=cast.clerk, line=line, remark="另有说明")
    services.run_checks(by=cast.clerk, roster=roster)
    # No right has changed and so no leaf, yet the paper says something else.
    assert fresh(roster).fingerprint == roster.fingerprint
    answer = client.get(at(roster, "print_check"), before).content.decode()
    assert "本页各行的文字" in answer
    assert "不要据此签字" in answer
    services.change_line(by=cast.clerk, line=line, quantity=line.quantity + 1)
    services.run_checks(by=cast.clerk, roster=roster)
    answer = client.get(at(roster, "print_check"), before).content.decode()
    assert "不一致" in answer
    assert "不要据此签字" in answer


@pytest.mark.parametrize(
    "query", ["", "?l=1-2", "?v=x&l=1-2&s=1", "?v=1&l=1&s=1", "?v=1&l=1-2-3&s=1", "?v=1&l=٣-4&s=1"]
)
def test_an_address_that_no_page_carries_leads_nowhere(db: None, query: str) -> None:
    assert as_("clerk").get(at(draft_roster(homes=1), "print_check") + query).status_code == 404


def test_the_papers_of_a_page_and_of_the_form_are_the_same(db: None) -> None:
    roster = draft_roster(homes=1)
    shown = read(body(as_("clerk").post(at(roster), {"paper": "detail", "numbers": "masked"})))
    assert [page.text.split("打印：")[0] for page in shown] == [
        page.text.split("打印：")[0] for page in printed(roster, by=cast.clerk)
    ]
