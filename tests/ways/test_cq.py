"""永川区's year by the measures of 重庆市: data to the bank first, then the money for exactly this data.


Every date in the tables was counted by hand on the State Council's calendar of 2026: 春节 2月15日至23日放假，2月14日、
2月28日（周六）上班；中秋 9月25日至27日；国庆 10月1日至7日放假，9月20日（周日）、10月10日（周六）上班.
"""

from datetime import date
from typing import Any

import pytest

from accounts.models import Organisation
from demo.walking import check
from disbursement import services as disbursement
from disbursement.models import Arrival, Batch, Payment
from households import services as households
from households.models import AccountChange, BankAccount, Person
from lib.errors import Conflict, Forbidden, Invalid, NotYet
from publicity import services as publicity
from rosters import services as rosters
from rosters.models import Roster
from rulebook.models import Deadline
from subsidies import services as subsidies
from subsidies.models import Policy
from tests.counties import CountyDatabase, county_db
from tests.factories import account_number
from tests.ways.days import SILENT, Clock, breached, moment, state
from tests.ways.turn import asked_for, notice_comes
from tests.ways.year import NO_SUCH_ACCOUNT, Year, fresh, month, scan

__all__ = ["county_db"]
pytestmark = pytest.mark.county("cq")

LAND, STUDENTS, ELDERS = "2130122", "CQ00007", "2080502"
Kind, Stand = Organisation.Kind, Deadline.State
BANKS = ("bank.verify", "bank.payout", "bank.feedback")


@pytest.mark.req("POL-3", "POL-4", "PAY-1", "PAY-4", "PAY-5", "REG-8", "REC-2")
@pytest.mark.rule(
    "CQ:declaring.kinds", "CQ:chain", "CQ:submission.requires_arrival", "CQ:data.before_money", "CQ:dispatch.by",
    "CQ:bank.verify", "CQ:bank.payout", "CQ:bank.feedback", "CQ:bank.cross_return", "CQ:failure.way",
    "CQ:reissue.started_by", "CQ:policy_list.public_by", "CQ:policy.change", "CQ:notice.window",
    "CQ:objection.handle_within", "CQ:delegation.allowed", "CQ:delegation.approval", "CQ:clearing.parties",
    "CQ:clearing.at",
)  # fmt: skip
def test_a_year_from_the_list_to_the_clearing(county_db: CountyDatabase) -> None:
    year = Year(county_db, school=True)
    _changed_list_is_public_before_anything_is_declared(year)
    _over_spring_festival(year)
    _over_national_day(year)
    _turn_of_the_year(year)
    year.to("2027-01-14T09:00")
    year.cleared(STUDENTS, LAND, ELDERS)
    year.whole()


def _changed_list_is_public_before_anything_is_declared(year: Year) -> None:
    """第二十条：报市级主管部门备案，函告区财政局同意；第二十九条：调整后的清单及时公开."""
    year.to("2026-01-08T09:00")
    change = year.new_terms(LAND, since="2026-01-12")
    assert year.agreed(change) == ["department", "city_department", "finance", "finance"]
    year.to("2026-01-12T09:00")
    with pytest.raises(Invalid, match="还没有公开") as refused:
        year.roster(LAND, who=year.township(1))
    assert refused.value.rule == "policy_list.public_by"
    subsidies.publish_policy(by=year.of_department(LAND, "head"), policy=year.county.policy(LAND))


# --- Spring: a school's pupils ----------------------------------------------------------------------------------------
def _over_spring_festival(year: Year) -> None:
    year.to("2026-02-02T09:00")
    pupils = [year.person(name, birth=date(2012, 5, 1)) for name in ("甲一", "甲二", "甲三")]
    roster = year.roster(STUDENTS, [year.pick(STUDENTS, pupil, tier="01") for pupil in pupils])
    assert roster.organisation.kind == Kind.SCHOOL
    year.compiled(roster)
    year.to("2026-02-03T10:00")
    notice = year.posted(roster)
    window = Clock("notice.window", notice, "2026-02-03T10:00", "2026-02-08T24:00", SILENT,
                   "4日第1日，8日（周日）第5日；自然日，不顺延")  # fmt: skip
    year.to("2026-02-08T10:00")
    with pytest.raises(NotYet, match="公示"):
        year.signed(roster)
    year.to("2026-02-09T09:00")
    year.days.hold(window)
    # 第二十八条第（四）项：按待发放数据申请拨款，上报时不必有钱.
    assert year.signed(roster).status == Roster.Status.APPROVED
    steps = ["unit_review", "dept_review", "dept_head", "finance_receive"]
    assert list(roster.decisions.filter(action="approve").order_by("pk").values_list("step", flat=True)) == steps
    batch = _data_then_money(year, roster, sent="2026-02-11T10:00", arrived="2026-02-13T15:00")
    verify = Clock("bank.verify", batch, "2026-02-13T15:00", "2026-02-14T24:00", "第二十八条第（五）项",
                   "2月13日15时资金后到，14日（周六上班）第1日")  # fmt: skip
    year.days.hold(verify)
    year.to("2026-02-14T16:00")
    with pytest.raises(Conflict, match="还没有核对"):
        year.finished(batch)
    year.verified(batch)
    payout = Clock("bank.payout", batch, "2026-02-14T16:00", "2026-02-24T24:00", SILENT,
                   "14日核对无误，15日至23日放假，24日第1日")  # fmt: skip
    year.to("2026-02-24T11:00")
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-02-24T11:00", "2026-02-27T24:00", "第二十八条第（六）项",
                     "24日发放结束，25日第1日，26日，27日第3日")  # fmt: skip
    year.days.hold(verify, payout, feedback)
    year.to("2026-02-26T10:00")
    failed = year.answered(batch, fails={1: NO_SUCH_ACCOUNT})
    assert [state(kind, batch) for kind in BANKS] == [Stand.MET] * 3
    _declared_again(year, roster, failed)


def _data_then_money(year: Year, roster: Roster, *, sent: str, arrived: str) -> Batch:
    """第二十八条第（三）、（四）项：发放单位先送数据，再按数据拨款；only then do the bank's clocks run."""
    code = roster.policy.code
    year.to(sent)
    with pytest.raises(Forbidden) as refused:
        disbursement.make_batch(by=year.users["officer1"], rosters=[fresh(roster)], agent_account=year.treasury.agent)
    assert refused.value.rule == "dispatch.by"
    with pytest.raises(Conflict, match="先送数据") as first:
        year.order(roster.quota, fresh(roster).total_fen, sent)
    assert first.value.rule == "data.before_money"
    batch = year.sent(year.made(None, [roster]))
    year.to(arrived)
    assert [state(kind, batch) for kind in BANKS] == ["", "", ""]
    assert year.payer(code) == year.of_department(code, "officer1")
    year.arrival(year.order(batch.quota, batch.total_fen, arrived, batch=batch), arrived)
    return year.again(batch)


def _declared_again(year: Year, roster: Roster, failed: list[Payment]) -> None:
    """第二十八条第（六）项：发放失败的直接退回到申报阶段，由申报单位修正后重新发放."""
    correction = Roster.objects.get(corrects=roster)
    assert (correction.status, correction.made_by, correction.line_count) == ("draft", year.who.clerk, 1)
    assert [payment.disposal for payment in failed] == [Payment.Disposal.RETURNED]
    with pytest.raises(Conflict):
        year.reissue(Arrival.objects.get(), Payment.objects.filter(pk=failed[0].pk))
    year.to("2026-03-02T09:00")
    year.treasury.mend(year.township(1), failed[0])
    rosters.refresh_lines(by=year.who.clerk, roster=correction)
    check(year.who, correction)
    year.compiled(correction)
    year.posted(correction)
    year.to("2026-03-09T10:00")
    assert year.signed(correction).status == Roster.Status.APPROVED
    batch = year.sent(year.made(None, [correction]))
    year.to("2026-03-11T10:00")
    disbursement.bind_money(by=year.payer(STUDENTS), batch=batch, arrival=Arrival.objects.get())
    verify = Clock("bank.verify", batch, "2026-03-11T10:00", "2026-03-12T24:00", "第二十八条第（五）项",
                   "数据9日送达，退回的资金11日10时才拨给本批次，12日第1日")  # fmt: skip
    year.days.hold(verify)
    year.verified(batch)
    year.finished(batch)
    assert year.answered(batch) == []
    assert fresh(correction).status == fresh(roster).status == Roster.Status.CLOSED


# --- Autumn: a township's land ----------------------------------------------------------------------------------------
def _over_national_day(year: Year) -> None:
    township = year.township(1)
    for name in ("乙一", "乙二", "乙三"):
        year.home(name)
    year.to("2026-09-15T10:00")
    roster = year.roster(LAND, who=township)
    year.compiled(roster, township)
    notice = year.posted(roster)
    year.to("2026-09-16T10:00")
    objection = publicity.raise_objection(
        notice=notice, content="乙三家的面积多算了两亩，请核实。", contact_name="丁一", contact_phone="19900000001"
    )
    handling = Clock("objection.handle_within", objection, "2026-09-16T10:00", "2026-09-22T24:00", SILENT,
                     "17日第1日，18日，19日（周六）不算，20日（周日上班）第3日，21日，22日第5日")  # fmt: skip
    year.to("2026-09-23T09:00")
    year.days.hold(handling)
    assert breached("objection.handle_within", objection) == Kind.TOWNSHIP
    publicity.settle_objection(
        by=year.users["station01"], objection=objection, upheld=False, result="已到地头量过，与清册一致。"
    )
    assert year.signed(roster).status == Roster.Status.APPROVED
    batch = _data_then_money(year, roster, sent="2026-09-28T10:00", arrived="2026-09-30T16:00")
    verify = Clock("bank.verify", batch, "2026-09-30T16:00", "2026-10-08T24:00", "第二十八条第（五）项",
                   "10月1日至7日放假，8日第1日")  # fmt: skip
    year.to("2026-10-08T15:00")
    disbursement.report_discrepancy(by=year.users["bank"], batch=batch, text="到账金额比数据少一分，请核对。")
    year.to("2026-10-09T09:00")
    year.days.hold(verify)
    assert breached("bank.verify", batch) == Kind.BANK
    disbursement.settle_discrepancy(by=year.payer(LAND, 2), batch=batch, text="已与国库核对，金额一致。")
    year.verified(batch)
    assert state("bank.verify", batch) == Stand.LATE
    payout = Clock("bank.payout", batch, "2026-10-09T09:00", "2026-10-10T24:00", SILENT, "10日（周六上班）第1日")
    year.to("2026-10-09T15:00")
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-10-09T15:00", "2026-10-13T24:00", "第二十八条第（六）项",
                     "10日（周六上班）第1日，11日（周日）不算，12日、13日第3日")  # fmt: skip
    year.days.hold(payout, feedback)
    year.to("2026-10-12T10:00")
    assert year.answered(batch) == []
    _returned_between_banks(year, roster, batch)


def _returned_between_banks(year: Year, roster: Roster, batch: Batch) -> None:
    """第二十八条第（六）项：跨行代发的，收到退款信息时3个工作日内反馈."""
    first, second, *_ = year.payments(batch, Payment.Status.PAID)
    noticed, bank = "2026-10-15T09:00", year.users["bank"]
    given: dict[str, Any] = {"noticed_at": moment(noticed), "reason": "F10", "by": bank}
    year.to("2026-10-16T09:00")
    disbursement.report_return(payment=first, reference="TK1", **given)
    year.to("2026-10-21T09:00")
    disbursement.report_return(payment=second, reference="TK2", **given)
    rows = [
        Clock("bank.cross_return", payment, noticed, "2026-10-20T24:00", "第二十八条第（六）项",
              "15日收到，16日第1日，17日、18日周末，19日，20日第3日")
        for payment in (first, second)
    ]  # fmt: skip
    year.days.hold(*rows)
    assert (state("bank.cross_return", first), state("bank.cross_return", second)) == (Stand.MET, Stand.LATE)
    assert (breached("bank.cross_return", first), breached("bank.cross_return", second)) == ("", Kind.BANK)
    correction = Roster.objects.get(corrects=roster)
    assert (correction.line_count, fresh(roster).status) == (2, Roster.Status.CLOSED)
    rosters.void_roster(by=year.township(1).clerk, roster=correction, reason="两户已迁往外省，不再申报。")


# --- The year's end: a delegate ---------------------------------------------------------------------------------------
def _turn_of_the_year(year: Year) -> None:
    township = year.township(1)
    year.to("2026-12-21T09:00")
    old = year.person("丙一", birth=date(1940, 5, 1))
    son = year.relative(old, "丙一子", by=township.clerk)
    _delegated(year, old, son)
    roster = year.roster(ELDERS, [year.pick(ELDERS, old, tier="80")], who=township, period=month(12))
    year.compiled(roster, township)
    year.posted(roster)
    year.to("2026-12-28T09:00")
    year.signed(roster)
    batch = year.sent(year.made(None, [roster]))
    year.to("2026-12-31T10:00")
    year.arrival(year.order(batch.quota, batch.total_fen, "2026-12-31T10:00", batch=batch), "2026-12-31T10:00")
    assert state("bank.verify", batch) == Stand.BLOCKED
    asked_for(year)
    year.to("2026-12-31T15:00")
    notice_comes(year)
    verify = Clock("bank.verify", batch, "2026-12-31T10:00", "2027-01-04T24:00", "第二十八条第（五）项",
                   "2027年1月1日至3日放假（演练用的安排），4日第1日")  # fmt: skip
    year.to("2027-01-04T10:00")
    year.days.hold(verify)
    year.verified(batch)
    year.finished(batch)
    assert year.answered(batch) == []
    assert state("bank.verify", batch) == Stand.MET
    assert [payment.payee for payment in year.payments(batch, Payment.Status.PAID)] == [son]


def _delegated(year: Year, old: Person, son: Person) -> None:
    """第二十四条：经区县主管部门同意可以代领；第二十五条：双方同意并有佐证材料."""
    by = year.township(1).clerk
    office = year.county.policy(ELDERS).department
    papers = households.Consents(scan(by, "本人同意.pdf"), scan(by, "代领人同意.pdf"), scan(by, "佐证.pdf"))
    term: dict[str, Any] = {"valid_from": date(2026, 12, 21), "valid_to": date(2027, 12, 20)}
    made = households.request_delegation(
        by=by, beneficiary=old, delegate=son, department=office, policy_codes=[], reason="行动不便。", consents=papers,
        **term,
    )  # fmt: skip
    made = households.check_delegation(by=year.users["station01"], delegation=made)
    with pytest.raises(Forbidden) as refused:
        households.approve_delegation(by=year.users["finance_head"], delegation=made)
    assert refused.value.rule == "delegation.approval"
    households.approve_delegation(by=year.of_department(ELDERS, "head"), delegation=made)


# --- Single ways ------------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-8")
@pytest.mark.rule("CQ:account_change.finance_approval", "CQ:account.one_card")
def test_a_card_that_works_is_changed_with_the_finance_bureaus_word(county_db: CountyDatabase) -> None:
    """第二十三条第（二）项：正常可用的一类卡因个人原因变更，单位审核后由区县财政部门审核同意生效."""
    year = Year(county_db)
    person, clerk = year.person("甲一"), year.who.clerk
    with pytest.raises(Conflict) as refused:
        year.card(person)
    assert refused.value.rule == "account.one_card"
    asked: dict[str, Any] = {"kind": "replace", "bank_name": "示范农村商业银行", "reason": "想换一家银行。"}
    with pytest.raises(Invalid, match="书面说明"):
        households.request_account_change(by=clerk, person=person, number=account_number(), cause="personal", **asked)
    change = households.request_account_change(
        by=clerk, person=person, number=account_number(), cause="personal", evidence=scan(clerk), **asked
    )
    households.approve_account_change(by=year.users["station01"], change=change)
    change.refresh_from_db()
    assert (change.state, BankAccount.objects.get(person=person, in_use=True)) == (
        AccountChange.State.UNIT_APPROVED, change.old_account,
    )  # fmt: skip
    with pytest.raises(Forbidden):
        households.approve_by_finance(by=year.users["leader01"], change=change)
    households.approve_by_finance(by=year.users["finance_reviewer"], change=change)
    change.refresh_from_db()
    assert BankAccount.objects.get(person=person, in_use=True) == change.new_account
    # 第二十三条第（一）项：不能正常使用的，由单位直接变更.
    other = households.request_account_change(
        by=clerk, person=year.person("甲二"), number=account_number(), cause="lost", **asked
    )
    households.approve_account_change(by=year.users["station01"], change=other)
    other.refresh_from_db()
    assert other.state == AccountChange.State.APPROVED


@pytest.mark.req("POL-3")
@pytest.mark.rule("CQ:policy.addition")
def test_a_new_policy_of_the_district_is_filed_with_the_city_first(county_db: CountyDatabase) -> None:
    """第二十条：报市级主管部门备案，再函告区县财政局同意."""
    year = Year(county_db)
    change = year.new_policy("CQ90001", department="agriculture")
    assert year.agreed(change) == ["department", "city_department", "finance", "finance"]
    assert Policy.objects.get(code="CQ90001").status == Policy.Status.IN_FORCE


@pytest.mark.req("POL-6")
@pytest.mark.rule("CQ:emergency.other_channels")
def test_relief_in_an_emergency_is_registered_with_its_channel(county_db: CountyDatabase) -> None:
    """第十八条：突发、应急、救助等特殊项目通过其他合法合规渠道及时完成发放."""
    year = Year(county_db)
    entry = year.emergency(ELDERS)
    assert subsidies.confirm_emergency(by=year.users["finance_head"], entry=entry).state == "confirmed"
