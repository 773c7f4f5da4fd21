"""疏附县's year by the scheme of 新疆: paid by the month, by card in three working days, in cash at assemblies.

Every date in the tables was counted by hand on the State Council's calendar of 2026 and the region's own days off:
春节 2月15日至23日放假，2月14日、2月28日（周六）上班；肉孜节 3月20日放假；国庆 10月1日至7日放假，10月10日（周六）上班.
"""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Organisation
from disbursement import services as disbursement
from disbursement.models import Arrival, Batch, CashSession, Payment, PayoutCycle
from disbursement.services.cash import Member
from lib.errors import Conflict, Forbidden, Invalid
from rosters.models import Roster
from rulebook.models import Breach, Deadline
from subsidies.models import PolicyListYear
from tests.counties import CountyDatabase, county_db
from tests.factories_cash import TEAM, answers, assembly, listed_fen, settlement
from tests.factories_publicity import JPEG
from tests.ways.days import SILENT, Clock, breached, state
from tests.ways.turn import asked_for, local_notice_comes, notice_comes
from tests.ways.year import NO_SUCH_ACCOUNT, Year, fresh, month

__all__ = ["county_db"]
pytestmark = pytest.mark.county("xj")

LAND, ELDERS = "2130122", "2080502"
Kind, Stand = Organisation.Kind, Deadline.State


@pytest.mark.req("POL-3", "POL-4", "PAY-1", "PAY-4", "PAY-5", "PAY-6", "REC-2")
@pytest.mark.rule(
    "XJ:declaring.kinds", "XJ:chain", "XJ:data.before_money", "XJ:dispatch.by", "XJ:bank.payout", "XJ:bank.feedback",
    "XJ:payout.cycle", "XJ:cash.allowed", "XJ:cash.team", "XJ:cash.return", "XJ:failure.way", "XJ:reissue.started_by",
    "XJ:policy_list.public_by", "XJ:notice.window", "XJ:clearing.parties", "XJ:clearing.at",
    "XJ:submission.requires_arrival",
)  # fmt: skip
def test_a_year_from_the_list_to_the_clearing(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    old = [year.person(name, birth=date(1942, 5, 1)) for name in ("甲一", "甲二", "甲三")]
    picks = [year.pick(ELDERS, person, tier="80") for person in old]
    quota = year.quota(ELDERS)

    def declared(number: int) -> Roster:
        return year.roster(ELDERS, picks, quota=quota, period=month(number))

    year.to("2026-02-02T09:00")
    _over_spring_festival(year, declared(2))
    year.to("2026-03-09T09:00")
    _over_a_holiday_of_the_region(year, declared(3))
    _cash_at_the_village(year)
    _list_by_the_end_of_june(year)
    year.to("2026-09-21T09:00")
    _over_national_day(year, declared(9))
    year.to("2026-12-21T09:00")
    _turn_of_the_year(year, declared(12))
    year.to("2027-01-08T09:00")
    year.cleared(ELDERS, LAND)
    year.whole()


def _signed_in_time(year: Year, roster: Roster, until: str) -> None:
    """On the board for its days, then signed to the end; no money is needed for that."""
    year.compiled(roster)
    year.posted(roster)
    year.to(until)
    assert year.signed(roster).status == Roster.Status.APPROVED


def _over_spring_festival(year: Year, roster: Roster) -> None:
    year.compiled(roster)
    notice = year.posted(roster)
    window = Clock("notice.window", notice, "2026-02-02T09:00", "2026-02-07T24:00", SILENT,
                   "3日第1日，7日（周六）第5日；自然日，不顺延")  # fmt: skip
    year.to("2026-02-09T09:00")
    year.days.hold(window)
    assert year.signed(roster).status == Roster.Status.APPROVED
    steps = ["station", "leader", "dept_review", "dept_head", "finance_receive"]
    assert list(roster.decisions.filter(action="approve").order_by("pk").values_list("step", flat=True)) == steps
    year.to("2026-02-12T15:00")
    arrival = year.arrival(year.order(roster.quota, fresh(roster).total_fen, "2026-02-12T09:00"), "2026-02-12T15:00")
    year.to("2026-02-13T16:00")
    with pytest.raises(Forbidden) as refused:
        disbursement.make_batch(by=year.users["bank"], arrival=arrival, rosters=[fresh(roster)])
    assert refused.value.rule == "dispatch.by"
    batch = year.sent(year.made(arrival, [roster]))
    payout = Clock("bank.payout", batch, "2026-02-13T16:00", "2026-02-25T24:00", "二（三）",
                   "14日（周六上班）第1日，15日至23日放假，24日第2日，25日第3日")  # fmt: skip
    year.to("2026-02-24T17:00")
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-02-24T17:00", "2026-02-26T24:00", "三（四）",
                     "24日发放完毕，“2日”按自然日：25日第1日，26日第2日")  # fmt: skip
    cycle = Clock(
        "payout.cycle", _cycle(2), "2026-02-01T00:00", "2026-02-28T24:00", "二（三）", "按月发放，2月28日为月末"
    )
    year.days.hold(payout, feedback, cycle)
    year.to("2026-02-26T10:00")
    (failed,) = year.answered(batch, fails={1: NO_SUCH_ACCOUNT})
    assert {state("bank.payout", batch), state("bank.feedback", batch), state("payout.cycle", _cycle(2))} == {Stand.MET}
    year.to("2026-03-02T10:00")
    year.treasury.mend(year.who, failed)
    # 三（四）：重新核实后交由代发金融机构补发.
    with pytest.raises(Forbidden) as other:
        year.reissue(arrival, [failed], by=year.of_department(ELDERS, "officer1"))
    assert other.value.rule == "reissue.started_by"
    again = year.reissue(arrival, Payment.objects.filter(pk=failed.pk))
    assert year.answered(again) == []
    assert fresh(roster).status == Roster.Status.CLOSED


def _cycle(number: int) -> PayoutCycle:
    return PayoutCycle.objects.get(policy__code=ELDERS, period_start=date(2026, number, 1))


def _over_a_holiday_of_the_region(year: Year, roster: Roster) -> None:
    """肉孜节: Friday 20 March is off here and nowhere else."""
    _signed_in_time(year, roster, "2026-03-16T09:00")
    year.to("2026-03-19T10:00")
    arrival = year.arrival(year.order(roster.quota, fresh(roster).total_fen, "2026-03-19T09:00"), "2026-03-19T10:00")
    batch = year.sent(year.made(arrival, [roster]))
    payout = Clock("bank.payout", batch, "2026-03-19T10:00", "2026-03-25T24:00", "二（三）",
                   "20日（周五）肉孜节放假，21日、22日周末，23日第1日，24日，25日第3日")  # fmt: skip
    year.to("2026-03-25T16:00")
    year.days.hold(payout)
    assert year.answered(batch) == []
    assert state("bank.payout", batch) == Stand.MET


# --- Cash -------------------------------------------------------------------------------------------------------------
def _cash_at_the_village(year: Year) -> None:
    """二（二）：召开村民大会集中发放，小组3人，双方签字；当日未发完的当日存回."""
    for name in ("乙一", "乙二", "乙三"):
        year.home(name)
    year.to("2026-04-02T09:00")
    roster = year.roster(LAND, method=Roster.Method.CASH)
    _signed_in_time(year, roster, "2026-04-09T09:00")
    arrival = year.arrival(year.order(roster.quota, fresh(roster).total_fen, "2026-04-09T09:00"), "2026-04-09T09:00")
    batch = year.made(arrival, [roster])
    disbursement.release_batch(by=year.users["officer2"], batch=batch, total_fen_seen=batch.total_fen)
    year.to("2026-04-13T09:30")
    with pytest.raises(Invalid, match="3名") as refused:
        _planned(year, batch, TEAM[:2])
    assert refused.value.rule == "cash.team"
    session = _drawn(year, _planned(year, batch, TEAM))
    returning = Clock("cash.return", session, "2026-04-13T09:30", "2026-04-13T24:00", "二（二）",
                      "当日（13日）未发放完毕的，当日存回")  # fmt: skip
    year.days.hold(returning)
    year.to("2026-04-13T16:00")
    _settled(year, session, absent={1})
    assert state("cash.return", session) == Stand.MET
    _second_assembly(year, batch, arrival)
    assert fresh(roster).status == Roster.Status.CLOSED


def _second_assembly(year: Year, batch: Batch, arrival: Arrival) -> None:
    """Who did not come is paid at another assembly; this time the rest lies in somebody's drawer overnight."""
    year.to("2026-04-20T09:30")
    failed = year.payments(batch, Payment.Status.FAILED)
    officer = disbursement.make_reissue(by=year.users["officer1"], arrival=_now(arrival), payments=failed)
    disbursement.release_batch(by=year.users["officer2"], batch=officer, total_fen_seen=officer.total_fen)
    session = _drawn(year, _planned(year, officer, TEAM))
    returning = Clock("cash.return", session, "2026-04-20T09:30", "2026-04-20T24:00", "二（二）",
                      "当日（20日）未发放完毕的，当日存回")  # fmt: skip
    year.to("2026-04-21T09:00")
    year.days.hold(returning)
    assert breached("cash.return", session) == Kind.TOWNSHIP
    _settled(year, session, absent=set())


def _now(arrival: Arrival) -> Arrival:
    return Arrival.objects.get(pk=arrival.pk)


def _planned(year: Year, batch: Batch, team: tuple[Member, ...]) -> CashSession:
    village = year.county.villages()[0]
    return disbursement.plan_session(by=year.who.clerk, batch=batch, village=village, assembly=assembly(), team=team)


def _drawn(year: Year, session: CashSession) -> CashSession:
    held: dict[str, Any] = {"reference": f"QK{session.pk}", "at": session.held_at}
    return disbursement.draw_cash(by=year.who.clerk, session=session, amount_fen=listed_fen(session), **held)


def _settled(year: Year, session: CashSession, *, absent: set[int]) -> None:
    clerk = year.who.clerk
    disbursement.record_handouts(by=clerk, session=session, given=answers(session, absent=absent))
    settled = disbursement.settle_session(by=clerk, session=session, settlement=settlement(session))
    for kind in ("signed_list", "photo"):
        disbursement.add_scan(by=clerk, session=session, kind=kind, upload=SimpleUploadedFile(f"{kind}.jpg", JPEG))
    with pytest.raises(Forbidden):
        disbursement.close_session(by=clerk, session=session, handed_fen_seen=settled.handed_fen)
    disbursement.close_session(by=year.users["leader01"], session=session, handed_fen_seen=settled.handed_fen)


# --- The list, the autumn, the year's end -----------------------------------------------------------------------------
def _list_by_the_end_of_june(year: Year) -> None:
    """四（二）：最迟6月底向社会集中统一公开补贴政策清单."""
    this_year = PolicyListYear.objects.get(year=2026)
    listing = Clock("policy_list.public_by", this_year, "2026-01-01T00:00", "2026-06-30T24:00", "四（二）", "6月底")
    year.to("2026-06-30T17:00")
    year.days.hold(listing)
    year.published()
    assert state("policy_list.public_by", this_year) == Stand.MET


def _over_national_day(year: Year, roster: Roster) -> None:
    _signed_in_time(year, roster, "2026-09-28T09:00")
    year.to("2026-09-30T10:00")
    arrival = year.arrival(year.order(roster.quota, fresh(roster).total_fen, "2026-09-30T09:00"), "2026-09-30T10:00")
    year.to("2026-10-08T09:00")
    cycle = Clock(
        "payout.cycle", _cycle(9), "2026-09-01T00:00", "2026-09-30T24:00", "二（三）", "按月发放，9月30日为月末"
    )
    year.days.hold(cycle)
    assert breached("payout.cycle", _cycle(9)) == Kind.FINANCE_BUREAU
    batch = year.sent(year.made(arrival, [roster]))
    payout = Clock("bank.payout", batch, "2026-10-08T09:00", "2026-10-12T24:00", "二（三）",
                   "9日第1日，10日（周六上班）第2日，11日（周日）不算，12日第3日")  # fmt: skip
    year.to("2026-10-13T10:00")
    year.days.hold(payout)
    assert breached("bank.payout", batch) == Kind.BANK
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-10-13T10:00", "2026-10-15T24:00", "三（四）",
                     "13日发放完毕，14日第1日，15日第2日")  # fmt: skip
    year.to("2026-10-16T09:00")
    year.days.hold(feedback)
    assert breached("bank.feedback", batch) == Kind.BANK
    assert year.answered(batch) == []
    states = [state("bank.payout", batch), state("bank.feedback", batch), state("payout.cycle", _cycle(9))]
    assert states == [Stand.LATE] * 3


def _turn_of_the_year(year: Year, roster: Roster) -> None:
    _signed_in_time(year, roster, "2026-12-28T09:00")
    year.to("2026-12-31T10:00")
    arrival = year.arrival(year.order(roster.quota, fresh(roster).total_fen, "2026-12-31T09:00"), "2026-12-31T10:00")
    batch = year.sent(year.made(arrival, [roster]))
    assert state("bank.payout", batch) == Stand.BLOCKED
    asked_for(year)
    year.to("2026-12-31T15:00")
    notice_comes(year)
    local_notice_comes(year)
    payout = Clock("bank.payout", batch, "2026-12-31T10:00", "2027-01-06T24:00", "二（三）",
                   "2027年1月1日至3日放假（演练用的安排），4日第1日，5日，6日第3日")  # fmt: skip
    year.to("2027-01-05T10:00")
    year.days.hold(payout)
    assert year.answered(batch) == []
    assert (state("bank.payout", batch), state("payout.cycle", _cycle(12))) == (Stand.MET, Stand.LATE)


# --- Single ways ------------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-4")
@pytest.mark.rule("XJ:policy_list.public_by")
def test_a_list_that_is_not_public_by_june_is_on_the_bureaus_record(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    year.to("2026-07-01T09:00")
    this_year = PolicyListYear.objects.get(year=2026)
    year.days.hold(
        Clock("policy_list.public_by", this_year, "2026-01-01T00:00", "2026-06-30T24:00", "四（二）", "6月底")
    )
    assert breached("policy_list.public_by", this_year) == Kind.FINANCE_BUREAU
    year.published()
    assert state("policy_list.public_by", this_year) == Stand.LATE
    assert Breach.objects.filter(deadline__kind="policy_list.public_by").count() == 1


@pytest.mark.req("REG-7")
@pytest.mark.rule("XJ:account.social_card")
def test_a_bank_card_is_taken_with_a_word_for_the_social_security_card(county_db: CountyDatabase) -> None:
    """二（七）：鼓励以社会保障卡为载体."""
    year = Year(county_db)
    assert year.card(year.without_card("甲一"), social_card=False).in_use
    with pytest.raises(Conflict):
        year.card(year.person("甲二"))
