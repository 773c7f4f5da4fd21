"""A signature at every desk of a roster's way, on many lines and on few, by the services."""

import time
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from accounts.models import Post, User
from bench.steps import YEAR
from demo.money import Treasury
from demo.walking import Hands, check, fresh, let_notice_pass, post, send, sign, signer
from households.models import Household
from rosters import chain, services
from rosters.lines import Pick
from rosters.models import Roster
from subsidies.models import Policy, Quota, Standard

AREA = Decimal("1.00")


class People:
    """Everybody at work by sign-in, as the demonstration's services look for them."""

    def __getitem__(self, username: str) -> User:
        return User.objects.select_related("person").get(username=username)


@dataclass(frozen=True)
class Case:
    who: Hands
    roster: Roster


def _filled(number: int, policy: Policy, lines: int) -> Case:
    """A roster of a township with so many lines, checked and explained."""
    clerk = People()[f"clerk{number:02d}"]
    who = Hands(clerk, number, Post.objects.select_related("organisation").get(user=clerk).organisation)
    roster = services.create_roster(by=clerk, policy=policy, quota=Quota.objects.get(policy=policy), **YEAR)
    tier = Standard.objects.get(version=roster.version, per="亩")
    homes = Household.objects.filter(village__parent=who.organisation.division_id, head__isnull=False).order_by("code")
    picks = [Pick(head, tier.pk, AREA) for head in homes.values_list("head_id", flat=True)[:lines] if head]
    services.fill_lines(by=clerk, roster=roster, picks=picks)
    return Case(who, check(who, roster))


def _signed(roster: Roster) -> float:
    """Seconds of one signature up to where it would be committed; then it is taken back."""
    with transaction.atomic():
        current = fresh(roster)
        by = signer(current)
        began = time.perf_counter()
        services.sign(by=by, roster=current, fingerprint=bytes(current.fingerprint or b""), opinion="已核对，同意。")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    return seconds


def measure(*, policy: str, few: int, many: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of every round at every desk that signs; the two rosters take turns."""
    found = Policy.objects.select_related("department").get(code=policy)
    treasury = Treasury(People(), seed=1)  # type: ignore[arg-type]  # it only looks people up
    # Both in the township that has enough people would be one entitlement twice.
    cases = {"many": _filled(1, found, many), "few": _filled(2, found, few)}
    desks: dict[str, dict[str, list[float]]] = {}
    for case in cases.values():
        send(case.who, case.roster)
    while any(fresh(case.roster).status != Roster.Status.APPROVED for case in cases.values()):
        if fresh(cases["many"].roster).status == Roster.Status.NOTICE:
            for case in cases.values():
                post(case.who, case.roster)
            let_notice_pass()
        step = chain.acting_step(fresh(cases["many"].roster))
        if step is None:
            raise LookupError("the roster waits for nobody")
        if step.submits:
            for case in cases.values():
                treasury.money(fresh(case.roster).quota, fresh(case.roster).total_fen)
        spent = desks[step.key] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, case in cases.items():
                spent[name].append(_signed(case.roster))
        for case in cases.values():
            sign(case.roster)
    return desks
