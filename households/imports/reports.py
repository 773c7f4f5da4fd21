"""What goes back to the clerk as Excel: the template, and the rows in error with what is wrong beside them."""

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from households.imports.columns import COLUMNS, TITLE
from households.imports.rows import read_rows
from households.models import RegisterImport
from lib.sheets import write


def template() -> bytes:
    """The empty table to fill in."""
    return write.template(COLUMNS, TITLE)


@transaction.atomic
def error_report(*, by: User, batch: RegisterImport) -> bytes:
    """The rows in error as they were uploaded, what to mend in front of them. Only for the clerk whose table it is."""
    require(by, Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    errors: dict[int, list[str]] = defaultdict(list)
    for row, column, message in batch.errors.values_list("row", "column", "message"):
        errors[row].append(f"{column}：{message}")
    record(by=by, verb="register.import.report", subject=batch, facts={"rows": len(errors)})
    with tempfile.TemporaryDirectory(prefix="portal-report-") as place:
        source, report = Path(place) / "upload", Path(place) / "report.xlsx"
        with batch.file.file.open("rb") as stored, source.open("wb") as copy:
            shutil.copyfileobj(stored, copy)
        titles, rows = read_rows(source, errors)
        headers = ["Excel行号", "问题和改法", *_distinct(titles)]
        blank = [""] * len(titles)
        lines: list[list[write.Value]] = [
            [row, "；".join(errors[row]), *rows.get(row, blank)] for row in sorted(errors)
        ]
        write.export(report, headers, lines, sheet_name="信息校验日志")
        return report.read_bytes()


def _distinct(titles: list[str]) -> list[str]:
    """The titles, told apart where two are the same."""
    seen: dict[str, int] = defaultdict(int)
    told = []
    for title in titles:
        seen[title] += 1
        told.append(title if seen[title] == 1 else f"{title}（{seen[title]}）")
    return told
