"""Calendars for tests: the real notice of 2026, an invented one of 2027, and both put to use."""

from pathlib import Path
from typing import Any

from rulebook.calendars import Imported, import_calendar
from rulebook.notices import Day, read_notice
from tests.factories import cast

_HERE = Path(__file__).parent / "notices"
NOTICE_2026 = (_HERE / "2026.txt").read_text(encoding="utf-8")
NOTICE_2027 = (_HERE / "2027-example.txt").read_text(encoding="utf-8")
# The same year with Saturday 9 May free and the holiday a day shorter, and with a day more.
WITHOUT_9_MAY = NOTICE_2026.replace("至5日（周二）放假调休，共5天。5月9日（周六）上班", "至4日（周一）放假调休，共4天")
WITH_7_MAY = NOTICE_2026.replace("至5日（周二）放假调休，共5天", "至7日（周四）放假调休，共7天")


def days_of(text: str, year: int = 2026) -> list[Day]:
    return read_notice(text, year).days


def enter(text: str, year: int = 2026, **more: Any) -> Imported:
    """The administrator imports a notice."""
    given: dict[str, Any] = {"by": cast.admin, "title": f"{year}年放假通知", "text": text, **more}
    return import_calendar(year=year, days=days_of(text, year), **given)
