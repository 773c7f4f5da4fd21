"""Register tables for tests, as a township would fill them in."""

import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from openpyxl import Workbook

from accounts.models import Division, User
from households.imports.columns import COLUMNS
from households.imports.services import begin_import
from households.models import RegisterImport
from jobs import services as jobs
from lib.identifiers import luhn_check_digit, make_id_number
from tests.factories import cast

TITLES = {column.key: column.title for column in COLUMNS}


def id_of(number: int) -> str:
    """One of 999,000 ID numbers that were never assigned."""
    day, sequence = divmod(number, 999)
    return make_id_number("159999", date.fromordinal(date(1950, 1, 1).toordinal() + day), sequence + 1)


def card_of(number: int) -> str:
    body = f"628888{number:012d}"
    return body + str(luhn_check_digit(body))


def row(number: int, *, head: int | None = None, village: str = "", **changes: object) -> dict[str, object]:
    """The row of person `number`, a member of the household of `head` (left out: the head itself)."""
    of = number if head is None else head
    given: dict[str, object] = {
        "head_name": f"甲{of}",
        "head_id": id_of(of),
        "name": f"甲{number}",
        "member_id": id_of(number),
        "village": village or "团结村",
        "villagers_group": "一组",
        "relation": "本人" if head is None else "儿子",
        "bank_name": "中国农业银行",
        "account": card_of(number),
        "contracted_mu": 10.5 if head is None else None,
    }
    return {**given, **changes}


def workbook(rows: Iterable[Mapping[str, object]]) -> bytes:
    """An .xlsx with the template's header in row 2, so that the first row of data is Excel's row 3."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("填报")
    sheet.append(["补贴对象基础信息"])
    sheet.append([column.title + ("*" if column.required else "") for column in COLUMNS])
    for values in rows:
        sheet.append([values.get(column.key) for column in COLUMNS])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(
    rows: Iterable[Mapping[str, object]],
    *,
    by: User | None = None,
    township: Division | None = None,
    certificate: UploadedFile[Any] | None = None,
) -> RegisterImport:
    """An import of these rows, queued and not yet checked."""
    file = SimpleUploadedFile("底册.xlsx", workbook(rows))
    return begin_import(by=by or cast.clerk, upload=file, township=township or cast.township, certificate=certificate)


def run(batch: RegisterImport) -> RegisterImport:
    """The import, checked by its job."""
    assert batch.job is not None
    jobs.run(batch.job.pk)
    batch.refresh_from_db()
    return batch


def checked(
    rows: Iterable[Mapping[str, object]], *, by: User | None = None, township: Division | None = None
) -> RegisterImport:
    """An import of these rows, checked by its job."""
    return run(upload(rows, by=by, township=township))
