"""Building a demonstration county in early 2026: from the first posts to rosters in every state.

Everything goes through the services, at the times at which it would have happened; the clock ends on Wednesday
2026-05-06 and runs on from there. Which county it is, is data: its divisions, its organisations, its rule profile, its
policies, and what its stories pay (`demo/data/counties.json`).
"""

from datetime import date, datetime, timedelta

from django.db.models import F, Sum

from accounts.county import County
from accounts.models import Division
from demo.asking import asking
from demo.cards import deliver_and_hand_out
from demo.cash import cash
from demo.changing import changes_answered, changes_waiting
from demo.counties import Example
from demo.founding import BEGIN, Say, found
from demo.identity import compare_everybody
from demo.people import Population
from demo.recovering import half_came_back, heard_too_late
from demo.register import take_in
from demo.staff import Staff
from demo.stories import Scene, elders, land, relief, students
from demo.walking import on
from households.models import BankAccount, Household
from rulebook import clock
from subsidies.services import publish_list

# The year's list of policies is public before anything is paid.
LISTED = date(2026, 1, 7)
END = datetime(2026, 5, 6, 10, 0, tzinfo=clock.SHANGHAI)


def build(example: Example, *, households: int, seed: int, say: Say) -> None:
    """Builds the county on an empty, migrated database."""
    clock.begin_practice(at=BEGIN)
    county, staff = found(example, say=say)
    _people(example, county, staff, households=households, seed=seed, say=say)
    on(LISTED)
    publish_list(by=staff["finance_head"])
    scene = Scene(example, county, staff, seed=seed, say=say)
    elders(scene)
    heard_too_late(scene)
    cash(scene)
    changes_answered(scene)
    land(scene, area=Household.objects.aggregate(mu=Sum("subsidised_mu"))["mu"])
    relief(scene)
    students(scene)
    asking(scene)
    changes_waiting(scene)
    half_came_back(scene)
    deliver_and_hand_out(staff["clerk01"], county.townships[0].division_id)
    on(END.date(), END.hour, END.minute)
    say(f"演练时钟停在{END:%Y年%m月%d日 %H:%M}，从这里继续走。")


def _people(example: Example, county: County, staff: Staff, *, households: int, seed: int, say: Say) -> None:
    """The register, township by township, the households spread over the villages."""
    townships = [organisation.division for organisation in county.townships]
    villages = list(Division.objects.filter(parent__in=townships).order_by("code"))
    population = Population(
        seed=seed, villages=villages, today=BEGIN.date(), names=example.names, names_share=example.names_share
    )
    houses = list(population.households(households))
    on(BEGIN.date() + timedelta(days=1))
    people = 0
    for number, township in enumerate(townships, start=1):
        own = [house for house in houses if house.village.parent_id == township.pk]
        if own:
            people += take_in(by=staff[f"clerk{number:02d}"], township=township, houses=own)
    # A third still have an ordinary bank card; whoever changes the card gets a social-security card.
    BankAccount.objects.annotate(third=F("pk") % 3).filter(third=0).update(social_card=False)
    say(f"补贴对象底册：{len(houses)}户，{people}人（均为虚构）。")
    compare_everybody(staff["officer1"], say=say)
