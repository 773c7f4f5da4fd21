"""A signature on a roster of 100,000 lines against one on 1,000, at every desk of the way.

Each signature is made by the service, its deferred truths are asked, and it is taken back, in turns on both rosters.
The floor is the signature on few lines; there is no peer: what others do with a state on every line is known.
"""

import statistics

from bench import databases, report
from bench.actor import Actor

POLICY = "2130122"


def main() -> None:
    wanted = report.arguments(
        __doc__ or "",
        rows=(100_000, "lines of the large roster"),
        few=(1_000, "lines of the small one"),
        households=(150_000, "households of the register"),
        rounds=(30, "signatures at each desk"),
        runs=(1, "how often"),
    )
    template = databases.county(wanted.households)
    for _ in range(wanted.runs):
        with databases.copy_of(template) as database, Actor(database, "web") as web:
            done = web.call(
                "bench.deciding.measure", policy=POLICY, few=wanted.few, many=wanted.rows, rounds=wanted.rounds
            )
        desks = {
            desk: {name: statistics.median(spent) for name, spent in cases.items()}
            for desk, cases in done.result.items()
        }
        ours, floor = (sum(desk[name] for desk in desks.values()) for name in ("many", "few"))
        report.say(
            "roster_decide",
            rows=wanted.rows,
            few=wanted.few,
            ours_s=ours,
            floor_s=floor,
            peer_s=None,
            ratio_floor=ours / floor,
            ratio_worst_desk=max(desk["many"] / desk["few"] for desk in desks.values()),
            peak_rss_mb=max(done.peaks_mb.values()),
            desks_ms={
                desk: {name: round(seconds * 1000, 2) for name, seconds in cases.items()}
                for desk, cases in desks.items()
            },
            rounds=wanted.rounds,
        )


if __name__ == "__main__":
    main()
