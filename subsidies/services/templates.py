"""Column templates: those that come with the portal, and further revisions made by those who propose policies."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from rulebook import clock
from subsidies import columns, path, templates
from subsidies.models import ColumnTemplate


def may_save(user: User) -> bool:
    return Role.ADMINISTRATOR in scope_of(user).roles or path.makers_post(user) is not None


@transaction.atomic
def load_templates(*, by: User | None = None) -> list[ColumnTemplate]:
    """Loads `data/templates.json`; a code that is already there is left alone."""
    there = set(ColumnTemplate.objects.values_list("code", flat=True))
    fresh = [item for item in templates.template_data() if item["code"] not in there]
    return [save_template(by=by, **item) for item in fresh]


@transaction.atomic
def save_template(*, by: User | None, code: str, name: str, source: str, content: Mapping[str, Any]) -> ColumnTemplate:
    """Adds a revision. It pays nobody: a policy takes it up by a change of its own, which two offices agree to."""
    if by is not None and not may_save(by):
        raise Forbidden("造册模板由主管部门、财政局或系统管理员维护，您没有该岗位。", code="accounts.post_needed")
    plain = {"code": code.strip(), "name": sentence(name)[:60], "source": sentence(source)[:300]}
    if not columns.KEY.fullmatch(plain["code"]) or plain["code"] == "new":
        raise Invalid("模板代码应是小写英文字母、数字和下划线，以字母开头。", code="template.code", field="code")
    for key, title in (("name", "名称"), ("source", "依据")):
        if not plain[key]:
            raise Invalid(f"请填写模板的{title}。", code="template.needed", field=key)
    found = columns.read(content)
    former = ColumnTemplate.objects.filter(code=plain["code"]).order_by("-number")
    last = former.values_list("number", flat=True).first() or 0
    try:
        with transaction.atomic():
            made = ColumnTemplate.objects.create(**plain, number=last + 1, content=dict(content), made_at=clock.now())
    except IntegrityError as fault:
        raise Conflict("这个模板刚刚有人保存过，请刷新后再改。", code="template.raced") from fault
    facts = {"code": made.code, "version": made.number, "columns": len(found.columns)}
    record(by=by, verb="template.save", subject=made, facts=facts)
    return made
