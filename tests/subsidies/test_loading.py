"""The sample policies load as the regulations name them, through the commands an installation uses."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from lib.errors import Invalid
from subsidies.models import Policy, PublishedItem
from subsidies.services import (
    load_policies,
    load_published,
    loading,
    policy_data,
    policy_sets,
    published_data,
    version_on,
)


def departments() -> dict[str, Organisation]:
    found = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT)
    bureau = Organisation.objects.get(code="CZJ")
    return {**{organisation.code.removeprefix("BM-"): organisation for organisation in found}, "finance": bureau}


@pytest.mark.req("POL-5", "POL-1")
def test_the_policies_that_article_23_names_are_in_force_with_standards_and_telephones(db: None) -> None:
    names = set(Policy.objects.values_list("name", flat=True))
    assert {"耕地地力保护补贴", "实际种粮一次性补贴", "生产者补贴", "高龄津贴", "农村最低生活保障"} <= names
    for policy in Policy.objects.all():
        version = version_on(policy, date(2026, 5, 6))
        assert version.standards.count() >= 1
        assert version.eligibility
        assert policy.consult_phone
        assert policy.supervise_phone
        assert policy.published_at


@pytest.mark.req("POL-5")
def test_the_28_policies_of_xinjiang_load_under_their_departments(db: None) -> None:
    # The county's own list has some of the same codes; a county runs on one list.
    taken = set(Policy.objects.values_list("code", flat=True))
    shared = {item["code"] for item in policy_data("xj")} & taken
    loaded = load_policies(set_code="xj", departments=departments(), effective_from=date(2021, 6, 30))
    assert len(loaded) + len(shared) == 28
    assert all(version_on(policy, date(2026, 5, 6)).standards.exists() for policy in loaded)


def test_the_command_says_which_department_is_missing(db: None) -> None:
    Organisation.objects.filter(code="BM-water").update(active=False)
    with pytest.raises(CommandError, match="BM-water"):
        call_command("load_policies", "xj", "--from", "2021-06-30", stdout=StringIO())


@pytest.mark.req("POL-2")
@pytest.mark.parametrize("code", policy_sets())
def test_each_prescribed_policy_of_a_set_has_its_own_item_on_the_published_list(code: str) -> None:
    mapped = [item["published_code"] for item in policy_data(code) if item["kind"] == "prescribed"]
    items = published_data(code)
    assert sorted(mapped) == sorted(item["code"] for item in items)
    assert len(set(mapped)) == len(mapped)
    assert {item["level"] for item in items} <= set(PublishedItem.Level.values)
    assert all(item["source_title"] and item["note"] for item in items)
    assert all(not item["published_code"] for item in policy_data(code) if item["kind"] == "county")


@pytest.mark.req("POL-2")
def test_a_prescribed_policy_without_its_item_is_refused_by_name(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "published_data", lambda code: [])
    with pytest.raises(Invalid, match=r"对应的上级清单项目\S+不存在"):
        load_policies(set_code="xj", departments=departments(), effective_from=date(2021, 6, 30))


@pytest.mark.req("POL-2")
def test_two_policies_do_not_map_to_one_item(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = policy_data("xj")[1:3]
    twice = [first, {**second, "published_code": first["published_code"]}]
    monkeypatch.setattr(loading, "policy_data", lambda code: twice)
    with pytest.raises(Invalid, match="不能再对应同一项目"):
        load_policies(set_code="xj", departments=departments(), effective_from=date(2021, 6, 30))


def test_the_higher_list_is_loaded_once(db: None) -> None:
    made = load_published(set_code="xj")
    assert made
    assert load_published(set_code="xj") == []
    with pytest.raises(Invalid, match="没有名为"):
        load_published(set_code="nowhere")
