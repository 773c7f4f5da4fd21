"""Pages of the comparisons with the police register: overview, people, runs with lists and answers, one person."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.listings import listed
from accounts.models import Division, Role, User
from accounts.scope import scope_of
from households import selectors as register
from households.models import IdentityRun, Person
from households.verification import forms, listing, reading, selectors, services
from households.verification.acting import may_compare, may_compare_county, own_townships
from households.verification.connector import configured
from households.verification.people import SHOWN, TONES, VERIFIED, Standing, people_by_standing
from households.views.common import SIZES, attempt, masked, page_of, person_of, reader_of
from households.views.papers import handed_out, rule_note
from jobs.models import Job
from jobs.selectors import progress_of
from lib.errors import NotFound

RUN_TONES = {"open": "info", "done": "good", "closed": "neutral"}
FILE_TONES = {"checking": "info", "taken_in": "good", "refused": "bad", "unreadable": "bad"}
OUTCOME_TONES = {"match": "good", "mismatch": "bad", "unknown": "bad", "dead": "bad", "cancelled": "bad", "": "info"}
ASK = {"title": "发起核查", "url": reverse_lazy("households:identity_new"), "kind": "primary"}


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [{"title": "公安核查", "url": reverse("households:identity")}, *more]


def _townships(user: User) -> Any:
    found = Division.objects.filter(level=Division.Level.TOWNSHIP)
    scope = scope_of(user)
    return found if scope.whole_county else found.filter(pk__in=scope.township_ids)


# --- How far it is ----------------------------------------------------------------------------------------------------
def overview(request: HttpRequest) -> HttpResponse:
    """How many stand where, by township or by village; and the runs."""
    user = reader_of(request)
    townships = list(_townships(user))
    asked = request.GET.get("township", "")
    chosen = next((one for one in townships if str(one.pk) == asked), None)
    if chosen is None and not scope_of(user).whole_county and len(townships) == 1:
        chosen = townships[0]
    rows = selectors.places(user, chosen.pk if chosen else None)
    for row in rows:
        row["cells"] = [_cell(row, one, chosen) for one in SHOWN]
        row["url"] = _people_url(chosen, row["place"]) if chosen else f"?township={row['place']}"
    also = {"households.identity_places": lambda: rows}
    runs = listed(request, "households.identity_runs", selectors.runs_for(user), also=also)
    page = page_of(request, runs, size=20)
    acts = may_compare_county(user) or bool(own_townships(user))
    context = {
        "rows": rows,
        "chosen": chosen,
        "columns": [one.label for one in SHOWN],
        "totals": _totals(rows, chosen),
        "page": page,
        "runs": [{"run": run, "tone": RUN_TONES[run.state]} for run in page.object_list],
        "rule": rule_note(VERIFIED),
        "back": reverse("households:identity") if chosen and scope_of(user).whole_county else "",
        "actions": [{"title": "发起核查", "url": reverse("households:identity_new"), "kind": "primary"}]
        if acts
        else [],
    }
    return render(request, "households/verification/overview.html", context)


def _people_url(township: Division | None, village: int | None = None, standing: str = "") -> str:
    asked = {"standing": standing, "township": township.pk if township else "", "village": village or ""}
    query = "&".join(f"{key}={value}" for key, value in asked.items() if value)
    return f"{reverse('households:identity_people')}?{query}"


def _cell(row: dict[str, Any], standing: Standing, chosen: Division | None) -> dict[str, Any]:
    if chosen:
        url = _people_url(chosen, row["place"], standing)
    else:
        url = f"{reverse('households:identity_people')}?standing={standing}&township={row['place']}"
    return {"count": row[standing], "url": url if row[standing] else ""}


def _totals(rows: list[dict[str, Any]], chosen: Division | None) -> list[dict[str, Any]]:
    tones = {Standing.GONE: "bad", Standing.MISMATCH: "bad", Standing.WAITING: "warn"}
    found: list[dict[str, Any]] = [
        {"label": "在册人员", "count": sum(row["people"] for row in rows), "unit": "人", "url": _people_url(chosen)}
    ]
    for standing in SHOWN:
        count = sum(row[standing] for row in rows)
        tone = tones.get(standing, "") if count else ""
        url = _people_url(chosen, standing=standing) if count else ""
        found.append({"label": standing.label, "count": count, "unit": "人", "url": url, "tone": tone})
    return found


def people(request: HttpRequest) -> HttpResponse:
    """People by where they stand, with what is to be done about each."""
    user = reader_of(request)
    form = forms.PeopleFilter(_townships(user), request.GET)
    found, place = people_by_standing(user), None
    if form.is_valid():
        given = form.cleaned_data
        if given["q"]:
            found = found.filter(register.among_found(user, given["q"]))
        if given["standing"]:
            found = found.filter(standing=given["standing"])  # type: ignore[misc]
        if given["township"]:
            found = found.filter(household__village__parent=given["township"])
        if given["village"]:
            place = register.villages(user).filter(pk=given["village"]).first()
            found = found.filter(household__village=given["village"])
    found = found.order_by("household__village__code", "household_id", "id")
    found = listed(request, "households.identity_people", found, form=form)
    page = page_of(request, found.select_related("household__village__parent"))
    own = {one.pk for one in own_townships(user)}
    clerk = scope_of(user).holds(Role.TOWNSHIP_CLERK)
    latest = {check.person_id: check for check in selectors.newest_of([one.pk for one in page.object_list])}
    rows = [
        {
            "person": one,
            "masked": masked(one),
            "word": Standing(one.standing).label,
            "tone": TONES[one.standing],
            "latest": latest.get(one.pk),
            "own": one.household.village.parent_id in own,
            "clerk": clerk and one.household.village.parent_id in own,
        }
        for one in page.object_list
    ]
    context = {"filter": form, "page": page, "rows": rows, "sizes": SIZES, "place": place, "crumbs": _crumbs()}
    return render(request, "households/verification/people.html", context)


# --- Runs -------------------------------------------------------------------------------------------------------------
def new(request: HttpRequest) -> HttpResponse:
    user = reader_of(request)
    county, own = may_compare_county(user), own_townships(user)
    if not county and not own:
        raise NotFound
    townships = _townships(user) if county else Division.objects.filter(pk__in=[one.pk for one in own])
    form = forms.RunForm(townships, request.POST or None, county=county, connected=configured())
    if request.method == "POST" and form.is_valid():
        run = attempt(form, lambda: services.begin_run(by=user, **form.cleaned_data))
        if run is not None:
            messages.success(request, f"已发起第{run.pk}批核查，{run.people}人。{_next_step(run)}")
            return redirect("households:identity_run", run.pk)
    return render(request, "households/verification/new.html", {"form": form, "crumbs": _crumbs()})


def _next_step(run: IdentityRun) -> str:
    if run.way == IdentityRun.Way.HTTP:
        return "正在通过接口核查。"
    return "下一步：生成名单，送公安机关核查。"


@never_cache
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: how far it is, the list for the police, files of answers."""
    user = reader_of(request)
    found = selectors.get_run(user, pk)
    acts = may_compare(user, found.township_id)
    form = forms.AnswersForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        answers = attempt(
            form, lambda: services.receive_answers(by=user, run=found, upload=form.cleaned_data["upload"])
        )
        if answers is not None:
            return redirect("households:identity_run", pk)
    open_ = found.state == IdentityRun.State.OPEN
    by_file = found.way == IdentityRun.Way.FILE
    lists = list(listing.lists_of(user, found)[:5]) if acts else []
    files = list(found.files.select_related("file", "job", "made_by")[:50])
    busy = _busy(found, lists, [one.job for one in files])
    progress = progress_of(busy) if busy else None
    if request.headers.get("HX-Request") == "true":
        return _bar(request, progress)
    context = {
        "run": found,
        "tone": RUN_TONES[found.state],
        "totals": _outcomes(found),
        "facts": _facts(found),
        "progress": progress,
        "files": [{"file": one, "tone": FILE_TONES[one.state]} for one in files],
        "lists": [{"job": one, "progress": progress_of(one)} for one in lists],
        "form": form if acts and open_ and by_file else None,
        "list_form": forms.ListForm() if acts and open_ and by_file else None,
        "close": acts and open_ and not busy,
        "calls": acts and open_ and not by_file and not busy,
        "called": found.job if found.job and found.job.state == Job.State.FAILED else None,
        "crumbs": _crumbs(),
    }
    return render(request, "households/verification/run.html", context)


def _busy(found: IdentityRun, lists: list[Job], files: list[Job | None]) -> Job | None:
    """The work that goes on, whose bar the page shows."""
    jobs = [found.job, *files, *lists]
    return next((job for job in jobs if job and job.state in (Job.State.QUEUED, Job.State.RUNNING)), None)


def _bar(request: HttpRequest, progress: dict[str, Any] | None) -> HttpResponse:
    """The bar alone, as htmx asks for it; once the work has ended the browser fetches the whole page."""
    if progress:
        return render(request, "households/verification/_progress.html", {"progress": progress})
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def _outcomes(found: IdentityRun) -> list[dict[str, Any]]:
    counted = selectors.outcomes(found)
    totals: list[dict[str, Any]] = [{"label": "本批人数", "count": found.people, "unit": "人"}]
    for value, label in (*found.checks.model.Outcome.choices, ("", "没有结果")):
        count = counted.get(value, 0)
        tone = "bad" if count and value and value != "match" else ""
        totals.append({"label": label, "count": count, "unit": "人", "tone": tone})
    return totals


def _facts(found: IdentityRun) -> list[dict[str, Any]]:
    return [
        {"label": "范围", "value": found.township or "全县"},
        {"label": "核查人员", "value": found.get_who_display()},
        {"label": "核查方式", "value": found.get_way_display()},
        {"label": "核查单位", "value": found.source},
        {"label": "发起", "value": found.made_by},
        {"label": "发起时间", "date": found.made_at},
        {"label": "名单摘要", "value": bytes(found.digest).hex()[:16], "code": True},
        {"label": "结束时间", "date": found.ended_at},
        {"label": "事由", "value": found.reason, "note": found.end_reason, "wide": True},
    ]


@require_POST
def make_list(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    found = selectors.get_run(user, pk)
    listing.ask_for_list(by=user, run=found, form=request.POST.get("form", ""))
    messages.success(request, "正在生成名单，完成后在本页下载。名单含完整身份证号，请妥善保管，用后删除。")
    return redirect("households:identity_run", pk)


@never_cache
def list_file(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    user = person_of(request)
    data, name = listing.fetch_list(by=user, run=selectors.get_run(user, pk), job_pk=job)
    return _download(data, f"identity-{pk}.{name.rpartition('.')[2]}")


def _download(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    user = person_of(request)
    services.call_police(by=user, run=selectors.get_run(user, pk))
    return redirect("households:identity_run", pk)


def close(request: HttpRequest, pk: int) -> HttpResponse:
    user = reader_of(request)
    found = selectors.get_run(user, pk)
    form = forms.CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ended = attempt(form, lambda: services.close_run(by=user, run=found, reason=form.cleaned_data["reason"]))
        if ended is not None:
            messages.success(request, f"已结束{found}，没有返回结果的人员重新列入待核查。")
            return redirect("households:identity_run", pk)
    crumbs = _crumbs({"title": str(found), "url": reverse("households:identity_run", args=[pk])})
    left = found.checks.filter(waiting=True).count()
    return render(
        request, "households/verification/close.html", {"form": form, "run": found, "left": left, "crumbs": crumbs}
    )


def answer_errors(request: HttpRequest, pk: int, answers: int) -> HttpResponse:
    """What is wrong with a file of answers; as a table with ?download, for those who may make the list."""
    user = reader_of(request)
    found = selectors.get_run(user, pk)
    file = selectors.get_answers(found, answers)
    if "download" in request.GET:
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as made:
            reading.error_report(by=user, answers=file, path=Path(made.name))
            return _download(Path(made.name).read_bytes(), f"identity-errors-{answers}.xlsx")
    crumbs = _crumbs({"title": str(found), "url": reverse("households:identity_run", args=[pk])})
    context = {
        "run": found,
        "file": file,
        "page": page_of(request, file.errors.all()),
        "sizes": SIZES,
        "acts": may_compare(user, found.township_id),
        "crumbs": crumbs,
    }
    return render(request, "households/verification/errors.html", context)


# --- One person -------------------------------------------------------------------------------------------------------
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked and answered about one person; asking again is done here."""
    user = reader_of(request)
    found = register.get_person(user, pk)
    acts = may_compare(user, found.household.village.parent_id)
    form = forms.AgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        run = attempt(form, lambda: _again(user, found, form.cleaned_data))
        if run is not None:
            messages.success(request, f"已发起第{run.pk}批核查。{_next_step(run)}")
            return redirect("households:identity_run", run.pk)
    standing = selectors.standing_of(found)
    mine = may_compare(user, found.household.village.parent_id) and not may_compare_county(user)
    seen = set(selectors.runs_for(user).filter(checks__person=found).values_list("pk", flat=True))
    context = {
        "person": found,
        "masked": masked(found),
        "standing": standing and Standing(standing).label,
        "tone": TONES.get(standing, "neutral"),
        "rows": [
            {"check": one, "tone": OUTCOME_TONES[one.outcome], "linked": one.run_id in seen}
            for one in selectors.checks_of(found)
        ],
        "form": form if acts and standing and standing != Standing.ASKED else None,
        "gone": mine and standing == Standing.GONE,
        "crumbs": _person_crumbs(found),
    }
    return render(request, "households/verification/person.html", context)


def _again(user: User, found: Person, given: dict[str, Any]) -> IdentityRun:
    way = IdentityRun.Way.HTTP if configured() else IdentityRun.Way.FILE
    return services.begin_run(
        by=user, township=found.household.village.parent, way=way, who=IdentityRun.Who.NAMED, people=[found.pk], **given
    )


def _person_crumbs(found: Person) -> list[dict[str, str]]:
    home = reverse("households:detail", args=[found.household_id])
    return [
        {"title": "补贴对象", "url": reverse("households:list")},
        {"title": f"农户 {found.household.code}", "url": home},
    ]


def refute(request: HttpRequest, pk: int) -> HttpResponse:
    """The person lives: kept with the paper that shows it."""
    user = reader_of(request)
    found = register.get_person(user, pk)
    form = forms.RefuteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kept = attempt(form, lambda: services.refute_death(by=user, person=found, **form.cleaned_data))
        if kept is not None:
            messages.success(request, f"已登记{found.name}在世的核实情况。请同时请公安机关更正，再次核查。")
            return redirect("households:identity_person", pk)
    crumbs = [
        *_person_crumbs(found),
        {"title": f"{found.name}的公安核查", "url": reverse("households:identity_person", args=[pk])},
    ]
    return render(request, "households/verification/refute.html", {"form": form, "person": found, "crumbs": crumbs})


def refute_file(request: HttpRequest, pk: int, check: int) -> FileResponse:
    """The paper on which a refutation rests."""
    user = reader_of(request)
    found = selectors.checks_of(register.get_person(user, pk)).filter(pk=check, refutation__isnull=False).first()
    if found is None:
        raise NotFound
    return handed_out(request, found.refutation, {"paper": found.refutation.paper}, "paper")
