"""Rosters of one of the five counties on their way to the public, walked as its people would (tests.counties)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from accounts.models import User
from demo.money import Treasury
from demo.walking import Hands, begin, desks_after_notice, fresh, hands, let_notice_pass, sign, to_the_board
from households.models import Household, Person
from publicity.models import Notice
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster
from subsidies.models import Standard
from tests.counties import CountyDatabase

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def treasury(county: CountyDatabase) -> Treasury:
    return Treasury(cast(Any, county.users), seed=1)


def tier_of(roster: Roster, person: Person) -> Standard:
    age = roster.period_end.year - person.birth_date.year - 1
    tiers = Standard.objects.filter(version=roster.version).order_by("code")
    return next(tier for tier in tiers if (tier.age_from or 0) <= age <= (tier.age_to or 200))


def drafted(
    county: CountyDatabase,
    story: str,
    homes: Sequence[Household],
    *,
    period: tuple[date, date] = YEAR,
    who: Hands | None = None,
) -> Roster:
    """A roster of the first township for the heads of these households, each by the tier of the own age."""
    code = county.example.policies[story]

    def fill(by: User, roster: Roster) -> None:
        picks = [
            Pick(home.head.pk, tier_of(roster, home.head).pk, (story == "land" and home.subsidised_mu) or Decimal(1))
            for home in homes
            if home.head is not None
        ]
        rosters.fill_lines(by=by, roster=roster, picks=picks)

    who = who or hands(cast(Any, county.users), 1)
    return begin(who, county.policy(code), county.quota(code), period, fill)


def hung(county: CountyDatabase, story: str, homes: Sequence[Household], *, period: tuple[date, date] = YEAR) -> Notice:
    """That roster on notice."""
    roster = drafted(county, story, homes, period=period)
    to_the_board(hands(cast(Any, county.users), 1), roster)
    return Notice.objects.get(roster=roster)


def paid(money: Treasury, notice: Notice) -> Notice:
    """That notice's roster signed to the end and paid."""
    roster = fresh(notice.roster)
    let_notice_pass()
    arrival = money.money_first(roster.quota, roster.total_fen)
    for _ in range(desks_after_notice(roster)):
        sign(roster)
    money.pay(arrival, [roster])
    money.answer(failures=0)
    return Notice.objects.get(pk=notice.pk)
