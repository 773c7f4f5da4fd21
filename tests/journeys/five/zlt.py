"""扎赉特旗: money first, the data within two working days, and the bank has 24 hours."""

from playwright.sync_api import expect

from rosters.models import Roster
from tests.journeys import desks
from tests.journeys.scenes import Scene, payment_of
from tests.journeys.story import move_clock
from tests.journeys.timetable import Due, leads_to_its_rule, passes, rule_says, shown

POSTED_BY = Due("notice.post_within", "2026-02-13T24:00", "第十九条第（三）项", "2月6日造好不算，9日第1日，13日第5日")
WINDOW = Due("notice.window", "2026-02-16T24:00", "第十六条第二款", "11日张贴不算，12日第1日，16日第5日；自然日")
ENTRY = Due("entry.after_notice", "2026-02-26T24:00", "第十六条第三款", "16日24时期满，24日第1日，26日第3日")
DISPATCH = Due(
    "dispatch.to_bank", "2026-02-24T24:00", "第十九条第（三）项", "13日拨付，14日（周六上班）第1日，24日第2日"
)
PAYOUT = Due("bank.payout", "2026-02-25T15:00", "第十九条第（三）项", "24日15时数据送达，24小时", hours=True)
FIX = Due(
    "account.fix", "2026-03-03T24:00", "第二十条第（一）项", "25日反馈，26日第1日，28日（周六上班）第3日，3日第5日"
)
DEPARTMENT = Due("failure.department", "2026-03-03T24:00", "第十四条第二款", "与更正账户同日起算，5个工作日")


def on_the_board(scene: Scene, roster: Roster) -> None:
    clerk, officer = scene.people.clerk01, scene.people.officer1
    leads_to_its_rule(clerk, shown(clerk, POSTED_BY), POSTED_BY, "5个工作日")
    move_clock(officer, "2026-02-11T09:00")
    notice = desks.posts(clerk, roster, ends="2026年2月16日24:00")
    shown(clerk, WINDOW)
    desks.reads_the_notice(scene.people.villager(), notice, "乙永福")
    move_clock(officer, "2026-02-13T15:00")
    desks.enters_an_order(officer, roster, "ZF2026000001", succeeded="2026-02-13T15:00")
    row = officer.row("ZF2026000001")
    DISPATCH.on(row)
    leads_to_its_rule(officer, row, DISPATCH, "2个工作日")


def waits_for_the_money(scene: Scene, roster: Roster) -> None:
    leader, officer = scene.people.leader01, scene.people.officer1
    move_clock(officer, "2026-02-16T23:59")
    desks.is_refused(leader, roster, "公示尚未期满：到2026年2月16日24:00结束", rule="notice.window")
    move_clock(officer, "2026-02-17T09:00")
    expect(shown(leader, ENTRY, state="done")).to_contain_text("按时办结")  # it was entered before the notice
    desks.is_refused(leader, roster, "补贴资金转入代发户后才能上报（第二十七条）", rule="submission.requires_arrival")
    leader.page.locator('.rule-way a[href$="#submission.requires_arrival"]').first.click()
    rule_says(leader, "submission.requires_arrival", "第二十七条", "转入代发户")
    desks.arrives(officer, "ZF2026000001", arrived="2026-02-17T08:30")
    desks.signs(leader, roster, "苏木乡镇分管领导签字上报")


def pays_in_24_hours(scene: Scene, roster: Roster) -> None:
    officer, bank = scene.people.officer1, scene.people.bank
    move_clock(officer, "2026-02-24T15:00")
    scene.signed(roster, until=Roster.Status.APPROVED)
    desks.makes_a_batch(scene, officer, roster, "ZF2026000001")
    desks.releases(scene, scene.people.officer2)
    expect(shown(officer, DISPATCH, state="done")).to_contain_text("按时办结")
    passes(PAYOUT, mover=officer, watch=bank, unit=scene.batch.bank.name)


def mends_a_card_on_the_worked_saturday(scene: Scene, roster: Roster) -> None:
    officer, clerk, bank = scene.people.officer1, scene.people.clerk01, scene.people.bank
    move_clock(officer, "2026-02-25T16:00")
    desks.answers(bank, scene.batch, scene.files, fails="乙永福")
    shown(scene.people.agriculture_reviewer, DEPARTMENT)
    clerk.menu("发放失败")
    row = clerk.row("乙永福")
    FIX.on(row)
    leads_to_its_rule(clerk, row, FIX, "5个工作日")
    move_clock(officer, "2026-02-28T10:00")
    desks.asks_for_another_card(clerk, payment_of("乙永福").payee_id, "扎赉特旗示范农商银行")
    desks.approves_the_card(scene.people.station01, "乙永福")
    expect(shown(clerk, FIX, state="done")).to_contain_text("按时办结")
    desks.makes_a_reissue(scene, officer, "ZF2026000001", "乙永福")
    desks.releases(scene, scene.people.officer2)
    desks.answers(bank, scene.batch, scene.files)
    roster.refresh_from_db()
    assert roster.status == Roster.Status.CLOSED
