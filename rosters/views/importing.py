"""Lines from a file: template, upload, progress, what would be written, error report, the clerk's word."""

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from households.forms import OnlyGoodForm
from jobs.headers import MappingForm, headings_of, shown
from jobs.models import Job
from jobs.selectors import by_column
from lib.errors import NotFound
from lib.money import format_yuan
from lib.sheets.write import template
from rosters import chain, selectors, services, sheet
from rosters.forms import ImportForm
from rosters.models import Roster, RosterImport
from rosters.services.importing import columns_of, files_of
from rosters.views.common import SIZES, attempt, crumbs, own_roster, page_of, person, unit_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {
    "checking": "info",
    "ready": "warn",
    "taking_in": "info",
    "taken_in": "good",
    "dropped": "neutral",
    "unreadable": "bad",
    "undone": "neutral",
}
VERBS = {"taking_in": "正在写入", "taken_in": "已写入", "undone": "写入过"}
AT_WORK = {"checking": "正在核对上传的文件", "taking_in": "正在写入清册"}


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = own_roster(user, pk)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        batch = attempt(
            form,
            lambda: services.begin_import(
                by=user, roster=roster, upload=form.cleaned_data["file"], replace=form.cleaned_data["replace"]
            ),
        )
        if batch is not None:
            return redirect("rosters:import_batch", pk=pk, batch_pk=batch.pk)
    former = [
        {"batch": batch, "tone": TONES[batch.state]} for batch in roster.imports.select_related("file", "made_by")[:10]
    ]
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "form": form,
        "former": former,
        "columns": sheet.columns_for(roster),
        "remembered": [
            {**one, "forget": reverse("rosters:import_header_forget", args=[pk, one["name"].pk])}
            for one in shown(sheet.columns_for(roster), files_of(roster))
        ],
    }
    return render(request, "rosters/import.html", context)


def import_template(request: HttpRequest, pk: int) -> HttpResponse:
    roster = selectors.get_roster(person(request), pk)
    return _download(template(sheet.columns_for(roster), roster.title), f"{roster.policy.short_name}清册模板.xlsx")


def _batch(user: User, pk: int, batch_pk: int) -> RosterImport:
    roster = selectors.get_roster(user, pk)
    batch = RosterImport.objects.select_related("file", "job", "made_by").filter(roster=roster, pk=batch_pk).first()
    if batch is None:
        raise NotFound
    batch.roster = roster
    return batch


def _progress(batch: RosterImport) -> dict[str, Any]:
    """What parts/_progress.html shows of the import's job."""
    job = batch.job
    at_work = batch.state in AT_WORK
    running = at_work and (job is None or job.state in (Job.State.QUEUED, Job.State.RUNNING))
    stage = "" if job is None else job.stage or str(job.get_state_display())
    failed = job.error if job is not None and at_work and job.state == Job.State.FAILED else ""
    return {
        "title": AT_WORK.get(batch.state, ""),
        "running": running,
        "done": job.done if job else 0,
        "total": job.total if job else 0,
        "note": failed or stage,
        "failed": failed,
    }


def batch(request: HttpRequest, pk: int, batch_pk: int) -> HttpResponse:
    user = person(request)
    found = _batch(user, pk, batch_pk)
    bad_rows = found.rows - found.good_rows
    return _shown(request, found, OnlyGoodForm("写入", found.good_rows, bad_rows) if bad_rows else None)


def _shown(request: HttpRequest, found: RosterImport, form: OnlyGoodForm | None) -> HttpResponse:
    """The page of an import; `form` asks for the good rows only, where there are others."""
    user, pk, progress = person(request), found.roster_id, _progress(found)
    may_edit = selectors.may(user, found.roster).edit
    tabs, errors = by_column(request, found.errors.all())
    context = {
        "roster": found.roster,
        "crumbs": [
            *crumbs(found.roster),
            {"title": "导入", "url": reverse("rosters:import", args=[pk])},
        ],
        "batch": found,
        "tone": TONES[found.state],
        "progress": progress,
        "unit": unit_of(found.roster),
        "bad_rows": found.rows - found.good_rows,
        "tabs": tabs,
        "page": page_of(request, errors, size=50),
        "verb": VERBS.get(found.state, "可写入"),
        "sizes": SIZES,
        "may_accept": may_edit,
        "may_undo": may_edit and services.undo_of(found) is not None,
        "in_unit": chain.is_clerk(user, found.roster),
        "form": form,
        "what": _what(found, found.roster),
    }
    # The progress bar asks for itself; once the work has ended the whole page is fetched anew.
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "rosters/_import_progress.html", context)
        if not progress["running"]:
            response["HX-Refresh"] = "true"
        return response
    return render(request, "rosters/import_batch.html", context)


def _what(batch: RosterImport, roster: Roster) -> list[str]:
    """What taking in would do, in sentences."""
    sentences = [f"写入{batch.good_rows}行明细，随后自动运行检查。"]
    if batch.replace and roster.line_count:
        sentences.append(f"清册现有的{roster.line_count}行明细会被替换。")
    elif roster.line_count:
        sentences.append(f"追加到清册现有的{roster.line_count}行之后。")
    if batch.summary.get("rest_rows"):
        sentences.append(
            f"文件里{batch.summary['rest_rows']}行的金额含余额分配，共{format_yuan(batch.summary['rest_fen'])}："
            "写入时按数量乘标准计算，写入后请到“余额分配”分配，合计才等于资金总额。"
        )
    if batch.rows > batch.good_rows:
        sentences.append(f"有错误的{batch.rows - batch.good_rows}行不写入，可以改正后再次上传。")
    return sentences


def errors(request: HttpRequest, pk: int, batch_pk: int) -> FileResponse:
    """The clerk's own rows with what is wrong in front of them: those in error, or with `?all=1` every one."""
    user = person(request)
    found = _batch(user, pk, batch_pk)
    every = request.GET.get("all") == "1"
    # The file is gone from the disk as soon as it has been sent.
    made = tempfile.NamedTemporaryFile(prefix="portal-report-", suffix=".xlsx")  # noqa: SIM115
    services.import_report(by=user, batch=found, path=Path(made.name), only_faulty=not every)
    name = f"{'错误报告' if every else '错误行'}_{found.source.rsplit('.', 1)[0]}.xlsx"
    response = FileResponse(made, content_type=XLSX, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def accept(request: HttpRequest, pk: int, batch_pk: int) -> HttpResponse:
    user = person(request)
    found = _batch(user, pk, batch_pk)
    bad_rows = found.rows - found.good_rows
    form = OnlyGoodForm("写入", found.good_rows, bad_rows, request.POST) if bad_rows else None
    if form is not None and not form.is_valid():
        return _shown(request, found, form)
    services.accept_import(by=user, batch=found, only_good=form is not None)
    found.refresh_from_db(fields=["state"])
    if found.state == RosterImport.State.TAKING_IN:
        return redirect("rosters:import_batch", pk=pk, batch_pk=batch_pk)
    left = f"，{bad_rows}行有错误没有写入" if bad_rows else ""
    rest = "文件里的余额分配没有写入，请到“余额分配”分配。" if found.summary.get("rest_rows") else ""
    messages.success(request, f"已写入{found.good_rows}行{left}。检查结果见下。{rest}")
    return redirect("rosters:detail", pk=pk)


@require_POST
def give_back(request: HttpRequest, pk: int, batch_pk: int) -> HttpResponse:
    """Ends an import whose job has stopped for good in the middle."""
    user = person(request)
    services.give_import_back(by=user, batch=_batch(user, pk, batch_pk))
    messages.info(request, "清册已恢复为写入前的明细。")
    return redirect("rosters:import_batch", pk=pk, batch_pk=batch_pk)


@require_POST
def drop(request: HttpRequest, pk: int, batch_pk: int) -> HttpResponse:
    user = person(request)
    services.drop_import(by=user, batch=_batch(user, pk, batch_pk))
    messages.info(request, "已放弃这次导入，清册没有改动。")
    return redirect("rosters:import", pk=pk)


@require_http_methods(["GET", "POST"])
def headers(request: HttpRequest, pk: int, batch_pk: int) -> HttpResponse:
    """The clerk says what each unknown column of the file is; it is read again with that, and so the next time."""
    user = person(request)
    found = _batch(user, pk, batch_pk)
    roster = own_roster(user, pk)
    if found.file is None:
        raise NotFound
    columns = columns_of(roster)
    form = MappingForm(headings_of(found.file, columns, sheet.LIMITS), columns, request.POST or None)
    if request.method == "POST":
        again = attempt(form, lambda: services.map_headers(by=user, batch=found, chosen=form.chosen()))
        if again is not None:
            messages.success(request, "已记住这些表头，正在重新读取。")
            return redirect("rosters:import_batch", pk=pk, batch_pk=again.pk)
    context = {
        "form": form,
        "subtitle": roster.title,
        "crumbs": [*crumbs(roster), {"title": "导入", "url": reverse("rosters:import", args=[pk])}],
        "back": reverse("rosters:import_batch", args=[pk, batch_pk]),
    }
    return render(request, "jobs/headers.html", context)


@require_POST
def header_forget(request: HttpRequest, pk: int, name_pk: int) -> HttpResponse:
    user = person(request)
    services.forget_header(by=user, roster=selectors.get_roster(user, pk), pk=name_pk)
    messages.info(request, "已不再使用这个表头。")
    return redirect("rosters:import", pk=pk)


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int, batch_pk: int) -> HttpResponse:
    """Asks once before a whole import is taken back."""
    user = person(request)
    found = _batch(user, pk, batch_pk)
    own_roster(user, pk)
    if request.method == "POST":
        services.undo_import(by=user, batch=found)
        messages.success(request, "已撤销这次导入，清册恢复为导入前的明细。")
        return redirect("rosters:detail", pk=pk)
    before = services.undo_of(found)
    if before is None:
        return redirect("rosters:import_batch", pk=pk, batch_pk=batch_pk)
    back = f"恢复导入前的{before.lines}行、{format_yuan(before.total_fen)}" if before.lines else "清册恢复为没有明细"
    kept = f"导入前的{before.lines}行、{format_yuan(before.total_fen)}不变" if before.lines else back
    context = {
        "roster": found.roster,
        "batch": found,
        "crumbs": [*crumbs(found.roster), {"title": "导入", "url": reverse("rosters:import", args=[pk])}],
        "unit": unit_of(found.roster),
        "what": [
            f"移出这次写入的{found.good_rows}行、{format_yuan(found.total_fen)}。",
            f"{back if found.replace else kept}，随后重新检查。",
            "上传的文件和错误记录留存备查。",
        ],
    }
    return render(request, "rosters/import_undo.html", context)
