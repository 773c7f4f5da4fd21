"""What the database holds about payments, attacked in SQL as the web role (design, truths 2, 4, 6, 7)."""

import pytest
from django.db import connection

from disbursement.models import Batch, Payment
from disbursement.services import make_reissue
from tests.factories import cast
from tests.factories_disbursement import (
    answer,
    answered_batch,
    approved_roster,
    arrival_of,
    draft_batch,
    failed_payment,
    sent_batch,
    take,
)
from tests.factories_households import account_change, household
from tests.refused import refused_by

_COPY = """
INSERT INTO disbursement_payment
       (batch_id, number, line_id, attempt, previous_id, payee_id, payee_name, payee_id_cipher, bank_name,
        account_cipher, account_digest, account_tail, amount_fen, status, reason, bank_message, bank_reference,
        disposal)
SELECT {batch}, 900, line_id, {attempt}, {previous}, {payee}, payee_name, payee_id_cipher, bank_name, account_cipher,
       {digest}, account_tail, {fen}, {status}, '', '', '', ''
  FROM disbursement_payment WHERE id = %s
"""


def copy(**changes: str) -> str:
    """SQL that adds a payment like another one, with changes."""
    given = {
        "batch": "batch_id",
        "attempt": "attempt",
        "previous": "previous_id",
        "payee": "payee_id",
        "digest": "account_digest",
        "fen": "amount_fen",
        "status": "'pending'",
    }
    return _COPY.format(**{**given, **changes})


def first(batch: Batch) -> Payment:
    return batch.payments.order_by("number")[0]


@pytest.mark.req("PAY-2", "PAY-5")
def test_an_entitlement_has_one_living_attempt(db: None) -> None:
    payment = first(draft_batch(approved_roster(homes=1)))
    refused_by("disbursement_no_one_paid_twice", copy(attempt="1"), payment.pk)


@pytest.mark.req("PAY-5")
def test_a_payment_that_did_not_fail_is_not_paid_again(db: None) -> None:
    payment = first(answered_batch(approved_roster(homes=1)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM disbursement_payment WHERE id = %s", [payment.pk])
        assert cursor.fetchone() == ("paid",)
    refused_by("disbursement_no_one_paid_twice", copy(attempt="2", previous="id"), payment.pk)


def test_no_payment_enters_a_sealed_batch(db: None) -> None:
    payment = failed_payment()
    refused_by("disbursement_payment_frozen", copy(attempt="2", previous="id"), payment.pk)


def test_a_payment_pays_its_line_in_full(db: None) -> None:
    failed = failed_payment()
    account_change(failed.payee, approved=True)
    failed.refresh_from_db()
    other = make_reissue(by=cast.officer, arrival=arrival_of(failed.line.roster), payments=[failed])
    Payment.objects.filter(batch=other).update(status="cancelled")
    again = copy(batch=str(other.pk), attempt="2", previous="id", fen="amount_fen - 1")
    refused_by("disbursement_payment_entitled", again, failed.pk)


def test_a_re_issue_names_the_failed_attempt_before_it(db: None) -> None:
    failed = failed_payment()
    account_change(failed.payee, approved=True)
    failed.refresh_from_db()
    other = make_reissue(by=cast.officer, arrival=arrival_of(failed.line.roster), payments=[failed])
    Payment.objects.filter(batch=other).update(status="cancelled")
    refused_by(
        "disbursement_payment_reissue_names_previous",
        copy(batch=str(other.pk), attempt="2", previous="NULL"),
        failed.pk,
    )
    refused_by("disbursement_payment_after_failure", copy(batch=str(other.pk), attempt="3", previous="id"), failed.pk)


@pytest.mark.req("PAY-8")
def test_a_payment_never_goes_to_another_persons_account(db: None) -> None:
    failed = failed_payment()
    account_change(failed.payee, approved=True)
    failed.refresh_from_db()
    other = make_reissue(by=cast.officer, arrival=arrival_of(failed.line.roster), payments=[failed])
    Payment.objects.filter(batch=other).update(status="cancelled")
    head = household(name="乙一").head
    assert head is not None
    account = head.accounts.get()
    digest = f"(SELECT number_digest FROM households_bankaccount WHERE id = {account.pk})"
    where = {"batch": str(other.pk), "attempt": "2", "previous": "id", "digest": digest}
    refused_by("disbursement_payment_own_account", copy(**where), failed.pk)
    refused_by("disbursement_payment_own_account", copy(**where, payee=str(head.pk)), failed.pk)


@pytest.mark.parametrize(
    "change",
    [
        "id = id + 1000000, amount_fen = amount_fen + 1",
        "amount_fen = amount_fen + 1",
        "account_tail = '0000'",
        "payee_name = '别人'",
        "number = 77",
        "id = id + 1000",
    ],
)
def test_who_is_paid_what_does_not_change(db: None, change: str) -> None:
    payment = first(draft_batch(approved_roster(homes=1)))
    refused_by("disbursement_payment_frozen", f"UPDATE disbursement_payment SET {change} WHERE id = %s", payment.pk)


@pytest.mark.parametrize(
    ("source", "target"), [("pending", "paid"), ("pending", "failed"), ("sent", "pending"), ("sent", "cancelled")]
)
def test_a_payment_moves_along_its_arrows(db: None, source: str, target: str) -> None:
    roster = approved_roster(homes=1)
    payment = first(draft_batch(roster) if source == "pending" else sent_batch(roster))
    more = ", reason = 'F01', disposal = 'open'" if target == "failed" else ""
    refused_by(
        "disbursement_payment_arrows",
        f"UPDATE disbursement_payment SET status = %s{more} WHERE id = %s",
        target,
        payment.pk,
    )


@pytest.mark.req("PAY-3")
def test_only_a_banks_result_makes_a_payment_paid_or_failed(db: None) -> None:
    payment = first(sent_batch(approved_roster(homes=1)))
    refused_by(
        "disbursement_payment_by_result", "UPDATE disbursement_payment SET status = 'paid' WHERE id = %s", payment.pk
    )


_RESULT = """
INSERT INTO disbursement_resultline
       (result_id, batch_id, payment_id, number, amount_fen, outcome, code, reason, message, bank_reference, settled_at)
SELECT result_id, {batch}, payment_id, {number}, amount_fen + {more}, outcome, code, reason, message, bank_reference,
       settled_at
  FROM disbursement_resultline WHERE payment_id = %s
"""


@pytest.mark.req("PAY-2")
def test_a_result_is_taken_in_once_and_for_the_amount_that_was_sent(db: None) -> None:
    payment = first(answered_batch(approved_roster(homes=1)))
    refused_by(
        "disbursement_resultline_payment_id_key",
        _RESULT.format(batch="batch_id", number="number + 1", more=0),
        payment.pk,
    )


def test_a_number_of_a_batch_has_one_result(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    take(batch, answer(batch, only={1}))
    one, two = batch.payments.order_by("number")
    sql = """INSERT INTO disbursement_resultline (result_id, batch_id, payment_id, number, amount_fen, outcome, code,
                                                  reason, message, bank_reference, settled_at)
             SELECT result_id, batch_id, %s, number, %s, outcome, code, reason, message, bank_reference, settled_at
               FROM disbursement_resultline WHERE payment_id = %s"""
    refused_by("disbursement_result_once", sql, two.pk, two.amount_fen, one.pk)


def test_a_result_names_no_other_amount_than_was_sent(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    payment = first(batch)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO jobs_storedfile (file, name, size, sha256, created_at)
               VALUES ('x', 'x', 1, '\\x00', now()) RETURNING id"""
        )
        file = cursor.fetchone()[0]
        cursor.execute(
            """INSERT INTO disbursement_resultfile
                      (batch_id, digest, file_id, line_count, paid_fen, failed_fen, received_at)
               VALUES (%s, '\\x01', %s, 1, 1, 0, now()) RETURNING id""",
            [batch.pk, file],
        )
        result = cursor.fetchone()[0]
    sql = """INSERT INTO disbursement_resultline (result_id, batch_id, payment_id, number, amount_fen, outcome, code,
                                                  reason, message, bank_reference, settled_at)
             VALUES (%s, %s, %s, %s, %s, 'paid', '0', '', '', '', now())"""
    refused_by("disbursement_result_amount", sql, result, batch.pk, payment.pk, payment.number, payment.amount_fen - 1)
    refused_by("disbursement_result_own_batch", sql, result, batch.pk, payment.pk, 5, payment.amount_fen)


@pytest.mark.parametrize(
    ("change", "truth"),
    [
        ("total_fen = total_fen + 1", "disbursement_batch_frozen"),
        ("payment_count = payment_count + 1", "disbursement_batch_frozen"),
        ("number = 'X'", "disbursement_batch_frozen"),
        ("status = 'draft'", "disbursement_batch_arrows"),
    ],
)
def test_a_sealed_batch_does_not_change(db: None, change: str, truth: str) -> None:
    batch = sent_batch(approved_roster(homes=1))
    refused_by(truth, f"UPDATE disbursement_batch SET {change} WHERE id = %s", batch.pk)


def test_a_batch_is_released_with_exactly_its_payments(db: None) -> None:
    batch = draft_batch(approved_roster(homes=1))
    other = cast.officer2
    release = """UPDATE disbursement_batch SET status = 'released', released_by_id = %s, released_by_person_id = %s,
                        released_at = now(), total_fen = total_fen + {more} WHERE id = %s"""
    refused_by("disbursement_batch_totals", release.format(more=1), other.pk, other.person_id, batch.pk)


def test_nothing_of_a_payment_is_ever_deleted_by_the_web_role(db: None) -> None:
    for table in ("payment", "batch", "arrival", "resultline", "resultfile", "paymentorder", "batchroster"):
        refused_by("InsufficientPrivilege", f"DELETE FROM disbursement_{table}")
    for table in ("resultline", "resultfile", "paymentorder", "batchroster"):
        refused_by("InsufficientPrivilege", f"UPDATE disbursement_{table} SET id = id")
