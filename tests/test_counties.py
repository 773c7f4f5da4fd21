"""Every county can be played in: founded from data, its own rules in force, everybody at work."""

import pytest

from accounts.models import Organisation, Post, Role
from rulebook import rules
from rulebook.catalogue import BY_KEY
from rulebook.models import Profile
from subsidies.models import Policy
from tests.counties import COUNTIES, ORGANISATIONS, CountyDatabase


@pytest.mark.req("PRO-1", "ACL-1")
@pytest.mark.county(*COUNTIES)
def test_a_county_stands_on_data_alone(county_db: CountyDatabase) -> None:
    data = ORGANISATIONS[county_db.county.division.code]
    assert county_db.id == data["id"]
    assert Profile.objects.get(in_force=True).code == data["profile"]
    assert Profile.objects.count() == len(COUNTIES)
    assert rules.snapshot().keys() == BY_KEY.keys()
    assert not Policy.objects.filter(published_at=None).exists()
    assert len(county_db.county.schools) == len(data.get("schools", []))
    filled = set(Post.objects.values_list("role", flat=True))
    schools = {Role.SCHOOL_CLERK, Role.SCHOOL_LEADER} if data.get("schools") else set()
    # No county's rules let villages enter accounts of themselves; that is for the county to decide (CQ§13).
    assert filled == set(Role) - {Role.SCHOOL_CLERK, Role.SCHOOL_LEADER, Role.VILLAGE_CLERK} | schools
    idle = Organisation.objects.exclude(kind="village").filter(posts=None)
    assert not idle.exists()


@pytest.mark.county("cq")
def test_subdistricts_have_offices_and_schools_lie_in_townships(county_db: CountyDatabase) -> None:
    names = [township.name for township in county_db.county.townships]
    assert "中山路街道办事处" in names
    assert "青峰镇人民政府" in names
    assert all(school.division.level == "township" for school in county_db.county.schools)
    assert all(school.parent == county_db.county.departments["education"] for school in county_db.county.schools)


@pytest.mark.county("yj")
def test_a_household_and_a_quota_can_be_had_in_a_county(county_db: CountyDatabase) -> None:
    home = county_db.household("甲一", township=2)
    assert home.village.parent == county_db.county.townships[1].division
    assert county_db.quota(county_db.example.policies["land"]).amount_fen == 100_000_000
    assert county_db.at("2026-02-02T09:00").month == 2
