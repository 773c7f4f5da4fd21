"""Taking a list out: what will be taken, why and in which form; the file, or the job that makes it."""

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.forms import add_refusal
from accounts.listings import listing_of, rows_of
from accounts.who import user_of
from jobs import exports, times
from jobs.export_forms import ExportForm
from jobs.models import Job
from lib.errors import NotFound, Refusal

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, key: str) -> HttpResponseBase:
    """Asks why and in which form; a short list is answered with its table, a long one with the job that writes it."""
    user = user_of(request)
    listing = listing_of(key)
    posted = request.POST if request.method == "POST" else None
    address = (request.GET if posted is None else posted).get("page", "")
    found = rows_of(user, listing, address)
    count = found.count()
    form = ExportForm(user, listing, found, posted)
    if form.is_valid():
        order = form.order(listing, address)
        try:
            if count > exports.AT_ONCE:
                return redirect("jobs:detail", exports.ask_for_export(by=user, order=order).pk)
            content, name = exports.export_now(by=user, order=order)
        except NotFound:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return FileResponse(content, as_attachment=True, filename=name, content_type=TYPES[order.format])
    context = {
        "listing": listing,
        "found": found,
        "filters": found.filters(),
        "columns": listing.columns_of(found),
        "count": count,
        "by_job": count > exports.AT_ONCE,
        "form": form,
        "address": address,
        "crumbs": [{"title": listing.title, "url": address}],
    }
    return render(request, "jobs/export.html", context)


@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """The table that a job has written."""
    job = exports.export_of(by=user_of(request), pk=pk)
    again = exports.order_of(job)
    context = {
        "job": job,
        "made": times.told(job.finished_at)[0],
        "done": job.state == Job.State.DONE,
        "gone": job.file_id is None,
        "days": exports.KEPT.days,
        "listing": again.listing,
        "address": again.address,
        "crumbs": [{"title": again.listing.title, "url": again.address}],
    }
    return render(request, "jobs/export_result.html", context)


@never_cache
@require_GET
def file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    pieces, name = exports.fetch_export(by=user_of(request), pk=pk)
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    return StreamingHttpResponse(pieces, content_type=TYPES[name.rpartition(".")[2]], headers=headers)
