"""Policies and quotas as their people see them."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import TrailEntry
from subsidies import ledger, selectors
from subsidies.models import LedgerAccount, Policy, Quota
from tests.cast_data import PEOPLE
from tests.factories import cast, policy, quota

Kind = LedgerAccount.Kind
SEES_ALL = {"finance_reviewer", "finance_head", "officer", "officer2", "auditor"}
SEES_FARM = {"farm_reviewer", "farm_head"}
SEES_CARE = {"care_reviewer", "care_head"}


def page(username: str, path: str, **query: Any) -> str:
    client = Client()
    client.force_login(getattr(cast, username))
    response = client.get(path, query)
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


# --- Policies ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-1")
def test_a_policy_shows_what_it_pays_by_what_and_whom_to_ask(db: None) -> None:
    shown = page("clerk", f"/policies/{policy().pk}/")
    expected = (
        "耕地地力保护补贴 规定清单 扎赉特旗农牧和科技局 按户 按年 ¥98.36 每亩 咨询电话 监督电话 依据文件 管理办法"
    )
    for words in expected.split():
        assert words in shown


def test_policies_are_found_by_department_unit_state_and_words(db: None) -> None:
    everything = page("clerk", "/policies/")
    assert "高龄津贴" in everything
    farm = page("clerk", "/policies/", department=cast.organisation("BM-agriculture").pk)
    assert "高龄津贴" not in farm
    assert "耕地地力保护补贴" in farm
    assert "耕地地力保护补贴" not in page("clerk", "/policies/", unit="person")
    assert "高龄津贴" in page("clerk", "/policies/", q="高龄")
    assert "没有符合条件的政策" in page("clerk", "/policies/", tab="stopped")
    assert "没有符合条件的政策" in page("clerk", "/policies/", published="no")


@pytest.mark.req("POL-4")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_a_policy_is_published_by_its_department_or_the_finance_bureau(db: None, username: str) -> None:
    Policy.objects.filter(code="2130122").update(published_at=None)
    may = username in SEES_FARM | {"finance_reviewer", "finance_head"}
    assert ("公开这项政策" in page(username, f"/policies/{policy().pk}/")) == may
    client = Client()
    client.force_login(getattr(cast, username))
    response = client.post(f"/policies/{policy().pk}/publish/")
    assert response.status_code == (302 if may else 403)
    assert (policy().published_at is not None) == may
    assert TrailEntry.objects.filter(verb="policy.publish", actor__username=username).exists() == may


def test_publishing_takes_a_post(db: None) -> None:
    assert page("farm_head", f"/policies/{policy().pk}/publish/") == "405"


# --- Quotas -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1", "FND-1")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_quotas_are_seen_by_finance_auditors_and_the_department_of_the_policy(db: None, username: str) -> None:
    farm, care = quota("2130122"), quota("2080502")
    listed = page(username, "/policies/quotas/")
    for made, departments in ((farm, SEES_FARM), (care, SEES_CARE)):
        may = username in SEES_ALL | departments
        assert (made.document_number in listed) == may
        assert (page(username, f"/policies/quotas/{made.pk}/") != "404") == may
        assert (made.document_number in page(username, f"/policies/{made.policy_id}/")) == may
    if username not in SEES_ALL | SEES_FARM | SEES_CARE:
        assert listed == "404"


@pytest.mark.req("FND-3")
def test_the_list_shows_where_the_money_is_and_the_columns_add_up(db: None) -> None:
    made = quota(fen=10_000_00)
    ways = [(Kind.AVAILABLE, Kind.RESERVED, 6_000_00), (Kind.RESERVED, Kind.IN_TRANSIT, 4_000_00),
            (Kind.IN_TRANSIT, Kind.PAID, 3_000_00), (Kind.IN_TRANSIT, Kind.RETURNED, 1_000_00)]  # fmt: skip
    for number, (source, target, fen) in enumerate(ways):
        with transaction.atomic():
            ledger.move(made, source, target, fen, key=f"p{number}", subject=made, by=cast.officer)
    quota("2080502", fen=1_00)
    row = selectors.with_balances(Quota.objects.filter(pk=made.pk)).get()
    cells = [getattr(row, f"{kind}_fen") for kind in selectors.COLUMNS]
    assert cells == [4_000_00, 2_000_00, 0, 3_000_00, 1_000_00, 0, 0]
    sums = selectors.totals(Quota.objects.all())
    assert sums["total"] == 10_001_00 == sum(fen for kind, fen in sums.items() if kind != "total")
    shown = page("officer", "/policies/quotas/")
    for words in ("可用", "清册占用", "银行在途", "已发放", "发放失败退回", "¥10,001.00", "30%"):
        assert words in shown
    assert "已追回" not in shown
    assert "高龄津贴" not in page("officer", "/policies/quotas/", department=cast.organisation("BM-agriculture").pk)


def test_a_quotas_page_names_each_transfer_its_reason_and_who(db: None) -> None:
    made = quota(fen=10_000_00)
    shown = page("auditor", f"/policies/quotas/{made.pk}/")
    for words in (
        "指标来源",
        "可用",
        "¥10,000.00",
        "壹万元整",
        "发放甲",
        "与指标金额一致",
        f"/policies/quotas/{made.pk}/",
    ):
        assert words in shown


GIVEN = {"year": "2026", "level": "central", "document_number": "扎财农〔2026〕99号", "amount_fen": "1,234,567.89"}


@pytest.mark.req("FND-1")
def test_a_quota_is_shown_in_capitals_before_it_is_entered(db: None) -> None:
    client = Client()
    client.force_login(cast.officer)
    given = {**GIVEN, "policy": policy().pk}
    asked = client.post("/policies/quotas/new/", given).content.decode()
    assert "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分" in asked
    assert not Quota.objects.exists()
    back = client.post("/policies/quotas/new/", {**given, "back": "1"}).content.decode()
    assert "1,234,567.89" in back
    response = client.post("/policies/quotas/new/", {**given, "confirmed": "1"})
    made = Quota.objects.get()
    assert response.headers["Location"] == f"/policies/quotas/{made.pk}/"
    assert (made.amount_fen, made.entered_by) == (1_234_567_89, cast.officer)
    again = client.post("/policies/quotas/new/", {**given, "confirmed": "1"}).content.decode()
    assert "已录入，请核对" in again
    assert Quota.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-5", "十元", "1.234", ""])
def test_an_amount_that_is_none_is_shown_at_its_field(db: None, amount: str) -> None:
    client = Client()
    client.force_login(cast.officer)
    given = {**GIVEN, "policy": policy().pk, "amount_fen": amount}
    assert "id_amount_fen_error" in client.post("/policies/quotas/new/", given).content.decode()


@pytest.mark.parametrize("username", sorted(set(PEOPLE) - {"officer", "officer2"}))
def test_only_a_finance_officer_enters_quotas(db: None, username: str) -> None:
    client = Client()
    client.force_login(getattr(cast, username))
    response = client.post("/policies/quotas/new/", {**GIVEN, "policy": policy().pk, "confirmed": "1"})
    assert response.status_code in {403, 404}
    assert not Quota.objects.exists()
    assert "录入指标" not in page(username, "/policies/quotas/")
