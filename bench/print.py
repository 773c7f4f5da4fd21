"""A roster's detail as PDF, against a floor and a peer.

Ours: the service's printing with masked numbers, in a process that has printed nothing before: the type is read too.
Floor: the same lines read from the database in the same order, masked, and written as CSV, without pages, sums or type.
Peer: typst with the same type, the same words in the same rows on the same pages, one table a page with its head, foot,
sums and page numbers; it is handed the pages that ours laid out, and draws no codes.
"""

import os
from pathlib import Path

from bench import databases, report
from bench.actor import Actor

POLICY = "2130122"


def main() -> None:
    wanted = report.arguments(
        __doc__ or "",
        rows=(10_000, "lines of the roster"),
        households=(20_000, "households of the register; two thirds of them may be lines"),
        runs=(3, "how often"),
        peer=(1, "0 leaves the peer out"),
    )
    template = databases.county(wanted.households)
    folder = Path(os.environ["PORTAL_BENCH_FILES"])
    for _ in range(wanted.runs):
        with databases.copy_of(template) as database:
            with Actor(database, "maker") as maker:
                roster = maker.call("bench.print_steps.fill", policy=POLICY, rows=wanted.rows).result
                pages = str(folder / "printed.json")
                maker.call("bench.print_steps.lay_out", roster=roster, out=pages)
            with Actor(database, "ours") as process:
                ours = process.call("bench.print_steps.ours", roster=roster, out=str(folder / "ours.pdf"))
            with Actor(database, "floor") as process:
                ground = process.call("bench.print_steps.floor", roster=roster, out=str(folder / "floor.csv"))
            peer = None
            if wanted.peer:
                with Actor(database, "peer") as process:
                    peer = process.call("bench.print_steps.peer", pages=pages, out=str(folder / "peer.pdf"))
        report.say(
            "print",
            rows=wanted.rows,
            ours_s=ours.seconds,
            floor_s=ground.seconds,
            peer_s=peer.seconds if peer else None,
            ratio_floor=ours.seconds / ground.seconds,
            ratio_peer=peer.seconds / ours.seconds if peer else None,
            peak_rss_mb=ours.peaks_mb["ours.process"],
            peer_peak_rss_mb=peer.peaks_mb["peer.process"] if peer else None,
            ours_cpu_s=ours.result["cpu_s"],
            peer_cpu_s=peer.result["cpu_s"] if peer else None,
            pages=ours.result["pages"],
            ours_kb=ours.result["kb"],
            peer_kb=peer.result["kb"] if peer else None,
        )


if __name__ == "__main__":
    main()
