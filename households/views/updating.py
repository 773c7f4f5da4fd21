"""Bringing the register up to date by Excel: the table to fill in, its check, old and new side by side, the request."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from households import forms, selectors
from households.imports import updating
from households.models import RegisterImport, RegisterRequest, RegisterUpdateRow
from households.services import Evidence
from households.services.changing.bulk import FIELDS
from households.views.common import SIZES, attempt, page_of, person_of, reader_of
from households.views.imports import TONES, XLSX, remembered
from jobs.selectors import progress_of
from jobs.uploads import SCANS, keep_paper
from lib import crypto, masking
from lib.errors import NotFound

State = RegisterImport.State
CRUMBS = (("补贴对象", "households:list"), ("从 Excel 导入", "households:imports"))
ERRORS_SHOWN = 200


def _crumbs(*more: tuple[str, str]) -> list[dict[str, str]]:
    return [{"title": title, "url": reverse(name)} for title, name in (*CRUMBS, *more)]


def _townships(user: User) -> list[Division]:
    own = selectors.own_townships(user)
    if not own:
        raise NotFound
    return own


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The table to download, and the upload of it."""
    user = reader_of(request)
    own = Division.objects.filter(pk__in=[one.pk for one in _townships(user)])
    form = forms.UpdateUploadForm(own, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        batch = attempt(
            form, lambda: updating.begin_update(by=user, upload=given["upload"], township=given["township"])
        )
        if batch is not None:
            return redirect("households:update", batch.pk)
    context = {
        "form": form,
        "villages": selectors.villages(user).filter(parent__in=own).order_by("code"),
        "fields": updating.NEW,
        "remembered": remembered(user, RegisterImport.Purpose.UPDATE),
        "crumbs": _crumbs(),
    }
    return render(request, "households/updates.html", context)


def template(request: HttpRequest) -> FileResponse:
    """The living people of the own township, or of one village, to be filled in."""
    user = reader_of(request)
    own = _townships(user)
    asked = request.GET.get("village", "")
    village = Division.objects.filter(pk=int(asked), parent__in=own).first() if asked.isdecimal() else None
    if asked and village is None:
        raise NotFound
    township = next((one for one in own if village is None or one.pk == village.parent_id), own[0])
    # The file is gone from the disk as soon as it has been sent.
    made = tempfile.NamedTemporaryFile(prefix="portal-update-", suffix=".xlsx")  # noqa: SIM115
    updating.write_template(by=user, township=township, village=village, path=Path(made.name))
    name = f"批量更新表_{village or township}.xlsx"
    response = FileResponse(made, content_type=XLSX, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """While it is checked, the bar; then what would change, cell by cell, and the request."""
    user = person_of(request)
    batch = selectors.get_import(user, pk)
    if batch.purpose != RegisterImport.Purpose.UPDATE:
        return redirect("households:import", pk)
    progress = progress_of(batch.job) if batch.job and batch.state == State.CHECKING else None
    if request.headers.get("HX-Request") == "true":
        if progress and progress["running"]:
            return render(request, "households/_import_progress.html", {"progress": progress})
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    clerk = scope_of(user).holds(Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    counts = batch.summary.get("update", {})
    form = None
    if batch.state == State.READY and clerk and counts.get("changed"):
        form = forms.UpdateSubmitForm(counts["bad_rows"], request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            made = attempt(form, lambda: _submit(user, batch, form.cleaned_data))
            if made is not None:
                messages.success(request, "“批量更新”已提交财政所审核。")
                return redirect("households:request", made.pk)
    return render(request, "households/update.html", {**_context(request, batch, clerk), "form": form})


def _context(request: HttpRequest, batch: RegisterImport, clerk: bool) -> dict[str, Any]:
    counts = batch.summary.get("update", {})
    page = page_of(request, batch.updates.select_related("person", "household__village", "was_account"))
    made = RegisterRequest.objects.filter(kind=RegisterRequest.Kind.BULK, wanted__import=batch.pk)
    return {
        "batch": batch,
        "tone": TONES[batch.state],
        "progress": progress_of(batch.job) if batch.job and batch.state == State.CHECKING else None,
        "clerk": clerk,
        "counts": counts,
        "totals": _totals(batch, counts),
        "page": page,
        "rows": [{"row": one, "cells": _cells(one)} for one in page.object_list],
        "sizes": SIZES,
        "errors": batch.errors.all()[:ERRORS_SHOWN],
        "request_made": made.first(),
        "crumbs": _crumbs(("批量更新", "households:updates")) if clerk else _crumbs(),
    }


@transaction.atomic
def _submit(user: User, batch: RegisterImport, given: dict[str, Any]) -> RegisterRequest:
    """The request with its papers, whole or not at all."""
    evidence = Evidence(
        keep_paper(given["certificate"], by=user, field="certificate", kinds=SCANS),
        [keep_paper(given["originals"], by=user, field="originals", kinds=SCANS)],
    )
    return updating.submit_update(
        by=user, batch=batch, reason=given["reason"], evidence=evidence, only_good=bool(given.get("only_good"))
    )


def _totals(batch: RegisterImport, counts: dict[str, Any]) -> list[dict[str, Any]]:
    if not counts:
        return []
    bad = counts["bad_rows"]
    changed = [(title, counts[key]) for key, title in FIELDS.items() if counts[key]]
    return [
        {"label": "文件行数", "count": batch.rows, "unit": "行"},
        {"label": "有变更", "count": counts["changed"], "unit": "人", "url": "#rows"},
        {"label": "涉及农户", "count": counts["households"], "unit": "户"},
        *({"label": title, "count": count, "unit": "处", "url": "#rows"} for title, count in changed),
        {
            "label": "有错误的行",
            "count": bad,
            "unit": "行",
            "url": "#errors" if bad else "",
            "tone": "bad" if bad else "",
        },
    ]


def _cells(one: RegisterUpdateRow) -> list[dict[str, str]]:
    """Old and new of each cell that changes; numbers of people as an officer's list may show them."""
    audience = masking.Audience.LIST
    cells = []
    if one.phone_cipher:
        was = masking.phone(crypto.decrypt(one.was_phone_cipher), audience) if one.was_phone_cipher else ""
        cells.append(_cell("phone", was, masking.phone(crypto.decrypt(one.phone_cipher), audience)))
    for key in ("address", "group", "contracted_mu", "subsidised_mu"):
        new = getattr(one, key)
        if new is not None:
            was = getattr(one, f"was_{key}")
            cells.append(_cell(key, "" if was is None else str(was), str(new)))
    if one.account_tail:
        old = one.was_account
        was = f"{old.bank_name} {masking.account_tail(old.tail, audience)}" if old else ""
        cells.append(_cell("account", was, f"{one.bank_name} {masking.account_tail(one.account_tail, audience)}"))
    return cells


def _cell(key: str, was: str, new: str) -> dict[str, str]:
    return {"title": FIELDS[key], "was": was, "new": new}
