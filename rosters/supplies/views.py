"""Pages of supplied lists: the department hands in and issues, townships take, both see what became of it."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.listings import listed
from accounts.models import Role
from accounts.scope import scope_of
from jobs.models import Job
from lib.errors import Forbidden, NotFound
from lib.periods import period_words
from rosters.models import Roster
from rosters.supplies import selectors, services
from rosters.supplies.forms import SupplyForm, TakeForm
from rosters.supplies.models import Supply
from rosters.views.common import SIZES, attempt, own_roster, page_of, person
from rulebook import clock
from subsidies.models import Policy

State = Supply.State


def _crumbs() -> list[dict[str, str]]:
    return [{"title": "部门名单", "url": reverse("rosters:supplies")}]


def supplies(request: HttpRequest) -> HttpResponse:
    """Lists that the person's department supplied, or that wait for the person's township."""
    user = person(request)
    found = listed(request, "rosters.supplies", selectors.visible_supplies(user).order_by("-id"))
    page = page_of(request, found, size=20)
    rows = [
        {
            "supply": supply,
            "tone": selectors.TONES[State(supply.state)],
            "period": period_words(supply.period_start, supply.period_end),
            "parts": [{"part": part, **selectors.fate_of(part)} for part in selectors.parts_for(user, supply)]
            if not selectors.supplies(user, supply)
            else [],
        }
        for supply in page
    ]
    actions = []
    if scope_of(user).roles & services.SUPPLIERS:
        actions.append({"title": "提供名单", "url": reverse("rosters:supply_new"), "kind": "primary"})
    context = {"page": page, "rows": rows, "sizes": SIZES, "actions": actions}
    return render(request, "rosters/supplies/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    own = [office.pk for office in scope_of(user).organisations(services.SUPPLIERS)]
    if not own:
        raise Forbidden("名单由主管部门提供，您没有该岗位。", code="accounts.post_needed")
    policies = Policy.objects.filter(department__in=own, status=Policy.Status.IN_FORCE).order_by("code")
    form = SupplyForm(policies, clock.today(), request.POST or None, request.FILES or None)
    if request.method == "POST":
        made = attempt(form, lambda: services.hand_in(by=user, **form.given()))
        if made is not None:
            return redirect("rosters:supply", pk=made.pk)
    return render(request, "rosters/supplies/new.html", {"form": form, "crumbs": _crumbs()})


def _progress(supply: Supply) -> dict[str, Any]:
    job = supply.job
    running = supply.state == State.SORTING and (job is None or job.state in (Job.State.QUEUED, Job.State.RUNNING))
    failed = job.error if job is not None and job.state == Job.State.FAILED else ""
    return {
        "running": running,
        "done": job.done if job else 0,
        "total": job.total if job else 0,
        "note": failed or (job.stage if job else ""),
        "failed": failed,
    }


def supply(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: to its department with all townships and what reached none, to a township its own part."""
    user = person(request)
    found = selectors.get_supply(user, pk)
    supplier = selectors.supplies(user, found)
    progress = _progress(found)
    whole = supplier or Role.AUDITOR in scope_of(user).roles
    context = {
        "supply": found,
        "crumbs": _crumbs(),
        "status": {"word": found.get_state_display(), "tone": selectors.TONES[State(found.state)]},
        "facts": _facts(found),
        "progress": progress,
        "parts": [{"part": part, **selectors.fate_of(part)} for part in selectors.parts_for(user, found)],
        "whole": whole,
        "supplier": supplier,
        "bad_rows": found.rows - found.sorted_rows if found.state not in (State.SORTING, State.UNREADABLE) else 0,
        "page": page_of(request, found.errors.all(), size=50) if whole else None,
        "sizes": SIZES,
        "may_issue": supplier and found.state == State.SORTED and found.sorted_rows > 0,
        "may_withdraw": supplier and State.WITHDRAWN in Supply.TRANSITIONS[found.state],
    }
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "rosters/supplies/_progress.html", context)
        if not progress["running"]:
            response["HX-Refresh"] = "true"
        return response
    return render(request, "rosters/supplies/supply.html", context)


def _facts(found: Supply) -> list[dict[str, Any]]:
    return [
        {"label": "补贴政策", "value": found.policy.name},
        {"label": "所属期", "value": period_words(found.period_start, found.period_end)},
        {"label": "提供部门", "value": found.organisation.name},
        {"label": "文件", "value": found.file.name if found.file else ""},
        {"label": "经办人", "value": found.maker},
        {"label": "提供时间", "date": found.made_at},
        {
            "label": "下达人",
            "value": found.issued_by.full_name if found.issued_by else found.maker if found.key else "",
        },
        {"label": "下达时间", "date": found.issued_at},
        *([{"label": "说明", "value": found.note, "wide": True}] if found.note else []),
    ]


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    done = services.issue(by=user, supply=selectors.get_supply(user, pk))
    messages.success(
        request, f"已下达{done.sorted_rows}行到{done.parts.count()}个乡镇，乡镇取入清册的情况在这里能看到。"
    )
    return redirect("rosters:supply", pk=pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    services.withdraw(by=user, supply=selectors.get_supply(user, pk))
    messages.info(request, "名单已撤回，乡镇不再看到。")
    return redirect("rosters:supply", pk=pk)


@require_POST
def errors(request: HttpRequest, pk: int) -> FileResponse:
    """The rows that reached no township with the reasons beside them, to be mended and handed in again."""
    user = person(request)
    found = selectors.get_supply(user, pk)
    with tempfile.TemporaryDirectory(prefix="supply-") as folder:
        path = Path(folder) / "report.xlsx"
        services.report_errors(by=user, supply=found, path=path)
        # Open files outlive their names.
        opened = path.open("rb")
    name = found.file.name if found.file else "名单"
    return FileResponse(opened, as_attachment=True, filename=f"未分到乡镇_{name.rsplit('.', 1)[0]}.xlsx")


@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, pk: int, part_pk: int) -> HttpResponse:
    """The township's rows into its roster: asked once, then shown like every import before they are written."""
    user = person(request)
    roster = own_roster(user, pk)
    part = selectors.parts_of(roster).filter(pk=part_pk).first()
    if part is None:
        raise NotFound
    form = TakeForm(request.POST or None)
    if request.method == "POST":
        batch = attempt(form, lambda: services.take(by=user, part=part, roster=roster, **form.cleaned_data))
        if batch is not None:
            return redirect("rosters:import_batch", pk=pk, batch_pk=batch.pk)
    context = {
        "roster": roster,
        "part": part,
        "form": form,
        "crumbs": [
            {"title": "发放清册", "url": reverse("rosters:list")},
            {"title": roster.number, "url": reverse("rosters:detail", args=[pk])},
        ],
    }
    return render(request, "rosters/supplies/take.html", context)


def panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """On the roster's page: what departments supplied for its policy, period and township."""
    editable = roster.status in Roster.EDITABLE and roster.kind == Roster.Kind.ORDINARY
    clerk = scope_of(person(request)).holds(Role.TOWNSHIP_CLERK, division_id=roster.division_id)
    rows = [
        {"part": part, **selectors.fate_of(part), "may": editable and clerk and services.free(part)}
        for part in selectors.parts_of(roster)
        if part.batch is None or editable or part.batch.roster_id == roster.pk
    ]
    return ("rosters/supplies/_panel.html", {"roster": roster, "rows": rows}) if rows else None
