"""How far long work is, and where its result lies."""

from collections import Counter
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from jobs import recurring, selectors, times
from jobs.links import url_of
from lib.errors import NotFound

SIZES = [20, 50, 100, 200]


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A job's page; htmx asks it again for the part with the bar alone, until the job has ended."""
    job = selectors.get_job(cast(User, request.user), pk)
    progress = selectors.progress_of(job)
    asked, ended = times.told(job.created_at, job.finished_at)
    context = {
        "job": job,
        "asked": asked,
        "ended": ended,
        "progress": progress,
        "result_url": "" if progress["running"] else url_of(job),
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "jobs/_progress.html" if fragment else "jobs/detail.html", context)


@require_http_methods(["GET", "POST"])
def errors_again(request: HttpRequest) -> HttpResponse:
    """Errors that come back in the unit's files: by village, until the clerk has settled them."""
    user = cast(User, request.user)
    kinds = recurring.offices(user)
    if not kinds:
        raise NotFound
    if request.method == "POST":
        recurring.settle(by=user, **{key: request.POST.get(key, "") for key in ("kind", "digest", "rule")})
        messages.success(request, "已标为处理完毕，再次出现时重新计数。")
        return redirect(request.get_full_path())
    found = recurring.listed(user)
    village, size = request.GET.get("village", ""), request.GET.get("size", "")
    villages = Counter(one.whose.village for one in found)
    wanted = [one for one in found if not village or one.whose.village == village]
    context = {
        "page": Paginator(wanted, int(size) if size.isdigit() and int(size) in SIZES else 50).get_page(
            request.GET.get("page")
        ),
        "sizes": SIZES,
        "village": village,
        "villages": [{"name": name, "count": count} for name, count in villages.items()],
        "several": len(kinds) > 1,
    }
    return render(request, "jobs/recurring.html", context)
