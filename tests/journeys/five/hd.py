"""洪洞县: the department pays, pushes the data and starts the re-issue; three parties clear the year."""

from playwright.sync_api import expect

from disbursement.models import Clearing
from rosters.models import Roster
from tests.journeys import desks
from tests.journeys.scenes import Scene, payment_of
from tests.journeys.story import move_clock
from tests.journeys.timetable import Due, leads_to_its_rule, passes, shown

LIST = Due("policy_list.public_by", "2026-03-31T24:00", "二（二）", "最迟不晚于3月底")
PAYOUT = Due("bank.payout", "2026-04-09T24:00", "", "3日到齐，4日至6日放假，7日第1日，8日第2日，9日第3日")
FEEDBACK = Due("bank.feedback", "2026-04-14T24:00", "", "9日发放结束，10日第1日，13日第2日，14日第3日")


def list_is_public_in_time(scene: Scene, roster: Roster) -> None:
    head, clerk = scene.people.finance_head, scene.people.clerk01
    move_clock(clerk, "2026-03-23T09:00")
    notice = desks.posts(clerk, roster, ends="2026年3月28日24:00")
    desks.reads_the_notice(scene.people.villager(), notice, "乙永福")
    move_clock(clerk, "2026-03-31T15:00")
    shown(head, LIST)
    head.open("/policies/list/2026/")
    clock = head.main.locator("p", has_text="公布期限")
    LIST.on(clock)
    leads_to_its_rule(head, clock, LIST, "最迟不晚于3月底公布")
    head.open("/policies/list/2026/")
    head.press("公布清单")
    head.sees_message("清单已公布")
    expect(shown(head, LIST, state="done")).to_contain_text("按时办结")


def department_pays(scene: Scene, roster: Roster) -> None:
    """The department's two officers order, make and release; the bureau's officer has nothing to make."""
    first, finance, bank = scene.people.agriculture_officer1, scene.people.officer1, scene.people.bank
    move_clock(first, "2026-04-03T10:00")
    roster = scene.signed(roster, until=Roster.Status.APPROVED)
    desks.enters_an_order(
        first, roster, "ZF2026000001", succeeded="2026-04-03T09:00", arrived="2026-04-03T09:30", more_fen=20_000
    )
    finance.open("/money/batches/new/")
    finance.misses(roster.title)
    finance.misses("1 份")
    desks.makes_a_batch(scene, first, roster, "ZF2026000001")
    desks.releases(scene, scene.people.agriculture_officer2)
    leads_to_its_rule(bank, shown(bank, PAYOUT), PAYOUT, "3个工作日")
    move_clock(first, "2026-04-09T15:00")
    desks.finishes(bank, scene.batch, "2026-04-09T15:00")
    passes(FEEDBACK, mover=first, watch=bank, unit=scene.batch.bank.name)
    desks.answers(bank, scene.batch, scene.files, fails="乙永福")


def department_starts_the_reissue(scene: Scene) -> None:
    people = scene.people
    first = people.agriculture_officer1
    move_clock(first, "2026-04-16T10:00")
    desks.asks_for_another_card(people.clerk01, payment_of("乙永福").payee_id, "洪洞示范农商银行")
    desks.approves_the_card(people.station01, "乙永福")
    people.officer1.open("/money/reissue/")
    people.officer1.sees("没有可以补发的支付")
    desks.makes_a_reissue(scene, first, "ZF2026000001", "乙永福")
    desks.releases(scene, people.agriculture_officer2)
    desks.answers(people.bank, scene.batch, scene.files)


def three_parties_clear(scene: Scene, roster: Roster) -> None:
    """The department's officer seals; the bank finds a figure wrong once; then all three agree."""
    people = scene.people
    first = people.agriculture_officer1
    move_clock(first, "2027-01-01T09:00")
    clearing = Clearing.objects.get(policy=roster.policy, year=2026)
    desks.seals(first, clearing.pk)
    desks.disputes(people.bank, clearing.pk, "代发户余额请再核对一次。")
    desks.seals(first, clearing.pk)
    first.has_no("link", "上缴结余，办结")
    for person in (people.finance_head, people.agriculture_head, people.bank):
        desks.confirms(person, clearing.pk)
    desks.finishes_the_year(first, clearing.pk, handed_back="2027-01-01T08:30")
    people.auditor.open(f"/money/clearings/{clearing.pk}/report/")
    for office in (scene.county.county.finance_bureau.name, roster.policy.department.name, scene.batch.bank.name):
        people.auditor.sees(office)
    people.auditor.sees("JK2026000001")
