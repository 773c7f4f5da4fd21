"""A long file enters its roster by a job, in slices that commit one by one, and is whole in the end or not there."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import TrailEntry
from households.models import Household, Person
from jobs import services as jobs
from jobs.models import Job
from lib.errors import Conflict, Forbidden
from rosters import lines, services, staging, stale
from rosters.models import Finding, Roster, RosterImport
from rosters.models_undo import FormerLine
from rosters.services import importing, printing, taking
from tests.databases import Database, superuser_connection
from tests.factories import cast, policy, quota
from tests.factories_rosters import YEAR, draft_roster, explain_all, fresh, homes_of
from tests.refused import refused_by
from tests.rosters.test_import import bring, row_of, staged, workbook

pytestmark = pytest.mark.req("ROS-3")
OWN = ["id", "roster_id", "salt"]


@pytest.fixture(autouse=True)
def every_file_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "LONG", 1)
    monkeypatch.setattr(importing, "LONG", 1)


def lines_of(roster: Roster, leave: list[str] = OWN) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(l) - %s::text[] FROM rosters_rosterline l WHERE roster_id = %s ORDER BY number",
            [leave, roster.pk],
        )
        return [json.loads(row[0]) for row in cursor.fetchall()]


def found_in(roster: Roster) -> list[Any]:
    found = Finding.objects.filter(roster=roster).order_by("number", "rule")
    return list(found.values_list("number", "rule", "severity", "message", "explanation"))


def accepted(roster: Roster, homes: list[Household], **more: Any) -> RosterImport:
    """The clerk's word is given; the job waits."""
    batch = bring(roster, [row_of(home) for home in homes], **more)
    assert batch.state == "ready", batch.summary
    services.accept_import(by=cast.clerk, batch=batch)
    batch.refresh_from_db()
    assert batch.state == "taking_in"
    return batch


def taken(batch: RosterImport) -> RosterImport:
    assert batch.job_id is not None
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    return batch


@pytest.mark.parametrize("replace", [True, False], ids=["replacing", "adding"])
def test_a_long_file_comes_to_the_same_as_a_short_one(
    committed_db: Database, replace: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = homes_of(2), homes_of(7)
    Household.objects.filter(pk=second[0].pk).update(subsidised_mu=1)  # more than the register has: a warning
    rows = [*(row_of(home) for home in second), row_of(second[0], name="乙九"), row_of(second[1])]
    whole, sliced = draft_roster(homes=first), draft_roster(homes=first)
    faults = []
    for roster, long in ((whole, 1000), (sliced, 1)):
        monkeypatch.setattr(taking, "LONG", long)
        monkeypatch.setattr(importing, "LONG", long)
        services.run_checks(by=cast.clerk, roster=roster)
        explain_all(roster)
        batch = bring(roster, rows, replace=replace)
        assert (batch.rows, batch.good_rows) == (9, 7)
        faults.append(sorted(batch.errors.values_list("row", "column", "rule", "message")))
        services.accept_import(by=cast.clerk, batch=batch)
        batch.refresh_from_db()
        assert batch.state == ("taken_in" if long > 1 else "taking_in")
    assert faults[0] == faults[1]
    assert len(faults[0]) == 3
    assert batch.job is not None
    assert jobs.run(batch.job.pk) == "done"
    assert lines_of(sliced) == lines_of(whole)
    assert [line["number"] for line in lines_of(sliced)] == [*range(1, 8 if replace else 10)]
    assert found_in(sliced) == found_in(whole)
    assert any(rule == "quantity.register" for _, rule, *_ in found_in(sliced))
    now, other = fresh(sliced), fresh(whole)
    assert (now.line_count, now.total_fen, now.checked_at is not None) == (other.line_count, other.total_fen, True)
    batch.refresh_from_db()
    assert (batch.state, staged(batch)) == ("taken_in", 0)
    entry = TrailEntry.objects.filter(verb="roster.import").latest("id")
    assert '"added":7' in entry.facts
    services.undo_import(by=cast.clerk, batch=batch)
    assert fresh(sliced).line_count == 2


def test_slices_are_written_by_several_connections_and_number_on(committed_db: Database) -> None:
    homes = homes_of(9)
    batch = accepted(draft_roster(homes=0), homes)
    parts = lines.slices(batch.roster, [(village.pk, 3) for village in cast.villages[:3]])
    assert [(part.after, part.lines) for part in parts] == [(0, 6), (6, 3)]
    taken(batch)
    with connection.cursor() as cursor:
        # Each slice's transaction has an identity of its own.
        cursor.execute("SELECT count(DISTINCT xmin::text), count(*) FROM rosters_rosterline")
        assert cursor.fetchone() == (2, 9)


@pytest.mark.parametrize("hands", [1, 2, 3, 5])
@pytest.mark.parametrize("length", [1, 2, 3, 7, 40])
def test_parts_are_all_rows_once_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hands: int, length: int
) -> None:
    monkeypatch.setattr(staging, "HANDS", hands)
    lines = [b"%d\t%s\t0\n" % (3 + 2 * place, b"x" * (place * 13 % 29)) for place in range(length)]
    (tmp_path / "rows").write_bytes(b"".join(lines))
    parts = staging.parts(tmp_path / "rows")
    assert 1 <= len(parts) <= hands
    with (tmp_path / "rows").open("rb") as file:
        read = [staging._Until(file, part).read(10_000) for part in parts]
    assert b"".join(read) == b"".join(lines)
    for part, some in zip(parts, read, strict=True):
        assert all(part.first <= int(line.split(b"\t")[0]) <= part.last for line in some.splitlines())
    assert all(one.last + 1 == other.first for one, other in pairwise(parts))


ACTS: dict[str, Callable[[Roster, RosterImport], object]] = {
    "upload": lambda roster, batch: services.begin_import(
        by=cast.clerk, roster=roster, upload=workbook([row_of(homes_of(1)[0])])
    ),
    "fill": lambda roster, batch: services.fill_from_register(by=cast.clerk, roster=roster),
    "check": lambda roster, batch: services.run_checks(by=cast.clerk, roster=roster),
    "send": lambda roster, batch: services.send_roster(by=cast.clerk, roster=roster),
    "void": lambda roster, batch: services.void_roster(by=cast.clerk, roster=roster, reason="重复编制，作废处理"),
    "print": lambda roster, batch: printing.check_order(cast.clerk, roster, printing.Order("summary")),
    "remove": lambda roster, batch: services.remove_line(by=cast.clerk, line=roster.lines.order_by("number")[0]),
}


@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_changes_or_moves_the_roster_meanwhile(committed_db: Database, act: str) -> None:
    roster = draft_roster(homes=2)
    batch = accepted(roster, homes_of(3))
    with pytest.raises(Conflict, match=r"清册.xlsx.*正在写入本清册") as refusal:
        ACTS[act](fresh(roster), batch)
    assert refusal.value.code == "rosters.taking_in"
    assert fresh(roster).line_count == 2
    assert taken(batch).state == "taken_in"


def test_nobody_waits_for_a_slice_to_be_told_so(committed_db: Database) -> None:
    roster = draft_roster(homes=2)
    accepted(roster, homes_of(3))
    with superuser_connection(committed_db.name) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; SELECT FROM rosters_roster WHERE id = %s FOR UPDATE", [roster.pk])
        with connection.cursor() as own:
            own.execute("SET lock_timeout = '200ms'")
        with pytest.raises(Conflict, match="正在写入本清册"):
            services.remove_line(by=cast.clerk, line=roster.lines.order_by("number")[0])
        with pytest.raises(Forbidden):
            services.remove_line(by=cast.leader, line=roster.lines.order_by("number")[0])


def test_rows_that_a_crash_of_the_database_took_are_asked_for_again(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = draft_roster(homes=2)
    batch = bring(roster, [row_of(home) for home in homes_of(3)])
    with superuser_connection(committed_db.name) as other, other.cursor() as cursor:
        cursor.execute("TRUNCATE rosters_stagedline")  # as the server does with such a table after a crash
    services.accept_import(by=cast.clerk, batch=batch)
    batch.refresh_from_db()
    assert taken(batch).state == "ready"
    assert "重新启动过" in batch.summary["not_taken_in"]
    monkeypatch.setattr(taking, "LONG", 1000)
    with pytest.raises(Conflict, match="请重新上传同一个文件"):
        services.accept_import(by=cast.clerk, batch=batch)
    assert fresh(roster).line_count == 2


def test_the_database_keeps_the_roster_for_the_import(committed_db: Database) -> None:
    roster = draft_roster(homes=2)
    batch = accepted(roster, homes_of(3))
    refused_by("rosters_taking_in", "UPDATE rosters_rosterline SET remark = '改' WHERE roster_id = %s", roster.pk)
    refused_by("rosters_taking_in", "DELETE FROM rosters_rosterline WHERE roster_id = %s", roster.pk)
    refused_by(
        "rosters_taking_in",
        'INSERT INTO rosters_rosterline SELECT (jsonb_populate_record(l, \'{"id": 99000, "number": 9}\')).*'
        " FROM rosters_rosterline l WHERE roster_id = %s AND number = 1",
        roster.pk,
    )
    refused_by("rosters_taking_in", "UPDATE rosters_roster SET status = 'void' WHERE id = %s", roster.pk)
    refused_by(
        "rosters_import_one_taken_in_at_once",
        "INSERT INTO rosters_rosterimport (roster_id, state, replace, rows, good_rows, total_fen, summary, made_by_id,"
        " made_at) SELECT roster_id, state, replace, rows, good_rows, total_fen, summary, made_by_id, made_at"
        " FROM rosters_rosterimport WHERE id = %s",
        batch.pk,
    )


def test_the_page_shows_how_far_it_is_and_offers_nothing_else(committed_db: Database, client: Client) -> None:
    roster = draft_roster(homes=2)
    batch = bring(roster, [row_of(home) for home in homes_of(3)])
    client.force_login(cast.clerk)
    where = f"/rosters/{roster.pk}/import/{batch.pk}/"
    response = client.post(f"{where}accept/")
    assert (response.status_code, response["Location"]) == (302, where)
    assert "正在写入清册" in client.get(where).content.decode()
    page = client.get(f"/rosters/{roster.pk}/").content.decode()
    assert "正在写入本清册" in page
    assert "运行检查" not in page
    batch.refresh_from_db()
    taken(batch)
    assert "查看清册明细" in client.get(where).content.decode()
    assert "正在写入本清册" not in client.get(f"/rosters/{roster.pk}/").content.decode()


def test_what_cannot_be_ended_is_taken_back_whole_and_may_be_tried_again(
    committed_db: Database, client: Client
) -> None:
    roster = draft_roster(homes=3)
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    before, explained = lines_of(roster, []), found_in(roster)
    homes = homes_of(6)
    batch = accepted(roster, homes)
    # The last village's slice: those before it have been committed by then.
    assert homes[5].head is not None
    mover = Person.objects.filter(pk=homes[5].head.pk)
    mover.update(state="moved")
    assert jobs.run(batch.job_id or 0) == "failed"
    batch.refresh_from_db()
    assert (batch.state, staged(batch)) == ("ready", 6)
    assert lines_of(roster, []) == before
    assert found_in(roster) == explained
    assert not FormerLine.objects.exists()
    assert TrailEntry.objects.filter(verb="roster.import_give_back").exists()
    client.force_login(cast.clerk)
    page = client.get(f"/rosters/{roster.pk}/import/{batch.pk}/").content.decode()
    assert "没有写入清册" in page
    assert "核对之后底册又有变动" in page
    mover.update(state="alive")
    services.accept_import(by=cast.clerk, batch=batch)
    batch.refresh_from_db()
    assert taken(batch).state == "taken_in"
    assert fresh(roster).line_count == 6


def test_a_job_that_stopped_for_good_leaves_the_clerk_a_way_back(committed_db: Database, client: Client) -> None:
    roster = draft_roster(homes=3)
    before = lines_of(roster, [])
    batch = accepted(roster, homes_of(4))
    taking._begin(RosterImport.objects.select_related("roster").get(pk=batch.pk))
    assert lines_of(roster) == []
    with pytest.raises(Conflict, match="不需要恢复"):
        services.give_import_back(by=cast.clerk, batch=batch)
    assert batch.job is not None
    Job.objects.filter(pk=batch.job.pk).update(
        state="running", attempts=jobs.MOST_ATTEMPTS, lease_until="2026-01-01T00:00Z"
    )
    jobs.run(batch.job.pk)
    client.force_login(cast.clerk)
    where = f"/rosters/{roster.pk}/import/{batch.pk}/"
    assert "没有写完" in client.get(where).content.decode()
    assert client.post(f"{where}give-back/").status_code == 302
    assert lines_of(roster, []) == before
    assert RosterImport.objects.get(pk=batch.pk).state == "ready"


def test_former_lines_that_cannot_come_back_do_not_hold_the_roster(committed_db: Database) -> None:
    roster = draft_roster(homes=3)
    batch = accepted(roster, homes_of(4))
    taking._begin(RosterImport.objects.select_related("roster").get(pk=batch.pk))
    kept = FormerLine.objects.order_by("pk")[0]
    FormerLine.objects.create(undo=kept.undo, line={**kept.line, "beneficiary_id": 0})
    FormerLine.objects.filter(pk=kept.pk).delete()
    Person.objects.filter(pk=Household.objects.latest("id").head_id or 0).update(state="moved")
    taken(batch)
    assert batch.state == "ready"
    assert "不能恢复：清册现在没有明细" in batch.summary["not_taken_in"]
    assert (fresh(roster).line_count, lines_of(roster)) == (0, [])
    services.fill_from_register(by=cast.clerk, roster=roster)
    assert fresh(roster).line_count


@pytest.mark.parametrize("moment", [(importing, "parse"), (staging, "parts")], ids=["read", "staged"])
def test_a_file_that_is_dropped_meanwhile_leaves_nothing(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch, moment: tuple[ModuleType, str]
) -> None:
    roster, homes = draft_roster(homes=0), homes_of(3)
    begun = services.begin_import(by=cast.clerk, roster=roster, upload=workbook([row_of(home) for home in homes]))

    def meanwhile(*given: Any, **more: Any) -> Any:
        services.drop_import(by=cast.clerk, batch=begun)
        return ahead(*given, **more)

    ahead = getattr(*moment)
    monkeypatch.setattr(*moment, meanwhile)
    assert jobs.run(begun.job_id or 0) == "done"
    begun.refresh_from_db()
    assert (begun.state, staged(begun), begun.errors.count()) == ("dropped", 0, 0)


def test_pages_that_edit_say_why_not_now(committed_db: Database, client: Client) -> None:
    roster = draft_roster(homes=2)
    accepted(roster, homes_of(3))
    client.force_login(cast.clerk)
    response = client.get(f"/rosters/{roster.pk}/grid/")
    assert response.status_code == 409
    assert "正在写入本清册" in response.content.decode()


@pytest.mark.req("ROS-4")
def test_a_check_that_the_register_asked_for_waits_for_the_end(committed_db: Database) -> None:
    roster = draft_roster(homes=2)
    batch = accepted(roster, homes_of(3))
    who = roster.lines.order_by("number")[0].beneficiary_id
    stale.register_changed([who], cast.clerk)
    (job,) = Job.objects.filter(kind=stale.KIND)
    assert jobs.run(job.pk) == "done"
    assert stale.is_stale(fresh(roster))
    taken(batch)
    assert not stale.is_stale(fresh(roster))


def test_a_roster_filled_by_a_long_file_goes_its_way(committed_db: Database) -> None:
    roster = services.create_roster(by=cast.clerk, policy=policy("2130122"), quota=quota("2130122"), **YEAR)
    assert taken(accepted(roster, homes_of(2))).state == "taken_in"
    explain_all(fresh(roster))
    services.send_roster(by=cast.clerk, roster=roster)
    assert fresh(roster).status == "review"
