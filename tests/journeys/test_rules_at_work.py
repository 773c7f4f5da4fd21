"""What the administrator does to rules and calendar, seen at the desks whose clocks it is about.

The calendar of 2026 is the State Council's: 31 December is a Thursday. The notice of 2027 is invented and says so:
元旦 1月1日至3日放假, so Monday 4 January is worked.
"""

import re

import pytest
from playwright.sync_api import expect

from rosters.models import Roster
from tests.journeys.browsing import Person
from tests.journeys.scenes import Scene
from tests.journeys.story import move_clock
from tests.journeys.timetable import Due, rule_says, shown
from tests.rulebook.calendar_cases import NOTICE_2027

pytestmark = [pytest.mark.journey, pytest.mark.county("zlt")]

ARTICLE = "第十九条第（三）项"
PENDING = "待定（2027年放假安排尚未导入）"
MISSING, WAITING = "2027年放假安排尚未导入", "缺少放假安排、不能计时的时限"
OVER_THE_YEAR = Due("notice.post_within", "2027-01-08T24:00", ARTICLE,
                    "12月31日造好不算，1月1日至3日放假，4日第1日，8日（周五）第5日")  # fmt: skip
BEFORE = Due("notice.post_within", "2026-03-09T24:00", ARTICLE, "3月2日造好不算，3日第1日，9日第5日")
AFTER = Due("notice.post_within", "2026-03-06T24:00", "补充规定第二条", "3月4日造好不算，5日第1日，6日第2日")
REASON = "旗政府要求加快公示"


# --- A year that nobody knows yet -------------------------------------------------------------------------------------
@pytest.mark.req("PRO-1", "PRO-3")
def test_a_clock_that_runs_into_an_unknown_year_waits_for_the_notice_and_then_stands(scene: Scene) -> None:
    scene.homes()
    scene.to("2026-12-31T10:00")
    roster = scene.sent(scene.land())
    clerk, admin = scene.people.clerk01, scene.people.admin
    _pending_at_the_desk(clerk, roster)
    _alerted(admin)
    _notice_of_2027_is_imported(admin)
    _dated_at_the_desk(clerk, roster)
    _recount_is_in_the_trail(scene.people.auditor)


def _pending_at_the_desk(clerk: Person, roster: Roster) -> None:
    """No date is guessed: the list of what is to be posted and the list of clocks say why."""
    clerk.open("/publicity/")
    expect(clerk.row(roster.title)).to_contain_text(PENDING)
    clerk.open("/rules/clocks/")
    clerk.follow("日历缺失")
    row = clerk.row("开始公示的期限")
    expect(row).to_contain_text(PENDING)
    expect(row.locator("time[datetime]")).to_have_count(0)
    clerk.sees(MISSING)


def _alerted(admin: Person) -> None:
    admin.open("/workbench/")
    admin.sees(WAITING)
    admin.follow(MISSING)
    admin.sees_heading("导入放假安排")


def _notice_of_2027_is_imported(admin: Person) -> None:
    """Pasted as it stands, seen with what it moves, confirmed."""
    admin.fill("通知名称", "关于2027年部分节假日安排的通知（演练用）")
    admin.fill("通知原文", NOTICE_2027)
    admin.press("检查并预览")
    row = admin.row("开始公示的期限")
    expect(row).to_contain_text("缺日历，未计时")
    expect(row).to_contain_text("2027年1月8日 24:00")
    admin.press("确认生效")
    admin.sees_message(re.compile(r"2027年的放假安排已更新为第1版，\d+个时限重新计算。"))
    admin.open("/workbench/")
    admin.misses(MISSING)
    admin.misses(WAITING)


def _dated_at_the_desk(clerk: Person, roster: Roster) -> None:
    shown(clerk, OVER_THE_YEAR)
    clerk.open("/publicity/")
    OVER_THE_YEAR.on(clerk.row(roster.title))
    clerk.misses("待定")


def _recount_is_in_the_trail(auditor: Person) -> None:
    auditor.open("/audit/trail/")
    imported = auditor.row("导入放假安排")
    expect(imported.locator("td").nth(2)).to_contain_text("癸")
    recounted = auditor.row("放假安排更新，重算时限")
    expect(recounted).to_contain_text("开始公示的期限")
    expect(recounted).to_contain_text("2026v1 2027v1")


# --- A value changed while a roster is under way ----------------------------------------------------------------------
@pytest.mark.req("PRO-1")
def test_a_changed_value_leaves_the_running_roster_alone_and_moves_the_next(scene: Scene) -> None:
    scene.homes()
    scene.to("2026-03-02T10:00")
    scene.sent(scene.land())
    clerk, admin, head = scene.people.clerk01, scene.people.admin, scene.people.finance_head
    shown(clerk, BEFORE)
    _proposed(admin)
    _approved(head)
    shown(clerk, BEFORE)
    move_clock(admin, "2026-03-04T10:00")
    scene.sent(scene.shares(scene.county.example.policies["relief"]))
    shown(clerk, BEFORE)
    shown(clerk, AFTER)
    clerk.open("/rules/")
    rule_says(clerk, "notice.post_within", "补充规定第二条", "2个工作日")
    _both_people_and_the_reason_are_in_the_trail(scene.people.auditor)


def _proposed(admin: Person) -> None:
    admin.open("/rules/change/notice.post_within/")
    for label, text in (
        ("时长", "2"), ("生效日期", "2026-03-03"), ("变更原因", REASON), ("依据条款", "补充规定第二条"),
        ("给经办人看的说明", "清册造好后2个工作日内必须开始公示。"),
    ):  # fmt: skip
        admin.fill(label, text)
    admin.press("核对变更")
    admin.sees("办理中的清册：1件")
    admin.press("提交审批")
    admin.sees_message("等待财政局负责人审批")


def _approved(head: Person) -> None:
    head.open("/workbench/")
    head.follow("规则变更待审批")
    head.follow("开始公示的期限")
    head.sees(REASON)
    head.fill("审批意见", "同意。")
    head.press("批准")
    head.sees_message("已批准，自2026年3月3日起适用")


def _both_people_and_the_reason_are_in_the_trail(auditor: Person) -> None:
    auditor.open("/audit/trail/")
    for what, who in (("提出规则变更", "癸"), ("批准规则变更", "戊")):
        row = auditor.row(what)
        expect(row.locator("td").nth(2)).to_contain_text(who)
        expect(row).to_contain_text(REASON)
    auditor.follow("打开", within=auditor.row("批准规则变更"))
    auditor.sees(REASON)
    auditor.sees(re.compile(r"癸\S+于2026年3月2日.*提出，戊\S+于2026年3月2日.*批准"))
