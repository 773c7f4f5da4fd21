"""Supervision reads everything, changes nothing, and leaves a trace of what it read."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from disbursement.models import Payment
from rosters.models import RosterLine
from tests.factories import cast
from tests.factories_disbursement import answered_batch, approved_roster


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@pytest.mark.req("SUP-5")
def test_an_auditor_follows_a_figure_down_to_signatures_notice_and_the_banks_answer(db: None) -> None:
    answered_batch(approved_roster(homes=2), fails={2: "4"})
    auditor = signed_in("auditor")
    assert "耕地地力保护补贴" in page(auditor, "audit:overview")
    paid = Payment.objects.get(number=1).line
    failed = Payment.objects.get(number=2).line
    found = page(auditor, "audit:people", text=paid.beneficiary_name)
    assert reverse("audit:person", args=[paid.beneficiary_id]) in found
    assert reverse("audit:line", args=[paid.pk]) in page(auditor, "audit:person", paid.beneficiary_id)
    story = page(auditor, "audit:line", paid.pk)
    for name in ("经办甲", "财所甲", "领导甲", "农审甲", "农长甲", "复审甲", "局长甲", "发放甲", "发放乙", "银行"):
        assert name in story
    assert "公示期满" in story
    assert "已发放" in story
    assert "发放失败" in page(auditor, "audit:line", failed.pk)


@pytest.mark.req("ACL-3")
def test_looking_at_a_person_is_on_the_trail(db: None) -> None:
    approved_roster(homes=1)
    line = RosterLine.objects.get()
    page(signed_in("auditor"), "audit:person", line.beneficiary_id)
    entry = TrailEntry.objects.filter(verb="audit.person").get()
    assert entry.actor == cast.auditor
    assert entry.subject_id == str(line.beneficiary_id)
    assert line.beneficiary_name not in entry.facts


@pytest.mark.parametrize("username", ["clerk", "farm_head", "officer", "bank", "admin"])
def test_to_others_the_pages_of_supervision_are_not_there(db: None, username: str) -> None:
    client = signed_in(username)
    missing = client.get("/audit/nothing-of-the-kind/")
    hidden = client.get(reverse("audit:overview"))
    assert (missing.status_code, hidden.status_code) == (404, 404)
    assert hidden.content == missing.content


def test_an_auditor_verifies_the_trail_from_the_page(db: None) -> None:
    answer = signed_in("auditor").post(reverse("audit:verify", args=["ledger"]), follow=True)
    assert "资金账核验通过" in answer.content.decode()
    assert TrailEntry.objects.filter(verb="verify.ledger").exists()


def test_the_trail_is_filtered_by_subject_and_person(db: None) -> None:
    roster = approved_roster(homes=1)
    auditor = signed_in("auditor")
    wanted = {"subject": f"rosters.roster:{roster.pk}", "actor": "leader"}
    shown = auditor.get(reverse("audit:trail"), wanted).context["entries"]
    assert {item["what"] for item in shown} == {"公示通过", "签字同意"}


def test_the_trail_speaks_chinese_and_names_nobody_of_the_register(db: None) -> None:
    """Objects by their kind and name, facts by their names; a person of the register by number only."""
    approved_roster(homes=1)
    line = RosterLine.objects.get()
    auditor = signed_in("auditor")
    page(auditor, "audit:person", line.beneficiary_id)
    shown = page(auditor, "audit:trail")
    for words in (line.roster.title, "行数</span> 1", "合计金额</span> ¥", "查看一个人的补贴"):
        assert words in shown, words
    for code in (">rosters.roster", "total_fen", ">households.person"):
        assert code not in shown, code
    assert line.beneficiary_name not in shown
