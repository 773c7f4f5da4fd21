"""What goes back to the clerk as Excel: the template, and the rows in error with what is wrong beside them."""

import shutil
from pathlib import Path

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from households.imports.columns import COLUMNS, TITLE
from households.imports.services import columns_for, files_of
from households.models import RegisterImport
from jobs.headers import with_remembered
from jobs.recurring import for_report
from lib.errors import Conflict
from lib.scratch import scratch
from lib.sheets import write
from lib.sheets.beside import report
from lib.sheets.model import DEFAULT_LIMITS
from rulebook import clock


def template() -> bytes:
    """The empty table to fill in."""
    return write.template(COLUMNS, TITLE)


@transaction.atomic
def error_report(*, by: User, batch: RegisterImport, path: Path, only_faulty: bool = True) -> int:
    """Writes the rows as they were uploaded, what to mend in front of them; returns how many.

    Only for the clerk of the township whose table it is: it holds the numbers that were typed. It is made anew from the
    file each time and not kept.
    """
    require(by, Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    errors = for_report(batch.errors.values_list("row", "column", "rule", "message", "times", "last_on"))
    if batch.state in (RegisterImport.State.CHECKING, RegisterImport.State.UNREADABLE):
        raise Conflict("这份文件还没有检查完，没有错误报告。", code="households.import_state")
    columns = with_remembered(columns_for(batch.purpose), files_of(batch))
    with scratch() as place:
        source = place / "upload"
        with batch.file.file.open("rb") as stored, source.open("wb") as copy:
            shutil.copyfileobj(stored, copy)
        rows = report(
            source, columns, path, errors, limits=DEFAULT_LIMITS, today=clock.today(), only_faulty=only_faulty
        )
    record(by=by, verb="register.import.report", subject=batch, facts={"rows": rows, "only_faulty": only_faulty})
    return rows
