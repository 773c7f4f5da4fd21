"""A county for measurements, all fictional: founded from data, its register taken in as an upload's rows would be.

Two thirds of the households live in the first township, so that one roster may hold 100,000 of them.
"""

import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# Models can only be imported once Django is set up.
from django.db import connection, transaction  # noqa: E402

from accounts.models import Division, User  # noqa: E402
from demo.counties import examples  # noqa: E402
from demo.founding import BEGIN, found  # noqa: E402
from demo.people import Population  # noqa: E402
from demo.register import take_in  # noqa: E402
from households.models import Person  # noqa: E402
from households.verification.answering import store  # noqa: E402
from households.verification.people import VERIFIED  # noqa: E402
from households.verification.services import begin_run  # noqa: E402
from rulebook import clock  # noqa: E402
from rulebook.changing import decide_change, propose_change  # noqa: E402
from subsidies.models import Policy, Quota  # noqa: E402
from subsidies.services import open_quota  # noqa: E402

SHARE_OF_FIRST = 2 / 3
AT_ONCE = 20_000
# One in so many was not compared with the police's register yet: a warning on the roster's line.
UNVERIFIED = 50
_CONFIRMED = """
INSERT INTO households_identitytold (run_id, number, outcome, items)
SELECT run_id, number, 'match', '{}' FROM households_identitycheck WHERE run_id = %s AND person_id %% %s <> 0"""
QUOTA_FEN = 100_000_000_000


def spread(townships: list[Division], households: int) -> list[Division]:
    """The villages in order, each as often as it has households."""
    counts = dict.fromkeys(townships, (households - round(households * SHARE_OF_FIRST)) // (len(townships) - 1))
    counts[townships[0]] = households - sum(list(counts.values())[1:])
    places: list[Division] = []
    for township, count in counts.items():
        villages = list(Division.objects.filter(parent=township).order_by("code"))
        places += [villages[number * len(villages) // count] for number in range(count)]
    return places


def compare(officer: User) -> None:
    """Everybody but a few is confirmed by the police register, as many at a time as a run may hold."""
    while Person.objects.filter(identity_checks=None).exists():
        with transaction.atomic(), connection.cursor() as cursor:
            run = begin_run(
                by=officer, township=None, way="file", who="waiting", source="公安局", reason="全部人员首次核查"
            )
            cursor.execute(_CONFIRMED, [run.pk, UNVERIFIED])
            store(run, by=officer)


def only_ask(proposer: User, head: User) -> None:
    """Rosters here only ask about people who are not confirmed, so that a roster with some can be signed."""
    told: dict[str, Any] = {
        "reason": "性能测量",
        "citation": "性能测量",
        "wording": "没有通过公安核查的人员给出提示，说明情况后可以送审。",
    }
    change = propose_change(by=proposer, key=VERIFIED, value="warn", effective_from=clock.today(), **told)
    decide_change(by=head, change=change, approve=True)


def build(households: int) -> None:
    example = next(iter(examples().values()))
    clock.begin_practice(at=BEGIN)
    county, staff = found(example, say=lambda words: None)
    townships = [organisation.division for organisation in county.townships]
    villages = spread(townships, households)
    population = Population(seed=1, villages=villages, today=BEGIN.date())
    clerks = {township.pk: staff[f"clerk{number:02d}"] for number, township in enumerate(townships, start=1)}
    homes = list(population.households(households))
    for township in townships:
        own = [home for home in homes if home.village.parent_id == township.pk]
        for start in range(0, len(own), AT_ONCE):
            take_in(by=clerks[township.pk], township=township, houses=own[start : start + AT_ONCE])
    compare(staff["officer1"])
    only_ask(staff["admin"], staff["finance_head"])
    policy = Policy.objects.get(code=example.policies["land"])
    open_quota(
        by=staff["officer1"], policy=policy, year=BEGIN.year, level=Quota.Level.CENTRAL,
        document_number=example.document("farming", 1), amount_fen=QUOTA_FEN,
    )  # fmt: skip


if __name__ == "__main__":
    build(int(sys.argv[1]))
