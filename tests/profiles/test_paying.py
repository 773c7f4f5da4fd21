"""Whether money or data goes first, who pays, and what becomes of a payment that failed."""

import pytest

from accounts.models import User
from audit import ledger_checks
from demo.walking import check, send
from disbursement import practice
from disbursement import services as disbursement
from disbursement.models import Arrival, Batch, Payment, PaymentOrder
from households.models import BankAccount
from lib.errors import Conflict, Forbidden, Invalid, NotYet
from rosters import services as rosters
from rosters.models import Roster, RosterLine
from tests.counties import CountyDatabase
from tests.profiles.work import Work, cites, others, refused

# --- May a roster be submitted before its money is there? -------------------------------------------------------------
# county: (must the money have arrived, article)
ARRIVAL = {
    "zlt": (True, "第二十七条"),  # 各类补贴资金转入代发户后……上报
    "cq": (False, "第二十八条第（四）项"),  # 按数据提交拨款申请
    "hd": (False, "四"),  # 业务主管部门负责数据审核、资金拨付
}


@pytest.mark.req("FND-2")
@pytest.mark.rule("ZLT:submission.requires_arrival", "CQ:submission.requires_arrival", "HD:submission.requires_arrival")
@pytest.mark.county(*ARRIVAL)
def test_a_roster_is_submitted_with_or_without_its_money_as_the_article_has_it(county_db: CountyDatabase) -> None:
    needed, article = ARRIVAL[county_db.id]
    cites("submission.requires_arrival", article)
    work = Work(county_db)
    roster = work.over_notice(work.roster())
    if needed:
        with refused("submission.requires_arrival", NotYet):
            work.to_the_end(roster)
        assert Roster.objects.get(pk=roster.pk).submitted_at is None
        work.treasury.money_first(roster.quota, roster.total_fen)
    roster = work.to_the_end(roster)
    assert roster.status == Roster.Status.APPROVED
    assert roster.submitted_at is not None
    assert Arrival.objects.exists() == needed


# --- Which goes first, money or data? ---------------------------------------------------------------------------------
# county: (does the data go first, the post that orders the money, article)
FIRST = {
    "zlt": (False, "officer1", "第十九条第（三）项"),  # 国库支付单拨付成功后……发送
    "cq": (True, "agriculture_officer1", "第二十八条第（三）项"),  # 先发送待发放数据，再提交拨款申请
    "hd": (False, "agriculture_officer1", "四"),  # 资金拨付、数据推送
}


@pytest.mark.req("FND-2", "PAY-1")
@pytest.mark.rule("ZLT:data.before_money", "CQ:data.before_money", "HD:data.before_money")
@pytest.mark.county(*FIRST)
def test_data_follows_money_or_money_data_as_the_article_has_it(county_db: CountyDatabase) -> None:
    data_first, officer, article = FIRST[county_db.id]
    cites("data.before_money", article)
    work, by = Work(county_db), county_db.users[officer]
    roster = work.approved(work.roster())
    (data_then_money if data_first else money_then_data)(work, by, roster)
    assert Batch.objects.get().arrival is not None
    assert list(ledger_checks.findings()) == []


def data_then_money(work: Work, by: User, roster: Roster) -> None:
    with refused("data.before_money", Conflict):
        work.order(by, roster)
    batch = disbursement.make_batch(by=by, rosters=[roster], **work.money)
    with refused("data.before_money", Conflict):
        work.order(by, roster, batch)
    batch = work.sent(batch)
    assert (batch.status, batch.arrival) == (Batch.Status.SENT, None)
    with refused("data.before_money", Conflict):
        disbursement.verify_batch(by=work.users["bank"], batch=batch)
    assert practice.work(failures=0) == []
    work.arrived(by, work.order(by, roster, batch))
    assert [answered.paid for answered in practice.work(failures=0)] == [1]


def money_then_data(work: Work, by: User, roster: Roster) -> None:
    with refused("data.before_money", Invalid):
        disbursement.make_batch(by=by, rosters=[roster], agent_account=work.treasury.agent)
    batch = work.sent(disbursement.make_batch(by=by, rosters=[roster], **work.money))
    with refused("data.before_money", Conflict):
        work.order(by, roster, batch)
    assert [answered.paid for answered in practice.work(failures=0)] == [1]


# --- Who pays? --------------------------------------------------------------------------------------------------------
OF_FINANCE = ("officer1", "officer2", ("officer1", "officer2"))
OF_DEPARTMENT = (
    "agriculture_officer1", "agriculture_officer2",
    ("agriculture_officer1", "agriculture_officer2", "agriculture_head"),
)  # fmt: skip
# county: ((who makes, who releases, who may release), article)
PAYERS = {
    "zlt": (OF_FINANCE, "第十九条第（三）项"),  # 旗财政部门……将发放数据发送给代理金融机构
    "cq": (OF_DEPARTMENT, "第二十八条第（三）项"),  # 发放单位
    "xj": (OF_FINANCE, "二（三）"),  # 财政部门要及时将资金拨付到代发金融机构
    "yj": (OF_FINANCE, "三（十一）"),  # 补贴资金由财政部门发放
    "hd": (OF_DEPARTMENT, "四"),  # 业务主管部门负责……资金拨付、数据推送
}


@pytest.mark.req("PAY-1", "ACL-1")
@pytest.mark.rule("ZLT:dispatch.by", "CQ:dispatch.by", "XJ:dispatch.by", "YJ:dispatch.by", "HD:dispatch.by")
@pytest.mark.county(*PAYERS)
def test_money_is_ordered_and_data_sent_by_the_office_that_the_article_names(county_db: CountyDatabase) -> None:
    (maker, releaser, releasers), article = PAYERS[county_db.id]
    cites("dispatch.by", article)
    work, users = Work(county_db), county_db.users
    roster = work.approved(work.roster())
    makers = releasers[:2]
    for name in others(*makers):
        with refused("dispatch.by", Forbidden):
            disbursement.make_batch(by=users[name], rosters=[roster], **work.money)
    batch = disbursement.make_batch(by=users[maker], rosters=[roster], **work.money)
    for name in others(*releasers):
        with refused("dispatch.by", Forbidden):
            disbursement.release_batch(by=users[name], batch=batch, total_fen_seen=batch.total_fen)
    with pytest.raises(Forbidden, match="另一人"):
        disbursement.release_batch(by=users[maker], batch=batch, total_fen_seen=batch.total_fen)
    batch = work.sent(batch, by=users[releaser])
    assert batch.payer == users[maker].posts.get().organisation
    orders = PaymentOrder.objects.count()
    for name in others(*makers):
        with refused("dispatch.by", Forbidden):
            work.order(users[name], roster, batch if batch.data_first else None)
    assert PaymentOrder.objects.count() == orders
    work.order(users[maker], roster, batch if batch.data_first else None)


# --- What failed ------------------------------------------------------------------------------------------------------
# county: (is it declared again, article)
WAYS = {
    "zlt": (False, "第二十条第（二）项"),  # 先进行账户变更……再重新支付
    "cq": (True, "第二十八条第（六）项"),  # 退回申报阶段，由申报单位修正后重新申报发放
    "xj": (False, "三（四）"),  # 重新核实后，由银行补发
    "hd": (False, "四"),  # 对发放失败的，更正后补发
}


@pytest.mark.req("PAY-5", "PAY-8")
@pytest.mark.rule("ZLT:failure.way", "CQ:failure.way", "XJ:failure.way", "HD:failure.way")
@pytest.mark.county(*WAYS)
def test_what_failed_is_mended_and_paid_again_or_declared_again(county_db: CountyDatabase) -> None:
    again, article = WAYS[county_db.id]
    cites("failure.way", article)
    work = Work(county_db)
    payment = work.failed(work.approved(work.roster()))
    old = payment.line.roster
    assert Roster.objects.filter(corrects=old).exists() == again
    assert RosterLine.objects.get(pk=payment.line_id).taken_out == again
    assert payment.disposal == ("returned" if again else "open")
    work.treasury.settle_failures([(work.who, old)], work.arrival)
    second = Payment.objects.exclude(pk=payment.pk).get()
    account = BankAccount.objects.get(person=payment.payee, in_use=True)
    assert (second.status, second.payee, second.amount_fen) == ("paid", payment.payee, payment.amount_fen)
    assert bytes(second.account_digest) == bytes(account.number_digest)
    if again:
        assert (second.attempt, second.line.corrects_id) == (1, payment.line_id)
        assert second.line.roster.decisions.filter(action="approve").exists()
    else:
        assert (second.attempt, second.previous, second.line_id) == (2, payment, payment.line_id)
    assert set(Roster.objects.values_list("status", flat=True)) == {"closed"}
    assert list(ledger_checks.findings()) == []


# county: (who starts, who releases, article); in CQ the unit declares again, and nobody pays the old line again
STARTERS = {
    "cq": ("clerk01", "", "第二十八条第（六）项"),  # 由申报单位修正后重新申报发放
    "xj": ("officer1", "officer2", "三（四）"),
    "hd": ("agriculture_officer1", "agriculture_officer2", "四"),  # 由业务主管部门通过平台发起补发
}


@pytest.mark.req("PAY-5")
@pytest.mark.rule("CQ:reissue.started_by", "XJ:reissue.started_by", "HD:reissue.started_by")
@pytest.mark.county(*STARTERS)
def test_paying_again_is_started_by_whom_the_article_names(county_db: CountyDatabase) -> None:
    starter, releaser, article = STARTERS[county_db.id]
    cites("reissue.started_by", article)
    work, users = Work(county_db), county_db.users
    payment = work.failed(work.approved(work.roster()))
    work.treasury.mend(work.who, payment)
    payment.refresh_from_db()
    if not releaser:
        the_unit_starts(work, payment, starter)
        return
    assert work.arrival is not None
    pairs = (starter, releaser)
    for name in others(*pairs):
        with refused("reissue.started_by", Forbidden):
            disbursement.make_reissue(by=users[name], arrival=work.arrival, payments=[payment])
    batch = disbursement.make_reissue(by=users[starter], arrival=work.arrival, payments=[payment])
    for name in others(*pairs, "agriculture_head"):
        with refused("reissue.started_by", Forbidden):
            disbursement.release_batch(by=users[name], batch=batch, total_fen_seen=batch.total_fen)
    assert work.sent(batch, by=users[releaser]).kind == Batch.Kind.REISSUE


def the_unit_starts(work: Work, payment: Payment, starter: str) -> None:
    """The correction lies with the unit: its clerk alone sends it; the failed payment itself is not paid again."""
    correction = Roster.objects.get(corrects=payment.line.roster)
    assert correction.organisation == work.who.organisation
    arrival = Arrival.objects.get()
    for name in ("agriculture_officer1", "agriculture_officer2", "officer1"):
        with pytest.raises((Conflict, Forbidden)):
            disbursement.make_reissue(by=work.users[name], arrival=arrival, payments=[payment])
    for name in others(starter):
        with pytest.raises(Forbidden):
            rosters.refresh_lines(by=work.users[name], roster=correction)
        with pytest.raises(Forbidden):
            rosters.send_roster(by=work.users[name], roster=correction)
    rosters.refresh_lines(by=work.users[starter], roster=correction)
    send(work.who, check(work.who, correction))
    assert not Batch.objects.filter(kind=Batch.Kind.REISSUE).exists()
