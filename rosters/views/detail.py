"""One roster: where it stands, what it holds, what was found and decided."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.listings import listed
from accounts.models import Organisation
from accounts.trail import record
from lib.errors import NotFound
from lib.periods import period_words
from lib.templatetags.portal import cn_date, cn_datetime
from lib.text import normalise_name
from rosters import panels, payees, selectors, services, shapes, stale
from rosters.forms import AttachmentForm, LineFilter
from rosters.models import Finding, Roster, RosterLine
from rosters.models_drafts import GridDraft
from rosters.models_rest import RestShare
from rosters.services.moving import being_taken_in
from rosters.views.common import SIZES, attempt, crumbs, page_of, person, unit_of


def _actions(roster: Roster, allowed: selectors.Actions) -> list[dict[str, str]]:
    at = [roster.pk]
    found: list[dict[str, str]] = []
    if allowed.sign:
        found.append({"title": "查看并签字", "url": reverse("rosters:sign", args=at), "kind": "primary"})
    if allowed.send:
        found.append({"title": "送审", "url": reverse("rosters:send", args=at), "kind": "primary"})
    if allowed.edit:
        found.append({"title": "运行检查", "url": reverse("rosters:check", args=at), "method": "post"})
    if allowed.send_back:
        found.append({"title": "退回", "url": reverse("rosters:send_back", args=at)})
    if allowed.recall:
        found.append({"title": "撤回", "url": reverse("rosters:recall", args=at)})
    if roster.line_count:
        found.append({"title": "打印", "url": reverse("rosters:print", args=at)})
    if allowed.void:
        found.append({"title": "作废", "url": reverse("rosters:void", args=at), "kind": "quiet"})
    return found


def _facts(roster: Roster) -> list[dict[str, Any]]:
    first = roster.version
    return [
        {"label": "政策", "value": roster.policy.name},
        {"label": "主管部门", "value": roster.policy.department.name},
        {"label": "编制单位", "value": roster.organisation.name},
        {"label": "所属期", "value": period_words(roster.period_start, roster.period_end)},
        {"label": "资金指标", "value": roster.quota.document_number, "note": roster.quota.get_level_display()},
        {"label": "政策版本", "value": f"第{first.number}版", "note": f"{cn_date(first.effective_from)}起"},
        {"label": "经办人", "value": roster.made_by.full_name},
        {"label": "编制时间", "date": roster.made_at},
        {"label": "适用规则", "value": "编制时的规定", "url": reverse("rosters:rules", args=[roster.pk])},
        _revision_fact(roster),
        {"label": "上报时间", "date": roster.submitted_at},
        *([{"label": "作废原因", "value": roster.void_reason, "wide": True}] if roster.void_reason else []),
    ]


def _revision_fact(roster: Roster) -> dict[str, Any]:
    """How often it was mended, and what that changed."""
    fact: dict[str, Any] = {"label": "版次", "value": f"第{roster.revision}版"}
    if roster.revision > 1 or roster.status == Roster.Status.RETURNED:
        fact["url"] = reverse("rosters:revisions", args=[roster.pk])
    return fact


def filtered_lines(roster: Roster, form: LineFilter) -> QuerySet[RosterLine]:
    related = ("village", "standard", "household", "taken_from__application")
    found = roster.lines.select_related(*related).order_by("number")
    if form.is_valid():
        if form.cleaned_data["village"]:
            found = found.filter(village=form.cleaned_data["village"])
        name = normalise_name(form.cleaned_data["name"])
        if name:
            found = found.filter(beneficiary_name__contains=name)
    return found


def _lines(request: HttpRequest, roster: Roster) -> dict[str, Any]:
    form = LineFilter(roster, request.GET)
    found_lines = listed(request, "rosters.lines", filtered_lines(roster, form), form=form, subject=roster)
    villages = selectors.village_totals(roster)
    form.offer([village.village_id for village in villages])
    page = page_of(request, found_lines, size=50)
    rows = list(page.object_list)
    found = Finding.objects.filter(roster=roster, line__in=[line.pk for line in rows])
    marks: dict[int, str] = {}
    instead = payees.notes(rows)
    shape = shapes.of(roster)
    for finding in found.order_by("-severity"):
        tone = "bad" if finding.severity == Finding.Severity.ERROR else "" if finding.explanation else "warn"
        marks[finding.line_id or 0] = tone or marks.get(finding.line_id or 0, "")
    return {
        "line_filter": form,
        "villages": villages,
        "whole_quantity": selectors.whole_quantity(villages),
        "page": page,
        "sizes": SIZES,
        "lines": [
            {
                "line": line,
                "tone": marks.get(line.pk, ""),
                "instead": instead.get(line.pk, ""),
                "own": shape.shown(line.extra, line.extra_ciphers),
            }
            for line in rows
        ],
        "rest": RestShare.objects.filter(roster=roster).exists(),
        "quantity_title": shape.title["quantity"],
        "basis_title": shape.template.basis.title or "计发依据",
    }


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    allowed = selectors.may(user, roster)
    lines = _lines(request, roster)
    comparison = selectors.compare_with_previous(roster)
    context: dict[str, Any] = {
        "roster": roster,
        "crumbs": crumbs(),
        "status": selectors.status_of(roster),
        "allowed": allowed,
        "actions": _actions(roster, allowed),
        "steps": selectors.steps_for_display(roster),
        "facts": _facts(roster),
        "unit": unit_of(roster),
        "findings": selectors.finding_groups(roster),
        "stale": stale.is_stale(roster),
        "taking_in": being_taken_in(roster),
        "comparison": comparison,
        "may_carry": allowed.edit and comparison.previous is not None,
        "timeline": selectors.decisions_for_display(roster),
        "attachments": roster.attachments.select_related("file", "added_by"),
        "imports": roster.imports.select_related("file", "job", "made_by")[:5] if allowed.edit else [],
        "draft": _draft(roster) if allowed.edit else None,
        "panels": panels.panels_for(request, roster),
        "may_fill": allowed.edit and _fills_from_land(roster),
        **lines,
    }
    template = "rosters/_lines.html" if request.headers.get("HX-Target") == "lines" else "rosters/detail.html"
    return render(request, template, context)


def _draft(roster: Roster) -> GridDraft | None:
    return GridDraft.objects.select_related("saved_by").filter(roster=roster).first()


def _fills_from_land(roster: Roster) -> bool:
    """A township's own roster by household may be filled from the registered areas; a correction holds what failed."""
    if roster.kind == Roster.Kind.CORRECTION or roster.organisation.kind != Organisation.Kind.TOWNSHIP:
        return False
    return roster.policy.unit == "household" and roster.version.standards.filter(per="亩").exists()


def findings(request: HttpRequest, pk: int) -> HttpResponse:
    """Every finding of a roster, by rule, with its explanation or the place to give one."""
    user = person(request)
    roster = selectors.get_roster(user, pk)
    groups = selectors.finding_groups(roster)
    chosen = request.GET.get("rule", "")
    found = Finding.objects.filter(roster=roster).select_related("line", "explained_by")
    if chosen:
        found = found.filter(rule=chosen)
    title = next((group["rule"].title for group in groups if group["rule"].id == chosen), "")
    found = listed(request, "rosters.findings", found, tab=title, subject=roster)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "groups": groups,
        "whole": sum(group["count"] for group in groups),
        "checked": f"{cn_datetime(roster.checked_at)}检查。" if roster.checked_at else "",
        "stale": stale.is_stale(roster),
        "chosen": next((group for group in groups if group["rule"].id == chosen), None),
        "page": page_of(request, found, size=50),
        "sizes": SIZES,
        "may_explain": selectors.may(user, roster).edit,
        "text": "",
    }
    return render(request, "rosters/findings.html", context)


# --- Attachments ------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    roster = selectors.get_roster(user, pk)
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        done = attempt(
            form,
            lambda: services.add_attachment(
                by=user, roster=roster, kind=form.cleaned_data["kind"], upload=form.cleaned_data["file"]
            ),
        )
        if done is not None:
            messages.success(request, "附件已上传。")
            return redirect("rosters:detail", pk=pk)
    return render(request, "rosters/attach.html", {"roster": roster, "crumbs": crumbs(roster), "form": form})


def attachment(request: HttpRequest, pk: int, attachment_pk: int) -> FileResponse:
    """Hands out a scan; it may show personal data, so that looking at it leaves a trail."""
    user = person(request)
    roster = selectors.get_roster(user, pk)
    found = roster.attachments.select_related("file").filter(pk=attachment_pk).first()
    if found is None:
        raise NotFound
    record(by=user, verb="roster.attachment_read", subject=roster, facts={"attachment": found.pk})
    return FileResponse(found.file.file.open("rb"), as_attachment=True, filename=found.file.name)
