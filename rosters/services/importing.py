"""Lines from a file: parsed apart, copied to staging, matched in sets; `taking` takes them in (ROS-1, ROS-3)."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from accounts.models import User
from accounts.trail import record
from jobs.headers import HEADER_REFUSALS, Files, forget, parse_with, remember, used, with_remembered
from jobs.models import Job, StoredFile
from jobs.recurring import for_report
from jobs.services import Result, ask, handles, progress, store_file
from lib.errors import Conflict, Invalid, Refusal
from lib.hands import shared
from lib.scratch import scratch
from lib.sheets.beside import report
from lib.sheets.model import Column
from lib.sheets.parse import Parsed, parse
from rosters import recurring, sheet, staging
from rosters.models import Roster, RosterImport, RosterRowError
from rosters.services.making import refuse_new_lines
from rosters.services.moving import editable, require_clerk
from rulebook import clock

State = RosterImport.State
KIND = "rosters.import"
SUFFIXES = (".xlsx", ".xls", ".csv")
MATCHING = "与底册、标准核对"
# From so many rows on the work is shared out among connections, and the clerk does not wait for it at the page.
LONG = 10_000


@transaction.atomic
def begin_import(*, by: User, roster: Roster, upload: UploadedFile[Any], replace: bool = True) -> RosterImport:
    """Keeps the file and queues its parsing; imports of this roster that still wait are dropped."""
    current = editable(by, roster)
    refuse_new_lines(current)
    name = upload.name or ""
    if not name.lower().endswith(SUFFIXES):
        raise Invalid("请上传 Excel（xlsx、xls）或 csv 文件。", code="rosters.import_type", field="file")
    if not upload.size:
        raise Invalid("文件是空的，请重新选择。", code="rosters.import_empty", field="file")
    if upload.size > sheet.LIMITS.file_bytes:
        most = sheet.LIMITS.file_bytes // 2**20
        raise Invalid(f"文件超过{most}MB，请拆分后上传。", code="rosters.import_size", field="file")
    return _begin(by, current, store_file(content=upload, name=name, by=by), replace=replace)


def _begin(by: User, current: Roster, stored: StoredFile, *, replace: bool) -> RosterImport:
    for former in RosterImport.objects.filter(roster=current, state__in=[State.CHECKING, State.READY]):
        _drop(former)
    batch = RosterImport.objects.create(roster=current, file=stored, replace=replace, made_by=by, made_at=clock.now())
    batch.job = ask(
        kind=KIND,
        title=f"导入清册明细：{current.title}",
        by=by,
        subject=batch,
        organisation=current.organisation,
        params={"batch": batch.pk},
        file=stored,
    )
    batch.save(update_fields=["job"])
    facts = {"import": batch.pk, "sha256": bytes(stored.sha256).hex(), "replace": replace}
    record(by=by, verb="roster.import_begin", subject=current, facts=facts)
    return batch


def files_of(roster: Roster) -> Files:
    """Whose files these are: what a unit calls the columns of a policy's files is remembered for that policy."""
    return Files(roster.organisation, KIND, roster.policy.code)


def columns_of(roster: Roster) -> tuple[Column, ...]:
    """The columns of the roster's files, with what its unit calls them."""
    return with_remembered(sheet.columns_for(roster), files_of(roster))


@transaction.atomic
def map_headers(*, by: User, batch: RosterImport, chosen: Mapping[str, str]) -> RosterImport:
    """Remembers what the unit calls the columns, and reads the same file again."""
    current = editable(by, batch.roster)
    if batch.file is None:
        raise Conflict("在线表格没有表头可以对应。", code="rosters.import_state")
    remember(by=by, files=files_of(current), columns=sheet.columns_for(current), chosen=chosen)
    return _begin(by, current, batch.file, replace=batch.replace)


@transaction.atomic
def forget_header(*, by: User, roster: Roster, pk: int) -> None:
    require_clerk(by, roster)
    forget(by=by, files=files_of(roster), pk=pk)


@handles(KIND)
def run_import(job: Job) -> Result:
    """Parses and matches one file. It may run again over its own traces: errors and staged rows are replaced."""
    batch = RosterImport.objects.select_related("file", "roster").get(pk=job.params["batch"])
    if batch.state != State.CHECKING or batch.file is None:
        return {"state": batch.state}
    progress(job, stage="读取表格")
    with scratch() as place:
        source, out = place / f"in{Path(batch.file.name).suffix.lower()}", place / "rows"
        _fetch(batch.file, source)
        try:
            today = clock.today()
            parsed = parse_with(
                lambda columns: parse(source, columns, out, limits=sheet.LIMITS, today=today),
                sheet.columns_for(batch.roster),
                files_of(batch.roster),
            )
            if not parsed.rows:
                raise Invalid("表格里没有数据行，请核对后重新上传。", code="sheet.empty")
        except Refusal as refusal:
            RosterImport.objects.filter(pk=batch.pk, state=State.CHECKING).update(
                state=State.UNREADABLE,
                summary={"message": refusal.message, "header": refusal.code in HEADER_REFUSALS},
            )
            raise
        progress(job, stage=MATCHING, done=0, total=parsed.rows)
        long = parsed.rows >= LONG
        found = match_long(job, batch, parsed, out) if long else match_rows(batch, parsed, out)
    progress(job, stage="完成", done=parsed.rows, total=parsed.rows)
    return found


@transaction.atomic
def import_report(*, by: User, batch: RosterImport, path: Path, only_faulty: bool = True) -> int:
    """Writes the rows of the file with what is wrong in front of them; returns how many.

    Only for the clerk of the roster's unit: it holds the numbers that were typed. Made anew from the file, never kept.
    """
    require_clerk(by, batch.roster)
    if batch.file is None or batch.state in (State.CHECKING, State.UNREADABLE):
        raise Conflict("这次导入没有错误报告：文件还没有核对，或是在线表格。", code="rosters.import_state")
    told = batch.errors.values_list("row", "column", "rule", "message", "times", "last_on")
    errors = for_report(told)
    with scratch() as place:
        source = place / "in"
        _fetch(batch.file, source)
        rows = report(
            source,
            columns_of(batch.roster),
            path,
            errors,
            limits=sheet.LIMITS,
            today=clock.today(),
            only_faulty=only_faulty,
        )
    facts = {"import": batch.pk, "rows": rows, "only_faulty": only_faulty}
    record(by=by, verb="roster.import_report", subject=batch.roster, facts=facts)
    return rows


def _fetch(stored: StoredFile, target: Path) -> None:
    with stored.file.open("rb") as source, target.open("wb") as copy:
        for chunk in source.chunks():
            copy.write(chunk)


@transaction.atomic
def match_rows(batch: RosterImport, parsed: Parsed, rows: Path) -> Result:
    """Copies parsed rows to staging and matches them with register and standards: a file's, or the grid's."""
    current = _begun(batch, parsed)
    if current is None:
        return {}
    _stage_and_match(current, rows)
    return _matched(current, parsed)


def match_long(job: Job, batch: RosterImport, parsed: Parsed, rows: Path) -> Result:
    """The same for a long file, each part of it by a connection of its own; then what was found is put together.

    Until then the import is being checked, and nobody reads what was staged; a worker that dies begins anew.
    """
    with transaction.atomic():
        current = _begun(batch, parsed)
    if current is None:
        return {}

    def stage_and_match(part: staging.Part) -> None:
        # Whoever drops the import waits for this, and then takes away what was staged.
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM rosters_rosterimport WHERE id = %s FOR SHARE", [batch.pk])
            (state,) = cursor.fetchone()
        if state == State.CHECKING:
            _stage_and_match(batch, rows, part)

    parts = [partial(stage_and_match, part) for part in staging.parts(rows)]
    shared(parts, meanwhile=partial(progress, job, stage=MATCHING))
    with transaction.atomic():
        current = _checking(batch)
        return _matched(current, parsed) if current else {}


def _stage_and_match(batch: RosterImport, rows: Path, part: staging.Part | None = None) -> None:
    staging.stage(batch=batch.pk, roster=batch.roster, rows=rows, part=part)
    sheet.match(batch=batch.pk, roster=batch.roster, part=part)


def _checking(batch: RosterImport) -> RosterImport | None:
    """The locked import, unless it was dropped meanwhile."""
    current = RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    return current if current.state == State.CHECKING else None


def _begun(batch: RosterImport, parsed: Parsed) -> RosterImport | None:
    """The locked import with the errors of its cells, and nothing else."""
    current = _checking(batch)
    if current is None:
        return None
    staging.forget(current.pk)
    RosterRowError.objects.filter(batch=current).delete()
    RosterRowError.objects.bulk_create(
        (
            RosterRowError(batch=current, row=e.row, column=e.column[:40], rule=e.rule[:40], message=e.message[:300])
            for e in parsed.errors
        ),
        batch_size=1000,
    )
    return current


def _matched(current: RosterImport, parsed: Parsed) -> Result:
    current.rows, current.good_rows, current.total_fen = sheet.conclude(batch=current.pk, roster=current.roster)
    if current.file_id is not None:
        recurring.mark(current)
    current.summary = _summary(current, parsed)
    current.state = State.READY
    current.save(update_fields=["rows", "good_rows", "total_fen", "summary", "state"])
    return {"rows": current.rows, "good_rows": current.good_rows, "total_fen": current.total_fen}


def _summary(batch: RosterImport, parsed: Parsed) -> dict[str, Any]:
    rules = Counter(RosterRowError.objects.filter(batch=batch).values_list("column", flat=True))
    rest_rows, rest_fen = staging.shares(batch.pk)
    return {
        "rest_rows": rest_rows,
        "rest_fen": rest_fen,
        "sheet": parsed.sheet,
        "header_row": parsed.header_row,
        "mended": [{"label": m.label, "column": m.column, "count": m.count} for m in parsed.mended],
        "unknown_columns": parsed.unknown_columns,
        "remembered": used(parsed.mapping, sheet.columns_for(batch.roster), files_of(batch.roster)),
        "skipped": parsed.skipped,
        "hidden_sheets": parsed.hidden_sheets,
        "hidden_rows": parsed.hidden_rows,
        "errors_by_column": dict(rules.most_common()),
        "cell_errors": parsed.total_errors,
    }


@transaction.atomic
def drop_import(*, by: User, batch: RosterImport) -> None:
    current = editable(by, batch.roster)
    fresh = RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if fresh.state not in (State.CHECKING, State.READY):
        raise Conflict(f"这次导入{fresh.get_state_display()}，不能放弃。", code="rosters.import_state")
    _drop(fresh)
    record(by=by, verb="roster.import_drop", subject=current, facts={"import": fresh.pk})


def _drop(batch: RosterImport) -> None:
    batch.state = State.DROPPED
    batch.save(update_fields=["state"])
    staging.forget(batch.pk)
