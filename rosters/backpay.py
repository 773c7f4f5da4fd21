"""Months of monthly subsidies: a line owes standard × months; earlier months are a line of their own that names them.

The basis of such a line reads 补发2026年1月至3月 (补发2025年12月至2026年2月, 补发2026年1月). It stands beside the line
of the period, and the checks hold it against what was paid for those months already.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from lib.text import normalise

MONTHLY = "月"
EXAMPLE = "补发2026年1月至3月"
_TYPED = re.compile(
    r"补发?(\d{4})(?:年|[-./])(\d{1,2})月?份?(?:(?:至|到|[-—–~])(?:(\d{4})(?:年|[-./]))?(\d{1,2})月?份?)?", re.ASCII
)


@dataclass(frozen=True)
class Months:
    """Whole months, from the first to the last (both counted from year 0)."""

    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def words(self) -> str:
        (year, month), (last_year, last_month) = (divmod(one, 12) for one in (self.first, self.last))
        if self.count == 1:
            return f"补发{year}年{month + 1}月"
        return f"补发{year}年{month + 1}月至{f'{last_year}年' if last_year != year else ''}{last_month + 1}月"


def read(basis: str) -> Months | None:
    """The months that a basis names, as people write them: 补发2026.1-3, 补2026年1月份至3月份."""
    found = _TYPED.fullmatch(normalise(basis).replace(" ", ""))
    if found is None:
        return None
    year, month, last_year, last_month = found.groups()
    if not 1 <= int(month) <= 12 or not 1 <= int(last_month or month) <= 12:
        return None
    first = int(year) * 12 + int(month) - 1
    last = int(last_year or year) * 12 + int(last_month or month) - 1
    return Months(first, last) if first <= last else None


def spelled(basis: str) -> str:
    """A basis in its one spelling; what names no months stays as it is."""
    found = read(basis)
    return found.words if found else basis


def whole_months(start: date, end: date) -> int | None:
    """How many months a period is; None when it does not begin and end with one."""
    if start.day != 1 or (end + timedelta(days=1)).day != 1:
        return None
    return (end.year - start.year) * 12 + end.month - start.month + 1


# --- The checks, in SQL (rosters.checks) ------------------------------------------------------------------------------
def _span(basis: str) -> str:
    """The days of the months that a basis names in its one spelling, as a daterange; NULL where it names none."""
    first = "make_date(g[1]::int, g[2]::int, 1)"
    last = "make_date(coalesce(g[3], g[1])::int, coalesce(g[4], g[2])::int, 1)"
    return rf"""(SELECT daterange({first}, ({last} + interval '1 month')::date)
          FROM regexp_match({basis}, '^补发(\d{{4}})年(1[0-2]|[1-9])月(?:至(?:(\d{{4}})年)?(1[0-2]|[1-9])月)?$') AS g
         WHERE g IS NOT NULL AND {first} <= {last})"""  # noqa: S608  (built from constants)


WHEN = f"left(l.basis, 1) = '补' AND s.per = '{MONTHLY}'"
_BACK = f"""
  FROM rosters_rosterline l
  JOIN rosters_roster r ON r.id = l.roster_id
  JOIN subsidies_standard s ON s.id = l.standard_id AND s.per = '{MONTHLY}'
 CROSS JOIN LATERAL (SELECT {_span("l.basis")} AS span) m
 WHERE l.roster_id = %(roster)s AND left(l.basis, 1) = '补'"""
_COUNT = """((extract(year FROM upper({0})) - extract(year FROM lower({0}))) * 12
          + extract(month FROM upper({0})) - extract(month FROM lower({0})))::int"""
FORM = f"SELECT l.id, l.number {_BACK} AND m.span IS NULL ORDER BY l.number"
MONTHS = f"""
SELECT l.id, l.number, {_COUNT.format("m.span")}, l.quantity {_BACK} AND l.quantity <> {_COUNT.format("m.span")}
 ORDER BY l.number"""
EARLIER = f"SELECT l.id, l.number {_BACK} AND upper(m.span) > r.period_start ORDER BY l.number"
PAID = f"""
SELECT l.id, l.number, d.roster, d.number
  FROM (SELECT l.*, m.span {_BACK} AND m.span IS NOT NULL) l
 CROSS JOIN LATERAL (
       SELECT o.number AS roster, x.number
         FROM rosters_rosterline x JOIN rosters_roster o ON o.id = x.roster_id
        WHERE x.policy_id = l.policy_id AND x.holder = l.holder AND x.id <> l.id AND NOT x.taken_out
          AND (x.living OR x.roster_id = l.roster_id)
          AND coalesce({_span("x.basis")}, daterange(x.period_start, x.period_end, '[]')) && l.span
        ORDER BY x.id LIMIT 1) d
 ORDER BY l.number"""  # noqa: S608


def form_told() -> str:
    return f"补发以前月份的，计发依据请写成“{EXAMPLE}”的样子；不是补发的，请不要以“补”字开头。"


def months_told(count: int, quantity: str) -> str:
    return f"补发的是{count}个月，数量却是{quantity}，请改为{count}，或改正补发的月份。"


def earlier_told() -> str:
    return "补发的月份应在本清册所属期之前；所属期内的月份请列在正常发放的一行里。"


def paid_told(roster: str, number: int) -> str:
    return f"这些月份已列入清册{roster}第{number}号。重复的请删除本行；属于补差（标准提高等）的，请说明。"
