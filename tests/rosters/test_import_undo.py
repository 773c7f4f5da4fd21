"""A whole import of lines is taken back while nothing depends on it: exactly as it was, or a reason."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from households.models import Household
from lib import crypto
from lib.errors import Conflict, Forbidden
from rosters import lines, services
from rosters.applications.models import ApplicationTake
from rosters.applications.services import fill_from_applications
from rosters.models import Finding, Roster, RosterImport
from rosters.models_undo import FormerLine, RosterUndo
from tests.databases import Database
from tests.factories import cast
from tests.factories_applications import applied, approved, open_term_for
from tests.factories_households import household
from tests.factories_rosters import draft_roster, explain_all, fresh, homes_of, sent_roster
from tests.races import race, refusals
from tests.refused import refused_by
from tests.rosters.conftest import Gates
from tests.rosters.test_import import bring, row_of

pytestmark = pytest.mark.req("ROS-1", "ROS-3")


def everything(roster: Roster) -> list[Any]:
    """Every line with every column, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(l) FROM rosters_rosterline l WHERE roster_id = %s ORDER BY number", [roster.pk])
        return [row[0] for row in cursor.fetchall()]


def taken_in(roster: Roster, homes: list[Household], **more: Any) -> RosterImport:
    batch = bring(roster, [row_of(home) for home in homes], **more)
    services.accept_import(by=cast.clerk, batch=batch)
    batch.refresh_from_db()
    return batch


def test_what_a_file_replaced_comes_back_exactly_with_its_explanations(db: None) -> None:
    roster = draft_roster(homes=3)
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    before, explained = everything(roster), Finding.objects.filter(roster=roster).count()
    marks, leaves = fresh(roster), list(lines.leaves(roster))
    batch = taken_in(roster, homes_of(2))
    assert FormerLine.objects.count() == 3

    services.undo_import(by=cast.clerk, batch=batch)

    now = fresh(roster)
    assert everything(roster) == before
    assert (now.line_count, now.total_fen) == (marks.line_count, marks.total_fen)
    assert list(lines.leaves(roster)) == leaves
    assert now.checked_at is not None
    assert Finding.objects.filter(roster=roster).exclude(explanation="").count() == explained
    assert not FormerLine.objects.exists()
    batch.refresh_from_db()
    assert (batch.state, batch.undone_by) == ("undone", cast.clerk)
    facts = TrailEntry.objects.get(verb="roster.import_undo").facts
    assert '"removed":2' in facts
    assert '"restored":3' in facts
    with pytest.raises(Conflict, match="不需要撤销"):
        services.undo_import(by=cast.clerk, batch=batch)


def test_what_a_file_added_goes_and_the_rest_keeps_its_numbers(db: None) -> None:
    roster = draft_roster(homes=2)
    before = everything(roster)
    batch = taken_in(roster, homes_of(3), replace=False)
    assert (fresh(roster).line_count, FormerLine.objects.count()) == (5, 0)
    services.undo_import(by=cast.clerk, batch=batch)
    assert everything(roster) == before


def test_a_line_that_answers_an_application_answers_it_again_or_the_whole_stays(db: None) -> None:
    paper = approved(applied(open_term_for()))
    roster = draft_roster(homes=0, code="2080502")
    fill_from_applications(by=cast.clerk, roster=roster)
    take = ApplicationTake.objects.get()
    elder_row = row_of(household(), 3, name=paper.applicant.name, id=crypto.decrypt(paper.applicant.id_cipher))
    batch = bring(roster, [elder_row])
    assert batch.good_rows == 1, list(batch.errors.values_list("message", flat=True))
    services.accept_import(by=cast.clerk, batch=batch)
    assert not ApplicationTake.objects.exists(), "a file's line answers no application"
    services.undo_import(by=cast.clerk, batch=batch)
    assert ApplicationTake.objects.get() == take

    second = bring(roster, [elder_row])
    services.accept_import(by=cast.clerk, batch=second)
    other = draft_roster(homes=0, code="2080502")
    fill_from_applications(by=cast.clerk, roster=other)
    now = everything(roster)
    with pytest.raises(Conflict, match="申报已列入别的清册"):
        services.undo_import(by=cast.clerk, batch=second)
    assert everything(roster) == now


def test_numbers_of_people_lie_aside_as_ciphertext_only(db: None) -> None:
    roster = draft_roster(homes=1)
    line = roster.lines.get()
    taken_in(roster, homes_of(1))
    kept = FormerLine.objects.get().line
    assert kept["beneficiary_id_cipher"] == "\\x" + bytes(line.beneficiary_id_cipher).hex()


@pytest.mark.parametrize("act", ["edit", "refresh", "import"])
def test_nothing_is_taken_back_once_lines_changed_or_another_file_came(db: None, act: str) -> None:
    roster = draft_roster(homes=1)
    homes = homes_of(2)
    batch = taken_in(roster, homes)
    if act == "edit":
        services.remove_line(by=cast.clerk, line=roster.lines.order_by("number")[0])
    elif act == "refresh":
        Household.objects.filter(pk=homes[0].pk).update(group="9组")
        assert services.refresh_lines(by=cast.clerk, roster=roster)
    else:
        taken_in(roster, homes_of(1))
    assert services.undo_of(batch) is None
    now = everything(roster)
    with pytest.raises(Conflict, match="之后"):
        services.undo_import(by=cast.clerk, batch=batch)
    assert everything(roster) == now
    assert RosterImport.objects.get(pk=batch.pk).state == "taken_in"


def test_a_roster_that_was_sent_keeps_nothing_of_before_and_gives_nothing_back(db: None, doors: Gates) -> None:
    roster = draft_roster(homes=1)
    batch = taken_in(roster, homes_of(2))
    sent_roster(roster=roster)
    assert not RosterUndo.objects.exists()
    assert not FormerLine.objects.exists()
    with pytest.raises(Conflict, match="不能修改"):
        services.undo_import(by=cast.clerk, batch=batch)
    services.send_back(by=cast.station, roster=fresh(roster), to_step="", reason="二号村面积有误")
    with pytest.raises(Conflict, match="已经送审过"):
        services.undo_import(by=cast.clerk, batch=batch)


def test_a_register_without_the_former_people_gives_a_reason_and_changes_nothing(db: None) -> None:
    roster = draft_roster(homes=1)
    batch = taken_in(roster, homes_of(1))
    now = everything(roster)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rosters_rosterundo SET spoilt = spoilt")
    kept = FormerLine.objects.get()
    FormerLine.objects.filter(pk=kept.pk).delete()
    FormerLine.objects.create(undo=kept.undo, line={**kept.line, "beneficiary_id": 0})
    with pytest.raises(Conflict, match="底册记录已经不在"):
        services.undo_import(by=cast.clerk, batch=batch)
    assert everything(roster) == now
    assert services.undo_of(RosterImport.objects.get(pk=batch.pk)) is not None


def test_the_database_lets_no_import_leave_its_way(db: None) -> None:
    batch = taken_in(draft_roster(homes=0), homes_of(1))
    table = f"rosters_rosterimport SET state = '%s' WHERE id = {batch.pk}"
    refused_by("rosters_import_arrows", f"UPDATE {table % 'ready'}")
    refused_by("rosters_import_frozen", f"UPDATE rosters_rosterimport SET made_by_id = 0 WHERE id = {batch.pk}")
    refused_by("rosters_undo_frozen", "UPDATE rosters_rosterundo SET last_line = 7")
    services.remove_line(by=cast.clerk, line=batch.roster.lines.get())
    refused_by("rosters_undo_frozen", "UPDATE rosters_rosterundo SET spoilt = false")
    refused_by("rosters_import_undo", f"UPDATE {table % 'undone'}")


def test_of_two_who_undo_one_is_told_that_it_is_done(committed_db: Database) -> None:
    roster = draft_roster(homes=1)
    before = everything(roster)
    batch = taken_in(roster, homes_of(1))
    (lost,) = refusals(race(*[lambda: services.undo_import(by=cast.clerk, batch=batch)] * 2))
    assert isinstance(lost, Conflict)
    assert everything(roster) == before


def test_undoing_asks_once_and_says_what_comes_back(db: None) -> None:
    roster = draft_roster(homes=2)
    batch = taken_in(roster, homes_of(1))
    with pytest.raises(Forbidden):
        services.undo_import(by=cast.clerk2, batch=batch)
    client = Client()
    client.force_login(cast.clerk)
    shown, undo = (reverse(f"rosters:{name}", args=[roster.pk, batch.pk]) for name in ("import_batch", "import_undo"))
    assert undo in client.get(shown).content.decode()
    assert "恢复导入前的2行" in client.get(undo).content.decode()
    assert "恢复为导入前的明细" in client.post(undo, follow=True).content.decode()
    assert fresh(roster).line_count == 2
    assert undo not in client.get(shown).content.decode()
