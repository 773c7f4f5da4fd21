"""Which column templates there are, and how proposals and data name one."""

import json
from pathlib import Path
from typing import Any

from django.db.models import Max

from lib.errors import Invalid
from subsidies import columns
from subsidies.models import ColumnTemplate, PolicyVersion

DATA = Path(__file__).parent / "data" / "templates.json"


def template_data() -> list[dict[str, Any]]:
    """The templates that come with the portal; each names its source."""
    found: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))
    return found


def of_version(version: PolicyVersion) -> columns.Template:
    """The columns of the rosters made under a version."""
    return columns.read(version.template.content) if version.template else columns.GENERIC


def newest() -> list[ColumnTemplate]:
    """The newest revision of each template, the generic one first."""
    last = ColumnTemplate.objects.values("code").annotate(last=Max("id")).values("last")
    return sorted(ColumnTemplate.objects.filter(pk__in=last), key=lambda one: (one.code != "generic", one.name))


def named(code: str | None) -> ColumnTemplate | None:
    """A revision as proposals and data write it: farmland/2, or farmland for its newest; None for none."""
    if not code:
        return None
    bare, _, number = code.partition("/")
    found = ColumnTemplate.objects.filter(code=bare).order_by("-number")
    if number:
        found = found.filter(number=int(number) if number.isdigit() else 0)
    template = found.first()
    if template is None:
        raise Invalid(f"没有造册模板“{code}”，请从列表中选择。", code="template.none", field="template")
    return template
