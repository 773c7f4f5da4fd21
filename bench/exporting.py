"""What actors do for the export: a roster filled from the register, its lines written by us and by the writer alone."""

import time
from decimal import Decimal

import rustpy_xlsxwriter
from django.urls import reverse

from accounts.listings import listing_of, rows_of, table
from bench.steps import YEAR, user
from households.models import Household
from jobs import exports
from jobs.models import Job
from jobs.services import run
from lib.sheets import workbook, write
from rosters import services
from rosters.lines import Pick
from subsidies.models import Policy, Quota, Standard

LINES = "rosters.lines"


def fill(policy: str, rows: int) -> int:
    """A draft with so many lines, each household as often as it takes; not measured."""
    found = Policy.objects.get(code=policy)
    clerk = user()
    roster = services.create_roster(by=clerk, policy=found, quota=Quota.objects.get(policy=found), **YEAR)
    tier = Standard.objects.get(version=roster.version, per="亩")
    homes = Household.objects.filter(village__parent=roster.division_id, head__isnull=False).order_by("code")
    areas = list(homes.values_list("head_id", "subsidised_mu")[:rows])
    picks = [
        Pick(head, tier.pk, mu or Decimal(1), f"DK{number:07d}") for number, (head, mu) in enumerate(areas) if head
    ]
    return services.fill_lines(by=clerk, roster=roster, picks=picks) and roster.pk


def order(roster: int, kind: str, *, whole: bool = False, query: str = "") -> int:
    """The job that a person asks for on the roster's page; the asking is not measured."""
    address = reverse("rosters:detail", args=[roster]) + query
    wanted = exports.Order(listing_of(LINES), address, kind, "性能测量", whole)
    return exports.ask_for_export(by=user(), order=wanted).pk


def work(job: int) -> dict[str, int]:
    """The worker's part: rights, rows, file, digest, trail, and the file in its storage, sealed."""
    run(job)
    done = Job.objects.select_related("file").get(pk=job)
    if done.state != Job.State.DONE or done.file is None:
        raise SystemExit(f"✗ the job ended as {done.state}: {done.error}")
    return {"rows": done.result["rows"], "bytes": done.file.size}


def write_alone(roster: int, path: str) -> dict[str, float]:
    """The writer alone: the same cells lie in memory as the records that it takes; it is called as ours calls it."""
    listing = listing_of(LINES)
    found = rows_of(user(), listing, reverse("rosters:detail", args=[roster]))
    headers = [column.title for column in listing.columns_of(found)]
    above = ["清册明细", "筛选：全部", "导出人", "用途：性能测量"]
    sheet = write.prepare(headers, table(listing, found), above=above)
    records = [dict(record) for record in workbook.records(sheet.head, sheet.parts)]
    options = workbook.options(sheet.head)
    began, spent = time.perf_counter(), time.process_time()
    rustpy_xlsxwriter.write_worksheet(records, path, **options)
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - spent}
