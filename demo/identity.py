"""The register compared with the police register, as a county does it: a list goes out, a filled-in list comes back.

Most people are confirmed. Some who stand in no roster are contradicted, unknown or still without an answer; and in May
one township hears of a head who has died, while its roster is being written.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from accounts.models import Division, User
from demo.walking import work_off
from households.models import IdentityRun, Person
from households.verification import listing, services
from households.verification.columns import HEADERS
from jobs.models import Job
from lib.sheets import write

SOURCE = "示范县公安局户政大队"
# Of those without a card, who stand in no roster: one in so many differs, is unknown, or is not answered about.
DIFFERS, UNKNOWN, SILENT = 211, 997, 307
Row = tuple[write.Value, ...]
Say = Callable[[str], None]
# What the police write beside a row of the list; None leaves the row out.
Told = Callable[[int, Row], Row | None]


def compare_everybody(officer: User, *, say: Say) -> None:
    """The whole county in one run, as soon as the register stands."""
    quiet = set(Person.objects.filter(accounts=None).exclude(relation="本人").values_list("pk", flat=True))
    run = services.begin_run(
        by=officer, township=None, way=IdentityRun.Way.FILE, who=IdentityRun.Who.WAITING, source=SOURCE,
        reason="建库后全部人员首次核查",
    )  # fmt: skip
    people = dict(run.checks.values_list("number", "person_id"))

    def told(number: int, row: Row) -> Row | None:
        if people[number] not in quiet:
            return "一致", "", ""
        if number % SILENT == 0:
            return None
        if number % DIFFERS == 0:
            return "不一致", "姓名" if number % 2 else "性别、出生日期", ""
        return ("查无此人", "", "") if number % UNKNOWN == 0 else ("一致", "", "")

    answer(officer, run, told)
    run.refresh_from_db()
    outcomes = run.checks.exclude(outcome__in=["", "match"]).count()
    say(f"公安核查：{run.people}人，其中{outcomes}人待更正，{run.checks.filter(waiting=True).count()}人待返回。")


def hear_of_a_death(clerk: User, township: Division, person: Person, on: date) -> None:
    """The township compares some of its people again; one of them has died."""
    some = Person.objects.filter(household=person.household, state=Person.State.ALIVE)
    run = services.begin_run(
        by=clerk, township=township, way=IdentityRun.Way.FILE, who=IdentityRun.Who.NAMED, source=SOURCE,
        reason="造册前核查", people=list(some.values_list("pk", flat=True)),
    )  # fmt: skip
    dead = run.checks.get(person=person).number
    answer(clerk, run, lambda number, row: ("死亡", "", on) if number == dead else ("一致", "", ""))


def answer(by: User, run: IdentityRun, told: Told) -> None:
    """Fetches the list, fills it in as the police would, and brings it back."""
    job: Job = listing.ask_for_list(by=by, run=run, form=listing.Form.XLSX)
    work_off()
    data, _ = listing.fetch_list(by=by, run=run, job_pk=job.pk)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as made:
        write.export(Path(made.name), HEADERS, _filled(data, told), sheet_name="核查结果")
        content = Path(made.name).read_bytes()
    services.receive_answers(by=by, run=run, upload=SimpleUploadedFile("公安核查结果.xlsx", content))
    work_off()


def _filled(data: bytes, told: Told) -> Iterator[Row]:
    rows: Any = load_workbook(io.BytesIO(data), read_only=True).worksheets[0].iter_rows(min_row=2, values_only=True)
    for number, name, id_number, *_ in rows:
        said = told(int(number), (name, id_number))
        if said is not None:
            yield number, name, id_number, *said
