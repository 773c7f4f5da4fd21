"""The calendar file and its vectors agree with each other, reckoned here without the portal's own clock."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CALENDAR = json.loads((ROOT / "rulebook/data/calendar/2026.json").read_text(encoding="utf-8"))
VECTORS = json.loads((ROOT / "tests/rulebook/calendar_vectors.json").read_text(encoding="utf-8"))


def _days_off() -> set[date]:
    days: set[date] = set()
    for holiday in CALENDAR["holidays"]:
        day, last = date.fromisoformat(holiday["from"]), date.fromisoformat(holiday["to"])
        while day <= last:
            days.add(day)
            day += timedelta(days=1)
    return days


def _makeup_days() -> set[date]:
    return {date.fromisoformat(day) for holiday in CALENDAR["holidays"] for day in holiday["makeup"]}


def _due(start: date, count: int) -> str:
    day = start
    while count:
        day += timedelta(days=1)
        if day.year != CALENDAR["year"]:
            return "calendar_missing"
        works = day in _makeup_days() or (day.weekday() < 5 and day not in _days_off())
        count -= works
    return day.isoformat()


def test_calendar_names_the_notice_it_comes_from() -> None:
    source = {key: value for key, value in CALENDAR["source"].items() if key != "text"}
    assert source == {
        "title": "国务院办公厅关于2026年部分节假日安排的通知",
        "number": "国办发明电〔2025〕7号",
        "date": "2025-11-04",
    }


def test_seven_holidays_of_33_days_and_six_makeup_workdays() -> None:
    assert len(CALENDAR["holidays"]) == 7
    assert len(_days_off()) == 33
    assert len(_makeup_days()) == 6


def test_holidays_lie_in_the_year_and_makeup_days_are_weekends_outside_them() -> None:
    assert {day.year for day in _days_off() | _makeup_days()} == {CALENDAR["year"]}
    assert all(day.weekday() >= 5 for day in _makeup_days())
    assert not _days_off() & _makeup_days()


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda v: f"{v['date']}+{v['n']}")
def test_working_day_vector_follows_from_the_calendar(vector: dict[str, Any]) -> None:
    assert vector["unit"] == "working_days"
    assert _due(date.fromisoformat(vector["date"]), vector["n"]) == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["natural"], ids=lambda v: f"{v['unit']}-{v['from']}")
def test_natural_vector_needs_no_calendar(vector: dict[str, Any]) -> None:
    start, due = datetime.fromisoformat(vector["from"]), datetime.fromisoformat(vector["due_at"])
    if vector["unit"] == "natural_hours":
        assert due == start + timedelta(hours=vector["n"])
    else:
        midnight = start.replace(hour=0, minute=0, second=0)
        assert due == midnight + timedelta(days=vector["n"] + 1)
