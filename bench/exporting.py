"""What actors do for the export: a roster filled from the register, its lines written by us and by the writer alone."""

import time
from decimal import Decimal
from pathlib import Path

import rustpy_xlsxwriter

from bench.steps import YEAR, user
from households.models import Household
from rosters import exporting, services
from rosters.lines import Pick
from rosters.models import Roster
from rosters.services.exporting import export_lines
from subsidies.models import Policy, Quota, Standard


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


def write(roster: int, path: str) -> int:
    return export_lines(by=user(), roster=Roster.objects.get(pk=roster), path=Path(path), reason="测量")


def write_alone(roster: int, path: str) -> float:
    """Seconds of the writer alone: the same cells lie in memory, in the shape that it takes."""
    found = Roster.objects.get(pk=roster)
    records = [dict(zip(exporting.headers(found), row, strict=True)) for row in exporting.rows(found)]
    began = time.perf_counter()
    rustpy_xlsxwriter.write_worksheet(
        records, path, sheet_name="清册明细", freeze_row=1, bold_headers=True, float_format="0.00##"
    )
    return time.perf_counter() - began
