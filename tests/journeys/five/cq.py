"""永川区: the data first, then the money; the bank verifies; what failed is declared again where it was declared."""

from playwright.sync_api import expect

from demo.walking import check
from rosters.models import Roster
from tests.journeys import desks
from tests.journeys.scenes import Scene, payment_of
from tests.journeys.story import move_clock
from tests.journeys.timetable import Due, leads_to_its_rule, passes, shown

VERIFY = Due("bank.verify", "2026-10-08T24:00", "第二十八条第（五）项", "9月30日16时到齐，1日至7日放假，8日第1日")
PAYOUT = Due("bank.payout", "2026-10-09T24:00", "", "8日核对无误，9日第1日")
FEEDBACK = Due(
    "bank.feedback",
    "2026-10-13T24:00",
    "第二十八条第（六）项",
    "9日发放结束，10日（周六上班）第1日，12日第2日，13日第3日",
)


def school_declares(scene: Scene, roster: Roster) -> None:
    people = scene.people
    desks.signs(people.school_leader01, roster, "镇乡（街道）、学校审核")
    move_clock(people.school_clerk01, "2026-09-24T09:00")
    notice = desks.posts(people.school_clerk01, roster, ends="2026年9月29日24:00")
    desks.reads_the_notice(people.villager(), notice, "甲小福")
    move_clock(people.school_clerk01, "2026-09-30T09:00")
    desks.signs(people.education_reviewer, roster, "区主管部门审核")
    desks.signs(people.education_head, roster, "区主管部门负责人审批")
    desks.signs(people.finance_reviewer, roster, "区财政部门接收数据")


def data_then_money(scene: Scene, roster: Roster) -> None:
    """The department's officers, not the bureau's; an order before the data is refused."""
    first, second, bank = scene.people.education_officer1, scene.people.education_officer2, scene.people.bank
    finance = scene.people.officer1
    finance.open("/money/batches/new/")
    finance.misses(roster.quota.document_number)
    desks.makes_a_batch(scene, first, roster, roster.quota.document_number, data_first=True)
    desks.releases(scene, second)
    bank.open(f"/money/bank/{scene.batch.pk}/")
    bank.sees("资金尚未到账")
    bank.has_no("button", "资金与数据一致")
    move_clock(first, "2026-09-30T16:00")
    times = {"succeeded": "2026-09-30T16:00", "arrived": "2026-09-30T16:00"}
    desks.orders_for_the_batch(first, scene.batch, "ZF2026000001", **times)
    bank.open(f"/money/bank/{scene.batch.pk}/")
    clock = bank.page.locator("aside dl.facts > div", has_text="第二十八条第（五）项")
    VERIFY.on(clock)
    leads_to_its_rule(bank, clock, VERIFY, "1个工作日内核实")


def bank_verifies_over_national_day(scene: Scene) -> None:
    officer, bank = scene.people.education_officer1, scene.people.bank
    shown(bank, VERIFY)
    move_clock(officer, "2026-10-08T10:00")
    desks.verifies(bank, scene.batch)
    expect(shown(bank, VERIFY, state="done")).to_contain_text("按时办结")
    shown(bank, PAYOUT)
    move_clock(officer, "2026-10-09T11:00")
    desks.finishes(bank, scene.batch, "2026-10-09T11:00")
    leads_to_its_rule(bank, shown(bank, FEEDBACK), FEEDBACK, "在发放结束后3个工作日内")
    passes(FEEDBACK, mover=officer, watch=bank, unit=scene.batch.bank.name)


def school_declares_again(scene: Scene, roster: Roster) -> Roster:
    """The bank's answer brings the failed line back to the school; nobody re-issues it from above."""
    people = scene.people
    move_clock(people.education_officer1, "2026-10-14T09:00")
    desks.answers(people.bank, scene.batch, scene.files, fails="乙小福")
    people.education_officer1.open("/money/reissue/")
    people.education_officer1.sees("没有可以补发的支付")
    failed = payment_of("乙小福")
    again = Roster.objects.get(corrects=roster)
    school = people.school_clerk01
    school.menu("发放失败")
    school.follow("已处理")
    school.follow(again.number, within=school.row("乙小福"))
    school.sees("发放失败重新申报")
    desks.asks_for_another_card(people.clerk01, failed.payee_id, "永川示范农商银行")
    desks.approves_the_card(people.station01, "乙小福")
    school.open(f"/rosters/{again.pk}/")
    school.press("按底册更新")
    school.sees_message("已按底册更新1行")
    check(scene.school, again)
    school.open(f"/rosters/{again.pk}/send/")
    school.press("送审")
    school.sees_message("镇乡（街道）、学校审核")
    return again


def what_came_back_pays_it(scene: Scene, again: Roster) -> None:
    people = scene.people
    first, bank = people.education_officer1, people.bank
    scene.signed(again, until=Roster.Status.NOTICE)
    desks.posts(people.school_clerk01, again, ends="2026年10月19日24:00")
    move_clock(first, "2026-10-20T09:00")
    again = scene.signed(again, until=Roster.Status.APPROVED)
    desks.makes_a_batch(scene, first, again, again.quota.document_number, data_first=True)
    desks.releases(scene, people.education_officer2)
    first.open(f"/money/batches/{scene.batch.pk}/")
    first.follow("用代发户余款")
    first.select("到账", "ZF2026000001")
    first.press("用这笔资金发放")
    first.sees_message("资金")
    desks.verifies(bank, scene.batch)
    desks.answers(bank, scene.batch, scene.files)
    again.refresh_from_db()
    assert again.status == Roster.Status.CLOSED
