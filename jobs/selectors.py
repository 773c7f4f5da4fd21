"""Which jobs a person may see (the own ones, those of the own offices), and how a job and its errors are shown."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.scope import scope_of
from jobs.models import Job, RowError
from lib.errors import NotFound

E = TypeVar("E", bound=RowError)
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


def by_column(request: HttpRequest, errors: QuerySet[E]) -> tuple[list[dict[str, Any]], QuerySet[E]]:
    """The errors of a file under the column that the address asks for, and tabs for all columns that have some."""
    counts = list(errors.order_by().values_list("column").annotate(count=Count("id")).order_by("-count", "column"))
    asked = request.GET.get("column", "")
    chosen = asked if asked in dict(counts) else ""
    if len(counts) < 2:
        return [], errors
    tabs = [{"title": "全部", "url": "?#errors", "active": not chosen, "count": sum(count for _, count in counts)}]
    for column, count in counts:
        url = f"?{urlencode({'column': column})}#errors"
        tabs.append({"title": column, "url": url, "active": column == chosen, "count": count})
    return tabs, errors.filter(column=chosen) if chosen else errors
