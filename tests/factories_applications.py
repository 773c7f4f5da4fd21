"""Applications for tests, through the services: 农机购置 by machine, 高龄津贴 by age, 耕地地力保护 by household.

term = open_term_for("2080502")             # 高龄津贴 of 2026, from today for a month
one = applied(term)                         # by a villager online, waiting to be accepted
one = applied(term, by=cast.clerk)          # entered by the clerk with the signed form
one = approved(one)                         # accepted, then approved by the finance station
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from households.models import Household, Person
from rosters.applications import services
from rosters.applications.models import Application, ApplicationTerm
from rulebook import clock
from subsidies.models import Policy
from tests.factories import cast, id_number, policy, standard
from tests.factories_households import account, household, person
from tests.uploads import paper

__all__ = ["accepted", "again", "applied", "approved", "elder", "open_term_for", "opener_of"]

TIERS = {"2080502": "80"}  # 80 to 89 years
YEAR: dict[str, Any] = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}


def opener_of(found: Policy) -> User:
    return cast.farm_reviewer if found.department.code == "BM-agriculture" else cast.care_reviewer


def open_term_for(code: str = "2080502", **more: Any) -> ApplicationTerm:
    found = policy(code)
    today = clock.today()
    given = {**YEAR, "opens_on": today, "closes_on": today + timedelta(days=30), **more}
    return services.open_term(by=opener_of(found), policy=found, **given)


def elder(home: Household | None = None, *, name: str = "甲老", born: date = date(1944, 3, 1), **more: Any) -> Person:
    """A person of 82 with a card, in a household of 音德尔镇."""
    place = home or household()
    made = person(place, name, relation="父亲", id_number=id_number(birth=born), **more)
    account(made)
    return Person.objects.select_related("household__village").get(pk=made.pk)


def applied(
    term: ApplicationTerm, *, who: Person | None = None, by: User | None = None, tier: str | None = None, **more: Any
) -> Application:
    """By the person alone, or by a clerk with the signed form."""
    applicant = who or elder()
    given: dict[str, Any] = {
        "applicant": applicant,
        "beneficiary": applicant,
        "standard": more.get("standard") or standard(term.policy.code, tier or TIERS.get(term.policy.code)),
        "quantity": Decimal(12),
        "consent": by is None,
        "form": paper("申报表.jpg") if by else None,
        **more,
    }
    return services.submit_application(by=by, term=term, **given)


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def accepted(application: Application) -> Application:
    services.accept_applications(by=cast.clerk, ids=[application.pk])
    return again(application)


def approved(application: Application, *, by: User | None = None) -> Application:
    waiting = accepted(application) if application.state == Application.State.SUBMITTED else application
    services.approve_applications(by=by or cast.station, ids=[waiting.pk])
    return again(waiting)
