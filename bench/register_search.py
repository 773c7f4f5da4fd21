"""A person by ID number, by part of the name, by account: in a register of 500,000 persons and in one of 50,000.

The 95th percentile of the service's time, twenty persons at most, as a person of the finance bureau who sees all.
The floor is the small register; there is no peer.
"""

import statistics

from bench import databases, report
from bench.actor import Actor, Done
from tests.databases import superuser_connection

# 2.6 persons a household.
LARGE, SMALL = 193_000, 19_300


def measured(households: int, count: int) -> tuple[Done, int]:
    with databases.copy_of(databases.county(households)) as database:
        with superuser_connection(database.name) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM households_person")
            persons = int(cursor.fetchone()[0])
        with Actor(database, "web") as web:
            web.call("bench.searching.measure", username="officer1", count=20)
            return web.call("bench.searching.measure", username="officer1", count=count), persons


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def main() -> None:
    wanted = report.arguments(
        __doc__ or "",
        households=(LARGE, "households of the large register"),
        few=(SMALL, "households of the small one"),
        count=(400, "searches of each kind"),
        runs=(1, "how often"),
    )
    for _ in range(wanted.runs):
        few, few_persons = measured(wanted.few, wanted.count)
        many, many_persons = measured(wanted.households, wanted.count)
        ours = {kind: p95(many.result[kind]) for kind in many.result}
        floor = {kind: p95(few.result[kind]) for kind in few.result}
        report.say(
            "register_search",
            rows=many_persons,
            few=few_persons,
            ours_s=max(ours.values()),
            floor_s=max(floor.values()),
            peer_s=None,
            ratios={kind: round(ours[kind] / floor[kind], 3) for kind in ours},
            ratio_floor=max(ours[kind] / floor[kind] for kind in ours),
            peak_rss_mb=max(many.peaks_mb.values()),
            p95_ms={kind: {"many": round(ours[kind] * 1e3, 3), "few": round(floor[kind] * 1e3, 3)} for kind in ours},
            median_ms={
                kind: {
                    "many": round(statistics.median(many.result[kind]) * 1e3, 3),
                    "few": round(statistics.median(few.result[kind]) * 1e3, 3),
                }
                for kind in ours
            },
            searches=wanted.count,
        )


if __name__ == "__main__":
    main()
