"""A county at work, as far as the test of one value needs it: a unit's roster, its money, villagers.

work = Work(county_db)                     # the first township and 耕地地力保护补贴
roster = work.approved(work.roster())      # made, on the board, signed to the end
payment = work.failed(roster)              # with the bank, where it failed
with refused("dispatch.by"):               # and the refusal names that rule
    …
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

import pytest

from accounts.models import Organisation, User
from demo.money import Treasury
from demo.staff import Staff
from demo.walking import Hands, check, fresh, hands, let_notice_pass, sign, to_the_board, work_off
from disbursement import services as disbursement
from disbursement.models import Arrival, Batch, Payment, PaymentOrder
from households import services as households
from households.models import Household, Person
from jobs.models import StoredFile
from jobs.services import store_file
from lib.errors import Refusal
from rosters import services as rosters
from rosters.models import Roster
from rulebook import clock, rules
from tests.counties import CountyDatabase
from tests.factories import id_number

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
# One of each post, and the same posts of another township or department.
EVERYBODY = (
    "clerk01", "station01", "leader01", "clerk02", "station02", "leader02", "agriculture_reviewer", "agriculture_head",
    "civil_affairs_reviewer", "civil_affairs_head", "agriculture_officer1", "agriculture_officer2",
    "civil_affairs_officer1", "finance_reviewer", "finance_head", "officer1", "officer2", "bank", "auditor", "admin",
)  # fmt: skip


@contextmanager
def refused(rule: str, kind: type[Refusal] = Refusal) -> Iterator[None]:
    """What is done inside must be refused, and the refusal names the rule from which it follows."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.rule == rule, f"{caught.value.code} names {caught.value.rule!r}: {caught.value}"


def cites(key: str, article: str) -> None:
    """The county's rule rests on that article; on none where the regulation is silent and `article` is empty."""
    found = rules.rule(key)
    assert found.silent == (article == "")
    assert article in found.citation


def others(*those: str) -> tuple[str, ...]:
    """Everybody but these."""
    return tuple(name for name in EVERYBODY if name not in those)


class Work:
    """One township (or the unit of other hands) at work on one policy."""

    def __init__(self, county: CountyDatabase, *, story: str = "land", who: Hands | None = None) -> None:
        staff = cast(Staff, county.users)
        self.county, self.users = county, county.users
        self.who = who or hands(staff, 1)
        self.treasury = Treasury(staff, seed=1)
        self.policy = county.policy(county.example.policies[story])
        self.arrival: Arrival | None = None

    # --- Rosters
    def begun(self, *, by: User | None = None, period: tuple[date, date] = YEAR, method: str = "account") -> Roster:
        """An empty roster with a quota of its own."""
        return rosters.create_roster(
            by=by or self.who.clerk,
            policy=self.policy,
            quota=self.county.quota(self.policy.code),
            period_start=period[0],
            period_end=period[1],
            method=method,
        )

    def roster(self, *, homes: Sequence[str] = ("甲一",), method: str = "account") -> Roster:
        """A roster of the township's land, from the register: its checks are run, its warnings explained."""
        for name in homes:
            self.county.household(name)
        roster = self.begun(method=method)
        rosters.fill_from_register(by=self.who.clerk, roster=roster)
        return check(self.who, roster)

    def over_notice(self, roster: Roster) -> Roster:
        """On the board, and the days there have passed."""
        to_the_board(self.who, roster)
        let_notice_pass()
        return fresh(roster)

    def to_the_end(self, roster: Roster) -> Roster:
        while fresh(roster).status in (Roster.Status.NOTICE, Roster.Status.REVIEW):
            sign(roster)
        return fresh(roster)

    def approved(self, roster: Roster) -> Roster:
        """Signed to the end; the money is there before, where money goes first."""
        current = self.over_notice(roster)
        self.arrival = self.treasury.money_first(current.quota, current.total_fen)
        return self.to_the_end(current)

    # --- Money
    @property
    def money(self) -> dict[str, Any]:
        """From what a batch is made: from an arrival, or for an account where data goes first."""
        return {"agent_account": self.treasury.agent} if self.arrival is None else {"arrival": self.arrival}

    def order(self, by: User, roster: Roster, batch: Batch | None = None) -> PaymentOrder:
        """A payment order for a roster's total, or for a batch."""
        self.treasury.orders += 1
        return disbursement.enter_order(
            by=by,
            number=f"ZF2026{self.treasury.orders:06d}",
            quota=roster.quota,
            agent_account=self.treasury.agent,
            amount_fen=fresh(roster).total_fen,
            succeeded_at=clock.now(),
            batch=batch,
        )

    def arrived(self, by: User, order: PaymentOrder) -> Arrival:
        return disbursement.enter_arrival(
            by=by,
            order=order,
            bank_reference=f"LS{order.number}",
            amount_fen=order.amount_fen,
            arrived_at=clock.now(),
        )

    def sent(self, batch: Batch, *, by: User | None = None) -> Batch:
        """Released by the payer's second officer, its file with the bank."""
        other = by or self.treasury.officer(self.policy, 2)
        disbursement.release_batch(by=other, batch=batch, total_fen_seen=batch.total_fen)
        work_off()
        return Batch.objects.select_related("arrival", "payer", "quota__policy").get(pk=batch.pk)

    def paid(self, roster: Roster, *, failures: float = 0.0) -> Roster:
        """With the bank and answered."""
        self.treasury.pay(self.arrival, [roster])
        self.treasury.answer(failures=failures)
        return fresh(roster)

    def failed(self, roster: Roster) -> Payment:
        """The one payment of a roster, which failed."""
        self.paid(roster, failures=1.0)
        return Payment.objects.select_related("line__roster", "payee").get(line__roster=roster)

    # --- People
    def head(self, name: str = "甲一", **more: Any) -> Person:
        """The head of a household of one, with a card."""
        found = self.county.household(name, **more).head
        assert found is not None
        return found

    def without_card(self, name: str = "甲一") -> Person:
        """A villager who is registered and has no card yet."""
        village = self.county.villages()[0]
        home: Household = households.add_household(by=self.who.clerk, village=village, group="1组")
        return households.add_person(
            by=self.who.clerk, household=home, name=name, relation="本人", is_head=True, id_number=id_number()
        )

    def scan(self, name: str = "证明.pdf") -> StoredFile:
        return store_file(content=b"%PDF-1.4 scan", name=name, by=self.who.clerk)


def department(county: CountyDatabase, key: str = "agriculture") -> Organisation:
    return county.county.departments[key]
