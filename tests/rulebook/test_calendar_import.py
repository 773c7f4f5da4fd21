"""A year's notice is imported as a new version, and every running clock is counted anew by it."""

import json
import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import TrailEntry
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rulebook import calendar, calendars, clock, deadlines
from rulebook.models import Breach, CalendarDay, CalendarNotice, CalendarYear, Deadline
from rulebook.notices import HOLIDAY, WORKDAY, Day
from rulebook.services import load_calendar, load_profile, put_in_force
from subsidies.models import Quota
from tests.databases import Database
from tests.factories import at, cast, quota
from tests.rulebook.calendar_cases import NOTICE_2026, NOTICE_2027, WITH_7_MAY, WITHOUT_9_MAY, days_of, enter

State = Deadline.State
KIND = "account.fix"  # 5 working days in this county's profile


def started(subject: Quota | None = None, kind: str = KIND, **more: Any) -> Deadline:
    given: dict[str, Any] = {"responsible": cast.organisation("CZJ"), "rule_key": KIND, **more}
    return deadlines.start(kind, subject or quota(), started_at=clock.now(), **given)


def read(deadline: Deadline) -> Deadline:
    deadline.refresh_from_db()
    return deadline


def facts_of(verb: str) -> list[dict[str, Any]]:
    return [json.loads(entry.facts) for entry in TrailEntry.objects.filter(verb=verb).order_by("id")]


def local(name: str, *days: str, year: int = 2026, **more: Any) -> calendars.Imported:
    listed = [Day(date.fromisoformat(day), HOLIDAY, name) for day in days]
    return calendars.import_calendar(by=cast.admin, year=year, days=listed, title="自治区通知", local=True, **more)


# --- A year that is missing -------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-3")
def test_the_turn_of_the_year_waits_for_its_notice_and_then_fires_on_the_right_day(db: None) -> None:
    one = {"value": {"amount": 1, "unit": "working_days"}, "citation": "第一条"}
    at("2026-12-31T10:00")
    deadline = started(kept=one)
    assert (deadline.state, deadline.due_at) == (State.BLOCKED, None)
    office = Client()
    office.force_login(cast.admin)
    shown = office.get("/workbench/").content.decode()
    assert "2027年放假安排尚未导入" in shown
    assert "不能计时的时限" in shown
    assert deadlines.sweep() == 0
    assert read(deadline).due_at is None  # nothing is guessed

    done = enter(NOTICE_2027, 2027)
    assert (done.year.version, len(done.plan.moved), done.plan.freed) == (1, 1, 1)
    assert read(deadline).state == State.ARMED
    assert deadline.due_at == clock.end_of_day(date(2027, 1, 4))  # Monday after 元旦 and its weekend
    assert deadline.calendar_version == "2026v1 2027v1"
    assert "尚未导入" not in office.get("/workbench/").content.decode()
    at("2027-01-04T23:59")
    deadlines.sweep()
    assert read(deadline).state == State.ARMED
    at("2027-01-05T00:00")
    deadlines.sweep()
    assert read(deadline).state == State.FIRED
    assert Breach.objects.filter(deadline=deadline).exists()


def test_what_waits_for_a_later_year_still_goes_on_waiting(db: None) -> None:
    at("2026-12-31T10:00")
    far = {"value": {"amount": 300, "unit": "working_days"}, "citation": "第一条"}
    deadline = started(kept=far)
    done = enter(NOTICE_2027, 2027)
    assert (done.plan.moved, dict(done.plan.waiting)) == ([], {2028: 1})
    assert read(deadline).state == State.BLOCKED


def test_a_clock_whose_last_day_becomes_free_waits_for_the_next_year(db: None) -> None:
    at("2026-12-24T10:00")
    deadline = started()
    assert deadline.due_at == clock.end_of_day(date(2026, 12, 31))
    local("地方节", "2026-12-31")
    assert read(deadline).due_at is None
    assert read(deadline).state == State.BLOCKED


# --- Counting anew ----------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-3")
def test_an_import_moves_the_running_clocks_and_the_trail_has_both_ends(db: None) -> None:
    deadline = started()
    before = deadline.due_at
    assert before == clock.end_of_day(date(2026, 5, 12))
    done = enter(WITHOUT_9_MAY, number="国办发明电〔2026〕1号")
    after = clock.end_of_day(date(2026, 5, 13))
    assert read(deadline).due_at == after
    assert deadline.near_at == after - timedelta(days=1)
    assert deadline.calendar_version == "2026v2"
    (told,) = facts_of("deadline.recount")
    moments = [datetime.fromisoformat(told["due_at"][end]) for end in ("from", "to")]
    assert moments == [before, after]
    assert told["calendar"] == {"from": "2026v1", "to": "2026v2"}
    summary = facts_of("calendar.load")[-1]
    assert (summary["version"], summary["clocks_moved"], summary["source"]) == (2, 1, done.notice.title)
    assert TrailEntry.objects.filter(verb="deadline.recount").get().actor == cast.admin


def test_a_clock_that_ends_on_the_same_day_only_takes_the_new_version(db: None) -> None:
    deadline = started()
    enter(NOTICE_2026)
    assert read(deadline).calendar_version == "2026v2"
    assert deadline.due_at == clock.end_of_day(date(2026, 5, 12))
    assert not facts_of("deadline.recount")


def test_a_passed_clock_that_ends_later_now_runs_again_and_its_breach_says_why(db: None) -> None:
    deadline = started()
    at("2026-05-13T10:00")
    deadlines.sweep()
    assert read(deadline).state == State.FIRED
    breach = Breach.objects.get(deadline=deadline)
    enter(WITHOUT_9_MAY)
    assert (read(deadline).state, deadline.fired_at) == (State.ARMED, None)
    breach.refresh_from_db()
    assert breach.explanation == "放假安排更新后重新计算，到期时间改为2026年5月13日24:00，按新的安排未逾期。"
    assert breach.explained_at is not None
    at("2026-05-14T00:01")
    deadlines.sweep()
    assert read(deadline).state == State.FIRED
    assert Breach.objects.filter(deadline=deadline).count() == 2


def test_what_has_passed_by_either_calendar_stays_passed(db: None) -> None:
    deadline = started()
    at("2026-05-20T10:00")
    deadlines.sweep()
    due_at = read(deadline).due_at
    enter(WITHOUT_9_MAY)
    assert (read(deadline).state, deadline.due_at) == (State.FIRED, due_at)
    assert Breach.objects.get(deadline=deadline).explanation == ""


def test_what_was_done_cancelled_or_runs_by_the_hour_is_left_alone(db: None) -> None:
    done, fallen, hours = quota(), quota(), quota()
    rows = [started(done), started(fallen), started(hours, kind="bank.payout", rule_key="bank.payout")]
    deadlines.meet(KIND, done)
    deadlines.cancel(KIND, fallen)
    before = [(row.due_at, row.state, row.calendar_version) for row in map(read, rows)]
    enter(WITHOUT_9_MAY)
    assert [(row.due_at, row.state, row.calendar_version) for row in map(read, rows)] == before


def test_a_window_that_people_were_told_keeps_its_end(db: None) -> None:
    week = {"value": {"amount": 5, "unit": "working_days"}, "citation": "第一条"}
    deadline = started(kind="notice.window", kept=week)
    enter(WITHOUT_9_MAY)
    assert read(deadline).due_at == clock.end_of_day(date(2026, 5, 12))


def test_a_clock_is_warned_of_again_when_its_end_moves(db: None) -> None:
    deadline = started()
    at("2026-05-12T10:00")
    deadlines.sweep()
    assert read(deadline).warned_at is not None
    enter(WITHOUT_9_MAY)
    assert read(deadline).warned_at is None


def test_many_clocks_take_few_statements(db: None, django_assert_max_num_queries: Any) -> None:
    subject = quota()
    first = started(subject)
    Deadline.objects.bulk_create(
        Deadline(
            kind=KIND, subject_type=first.subject_type, subject_id=subject.pk + number, started_at=first.started_at,
            amount=5, unit="working_days", due_at=first.due_at, calendar_version="2026v1",
        )
        for number in range(1, 1500)
    )  # fmt: skip
    with django_assert_max_num_queries(40):
        assert len(enter(WITHOUT_9_MAY).plan.moved) == 1500
    assert Deadline.objects.filter(due_at=clock.end_of_day(date(2026, 5, 13))).count() == 1500
    assert TrailEntry.objects.filter(verb="deadline.recount").count() == 1500


def test_the_preview_tells_what_the_import_does_and_changes_nothing(db: None) -> None:
    deadline = started()
    found = calendars.preview(year=2026, days=days_of(WITHOUT_9_MAY), title="通知")
    assert [(move.deadline.pk, move.due_at) for move in found.plan.moved] == [
        (deadline.pk, clock.end_of_day(date(2026, 5, 13)))
    ]
    assert found.added == []
    assert [str(day.day) for day in found.removed] == ["2026-05-05", "2026-05-09"]
    assert (found.version, CalendarYear.objects.get(year=2026).version) == (1, 1)
    assert read(deadline).due_at == clock.end_of_day(date(2026, 5, 12))
    assert [move.due_at for move in enter(WITHOUT_9_MAY).plan.moved] == [move.due_at for move in found.plan.moved]


# --- Versions and sources ---------------------------------------------------------------------------------------------
def test_every_import_is_a_version_that_keeps_its_notice(db: None) -> None:
    assert CalendarYear.objects.get(year=2026).version == 1
    done = enter(WITH_7_MAY, number="国办发明电〔2026〕3号", issued_on=date(2026, 4, 1))
    assert (done.year.version, done.year.source) == (2, "2026年放假通知（国办发明电〔2026〕3号）")
    notices = list(CalendarNotice.objects.filter(year=2026).order_by("id"))
    assert [(notice.imported_by, notice.local) for notice in notices] == [(None, False), (cast.admin, False)]
    assert notices[-1].text == WITH_7_MAY
    assert not calendar.is_working_day(date(2026, 5, 7))
    assert CalendarDay.objects.filter(day__year=2026).count() == len(days_of(WITH_7_MAY))


def test_new_year_in_december_belongs_to_the_next_years_notice(db: None) -> None:
    words = "12月31日（周四）至2027年1月2日（周六）放假调休，共3天。2026年12月26日（周六）上班。"
    text = NOTICE_2027.replace("1月1日（周五）至3日（周日）放假，共3天。", f"2026年{words}")
    assert text != NOTICE_2027
    deadline = started(kept={"value": {"amount": 160, "unit": "working_days"}, "citation": ""})
    old = deadline.due_at
    enter(text, 2027)
    assert not calendar.is_working_day(date(2026, 12, 31))
    assert calendar.is_working_day(date(2026, 12, 26))
    assert CalendarYear.objects.get(year=2026).version == 2
    enter(NOTICE_2026)  # the old year again: its successor's days stay
    assert not calendar.is_working_day(date(2026, 12, 31))
    enter(NOTICE_2027, 2027)  # and go with their own notice
    assert calendar.is_working_day(date(2026, 12, 31))
    assert not calendar.is_working_day(date(2026, 12, 26))
    assert read(deadline).due_at == old


@pytest.mark.parametrize("username", ["clerk", "officer", "finance_head", "auditor", "bank"])
def test_only_an_administrator_imports(db: None, username: str) -> None:
    with pytest.raises(Forbidden):
        enter(NOTICE_2027, 2027, by=getattr(cast, username))
    assert not CalendarYear.objects.filter(year=2027).exists()


WRONG: dict[str, tuple[list[Day], str]] = {
    "a holiday is missing": ([day for day in days_of(NOTICE_2026) if day.name != "清明节"], "缺少清明节的放假安排"),
    "a day twice": ([*days_of(NOTICE_2026), Day(date(2026, 1, 1), HOLIDAY, "元旦")], "出现了两次"),
    "a weekday is worked": ([*days_of(NOTICE_2026), Day(date(2026, 7, 1), WORKDAY, "调休")], "本来就是工作日"),
    "another year": ([*days_of(NOTICE_2026), Day(date(2027, 7, 3), WORKDAY, "调休")], "不在2026年"),
    "no name": ([*days_of(NOTICE_2026), Day(date(2026, 7, 1), HOLIDAY, " ")], "要写明节日名称"),
    "nothing": ([], "没有任何放假或上班的日期"),
}


@pytest.mark.parametrize("case", WRONG)
def test_days_that_cannot_be_are_refused_whatever_way_they_come(db: None, case: str) -> None:
    days, told = WRONG[case]
    before = list(CalendarDay.objects.values_list("day", "kind"))
    with pytest.raises(Invalid) as refused:
        calendars.import_calendar(by=cast.admin, year=2026, days=days, title="通知")
    assert any(told in words for words in [refused.value.message, *refused.value.fields.get("text", [])])
    assert list(CalendarDay.objects.values_list("day", "kind")) == before
    assert CalendarYear.objects.get(year=2026).version == 1


def test_a_notice_without_a_name_is_refused(db: None) -> None:
    with pytest.raises(Invalid, match="出自哪份通知"):
        enter(NOTICE_2026, title=" ")


# --- Local holidays ---------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-3")
def test_a_local_day_outdoes_the_nations(db: None) -> None:
    deadline = started()
    local("地方节", "2026-05-09", "2026-05-11")  # a Saturday that the nation works, and a Monday
    assert not calendar.is_working_day(date(2026, 5, 9))
    assert not calendar.is_working_day(date(2026, 5, 11))
    assert read(deadline).due_at == clock.end_of_day(date(2026, 5, 14))
    assert CalendarYear.objects.get(year=2026).version == 2
    enter(NOTICE_2026)  # the nation's notice leaves the region's days alone
    assert not calendar.is_working_day(date(2026, 5, 11))
    local("地方节", "2026-05-08")  # the region's next notice takes the place of its last
    assert calendar.is_working_day(date(2026, 5, 11))
    calendars.import_calendar(by=cast.admin, year=2026, days=[], title="取消", local=True)
    assert not CalendarDay.objects.filter(local=True).exists()
    assert read(deadline).due_at == clock.end_of_day(date(2026, 5, 12))


def test_the_profile_names_the_local_calendar_that_is_loaded_with_the_nations(db: None) -> None:
    load_calendar(year=2026)
    assert not CalendarDay.objects.filter(local=True).exists()  # this county has no holidays of its own
    put_in_force(profile=load_profile(code="XJ"))
    load_calendar(year=2026)
    assert set(CalendarDay.objects.filter(local=True).values_list("name", flat=True)) == {"肉孜节", "古尔邦节"}
    assert calendar.add_working_days(date(2026, 5, 26), 1) == date(2026, 6, 1)
    notice = CalendarNotice.objects.filter(local=True).latest("id")
    assert "示例" in notice.title  # to be replaced by the region's own notice of the year
    assert "以中国伊斯兰教协会公布、自治区人民政府办公厅当年的放假通知为准" in notice.text


def test_a_year_without_a_data_file_is_refused_by_its_name(db: None) -> None:
    with pytest.raises(Invalid, match=r"没有找到数据文件2031\.json"):
        load_calendar(year=2031)


def test_local_holidays_wait_for_the_nations_notice(db: None) -> None:
    with pytest.raises(Conflict, match="2027年的全国放假安排还没有导入"):
        local("地方节", "2027-05-10", year=2027)
    days = [Day(date(2027, 5, 10), HOLIDAY, "地方节")]
    with pytest.raises(Conflict, match="2027年的全国放假安排还没有导入"):
        calendars.preview(year=2027, days=days, title="通知", local=True)
    assert not CalendarDay.objects.filter(day__year=2027).exists()


def test_the_first_day_counts_where_the_rule_says_so_and_a_free_day_never_does(db: None) -> None:
    at("2026-09-30T10:00")
    assert calendar.due(clock.now(), 1, "working_days", first_day=True) == clock.end_of_day(date(2026, 9, 30))
    assert calendar.due(clock.now(), 2, "working_days", first_day=True) == clock.end_of_day(date(2026, 10, 8))
    at("2026-10-01T10:00")
    assert calendar.due(clock.now(), 1, "working_days", first_day=True) == clock.end_of_day(date(2026, 10, 8))


# --- All or nothing, one after the other ------------------------------------------------------------------------------
def test_a_preview_that_was_overtaken_is_not_imported(db: None) -> None:
    enter(WITH_7_MAY, seen_version=1)
    with pytest.raises(Conflict, match="刚刚被别人更新过"):
        enter(WITHOUT_9_MAY, seen_version=1)
    assert not calendar.is_working_day(date(2026, 5, 7))


def test_an_import_that_fails_at_its_end_changes_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = started()

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(calendars, "record", fails)
    with pytest.raises(RuntimeError):
        enter(WITHOUT_9_MAY)
    assert calendar.is_working_day(date(2026, 5, 9))
    assert read(deadline).due_at == clock.end_of_day(date(2026, 5, 12))
    assert not facts_of("deadline.recount")


def test_two_who_confirm_at_once_make_one_version(committed_db: Database) -> None:
    deadline = started()
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def press(text: str) -> None:
        try:
            ready.wait()
            outcomes.append(f"version {enter(text, seen_version=1).year.version}")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[text]) for text in (WITHOUT_9_MAY, WITH_7_MAY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["calendar.changed_meanwhile", "version 2"]
    assert read(deadline).due_at == clock.end_of_day(date(2026, 5, 13))
    assert CalendarNotice.objects.filter(year=2026).count() == 2
    recounted = TrailEntry.objects.filter(verb="deadline.recount")
    assert [entry.seq is not None for entry in recounted] == [True]


def test_two_who_enter_a_new_year_at_once_come_one_after_the_other(committed_db: Database) -> None:
    versions: list[int] = []
    ready = threading.Barrier(2)

    def press() -> None:
        try:
            ready.wait()
            versions.append(enter(NOTICE_2027, 2027).year.version)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == [1, 2]
    assert CalendarDay.objects.filter(day__year=2027).count() == len(days_of(NOTICE_2027, 2027))
