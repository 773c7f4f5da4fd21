"""扎赉特旗's year by its measures of 2025: money before data, five days on the board, 24 hours at the bank.

Every date in the tables was counted by hand on the State Council's calendar of 2026: 春节 15日至23日放假，2月14日、
2月28日（周六）上班；国庆 1日至7日放假，10月10日（周六）上班.
"""

from datetime import date

import pytest

from accounts.models import Organisation
from accounts.workbench import todos_for
from disbursement import services as disbursement
from disbursement.models import Batch, Payment, RecoveryCase
from disbursement.services import clearing as clearings
from households import services as households
from households.models import DeathNotice, Person
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotYet, Refusal
from publicity import services as publicity
from rosters import services as rosters
from rosters.models import Roster
from rulebook.models import Deadline
from subsidies import services as subsidies
from subsidies.models import Policy
from tests.counties import CountyDatabase, county_db
from tests.ways.days import SILENT, Clock, breached, state
from tests.ways.turn import asked_for, notice_comes
from tests.ways.year import NO_SUCH_ACCOUNT, Year, fresh, month, scan

__all__ = ["county_db"]
pytestmark = pytest.mark.county("zlt")

LAND, GROWERS, GRAIN, ELDERS = "2130122", "ZLT00004", "ZLT00002", "2080502"
Kind, Stand = Organisation.Kind, Deadline.State


@pytest.mark.req("POL-3", "POL-4", "PUB-1", "PAY-1", "PAY-4", "PAY-5", "FND-2", "REG-5", "REG-9", "REC-2")
@pytest.mark.rule(
    "ZLT:notice.window", "ZLT:notice.post_within", "ZLT:objection.handle_within", "ZLT:entry.after_notice",
    "ZLT:submission.requires_arrival", "ZLT:data.before_money", "ZLT:dispatch.by", "ZLT:dispatch.to_bank",
    "ZLT:bank.payout", "ZLT:bank.feedback", "ZLT:account.fix", "ZLT:failure.department", "ZLT:failure.way",
    "ZLT:reissue.started_by", "ZLT:policy_list.public_by", "ZLT:policy.change", "ZLT:chain", "ZLT:death.production",
    "ZLT:virtual_households", "ZLT:clearing.parties", "ZLT:clearing.at", "ZLT:declaring.kinds",
)  # fmt: skip
def test_a_year_from_the_list_to_the_clearing(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    people = [year.person(name) for name in ("甲一", "甲二", "甲三")]
    _new_terms_are_public_before_anything_is_declared(year)
    _over_spring_festival(year)
    _heir_and_guest(year, people[1])
    _over_national_day(year, people)
    _turn_of_the_year(year)
    _cleared(year)


def _new_terms_are_public_before_anything_is_declared(year: Year) -> None:
    """第八条：在发放补贴之前公开；第十条、第十四条第一款：变更由主管部门提出，财政部门会同调整清单."""
    year.to("2026-01-06T09:00")
    change = year.new_terms(LAND, since="2026-01-12")
    assert year.agreed(change) == ["department", "finance", "finance"]
    with pytest.raises(Invalid, match="还没有公开") as refused:
        year.roster(LAND)
    assert refused.value.rule == "policy_list.public_by"
    year.to("2026-01-12T09:00")
    assert year.published().number == 1


def _over_spring_festival(year: Year) -> None:
    year.to("2026-02-05T10:00")
    roster = year.roster(LAND)
    year.compiled(roster)
    posting = Clock("notice.post_within", roster, "2026-02-05T10:00", "2026-02-12T24:00", "第十九条第（三）项",
                    "2月5日不算，6日第1日，9日、10日、11日，12日第5日")  # fmt: skip
    year.days.hold(posting)
    year.to("2026-02-11T09:00")
    notice = year.posted(roster)
    window = Clock("notice.window", notice, "2026-02-11T09:00", "2026-02-16T24:00", "第十六条第二款",
                   "张贴当天不算，12日第1日，16日第5日；自然日，春节假期照算，不顺延")  # fmt: skip
    year.days.hold(posting, window)
    year.to("2026-02-13T15:00")
    order = year.order(roster.quota, fresh(roster).total_fen, "2026-02-13T15:00")
    dispatch = Clock("dispatch.to_bank", order, "2026-02-13T15:00", "2026-02-24T24:00", "第十九条第（三）项",
                     "14日（周六上班）第1日，15日至23日放假，24日第2日")  # fmt: skip
    year.days.hold(dispatch)
    year.to("2026-02-16T23:50")
    with pytest.raises(NotYet, match="公示"):
        year.signed(roster)
    year.to("2026-02-17T09:00")
    entered = Clock("entry.after_notice", roster, "2026-02-16T24:00", "2026-02-26T24:00", "第十六条第三款",
                    "16日24时期满，17日至23日放假，24日第1日，25日，26日第3日")  # fmt: skip
    year.days.hold(window, entered)
    with pytest.raises(NotYet, match="到账"):
        year.signed(roster)
    arrival = year.arrival(order, "2026-02-17T08:30")
    year.to("2026-02-24T10:00")
    assert year.signed(roster).status == Roster.Status.APPROVED
    steps = ["station", "leader", "dept_review", "dept_head", "finance_review", "finance_head"]
    assert list(roster.decisions.filter(action="approve").order_by("pk").values_list("step", flat=True)) == steps
    year.to("2026-02-24T15:00")
    with pytest.raises(Forbidden) as refused:
        disbursement.make_batch(by=year.of_department(LAND, "officer1"), arrival=arrival, rosters=[fresh(roster)])
    assert refused.value.rule == "dispatch.by"
    batch = year.sent(year.made(arrival, [roster]))
    year.days.hold(dispatch)
    assert state("dispatch.to_bank", order) == Stand.MET
    _the_bank_is_late(year, batch)
    _what_failed_is_mended_and_paid_again(year, roster, batch)


def _the_bank_is_late(year: Year, batch: Batch) -> None:
    rows = [
        Clock(kind, batch, "2026-02-24T15:00", "2026-02-25T15:00", "第十九条第（三）项",
              "资金先到，数据24日15时送达，24小时到25日15时；返回结果与发放同一个24小时")
        for kind in ("bank.payout", "bank.feedback")
    ]  # fmt: skip
    year.days.hold(*rows)
    assert breached("bank.payout", batch) == ""
    year.to("2026-02-25T15:05")
    year.days.hold(*rows)
    assert breached("bank.payout", batch) == breached("bank.feedback", batch) == Kind.BANK


def _what_failed_is_mended_and_paid_again(year: Year, roster: Roster, batch: Batch) -> None:
    year.to("2026-02-25T16:00")
    first, second, third = year.answered(batch, fails=dict.fromkeys((1, 2, 3), NO_SUCH_ACCOUNT))
    rows = [
        Clock(kind, payment, "2026-02-25T16:00", "2026-03-03T24:00", article,
              "26日第1日，27日第2日，28日（周六上班）第3日，3月1日（周日）不算，2日第4日，3日第5日")
        for payment in (first, second, third)
        for kind, article in (("account.fix", "第二十条第（一）项"), ("failure.department", "第十四条第二款"))
    ]  # fmt: skip
    year.days.hold(*rows)
    year.to("2026-02-27T10:00")
    year.treasury.mend(year.who, first)
    assert state("account.fix", first) == state("failure.department", first) == Stand.MET
    year.to("2026-03-04T09:00")
    year.days.hold(*rows)
    assert (breached("account.fix", first), breached("account.fix", second)) == ("", Kind.TOWNSHIP)
    assert breached("failure.department", second) == Kind.DEPARTMENT
    year.treasury.mend(year.who, second)
    assert state("account.fix", second) == Stand.LATE
    # 第二十条第（一）项：无法联系补贴对象的，移出清册.
    disbursement.take_out(by=year.of_department(LAND, "reviewer"), payment=third, reason="多次联系不上本人。")
    year.to("2026-03-05T10:00")
    arrival = batch.arrival
    assert arrival is not None
    with pytest.raises(Forbidden) as refused:
        year.reissue(arrival, [first, second], by=year.of_department(LAND, "officer1"))
    assert refused.value.rule == "reissue.started_by"
    again = year.reissue(arrival, Payment.objects.filter(pk__in=[first.pk, second.pk]))
    payout = Clock("bank.payout", again, "2026-03-05T10:00", "2026-03-06T10:00", "第十七条第二款",
                   "补发数据5日10时送达，24小时到6日10时")  # fmt: skip
    year.days.hold(payout)
    year.to("2026-03-05T20:00")
    assert year.answered(again) == []
    assert state("bank.payout", again) == Stand.MET
    assert fresh(roster).status == Roster.Status.CLOSED


def _heir_and_guest(year: Year, deceased: Person) -> None:
    """第十六条第五款：转录给继承人；第十八条：跨区划的引用补贴对象信息."""
    year.to("2026-08-17T09:00")
    son = year.relative(deceased, "甲二子")
    by = year.who.clerk
    households.mark_dead(by=by, person=deceased, on=date(2026, 8, 15))
    told = DeathNotice.objects.filter(death__person=deceased).values_list("organisation__kind", flat=True)
    assert set(told) == {Kind.TOWNSHIP, Kind.FINANCE_STATION, Kind.FINANCE_BUREAU}
    papers = {"relation_proof": scan(by, "户口簿.pdf"), "certificate": scan(by, "死亡证明.pdf")}
    paper_of = households.request_succession(by=by, deceased=deceased, heir=son, relation="儿子", **papers)
    households.approve_succession(by=year.users["station01"], succession=paper_of, opinion="原件已核对。")
    guest = year.person("乙一", township=2)
    numbers = crypto.decrypt(guest.id_cipher)
    reference = households.request_reference(
        by=by, host=year.who.organisation.division, name="乙一", id_number=numbers, reason="在我乡镇承包耕地。"
    )
    households.consent_reference(by=year.users["station02"], reference=reference)


def _over_national_day(year: Year, people: list[Person]) -> None:
    guest = Person.objects.get(name="乙一")
    year.to("2026-09-28T09:00")
    roster = year.roster(GROWERS, [year.pick(GROWERS, person, "10") for person in (*people, guest)])
    year.to("2026-09-28T10:00")
    year.compiled(roster)
    posting = Clock("notice.post_within", roster, "2026-09-28T10:00", "2026-10-10T24:00", "第十九条第（三）项",
                    "29日第1日，30日第2日，10月1日至7日放假，8日第3日，9日第4日，10日（周六上班）第5日")  # fmt: skip
    year.days.hold(posting)
    year.to("2026-09-30T16:00")
    notice = year.posted(roster)
    window = Clock("notice.window", notice, "2026-09-30T16:00", "2026-10-05T24:00", "第十六条第二款",
                   "10月1日第1日，5日第5日；自然日，国庆假期照算，不顺延")  # fmt: skip
    assert state("notice.post_within", roster) == Stand.MET
    year.to("2026-10-03T10:00")
    objection = publicity.raise_objection(
        notice=notice, content="甲三家种的没有这么多，请核实。", contact_name="丁一", contact_phone="19900000001"
    )
    handling = Clock("objection.handle_within", objection, "2026-10-03T10:00", "2026-10-13T24:00", SILENT,
                     "3日至7日放假，8日第1日，9日，10日（周六上班）第3日，12日，13日第5日")  # fmt: skip
    year.to("2026-10-08T10:00")
    entered = Clock("entry.after_notice", roster, "2026-10-05T24:00", "2026-10-10T24:00", "第十六条第三款",
                    "5日24时期满，8日第1日，9日，10日（周六上班）第3日")  # fmt: skip
    order = year.order(roster.quota, fresh(roster).total_fen, "2026-10-08T10:00")
    dispatch = Clock("dispatch.to_bank", order, "2026-10-08T10:00", "2026-10-10T24:00", "第十九条第（三）项",
                     "9日第1日，10日（周六上班）第2日")  # fmt: skip
    year.days.hold(window, handling, entered, dispatch)
    with pytest.raises(Conflict, match="异议"):
        year.signed(roster)
    arrival = year.arrival(order, "2026-10-08T10:00")
    year.to("2026-10-09T09:00")
    publicity.settle_objection(
        by=year.users["leader01"], objection=objection, upheld=False, result="已到地头量过，与清册一致。"
    )
    assert state("objection.handle_within", objection) == state("entry.after_notice", roster) == Stand.MET
    year.to("2026-10-10T10:00")
    assert year.signed(roster).status == Roster.Status.APPROVED
    year.to("2026-10-12T09:00")
    year.days.hold(posting, window, handling, entered, dispatch)
    assert breached("dispatch.to_bank", order) == Kind.FINANCE_BUREAU
    batch = year.sent(year.made(arrival, [roster]))
    assert state("dispatch.to_bank", order) == Stand.LATE
    payout = Clock("bank.payout", batch, "2026-10-12T09:00", "2026-10-13T09:00", "第十九条第（三）项",
                   "数据12日9时送达，24小时到13日9时")  # fmt: skip
    year.days.hold(payout)
    year.to("2026-10-12T17:00")
    assert year.answered(batch) == []
    names = {payment.payee_name for payment in year.payments(batch, Payment.Status.PAID)}
    assert names == {"甲一", "甲二子", "甲三", "乙一"}


def _turn_of_the_year(year: Year) -> None:
    """31 December and two working days, with no calendar of 2027: the clock waits, is alerted of, and then runs."""
    year.to("2026-12-21T10:00")
    roster = year.roster(GRAIN)
    year.compiled(roster)
    year.to("2026-12-22T10:00")
    year.posted(roster)
    year.to("2026-12-31T10:00")
    order = year.order(roster.quota, fresh(roster).total_fen, "2026-12-31T10:00")
    assert state("dispatch.to_bank", order) == Stand.BLOCKED
    arrival = year.arrival(order, "2026-12-31T10:00")
    assert year.signed(roster).status == Roster.Status.APPROVED
    asked_for(year)
    year.to("2026-12-31T15:00")
    notice_comes(year)
    dispatch = Clock("dispatch.to_bank", order, "2026-12-31T10:00", "2027-01-05T24:00", "第十九条第（三）项",
                     "2027年1月1日至3日放假（演练用的安排），4日第1日，5日第2日")  # fmt: skip
    year.days.hold(dispatch)
    year.to("2027-01-04T09:00")
    batch = year.sent(year.made(arrival, [roster]))
    payout = Clock("bank.payout", batch, "2027-01-04T09:00", "2027-01-05T09:00", "第十九条第（三）项", "24小时")
    year.days.hold(dispatch, payout)
    year.to("2027-01-04T16:00")
    assert year.answered(batch) == []


def _cleared(year: Year) -> None:
    """第二十一条：财政、主管部门与代理金融机构对账，代发户的结余收回."""
    year.to("2027-01-08T09:00")
    codes = (LAND, GROWERS, GRAIN)
    assert [card.title for card in todos_for(year.payer(LAND)) if "清算" in card.title]
    year.sealed(LAND)
    finance, department, bank = year.parties(LAND)
    for user in (finance, department):
        year.confirm(LAND, user)
    with pytest.raises(Conflict, match="还没有确认") as refused:
        year.finish(LAND)
    assert refused.value.rule == "clearing.parties"
    clearings.dispute_clearing(by=bank, clearing=year.clearing(LAND), reason="代发户结余与我行台账差一笔。")
    year.cleared(*codes)
    left = year.clearing(LAND)
    assert (left.round, left.left_fen) == (2, Payment.objects.get(disposal=Payment.Disposal.TAKEN_OUT).amount_fen)
    with pytest.raises(Refusal):
        year.roster(LAND, quota=left.parts.order_by("pk")[0].quota)
    year.whole()


# --- Single ways ------------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-9", "REC-3")
@pytest.mark.rule("ZLT:death.identity")
def test_what_was_paid_for_a_person_after_the_death_is_told_of_and_asked_back(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    old = year.person("甲一", birth=date(1940, 5, 1))
    other = year.person("甲二", birth=date(1941, 5, 1))
    year.to("2026-03-02T09:00")
    quota = year.quota(ELDERS)
    roster = year.roster(ELDERS, [year.pick(ELDERS, p, tier="80") for p in (old, other)], quota=quota, period=month(3))
    year.compiled(roster)
    year.posted(roster)
    year.to("2026-03-09T09:00")
    arrival = year.arrival(year.order(quota, fresh(roster).total_fen, "2026-03-09T08:00"), "2026-03-09T08:30")
    year.signed(roster)
    batch = year.sent(year.made(arrival, [roster]))
    year.answered(batch)
    following = year.roster(ELDERS, [year.pick(ELDERS, p, tier="80") for p in (old, other)], quota=quota,
                            period=month(4))  # fmt: skip
    year.compiled(following)
    year.to("2026-03-25T09:00")
    # 第十六条第五款：立即停止发放，向苏木乡镇、财政所通报，反馈旗财政局；已发放的全额追缴.
    households.mark_dead(by=year.who.clerk, person=old, on=date(2026, 2, 20))
    assert DeathNotice.objects.filter(death__person=old).count() == 3
    case = RecoveryCase.objects.get()
    assert (case.amount_fen, case.person) == (10000, old)
    year.posted(following)
    year.to("2026-03-31T09:00")
    with pytest.raises(Refusal, match="死亡"):
        year.signed(following)


@pytest.mark.req("POL-3")
@pytest.mark.rule("ZLT:policy.addition")
def test_a_new_policy_goes_by_the_league_to_the_region(county_db: CountyDatabase) -> None:
    """第三十条：主管部门形成文件（依据、表样）报旗财政局，盟财政部门审核同意后转报自治区财政厅审批."""
    year = Year(county_db)
    change = year.new_policy("ZLT90001", department="agriculture")
    assert year.agreed(change) == ["department", "finance", "finance", "league", "region"]
    made = Policy.objects.get(code="ZLT90001")
    with pytest.raises(Invalid):
        rosters.create_roster(by=year.who.clerk, policy=made, quota=year.quota(made.code, level="county"),
                              period_start=date(2026, 1, 1), period_end=date(2026, 12, 31))  # fmt: skip


@pytest.mark.req("POL-6")
@pytest.mark.rule("ZLT:emergency.other_channels")
def test_relief_in_an_emergency_is_registered_with_its_channel(county_db: CountyDatabase) -> None:
    """第二条：存在特殊情况的项目除外."""
    year = Year(county_db)
    entry = year.emergency(ELDERS)
    with pytest.raises(Forbidden):
        subsidies.confirm_emergency(by=year.of_department(ELDERS, "head"), entry=entry)
    assert subsidies.confirm_emergency(by=year.users["finance_reviewer"], entry=entry).state == "confirmed"


@pytest.mark.req("REG-7")
@pytest.mark.rule("ZLT:account.one_card", "ZLT:account.social_card")
def test_one_person_has_one_card_best_a_social_security_card(county_db: CountyDatabase) -> None:
    """第三条：补贴一卡发；第十七条第二款：支付到补贴对象社保卡."""
    year = Year(county_db)
    with pytest.raises(Conflict) as refused:
        year.card(year.person("甲一"))
    assert refused.value.rule == "account.one_card"
    assert year.card(year.without_card("甲二"), social_card=False).social_card is False
