"""The own jobs on the workbench: what runs with its progress, and how the latest ended."""

from accounts.models import User
from accounts.scope import Scope
from accounts.workbench import Panel
from jobs import selectors, times
from jobs.links import url_of

LATEST = 6


def recent(user: User, scope: Scope) -> Panel | None:
    latest = selectors.visible_jobs(user).filter(asked_by=user).order_by("-id")[:LATEST]
    if not latest:
        return None
    ended = times.told(*(job.finished_at for job in latest))
    rows = [
        {"job": job, "result_url": url_of(job), "ended": at, **selectors.progress_of(job)}
        for job, at in zip(latest, ended, strict=True)
    ]
    context = {"running": [row for row in rows if row["running"]], "ended": [row for row in rows if not row["running"]]}
    return Panel("jobs/_recent.html", context, order=80)
