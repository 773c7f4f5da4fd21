"""What actors do: the portal's own services, called as its pages and its worker call them."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from accounts.models import User
from jobs.services import run
from rosters import services
from rosters.models import Finding, Roster, RosterImport
from subsidies.models import Policy, Quota

YEAR: dict[str, Any] = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
CLERK = "clerk01"


def user(username: str = CLERK) -> User:
    return User.objects.select_related("person").get(username=username)


def new_roster(policy: str) -> int:
    """An empty draft of the first township."""
    found = Policy.objects.get(code=policy)
    quota = Quota.objects.get(policy=found)
    return services.create_roster(by=user(), policy=found, quota=quota, **YEAR).pk


def begin(roster: int, source: str) -> dict[str, int]:
    """The upload: kept in the storage, its job queued."""
    path = Path(source)
    with path.open("rb") as stream:
        upload: UploadedFile[Any] = UploadedFile(stream, path.name, size=path.stat().st_size)
        batch = services.begin_import(by=user(), roster=Roster.objects.get(pk=roster), upload=upload)
    assert batch.job_id is not None
    return {"batch": batch.pk, "job": batch.job_id}


def work(job: int) -> str:
    """The worker's part, up to the preview."""
    return str(run(job))


def accept(batch: int) -> int | None:
    """The clerk's word: the job that takes the rows in, or None where they were few."""
    found = RosterImport.objects.select_related("roster").get(pk=batch)
    services.accept_import(by=user(), batch=found)
    found.refresh_from_db()
    return found.job_id if found.state == RosterImport.State.TAKING_IN else None


def stored(batch: int) -> dict[str, Any]:
    """What came to be; not measured."""
    found = RosterImport.objects.select_related("roster").get(pk=batch)
    findings = Finding.objects.filter(roster=found.roster).count()
    roster = found.roster
    return {
        "state": found.state,
        "rows": found.rows,
        "lines": roster.line_count,
        "total_fen": roster.total_fen,
        "findings": findings,
    }


# --- The floor --------------------------------------------------------------------------------------------------------
def take_lines_out(roster: int, target: int, out: str) -> int:
    """The stored lines of a roster as a COPY file for another; not measured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ',' ORDER BY ordinal_position) FROM information_schema.columns"
            " WHERE table_name = 'rosters_rosterline' AND column_name NOT IN ('id', 'roster_id')"
        )
        columns = cursor.fetchone()[0]
        with Path(out).open("w", encoding="utf-8") as stream:
            query = f"SELECT {target}, {columns} FROM rosters_rosterline WHERE roster_id = {roster} ORDER BY number"
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", stream)
        Path(out + ".columns").write_text(f"roster_id,{columns}", encoding="utf-8")
    return 0


def read(source: str) -> int:
    """The file with calamine alone: every cell of every row becomes a value."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - paid by whoever reads

    sheet = CalamineWorkbook.from_path(source).get_sheet_by_index(0)
    return sum(1 for _ in sheet.iter_rows())


def copy_in(source: str, table: str) -> int:
    """The same rows by one COPY into the same table, or into one with the same indexes and nothing else."""
    columns = Path(source + ".columns").read_text(encoding="utf-8")
    with transaction.atomic(), connection.cursor() as cursor, Path(source).open("rb") as stream:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", stream)
        return int(cursor.rowcount)
