"""What excludes another subsidy, who receives for many, what is seldom: found where it is, silent where it is not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import NaturalPerson, User
from households.models import Household, Person
from lib.errors import Forbidden, Invalid
from rosters import services
from rosters.lines import Pick
from rosters.models import Finding, Roster, RosterLine
from subsidies.models import ExclusionGroup
from tests.databases import Database
from tests.factories import cast, policy, standard
from tests.factories_households import account, household, person
from tests.factories_papers import delegates_allowed, delegation
from tests.factories_rosters import approve, draft_roster, explain_all, fresh, homes_of, sent_roster
from tests.races import race, refusals
from tests.refused import refused_by
from tests.rosters.conftest import Gates
from tests.ruled import ruled

LAND, AGE, TOWN, VILLAGE = "2130122", "2080502", "2081901", "2081902"


def found(roster: Roster) -> dict[str, list[Finding]]:
    services.run_checks(by=roster.made_by, roster=roster)
    by_rule: dict[str, list[Finding]] = {}
    for finding in Finding.objects.filter(roster=roster).order_by("number"):
        by_rule.setdefault(finding.rule, []).append(finding)
    return by_rule


def group(*codes: str, **more: Any) -> ExclusionGroup:
    given = {"code": "T1", "name": "测试组", "source": "某文〔2026〕1号", "severity": "error", **more}
    made = ExclusionGroup.objects.create(**given)
    made.policies.set([policy(code) for code in codes])
    return made


def aged(of: Person, **more: Any) -> Roster:
    """A roster by person with this one in it."""
    roster = draft_roster(homes=0, code=AGE, **more)
    services.fill_lines(by=roster.made_by, roster=roster, picks=[Pick(of.pk, standard(AGE, "80").pk, Decimal(12))])
    return fresh(roster)


def old_head(**more: Any) -> tuple[Household, Person]:
    home = household(mu="1.00", **more)
    assert home.head is not None
    Person.objects.filter(pk=home.head.pk).update(birth_date=date(1940, 1, 1))
    return home, home.head


# --- Policies that exclude one another --------------------------------------------------------------------------------
@pytest.mark.req("ROS-4")
def test_whoever_is_on_the_way_elsewhere_is_stopped_in_a_policy_of_the_same_group(db: None, doors: Gates) -> None:
    home, head = old_head()
    first = sent_roster(homes=[home])
    second = aged(head)
    assert "policy.excluded" not in found(second)
    exclusion = group(LAND, AGE)
    (finding,) = found(second)["policy.excluded"]
    assert finding.severity == "error"
    for words in (first.number, "第1号", "耕地地力保护补贴", "某文〔2026〕1号", "音德尔镇"):
        assert words in finding.message
    other_time = aged(head, period_start=date(2027, 1, 1), period_end=date(2027, 12, 31))
    assert "policy.excluded" not in found(other_time)
    exclusion.active = False
    exclusion.save()
    assert "policy.excluded" not in found(second)


@pytest.mark.req("ROS-4")
def test_a_group_counts_by_person_or_by_household_and_asks_or_stops(db: None, doors: Gates) -> None:
    home, _ = old_head()
    member = person(home, "甲三", relation="母亲", birth=date(1940, 1, 1))
    account(member)
    sent_roster(homes=[home])
    theirs = aged(member)
    exclusion = group(LAND, AGE)
    assert "policy.excluded" not in found(theirs), "another person of the household"
    ExclusionGroup.objects.filter(pk=exclusion.pk).update(per="household", severity="warning")
    findings = found(theirs)
    assert "policy.excluded" not in findings
    assert [finding.severity for finding in findings["policy.together"]] == ["warning"]


@pytest.mark.req("ROS-4")
def test_of_two_excluding_rosters_sealed_at_once_one_stays_behind(committed_db: Database, doors: Gates) -> None:
    home, _ = old_head()
    rosters = [draft_roster(homes=[home], code=code) for code in (TOWN, VILLAGE)]
    for roster in rosters:
        services.run_checks(by=cast.clerk, roster=roster)
        explain_all(roster)
    outcomes = race(*[lambda roster=roster: services.send_roster(by=cast.clerk, roster=roster) for roster in rosters])
    (lost,) = refusals(outcomes)
    assert lost.code in ("rosters.double_entitlement", "rosters.errors"), lost
    assert sorted(fresh(roster).status for roster in rosters) == ["draft", "review"]
    (left,) = [roster for roster in rosters if fresh(roster).status == "draft"]
    assert "城市低保与农村低保" in found(left)["policy.excluded"][0].message
    RosterLine.objects.filter(roster=left).update(remark="")
    refused_by(
        "rosters_policy_excluded",
        "UPDATE rosters_roster SET status = 'review', step = 'station', fingerprint = sha256('x') WHERE id = %s",
        left.pk,
    )


def test_the_administrator_keeps_the_groups_in_a_table(db: None) -> None:
    client = Client()
    client.force_login(cast.admin)
    url = "/admin/subsidies/exclusiongroup/add/"
    given = {
        "code": "T2",
        "name": "低保与高龄",
        "per": "person",
        "severity": "warning",
        "source": "某文",
        "active": "on",
    }
    page = client.post(url, {**given, "policies": [policy(AGE).pk]})
    assert "至少要有两项政策" in page.content.decode()
    client.post(url, {**given, "policies": [policy(AGE).pk, policy(VILLAGE).pk]})
    assert ExclusionGroup.objects.get(code="T2").policies.count() == 2
    client.force_login(cast.clerk)
    assert client.get(url).status_code in (302, 403, 404)


# --- Hands ------------------------------------------------------------------------------------------------------------
def _as_staff(user: User, villager: Person) -> None:
    """The one who works in the portal is this villager."""
    NaturalPerson.objects.filter(pk=user.person_id).update(id_digest=villager.id_digest)


@pytest.mark.req("ROS-4")
def test_the_makers_own_line_is_asked_about_or_refused_as_the_rules_say(db: None, doors: Gates) -> None:
    homes = homes_of(2)
    assert homes[0].head is not None
    _as_staff(cast.clerk, homes[0].head)
    asked = found(draft_roster(homes=homes))["handler.own"]
    assert [(finding.number, finding.severity) for finding in asked] == [(1, "warning")]
    ruled({"handling.own": "refuse"})
    refused = found(draft_roster(homes=homes, basis="二"))["handler.own"]
    assert [finding.severity for finding in refused] == ["error"]
    assert "回避" in refused[0].message


@pytest.mark.req("ROS-4", "ROS-6")
def test_whoever_is_paid_by_a_roster_signs_it_with_a_word_or_not_at_all(db: None, doors: Gates) -> None:
    homes = homes_of(2)
    roster = sent_roster(homes=homes)
    assert homes[1].head is not None
    _as_staff(cast.station, homes[1].head)
    with pytest.raises(Invalid) as caught:
        approve(roster)
    assert (caught.value.field, caught.value.rule) == ("opinion", "handling.own")
    assert fresh(roster).step == "station"
    approve(roster, opinion="本人为第二号享受人，已由副所长核对")
    ruled({"handling.own": "refuse"})
    strict = sent_roster(homes=homes, basis="二")
    with pytest.raises(Forbidden, match="回避"):
        approve(strict, opinion="本人为第二号享受人，已由副所长核对")
    assert fresh(strict).step == "station"


@pytest.mark.req("ROS-4", "REG-8")
def test_who_receives_for_three_others_is_asked_about_in_every_roster(db: None) -> None:
    delegates_allowed()
    _, friend = old_head()
    owners = [old_head()[1] for _ in range(3)]
    for owner in owners[:2]:
        delegation(owner, friend, approved=True)
    roster = aged(owners[0])
    assert "delegate.many" not in found(roster)
    delegation(owners[2], friend, approved=True)
    (finding,) = found(roster)["delegate.many"]
    assert "为3户（人）代领" in finding.message
    assert "delegate.many" not in found(aged(friend)), "the own money of the one who receives for others"
    assert "delegate.office" not in found(roster)
    _as_staff(cast.officer, friend)
    assert "delegate.office" in found(roster)


# --- Seldom -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-4")
def test_a_child_as_head_and_the_very_old_are_asked_about(db: None) -> None:
    homes = homes_of(3)
    births = {0: date(2015, 5, 1), 1: date(1920, 5, 1), 2: date(1926, 12, 31)}
    for place, birth in births.items():
        Person.objects.filter(pk=homes[place].head_id or 0).update(birth_date=birth)
    asked = found(draft_roster(homes=homes))["age.unusual"]
    assert {finding.line.beneficiary_id for finding in asked if finding.line} == {homes[0].head_id, homes[1].head_id}
    assert any("未成年户主" in finding.message for finding in asked)


@pytest.mark.req("ROS-4")
def test_an_amount_far_above_the_villages_others_is_asked_about(db: None) -> None:
    village = cast.villages[0]
    homes = [household(village, with_accounts=False) for _ in range(16)]
    roster = draft_roster(homes=homes)
    assert "amount.unusual" not in found(roster)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rosters_rosterline SET quantity = quantity * 10, amount_fen = amount_fen * 10"
            " WHERE roster_id = %s AND number = 7",
            [roster.pk],
        )
    assert [finding.number for finding in found(roster)["amount.unusual"]] == [7]


@pytest.mark.req("ROS-4")
def test_a_parcel_or_machine_that_two_claim_is_asked_about_and_plain_words_are_not(db: None, doors: Gates) -> None:
    first = sent_roster(homes=1, basis="152223100201")
    same = draft_roster(homes=1, basis="152223100201")
    (finding,) = found(same)["basis.claimed"]
    assert first.number in finding.message
    assert "basis.claimed" not in found(draft_roster(homes=1, basis="152223100202"))
    sent_roster(homes=1, basis="东地块")
    assert "basis.claimed" not in found(draft_roster(homes=1, basis="东地块"))


def test_several_of_one_household_paid_to_its_head_share_no_strangers_account(db: None) -> None:
    home = household(members=[("儿子", "甲二")])
    son = home.members.get(name="甲二")
    roster = draft_roster(homes=[home])
    services.fill_lines(by=cast.clerk, roster=roster, picks=[Pick(son.pk, standard().pk, Decimal(1), "二号地")])
    assert "account.shared" not in found(roster)
