"""The three verifying commands pass on a whole county, and name the first thing wrong after a superuser's tampering.

Tampering is done as superuser with triggers switched off, which nobody of the portal's own roles can do.
"""

import json
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils.html import escape

from accounts.trail import record
from audit import schema_checks
from subsidies import ledger
from subsidies.models import LedgerAccount
from tests.databases import Database
from tests.factories import cast, quota
from tests.factories_disbursement import answered_batch, approved_roster

Kind = LedgerAccount.Kind


def verify(name: str) -> str:
    """The command's verdict: "" when it passes, else what it names."""
    try:
        call_command(f"verify_{name}", stdout=StringIO())
    except CommandError as wrong:
        return str(wrong)
    return ""


def tamper(superuser: Any, *statements: str) -> None:
    with superuser.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def busy_county(committed_db: Database) -> None:
    """A quota of which some money has moved."""
    opened = quota(fen=1_000_00)
    with transaction.atomic():
        ledger.move(opened, Kind.AVAILABLE, Kind.SURPLUS, 100_00, key="t1", subject=opened, by=cast.officer)
        ledger.move(opened, Kind.AVAILABLE, Kind.SURPLUS, 50_00, key="t2", subject=opened, by=cast.officer)


@pytest.mark.req("FND-3")
def test_all_three_pass_on_a_county_that_nobody_touched(busy_county: None) -> None:
    assert [verify(name) for name in ("ledger", "trail", "schema")] == ["", "", ""]


@pytest.mark.req("FND-3")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE subsidies_transfer SET amount_fen = amount_fen + 1 WHERE key = 't1'", "balance"),
        ("DELETE FROM subsidies_transfer WHERE key = 't2'", "balance"),
        ("UPDATE subsidies_ledgeraccount SET balance_fen = 999 WHERE kind = 'surplus'", "surplus"),
        ("DELETE FROM subsidies_ledgeraccount WHERE kind = 'recovered'", "7 accounts"),
    ],
)
def test_verify_ledger_names_an_altered_row(busy_county: None, superuser: Any, statement: str, named: str) -> None:
    tamper(superuser, statement)
    assert named in verify("ledger")


@pytest.mark.req("ACL-3")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE accounts_trailentry SET facts = '{}' WHERE seq = 3", "entry 3: its content was altered"),
        ("UPDATE accounts_trailentry SET at = at - interval '1 day' WHERE seq = 4", "entry 4: its content was altered"),
        ("UPDATE accounts_trailentry SET actor_id = NULL WHERE verb = 'quota.open'", "its content was altered"),
        ("DELETE FROM accounts_trailentry WHERE seq = 5", "entries 5 to 5 are missing"),
        (
            "DELETE FROM accounts_trailentry WHERE seq = (SELECT max(seq) FROM accounts_trailentry)",
            "were removed",
        ),
        (
            """UPDATE accounts_trailentry e SET verb = 'forged',
                   digest = sha256(e.previous || accounts_trail_bytes(
                       ROW(e.id, e.seq, e.at, 'forged', e.subject_type, e.subject_id, e.facts, e.previous, e.digest,
                           e.actor_id, e.person_id)::accounts_trailentry)) WHERE seq = 2""",
            "entry 3: it does not follow the entry before it",
        ),
    ],
)
def test_verify_trail_names_an_altered_entry(busy_county: None, superuser: Any, statement: str, named: str) -> None:
    tamper(superuser, statement)
    assert named in verify("trail")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "ALTER TABLE subsidies_ledgeraccount DROP CONSTRAINT subsidies_account_floor",
            "constraint subsidies_ledgeraccount.subsidies_account_floor: it is missing",
        ),
        (
            "ALTER TABLE disbursement_payment DROP CONSTRAINT disbursement_payment_positive",
            "constraint disbursement_payment.disbursement_payment_positive: it is missing",
        ),
        (
            "DROP INDEX disbursement_no_one_paid_twice",
            "index disbursement_payment.disbursement_no_one_paid_twice: it is missing",
        ),
        (
            "DROP TRIGGER accounts_trail_append_only ON accounts_trailentry",
            "trigger accounts_trailentry.accounts_trail_append_only: it is missing",
        ),
        (
            "ALTER TABLE subsidies_transfer DISABLE TRIGGER subsidies_transfer_append_only",
            "trigger subsidies_transfer.subsidies_transfer_append_only",
        ),
        ("GRANT UPDATE ON subsidies_transfer TO portal_web", "right subsidies_transfer for portal_web"),
        (
            "CREATE OR REPLACE FUNCTION subsidies_transfer_append_only() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$",
            "function subsidies_transfer_append_only()",
        ),
        ("ALTER TABLE accounts_trailentry ALTER COLUMN verb DROP NOT NULL", "column accounts_trailentry.verb"),
    ],
)
def test_verify_schema_names_what_was_weakened(
    committed_db: Database, superuser: Any, statement: str, named: str
) -> None:
    tamper(superuser, statement)
    assert named in verify("schema")


@pytest.mark.req("SUP-5")
def test_the_page_shows_the_finding_itself_for_the_administrator(
    busy_county: None, superuser: Any, client: Client
) -> None:
    tamper(superuser, "UPDATE subsidies_transfer SET amount_fen = amount_fen + 1 WHERE key = 't1'")
    client.force_login(cast.auditor)
    shown = client.post("/audit/verify/ledger/", follow=True).content.decode()
    assert "资金账核验发现问题，请立即保留现场" in shown
    assert f"<code>{escape(verify('ledger'))}</code>" in shown


def test_the_manifest_is_what_the_migrations_make(db: None) -> None:
    written = json.loads(schema_checks.MANIFEST.read_text(encoding="utf-8"))
    assert written == schema_checks.present(), "run script/manage verify_schema --write on a freshly migrated database"


@pytest.fixture
def paid_county(committed_db: Database) -> None:
    """Two lines with the bank's answer: one paid, one failed."""
    answered_batch(approved_roster(homes=2), fails={2: "4"})


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE disbursement_payment SET status = 'paid', reason = '', disposal = '' WHERE number = 2", "failed"),
        ("UPDATE disbursement_payment SET amount_fen = amount_fen + 1 WHERE number = 1", "arrival"),
        ("UPDATE rosters_rosterline SET amount_fen = amount_fen + 1 WHERE number = 1", "header"),
        ("UPDATE rosters_rosterline SET account_digest = sha256('other') WHERE number = 1", "a line was altered"),
        ("UPDATE rosters_decision SET fingerprint = sha256('other') WHERE step = 'leader'", "step leader"),
        ("UPDATE disbursement_arrival SET used_fen = used_fen + 1", "used"),
        ("UPDATE disbursement_batch SET released_by_person_id = made_by_person_id", "one person"),
    ],
)
def test_verify_ledger_names_what_was_altered_on_the_way_of_a_payment(
    paid_county: None, superuser: Any, statement: str, named: str
) -> None:
    assert verify("ledger") == ""
    with superuser.cursor() as cursor:  # what a superuser can do, constraints included
        cursor.execute("ALTER TABLE disbursement_batch DROP CONSTRAINT IF EXISTS disbursement_batch_two_people")
        cursor.execute("ALTER TABLE disbursement_resultline DROP CONSTRAINT IF EXISTS disbursement_result_amount")
    tamper(superuser, statement)
    assert named in verify("ledger")


def test_a_living_trail_and_ledger_are_whole_at_every_moment(committed_db: Database) -> None:
    opened = quota(fen=1_000_00)
    officer = cast.officer
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with transaction.atomic():
                ledger.move(opened, Kind.AVAILABLE, Kind.SURPLUS, 1, key=f"w{number}", subject=opened, by=officer)
                record(by=officer, verb="test.move", subject=opened, facts={"number": number})
        connection.close()

    writer = threading.Thread(target=work)
    writer.start()
    try:
        verdicts = {verify(name) for _ in range(25) for name in ("trail", "ledger")}
    finally:
        stop.set()
        writer.join()
    assert verdicts == {""}
