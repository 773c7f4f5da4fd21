"""Column templates: what rosters of which policies hold, and further revisions of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.forms import add_refusal
from accounts.listings import listed
from accounts.who import user_of
from lib.errors import NotFound, Refusal
from subsidies import columns
from subsidies import templates as found_templates
from subsidies.models import ColumnTemplate
from subsidies.services.templates import may_save, save_template
from subsidies.template_forms import ColumnFormSet, TemplateForm, content_of, initial_of, rows_of


def templates(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = [{"template": one, "shape": columns.read(one.content)} for one in found_templates.newest()]
    rows = listed(request, "subsidies.templates", rows)
    return render(request, "subsidies/templates.html", {"rows": rows, "may_save": may_save(user)})


def _template(code: str, number: int | None = None) -> ColumnTemplate:
    found = ColumnTemplate.objects.filter(code=code).order_by("-number")
    template = (found if number is None else found.filter(number=number)).first()
    if template is None:
        raise NotFound
    return template


def template(request: HttpRequest, code: str, number: int) -> HttpResponse:
    user = user_of(request)
    found = _template(code, number)
    newest = _template(code)
    context = {
        "template": found,
        "shape": columns.read(found.content),
        "revisions": ColumnTemplate.objects.filter(code=code).order_by("-number"),
        "newest": newest,
        "versions": found.versions.select_related("policy").order_by("policy__code", "number"),
        "may_save": may_save(user) and newest.pk == found.pk,
    }
    return render(request, "subsidies/template.html", context)


def template_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A further revision of a template, or a new one."""
    user = user_of(request)
    if not may_save(user):
        raise NotFound
    former = _template(code) if code else None
    shape = columns.read(former.content) if former else columns.GENERIC
    about: dict[str, Any] = {"name": former.name, "source": former.source} if former else {}
    posted = request.POST or None
    form = TemplateForm(posted, initial={**initial_of(shape), **about}, fixed=former is not None)
    rows: Any = ColumnFormSet(posted, initial=rows_of(shape), prefix="column")
    more = posted is not None and "more" in posted
    if more:
        rows = _with_more(request)
    elif posted is not None and form.is_valid() and rows.is_valid():
        try:
            made = save_template(
                by=user,
                code=former.code if former else form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                source=form.cleaned_data["source"],
                content=content_of(form, rows.filled(), once=shape.basis.once),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已保存{made}。政策采用它，要由主管部门提出政策变更。")
            return redirect("subsidies:template", made.code, made.number)
    context = {
        "form": form,
        "rows": rows,
        "former": former,
        "rows_wrong": rows.is_bound and not more and not rows.is_valid(),
        "back_url": reverse("subsidies:template", args=[former.code, former.number])
        if former
        else reverse("subsidies:templates"),
    }
    return render(request, "subsidies/template_edit.html", context)


def _with_more(request: HttpRequest) -> Any:
    """The same rows and three empty ones."""
    data = request.POST.copy()
    there = int(data.get("column-TOTAL_FORMS") or 0)
    data["column-TOTAL_FORMS"] = str(min(there + 3, columns.MOST))
    return ColumnFormSet(data, prefix="column")
