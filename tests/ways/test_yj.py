"""永吉县's year by its scheme of 2023: one card, a social-security card for whoever is new, much left to the default.

Every date in the tables was counted by hand on the State Council's calendar of 2026: 春节 2月15日至23日放假，2月14日、
2月28日（周六）上班；国庆 10月1日至7日放假，10月10日（周六）上班.
"""

from typing import Any

import pytest

from accounts.models import Organisation
from disbursement import desk
from disbursement import services as disbursement
from disbursement.models import Payment
from households import services as households
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from publicity import services as publicity
from publicity.one_list import one_list
from rosters.models import Roster
from rulebook.models import Deadline
from tests.counties import CountyDatabase, county_db
from tests.factories import account_number
from tests.ways.days import SILENT, Clock, breached, state
from tests.ways.turn import asked_for, notice_comes
from tests.ways.year import DORMANT, Year, fresh

__all__ = ["county_db"]
pytestmark = pytest.mark.county("yj")

LAND, GROWERS, MAIZE = "2130122", "YJ00002", "02"
Kind, Stand = Organisation.Kind, Deadline.State


@pytest.mark.req("POL-3", "POL-4", "PUB-1", "PAY-1", "PAY-4", "PAY-5", "REC-2")
@pytest.mark.rule(
    "YJ:chain", "YJ:dispatch.by", "YJ:data.before_money", "YJ:submission.requires_arrival", "YJ:bank.payout",
    "YJ:bank.feedback", "YJ:notice.window", "YJ:notice.post_within", "YJ:entry.after_notice", "YJ:dispatch.to_bank",
    "YJ:objection.handle_within", "YJ:failure.way", "YJ:account.fix", "YJ:failure.department",
    "YJ:reissue.started_by", "YJ:policy_list.public_by", "YJ:policy.change", "YJ:clearing.parties", "YJ:clearing.at",
    "YJ:publicity.one_list", "YJ:desk.one_stop",
)  # fmt: skip
def test_a_year_from_the_list_to_the_clearing(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    for name in ("甲一", "甲二", "甲三"):
        year.home(name)
    _what_changes_is_public_at_once(year)
    _over_spring_festival(year)
    _over_national_day(year)
    _one_list_and_one_desk(year)
    _turn_of_the_year(year)
    year.to("2027-01-08T09:00")
    year.cleared(LAND, GROWERS)
    year.whole()


def _what_changes_is_public_at_once(year: Year) -> None:
    """二（三）：梳理自行出台的补贴政策，集中向社会公布清单."""
    year.to("2026-01-06T09:00")
    assert state("policy_list.public_by", year.published().year) == ""
    assert year.agreed(year.new_terms(LAND, since="2026-01-12")) == ["department", "finance", "finance"]
    year.to("2026-01-12T09:00")
    with pytest.raises(Invalid, match="还没有公开") as refused:
        year.roster(LAND)
    assert refused.value.rule == "policy_list.public_by"
    assert year.published().number == 2


def _over_spring_festival(year: Year) -> None:
    year.to("2026-02-02T09:00")
    roster = year.roster(LAND)
    year.compiled(roster)
    assert state("notice.post_within", roster) == ""
    notice = year.posted(roster)
    window = Clock("notice.window", notice, "2026-02-02T09:00", "2026-02-07T24:00", SILENT,
                   "3日第1日，7日（周六）第5日；自然日，不顺延")  # fmt: skip
    year.to("2026-02-10T09:00")
    year.days.hold(window)
    assert state("entry.after_notice", roster) == ""
    assert year.signed(roster).status == Roster.Status.APPROVED
    steps = ["station", "leader", "dept_review", "dept_head", "finance_receive"]
    assert list(roster.decisions.filter(action="approve").order_by("pk").values_list("step", flat=True)) == steps
    order = year.order(roster.quota, fresh(roster).total_fen, "2026-02-10T08:00")
    assert state("dispatch.to_bank", order) == ""
    arrival = year.arrival(order, "2026-02-10T09:00")
    year.to("2026-02-13T15:00")
    with pytest.raises(Forbidden) as refused:
        disbursement.make_batch(by=year.of_department(LAND, "officer1"), arrival=arrival, rosters=[fresh(roster)])
    assert refused.value.rule == "dispatch.by"
    batch = year.sent(year.made(arrival, [roster]))
    payout = Clock("bank.payout", batch, "2026-02-13T15:00", "2026-02-25T24:00", SILENT,
                   "14日（周六上班）第1日，15日至23日放假，24日第2日，25日第3日")  # fmt: skip
    year.to("2026-02-25T10:00")
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-02-25T10:00", "2026-02-28T24:00", SILENT,
                     "26日第1日，27日，28日（周六上班）第3日")  # fmt: skip
    year.days.hold(payout, feedback)
    year.to("2026-02-28T10:00")
    (failed,) = year.answered(batch, fails={2: DORMANT})
    assert {state("bank.payout", batch), state("bank.feedback", batch)} == {Stand.MET}
    _dormant_card_is_activated(year, failed)
    assert fresh(roster).status == Roster.Status.CLOSED


def _dormant_card_is_activated(year: Year, failed: Payment) -> None:
    """No regulation sets days for it here: no clock runs, and the account in use is paid again."""
    assert state("account.fix", failed) == state("failure.department", failed) == ""
    arrival = failed.batch.arrival
    assert arrival is not None
    with pytest.raises(Conflict, match="账户还没有更正"):
        year.reissue(arrival, [failed])
    year.to("2026-03-02T10:00")
    year.treasury.mend(year.who, failed)
    again = year.reissue(arrival, Payment.objects.filter(pk=failed.pk))
    assert year.answered(again) == []
    (paid,) = year.payments(again, Payment.Status.PAID)
    assert bytes(paid.account_digest) == bytes(failed.account_digest)


def _over_national_day(year: Year) -> None:
    heads = year.heads()
    year.to("2026-09-21T09:00")
    roster = year.roster(GROWERS, [year.pick(GROWERS, head, "10", MAIZE) for head in heads])
    year.compiled(roster)
    notice = year.posted(roster)
    year.to("2026-09-22T09:00")
    objection = publicity.raise_objection(
        notice=notice, content="甲三家的面积多算了两亩，请核实。", contact_name="丁一", contact_phone="19900000001"
    )
    handling = Clock("objection.handle_within", objection, "2026-09-22T09:00", "2026-09-30T24:00", SILENT,
                     "23日第1日，24日，25日至27日中秋放假，28日、29日，30日第5日")  # fmt: skip
    year.to("2026-09-28T09:00")
    publicity.settle_objection(
        by=year.users["leader01"], objection=objection, upheld=False, result="已到地头量过，与清册一致。"
    )
    year.signed(roster)
    year.to("2026-09-30T16:00")
    arrival = year.arrival(year.order(roster.quota, fresh(roster).total_fen, "2026-09-29T09:00"), "2026-09-30T09:00")
    batch = year.sent(year.made(arrival, [roster]))
    payout = Clock("bank.payout", batch, "2026-09-30T16:00", "2026-10-10T24:00", SILENT,
                   "10月1日至7日放假，8日第1日，9日，10日（周六上班）第3日")  # fmt: skip
    year.to("2026-10-12T10:00")
    year.days.hold(handling, payout)
    assert state("objection.handle_within", objection) == Stand.MET
    assert breached("bank.payout", batch) == Kind.BANK
    year.finished(batch)
    feedback = Clock("bank.feedback", batch, "2026-10-12T10:00", "2026-10-15T24:00", SILENT, "13日第1日，15日第3日")
    year.to("2026-10-16T09:00")
    year.days.hold(feedback)
    assert breached("bank.feedback", batch) == Kind.BANK
    assert year.answered(batch) == []
    assert state("bank.feedback", batch) == state("bank.payout", batch) == Stand.LATE


def _one_list_and_one_desk(year: Year) -> None:
    """二（八）：“一张单”公示，“一站式”经办."""
    listed = one_list(year.county.villages()[0], 2026)
    assert {column.policy.code for column in listed.columns} == {LAND, GROWERS}
    paid = sum(Payment.objects.filter(status=Payment.Status.PAID).values_list("amount_fen", flat=True))
    assert (listed.fen, len(listed.rows)) == (paid, 3)
    (found,) = desk.found_by(year.who.clerk, "甲一")
    assert desk.person_at_desk(year.users["station01"], found.pk) == year.heads()[0]
    with pytest.raises(NotFound):
        desk.person_at_desk(year.users["clerk02"], found.pk)


def _turn_of_the_year(year: Year) -> None:
    late = year.person("乙一")
    year.to("2026-12-21T09:00")
    quota = Roster.objects.filter(policy__code=GROWERS)[0].quota
    roster = year.roster(GROWERS, [year.pick(GROWERS, late, "10", MAIZE)], quota=quota)
    year.compiled(roster)
    year.posted(roster)
    year.to("2026-12-31T10:00")
    year.signed(roster)
    arrival = year.arrival(year.order(quota, fresh(roster).total_fen, "2026-12-31T09:00"), "2026-12-31T10:00")
    batch = year.sent(year.made(arrival, [roster]))
    assert state("bank.payout", batch) == Stand.BLOCKED
    asked_for(year)
    year.to("2026-12-31T15:00")
    notice_comes(year)
    payout = Clock("bank.payout", batch, "2026-12-31T10:00", "2027-01-06T24:00", SILENT,
                   "2027年1月1日至3日放假（演练用的安排），4日第1日，5日，6日第3日")  # fmt: skip
    year.to("2027-01-05T10:00")
    year.days.hold(payout)
    assert year.answered(batch) == []
    assert state("bank.payout", batch) == Stand.MET


# --- Single ways ------------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-7")
@pytest.mark.rule("YJ:account.one_card", "YJ:account.social_card")
def test_one_person_has_one_card_and_whoever_is_new_a_social_security_card(county_db: CountyDatabase) -> None:
    """二（八）：“一人一卡”；新纳入人员全部采用社保卡，既有人员逐步过渡."""
    year = Year(county_db)
    person = year.person("甲一")
    with pytest.raises(Conflict) as once:
        year.card(person)
    assert once.value.rule == "account.one_card"
    with pytest.raises(Invalid, match="社会保障卡") as refused:
        year.card(year.without_card("甲二"), social_card=False)
    assert refused.value.rule == "account.social_card"
    asked: dict[str, Any] = {
        "kind": "replace",
        "bank_name": "示范农村商业银行",
        "reason": "原卡丢失。",
        "cause": "lost",
    }
    with pytest.raises(Invalid) as back:
        households.request_account_change(
            by=year.who.clerk, person=person, number=account_number(), social_card=False, **asked
        )
    assert back.value.rule == "account.social_card"
