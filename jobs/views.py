"""How far long work is, and where its result lies."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from jobs import selectors
from jobs.links import url_of


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A job's page; htmx asks it again for the part with the bar alone, until the job has ended."""
    job = selectors.get_job(cast(User, request.user), pk)
    progress = selectors.progress_of(job)
    context = {"job": job, "progress": progress, "result_url": "" if progress["running"] else url_of(job)}
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "jobs/_progress.html" if fragment else "jobs/detail.html", context)
