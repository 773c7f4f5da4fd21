"""What the database refuses as the web role, whatever the application does (design, truths 3, 4, 5, 7)."""

from typing import Any

import pytest
from django.db import Error, connection, transaction

from rosters.models import Roster
from rosters.services.moving import print_of
from tests.factories_rosters import draft_roster, homes_of, roster_at, sent_roster, settle
from tests.rosters.conftest import Gates


def refused(statement: str, *params: Any, whole: bool = False) -> str:
    """Which truth refuses a statement: the constraint's name, or the error's words where there is none."""

    def attack() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
            if whole:
                settle()

    with pytest.raises(Error) as caught:
        attack()
    cause = caught.value.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    return str(name or cause)


@pytest.fixture
def sealed(db: None, doors: Gates) -> Roster:
    return sent_roster()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rosters_rosterline SET amount_fen = amount_fen + 1 WHERE roster_id = %s",
        "UPDATE rosters_rosterline SET account_tail = '0000' WHERE roster_id = %s",
        "UPDATE rosters_rosterline SET payee_id = NULL, living = false WHERE roster_id = %s",
        "UPDATE rosters_rosterline SET living = false WHERE roster_id = %s",
        "UPDATE rosters_rosterline SET taken_out = true WHERE roster_id = %s",
        "UPDATE rosters_rosterline SET id = id + 1000000, amount_fen = amount_fen + 1 WHERE roster_id = %s",
        "DELETE FROM rosters_rosterline WHERE roster_id = %s",
    ],
)
def test_lines_of_a_sealed_roster_are_frozen(sealed: Roster, statement: str) -> None:
    assert refused(statement, sealed.pk) == "rosters_line_frozen"


def test_every_column_of_a_sealed_line_is_guarded(sealed: Roster, doors: Gates) -> None:
    """A column that a later migration adds must be added to the guard."""
    other = {
        "text": "'其他'",
        "character varying": "'其他'",
        "bytea": "'\\x00'",
        "bigint": "coalesce({0}, 0) + 1",
        "integer": "{0} + 1000",
        "numeric": "{0} + 1",
        "date": "{0} + 1",
        "boolean": "NOT {0}",
        "jsonb": """'{{"other": "x"}}'""",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'rosters_rosterline'"
            " AND column_name NOT IN ('id', 'living', 'taken_out')"
        )
        columns = cursor.fetchall()
    assert len(columns) == 36
    draft = draft_roster(homes=0)
    for name, kind in columns:
        changed = str(draft.pk) if name == "roster_id" else other[kind].format(f'"{name}"')
        statement = f'UPDATE rosters_rosterline SET "{name}" = {changed} WHERE roster_id = %s AND number = 1'
        assert refused(statement, sealed.pk) == "rosters_line_frozen", name


def test_no_line_enters_a_sealed_roster(sealed: Roster, doors: Gates) -> None:
    other = draft_roster()
    statement = "UPDATE rosters_rosterline SET roster_id = %s, number = number + 100 WHERE roster_id = %s"
    assert refused(statement, sealed.pk, other.pk) == "rosters_line_frozen"


@pytest.mark.parametrize(
    ("change", "truth"),
    [
        ("total_fen = total_fen + 1", "rosters_roster_frozen"),
        ("line_count = line_count - 1", "rosters_roster_frozen"),
        ("fingerprint = sha256('x')", "rosters_roster_frozen"),
        ("period_end = period_end + 1", "rosters_roster_frozen"),
        ("rules = '{}'", "rosters_roster_frozen"),
        ("division_id = division_id + 1", "rosters_roster_frozen"),
        ("made_by_id = made_by_id + 1", "rosters_roster_frozen"),
        ("status = 'draft'", "rosters_roster_arrows"),
        ("status = 'paying'", "rosters_roster_arrows"),
        ("status = 'closed'", "rosters_roster_arrows"),
        ("status = 'void'", "rosters_roster_arrows"),
    ],
)
def test_a_sealed_header_neither_changes_nor_jumps(sealed: Roster, change: str, truth: str) -> None:
    assert refused(f"UPDATE rosters_roster SET {change} WHERE id = %s", sealed.pk) == truth


def test_sealing_with_a_header_that_differs_from_its_lines_is_refused_at_commit(db: None, doors: Gates) -> None:
    roster = draft_roster()
    statement = (
        "UPDATE rosters_roster SET status = 'review', step = 'station', total_fen = total_fen + 1,"
        " fingerprint = sha256('x') WHERE id = %s"
    )
    assert refused(statement, roster.pk, whole=True) == "rosters_roster_totals"


def test_a_roster_without_fingerprint_cannot_be_sealed(db: None, doors: Gates) -> None:
    roster = draft_roster()
    statement = "UPDATE rosters_roster SET status = 'review', fingerprint = NULL WHERE id = %s"
    assert refused(statement, roster.pk) == "rosters_roster_sealed_has_fingerprint"


def test_rosters_and_decisions_are_never_deleted(sealed: Roster) -> None:
    assert "permission denied" in refused("DELETE FROM rosters_roster WHERE id = %s", sealed.pk)
    assert "permission denied" in refused("DELETE FROM rosters_decision WHERE roster_id = %s", sealed.pk)
    assert "permission denied" in refused("TRUNCATE rosters_rosterline CASCADE")


@pytest.mark.req("ROS-6")
@pytest.mark.parametrize("change", ["opinion = '同意'", "step = 'leader'", "action = 'approve'"])
def test_a_decision_stays_as_it_was_made(sealed: Roster, change: str) -> None:
    statement = f"UPDATE rosters_decision SET {change}, in_force = false WHERE roster_id = %s"
    assert refused(statement, sealed.pk) == "rosters_decision_append_only"


def test_a_signature_stands_for_what_the_roster_is(db: None, doors: Gates) -> None:
    roster = roster_at("notice")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rosters_decision SET in_force = false WHERE roster_id = %s", [roster.pk])
    copy = (
        "INSERT INTO rosters_decision (roster_id, revision, step, step_title, action, to_step, opinion, fingerprint,"
        " line_count, total_fen, by_id, by_person_id, organisation_id, maker_person_id, in_force, at)"
        " SELECT roster_id, revision, step, step_title, action, to_step, opinion, {0}, line_count, {1}, by_id,"
        " by_person_id, organisation_id, maker_person_id, true, at FROM rosters_decision"
        " WHERE roster_id = %s AND action = 'approve'"
    )
    assert refused(copy.format("sha256('x')", "total_fen"), roster.pk) == "rosters_decision_fingerprint"
    assert refused(copy.format("fingerprint", "total_fen - 1"), roster.pk) == "rosters_decision_fingerprint"
    assert print_of(roster)


@pytest.mark.req("ROS-4")
def test_the_same_entitlement_cannot_live_in_two_rosters(db: None, doors: Gates) -> None:
    homes = homes_of(1)
    first = draft_roster(homes=homes)
    second = draft_roster(homes=homes)
    sent_roster(roster=first)
    statement = "UPDATE rosters_roster SET status = 'review', step = 'station', fingerprint = sha256('x') WHERE id = %s"
    assert refused(statement, second.pk) == "rosters_no_double_entitlement"
