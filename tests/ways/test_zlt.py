"""扎赉特旗's year by its measures of 2025: money before data, five days on the board, 24 hours at the bank.

Every date in the tables was counted by hand on the State Council's calendar of 2026: 春节 15日至23日放假，2月14日、
2月28日（周六）上班；国庆 1日至7日放假，10月10日（周六）上班.
"""

from datetime import date

import pytest

from accounts.models import Organisation
from demo.money import Treasury
from demo.walking import begin, fresh, hands, send, sign
from disbursement import services as disbursement
from disbursement.models import Arrival, PaymentOrder
from lib.errors import NotYet
from publicity import services as publicity
from rosters import services as rosters
from rosters.models import Roster
from tests.counties import CountyDatabase, county_db
from tests.ways.days import Clock, Days, breached, moment

__all__ = ["county_db"]
pytestmark = pytest.mark.county("zlt")

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


class Year:
    """One township's way through the year, act by act."""

    def __init__(self, county: CountyDatabase) -> None:
        self.county, self.days = county, Days()
        self.treasury = Treasury(county.users, seed=1)  # type: ignore[arg-type]
        self.who = hands(county.users, 1)  # type: ignore[arg-type]

    def roster(self, code: str) -> Roster:
        quota = self.county.quota(code)
        policy = self.county.policy(code)
        return begin(self.who, policy, quota, YEAR, lambda by, roster: rosters.fill_from_register(by=by, roster=roster))

    def order(self, roster: Roster, succeeded: str) -> PaymentOrder:
        self.treasury.orders += 1
        order: PaymentOrder = disbursement.enter_order(
            by=self.county.users["officer1"],
            number=f"ZF2026{self.treasury.orders:06d}",
            quota=roster.quota,
            agent_account=self.treasury.agent,
            amount_fen=fresh(roster).total_fen,
            succeeded_at=moment(succeeded),
        )
        return order

    def arrival(self, order: PaymentOrder, arrived: str) -> Arrival:
        arrival: Arrival = disbursement.enter_arrival(
            by=self.county.users["officer1"],
            order=order,
            bank_reference=f"DZ{order.number}",
            amount_fen=order.amount_fen,
            arrived_at=moment(arrived),
        )
        return arrival


@pytest.mark.req("PUB-1", "PAY-1", "PAY-4", "PAY-5", "FND-2")
@pytest.mark.rule(
    "ZLT:notice.window", "ZLT:notice.post_within", "ZLT:entry.after_notice", "ZLT:submission.requires_arrival",
    "ZLT:data.before_money", "ZLT:dispatch.by", "ZLT:dispatch.to_bank", "ZLT:bank.payout", "ZLT:bank.feedback",
    "ZLT:account.fix", "ZLT:failure.department", "ZLT:failure.way",
)  # fmt: skip
def test_over_spring_festival_every_clock_fires_when_its_article_says(county_db: CountyDatabase) -> None:
    year, days = Year(county_db), Days()
    for name in ("甲一", "甲二", "甲三"):
        county_db.household(name)
    days.to("2026-02-05T10:00")
    roster = year.roster(county_db.example.policies["land"])
    send(year.who, roster)
    days.to("2026-02-06T10:00")
    sign(roster)
    posting = Clock("notice.post_within", roster, "2026-02-06T10:00", "2026-02-13T24:00", "第十九条第（三）项",
                    "2月6日不算，9日第1日，10日、11日、12日，13日第5日")  # fmt: skip
    days.hold(posting)
    days.to("2026-02-11T09:00")
    notice = publicity.post_notice(by=year.who.clerk, roster=fresh(roster))
    window = Clock("notice.window", notice, "2026-02-11T09:00", "2026-02-16T24:00", "第十六条第二款",
                   "张贴当天不算，12日第1日，16日第5日；自然日，春节假期照算，不顺延")  # fmt: skip
    days.hold(posting, window)
    days.to("2026-02-13T15:00")
    order = year.order(roster, "2026-02-13T15:00")
    dispatch = Clock("dispatch.to_bank", order, "2026-02-13T15:00", "2026-02-24T24:00", "第十九条第（三）项",
                     "14日（周六上班）第1日，15日至23日放假，24日第2日")  # fmt: skip
    days.hold(dispatch)
    days.to("2026-02-16T23:59")
    with pytest.raises(NotYet, match="公示"):
        sign(roster)
    days.to("2026-02-17T09:00")
    entered = Clock("entry.after_notice", roster, "2026-02-16T24:00", "2026-02-26T24:00", "第十六条第三款",
                    "16日24时期满，17日至23日放假，24日第1日，25日，26日第3日")  # fmt: skip
    days.hold(window, entered)
    with pytest.raises(NotYet, match="到账"):
        sign(roster)
    arrival = year.arrival(order, "2026-02-17T08:30")
    days.to("2026-02-24T10:00")
    while fresh(roster).status == Roster.Status.REVIEW:
        sign(roster)
    days.to("2026-02-24T15:00")
    batch = year.treasury.pay(arrival, [roster])
    payout = Clock("bank.payout", batch, "2026-02-24T15:00", "2026-02-25T15:00", "第十九条第（三）项",
                   "资金先到，数据24日15时送达，24小时到25日15时")  # fmt: skip
    feedback = Clock("bank.feedback", batch, "2026-02-24T15:00", "2026-02-25T15:00", "第十九条第（三）项",
                     "发放完毕的同时返回结果，同一个24小时")  # fmt: skip
    days.hold(dispatch, payout, feedback)
    days.to("2026-02-25T15:01")
    days.hold(payout, feedback)
    assert breached("bank.payout", batch) == breached("bank.feedback", batch) == Organisation.Kind.BANK
    days.to("2026-02-25T16:00")
    year.treasury.answer(failures=1.0)
    failed = year.treasury.failed(roster)
    assert failed
    rows = [
        Clock(kind, failed[0], "2026-02-25T16:00", "2026-03-03T24:00", article,
              "26日第1日，27日第2日，28日（周六上班）第3日，3月2日第4日，3日第5日")
        for kind, article in (("account.fix", "第二十条第（一）项"), ("failure.department", "第十四条第二款"))
    ]  # fmt: skip
    days.hold(*rows)
