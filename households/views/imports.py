"""The register from Excel: upload, progress, preview with errors, accept or drop, result."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.listings import listed
from accounts.models import Division, Organisation, Role, User
from accounts.scope import scope_of
from households import forms, selectors
from households.imports import reports, services, undoing
from households.imports.columns import COLUMNS
from households.models import FirstCollection, RegisterImport
from households.services.entering import collection_ended
from households.views.common import SIZES, attempt, page_of, person_of, reader_of
from households.views.papers import handed_out
from jobs.headers import Files, MappingForm, headings_of, shown, with_remembered
from jobs.models import HeaderName
from jobs.selectors import by_column, progress_of
from lib.errors import NotFound
from lib.sheets.model import DEFAULT_LIMITS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {
    "checking": "info",
    "ready": "warn",
    "taken_in": "good",
    "dropped": "neutral",
    "unreadable": "bad",
    "undone": "neutral",
    "submitted": "info",
}
State = RegisterImport.State


def _is_clerk(user: User, batch: RegisterImport | None = None) -> bool:
    return scope_of(user).holds(Role.TOWNSHIP_CLERK, division_id=batch.township_id if batch else None)


def _takes_in(user: User, batch: RegisterImport) -> bool:
    """The clerk while the first collection goes on; afterwards somebody else, of the finance station."""
    if not collection_ended(batch.township_id):
        return _is_clerk(user, batch)
    station = scope_of(user).holds(Role.FINANCE_STATION, division_id=batch.township_id)
    return station and batch.made_by.person_id != user.person_id and batch.certificate_id is not None


def certificate(request: HttpRequest, pk: int) -> FileResponse:
    batch = selectors.get_import(person_of(request), pk)
    return handed_out(request, batch, {"certificate": batch.certificate}, "certificate")


def import_list(request: HttpRequest) -> HttpResponse:
    """Uploads so far, and for clerks the form for another one."""
    user = reader_of(request)
    form = None
    if _is_clerk(user):
        own = Division.objects.filter(pk__in=[division.pk for division in selectors.own_townships(user)])
        # A clerk of several townships is asked for the papers as soon as one of them needs them.
        papers = FirstCollection.objects.filter(township__in=own).exists()
        form = forms.UploadForm(own, request.POST or None, request.FILES or None, papers=papers)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            batch = attempt(
                form,
                lambda: services.begin_import(
                    by=user,
                    upload=given["upload"],
                    township=given["township"],
                    certificate=given.get("certificate"),
                ),
            )
            if batch is not None:
                return redirect("households:import", batch.pk)
    found = listed(request, "households.imports", selectors.visible_imports(user).order_by("-id"))
    page = page_of(request, found, size=20)
    context = {
        "form": form,
        "page": page,
        "updates": form is not None,
        "remembered": remembered(user, RegisterImport.Purpose.ADD),
        "rows": [{"batch": one, "tone": TONES[one.state]} for one in page.object_list],
        "columns": COLUMNS,
        "crumbs": [{"title": "补贴对象", "url": reverse("households:list")}],
    }
    return render(request, "households/imports.html", context)


def template(request: HttpRequest) -> HttpResponse:
    reader_of(request)
    return _download(reports.template(), "register-template.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """While the job runs its bar, which htmx renews; then the preview or the result."""
    batch = selectors.get_import(person_of(request), pk)
    if batch.purpose == RegisterImport.Purpose.UPDATE and request.headers.get("HX-Request") != "true":
        return redirect("households:update", batch.pk)
    bad_rows = batch.rows - batch.good_rows
    return _shown(request, batch, forms.OnlyGoodForm("入库", batch.good_rows, bad_rows) if bad_rows else None)


def _shown(request: HttpRequest, batch: RegisterImport, form: forms.OnlyGoodForm | None) -> HttpResponse:
    """The page of an import; `form` asks for the good rows only, where there are others."""
    user = person_of(request)
    progress = progress_of(batch.job) if batch.job and batch.state == State.CHECKING else None
    context: dict[str, Any] = {"batch": batch, "tone": TONES[batch.state], "progress": progress}
    if request.headers.get("HX-Request") == "true":
        if progress and progress["running"]:
            return render(request, "households/_import_progress.html", context)
        # The bar has done its work: the browser fetches the whole page.
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    bad_rows = batch.rows - batch.good_rows
    tabs, errors = by_column(request, batch.errors.all())
    context |= {
        "clerk": _is_clerk(user, batch),
        "takes_in": _takes_in(user, batch),
        "may_undo": batch.state == State.TAKEN_IN and undoing.may_undo(user, batch),
        "form": form,
        "ended": collection_ended(batch.township_id),
        "tabs": tabs,
        "page": page_of(request, errors),
        "sizes": SIZES,
        "totals": _totals(batch, bad_rows),
        "what": _what(batch, bad_rows),
        "more_errors": batch.summary.get("cell_errors", 0) - batch.summary.get("cell_errors_listed", 0),
        "crumbs": [
            {"title": "补贴对象", "url": reverse("households:list")},
            {"title": "从 Excel 导入", "url": reverse("households:imports")},
        ],
    }
    return render(request, "households/import.html", context)


def _totals(batch: RegisterImport, bad_rows: int) -> list[dict[str, Any]]:
    taken = batch.summary.get("taken_in") or batch.summary.get("totals") or {}
    verb = "已入库" if batch.state == State.TAKEN_IN else "可入库"
    return [
        {"label": "文件行数", "count": batch.rows, "unit": "行"},
        {"label": f"{verb}农户", "count": taken.get("households", 0), "unit": "户", "url": "#villages"},
        {"label": f"{verb}人员", "count": taken.get("people", 0), "unit": "人", "url": "#villages"},
        {"label": f"{verb}账户", "count": taken.get("accounts", 0), "unit": "个", "url": "#villages"},
        {
            "label": "有错误的行",
            "count": bad_rows,
            "unit": "行",
            "url": "#errors" if bad_rows else "",
            "tone": "bad" if bad_rows else "",
        },
    ]


def _what(batch: RegisterImport, bad_rows: int) -> list[str]:
    totals = batch.summary.get("totals", {})
    sentences = [
        f"新增农户 {totals.get('households', 0)} 户、人员 {totals.get('people', 0)} 人、"
        f"账户 {totals.get('accounts', 0)} 个，一次全部写入底册，中途不会只写一部分。",
        "导入只新增，不改动底册中已有的农户和人员。",
    ]
    if bad_rows:
        sentences.append(f"有错误的 {bad_rows} 行不入库；下载错误行，改好后可以直接再次上传。")
    return sentences


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    batch = selectors.get_import(user, pk)
    bad_rows = batch.rows - batch.good_rows
    form = forms.OnlyGoodForm("入库", batch.good_rows, bad_rows, request.POST) if bad_rows else None
    if form is not None and not form.is_valid():
        return _shown(request, batch, form)
    batch = services.accept_import(by=user, batch=batch, only_good=form is not None)
    counts = batch.summary["taken_in"]
    left = f"；{bad_rows} 行有错误没有入库" if bad_rows else ""
    messages.success(request, f"已入库：农户 {counts['households']} 户，人员 {counts['people']} 人{left}。")
    return redirect("households:import", pk)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    services.drop_import(by=user, batch=selectors.get_import(user, pk))
    messages.success(request, "已放弃这次导入，底册没有改动。")
    return redirect("households:imports")


@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    services.recheck_import(by=user, batch=selectors.get_import(user, pk))
    return redirect("households:import", pk)


@require_http_methods(["GET", "POST"])
def headers(request: HttpRequest, pk: int) -> HttpResponse:
    """The clerk says what each unknown column of the file is; it is read again with that, and so the next time."""
    user = person_of(request)
    batch = selectors.get_import(user, pk)
    if not _is_clerk(user, batch):
        raise NotFound
    columns = with_remembered(services.columns_for(batch.purpose), services.files_of(batch))
    form = MappingForm(headings_of(batch.file, columns, DEFAULT_LIMITS), columns, request.POST or None)
    if request.method == "POST" and form.is_valid():
        again = attempt(form, lambda: services.map_headers(by=user, batch=batch, chosen=form.chosen()))
        if again is not None:
            messages.success(request, "已记住这些表头，正在重新读取。")
            return redirect("households:import", again.pk)
    context = {
        "form": form,
        "crumbs": [
            {"title": "补贴对象", "url": reverse("households:list")},
            {"title": "从 Excel 导入", "url": reverse("households:imports")},
        ],
        "back": reverse("households:import", args=[pk]),
    }
    return render(request, "jobs/headers.html", context)


@require_POST
def header_forget(request: HttpRequest, name_pk: int) -> HttpResponse:
    user = person_of(request)
    name = HeaderName.objects.filter(pk=name_pk, organisation__in=_offices(user)).first()
    if name is None:
        raise NotFound
    purpose = name.kind.rpartition(".")[2]
    services.forget_header(by=user, organisation=name.organisation, purpose=purpose, pk=name_pk)
    messages.info(request, "已不再使用这个表头。")
    return redirect("households:updates" if purpose == RegisterImport.Purpose.UPDATE else "households:imports")


def _offices(user: User) -> list[Organisation]:
    return scope_of(user).organisations([Role.TOWNSHIP_CLERK])


def remembered(user: User, purpose: str) -> list[dict[str, Any]]:
    """What the clerk's offices call the columns of these files, each removable."""
    found = []
    for office in _offices(user):
        files = Files(office, f"{services.KIND}.{purpose}")
        for one in shown(services.columns_for(purpose), files):
            found.append({**one, "forget": reverse("households:import_header_forget", args=[one["name"].pk])})
    return found


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once before a whole import is taken out of the register; or says why it cannot be."""
    user = person_of(request)
    batch = selectors.get_import(user, pk)
    if not undoing.may_undo(user, batch):
        raise NotFound
    if request.method == "POST":
        undoing.undo_import(by=user, batch=batch)
        messages.success(request, "已撤销这次导入，入库的农户、人员和账户已从底册移出。")
        return redirect("households:import", pk)
    now = undoing.standing(batch)
    context = {
        "batch": batch,
        "refusal": now.refusal,
        "what": [
            f"从底册移出这次入库的农户 {now.households} 户、人员 {now.people} 人、账户 {now.accounts} 个，一次完成。",
            "上传的文件、错误记录和底册沿革留存备查；需要时可以改好文件重新导入。",
        ],
        "crumbs": [
            {"title": "补贴对象", "url": reverse("households:list")},
            {"title": "从 Excel 导入", "url": reverse("households:imports")},
        ],
    }
    return render(request, "households/import_undo.html", context)


def errors(request: HttpRequest, pk: int) -> FileResponse:
    """The clerk's own rows with what is wrong in front of them: those in error, or with `?all=1` every one."""
    user = person_of(request)
    batch = selectors.get_import(user, pk)
    if not batch.errors.exists():
        raise NotFound
    every = request.GET.get("all") == "1"
    # The file is gone from the disk as soon as it has been sent.
    made = tempfile.NamedTemporaryFile(prefix="portal-report-", suffix=".xlsx")  # noqa: SIM115
    reports.error_report(by=user, batch=batch, path=Path(made.name), only_faulty=not every)
    name = f"{'错误报告' if every else '错误行'}_{batch.file.name.rsplit('.', 1)[0]}.xlsx"
    response = FileResponse(made, content_type=XLSX, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response
