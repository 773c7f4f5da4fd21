"""永吉县: one card, one list, one desk; over Labour Day."""

from playwright.sync_api import expect

from households import services as households
from lib.money import format_yuan
from rosters.models import Roster, RosterLine
from tests.factories import id_number
from tests.journeys import desks, sheets
from tests.journeys.scenes import Scene
from tests.journeys.story import move_clock
from tests.journeys.timetable import Due, leads_to_its_rule, passes, rule_says, shown

PAYOUT = Due("bank.payout", "2026-05-07T24:00", "", "29日到齐，30日第1日，1日至5日放假，6日第2日，7日第3日")
FEEDBACK = Due("bank.feedback", "2026-05-12T24:00", "", "8日发放结束，9日（周六上班）第1日，11日第2日，12日第3日")


def one_card(scene: Scene) -> None:
    """A new person's card must be a social-security card, and there is never a second one."""
    clerk, home = scene.people.clerk01, scene.county.household("丁福")
    child = households.add_person(
        by=scene.township.clerk, household=home, name="丁小福", relation="儿子", is_head=False, id_number=id_number()
    )
    clerk.open(f"/register/people/{child.pk}/account/")
    clerk.fill("开户银行", "永吉示范农商银行")
    clerk.fill("银行账号", sheets.card(31))
    clerk.page.get_by_label("是社会保障卡").uncheck()
    clerk.press("保存")
    clerk.sees_refusal("新纳入补贴的人员须使用社会保障卡")
    clerk.page.locator('.rule-way a[href$="#account.social_card"]').first.click()
    rule_says(clerk, "account.social_card", "二（八）", "原则上新纳入补贴范围人员全部采用社保卡")
    clerk.open(f"/register/people/{home.head_id}/account/")
    clerk.fill("开户银行", "永吉示范农商银行")
    clerk.fill("银行账号", sheets.card(32))
    clerk.press("保存")
    clerk.sees_refusal("更换账户请办理“账户变更”")
    clerk.page.locator('.rule-way a[href$="#account.one_card"]').first.wait_for()


def on_the_board(scene: Scene, roster: Roster, other: Roster) -> None:
    """Two subsidies are posted; the village's one list adds them up, person by person."""
    clerk, officer, villager = scene.people.clerk01, scene.people.officer1, scene.people.villager()
    move_clock(officer, "2026-04-20T09:00")
    for each in (roster, other):
        desks.reads_the_notice(villager, desks.posts(clerk, each, ends="2026年4月25日24:00"), "乙永福")
    villager.open("/public/")
    villager.follow("一张单公示")
    villager.follow(scene.county.county.townships[0].division.name)
    villager.follow(scene.county.villages()[0].name)
    fen = [line.amount_fen for line in RosterLine.objects.filter(beneficiary_name="乙永福")]
    row = villager.row("乙*福")
    for amount in (*fen, sum(fen)):
        expect(row).to_contain_text(format_yuan(amount))
    assert len(fen) == 2
    villager.misses("乙永福")
    move_clock(officer, "2026-04-29T10:00")
    scene.signed(roster, until=Roster.Status.APPROVED)


def one_desk(scene: Scene, *rosters: Roster) -> None:
    """One name opens register, card, payments and rosters of a person; the rules say by which article."""
    clerk = scene.people.clerk01
    clerk.menu("服务窗口")
    clerk.fill("身份证号或姓名", "乙永福")
    clerk.press("查询")
    clerk.sees_heading("乙永福")
    for words in ("社会保障卡", "已发放", *(roster.title for roster in rosters)):
        clerk.sees(words)
    clerk.menu("适用规则")
    for key in ("desk.one_stop", "publicity.one_list"):
        rule_says(clerk, key, "二（八）", "“一站式”经办" if key == "desk.one_stop" else "“一张单”公示")


def pays_over_labour_day(scene: Scene, roster: Roster) -> None:
    officer, bank = scene.people.officer1, scene.people.bank
    desks.enters_an_order(officer, roster, "ZF2026000001", succeeded="2026-04-29T09:00", arrived="2026-04-29T09:30")
    desks.makes_a_batch(scene, officer, roster, "ZF2026000001")
    desks.releases(scene, scene.people.officer2)
    leads_to_its_rule(bank, shown(bank, PAYOUT), PAYOUT, "3个工作日")
    passes(PAYOUT, mover=officer, watch=bank, unit=scene.batch.bank.name)
    move_clock(officer, "2026-05-08T10:00")
    desks.finishes(bank, scene.batch, "2026-05-08T10:00")
    shown(bank, FEEDBACK)
    move_clock(officer, "2026-05-12T23:59")
    desks.answers(bank, scene.batch, scene.files)
    expect(shown(bank, FEEDBACK, state="done")).to_contain_text("按时办结")
