"""Founding a demonstration county: its rules, calendar, policies, and the people at work, before anything is paid."""

from collections.abc import Callable
from datetime import date, datetime

from accounts.county import County, found_county
from accounts.models import Division, Organisation
from accounts.trail import record
from demo.counties import Example
from demo.staff import Staff, hire
from rulebook import clock, rules
from rulebook.models import Profile
from rulebook.services import DATA, load_calendar, load_profile, put_in_force
from subsidies.services import load_policies, publish_policy

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=clock.SHANGHAI)
# Policies are in force since the regulation, but not for longer than the year before.
POLICIES_SINCE = date(2025, 1, 1)
Say = Callable[[str], None]


def found(example: Example, *, say: Say, departments_pay: bool = False) -> tuple[County, Staff]:
    """The county with its rules, calendar, policies and people at work. All profiles are there to be compared with.

    Departments have officers where they send the data to the bank, or where `departments_pay` wants them anyway.
    """
    county = found_county(example.listed.code)
    profile = load_profiles(example.listed.profile)
    load_calendar(year=BEGIN.year)
    since = max(profile.document_date, POLICIES_SINCE)
    policies = load_policies(set_code=example.listed.policies, departments=county.departments, effective_from=since)
    for policy in policies:
        publish_policy(by=None, policy=policy)
    _telephones(county, policies[0].consult_phone)
    staff = hire(county, departments_pay=departments_pay or rules.value("dispatch.by") == "department")
    say(
        f"{county.division.name}：{Division.objects.count()}个区划，{len(policies)}项补贴政策，{staff.count}名工作人员。"
    )
    return county, staff


def _telephones(county: County, example: str) -> None:
    """Every office that villagers may call has a number, invented as those of the policies are."""
    begins = example[:-3]
    offices = [county.finance_bureau, county.audit, *county.departments.values(), *county.townships, *county.schools]
    for number, office in enumerate(offices, start=501):
        office.phone = f"{begins}{number}"
    Organisation.objects.bulk_update(offices, ["phone"])
    facts = {"fields": ["联系电话"], "count": len(offices)}
    record(by=None, verb="table.change", subject=("accounts.organisation", "*"), facts=facts)


def load_profiles(code: str) -> Profile:
    """Loads every profile that there is, for comparison, and puts the county's own in force."""
    for path in sorted((DATA / "profiles").glob("*.json")):
        load_profile(code=path.stem)
    profile = Profile.objects.get(code=code)
    return put_in_force(profile=profile)
