"""A person by ID number, by part of the name, by account: in a register of 500,000 persons and in one of 50,000.

The 95th percentile of the service's time, twenty persons at most, as a person of the finance bureau who sees all; by
part of the name as a township's clerk too, and by ID number in the list of households. The floor is the small register,
asked in turns with the large one; there is no peer.
"""

import statistics

from bench import databases, report
from bench.actor import Actor, Done
from tests.databases import Database, superuser_connection

# 2.6 persons a household.
LARGE, SMALL = 193_000, 19_300
AT_ONCE = 10
# What the ratio is of; the other kinds are told beside.
WANTED = ("id", "name", "account")
Times = dict[str, list[float]]


def people(database: Database) -> int:
    with superuser_connection(database.name) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM households_person")
        return int(cursor.fetchone()[0])


def in_turns(actors: list[Actor], count: int) -> tuple[list[Times], Done]:
    """Seconds by kind in each register, some searches of the one, then of the other: what else the machine does meets
    both. The first turn is not counted."""
    turns = max(1, count // AT_ONCE)
    spent: list[Times] = [{} for _ in actors]
    for turn in (-1, *range(turns)):
        for actor, times in zip(actors, spent, strict=True):
            done = actor.call("bench.searching.measure", count=count, turn=max(turn, 0), turns=turns)
            for kind, seconds in done.result.items():
                times.setdefault(kind, []).extend(seconds if turn >= 0 else [])
    return spent, actors[0].call("bench.actor.wake")


def measured(households: int, few: int, count: int) -> tuple[list[Times], list[int], Done]:
    large, small = databases.county(households), databases.county(few)
    with databases.copy_of(large) as many, databases.copy_of(small, "bench_run_few") as less:
        with Actor(many, "web") as one, Actor(less, "few") as other:
            spent, last = in_turns([one, other], count)
        return spent, [people(many), people(less)], last


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def in_ms(seconds: dict[str, float]) -> dict[str, float]:
    return {kind: round(value * 1e3, 3) for kind, value in seconds.items()}


def main() -> None:
    wanted = report.arguments(
        __doc__ or "",
        households=(LARGE, "households of the large register"),
        few=(SMALL, "households of the small one"),
        count=(1000, "searches of each kind"),
        runs=(1, "how often"),
    )
    for _ in range(wanted.runs):
        (many, few), (rows, few_rows), last = measured(wanted.households, wanted.few, wanted.count)
        ours, floor = ({kind: p95(times) for kind, times in spent.items()} for spent in (many, few))
        middle = [{kind: statistics.median(times) for kind, times in spent.items()} for spent in (many, few)]
        report.say(
            "register_search",
            rows=rows,
            few=few_rows,
            ours_s=max(ours[kind] for kind in WANTED),
            floor_s=max(floor[kind] for kind in WANTED),
            peer_s=None,
            ratios={kind: round(ours[kind] / floor[kind], 3) for kind in ours},
            ratio_floor=max(ours[kind] / floor[kind] for kind in WANTED),
            peak_rss_mb=max(last.peaks_mb.values()),
            p95_ms={"many": in_ms(ours), "few": in_ms(floor)},
            median_ms={"many": in_ms(middle[0]), "few": in_ms(middle[1])},
            searches=wanted.count,
        )


if __name__ == "__main__":
    main()
