"""A roster's lines to .xlsx by the service, against the writer alone on the same cells.

Ours reads the lines from the database, masks the ID numbers (each is deciphered for that), disarms formulas, writes,
and leaves the trail. The floor, which is also the peer, is rustpy-xlsxwriter with all cells ready in memory.
"""

import os
from pathlib import Path

from bench import databases, report
from bench.actor import Actor

POLICY = "2130122"


def main() -> None:
    wanted = report.arguments(
        __doc__ or "",
        rows=(100_000, "lines"),
        households=(150_000, "households of the register"),
        runs=(3, "how often"),
    )
    template = databases.county(wanted.households)
    out = Path(os.environ["PORTAL_BENCH_FILES"]) / "export.xlsx"
    with databases.copy_of(template) as database:
        with Actor(database, "maker") as maker:
            roster = maker.call("bench.exporting.fill", policy=POLICY, rows=wanted.rows).result
        databases.settle(database.name)
        for _ in range(wanted.runs):
            with Actor(database, "ours") as process:
                done = process.call("bench.exporting.write", roster=roster, path=str(out))
                size = out.stat().st_size
            with Actor(database, "writer") as process:
                floor_s = process.call("bench.exporting.write_alone", roster=roster, path=str(out)).result
            report.say(
                "roster_export",
                rows=done.result,
                ours_s=done.seconds,
                floor_s=floor_s,
                peer_s=floor_s,
                ratio_floor=done.seconds / floor_s,
                ratio_peer=done.seconds / floor_s,
                peak_rss_mb=max(done.peaks_mb.values()),
                ours_cpu_s=done.cpu_seconds,
                bytes=size,
                peaks_mb=done.peaks_mb,
            )
    out.unlink()


if __name__ == "__main__":
    main()
