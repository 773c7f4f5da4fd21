"""What was paid to a double stays with the person after the records are merged, and is not paid again."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from households.models import Person
from households.services.changing.parting import GivenDouble
from publicity.payouts import payouts_of
from rosters import services
from rosters.lines import Pick
from rosters.models import Finding, Roster, RosterLine
from tests.factories import standard
from tests.factories_disbursement import answered_batch, money_arrives, pass_notice_time
from tests.factories_households import account, household, person
from tests.factories_requests import changed
from tests.factories_rosters import draft_roster, fresh, roster_at, sent_roster
from tests.refused import refused_by

pytestmark = pytest.mark.django_db

AGE = "2080502"


def two_records() -> tuple[Person, Person]:
    """A record that stays and one of the same person, entered once more in the same household, which has the card."""
    home = household()
    records = [person(home, "甲七", relation="母亲", birth=date(1940, 1, 1)) for _ in range(2)]
    account(records[1])
    return records[0], records[1]


def for_old_age(of: Person, **more: Any) -> Roster:
    roster = draft_roster(homes=0, code=AGE, **more)
    services.fill_lines(by=roster.made_by, roster=roster, picks=[Pick(of.pk, standard(AGE, "80").pk, Decimal(12))])
    return fresh(roster)


def paid(of: Person) -> Roster:
    roster = sent_roster(roster=for_old_age(of))
    answered_batch(roster_at("approved", roster=roster, notice=pass_notice_time, money=money_arrives))
    return fresh(roster)


def merge(kept: Person, double: Person) -> Person:
    changed(double.household, "merge", GivenDouble(double.pk, kept))
    kept.refresh_from_db()
    return kept


def finds(roster: Roster, rule: str) -> list[str]:
    services.run_checks(by=roster.made_by, roster=roster)
    return list(Finding.objects.filter(roster=roster, rule=rule).values_list("message", flat=True))


@pytest.mark.req("REG-2", "ROS-4")
def test_what_a_double_received_is_not_paid_to_the_record_that_stayed() -> None:
    kept, double = two_records()
    before = paid(double)
    merge(kept, double)
    again = for_old_age(kept)
    (message,) = finds(again, "double.merged")
    assert before.number in message
    assert "第1号" in message
    RosterLine.objects.filter(roster=again).update(remark="")
    seal = "UPDATE rosters_roster SET status = 'review', step = 'station', fingerprint = sha256('x') WHERE id = %s"
    refused_by("rosters_merged_twice", seal, again.pk)
    next_year = for_old_age(kept, period_start=date(2027, 1, 1), period_end=date(2027, 12, 31))
    assert finds(next_year, "double.merged") == []


@pytest.mark.req("ROS-4")
def test_a_double_of_a_double_counts_as_well() -> None:
    kept, double = two_records()
    paid(double)
    between = person(double.household, "甲七", relation="母亲", birth=date(1940, 1, 1))
    merge(between, double)
    merge(kept, between)
    assert finds(for_old_age(kept), "double.merged")


@pytest.mark.req("PUB-7")
def test_a_villager_sees_what_came_under_the_double() -> None:
    kept, double = two_records()
    paid(double)
    assert payouts_of(kept) == []
    (view,) = payouts_of(merge(kept, double))
    assert (view.state, view.whose, bool(view.account_tail)) == ("已发放", "", True)
