"""Cash: where the article allows it, by a team of so many, and what nobody took back in the account the same day."""

from typing import Any

import pytest

from accounts.models import User
from audit import ledger_checks
from demo.walking import work_off
from disbursement import services as disbursement
from disbursement.models import BankOutbox, Batch, CashSession
from disbursement.services.cash import Assembly, Given, Member
from disbursement.services.cash_closing import Settlement
from lib.errors import Conflict, Invalid
from rosters.models import RosterLine
from rulebook import clock, deadlines
from rulebook.models import Breach, Deadline
from subsidies import services as subsidies
from tests.counties import CountyDatabase
from tests.factories_policies import terms
from tests.profiles.work import Work, cites, refused

# county: (may subsidies be paid in cash, article)
CASH = {
    "zlt": (False, ""),
    "cq": (False, ""),
    "xj": (True, "二（二）"),  # 现金发放的，必须召开村民大会
    "yj": (False, ""),
    "hd": (False, "五（一）"),  # 严禁提取现金发放补贴
}
TOWNSMAN = Member("乡干甲", "township", "副乡长")
CADRES = (Member("村干甲", "village", "村主任"), Member("村干乙", "village"), Member("村干丙", "village"))
TEAM = (TOWNSMAN, *CADRES[:2])


@pytest.mark.req("PAY-6")
@pytest.mark.rule("ZLT:cash.allowed", "CQ:cash.allowed", "XJ:cash.allowed", "YJ:cash.allowed", "HD:cash.allowed")
@pytest.mark.county(*CASH)
def test_cash_is_there_only_where_the_article_allows_it(county_db: CountyDatabase) -> None:
    allowed, article = CASH[county_db.id]
    cites("cash.allowed", article)
    work = Work(county_db)
    content = terms(work.policy, payout_methods=["cash"])
    by_cash: dict[str, Any] = {"content": content, "effective_from": clock.today(), "reason": "改发现金"}
    proposer = county_db.users["agriculture_reviewer"]
    if not allowed:
        with refused("cash.allowed", Conflict):
            work.begun(method="cash")
        with refused("cash.allowed", Invalid):
            subsidies.propose_change(by=proposer, policy=work.policy, **by_cash)
        return
    assert subsidies.propose_change(by=proposer, policy=work.policy, **by_cash).pk
    batch = cash_batch(work)
    line = RosterLine.objects.get(roster__in=batch.rosters.all())
    assert (line.cash, line.account_id, line.account_tail) == (True, None, "")
    assert (batch.status, BankOutbox.objects.exists()) == (Batch.Status.SENT, False)


def cash_batch(work: Work) -> Batch:
    """Cash for a village, released: assemblies may be held."""
    roster = work.approved(work.roster(method="cash"))
    batch = work.treasury.pay(work.arrival, [roster])
    work_off()
    return batch


def planned(work: Work, batch: Batch, team: tuple[Member, ...] = TEAM, by: User | None = None) -> CashSession:
    assembly = Assembly(clock.now(), "村委会广场", "branch_secretary", "支书甲")
    village = work.county.villages()[0]
    return disbursement.plan_session(
        by=by or work.who.clerk, batch=batch, village=village, assembly=assembly, team=team
    )


@pytest.mark.req("PAY-6")
@pytest.mark.rule("XJ:cash.team")
@pytest.mark.county("xj")
def test_three_of_township_and_village_hand_it_out(county_db: CountyDatabase) -> None:
    """二（二）：由乡（镇、街道）干部、村“两委”成员3人组成发放小组."""
    cites("cash.team", "二（二）")
    work = Work(county_db)
    batch = cash_batch(work)
    three = CADRES
    for team in ((), TEAM[:2], (*TEAM, CADRES[2]), three, (TOWNSMAN, CADRES[0], CADRES[0])):
        with refused("cash.team", Invalid):
            planned(work, batch, team)
    session = planned(work, batch)
    assert sorted(session.team.values_list("office", flat=True)) == ["township", "village", "village"]


@pytest.mark.req("PAY-6")
@pytest.mark.rule("XJ:cash.return")
@pytest.mark.county("xj")
def test_what_nobody_took_is_back_in_the_account_before_the_day_ends(county_db: CountyDatabase) -> None:
    """二（二）：当日没有发放完毕的，当日存入乡、村对公账户，不许个人存放."""
    cites("cash.return", "二（二）")
    work, clerk = Work(county_db), county_db.users["clerk01"]
    batch = cash_batch(work)
    county_db.at("2026-01-13T10:00")
    session = planned(work, batch)
    session = disbursement.draw_cash(
        by=clerk, session=session, amount_fen=batch.total_fen, reference="QK20260001", at=clock.now()
    )
    due = Deadline.objects.get(kind="cash.return", subject_id=session.pk)
    assert due.due_at is not None
    assert due.due_at.astimezone(clock.SHANGHAI).isoformat() == "2026-01-14T00:00:00+08:00"
    assert due.responsible == county_db.county.townships[0]
    nobody = Given(session.handouts.get().pk, "not_handed", reason="F18")
    disbursement.record_handouts(by=clerk, session=session, given=[nobody])
    with pytest.raises(Invalid, match="不得由个人保管"):
        settled(work, session, returned_fen=batch.total_fen - 100)
    county_db.at("2026-01-13T23:59")
    deadlines.sweep()
    assert not Breach.objects.filter(deadline=due).exists()
    county_db.at("2026-01-14T00:01")
    deadlines.sweep()
    assert Breach.objects.get(deadline=due).organisation == county_db.county.townships[0]
    assert settled(work, session, returned_fen=batch.total_fen).returned_fen == batch.total_fen
    assert list(ledger_checks.findings()) == []


def settled(work: Work, session: CashSession, *, returned_fen: int) -> CashSession:
    told = Settlement(
        attendance=56,
        policy_read=True,
        minutes="村支部书记主持，宣读政策，发放小组当场发放。",
        returned_fen=returned_fen,
        reference="CK20260001",
        at=clock.now(),
    )
    return disbursement.settle_session(by=work.who.clerk, session=session, settlement=told)
