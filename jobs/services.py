"""Long work: asked for in a transaction, run by a worker under a lease, taken up again if the worker dies.

A handler is registered by the room that owns the work:

    @handles("rosters.import")
    def run_import(job: Job) -> Result: ...

It must be restartable: everything it stores, it stores in one transaction at its end, or again over its own traces.
Nobody else works on the same job meanwhile, not even when the lease ran out.
"""

import hashlib
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

from accounts.models import Organisation, User
from accounts.trail import record, subject_key
from jobs.models import Job, StoredFile
from lib.errors import refusal_of

logger = logging.getLogger(__name__)

Result = Mapping[str, Any]
Handler = Callable[[Job], Result]
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
_handlers: dict[str, Handler] = {}
_bell: list[Callable[[int], None]] = []


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Registers the function that does the work of this kind of job."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def on_bell(ring: Callable[[int], None]) -> None:
    """Registers what tells a worker that a job waits (`jobs.tasks` rings Celery)."""
    _bell.append(ring)


def store_file(*, content: bytes | UploadedFile[Any], name: str, by: User | None) -> StoredFile:
    """Keeps a file in Django's storage with the SHA-256 of its bytes. The name is only ever shown, never a path."""
    data = content if isinstance(content, bytes) else content.read()
    stored = StoredFile(
        name=name[-200:], size=len(data), sha256=hashlib.sha256(data).digest(), uploaded_by=by, created_at=Now()
    )
    stored.file.save(name, ContentFile(data), save=False)
    stored.save()
    return stored


def ask(
    *,
    kind: str,
    title: str,
    by: User,
    subject: Model | None = None,
    organisation: Organisation | None = None,
    params: Mapping[str, Any] | None = None,
    file: StoredFile | None = None,
) -> Job:
    """Queues a job in the caller's transaction; the worker hears of it once that has committed."""
    if kind not in _handlers:
        raise LookupError(f"no handler for jobs of kind {kind!r}")
    subject_type, subject_id = subject_key(subject) if subject else ("", "")
    job = Job.objects.create(
        kind=kind,
        title=title,
        asked_by=by,
        organisation=organisation,
        subject_type=subject_type,
        subject_id=subject_id,
        params=dict(params or {}),
        file=file,
        created_at=Now(),
    )
    record(by=by, verb="job.ask", subject=job, facts={"kind": kind, "subject": f"{subject_type}:{subject_id}"})
    transaction.on_commit(lambda: ring(job.pk))
    return job


def ring(job_id: int) -> None:
    """Tells the workers. A bell that fails is no loss: the sweep rings again."""
    for bell in _bell:
        try:
            bell(job_id)
        except Exception:
            logger.warning("the broker did not take job %s; the sweep will ring again", job_id)


def progress(job: Job, *, stage: str, done: int = 0, total: int = 0) -> None:
    """Shows how far a job is and renews its lease. Call it outside transactions, or nobody sees it in time."""
    Job.objects.filter(pk=job.pk).update(stage=stage, done=done, total=total, lease_until=Now() + LEASE)


def take(job_id: int) -> Job | None:
    """Takes a job by lease, or None: another has it, it has ended, or it has failed too often."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE jobs_job SET state = 'running', attempts = attempts + 1,
                      lease_until = clock_timestamp() + %s::interval,
                      started_at = coalesce(started_at, clock_timestamp())
                WHERE id = %s AND (state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp()))
            RETURNING attempts""",
            [f"{LEASE.total_seconds()} seconds", job_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    job = Job.objects.select_related("asked_by", "file", "organisation").get(pk=job_id)
    if row[0] > MOST_ATTEMPTS:
        _end(job, Job.State.FAILED, error="多次尝试均中断，已停止。请联系系统管理员。")
        return None
    return job


@contextmanager
def _alone(job_id: int) -> Iterator[bool]:
    """Whether nobody else is at work on the job: the lease may run out while its worker is only slow, and this lock
    ends with the worker's connection."""
    key = f"jobs.run:{job_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            # With a broken connection it is gone already.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def run(job_id: int) -> Job.State | None:
    """Takes and runs a job to its end. A `Refusal` is the clerk's to mend; anything else is a fault of ours."""
    with _alone(job_id) as alone:
        return _run(job_id) if alone else None


def _run(job_id: int) -> Job.State | None:
    job = take(job_id)
    if job is None:
        return None
    handler = _handlers.get(job.kind)
    try:
        if handler is None:
            raise LookupError(f"no handler for jobs of kind {job.kind!r}")
        result = handler(job)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is not None:
            return _end(job, Job.State.FAILED, error=refusal.message)
        logger.error("job %s (%s) failed\n%s", job.pk, job.kind, traceback.format_exc())
        return _end(
            job, Job.State.FAILED, error=f"系统故障，任务未完成，数据没有改动。请把任务编号 {job.pk} 告诉系统管理员。"
        )
    return _end(job, Job.State.DONE, result=result)


def _end(job: Job, state: Job.State, *, result: Result | None = None, error: str = "") -> Job.State:
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(
            state=state, result=dict(result or {}), error=error, finished_at=Now(), lease_until=None
        )
        record(by=job.asked_by, verb=f"job.{state}", subject=job, facts={"kind": job.kind})
    return state


def waiting() -> list[int]:
    """Jobs to ring for: queued, or running under a lease that ran out with its worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM jobs_job
                WHERE state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp())
                ORDER BY id LIMIT 200"""
        )
        return [row[0] for row in cursor.fetchall()]
