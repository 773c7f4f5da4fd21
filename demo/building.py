"""Building the demonstration county: 扎赉特旗 in early 2026, from the first posts to rosters in every state.

Everything goes through the services, at the times at which it would have happened; the clock ends on Wednesday
2026-05-06 and runs on from there.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Sum

from accounts.county import County, found_county
from accounts.models import Division
from demo.people import Population
from demo.register import take_in
from demo.staff import Staff, hire
from demo.stories import elders, land, relief
from demo.walking import on
from households.models import Household
from rulebook import clock
from rulebook.services import load_calendar, load_profile, put_in_force
from subsidies.services import load_policies, publish_policy

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=clock.SHANGHAI)
END = datetime(2026, 5, 6, 10, 0, tzinfo=clock.SHANGHAI)
POLICIES_SINCE = date(2025, 5, 6)
Say = Callable[[str], None]


def build(*, households: int, seed: int, say: Say) -> None:
    """Builds the county on an empty, migrated database."""
    clock.begin_practice(at=BEGIN)
    county, staff = _found(say)
    _people(county, staff, households=households, seed=seed, say=say)
    treasury = elders(staff, seed=seed, say=say)
    area = Household.objects.aggregate(mu=Sum("subsidised_mu"))["mu"]
    land(staff, treasury, area=area, say=say)
    relief(staff, treasury, say=say)
    on(END.date(), END.hour, END.minute)
    say(f"演练时钟停在{END:%Y年%m月%d日 %H:%M}，从这里继续走。")


def _found(say: Say) -> tuple[County, Staff]:
    county = found_county("152223000000")
    put_in_force(profile=load_profile(code="ZLT"))
    load_calendar(year=2026)
    policies = load_policies(set_code="zlt", departments=county.departments, effective_from=POLICIES_SINCE)
    for policy in policies:
        publish_policy(by=None, policy=policy)
    staff = hire(county)
    say(
        f"{county.division.name}：{Division.objects.count()}个区划，{len(policies)}项补贴政策，{staff.count}名工作人员。"
    )
    return county, staff


def _people(county: County, staff: Staff, *, households: int, seed: int, say: Say) -> None:
    """The register, township by township, the households spread over the villages."""
    townships = [organisation.division for organisation in county.townships]
    villages = list(Division.objects.filter(parent__in=townships).order_by("code"))
    population = Population(seed=seed, villages=villages, today=BEGIN.date())
    houses = list(population.households(households))
    on(BEGIN.date() + timedelta(days=1))
    people = 0
    for number, township in enumerate(townships, start=1):
        own = [house for house in houses if house.village.parent_id == township.pk]
        if own:
            people += take_in(by=staff[f"clerk{number:02d}"], township=township, houses=own)
    say(f"补贴对象底册：{len(houses)}户，{people}人（均为虚构）。")
