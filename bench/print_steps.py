"""What the actors of `bench/print` do."""

import csv
import json
import time
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import Division, User
from bench.steps import CLERK, new_roster
from households.models import Household
from rosters import services
from rosters.lines import Pick
from rosters.models import Roster
from rosters.printing import detail, paper, source
from rosters.services.printing import Order, Paper, print_now
from subsidies.models import Standard

_PAGE = """
#set page(paper: "a4", flipped: true, margin: (left: 14mm, right: 10mm, top: 9mm, bottom: 9mm))
#set text(font: "Noto Sans SC", size: 8pt, lang: "zh")
#let sheets = json("PAGES")
#for (number, sheet) in sheets.enumerate() {
  align(center, text(15pt, weight: "bold", sheet.title))
  for line in sheet.head { block(spacing: 5pt, line) }
  block(text(9.5pt, weight: "bold", sheet.village))
  table(
    columns: sheet.widths.map(width => width * 1mm), inset: 2pt, stroke: 0.4pt,
    ..sheet.titles.map(title => text(weight: "bold", title)), ..sheet.rows.flatten(),
  )
  for line in sheet.sums { block(spacing: 5pt, text(weight: "bold", line)) }
  place(bottom + left, sheet.foot)
  place(bottom + right, [第#(number + 1)页 共#(sheets.len())页])
  pagebreak(weak: true)
}
"""


def fill(policy: str, rows: int) -> int:
    """A roster of the first township with so many lines."""
    by = User.objects.select_related("person").get(username=CLERK)
    roster = Roster.objects.get(pk=new_roster(policy))
    tier = Standard.objects.filter(version=roster.version).order_by("code")[0]
    township = Division.objects.get(pk=roster.division_id)
    homes = Household.objects.filter(village__parent=township, head__isnull=False, subsidised_mu__gt=0)
    found = homes.order_by("pk").values_list("head_id", "subsidised_mu")[:rows]
    picks = [Pick(head, tier.pk, area, "", "") for head, area in found if head is not None and area is not None]
    if len(picks) < rows:
        raise SystemExit(f"✗ only {len(picks)} households can be lines; ask for a larger register")
    services.fill_lines(by=by, roster=roster, picks=picks)
    services.run_checks(by=by, roster=roster)
    return roster.pk


def _roster(pk: int) -> Roster:
    return Roster.objects.select_related("policy__department", "version", "quota", "organisation").get(pk=pk)


def _kb(path: str) -> int:
    return Path(path).stat().st_size // 1024


def ours(roster: int, out: str) -> dict[str, Any]:
    by = User.objects.select_related("person").get(username=CLERK)
    began = time.process_time()
    file, printed = print_now(by=by, roster=_roster(roster), order=Order(Paper.DETAIL))
    with file, Path(out).open("wb") as target:
        while part := file.read(1 << 20):
            target.write(part)
    return {"pages": printed.pages, "kb": _kb(out), "cpu_s": time.process_time() - began}


def floor(roster: int, out: str) -> dict[str, Any]:
    found = _roster(roster)
    shown = detail.columns(found, whole=False)
    with source.opened(found) as lines, Path(out).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.title for column in shown])
        writer.writerows([column.words(line) for column in shown] for line in lines)
    return {"kb": _kb(out)}


def lay_out(roster: int, out: str) -> int:
    """The pages as words, for the peer; not measured."""
    found = _roster(roster)
    shown = detail.columns(found, whole=False)
    asked = paper.Print(found, "detail", "经办", found.made_at)
    sheets = []
    with source.opened(found) as lines:
        laid_out, _ = detail.lay_out(lines, shown)
        rows = iter(lines)
        for sheet in laid_out:
            words = [[column.words(line) for column in shown] for line in islice(rows, len(sheet.heights))]
            told = f"{sheet.sum.lines}行 {sheet.sum.quantity} {detail.yuan(sheet.sum.fen)}"
            sheets.append(
                {
                    "title": f"{found.title}明细表",
                    "head": asked.facts,
                    "village": sheet.village,
                    "widths": [column.width for column in shown],
                    "titles": [column.title for column in shown],
                    "rows": words,
                    "sums": [f"本页小计：{told}", f"累计：{told}"],
                    "foot": f"指纹 {bytes(found.fingerprint or b'').hex()[:16]}",
                }
            )
    Path(out).write_text(json.dumps(sheets, ensure_ascii=False), encoding="utf-8")
    return len(sheets)


def peer(pages: str, out: str) -> dict[str, Any]:
    import typst  # noqa: PLC0415 - paid by whoever prints with it

    text = Path(out).with_suffix(".typ")
    text.write_text(_PAGE.replace("PAGES", Path(pages).name), encoding="utf-8")
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(settings.PORTAL_FONTS)]
    )
    began = time.process_time()
    # Without tags, as ours: with them it takes more time and memory still.
    typst.compile(str(text), output=out, font_paths=fonts, pdf_tags=False)
    return {"kb": _kb(out), "cpu_s": time.process_time() - began}
