"""Rows of an import between reading and the register: staged, checked, and taken in by sets.

Whoever has rows already in COPY form, as the demonstration county has, goes the same way as an upload without a sheet:

    batch = begin_staged(by=clerk, township=township, name="底册.xlsx")
    with transaction.atomic():
        stage_rows(batch.pk, Path("rows.copy"))
        check_staged(batch.pk)                       # errors by row, summary by village, state READY
    take_in_staged(batch=batch, by=clerk, only_good=False)

A line of the file has the fields of `columns.copy_columns()` in PostgreSQL's text format: tabs between them, `\\N` for
NULL, bytes as `\\\\x…`; `excel_row` is unique, `row_errors` is 0. Ciphers and digests come from `lib.crypto`
(`encrypt_many`, `digest_many("id" | "account" | "phone", …)`), texts are normalised by `lib.text`, and the village is
a name, a 12-digit code, or "code-name". Every member's row repeats name and ID number of the head; the head's own row
says 本人 and carries the areas. `township` may be the county: then villages of all its townships are known, best named
by code.
"""

from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction

from accounts.models import Division, Organisation, User
from accounts.trail import record
from households.authors import writes
from households.events import tell_changed
from households.imports import recurring
from households.imports.columns import copy_columns
from households.models import RegisterHistory, RegisterImport, RegisterRowError
from households.relations import RELATIONS, SAME_AS_HEAD
from jobs.models import StoredFile
from jobs.services import store_file
from lib.errors import Conflict
from lib.sheets.model import CellError
from rulebook import clock

State = RegisterImport.State
_SQL = Path(__file__).parents[1] / "sql"
_RESOLVE, _CHECKS, _SUMMARY = (
    (_SQL / f"import_{name}.sql").read_text(encoding="utf-8") for name in ("resolve", "checks", "summary")
)


def named(text: str) -> dict[str, str]:
    """The statements of a file by the names in their comments."""
    parts = text.split("-- name: ")[1:]
    return {name.strip(): body for name, body in (part.split("\n", 1) for part in parts)}


_TAKE_IN = named((_SQL / "import_take_in.sql").read_text(encoding="utf-8"))
_LOCKS = ("lock", "lock_households")
# Who was in the households that get further members. Nobody else of the register is changed by an import.
_JOINED = """
SELECT id FROM households_person WHERE household_id IN (
       SELECT household_id FROM households_stagedrow WHERE import_id = %s AND NOT bad AND household_id IS NOT NULL)"""
_CHANGED = "预览之后底册有变化，有些行不能再按预览入库。请点“重新检查”，看过新的预览后再确认。"


def begin_staged(
    *, by: User, township: Division, name: str, organisation: Organisation | None = None
) -> RegisterImport:
    """An import without an upload, for rows that are staged directly. It asks for no post: the caller has."""
    home = organisation or Organisation.objects.filter(division=township).order_by("id").first()
    if home is None:
        raise Conflict("该区划没有机构，不能导入底册。", code="households.no_organisation")
    file = store_file(content=f"{name}\n".encode(), name=name, by=by)
    return open_batch(by=by, township=township, organisation=home, file=file)


def open_batch(
    *,
    by: User,
    township: Division,
    organisation: Organisation,
    file: StoredFile,
    papers: StoredFile | None = None,
    purpose: str = RegisterImport.Purpose.ADD,
) -> RegisterImport:
    batch = RegisterImport.objects.create(
        organisation=organisation,
        township=township,
        purpose=purpose,
        file=file,
        certificate=papers,
        made_by=by,
        made_at=clock.now(),
    )
    facts = {"township": township.code, "file": bytes(file.sha256).hex()}
    record(by=by, verb="register.import.begin", subject=batch, facts=facts)
    return batch


@transaction.atomic
def stage_rows(import_id: int, copy_file: Path | BinaryIO) -> int:
    """Puts the lines of a COPY file under an import, instead of what was staged for it before; returns their number."""
    if isinstance(copy_file, Path):
        with copy_file.open("rb") as stream:
            return stage_rows(import_id, stream)
    columns = ", ".join(copy_columns())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_stagedrow WHERE import_id = %s", [import_id])
        cursor.execute("SELECT set_config('portal.register_import', %s, true)", [str(import_id)])
        cursor.copy_expert(f"COPY households_stagedrow ({columns}) FROM STDIN", copy_file)
        return int(cursor.rowcount)


@transaction.atomic
def check_staged(
    import_id: int, *, cell_errors: list[CellError] | None = None, reading: dict[str, Any] | None = None
) -> RegisterImport:
    """Checks what is staged and makes the preview: errors by row, counts by village, state READY.

    `cell_errors` and `reading` (what was mended, skipped, not understood) come from the reader of a file.
    """
    batch = RegisterImport.objects.select_for_update(no_key=True).get(pk=import_id)
    RegisterRowError.objects.filter(batch=batch).delete()
    RegisterRowError.objects.bulk_create(
        [
            RegisterRowError(batch=batch, row=e.row, column=e.column[:40], rule=e.rule[:40], message=e.message[:300])
            for e in cell_errors or []
        ],
        batch_size=1000,
    )
    _run_checks(batch)
    rows, good = _counts(batch)
    batch.state, batch.rows, batch.good_rows = State.READY, rows, good
    batch.summary = {**(reading or {}), **_preview(batch)}
    batch.save(update_fields=["state", "rows", "good_rows", "summary"])
    return batch


def _parameters(batch: RegisterImport) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "division": batch.township_id,
        "relations": [*RELATIONS, SAME_AS_HEAD],
        "now": clock.now(),
    }


def _run_checks(batch: RegisterImport, *, lock: bool = False) -> None:
    parameters = _parameters(batch)
    with connection.cursor() as cursor:
        _plan_for_sets(cursor)
        cursor.execute(_RESOLVE, parameters)
        if lock:
            # Before the last look: no household is cancelled between it and the rows.
            for name in _LOCKS:
                cursor.execute(_TAKE_IN[name], parameters)
        cursor.execute(_CHECKS, parameters)
    recurring.SOURCE.mark(batch.pk)


def _plan_for_sets(cursor: Any) -> None:
    """Keeps the planner from nested loops until the transaction ends: it has no statistics of rows just staged."""
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")


def _counts(batch: RegisterImport) -> tuple[int, int]:
    """Staged rows, and those without an error."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE NOT bad) FROM households_stagedrow WHERE import_id = %s",
            [batch.pk],
        )
        rows, good = cursor.fetchone()
    return rows, good


def _preview(batch: RegisterImport) -> dict[str, Any]:
    """The figures of the preview: totals, and the same by village."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, _parameters(batch))
        names = [column.name for column in cursor.description]
        villages = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    totals = {key: sum(v[key] for v in villages) for key in ("households", "people", "accounts", "bad_rows")}
    errors = RegisterRowError.objects.filter(batch=batch).count()
    return {"villages": villages, "totals": totals, "errors": errors}


@transaction.atomic
def take_in_staged(*, batch: RegisterImport, by: User, only_good: bool = True) -> RegisterImport:
    """Takes everything staged and good into the register in one transaction. It asks for no post: the caller has.

    The checks run again first: if the register has changed so that another set of rows would be taken in than the
    preview showed, nothing is. With `only_good=False` a single row in error refuses the whole.
    """
    batch = RegisterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch.state != State.READY or batch.purpose != RegisterImport.Purpose.ADD:
        raise Conflict(f"这次导入的状态是“{batch.get_state_display()}”，不能入库。", code="households.import_state")
    if batch.good_rows == 0:
        raise Conflict("没有可以入库的行，请改正错误后重新上传。", code="households.nothing_good")
    if not only_good and batch.good_rows != batch.rows:
        raise Conflict(
            f"有 {batch.rows - batch.good_rows} 行有错误，未选择“只入库没有错误的行”，全部没有入库。",
            code="households.rows_in_error",
        )
    RegisterRowError.objects.filter(batch=batch, rule__startswith="register.").delete()
    _run_checks(batch, lock=True)
    if _counts(batch) != (batch.rows, batch.good_rows):
        raise Conflict(_CHANGED, code="households.preview_stale")
    batch.accepted_by = by
    batch.save(update_fields=["accepted_by"])
    writes(by, batch)
    batch.history_after = _last_history()
    joined = _joined(batch)
    try:
        with transaction.atomic():
            counts = _move_in(batch)
    except IntegrityError as error:
        raise Conflict(_CHANGED, code="households.preview_stale") from error
    batch.state, batch.taken_in_at = State.TAKEN_IN, clock.now()
    batch.summary = {**batch.summary, "taken_in": counts}
    batch.history_until = _last_history()
    batch.save(update_fields=["state", "taken_in_at", "summary", "history_after", "history_until"])
    facts = {**counts, "left_out": batch.rows - batch.good_rows, "file": bytes(batch.file.sha256).hex()}
    record(by=by, verb="register.import.accept", subject=batch, facts=facts)
    tell_changed(joined, by)
    return batch


def _joined(batch: RegisterImport) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_JOINED, [batch.pk])
        return [pk for (pk,) in cursor.fetchall()]


def _last_history() -> int:
    return RegisterHistory.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _move_in(batch: RegisterImport) -> dict[str, int]:
    """Runs the statements in order; every new household has one head, so heads are what households are counted by."""
    parameters = _parameters(batch)
    counted = {"heads": "households", "people": "people", "accounts": "accounts"}
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        _plan_for_sets(cursor)
        for name, statement in _TAKE_IN.items():
            if name in _LOCKS:
                continue
            cursor.execute(statement, parameters)
            if name in counted:
                counts[counted[name]] = cursor.rowcount
    return counts


def forget(import_id: int) -> None:
    """Removes what is staged for an import, and what an update would have changed."""
    with connection.cursor() as cursor:
        for table, key in (
            ("households_stagedrow", "import_id"),
            ("households_stagedupdate", "import_id"),
            ("households_registerupdaterow", "batch_id"),
        ):
            cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [import_id])  # noqa: S608
