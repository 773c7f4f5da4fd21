"""Column templates: data with their sources, revisions that never change, taken up by a policy change."""

import re
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from lib.errors import Forbidden, Invalid
from subsidies import columns, proposals, templates
from subsidies.models import ColumnTemplate, Policy, PolicyChange, PolicyVersion
from subsidies.services import policy_data, policy_sets, propose_change, save_template
from tests.factories import cast, policy
from tests.factories_policies import SINCE, agreed, terms, with_papers

NEEDED = {
    "generic", "farmland", "dibao", "old_age", "disabled", "forest_return", "grassland", "machine", "reservoir",
    "destitute",
}  # fmt: skip


def changed(found: Policy, content: dict[str, Any]) -> PolicyChange:
    change = propose_change(
        by=cast.farm_reviewer, policy=found, content=content, effective_from=SINCE, reason="按当年文件调整清册的列"
    )
    return agreed(with_papers(change, cast.farm_reviewer))


@pytest.mark.req("ROS-1")
def test_templates_come_with_sources_and_every_policy_of_the_profiles_names_one() -> None:
    there = {item["code"]: item for item in templates.template_data()}
    assert set(there) >= NEEDED
    assert all(item["source"] for item in there.values())
    for item in there.values():
        columns.read(item["content"])
    for code in policy_sets():
        assert all(item["template"] in there for item in policy_data(code)), code


def test_a_policy_of_the_county_has_its_columns(db: None) -> None:
    version = policy("2130122").versions.get()
    found = templates.of_version(version)
    assert found.quantity.title == "补贴面积(亩)"
    assert found.quantity_words == "承包面积 + 流转转入面积 − 流转转出面积 − 不予补贴面积"
    assert templates.of_version(policy("ZLT00002").versions.get()) == columns.GENERIC


@pytest.mark.req("POL-3")
def test_a_change_of_columns_is_a_revision_that_a_policy_change_takes_up(db: None) -> None:
    old = policy("2130122").versions.get()
    content = {**(old.template.content if old.template else {}), "columns": [{"key": "crop", "title": "作物"}]}
    content["quantity"] = {"title": "补贴面积(亩)"}
    made = save_template(
        by=cast.farm_reviewer, code="farmland", name="耕地地力保护补贴", source="旗农发", content=content
    )
    assert (made.number, templates.of_version(old).by_key.keys() & {"crop"}) == (2, set())
    found = policy("2130122")
    change = changed(found, terms(found, template="farmland/2"))
    assert next(row for row in proposals.compared(change) if row.title == "造册模板").changed
    version = PolicyVersion.objects.get(change=change)
    assert list(templates.of_version(version).by_key) == ["crop"]


def test_a_proposal_that_says_nothing_of_columns_leaves_them(db: None) -> None:
    found = policy("2130122")
    content = terms(found)
    del content["template"]
    version = PolicyVersion.objects.get(change=changed(found, content))
    assert version.template == found.versions.get(number=1).template


def test_revisions_are_kept(db: None) -> None:
    for statement in (
        "UPDATE subsidies_columntemplate SET name = 'x' WHERE code = 'farmland'",
        "DELETE FROM subsidies_columntemplate WHERE code = 'generic'",
    ):
        with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        cause: Any = caught.value.__cause__
        assert "subsidies_template_kept" in str(cause.diag.constraint_name or cause) or "permission" in str(cause)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"columns": [{"key": "mu", "title": "面积", "kind": "decimal", "formula": "mu * 2"}]}, "formula.name"),
        ({"columns": [{"key": "a", "title": "甲", "formula": "1 + 1"}]}, "template.formula"),
        ({"columns": [{"key": "grade", "title": "残疾等级", "notice": True}]}, "template.private"),
        ({"columns": [{"key": "card", "title": "卡", "kind": "secret", "notice": True}]}, "template.private"),
        ({"columns": [{"key": "a", "title": "甲"}, {"key": "b", "title": "甲"}]}, "template.title"),
        ({"columns": [{"key": "quantity", "title": "甲"}]}, "template.column"),
        ({"columns": [{"key": "a", "title": "甲", "kind": "choice"}]}, "template.column"),
        ({"columns": [{"key": "a", "title": "甲", "kind": "lambda"}]}, "template.column"),
        ({"columns": [{"key": "a", "title": "甲", "colour": "red"}]}, "template.unknown"),
        ({"basis": {"title": "编号", "once": "machine"}}, "template.basis"),
        ({"rows": []}, "template.shape"),
    ],
)
def test_a_template_that_could_not_work_is_refused(content: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        columns.read(content)
    assert refused.value.code == code


def test_who_proposes_policies_keeps_templates(db: None) -> None:
    before = ColumnTemplate.objects.count()
    with pytest.raises(Forbidden):
        save_template(by=cast.clerk, code="own", name="自设", source="旗文件", content={})
    assert ColumnTemplate.objects.count() == before


# --- Pages ------------------------------------------------------------------------------------------------------------
def posted(page: str, **more: str) -> dict[str, str]:
    """The form of a page as a browser would send it back, with some answers changed."""
    fields = {one["name"]: one.get("value", "") for one in inputs(page)}
    return {**fields, **more}


def inputs(page: str) -> list[dict[str, str]]:
    found = []
    for kind, attributes in re.findall(r"<(input|select|textarea)([^>]*)>", page):
        given = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', attributes))
        if "name" not in given or given["name"] == "csrfmiddlewaretoken":
            continue
        if given.get("type") == "checkbox":
            if " checked" not in attributes:
                continue
            given["value"] = "on"
        if kind == "select":
            start = page.index(f'name="{given["name"]}"')
            chosen = re.search(r'value="([^"]*)" selected', page[start : page.index("</select>", start)])
            given["value"] = chosen[1] if chosen else ""
        if kind == "textarea":
            start = page.index(">", page.index(f'name="{given["name"]}"')) + 1
            given["value"] = page[start : page.index("</textarea>", start)].strip()
        found.append(given)
    return found


@pytest.mark.req("ROS-1")
def test_a_department_makes_a_further_revision_on_a_page(db: None, client: Client) -> None:
    client.force_login(cast.farm_reviewer)
    assert "承包面积 + 流转转入面积" in client.get("/policies/templates/").content.decode()
    page = client.get("/policies/templates/farmland/").content.decode()
    same = client.post("/policies/templates/farmland/", posted(page))
    assert same.status_code == 302, same.content.decode()
    first, second = ColumnTemplate.objects.filter(code="farmland").order_by("number")
    assert columns.read(first.content) == columns.read(second.content)
    wrong = client.post("/policies/templates/farmland/", posted(page, quantity_formula="contracted ** 2"))
    assert "公式里不能用" in wrong.content.decode()
    more = client.post("/policies/templates/farmland/", {**posted(page), "more": "1"}).content.decode()
    assert 'name="column-10-title"' in more
    client.post(
        "/policies/templates/farmland/",
        posted(page, **{"column-4-title": "", "column-4-key": "", "column-4-choices": "", "column-4-synonyms": ""}),
    )
    newest = templates.newest()
    assert "excluded_why" not in columns.read(next(one for one in newest if one.code == "farmland").content).by_key


def test_who_proposes_nothing_reads_templates_only(db: None, client: Client) -> None:
    client.force_login(cast.clerk)
    body = client.get("/policies/templates/machine/1/").content.decode()
    assert "同一编号全县只补一次" in body
    assert "编制新版" not in body
    assert client.get("/policies/templates/machine/").status_code == 404
    assert client.get("/policies/templates/none/1/").status_code == 404
