"""Deadlines on the screen, against a table that was worked out by hand from the article and the calendar of 2026.

`24:00` is the end of a day, as people read it on the page; the practice clock is moved on its own page.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from playwright.sync_api import Locator, expect

from tests.journeys.browsing import PATIENCE_MS, Person
from tests.journeys.story import move_clock
from tests.ways.days import moment

SILENT = "办法未作规定，系统默认"
MINUTE = timedelta(minutes=1)
FEW_MINUTES = timedelta(minutes=9)


@dataclass(frozen=True)
class Due:
    """When a clock runs out, by which article (empty: the regulation is silent), and how that was counted.

    A clock of `hours` runs from the second of its event: what somebody pressed in the minutes after a full hour.
    """

    kind: str
    due: str
    article: str
    counted: str
    hours: bool = False

    @property
    def words(self) -> str:
        day, _, time = self.due.partition("T")
        _, month, number = day.split("-")
        return f"{int(month)}月{int(number)}日 {time}"

    @property
    def at(self) -> datetime:
        return moment(self.due)

    @property
    def machine(self) -> str:
        """The mark of this moment for machines."""
        return f'time[datetime^="{self.at:%Y-%m-%dT%H:0}"]' if self.hours else f'time[datetime="{self.at.isoformat()}"]'

    @property
    def pattern(self) -> re.Pattern[str]:
        words = self.words[:-1] + r"\d" if self.hours else self.words
        return re.compile(words.replace(" ", r"\s"))

    def on(self, row: Locator) -> None:
        """The page says this moment, in words and for machines."""
        expect(row.locator(self.machine).first).to_be_visible(timeout=PATIENCE_MS)
        expect(row).to_contain_text(self.pattern)


def shown(person: Person, due: Due, *, state: str = "running") -> Locator:
    """The clock's row among those of whoever answers for it, with its day, its hour and its article."""
    person.open(f"/rules/clocks/?kind={due.kind}&state={state}")
    row = person.main.locator("tbody tr").filter(has=person.page.locator(due.machine)).first
    if state in ("running", "passed"):  # one that was met says only whether in time
        due.on(row)
    expect(row).to_contain_text(due.article or "系统默认")
    return row


def leads_to_its_rule(person: Person, beside: Locator, due: Due, quote: str) -> None:
    """From a clock by its link to 适用规则: the right value, the right article, and the regulation's own words."""
    beside.locator(f'a[href$="#{due.kind}"]').first.click()
    person.sees_heading("适用规则")
    assert person.page.url.endswith(f"#{due.kind}")
    rule_says(person, due.kind, due.article, quote)


def rule_says(person: Person, key: str, article: str, quote: str) -> None:
    """The page 适用规则, open already, tells of a value by this article."""
    rule = person.page.locator(f'tr[id="{key}"]')
    expect(rule).to_contain_text(article or SILENT)
    expect(rule).to_contain_text(quote)


def passes(due: Due, *, mover: Person, watch: Person, unit: str) -> None:
    """A minute before the moment the clock runs; at the moment it has passed, on the record of who answers for it."""
    move_clock(mover, _typed(due.at - MINUTE))
    shown(watch, due)
    move_clock(mover, _typed(due.at + FEW_MINUTES if due.hours else due.at))
    expect(shown(watch, due, state="passed")).to_contain_text("已逾期")
    watch.open(f"/rules/breaches/?kind={due.kind}")
    row = watch.main.locator("tbody tr").filter(has_text=due.pattern).first
    expect(row).to_contain_text(unit)
    expect(row).to_contain_text(due.article or "系统默认")


def _typed(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"
