"""The worker's part of an import: read the file in a child process, stage it, check it. Restartable at every point."""

import shutil
from dataclasses import asdict
from pathlib import Path

from django.db import transaction

from households.imports import updating
from households.imports.services import KIND, columns_for, files_of
from households.imports.staging import check_staged, stage_rows
from households.models import RegisterImport
from jobs.headers import HEADER_REFUSALS, parse_with, used
from jobs.models import Job
from jobs.services import Result, handles, progress
from lib.errors import Invalid
from lib.scratch import scratch
from lib.sheets.parse import Parsed, parse
from rulebook import clock


@handles(KIND)
def run_import(job: Job) -> Result:
    """Checks one import. Taken up again, it begins anew over its own traces; what has ended it leaves alone."""
    batch = RegisterImport.objects.select_related("file").get(pk=int(job.subject_id))
    if batch.state != RegisterImport.State.CHECKING or batch.job_id != job.pk:
        return {"rows": batch.rows, "good_rows": batch.good_rows}
    progress(job, stage="正在读取文件")
    with scratch() as place:
        parsed = _read(batch, place)
        progress(job, stage="正在暂存", done=parsed.rows // 3, total=parsed.rows)
        with (place / "rows.copy").open("rb") as rows, transaction.atomic():
            (updating.stage if _updates(batch) else stage_rows)(batch.pk, rows)
    progress(job, stage="正在与底册核对", done=parsed.rows // 2, total=parsed.rows)
    batch = _check(batch, job, parsed)
    progress(job, stage="检查完成", done=batch.rows, total=batch.rows)
    return {"rows": batch.rows, "good_rows": batch.good_rows}


def _updates(batch: RegisterImport) -> bool:
    return batch.purpose == RegisterImport.Purpose.UPDATE


def _read(batch: RegisterImport, place: Path) -> Parsed:
    """Parses the stored file into a COPY file; a file that cannot be taken marks the import."""
    source = place / "upload"
    with batch.file.file.open("rb") as stored, source.open("wb") as copy:
        shutil.copyfileobj(stored, copy)
    today = clock.today()
    try:
        return parse_with(
            lambda columns: parse(source, columns, place / "rows.copy", today=today),
            columns_for(batch.purpose),
            files_of(batch),
        )
    except Invalid as refusal:
        RegisterImport.objects.filter(pk=batch.pk, state=RegisterImport.State.CHECKING).update(
            state=RegisterImport.State.UNREADABLE,
            summary={"refusal": refusal.message, "header": refusal.code in HEADER_REFUSALS},
        )
        raise


@transaction.atomic
def _check(batch: RegisterImport, job: Job, parsed: Parsed) -> RegisterImport:
    """Checks, unless the clerk has dropped the import or begun it anew meanwhile."""
    batch = RegisterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch.state != RegisterImport.State.CHECKING or batch.job_id != job.pk:
        return batch
    reading = {
        "sheet": parsed.sheet,
        "mended": [asdict(one) for one in parsed.mended],
        "unknown_columns": parsed.unknown_columns,
        "remembered": used(parsed.mapping, columns_for(batch.purpose), files_of(batch)),
        "skipped": parsed.skipped,
        "hidden_rows": parsed.hidden_rows,
        "hidden_sheets": parsed.hidden_sheets,
        "cell_errors": parsed.total_errors,
        "cell_errors_listed": len(parsed.errors),
    }
    if _updates(batch):
        own = {*updating.NOW}
        reading["unknown_columns"] = [title for title in parsed.unknown_columns if title not in own]
        return updating.check(batch, parsed.errors, reading)
    return check_staged(batch.pk, cell_errors=parsed.errors, reading=reading)
