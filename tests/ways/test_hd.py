"""洪洞县's year by its notice of 2025: the department pays, sends the data, and pays again; three parties clear.

Every date in the tables was counted by hand on the State Council's calendar of 2026: 春节 2月15日至23日放假，2月14日、
2月28日（周六）上班；国庆 10月1日至7日放假，10月10日（周六）上班.
"""

from datetime import date

import pytest

from accounts.models import Organisation
from disbursement import services as disbursement
from disbursement.models import Batch, Clearing, Payment
from disbursement.services import clearing as clearings
from households import services as households
from lib.errors import Conflict, Forbidden, Refusal
from rosters.models import Roster
from rulebook.models import Deadline
from subsidies import ledger
from subsidies.models import PolicyListYear
from tests.counties import CountyDatabase, county_db
from tests.ways.days import SILENT, Clock, breached, state
from tests.ways.turn import asked_for, notice_comes
from tests.ways.year import CLOSED, Year, fresh, scan

__all__ = ["county_db"]
pytestmark = pytest.mark.county("hd")

LAND, GRAIN, SHEDS = "2130122", "HD00002", "HD00009"
Kind, Stand = Organisation.Kind, Deadline.State


@pytest.mark.req("POL-3", "POL-4", "PAY-1", "PAY-4", "PAY-5", "PAY-8", "REC-2")
@pytest.mark.rule(
    "HD:declaring.kinds", "HD:chain", "HD:submission.requires_arrival", "HD:data.before_money", "HD:dispatch.by",
    "HD:bank.payout", "HD:bank.feedback", "HD:failure.way", "HD:reissue.started_by", "HD:policy_list.public_by",
    "HD:policy.change", "HD:clearing.at", "HD:clearing.parties", "HD:notice.window",
)  # fmt: skip
def test_a_year_from_the_list_to_the_clearing(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    for name in ("甲一", "甲二", "甲三"):
        year.home(name)
    _over_spring_festival(year)
    _list_by_the_end_of_march(year)
    _a_period_that_ends_is_cleared(year)
    _over_national_day(year)
    _turn_of_the_year(year)
    year.to("2027-01-08T09:00")
    _cleared_by_three(year)
    year.whole()


def _over_spring_festival(year: Year) -> None:
    year.to("2026-02-02T09:00")
    roster = year.roster(LAND)
    year.compiled(roster)
    notice = year.posted(roster)
    window = Clock("notice.window", notice, "2026-02-02T09:00", "2026-02-07T24:00", SILENT,
                   "3日第1日，7日（周六）第5日；自然日，不顺延")  # fmt: skip
    year.to("2026-02-10T09:00")
    year.days.hold(window)
    assert year.signed(roster).status == Roster.Status.APPROVED
    # 四：业务主管部门审核后拨付资金；finance signs no single roster.
    steps = ["station", "leader", "dept_review", "dept_head"]
    assert list(roster.decisions.filter(action="approve").order_by("pk").values_list("step", flat=True)) == steps
    batch = _the_department_pays(year, roster, "2026-02-14T10:00")
    payout = Clock("bank.payout", batch, "2026-02-14T10:00", "2026-02-26T24:00", SILENT,
                   "15日至23日放假，24日第1日，25日，26日第3日")  # fmt: skip
    year.to("2026-02-26T10:00")
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-02-26T10:00", "2026-03-02T24:00", SILENT,
                     "27日第1日，28日（周六上班）第2日，3月1日（周日）不算，2日第3日")  # fmt: skip
    year.days.hold(payout, feedback)
    year.to("2026-03-02T10:00")
    (failed,) = year.answered(batch, fails={1: CLOSED})
    assert {state("bank.payout", batch), state("bank.feedback", batch)} == {Stand.MET}
    _the_department_pays_again(year, failed)
    assert fresh(roster).status == Roster.Status.CLOSED


def _the_department_pays(year: Year, roster: Roster, sent: str) -> Batch:
    """四：业务主管部门负责拨付资金、将补贴资金数据推送至代理银行."""
    code, day = roster.policy.code, sent[:10]
    year.to(sent)
    total, finance = fresh(roster).total_fen, year.users["officer1"]
    with pytest.raises(Forbidden) as refused:
        disbursement.enter_order(
            by=finance, number="ZF1", quota=roster.quota, agent_account=year.treasury.agent, amount_fen=total,
            succeeded_at=roster.made_at,
        )  # fmt: skip
    assert refused.value.rule == "dispatch.by"
    arrival = year.arrival(year.order(roster.quota, total, f"{day}T08:30"), f"{day}T09:00")
    with pytest.raises(Forbidden):
        disbursement.make_batch(by=finance, arrival=arrival, rosters=[fresh(roster)])
    batch = year.sent(year.made(arrival, [roster]))
    assert (batch.payer, batch.made_by) == (roster.policy.department, year.of_department(code, "officer1"))
    return batch


def _the_department_pays_again(year: Year, failed: Payment) -> None:
    """四：对发放失败的补贴资金，由业务主管部门发起补发."""
    year.to("2026-03-04T10:00")
    year.treasury.mend(year.who, failed)
    arrival = failed.batch.arrival
    assert arrival is not None
    with pytest.raises(Forbidden) as refused:
        year.reissue(arrival, [failed], by=year.users["officer1"])
    assert refused.value.rule == "reissue.started_by"
    again = year.reissue(arrival, Payment.objects.filter(pk=failed.pk))
    assert again.made_by == year.of_department(LAND, "officer1")
    assert year.answered(again) == []


def _list_by_the_end_of_march(year: Year) -> None:
    """二（二）：当年补贴政策清单最迟不晚于3月底公布."""
    this_year = PolicyListYear.objects.get(year=2026)
    listing = Clock("policy_list.public_by", this_year, "2026-01-01T00:00", "2026-03-31T24:00", "二（二）", "3月底")
    year.to("2026-03-31T17:00")
    year.days.hold(listing)
    year.published()
    assert state("policy_list.public_by", this_year) == Stand.MET


def _a_period_that_ends_is_cleared(year: Year) -> None:
    """四：年末或一个执行期结束后清算，结余收回财政统筹."""
    year.to("2026-05-11T09:00")
    assert year.agreed(year.new_terms(SHEDS, since="2026-05-12", in_force_to="2026-06-30")) == [
        "department", "finance", "finance",
    ]  # fmt: skip
    quota = year.quota(SHEDS, level="county")
    year.to("2026-06-30T23:50")
    assert not Clearing.objects.exists()
    year.to("2026-07-01T09:00")
    clearing = year.clearing(SHEDS)
    assert clearing.period_end == date(2026, 6, 30)
    year.cleared(SHEDS)
    assert ledger.balances(quota)["surplus"] == quota.amount_fen
    assert not Clearing.objects.filter(policy__code=LAND).exists()


def _over_national_day(year: Year) -> None:
    year.to("2026-09-21T09:00")
    heads = year.heads()
    roster = year.roster(GRAIN, [year.pick(GRAIN, head, "10", "01") for head in heads])
    year.compiled(roster)
    year.posted(roster)
    year.to("2026-09-28T09:00")
    year.signed(roster)
    batch = _the_department_pays(year, roster, "2026-10-08T10:00")
    payout = Clock("bank.payout", batch, "2026-10-08T10:00", "2026-10-12T24:00", SILENT,
                   "9日第1日，10日（周六上班）第2日，11日（周日）不算，12日第3日")  # fmt: skip
    year.to("2026-10-13T10:00")
    year.days.hold(payout)
    assert breached("bank.payout", batch) == Kind.BANK
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-10-13T10:00", "2026-10-16T24:00", SILENT, "14日第1日，16日第3日")
    year.to("2026-10-19T09:00")
    year.days.hold(feedback)
    assert breached("bank.feedback", batch) == Kind.BANK
    assert len(year.answered(batch, fails={3: CLOSED})) == 1


def _turn_of_the_year(year: Year) -> None:
    late = year.person("乙一")
    year.to("2026-12-21T09:00")
    quota = Roster.objects.filter(policy__code=GRAIN)[0].quota
    roster = year.roster(GRAIN, [year.pick(GRAIN, late, "10", "01")], quota=quota)
    year.compiled(roster)
    year.posted(roster)
    year.to("2026-12-30T10:00")
    year.signed(roster)
    batch = _the_department_pays(year, roster, "2026-12-31T10:00")
    assert state("bank.payout", batch) == Stand.BLOCKED
    asked_for(year)
    year.to("2026-12-31T15:00")
    notice_comes(year)
    payout = Clock("bank.payout", batch, "2026-12-31T10:00", "2027-01-06T24:00", SILENT,
                   "2027年1月1日至3日放假（演练用的安排），4日第1日，5日，6日第3日")  # fmt: skip
    year.to("2027-01-05T10:00")
    year.days.hold(payout)
    assert year.answered(batch) == []


def _cleared_by_three(year: Year) -> None:
    """四：财政部门、业务主管部门、代发金融机构对发放的补贴资金进行清算."""
    failed = Payment.objects.get(status=Payment.Status.FAILED, disposal=Payment.Disposal.OPEN)
    with pytest.raises(Conflict, match="1笔发放失败没有处理"):
        year.sealed(GRAIN)
    clearings.write_off(
        by=year.of_department(GRAIN, "reviewer"), clearing=year.clearing(GRAIN), payment=failed, reason="本人放弃领取。"
    )
    with pytest.raises(Forbidden):
        clearings.seal_clearing(by=year.users["officer1"], clearing=year.clearing(GRAIN))
    year.sealed(GRAIN)
    finance, department, bank = year.parties(GRAIN)
    for user in (finance, department):
        year.confirm(GRAIN, user)
    with pytest.raises(Conflict, match="还没有确认") as refused:
        year.finish(GRAIN)
    assert refused.value.rule == "clearing.parties"
    year.confirm(GRAIN, bank)
    assert year.finish(GRAIN).left_fen == failed.amount_fen
    year.cleared(LAND)


# --- Single ways ------------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-4")
@pytest.mark.rule("HD:policy_list.public_by")
def test_a_list_that_is_not_public_by_march_is_on_the_bureaus_record(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    year.to("2026-04-01T09:00")
    this_year = PolicyListYear.objects.get(year=2026)
    year.days.hold(
        Clock("policy_list.public_by", this_year, "2026-01-01T00:00", "2026-03-31T24:00", "二（二）", "3月底")
    )
    assert breached("policy_list.public_by", this_year) == Kind.FINANCE_BUREAU
    year.published()
    assert state("policy_list.public_by", this_year) == Stand.LATE


@pytest.mark.req("PAY-6", "PAY-8", "REG-8")
@pytest.mark.rule("HD:cash.allowed", "HD:delegation.allowed", "HD:delegation.approval")
def test_neither_cash_nor_another_persons_card(county_db: CountyDatabase) -> None:
    """五（一）：严禁提取现金发放，严禁转入其他个人的银行卡及账户代发."""
    year = Year(county_db)
    person = year.person("甲一")
    with pytest.raises(Conflict) as cash:
        year.roster(LAND, method=Roster.Method.CASH)
    assert cash.value.rule == "cash.allowed"
    by = year.who.clerk
    papers = households.Consents(scan(by, "一.pdf"), scan(by, "二.pdf"), scan(by, "三.pdf"))
    with pytest.raises(Refusal) as other:
        households.request_delegation(
            by=by, beneficiary=person, delegate=year.relative(person, "甲一子"), policy_codes=[], reason="行动不便。",
            department=year.county.policy(LAND).department, valid_from=date(2026, 1, 5), valid_to=date(2026, 12, 31),
            consents=papers,
        )  # fmt: skip
    assert other.value.rule == "delegation.allowed"


@pytest.mark.req("POL-3")
@pytest.mark.rule("HD:policy.addition")
def test_a_new_policy_is_put_on_the_list_by_finance_and_department(county_db: CountyDatabase) -> None:
    """三（一）：县财政局会同业务主管部门制定补贴政策清单，每年动态调整."""
    year = Year(county_db)
    assert year.agreed(year.new_policy("HD90001", department="agriculture")) == ["department", "finance", "finance"]
    assert year.county.policy("HD90001").published_at is None
