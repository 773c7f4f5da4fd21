"""A roster's lines to .xlsx by the export of its page, against the writer alone on the same cells.

Ours is the worker's job: who may, the lines from the database, ID numbers deciphered and masked, formulas disarmed, the
file written, digested and sealed into the storage, the trail. The floor, which is also the peer, is rustpy-xlsxwriter
with all cells ready in memory. Beside them: the same as .csv, and the .xlsx with whole numbers, which few may have.
"""

import os
from pathlib import Path
from typing import Any

from bench import databases, report
from bench.actor import Actor, Done
from tests.databases import Database

POLICY = "2130122"
# Form, and whether with whole numbers.
WAYS = {"xlsx": ("xlsx", False), "csv": ("csv", False), "whole": ("xlsx", True)}


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
            found = {name: ours(database, roster, *how) for name, how in WAYS.items()}
            with Actor(database, "writer") as process:
                floor = process.call("bench.exporting.write_alone", roster=roster, path=str(out)).result
            done = found["xlsx"]
            report.say(
                "roster_export",
                rows=done.result["rows"],
                ours_s=done.seconds,
                floor_s=floor["seconds"],
                peer_s=floor["seconds"],
                ratio_floor=done.seconds / floor["seconds"],
                ratio_peer=done.seconds / floor["seconds"],
                ratio_floor_cpu=done.cpu_seconds / floor["cpu_seconds"],
                peak_rss_mb=max(done.peaks_mb.values()),
                ours_cpu_s=done.cpu_seconds,
                floor_cpu_s=floor["cpu_seconds"],
                ways_s={name: round(each.seconds, 3) for name, each in found.items()},
                ways_cpu_s={name: round(each.cpu_seconds, 3) for name, each in found.items()},
                bytes=done.result["bytes"],
                peaks_mb=done.peaks_mb,
            )
    out.unlink()


def ours(database: Database, roster: int, kind: str, whole: bool) -> Done:
    """The job of an export, in a worker that has written a table before: an empty one."""
    asked: dict[str, Any] = {"roster": roster, "kind": kind, "whole": whole}
    with Actor(database, "web") as web:
        before = web.call("bench.exporting.order", **asked, query="?name=没有此人").result
        job = web.call("bench.exporting.order", **asked).result
    with Actor(database, "ours") as worker:
        worker.call("bench.exporting.work", job=before)
        return worker.call("bench.exporting.work", job=job)


if __name__ == "__main__":
    main()
