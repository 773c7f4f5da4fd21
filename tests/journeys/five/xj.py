"""疏附县: cash at the village assembly, back in the account the same day; a local holiday moves the bank's days."""

from playwright.sync_api import expect

from rosters.models import Roster
from subsidies.models import Quota
from tests.journeys import cash_desk, desks
from tests.journeys.scenes import Scene
from tests.journeys.story import move_clock
from tests.journeys.timetable import Due, leads_to_its_rule, passes, shown

# By the local holidays that came with the portal as an example, and by those that the region's notice then orders.
PAYOUT = Due("bank.payout", "2026-03-25T24:00", "二（三）", "20日肉孜节，21日、22日周末，23日第1日，24日，25日第3日")
PAYOUT_ANEW = Due("bank.payout", "2026-03-24T24:00", "二（三）", "22日（周日）上班第1日，23日第2日，24日第3日")
RETURN = Due("cash.return", "2026-03-23T24:00", "二（二）", "23日领出，当日存回")
FEEDBACK = Due("bank.feedback", "2026-03-26T24:00", "三（四）", "24日发放结束，25日第1日，26日第2日；自然日")
LIST = Due("policy_list.public_by", "2026-06-30T24:00", "四（二）", "每年6月底以前")


def clerk_begins_a_roster_of_cash(scene: Scene, quota: Quota) -> Roster:
    clerk = scene.people.clerk01
    clerk.open("/rosters/new/")
    clerk.select("补贴政策", quota.policy.name)
    clerk.select("资金指标", quota.document_number)
    clerk.fill("所属期起", "2026-03-01")
    clerk.fill("所属期止", "2026-03-31")
    clerk.select("发放方式", "现金")
    clerk.press("新建")
    clerk.sees_message("已新建清册")
    return scene.relief(clerk.number_in_address(r"/rosters/(\d+)/"))


def money_and_data(scene: Scene, land: Roster, cash: Roster) -> None:
    clerk, officer = scene.people.clerk01, scene.people.officer1
    move_clock(officer, "2026-03-11T09:00")
    desks.posts(clerk, land, ends="2026年3月16日24:00")
    notice = desks.posts(clerk, cash, ends="2026年3月16日24:00")
    desks.reads_the_notice(scene.people.villager(), notice, "乙永福")
    move_clock(officer, "2026-03-19T10:00")
    for number, roster in enumerate((cash, land), start=1):
        approved, order = scene.signed(roster, until=Roster.Status.APPROVED), f"ZF202600000{number}"
        desks.enters_an_order(officer, approved, order, succeeded="2026-03-19T09:00", arrived="2026-03-19T09:30")
        desks.makes_a_batch(scene, officer, approved, order)
        desks.releases(scene, scene.people.officer2)


def holiday_is_entered(scene: Scene) -> None:
    """The region's notice, with a worked Sunday, comes while the bank's days run: they are counted anew."""
    admin, bank = scene.people.admin, scene.people.bank
    leads_to_its_rule(bank, shown(bank, PAYOUT), PAYOUT, "3个工作日")
    admin.open("/rules/calendar/local/?year=2026")
    given = {
        "name": "肉孜节",
        "since": "2026-03-20",
        "until": "2026-03-21",
        "worked": "2026-03-22",
        "title": "自治区2026年肉孜节放假通知（示例）",
    }
    for name, value in given.items():
        admin.page.locator(f'[name="single-{name}"]').fill(value)
    admin.page.locator('form:has([name="single-name"]) button').click()
    admin.sees(PAYOUT.pattern)
    admin.sees(PAYOUT_ANEW.pattern)
    admin.press("确认生效")
    shown(bank, PAYOUT_ANEW)


def assembly(scene: Scene, cash: Roster) -> None:
    clerk, officer = scene.people.clerk01, scene.people.officer1
    session = cash_desk.plans(clerk, scene.county.villages()[0].name, held="2026-03-23T10:00")
    move_clock(officer, "2026-03-23T10:00")
    cash_desk.draws(clerk, session, at="2026-03-23T10:00", fen=cash.total_fen)
    clerk.open(f"/money/cash/{session.pk}/")
    clock = clerk.page.locator("aside dl.facts > div", has_text="二（二）")
    RETURN.on(clock)
    leads_to_its_rule(clerk, clock, RETURN, "应在当日存入乡、村对公账户")
    shown(clerk, RETURN)
    cash_desk.hands_out(clerk, session, absent="丙福")
    move_clock(officer, "2026-03-23T18:00")
    cash_desk.settles(clerk, session, at="2026-03-23T17:30")
    expect(shown(clerk, RETURN, state="done")).to_contain_text("按时办结")
    cash_desk.brings_the_scans(clerk, session, scene.files)
    cash_desk.closes(scene.people.leader01, session)
    clerk.menu("发放失败")
    expect(clerk.row("丙福")).to_contain_text("现金未领取")


def bank_pays(scene: Scene) -> None:
    officer, bank = scene.people.officer1, scene.people.bank
    move_clock(officer, "2026-03-24T16:00")
    desks.finishes(bank, scene.batch, "2026-03-24T16:00")
    expect(shown(bank, PAYOUT_ANEW, state="done")).to_contain_text("按时办结")
    leads_to_its_rule(bank, shown(bank, FEEDBACK), FEEDBACK, "发放后2日内")
    move_clock(officer, "2026-03-26T10:00")
    desks.answers(bank, scene.batch, scene.files)
    expect(shown(bank, FEEDBACK, state="done")).to_contain_text("按时办结")


def list_is_late(scene: Scene) -> None:
    """Nobody published the year's list: the bureau's own record says so, and its late publication too."""
    head = scene.people.finance_head
    unit = scene.county.county.finance_bureau.name
    passes(LIST, mover=scene.people.officer1, watch=head, unit=unit)
    head.open("/policies/list/2026/")
    head.press("公布清单")
    head.sees_message("清单已公布")
    expect(shown(head, LIST, state="done")).to_contain_text("逾期办结")
