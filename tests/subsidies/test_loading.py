"""The sample policies load as the regulations name them, through the commands an installation uses."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from subsidies.models import Policy
from subsidies.services import load_policies, policy_data, version_on


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
