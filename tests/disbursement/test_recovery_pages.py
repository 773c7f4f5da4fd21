"""Recovery on pages: who sees which cases, each step by its form, the notice, what a villager reads (REC-3)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from disbursement import desk
from disbursement.models import RecoveryCase
from disbursement.panels import payments_panel
from disbursement.services import recovery
from publicity.payouts import by_year, payouts_of
from rulebook import clock
from tests.disbursement.test_pages import page, post
from tests.factories import cast
from tests.factories_recovery import (
    came_in,
    entered,
    fresh,
    open_case,
    paid_payment,
    proposed_case,
    proposed_ending,
    scan,
)


def cards(username: str) -> dict[str, int]:
    return {card.title: card.count for card in todos_for(getattr(cast, username)) if card.count}


def proposal(**more: Any) -> dict[str, Any]:
    given = {
        "reason": "fraud", "words": "虚报种植面积", "amount": "60", "reckoning": "多报的5亩", "evidence": scan(),
        "debtor_kind": "payee", "debtor_name": "甲一",
    }  # fmt: skip
    return {**given, **more}


@pytest.mark.req("REC-3")
def test_the_whole_way_of_a_case_on_pages(db: None) -> None:
    payment = paid_payment()
    roster = payment.line.roster
    assert payment.payee_name in page("dept_officer1", "recovery-new", query=f"?q={roster.number}")
    assert "可追缴" in page("dept_officer1", "recovery-propose", payment.pk)
    assert post("dept_officer1", "recovery-propose", payment.pk, **proposal())[0] == 302
    case = RecoveryCase.objects.get()
    assert (case.state, case.amount_fen, case.reason) == ("proposed", 60_00, "fraud")
    assert cards("farm_head")["追缴待审核"] == 1
    assert "虚报种植面积" in page("farm_head", "recovery-decide", case.pk)
    assert post("farm_head", "recovery-decide", case.pk, decision="agree")[0] == 302
    assert cards("dept_officer1")["待追缴"] == 1
    given: dict[str, Any] = {"amount": "20", "received_on": f"{clock.today()}", "reference": "HK-1", "slip": scan()}
    assert post("dept_officer1", "recovery-instalment", case.pk, **given)[0] == 302
    part = case.instalments.get()
    assert cards("officer")["待确认回款"] == 1
    assert "贰拾元整" in page("officer", "recovery-confirm", case.pk, part.pk)
    assert post("officer", "recovery-confirm", case.pk, part.pk)[0] == 302
    assert "待确认回款" not in cards("officer")
    told: dict[str, Any] = {"reason": "债务人下落不明", "basis": scan()}
    assert post("dept_officer1", "recovery-ending", case.pk, **told)[0] == 302
    ending = case.endings.get()
    assert cards("finance_head")["追缴待审定办结"] == 1
    assert "肆拾元整" in page("finance_head", "recovery-ending-decide", case.pk, ending.pk)
    seen: dict[str, Any] = {"lost_fen": ending.lost_fen, "decision": "agree"}
    assert post("finance_head", "recovery-ending-decide", case.pk, ending.pk, **seen)[0] == 302
    body = page("dept_officer1", "recovery-case", case.pk)
    for words in ("未全额办结", "提出追缴", "建立追缴", "登记回款", "确认回款", "¥40.00", roster.number):
        assert words in body
    assert "recovery-instalment" not in body
    assert "待追缴" not in cards("dept_officer1")


@pytest.mark.req("REC-3", "ACL-1")
def test_the_county_sees_all_a_department_and_a_township_their_own_and_others_nothing(db: None) -> None:
    case = open_case()
    for username in ("officer", "finance_head", "auditor", "dept_officer1", "farm_head", "clerk", "station", "leader"):
        assert case.number in page(username, "recovery")
        assert case.number in page(username, "recovery-case", case.pk)
    for username in ("clerk2", "care_officer1"):
        assert case.number not in page(username, "recovery")
        page(username, "recovery-case", case.pk, status=404)
    for username in ("bank", "admin"):
        page(username, "recovery", status=404)
        page(username, "recovery-case", case.pk, status=404)


@pytest.mark.req("REC-3", "ACL-1")
def test_who_only_looks_finds_no_forms_and_no_doors(db: None) -> None:
    case = open_case()
    payment = paid_payment()
    ending = proposed_ending(case)
    part = entered(case, 1_00)
    doors = (
        ("recovery-debtor", (case.pk,)), ("recovery-notice-new", (case.pk,)), ("recovery-instalment", (case.pk,)),
        ("recovery-confirm", (case.pk, part.pk)), ("recovery-strike", (case.pk, part.pk)),
        ("recovery-ending", (case.pk,)), ("recovery-ending-decide", (case.pk, ending.pk)),
        ("recovery-ending-withdraw", (case.pk, ending.pk)), ("recovery-new", ()), ("recovery-propose", (payment.pk,)),
    )  # fmt: skip
    for username in ("clerk", "auditor"):
        body = page(username, "recovery-case", case.pk)
        for name, args in doors:
            page(username, name, *args, status=404)
            assert reverse(f"disbursement:{name}", args=args) not in body
    for name, args in (("recovery-confirm", (case.pk, part.pk)), ("recovery-ending-decide", (case.pk, ending.pk))):
        page("dept_officer1", name, *args, status=404)
    waiting = proposed_case(payment)
    page("dept_officer1", "recovery-decide", waiting.pk, status=404)
    page("farm_head", "recovery-decide", waiting.pk)


@pytest.mark.req("REC-3")
def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(db: None) -> None:
    payment = paid_payment()
    status, body = post("dept_officer1", "recovery-propose", payment.pk, **proposal(amount="99999999"))
    assert (status, "应追缴金额须大于零" in body, "虚报种植面积" in body) == (200, True, True)
    status, body = post("dept_officer1", "recovery-propose", payment.pk, **proposal(evidence=scan("a.exe")))
    assert (status, "不能上传" in body) == (200, True)
    case = open_case(payment, fen=60_00)
    given: dict[str, Any] = {"amount": "61", "received_on": f"{clock.today()}", "reference": "HK-1", "slip": scan()}
    status, body = post("dept_officer1", "recovery-instalment", case.pk, **given)
    assert (status, "不超过¥60.00" in body, "HK-1" in body) == (200, True, True)
    waiting = proposed_case(paid_payment())
    status, body = post("farm_head", "recovery-decide", waiting.pk, decision="refuse")
    assert (status, "不同意的理由" in body) == (200, True)
    assert post("farm_head", "recovery-decide", waiting.pk, decision="refuse", opinion="没有重复")[0] == 302


@pytest.mark.req("REC-3")
def test_the_notice_is_printed_with_the_amount_in_capitals_and_the_account(db: None) -> None:
    case = open_case(fen=60_00)
    due = clock.today() + timedelta(days=15)
    given = {
        "account_name": "扎赉特旗农牧和科技局", "account_bank": "邮储银行", "account_number": "1234567890123456",
        "due_on": f"{due}", "contact": "农付甲 0482-6120000",
    }  # fmt: skip
    assert post("dept_officer1", "recovery-notice-new", case.pk, **given)[0] == 302
    told = case.notices.get()
    body = page("dept_officer1", "recovery-notice", case.pk, told.pk)
    for words in ("陆拾元整", "1234567890123456", told.number, "重复发放", f"{due.year}年{due.month}月{due.day}日"):
        assert words in body
    assert "1234567890123456" in page("officer", "recovery-notice", case.pk, told.pk)
    body = page("clerk", "recovery-notice", case.pk, told.pk)
    assert ("1234567890123456" in body, "****3456" in body) == (False, True)


@pytest.mark.req("REC-3", "ACL-3")
def test_papers_are_handed_to_whoever_sees_the_case_and_leave_a_trail(db: None) -> None:
    case = open_case()
    part = entered(case, 1_00)
    client = Client()
    client.force_login(cast.officer)
    for kind, pk in (("evidence", case.pk), ("slip", part.pk)):
        answered = client.get(reverse("disbursement:recovery-paper", args=[case.pk, kind, pk]))
        assert b"".join(answered.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert TrailEntry.objects.filter(verb="recovery.evidence").count() == 2
    for kind, pk in (("basis", 1), ("other", 1), ("evidence", case.pk + 1)):
        page("officer", "recovery-paper", case.pk, kind, pk, status=404)
    page("clerk2", "recovery-paper", case.pk, "evidence", case.pk, status=404)


@pytest.mark.req("REC-3")
def test_the_list_has_its_tabs_filters_and_sums(db: None) -> None:
    first, second = open_case(fen=60_00), proposed_case()
    came_in(first, 20_00)
    entered(fresh(first), 1_00)
    body = page("officer", "recovery")
    assert ("¥40.00" in body, first.number in body, second.number in body) == (True, True, False)
    for tab, there in (("proposed", second), ("waiting", first)):
        assert there.number in page("officer", "recovery", query=f"?tab={tab}")
    for tab in ("recovered", "ended", "ending", "dropped"):
        assert "没有这样的追缴" in page("officer", "recovery", query=f"?tab={tab}")
    assert first.number in page("officer", "recovery", query=f"?name={first.number}&reason=double")
    assert first.number not in page("officer", "recovery", query="?reason=fraud")


# --- What others read of it -------------------------------------------------------------------------------------------
@pytest.mark.req("REC-3")
def test_a_villager_reads_what_is_asked_back_and_what_was_given_back(db: None) -> None:
    payment = paid_payment()
    person = payment.payee
    case = proposed_case(payment, fen=60_00)
    assert payouts_of(person)[0].state == "已发放"
    case = recovery.decide_case(by=cast.farm_head, case=case, agree=True)
    came_in(case, 20_00)
    (view,) = payouts_of(person)
    assert (view.state, view.tone) == ("已发放，其中¥40.00须退回", "warn")
    assert "重复发放，应退回¥60.00，已退回¥20.00" in view.failure
    assert by_year([view])[0].paid_fen == payment.amount_fen - 20_00
    came_in(fresh(case))
    (view,) = payouts_of(person)
    assert (view.state, view.recovered_fen) == ("已发放，其中¥60.00已退回", 60_00)


@pytest.mark.req("REC-3")
def test_what_came_back_whole_is_not_shown_as_paid_at_the_desk_or_to_the_villager(db: None, rf: Any) -> None:
    payment = paid_payment()
    came_in(open_case(payment))
    assert payouts_of(payment.payee)[0].state == "已全部退回"
    mine = desk.payments_of(cast.clerk, payment.payee)
    assert desk.paid_fen(mine) == 0
    request = rf.get("/")
    request.user = cast.clerk
    found = payments_panel(request, payment.line.roster)
    assert found is not None
    assert (found[1]["recovery"]["count"], found[1]["recovery"]["received"]) == (1, payment.amount_fen)
