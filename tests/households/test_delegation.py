"""Delegated receipt (CQ§24-25): where the rules allow it, with all papers, by three people, for a term."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from households import papers, services
from households.models import Delegation, Person
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rulebook import clock
from tests.factories import cast
from tests.factories_households import household
from tests.factories_papers import SCAN, dead, delegates_allowed, delegation
from tests.refused import refused_by
from tests.ruled import ruled

pytestmark = [pytest.mark.django_db, pytest.mark.req("REG-8")]
State = Delegation.State


def pair() -> tuple[Person, Person]:
    home = household(members=[("儿子", "甲二")])
    assert home.head is not None
    return home.head, home.members.get(name="甲二")


def test_where_the_rules_forbid_it_nobody_asks_and_the_rule_is_named() -> None:
    with pytest.raises(Conflict, match="不能由他人代领") as refused:
        delegation(*pair())
    assert refused.value.rule == "delegation.allowed"
    assert not Delegation.objects.exists()


def test_where_nobody_may_agree_to_it_that_rule_is_named() -> None:
    ruled({"delegation.allowed": True, "delegation.approval": "none"})
    with pytest.raises(Conflict, match="不能由他人代领") as refused:
        delegation(*pair())
    assert refused.value.rule == "delegation.approval"


@pytest.mark.req("PRO-2")
def test_a_policy_may_allow_what_the_county_does_not() -> None:
    delegates_allowed(policy_code="2080502")
    owner, son = pair()
    assert delegation(owner, son, policy_codes=["2080502"]).state == State.REQUESTED
    with pytest.raises(Conflict):
        delegation(owner, son, policy_codes=["2080502", "2081902"])


def test_unit_and_department_agree_in_turn_and_the_trail_says_so() -> None:
    delegates_allowed()
    paper = delegation(*pair())
    assert paper.rules["delegation.allowed"]["value"] is True
    assert [card.count for card in todos_for(cast.station) if card.title == "代领待办"] == [1]
    assert not papers.delegations_for(cast.care_head).exists()
    paper = services.check_delegation(by=cast.station, delegation=paper, opinion="材料齐全")
    assert [card.count for card in todos_for(cast.care_reviewer) if card.title == "代领待办"] == [1]
    assert not papers.delegations_for(cast.farm_head).exists()
    paper = services.approve_delegation(by=cast.care_reviewer, delegation=paper, opinion="同意")
    assert paper.state == State.APPROVED
    assert len({paper.made_by_person_id, paper.checked_by_person_id, paper.approved_by_person_id}) == 3
    verbs = TrailEntry.objects.filter(subject_type="households.delegation").values_list("verb", flat=True)
    assert set(verbs) == {"delegation.request", "delegation.check", "delegation.approve"}


@pytest.mark.req("ACL-1")
def test_only_the_posts_concerned_ask_check_and_approve() -> None:
    delegates_allowed()
    owner, son = pair()
    paper = delegation(owner, son)
    for user in (cast.clerk, cast.station2, cast.care_head, cast.officer):
        with pytest.raises(Forbidden):
            services.check_delegation(by=user, delegation=paper)
    with pytest.raises(Conflict, match="不在主管部门审批环节"):
        services.approve_delegation(by=cast.care_head, delegation=paper)
    paper = services.check_delegation(by=cast.station, delegation=paper)
    for user in (cast.farm_head, cast.station, cast.finance_head):
        with pytest.raises(Forbidden):
            services.approve_delegation(by=user, delegation=paper)
    with pytest.raises(Forbidden):
        services.end_delegation(by=cast.clerk2, delegation=paper, reason="不需要了")


def test_people_term_and_policies_are_checked() -> None:
    delegates_allowed()
    owner, son = pair()
    today = clock.today()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"valid_to": today - timedelta(days=1), "valid_from": today - timedelta(days=9)}, "valid_to"),
        ({"valid_from": today + timedelta(days=9), "valid_to": today}, "valid_to"),
        ({"policy_codes": ["2130122"]}, "policies"),
        ({"reason": " "}, "reason"),
    ]
    for more, field in wrong:
        with pytest.raises(Invalid) as refused:
            delegation(owner, son, **more)
        assert refused.value.field == field
    with pytest.raises(Invalid, match="不能是补贴对象本人"):
        delegation(owner, owner)
    dead(son)
    with pytest.raises(Conflict, match="代领人已死亡"):
        delegation(owner, son)
    assert not Delegation.objects.exists()


def test_one_delegate_at_a_time_and_a_new_one_after_the_end() -> None:
    delegates_allowed()
    owner, son = pair()
    paper = delegation(owner, son, approved=True)
    other = household(name="乙一").head
    assert other is not None
    with pytest.raises(Conflict, match="已有代领"):
        delegation(owner, other)
    ended = services.end_delegation(by=cast.clerk, delegation=paper, reason="本人已能自行领取")
    assert (ended.state, ended.end_reason) == (State.ENDED, "本人已能自行领取")
    with pytest.raises(Conflict, match="不必终止"):
        services.end_delegation(by=cast.clerk, delegation=paper, reason="再次")
    assert delegation(owner, other, approved=True).state == State.APPROVED


def test_a_refusal_needs_a_reason_and_ends_the_way() -> None:
    delegates_allowed()
    owner, son = pair()
    paper = delegation(owner, son)
    with pytest.raises(Invalid) as refused:
        services.refuse_delegation(by=cast.station, delegation=paper, opinion="")
    assert refused.value.field == "opinion"
    assert (
        services.refuse_delegation(by=cast.station, delegation=paper, opinion="同意书没有签字").state == State.REFUSED
    )
    with pytest.raises(Refusal):
        services.check_delegation(by=cast.station, delegation=paper)
    paper = services.check_delegation(by=cast.station, delegation=delegation(owner, son))
    assert services.refuse_delegation(by=cast.care_head, delegation=paper, opinion="无必要").state == State.REFUSED


@pytest.mark.req("ACL-2")
def test_the_database_keeps_the_paper_its_arrows_and_three_people() -> None:
    delegates_allowed()
    owner, son = pair()
    paper = delegation(owner, son)
    table = "UPDATE households_delegation SET "
    refused_by("households_delegation_arrows", table + "state = 'approved' WHERE id = %s", paper.pk)
    refused_by("households_delegation_frozen", table + "delegate_id = beneficiary_id WHERE id = %s", paper.pk)
    refused_by("households_delegation_frozen", table + "valid_to = valid_to + 9 WHERE id = %s", paper.pk)
    checked = table + "state = 'checked', checked_by_person_id = made_by_person_id WHERE id = %s"
    refused_by("households_delegation_two_people", checked, paper.pk)
    services.check_delegation(by=cast.station, delegation=paper)
    approved = table + "state = 'approved', approved_by_person_id = {} WHERE id = %s"
    refused_by("households_delegation_three_people", approved.format("checked_by_person_id"), paper.pk)
    refused_by("households_delegation_three_people", approved.format("made_by_person_id"), paper.pk)
    refused_by("households_delegation_approved", table + "state = 'approved' WHERE id = %s", paper.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM households_delegation WHERE id = %s", paper.pk)


def test_from_the_clerks_form_to_the_departments_word() -> None:
    delegates_allowed()
    owner, son = pair()
    clerk, station, office = Client(), Client(), Client()
    clerk.force_login(cast.clerk)
    station.force_login(cast.station)
    office.force_login(cast.care_head)
    form = reverse("households:delegation_new", args=[owner.pk])
    today = clock.today()
    given: dict[str, Any] = {
        "name": son.name, "id_number": crypto.decrypt(son.id_cipher),
        "department": cast.organisation("BM-civil_affairs").pk,
        "policies": ["2080502"], "valid_from": today.isoformat(), "valid_to": (today + timedelta(days=30)).isoformat(),
        "reason": "行动不便",
    }  # fmt: skip
    refused = clerk.post(form, given).content.decode()
    assert "需要改正" in refused
    names = ("beneficiary_consent", "delegate_consent", "proof")
    scans = {name: SimpleUploadedFile(f"{name}.pdf", SCAN) for name in names}
    clerk.post(form, {**given, **scans})
    paper = Delegation.objects.get()
    page = reverse("households:delegation", args=[paper.pk])
    assert office.get(page).status_code == 404
    assert "审核通过，报主管部门" in station.get(page).content.decode()
    station.post(page, {"decision": "approve"})
    seen = office.get(page).content.decode()
    assert "同意代领" in seen
    assert crypto.decrypt(owner.id_cipher) not in seen
    assert reverse("households:detail", args=[owner.household_id]) not in seen
    assert office.get(reverse("households:delegation_file", args=[paper.pk, "proof"])).status_code == 200
    assert TrailEntry.objects.filter(verb="paper.evidence").count() == 1
    office.post(page, {"decision": "approve", "opinion": "同意"})
    paper.refresh_from_db()
    assert paper.state == State.APPROVED
    assert "需要改正" in clerk.post(page, {"decision": "end", "reason": ""}).content.decode()
    clerk.post(page, {"decision": "end", "reason": "本人自行领取"})
    paper.refresh_from_db()
    assert paper.state == State.ENDED


def test_a_rule_that_changes_leaves_the_paper_and_forbids_new_ones() -> None:
    delegates_allowed()
    owner, son = pair()
    paper = delegation(owner, son)
    ruled({"delegation.allowed": False})
    services.check_delegation(by=cast.station, delegation=paper)
    assert services.approve_delegation(by=cast.care_head, delegation=paper).state == State.APPROVED
    other = household(name="乙一").head
    assert other is not None
    with pytest.raises(Conflict):
        delegation(other, son)
