"""The pages of cash, of clearing and of months: who sees them, and that every act goes through its service."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.workbench import menu_for, todos_for
from disbursement.models import CashSession, Clearing
from rulebook import daily
from subsidies.models import Policy
from tests.disbursement.test_clearing import THREE, due, fresh_paid, seen
from tests.disbursement.test_pages import page, post
from tests.factories import cast, quota
from tests.factories_cash import (
    cash_allowed,
    cash_batch,
    drawn,
    fresh,
    listed_fen,
    planned,
    scanned,
    settled,
    village_of,
)
from tests.factories_disbursement import failed_payment
from tests.factories_publicity import JPEG
from tests.ruled import ruled

MOMENT = "%Y-%m-%dT%H:%M"


def titles(username: str) -> dict[str, int]:
    return {card.title: card.count for card in todos_for(getattr(cast, username))}


def team_fields() -> dict[str, Any]:
    people = (("乡干甲", "township"), ("村干甲", "village"), ("村干乙", "village"))
    fields: dict[str, Any] = {}
    for place, (name, office) in enumerate(people, start=1):
        fields |= {f"name{place}": name, f"office{place}": office, f"duty{place}": ""}
    return fields


# --- Cash -------------------------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-6")
def test_a_clerk_takes_cash_from_the_list_of_villages_to_the_leader_on_pages(db: None) -> None:
    batch = cash_batch(homes=1)
    village = village_of(batch)
    assert titles("clerk")["现金待安排发放会"] == 1
    assert village.name in page("clerk", "cash")
    assembly: dict[str, Any] = {"place": "村委会广场", "chair": "branch_secretary", "chaired_by": "支书甲"}
    assembly["held_at"] = f"{batch.sent_at:{MOMENT}}"
    status, body = post("clerk", "cash-plan", batch.pk, village.pk, **assembly, **team_fields())
    assert status == 302, body
    session = CashSession.objects.get()
    draw_page = page("clerk", "cash-draw", session.pk)
    assert "登记取款" in draw_page
    told: dict[str, Any] = {"amount": f"{listed_fen(session) / 100:.2f}", "reference": "QK1"}
    told["at"] = f"{session.held_at.astimezone():{MOMENT}}"
    _act("clerk", "cash-draw", session, **told)
    handout, giver = session.handouts.get(), session.team.all()[0]
    row = f"row-{handout.pk}-"
    status, body = post(
        "clerk", "cash-handouts", session.pk, **{f"{row}outcome": "handed", f"{row}giver": str(giver.pk)}
    )
    assert status == 200
    assert "发放人和领取人都签字" in body
    _act("clerk", "cash-handouts", session,
         **{f"{row}outcome": "handed", f"{row}giver": giver.pk, f"{row}signed": "on"})  # fmt: skip
    _act(
        "clerk",
        "cash-settle",
        session,
        attendance=40,
        policy_read="on",
        minutes="宣读政策，当场发放完毕。",
        returned="0",
    )
    for kind in ("signed_list", "minutes"):
        scan = SimpleUploadedFile(f"{kind}.jpg", JPEG, content_type="image/jpeg")
        _act("clerk", "cash-scan", session, kind=kind, file=scan)
    assert titles("leader")["现金发放待核对"] == 1
    assert "核对无误" in page("leader", "cash-close", session.pk)
    _act("leader", "cash-close", session, handed_fen=fresh(session).handed_fen)
    assert fresh(session).status == CashSession.Status.CLOSED
    assert "已签字领取" in page("officer", "cash-session", session.pk)


def _act(username: str, name: str, session: CashSession, **data: Any) -> None:
    status, body = post(username, name, session.pk, **data)
    assert status == 302, body[-3000:]


def test_the_pages_of_an_assembly_are_the_townships_the_departments_and_the_countys(db: None) -> None:
    session = planned(cash_batch(homes=1))
    for username in ("clerk", "leader", "farm_reviewer", "officer", "auditor"):
        assert session.place in page(username, "cash-session", session.pk)
        assert session.number in page(username, "cash", query="?tab=open")
    for username in ("clerk2", "leader2", "care_reviewer", "bank"):
        page(username, "cash-session", session.pk, status=404)
    for username in ("leader", "officer", "clerk2"):
        page(username, "cash-draw", session.pk, status=404)


def test_the_list_to_sign_shows_everybody_with_room_for_two_signatures(db: None) -> None:
    session = planned(cash_batch(homes=1))
    body = page("clerk", "cash-list", session.pk)
    payment = session.handouts.get().payment
    assert payment.payee_name in body
    assert "领取人签字" in body
    assert "发放人签字" in body


def test_a_wrong_team_stays_on_the_form_with_the_way_to_the_rule(db: None) -> None:
    batch = cash_batch(homes=1)
    wrong = {**team_fields(), "office1": "village"}
    status, body = post(
        "clerk", "cash-plan", batch.pk, village_of(batch).pk, held_at="2026-05-12T09:00", place="村委会广场",
        chair="first_secretary", chaired_by="书记甲", **wrong,
    )  # fmt: skip
    assert status == 200
    assert "须同时有乡镇干部和村" in body
    assert "书记甲" in body
    assert "#cash.team" in body


def test_a_leader_who_finds_scans_missing_sends_the_session_back(db: None) -> None:
    session = settled(drawn(planned(cash_batch(homes=1))))
    assert "双方签字的发放表" in page("leader", "cash-close", session.pk)
    _act("leader", "cash-send-back", session, reason="请补签字发放表")
    assert fresh(session).status == CashSession.Status.DRAWN


def test_scans_are_handed_out_to_those_who_see_the_assembly(db: None) -> None:
    session = scanned(planned(cash_batch(homes=1)))
    kept = session.scans.all()[0]
    client = Client()
    client.force_login(cast.clerk)
    handed = client.get(reverse("disbursement:cash-scan-file", args=[session.pk, kept.pk]))
    assert b"".join(handed.streaming_content) == kept.file.file.read()  # type: ignore[attr-defined]
    page("clerk2", "cash-scan-file", session.pk, kept.pk, status=404)


# --- Clearing ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-2")
def test_a_year_is_cleared_on_pages_from_the_officer_over_all_parties_to_the_report(db: None) -> None:
    fresh_paid()
    clearing = due(THREE)
    assert titles("officer")["待清算"] == 1
    assert clearing.policy.name in page("officer", "clearings")
    page("finance_head", "clearing-seal", clearing.pk, status=404)
    assert "封存数字" in page("officer", "clearing-seal", clearing.pk)
    page("bank", "clearing", clearing.pk, status=404)
    assert post("officer", "clearing-seal", clearing.pk)[0] == 302
    for username in ("finance_head", "farm_head", "bank"):
        assert titles(username)["清算待确认"] == 1
        assert "数字无误" in page(username, "clearing-confirm", clearing.pk)
        assert post(username, "clearing-confirm", clearing.pk, digest=seen(clearing), opinion="相符")[0] == 302
    assert titles("officer")["清算待办结"] == 1
    assert post("officer", "clearing-finish", clearing.pk, reference="", handed_back_at="2027-01-04T08:00")[0] == 200
    assert post("officer", "clearing-finish", clearing.pk, reference="J1", handed_back_at="2027-01-04T08:00")[0] == 302
    assert Clearing.objects.get().status == Clearing.Status.CLEARED
    for username in ("officer", "auditor", "farm_reviewer", "bank"):
        assert bytes(Clearing.objects.get().digest or b"").hex().upper() in page(
            username, "clearing-report", clearing.pk
        )
    page("clerk", "clearings", status=404)
    page("care_head", "clearing", clearing.pk, status=404)


def test_what_is_unfinished_stands_on_the_page_and_a_failure_is_written_off_there(db: None) -> None:
    payment = failed_payment()
    clearing = due()
    assert payment.payee_name in page("officer", "clearing", clearing.pk)
    assert "1笔发放失败没有处理" in post("officer", "clearing-seal", clearing.pk)[1]
    page("officer", "clearing-write-off", clearing.pk, payment.pk, status=404)
    assert "转作结余" in page("farm_reviewer", "clearing-write-off", clearing.pk, payment.pk)
    assert post("farm_reviewer", "clearing-write-off", clearing.pk, payment.pk, reason="本人死亡，无继承人")[0] == 302
    assert "本人死亡，无继承人" in page("officer", "clearing", clearing.pk)


def test_a_party_that_finds_a_figure_wrong_sends_the_clearing_back(db: None) -> None:
    fresh_paid()
    clearing = due()
    post("officer", "clearing-seal", clearing.pk)
    assert post("farm_head", "clearing-dispute", clearing.pk, reason="笔数与部门台账不符")[0] == 302
    assert "笔数与部门台账不符" in page("officer", "clearing", clearing.pk)


# --- Months -----------------------------------------------------------------------------------------------------------
def test_policies_and_months_stand_on_one_page(db: None) -> None:
    assert "没有按月设时限的发放" in page("officer", "cycles")
    Policy.objects.filter(code="2130122").update(frequency=Policy.Frequency.MONTHLY)
    ruled({"payout.cycle": "policy_frequency"})
    quota("2130122")
    daily.run()
    assert "本月发放" in page("farm_reviewer", "cycles")
    page("clerk", "cycles", status=404)


def test_menus_lead_whoever_may_see_these_pages_where_they_play_a_part(db: None) -> None:
    assert "disbursement:cash" not in {item.url_name for item in menu_for(cast.clerk)}
    cash_allowed()
    names = {username: {item.url_name for item in menu_for(getattr(cast, username))} for username in ("clerk", "bank")}
    assert "disbursement:cash" in names["clerk"]
    assert "disbursement:clearings" in names["bank"]
    assert "disbursement:clearings" not in names["clerk"]
