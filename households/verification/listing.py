"""The list for the police: a run's people with ID numbers in clear, made by a job and sealed (ACL-3).

Only who asked for it may fetch it, for a reason that stays on the trail; after some days it is forgotten.
"""

import csv
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import User
from accounts.trail import record
from households.models import IdentityRun
from households.verification.acting import require_comparing
from households.verification.columns import HEADERS
from jobs import services as jobs
from jobs.links import result_url
from jobs.models import Job, StoredFile
from jobs.services import Result, handles, progress
from lib import crypto
from lib.errors import Conflict, Invalid, NotFound
from lib.sheets import write

KIND = "households.identity_list"
KEPT = timedelta(days=7)
_AT_ONCE = 2000
_LINES = """
DECLARE households_identity_listed NO SCROLL CURSOR FOR
SELECT number, name, id_cipher FROM households_identitycheck WHERE run_id = %s AND waiting ORDER BY number"""


class Form(models.TextChoices):
    XLSX = "xlsx", "Excel（xlsx）"
    CSV = "csv", "CSV（UTF-8）"


@transaction.atomic
def ask_for_list(*, by: User, run: IdentityRun, form: str) -> Job:
    """Has the list of those without an answer made. The reason is the run's own."""
    require_comparing(by, run.township_id)
    if form not in Form.values:
        raise Invalid("请选择名单的格式。", field="form", code="households.identity_form")
    if run.state != IdentityRun.State.OPEN:
        raise Conflict("这一批核查已结束，没有待返回的人员。", code="households.identity_state")
    title = f"生成核查名单：{run}"
    return jobs.ask(kind=KIND, title=title, by=by, subject=run, params={"run": run.pk, "form": form})


@handles(KIND)
def run_list(job: Job) -> Result:
    run = IdentityRun.objects.get(pk=job.params["run"])
    require_comparing(job.asked_by, run.township_id)
    form = job.params["form"]
    progress(job, stage="正在生成名单", total=run.people)
    with tempfile.TemporaryDirectory(prefix="portal-identity-") as place:
        path = Path(place) / f"list.{form}"
        count = _write(run, form, path)
        sealed = crypto.seal(path.read_bytes())
    return _keep(job, run, count, sealed)


def _rows(run: IdentityRun) -> Iterator[tuple[int, str, str, str, str, str]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LINES, [run.pk])
        while some := _fetch(cursor):
            plain = crypto.decrypt_many(cipher for *_, cipher in some)
            for (number, name, _), id_number in zip(some, plain, strict=True):
                yield number, name, id_number, "", "", ""
        cursor.execute("CLOSE households_identity_listed")


def _fetch(cursor: object) -> list[tuple[int, str, bytes]]:
    cursor.execute(f"FETCH {_AT_ONCE} FROM households_identity_listed")  # type: ignore[attr-defined]
    return cursor.fetchall()  # type: ignore[attr-defined, no-any-return]


def _write(run: IdentityRun, form: str, path: Path) -> int:
    if form == Form.XLSX:
        return write.export(path, HEADERS, _rows(run), sheet_name="核查名单")
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(HEADERS)
        for number, name, *rest in _rows(run):
            table.writerow([number, write.safe_cell(name), *rest])
            count += 1
    return count


@transaction.atomic
def _keep(job: Job, run: IdentityRun, count: int, sealed: bytes) -> Result:
    """Stores the list sealed; what an earlier, broken attempt had stored goes."""
    _forget(Job.objects.select_for_update(no_key=True).get(pk=job.pk))
    name = f"公安核查名单_第{run.pk}批_{count}人.{job.params['form']}"
    Job.objects.filter(pk=job.pk).update(file=jobs.store_file(content=sealed, name=name, by=job.asked_by))
    facts = {"job": job.pk, "people": count, "kind": job.params["form"], "whole": True, "reason": run.reason}
    record(by=job.asked_by, verb="identity.list", subject=run, facts=facts)
    return {"people": count}


def lists_of(by: User, run: IdentityRun) -> models.QuerySet[Job]:
    """The lists of this run that this person had made; others' are not there."""
    return Job.objects.filter(kind=KIND, asked_by=by, params__run=run.pk).select_related("file").order_by("-pk")


@transaction.atomic
def fetch_list(*, by: User, run: IdentityRun, job_pk: int) -> tuple[bytes, str]:
    """The list and its name, for whoever asked for it and still may."""
    job = lists_of(by, run).filter(pk=job_pk).first()
    if job is None or job.state != Job.State.DONE:
        raise NotFound
    require_comparing(by, run.township_id)
    if job.file is None:
        raise Conflict(
            f"名单文件只保留{KEPT.days}天，这一份已经清除，请重新生成。", code="households.identity_list_gone"
        )
    record(by=by, verb="identity.list_fetch", subject=run, facts={"job": job.pk, "whole": True})
    with job.file.file.open("rb") as sealed:
        return crypto.unseal(sealed.read()), job.file.name


def forget_old(day: date) -> None:
    """Takes away the lists of jobs that ended some days ago."""
    ended = Job.objects.filter(kind=KIND, file__isnull=False, finished_at__lt=Now() - KEPT)
    for job in ended.select_for_update(no_key=True, skip_locked=True).order_by("pk"):
        _forget(job)


def _forget(job: Job) -> None:
    if job.file_id is None:
        return
    stored = StoredFile.objects.get(pk=job.file_id)
    Job.objects.filter(pk=job.pk).update(file=None)
    stored.delete()
    transaction.on_commit(lambda: stored.file.delete(save=False))


@result_url(KIND)
def _page(job: Job) -> str:
    return reverse("households:identity_run", args=[job.params["run"]])
