"""Which jobs a person may see: the own ones, and those of the organisations in which the person holds a post."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.scope import scope_of
from jobs.models import Job
from lib.errors import NotFound

TONES = {"queued": "neutral", "running": "info", "done": "good", "failed": "bad"}


def visible_jobs(user: User) -> QuerySet[Job]:
    offices = [post.organisation_id for post in scope_of(user).posts]
    return Job.objects.filter(Q(asked_by=user) | Q(organisation_id__in=offices)).select_related("asked_by")


def get_job(user: User, pk: int) -> Job:
    job = visible_jobs(user).filter(pk=pk).first()
    if job is None:
        raise NotFound
    return job


def progress_of(job: Job) -> dict[str, Any]:
    """What parts/_progress.html needs to show how far a job is."""
    return {
        "running": job.state in (Job.State.QUEUED, Job.State.RUNNING),
        "title": job.title,
        "done": job.done,
        "total": job.total,
        "note": job.stage or ("正在排队" if job.state == Job.State.QUEUED else ""),
        "state": {"word": job.get_state_display(), "tone": TONES[job.state]},
        "error": job.error if job.state == Job.State.FAILED else "",
    }
