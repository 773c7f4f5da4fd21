"""A roster on paper: what to print, the paper that a job has made, and the comparison of a printed page."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from jobs import times
from jobs.models import Job
from lib.errors import NotFound
from lib.money import format_yuan
from lib.templatetags.portal import short_fp
from rosters import selectors
from rosters.models import Roster
from rosters.printing import source
from rosters.printing.forms import PrintForm
from rosters.services import printing
from rosters.views.common import attempt, crumbs, person, unit_of

PDF = "application/pdf"


@never_cache
@require_http_methods(["GET", "POST"])
def print_roster(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Asks what to print; a short roster is answered with its paper, a long one with the job that makes it."""
    user = person(request)
    roster = selectors.get_roster(user, pk)
    villages = source.villages(roster)
    form = PrintForm(user, roster, villages, request.POST or None)
    if request.method == "POST" and form.is_valid():
        order = form.order()
        if printing.at_once(roster, order):
            made = attempt(form, lambda: printing.print_now(by=user, roster=roster, order=order))
            if made is not None:
                return FileResponse(
                    made[0],
                    as_attachment=True,
                    filename=printing.file_name(roster, order.paper),
                    content_type=PDF,
                )
        else:
            job = attempt(form, lambda: printing.ask_for_print(by=user, roster=roster, order=order))
            if job is not None:
                return redirect("jobs:detail", job.pk)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "form": form,
        # Not "unit": the fields of the form would take it for theirs.
        "counted": unit_of(roster),
        "fingerprint": roster.fingerprint,
        "unsealed": roster.status in Roster.EDITABLE,
        "by_job": not printing.at_once(roster, printing.Order(printing.Paper.DETAIL)),
    }
    return render(request, "rosters/print.html", context)


@require_GET
def print_result(request: HttpRequest, pk: int, job_pk: int) -> HttpResponse:
    """The paper that a job has made, with the lines that must be completed by hand."""
    user = person(request)
    roster = selectors.get_roster(user, pk)
    job = printing.job_of(by=user, roster=roster, job_pk=job_pk)
    context = {
        "roster": roster,
        "crumbs": [*crumbs(roster), {"title": "打印", "url": reverse("rosters:print", args=[pk])}],
        "job": job,
        "made": times.told(job.finished_at)[0],
        "done": job.state == Job.State.DONE,
        "gone": job.file_id is None,
        "days": printing.KEPT.days,
        "unknown": "、".join(f"{number}号" for number in job.result.get("unknown", [])),
    }
    return render(request, "rosters/print_result.html", context)


@never_cache
@require_GET
def print_file(request: HttpRequest, pk: int, job_pk: int) -> FileResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    content, name = printing.fetch_print(by=user, roster=roster, job_pk=job_pk)
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=PDF)


# --- The seam seal ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Compared:
    """One thing that a printed page says, beside what the roster says now."""

    what: str
    printed: str
    now: str

    @property
    def same(self) -> bool:
        return self.printed == self.now


@require_GET
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the code of a printed page leads: does this page belong to the roster as it is now?"""
    user = person(request)
    roster = selectors.get_roster(user, pk)
    compared = _compared(request.GET, roster)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "status": selectors.status_of(roster),
        "page": request.GET.get("p", "").replace("-", "页，共"),
        "compared": compared,
        "same": all(entry.same for entry in compared),
    }
    return render(request, "rosters/print_check.html", context)


def _compared(asked: Any, roster: Roster) -> list[Compared]:
    entries = [
        Compared("指纹", asked.get("f") or "无", short_fp(roster.fingerprint) or "无"),
        Compared("版次", asked.get("r", ""), str(roster.revision)),
    ]
    village, stretch, fen = asked.get("v", ""), asked.get("l", "").split("-"), asked.get("s", "")
    given = [village, fen, *stretch]
    if len(stretch) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 18 for part in given):
        raise NotFound
    first, last = int(stretch[0]), int(stretch[1])
    if last:
        _, now, words = source.of_page(roster, village=int(village), first=first, last=last)
        entries.append(Compared(f"本页序号{first}至{last}的金额", format_yuan(int(fen)), format_yuan(now)))
        if words:
            entries.append(Compared("本页各行的文字（姓名、档次、开户银行、备注等）", asked.get("w", ""), words))
    return entries
