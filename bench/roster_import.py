"""A roster's file from upload to stored lines, against a floor and a peer.

Ours: begin_import, the job in a worker's process, accept_import, the job that takes the rows in, with all checks.
Floor: the same file read with calamine alone, and the very rows that came to be stored by one COPY into the same table.
A run has some rounds of ours and floor, each on a fresh copy of the county: what else the machine does at a moment
touches one of the two more than the other, so the round in the middle by their ratio is told, and the ratios of all.
Peer: stock django-import-export with its two passes over the first 3,000 rows, scaled to all rows.
"""

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from bench import databases, report
from bench.actor import Actor, Done
from tests.databases import Database, superuser_connection

POLICY = "2130122"
HOUSEHOLDS = 150_000
PEER_ROWS = 3_000


def ours(database: Database, source: str) -> tuple[int, dict[str, Done], dict[str, int], Done]:
    """The roster, seconds by part, highest memory of each process, and what was stored."""
    with Actor(database, "web") as web, Actor(database, "worker") as worker:
        roster = web.call("bench.steps.new_roster", policy=POLICY).result
        begun = web.call("bench.steps.begin", roster=roster, source=source)
        worked = worker.call("bench.steps.work", job=begun.result["job"])
        if worked.result != "done":
            raise SystemExit(f"✗ the job ended as {worked.result}")
        parts = {"upload": begun, "preview": worked}
        parts["accept"] = web.call("bench.steps.accept", batch=begun.result["batch"])
        if parts["accept"].result is not None:
            parts["store"] = worker.call("bench.steps.work", job=parts["accept"].result)
        taken = web.call("bench.steps.stored", batch=begun.result["batch"])
    if taken.result["state"] != "taken_in":
        raise SystemExit(f"✗ the import ended as {taken.result['state']}")
    peaks = {name: mb for part in parts.values() for name, mb in part.peaks_mb.items()}
    return roster, parts, peaks, taken


def floor(database: Database, source: str, roster: int) -> dict[str, Done]:
    with Actor(database, "floor") as process:
        target = process.call("bench.steps.new_roster", policy=POLICY).result
        rows = os.environ["PORTAL_BENCH_FILES"] + "/floor.copy"
        process.call("bench.steps.take_lines_out", roster=roster, target=target, out=rows)
        with superuser_connection(database.name) as connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_bareline")
            cursor.execute("CREATE TABLE bench_bareline (LIKE rosters_rosterline INCLUDING ALL)")
            cursor.execute("GRANT ALL ON bench_bareline TO portal_web")
            cursor.execute("CHECKPOINT")
        read = process.call("bench.steps.read", source=source)
        copied = process.call("bench.steps.copy_in", source=rows, table="rosters_rosterline")
        bare = process.call("bench.steps.copy_in", source=rows, table="bench_bareline")
    Path(rows).unlink()
    return {"read": read, "copy": copied, "copy_without_keys": bare}


def peer(database: Database, source: str, rows: int) -> float:
    """Seconds for all rows, scaled from the first of them."""
    # As the owner: stock django-import-export sets a table's sequence anew, which the web role may not.
    with Actor(database, "peer", owner=True) as process:
        roster = process.call("bench.steps.new_roster", policy=POLICY).result
        part = process.call("bench.peer.first_rows", source=source, rows=PEER_ROWS).result
        return process.call("bench.peer.two_passes", source=part, roster=roster).seconds * rows / PEER_ROWS


def main() -> None:
    wanted = report.arguments(
        __doc__ or "",
        rows=(100_000, "rows of the file"),
        households=(HOUSEHOLDS, "households of the register"),
        rounds=(5, "rounds of a run, of which the middle one is told"),
        runs=(1, "how often"),
        peer=(1, "0 leaves the peer out"),
    )
    if wanted.rounds % 2 == 0:
        raise SystemExit("✗ --rounds is an odd number: the one in the middle is told")
    template = databases.county(wanted.households)
    for _ in range(wanted.runs):
        rounds = sorted(
            (_round(template, wanted) for _ in range(wanted.rounds)), key=lambda found: found["ratio_floor"]
        )
        middle = rounds[len(rounds) // 2]
        with databases.copy_of(template) as database:
            peer_s = peer(database, _file(database, template, wanted.rows), wanted.rows) if wanted.peer else None
        report.say(
            "roster_import",
            rows=wanted.rows,
            households=wanted.households,
            **middle,
            ratio_floor_rounds=[round(found["ratio_floor"], 3) for found in rounds],
            peer_s=peer_s,
            peer_scaled_from=PEER_ROWS if peer_s else None,
            ratio_peer=peer_s / middle["ours_s"] if peer_s else None,
        )


def _file(database: Database, template: str, rows: int) -> str:
    with Actor(database, "maker") as maker:
        made: str = maker.call("bench.rosterfiles.make", name=template, rows=rows, policy=POLICY).result
    return made


def _round(template: str, wanted: Namespace) -> dict[str, Any]:
    """Ours and the floor one after the other, on a copy of the county of their own."""
    with databases.copy_of(template) as database:
        source = _file(database, template, wanted.rows)
        roster, parts, peaks, taken = ours(database, source)
        ground = floor(database, source, roster)
    ours_s = sum(part.seconds for part in parts.values())
    floor_s = ground["read"].seconds + ground["copy"].seconds
    return {
        "ours_s": ours_s,
        "floor_s": floor_s,
        "ratio_floor": ours_s / floor_s,
        "ratio_floor_without_keys": ours_s / (ground["read"].seconds + ground["copy_without_keys"].seconds),
        "ratio_floor_cpu": sum(part.cpu_seconds for part in parts.values())
        / (ground["read"].cpu_seconds + ground["copy"].cpu_seconds),
        "peak_rss_mb": max(peaks.values()),
        "ours_parts_s": {part: round(done.seconds, 3) for part, done in parts.items()},
        "floor_parts_s": {part: round(done.seconds, 3) for part, done in ground.items()},
        "ours_parts_cpu_s": {part: round(done.cpu_seconds, 3) for part, done in parts.items()},
        "floor_parts_cpu_s": {part: round(done.cpu_seconds, 3) for part, done in ground.items()},
        "peaks_mb": peaks,
        "stored": taken.result,
    }


if __name__ == "__main__":
    main()
