"""The database holds what recovery promises, whoever writes; and of two people at one moment one wins (REC-3)."""

from typing import Any

import pytest
from django.db import connection

from audit import ledger_checks
from disbursement.models import Payment, RecoveryCase, RecoveryInstalment
from disbursement.services import recovery
from disbursement.services.recovery.cases import next_number
from lib.errors import Conflict, Invalid
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast
from tests.factories_recovery import (
    came_in,
    entered,
    fresh,
    open_case,
    paid_payment,
    proposed_case,
    proposed_ending,
)
from tests.factories_rosters import settle
from tests.races import race, refusals
from tests.refused import refused_by

CASE = "UPDATE disbursement_recoverycase SET {} WHERE id = %s"
PART = "UPDATE disbursement_recoveryinstalment SET {} WHERE id = %s"
ENDING = "UPDATE disbursement_recoveryending SET {} WHERE id = %s"
DECIDED = "decided_by_id = {0}, decided_by_person_id = {1}, decided_at = portal_now()"


def signed(username: str) -> str:
    user = getattr(cast, username)
    return DECIDED.format(user.pk, user.person_id)


# --- The case ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-3")
def test_whose_case_it_is_and_what_it_asks_never_change(db: None) -> None:
    case, other = open_case(), paid_payment()
    for change in (
        f"payment_id = {other.pk}", "amount_fen = 1", "reason = 'fraud'", "number = 'x'", "words = '别的'",
        f"person_id = {other.line.beneficiary_id}", "evidence_id = NULL", "opened_at = portal_now()",
        signed("farm_reviewer"),
    ):  # fmt: skip
        refused_by("disbursement_recovery_kept", CASE.format(change), case.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM disbursement_recoverycase WHERE id = %s", case.pk)
    refused_by("InsufficientPrivilege", "UPDATE disbursement_recoveryevent SET words = 'x'")
    refused_by("InsufficientPrivilege", "DELETE FROM disbursement_recoveryevent")
    refused_by("InsufficientPrivilege", "UPDATE disbursement_recoverynotice SET amount_fen = 1")


@pytest.mark.req("REC-3")
def test_a_case_moves_along_its_arrows_and_is_never_opened_again(db: None) -> None:
    case = proposed_case()
    refused_by("disbursement_recovery_arrows", CASE.format("state = 'recovered', closed_at = portal_now()"), case.pk)
    refused_by("disbursement_recovery_agreed", CASE.format("state = 'open'"), case.pk)
    alone = f"state = 'open', {signed('dept_officer1')}"
    refused_by("disbursement_recovery_two_people", CASE.format(alone), case.pk)
    case = recovery.decide_case(by=cast.farm_head, case=case, agree=True)
    refused_by("disbursement_recovery_whole", CASE.format("state = 'recovered', closed_at = portal_now()"), case.pk)
    refused_by("disbursement_recovery_ended", CASE.format("state = 'ended', closed_at = portal_now()"), case.pk)
    refused_by("disbursement_recovery_returned", CASE.format("state = 'returned', closed_at = portal_now()"), case.pk)
    came_in(case)
    for change in ("state = 'open', closed_at = NULL", "debtor_name = '甲二'"):
        refused_by("disbursement_recovery_kept", CASE.format(change), case.pk)


COPY = """
INSERT INTO disbursement_recoverycase (id, number, payment_id, person_id, department_id, reason, words, reckoning,
       amount_fen, evidence_id, debtor_kind, debtor_name, debtor_relation, received_fen, state, opened_by_id,
       opened_by_person_id, opened_at)
SELECT {pk}, '{number}', payment_id, person_id, department_id, {reason}, words, reckoning,
       {fen}, {evidence}, debtor_kind, debtor_name, debtor_relation, {received}, {state}, opened_by_id,
       opened_by_person_id, opened_at
  FROM disbursement_recoverycase WHERE id = %s
"""


def copied(**more: object) -> str:
    pk, number = next_number()
    plain = {"reason": "reason", "fen": 1, "evidence": "evidence_id", "received": 0, "state": "'proposed'"}
    return COPY.format(pk=pk, number=number, **{**plain, **more})


@pytest.mark.req("REC-3")
def test_a_case_begins_for_paid_money_that_no_other_case_asks_with_its_evidence(db: None) -> None:
    payment = paid_payment()
    case = proposed_case(payment, fen=payment.amount_fen - 1_00)
    refused_by("disbursement_recovery_of_paid", copied(fen=1_01), case.pk)
    refused_by("disbursement_recovery_arrows", copied(state="'open'"), case.pk)
    refused_by("disbursement_recovery_arrows", copied(received=1), case.pk)
    refused_by("disbursement_recovery_arrows", copied(reason="'death'"), case.pk)
    refused_by("disbursement_recovery_told", copied(evidence="NULL"), case.pk)
    with connection.cursor() as cursor:
        cursor.execute(copied(fen=1_00), [case.pk])
    settle()


# --- Instalments and the ledger ---------------------------------------------------------------------------------------
@pytest.mark.req("REC-3", "FND-3")
def test_what_is_confirmed_has_moved_and_what_moved_was_confirmed(db: None) -> None:
    case = open_case()
    part = entered(case, 1_00)
    whole = f"state = 'confirmed', {signed('officer')}"
    refused_by("disbursement_recovery_received", PART.format(whole), part.pk)
    both = (
        f"WITH header AS (UPDATE disbursement_recoverycase SET received_fen = 100 WHERE id = {case.pk})"
        f" {PART.format(whole)}"
    )
    refused_by("disbursement_instalment_moved", both, part.pk)
    refused_by("disbursement_recovery_received", CASE.format("received_fen = 100"), case.pk)
    move = (
        "INSERT INTO subsidies_transfer (key, debit_id, credit_id, amount_fen, subject_type, subject_id, at)"
        " SELECT %s, d.id, c.id, %s, 'x', 1, portal_now() FROM subsidies_ledgeraccount d, subsidies_ledgeraccount c"
        " WHERE d.quota_id = %s AND d.kind = %s AND c.quota_id = d.quota_id AND c.kind = 'recovered'"
    )
    quota = case.payment.batch.quota
    for key, fen, source in ((f"recovery:{part.pk}", 1_00, "paid"), ("anything", 1_00, "paid")):
        refused_by("disbursement_transfer_recovered", move, key, fen, quota.pk, source)
    recovery.confirm_instalment(by=cast.officer, instalment=part)
    settle()
    refused_by("disbursement_transfer_recovered", move, "anything", 1_00, quota.pk, "paid")
    refused_by("disbursement_transfer_recovered", move, "anything", 1_00, quota.pk, "available")


@pytest.mark.req("REC-3")
def test_an_instalment_stays_as_it_was_entered_and_decided(db: None) -> None:
    case = open_case()
    part = entered(case, 1_00)
    for change in ("amount_fen = 2", "bank_reference = 'x'", f"slip_id = {case.evidence_id}"):
        refused_by("disbursement_instalment_kept", PART.format(change), part.pk)
    refused_by("disbursement_instalment_decided", PART.format("state = 'confirmed'"), part.pk)
    own = f"state = 'confirmed', {signed('dept_officer1')}"
    refused_by("disbursement_instalment_two_people", PART.format(own), part.pk)
    refused_by("disbursement_instalment_struck_why", PART.format(f"state = 'struck', {signed('officer')}"), part.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM disbursement_recoveryinstalment WHERE id = %s", part.pk)
    recovery.confirm_instalment(by=cast.officer, instalment=part)
    for change in ("state = 'waiting'", "strike_reason = 'x', state = 'struck'"):
        refused_by("disbursement_instalment_kept", PART.format(change), part.pk)
    refused_by("disbursement_recovery_kept", CASE.format("received_fen = 0"), case.pk)


INSTALMENT = (
    "INSERT INTO disbursement_recoveryinstalment (case_id, amount_fen, received_on, bank_reference, slip_id, state,"
    " entered_by_id, entered_by_person_id, entered_at, strike_reason) SELECT id, %s, '2026-05-20', %s, evidence_id, %s,"
    " opened_by_id, opened_by_person_id, portal_now(), '' FROM disbursement_recoverycase WHERE id = %s"
)


@pytest.mark.req("REC-3")
def test_no_more_comes_in_than_is_asked_and_only_while_the_case_is_open(db: None) -> None:
    case = open_case()
    entered(case, case.amount_fen - 1_00, reference="HK-1")
    refused_by("disbursement_instalment_most", INSTALMENT, 1_01, "HK-2", "waiting", case.pk)
    refused_by("disbursement_instalment_once", INSTALMENT, 1_00, "HK-1", "waiting", case.pk)
    refused_by("disbursement_instalment_arrows", INSTALMENT, 1_00, "HK-2", "confirmed", case.pk)
    waits = RecoveryInstalment.objects.get()
    recovery.confirm_instalment(by=cast.officer, instalment=waits)
    came_in(fresh(case))
    refused_by("disbursement_instalment_arrows", INSTALMENT, 1_00, "HK-2", "waiting", case.pk)


# --- Ending short -----------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-3")
def test_a_case_ends_short_only_by_a_proposal_and_another_persons_word(db: None) -> None:
    case = open_case()
    ending = proposed_ending(case)
    refused_by("disbursement_recovery_ending_kept", ENDING.format("lost_fen = 1"), ending.pk)
    own = f"state = 'approved', {signed('dept_officer1')}"
    refused_by("disbursement_recovery_ending_two_people", ENDING.format(own), ending.pk)
    agreed = f"state = 'approved', {signed('finance_head')}"
    refused_by("disbursement_recovery_ended", ENDING.format(agreed), ending.pk)
    part = entered(case, 1_00)
    over = "state = 'ended', closed_at = portal_now()"
    refused_by("disbursement_recovery_waiting", CASE.format(over), case.pk)
    recovery.strike_instalment(by=cast.officer, instalment=part, reason="不是本人的款")
    recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=ending.lost_fen, agree=True)
    settle()
    refused_by("disbursement_recovery_ending_kept", ENDING.format("state = 'refused'"), ending.pk)
    again = (
        "INSERT INTO disbursement_recoveryending (case_id, lost_fen, reason, basis_id, state, proposed_by_id,"
        " proposed_by_person_id, proposed_at, opinion) SELECT case_id, lost_fen, reason, basis_id, 'proposed',"
        " proposed_by_id, proposed_by_person_id, portal_now(), '' FROM disbursement_recoveryending WHERE id = %s"
    )
    refused_by("disbursement_recovery_ending_arrows", again, ending.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM disbursement_recoveryending")


@pytest.mark.req("REC-3", "PAY-4")
def test_a_bank_does_not_send_back_what_a_case_still_asks_for(db: None) -> None:
    case = came_in(open_case(), 1_00)
    refused_by(
        "disbursement_return_not_recovered",
        "INSERT INTO disbursement_returnnotice (payment_id, reason, message, reference, noticed_at, reported_at)"
        " VALUES (%s, 'F02', '', 'TK', portal_now(), portal_now())",
        case.payment_id,
    )


# --- What the verification finds --------------------------------------------------------------------------------------
def found() -> set[str]:
    return {finding.truth for finding in ledger_checks.findings()}


@pytest.mark.req("REC-3", "FND-3")
@pytest.mark.parametrize(
    ("statement", "truth"),
    [
        ("UPDATE disbursement_recoverycase SET received_fen = received_fen + 1", "has what its confirmed instalments"),
        ("UPDATE disbursement_recoveryinstalment SET amount_fen = amount_fen - 1", "each moved once"),
        ("UPDATE disbursement_recoveryinstalment SET amount_fen = amount_fen - 1", "signed for in cash"),
        ("UPDATE disbursement_recoverycase SET state = 'ended', closed_at = portal_now()", "ended whole or by a paper"),
        ("UPDATE disbursement_recoverycase SET amount_fen = amount_fen + 1", "no more is asked back"),
    ],
)
def test_verify_finds_what_was_altered_behind_the_guards(
    committed_db: Database, superuser: Any, statement: str, truth: str
) -> None:
    came_in(open_case(), 5_00)
    assert found() == set()
    superuser.cursor().execute(f"SET session_replication_role = replica; {statement}")
    assert any(truth in each for each in found())


# --- Two people at one moment -----------------------------------------------------------------------------------------
@pytest.mark.req("REC-3", "FND-3")
def test_of_two_confirmations_at_once_one_moves_the_money(committed_db: Database) -> None:
    case = open_case()
    part = entered(case, 5_00)
    outcomes = race(
        lambda: recovery.confirm_instalment(by=cast.officer, instalment=part),
        lambda: recovery.confirm_instalment(by=cast.officer2, instalment=part),
    )
    (lost,) = refusals(outcomes)
    assert isinstance(lost, Conflict)
    assert lost.code == "disbursement.instalment_decided"
    assert fresh(case).received_fen == ledger.balances(case.payment.batch.quota)["recovered"] == 5_00
    assert found() == set()


@pytest.mark.req("REC-3", "FND-3")
def test_two_instalments_confirmed_at_once_both_count_and_close_the_case(committed_db: Database) -> None:
    case = open_case()
    parts = [entered(case, 5_00), entered(case, case.amount_fen - 5_00)]
    outcomes = race(
        lambda: recovery.confirm_instalment(by=cast.officer, instalment=parts[0]),
        lambda: recovery.confirm_instalment(by=cast.officer2, instalment=parts[1]),
    )
    assert refusals(outcomes) == []
    case = fresh(case)
    assert (case.state, case.received_fen) == ("recovered", case.amount_fen)
    assert found() == set()


@pytest.mark.req("REC-3")
def test_a_confirmation_and_an_ending_at_once_leave_one_of_them(committed_db: Database) -> None:
    case = open_case()
    ending = proposed_ending(case)
    part = entered(case, 5_00)
    outcomes = race(
        lambda: recovery.confirm_instalment(by=cast.officer, instalment=part),
        lambda: recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=ending.lost_fen, agree=True),
    )
    (lost,) = refusals(outcomes)
    assert isinstance(lost, Conflict)
    assert (fresh(case).state, fresh(case).received_fen) == ("open", 5_00)
    assert found() == set()


@pytest.mark.req("REC-3")
def test_an_instalment_and_an_ending_at_once_never_leave_money_without_a_case(committed_db: Database) -> None:
    case = open_case()
    ending = proposed_ending(case)
    outcomes = race(
        lambda: entered(case, 5_00),
        lambda: recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=ending.lost_fen, agree=True),
    )
    assert len(refusals(outcomes)) == 1
    waiting = RecoveryInstalment.objects.filter(state="waiting").count()
    assert (fresh(case).state, waiting) in {("open", 1), ("ended", 0)}


@pytest.mark.req("REC-3")
def test_of_two_cases_for_the_whole_payment_at_once_one_begins(committed_db: Database) -> None:
    payment: Payment = paid_payment()
    outcomes = race(lambda: proposed_case(payment), lambda: proposed_case(payment, by=cast.dept_officer2))
    (lost,) = refusals(outcomes)
    assert isinstance(lost, Invalid)
    assert RecoveryCase.objects.filter(payment=payment).count() == 1
