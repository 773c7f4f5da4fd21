"""The turn of the year, alike in every county: the next year's notice is missing, is alerted of, and then imported.

The notice of 2027 is invented for tests and says so: 元旦 1月1日至3日放假, so Monday 4 January is worked.
"""

from datetime import date
from typing import Any

from accounts.workbench import todos_for
from rulebook import calendar_alerts
from rulebook.calendars import import_calendar
from rulebook.notices import HOLIDAY, Day
from tests.rulebook.calendar_cases import NOTICE_2027, days_of
from tests.ways.year import Year

MISSING, WAITING = "2027年放假安排尚未导入", "缺少放假安排、不能计时的时限"
LOCAL = "2027年地方假日尚未录入"


def asked_for(year: Year) -> None:
    """The administrator's workbench asks for the notice, and says that clocks wait for it."""
    cards = {card.title: card for card in todos_for(year.users["admin"])}
    assert (cards[MISSING].tone, cards[WAITING].tone) == ("bad", "bad")
    assert cards[WAITING].count >= 1


def notice_comes(year: Year) -> None:
    """The administrator imports the invented notice; nothing waits any more."""
    by = year.users["admin"]
    given: dict[str, Any] = {"title": "关于2027年部分节假日安排的通知（演练用）", "text": NOTICE_2027}
    import_calendar(by=by, year=2027, days=days_of(NOTICE_2027, 2027), **given)
    assert [alert.title for alert in calendar_alerts.alerts() if alert.title != LOCAL] == []


def local_notice_comes(year: Year) -> None:
    """Where the region has days off of its own, they are asked for too; the administrator enters invented ones."""
    cards = {card.title: card for card in todos_for(year.users["admin"])}
    assert cards[LOCAL].tone == "warn"
    days = [Day(date(2027, 3, 10), HOLIDAY, "肉孜节")]
    import_calendar(
        by=year.users["admin"], year=2027, days=days, title="自治区2027年肉孜节放假通知（演练用）", local=True
    )
    assert calendar_alerts.alerts() == []
