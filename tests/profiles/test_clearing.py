"""When a policy's money is cleared, and by which parties."""

from datetime import date

import pytest

from audit import ledger_checks
from disbursement.models import Clearing
from disbursement.services.clearing import confirm_clearing, finish_clearing, seal_clearing
from disbursement.services.clearing_due import open_due
from lib.errors import Conflict, Forbidden
from rulebook import clock
from subsidies.models import Policy
from tests.counties import CountyDatabase
from tests.profiles.work import Work, cites, others, refused

# county: (is an execution period that ended within the year cleared at once, article)
WHEN = {
    "zlt": (False, ""),
    "hd": (True, "四"),  # 在年末或一个执行期结束后……进行清算
}


@pytest.mark.req("REC-2")
@pytest.mark.rule("ZLT:clearing.at", "HD:clearing.at")
@pytest.mark.county(*WHEN)
def test_a_policys_money_is_cleared_at_the_end_of_the_year_or_of_its_period(county_db: CountyDatabase) -> None:
    by_period, article = WHEN[county_db.id]
    cites("clearing.at", article)
    work = Work(county_db)
    county_db.quota(work.policy.code)
    Policy.objects.filter(pk=work.policy.pk).update(in_force_to=date(2026, 6, 30))
    county_db.at("2026-06-30T23:59")
    open_due(clock.today())
    assert not Clearing.objects.exists()
    county_db.at("2026-07-01T00:01")
    open_due(clock.today())
    assert Clearing.objects.exists() == by_period
    county_db.at("2026-12-31T23:59")
    open_due(clock.today())
    assert Clearing.objects.exists() == by_period
    county_db.at("2027-01-01T00:01")
    open_due(clock.today())
    assert Clearing.objects.get().period_end == (date(2026, 6, 30) if by_period else date(2026, 12, 31))


# county: (who seals the figures, article); the parties are three in every county
PARTIES = {
    "zlt": ("officer1", "第二十一条"),  # 财政部门与代理金融机构对账；主管部门与财政部门核对
    "hd": ("agriculture_officer1", "四"),  # 财政部门、业务主管部门、代发金融机构……进行清算
}
CONFIRM = ("finance_head", "agriculture_head", "bank")


@pytest.mark.req("REC-2")
@pytest.mark.rule("ZLT:clearing.parties", "HD:clearing.parties")
@pytest.mark.county(*PARTIES)
def test_the_year_is_cleared_by_finance_department_and_bank_together(county_db: CountyDatabase) -> None:
    officer, article = PARTIES[county_db.id]
    cites("clearing.parties", article)
    work, users = Work(county_db), county_db.users
    quota = county_db.quota(work.policy.code)
    county_db.at("2027-01-04T09:00")
    open_due(clock.today())
    clearing = seal_clearing(by=users[officer], clearing=Clearing.objects.get())
    seen = bytes(clearing.digest or b"").hex()
    for name in others(*CONFIRM):
        with refused("clearing.parties", Forbidden):
            confirm_clearing(by=users[name], clearing=clearing, digest_seen=seen)
    for name in CONFIRM:
        with refused("clearing.parties", Conflict):
            finish_clearing(by=users[officer], clearing=clearing)
        confirm_clearing(by=users[name], clearing=clearing, digest_seen=seen)
    assert finish_clearing(by=users[officer], clearing=clearing).status == Clearing.Status.CLEARED
    assert set(clearing.confirmations.values_list("party", flat=True)) == {"finance", "department", "bank"}
    assert clearing.parts.get().quota == quota
    assert list(ledger_checks.findings()) == []
