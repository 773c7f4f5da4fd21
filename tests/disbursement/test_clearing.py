"""Clearing a policy's year: nothing unfinished, every party's word, the rest handed back, the quotas closed (REC-2)."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.workbench import todos_for
from audit import ledger_checks
from disbursement.models import Clearing, Payment
from disbursement.services.clearing import (
    confirm_clearing,
    dispute_clearing,
    figures_of,
    finish_clearing,
    missing_of,
    seal_clearing,
    unfinished,
    write_off,
)
from disbursement.services.clearing_due import open_due
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rosters.models import Roster
from rulebook import clock, daily, deadlines
from rulebook.models import Breach, Deadline
from subsidies import ledger
from subsidies.models import Policy
from tests.databases import Database
from tests.factories import at, cast, quota
from tests.factories_disbursement import answered_batch, approved_roster, arrival, failed_payment
from tests.factories_recovery import came_in, open_case
from tests.factories_rosters import draft_roster, settle
from tests.refused import refused_by
from tests.ruled import ruled, span

Status = Clearing.Status
TWO: dict[str, object] = {"clearing.parties": ["finance", "department"]}
THREE: dict[str, object] = {
    "clearing.parties": ["finance", "department", "bank"],
    "clearing.within": span(20, "working_days", "period.ended", "finance"),
}


def year_over(rules: dict[str, object] | None = None) -> Clearing:
    """A paid roster whose year is over; its clearing fell due, with two parties unless told otherwise."""
    fresh_paid()
    return due(rules)


def fresh_paid(*, fen: int = 5_000_00) -> Roster:
    money = quota(fen=fen)
    arrival(money, fen=fen)
    batch = answered_batch(approved_roster(homes=2, with_quota=money))
    return batch.rosters.get()


def due(rules: dict[str, object] | None = None) -> Clearing:
    ruled(rules or TWO)
    at("2027-01-04T09:00")
    open_due(clock.today())
    return Clearing.objects.select_related("policy__department").get()


def seen(clearing: Clearing) -> str:
    return bytes(Clearing.objects.get(pk=clearing.pk).digest or b"").hex()


def confirmed(clearing: Clearing, *users: User) -> Clearing:
    seal_clearing(by=cast.officer, clearing=clearing)
    for user in users or (cast.finance_head, cast.farm_head):
        confirm_clearing(by=user, clearing=clearing, digest_seen=seen(clearing))
    return Clearing.objects.select_related("policy__department").get(pk=clearing.pk)


def finished(clearing: Clearing) -> Clearing:
    return finish_clearing(by=cast.officer, clearing=clearing, reference="JK20270001", handed_back_at=clock.now())


# --- Falling due ------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-2")
def test_a_policys_year_falls_due_when_it_ended_once_and_its_days_begin_with_the_end(db: None) -> None:
    ruled(THREE)
    quota()
    at("2026-12-31T23:00")
    daily.run()
    assert not Clearing.objects.exists()
    at("2027-01-04T09:00")
    daily.run()
    daily.run()
    clearing = Clearing.objects.get()
    assert (clearing.year, clearing.status, clearing.period_end) == (2026, Status.DUE, date(2026, 12, 31))
    deadline = Deadline.objects.get(kind="clearing.within")
    assert deadline.responsible == cast.organisation("CZJ")
    assert deadline.started_at == clock.end_of_day(date(2026, 12, 31))


def test_where_the_rules_set_no_time_for_clearing_none_runs(db: None) -> None:
    quota()
    due()
    assert Clearing.objects.exists()
    assert not Deadline.objects.filter(kind="clearing.within").exists()


@pytest.mark.parametrize(("when", "opened"), [("year_end", 0), ("year_or_period_end", 1)])
def test_an_execution_period_that_ended_is_cleared_at_once_where_the_rules_say_so(
    db: None, when: str, opened: int
) -> None:
    ruled({"clearing.at": when})
    money = quota()
    Policy.objects.filter(pk=money.policy_id).update(in_force_to=date(2026, 6, 30))
    open_due(date(2026, 7, 1))
    assert Clearing.objects.count() == opened


def test_a_clearing_that_is_not_done_in_time_is_a_breach_of_the_bureau(db: None) -> None:
    fresh_paid()
    due({"clearing.within": span(6, "natural_days", "period.ended", "finance")})
    at("2027-01-11T09:00")
    deadlines.sweep()
    assert Breach.objects.filter(deadline__kind="clearing.within").get().organisation == cast.organisation("CZJ")


# --- Unfinished things ------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-2")
def test_what_is_unfinished_keeps_a_year_from_being_cleared(db: None) -> None:
    money = quota(fen=5_000_00)
    draft_roster(homes=1, with_quota=money)
    clearing = due()
    assert unfinished(clearing)["rosters"].count() == 1
    with pytest.raises(Conflict, match="1份清册没有办结"):
        seal_clearing(by=cast.officer, clearing=clearing)
    assert Clearing.objects.get().status == Status.DUE


@pytest.mark.req("REC-2")
def test_a_failed_payment_is_written_off_for_a_reason_and_its_money_becomes_surplus(db: None) -> None:
    payment = failed_payment()
    clearing = due()
    with pytest.raises(Conflict, match="1笔发放失败没有处理"):
        seal_clearing(by=cast.officer, clearing=clearing)
    with pytest.raises(Invalid):
        write_off(by=cast.farm_reviewer, clearing=clearing, payment=payment, reason="")
    with pytest.raises(Forbidden):
        write_off(by=cast.officer, clearing=clearing, payment=payment, reason="本人死亡，无继承人")
    write_off(by=cast.farm_reviewer, clearing=clearing, payment=payment, reason="本人死亡，无继承人")
    payment.refresh_from_db()
    assert payment.disposal == Payment.Disposal.SURPLUS
    assert payment.line.roster.status == Roster.Status.CLOSED
    assert ledger.balances(payment.batch.quota)["surplus"] == payment.amount_fen
    with pytest.raises(Conflict):
        write_off(by=cast.farm_reviewer, clearing=clearing, payment=payment, reason="本人死亡，无继承人")
    assert not list(ledger_checks.findings())
    finished(confirmed(clearing))
    assert not list(ledger_checks.findings())


def test_a_payment_that_did_not_fail_is_not_written_off_by_the_database_either(db: None) -> None:
    payment = Payment.objects.filter(batch__rosters=fresh_paid())[0]
    clearing = due()
    refused_by(
        "disbursement_write_off_failed",
        "INSERT INTO disbursement_writeoff (clearing_id, payment_id, amount_fen, reason, by_id, by_person_id, at)"
        " VALUES (%s, %s, %s, 'x', %s, %s, portal_now())",
        clearing.pk,
        payment.pk,
        payment.amount_fen,
        cast.officer.pk,
        cast.officer.person_id,
    )


# --- Parties ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-2")
def test_figures_are_sealed_as_ledger_and_arrivals_have_them(db: None) -> None:
    clearing = year_over()
    money = clearing.policy.quotas.get()
    expected = figures_of(money)
    clearing = seal_clearing(by=cast.officer, clearing=clearing)
    part = clearing.parts.get()
    paid = ledger.balances(money)["paid"]
    assert (part.paid_fen, part.unused_fen, part.left_fen) == (paid, 5_000_00 - paid, 5_000_00 - paid)
    assert {name: getattr(part, name) for name in expected} == expected
    assert clearing.surplus_fen == clearing.left_fen == 5_000_00 - paid
    assert [office.code for office in missing_of(clearing)] == ["CZJ", "BM-agriculture"]


@pytest.mark.req("REC-2")
def test_every_party_of_the_rules_confirms_each_by_another_person(db: None) -> None:
    clearing = confirmed(year_over(THREE), cast.finance_head, cast.farm_head)
    assert [card.title for card in todos_for(cast.bank) if "清算" in card.title] == ["清算待确认"]
    with pytest.raises(Conflict, match="还没有确认"):
        finished(clearing)
    with pytest.raises(Conflict, match="已经确认"):
        confirm_clearing(by=cast.finance_head, clearing=clearing, digest_seen=seen(clearing))
    for user in (cast.officer, cast.care_head, cast.clerk, cast.auditor):
        with pytest.raises(Forbidden) as refused:
            confirm_clearing(by=user, clearing=clearing, digest_seen=seen(clearing))
        assert refused.value.rule == "clearing.parties"
    confirm_clearing(by=cast.bank, clearing=clearing, digest_seen=seen(clearing))
    assert finished(clearing).status == Status.CLEARED


def test_a_bank_that_the_rules_do_not_name_has_no_word(db: None) -> None:
    clearing = seal_clearing(by=cast.officer, clearing=year_over())
    with pytest.raises(Forbidden):
        confirm_clearing(by=cast.bank, clearing=clearing, digest_seen=seen(clearing))


def test_figures_that_nobody_saw_are_not_confirmed(db: None) -> None:
    clearing = seal_clearing(by=cast.officer, clearing=year_over())
    with pytest.raises(Conflict, match="已经变动"):
        confirm_clearing(by=cast.finance_head, clearing=clearing, digest_seen="00")


def test_a_disputed_clearing_begins_a_new_round_and_old_words_lose_their_force(db: None) -> None:
    clearing = confirmed(year_over())
    clearing = dispute_clearing(by=cast.farm_head, clearing=clearing, reason="已发放笔数与部门台账不符")
    assert (clearing.status, clearing.dispute) == (Status.DUE, "已发放笔数与部门台账不符")
    clearing = seal_clearing(by=cast.officer, clearing=clearing)
    assert len(missing_of(clearing)) == 2
    clearing = Clearing.objects.select_related("policy__department").get()
    for user in (cast.finance_head, cast.farm_head):
        confirm_clearing(by=user, clearing=clearing, digest_seen=seen(clearing))
    assert finished(clearing).round == 2


def test_what_moved_after_the_confirmations_is_confirmed_anew(db: None) -> None:
    clearing = confirmed(year_over())
    arrival(quota(fen=1_00), fen=1_00)
    with pytest.raises(Conflict, match="又有变动"):
        finished(clearing)


# --- The end ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-2")
def test_what_is_left_goes_back_and_the_quota_is_closed_for_good(db: None) -> None:
    clearing = confirmed(year_over({**TWO, "clearing.within": span(20, "natural_days", "period.ended", "finance")}))
    with pytest.raises(Invalid, match="缴回国库后"):
        finish_clearing(by=cast.officer, clearing=clearing)
    clearing = finished(clearing)
    money = clearing.policy.quotas.get()
    held = ledger.balances(money)
    assert held["paid"] + held["surplus"] == money.amount_fen
    assert Deadline.objects.get(kind="clearing.within").state == Deadline.State.MET
    assert not list(ledger_checks.findings())
    for use in (lambda: draft_roster(homes=1, with_quota=money), lambda: arrival(money, fen=1_00)):
        with pytest.raises(Conflict, match="已在清算QS2026-2130122中办结"):
            use()
    refused_by(
        "disbursement_quota_cleared",
        """INSERT INTO subsidies_transfer (key, debit_id, credit_id, amount_fen, subject_type, subject_id, at)
           SELECT 'x', d.id, c.id, 1, 'x', 1, portal_now() FROM subsidies_ledgeraccount d, subsidies_ledgeraccount c
            WHERE d.quota_id = %s AND d.kind = 'surplus' AND c.quota_id = d.quota_id AND c.kind = 'available'""",
        money.pk,
    )


@pytest.mark.req("REC-2", "REC-3")
def test_what_was_paid_may_still_be_recovered_after_the_clearing(db: None) -> None:
    clearing = finished(confirmed(year_over()))
    money = clearing.policy.quotas.get()
    payment = Payment.objects.filter(batch__quota=money, status="paid").order_by("pk")[0]
    case = came_in(open_case(payment, fen=1_00))
    assert (case.state, ledger.balances(money)["recovered"]) == ("recovered", 1_00)
    settle()
    assert not list(ledger_checks.findings())


@pytest.mark.req("REC-2", "REC-3")
def test_the_figures_of_a_clearing_say_what_was_recovered(db: None) -> None:
    clearing = year_over()
    money = clearing.policy.quotas.get()
    payment = Payment.objects.filter(batch__quota=money, status="paid").order_by("pk")[0]
    paid = ledger.balances(money)["paid"]
    case = came_in(open_case(payment), 2_00)
    sealed = seal_clearing(by=cast.officer, clearing=clearing)
    part = sealed.parts.get()
    assert (part.paid_fen, part.recovered_fen) == (paid - 2_00, 2_00)
    page = Client()
    page.force_login(cast.officer)
    report = page.get(reverse("disbursement:clearing-report", args=[sealed.pk])).content.decode()
    assert "已追回" in report
    assert "¥2.00" in report
    for user in (cast.finance_head, cast.farm_head):
        confirm_clearing(by=user, clearing=sealed, digest_seen=seen(sealed))
    came_in(case, 1_00)
    with pytest.raises(Conflict, match="又有变动"):
        finished(sealed)


def test_a_quota_that_comes_after_the_clearing_is_cleared_by_another(db: None) -> None:
    first = finished(confirmed(year_over()))
    quota(fen=1_00)
    open_due(clock.today())
    second = Clearing.objects.exclude(pk=first.pk).get()
    assert second.number.endswith("-2")
    assert finished(confirmed(second)).status == Status.CLEARED


def test_a_clearing_is_not_ended_by_force(db: None) -> None:
    clearing = seal_clearing(by=cast.officer, clearing=year_over())
    change = "UPDATE disbursement_clearing SET "
    ended = (
        f"{change} status = 'cleared', cleared_at = portal_now(), cleared_by_id = begun_by_id,"
        " handback_reference = 'x', handback_at = portal_now() WHERE id = %s"
    )
    refused_by("disbursement_clearing_confirmed", ended, clearing.pk)
    refused_by("disbursement_clearing_kept", f"{change} surplus_fen = 0 WHERE id = %s", clearing.pk)
    refused_by("disbursement_clearing_kept", "UPDATE disbursement_clearingquota SET paid_fen = 0")
    clearing = Clearing.objects.select_related("policy__department").get()
    for user in (cast.finance_head, cast.farm_head):
        confirm_clearing(by=user, clearing=clearing, digest_seen=seen(clearing))
    refused_by("disbursement_clearing_empty", ended, clearing.pk)
    refused_by("InsufficientPrivilege", "UPDATE disbursement_clearingconfirmation SET opinion = 'x'")
    clearing = finished(clearing)
    refused_by("disbursement_clearing_kept", f"{change} surplus_fen = 0 WHERE id = %s", clearing.pk)


def test_the_maker_of_the_figures_is_no_party_to_them(db: None) -> None:
    clearing = seal_clearing(by=cast.officer, clearing=year_over())
    refused_by(
        "disbursement_clearing_maker_is_not_checker",
        """INSERT INTO disbursement_clearingconfirmation (clearing_id, round, party, organisation_id, by_id,
                  by_person_id, maker_person_id, digest, opinion, at)
           SELECT id, round, 'finance', %s, begun_by_id, begun_by_person_id, %s, digest, '', portal_now()
             FROM disbursement_clearing WHERE id = %s""",
        cast.organisation("CZJ").pk,
        cast.bank.person_id,
        clearing.pk,
    )


def test_an_end_that_fails_half_way_leaves_everything_as_it_was(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clearing = confirmed(year_over())
    before = ledger.balances(clearing.policy.quotas.get())

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(deadlines, "meet", broken)
    with pytest.raises(RuntimeError):
        finished(clearing)
    assert ledger.balances(clearing.policy.quotas.get()) == before
    assert Clearing.objects.get().status == Status.CONFIRMING


def test_two_officers_who_end_a_clearing_at_once_end_it_once(committed_db: Database) -> None:
    clearing = confirmed(year_over())
    told: list[str] = []

    def press(username: str) -> None:
        try:
            by = User.objects.get(username=username)
            finish_clearing(
                by=by, clearing=clearing, reference="JK1", handed_back_at=clock.now() - timedelta(minutes=1)
            )
            told.append("cleared")
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[name]) for name in ("officer", "officer2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["cleared", "disbursement.clearing_state"]
