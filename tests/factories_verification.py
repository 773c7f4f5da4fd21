"""People compared with the police register, and files of answers as the police send them back.

compared(home.head)                                    # confirmed
compared(home.head, "mismatch", items=("name",))
run = asked([home.head])                               # a run that waits for its answers
answers = answered(run, [("甲一", number, "一致")])       # a file, read by its job
"""

import io
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.models import User
from households.models import IdentityAnswers, IdentityCheck, IdentityRun, Person
from households.verification import services
from households.verification.answering import Answer, store_told
from households.verification.columns import HEADERS
from jobs import services as jobs
from lib import crypto
from tests.factories import cast

SOURCE, REASON = "公安局户政大队", "新增人员核查"
Row = Sequence[object]


def asked(people: Collection[Person], *, by: User | None = None, way: str = "file") -> IdentityRun:
    """A run about these people, who are of one township."""
    first = next(iter(people))
    township = first.household.village.parent
    clerk = by or (cast.clerk if township == cast.township else cast.clerk2)
    return services.begin_run(
        by=clerk, township=township, way=way, who="named", source=SOURCE, reason=REASON, people=[p.pk for p in people]
    )


def compared(
    person: Person,
    outcome: str = "match",
    *,
    items: tuple[str, ...] = (),
    died_on: date | None = None,
    by: User | None = None,
) -> IdentityCheck:
    """What the police register says of one person, asked and answered."""
    run = asked([person], by=by)
    store_told(run, [Answer(1, outcome, items, died_on)], by=run.made_by)
    person.refresh_from_db()
    return run.checks.get()


def number_of(person: Person) -> str:
    return crypto.decrypt(person.id_cipher)


def sheet(rows: Iterable[Row], headers: Row = HEADERS[1:]) -> bytes:
    """An .xlsx whose first row of data is Excel's row 2: name, ID number, result, items, date of death."""
    book = Workbook(write_only=True)
    table = book.create_sheet("核查名单")
    table.append(list(headers))
    for row in rows:
        table.append([*row, *[None] * (len(headers) - len(row))])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def answered(run: IdentityRun, rows: Iterable[Row] | bytes, *, by: User | None = None) -> IdentityAnswers:
    """A file of answers, uploaded and read."""
    content = rows if isinstance(rows, bytes) else sheet(rows)
    upload = SimpleUploadedFile("核查结果.xlsx", content)
    answers = services.receive_answers(by=by or run.made_by, run=run, upload=upload)
    assert answers.job is not None
    jobs.run(answers.job.pk)
    answers.refresh_from_db()
    run.refresh_from_db()
    return answers
