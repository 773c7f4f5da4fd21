"""The pages where the department pays and data goes before its money; the bank's reports on pages and over the API."""

from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localtime

from accounts.scope import scope_of
from accounts.workbench import menu_for, todos_for
from disbursement.models import Batch, PaymentOrder, ReturnNotice
from rosters.models import Roster
from rulebook import clock
from tests.disbursement.test_pages import page, post
from tests.factories import cast
from tests.factories_disbursement import (
    DATA_FIRST,
    agent_account,
    answer,
    bound_batch,
    data_batch,
    data_roster,
    fresh,
    take,
    verified_batch,
)
from tests.ruled import ruled


@pytest.fixture(autouse=True)
def data_first(db: None) -> None:
    ruled(DATA_FIRST)


def cards(username: str) -> dict[str, int]:
    return {card.title: card.count for card in todos_for(getattr(cast, username))}


def minute() -> str:
    return f"{localtime(clock.now(), clock.SHANGHAI):%Y-%m-%dT%H:%M}"


@pytest.mark.req("PAY-1")
def test_the_department_makes_releases_and_pays_a_batch_on_pages() -> None:
    roster = data_roster()
    assert cards("dept_officer1")["待制批"] == 1
    assert "待制批" not in cards("officer")
    assert roster.quota.document_number in page("dept_officer1", "batch-new")
    query = f"?quota={roster.quota_id}"
    assert "先把数据送达银行" in page("dept_officer1", "batch-new", query=query)
    status, body = post("dept_officer1", "batch-new", query=query, rosters=[roster.pk])
    assert (status, "代发户" in body) == (200, True)
    status, _ = post("dept_officer1", "batch-new", query=query, rosters=[roster.pk], agent_account=agent_account().pk)
    batch = Batch.objects.get()
    assert (status, batch.data_first) == (302, True)
    assert post("officer2", "release", batch.pk, total_fen=batch.total_fen)[0] == 404
    assert cards("farm_head")["待复核放行"] == 1
    assert post("farm_head", "release", batch.pk, total_fen=batch.total_fen)[0] == 302
    assert fresh(batch).status == "released"


@pytest.mark.req("FND-2")
def test_a_batch_with_the_bank_is_paid_for_from_its_own_page() -> None:
    batch = data_batch()
    assert cards("dept_officer2")["数据已送达待拨款"] == 1
    shown = page("dept_officer1", "batch", batch.pk)
    assert f"orders/new/?batch={batch.pk}" in shown
    assert "资金到账后银行才能核对和发放" in shown
    assert f"orders/new/?batch={batch.pk}" not in page("officer", "batch", batch.pk)
    given = {"number": "ZF-P1", "succeeded_at": minute(), "bank_reference": "LS-P1", "arrived_at": minute()}
    status, body = post("dept_officer1", "order-new", query=f"?batch={batch.pk}", **given)
    assert status == 302, body
    order = PaymentOrder.objects.get(number="ZF-P1")
    assert (order.batch, order.amount_fen) == (batch, batch.total_fen)
    assert fresh(batch).arrival == order.arrival
    assert "ZF-P1" in page("dept_officer1", "orders")
    assert "ZF-P1" not in page("care_officer1", "orders")


def test_the_menu_and_the_money_are_shown_to_who_pays_and_no_other_department() -> None:
    roster = data_roster()
    assert "disbursement:overview" in {item.url_name for item in menu_for(cast.dept_officer1)}
    assert scope_of(cast.farm_reviewer).department_ids
    assert "disbursement:overview" not in {item.url_name for item in menu_for(cast.farm_reviewer)}
    assert roster.quota.document_number in page("dept_officer1", "overview")
    assert roster.quota.document_number not in page("care_officer1", "overview")
    page("farm_reviewer", "overview", status=404)
    page("farm_reviewer", "batch-new", status=404)


def test_the_bank_verifies_disagrees_finishes_and_answers_on_its_page() -> None:
    batch = bound_batch()
    assert cards("bank") == {"待核对资金与数据": 1}
    shown = page("bank", "bank-batch", batch.pk)
    assert "资金与数据一致" in shown
    assert "上传结果文件" not in shown
    status, body = post("bank", "bank-discrepancy", batch.pk, text="少")
    assert (status, "4至300个字" in body) == (200, True)
    assert post("bank", "bank-discrepancy", batch.pk, text="到账金额比数据少一元")[0] == 302
    assert cards("dept_officer1")["银行核对不符"] == 1
    assert "到账金额比数据少一元" in page("dept_officer1", "settle", batch.pk)
    page("officer", "settle", batch.pk, status=404)
    assert post("dept_officer1", "settle", batch.pk, text="已核对，金额一致")[0] == 302
    assert post("bank", "bank-verify", batch.pk)[0] == 302
    assert cards("bank") == {"待发放并反馈": 1}
    assert post("bank", "bank-finished", batch.pk, at=minute())[0] == 302
    assert "上传结果文件" in page("bank", "bank-batch", batch.pk)
    assert "已核对，金额一致" in page("dept_officer1", "batch", batch.pk)


def test_a_batch_without_money_says_so_to_its_bank() -> None:
    batch = data_batch()
    assert "资金尚未到账" in page("bank", "bank-batch", batch.pk)
    assert cards("bank") == {}


@pytest.mark.req("PAY-5")
def test_a_return_is_told_on_the_banks_page_and_the_unit_finds_what_to_declare_again() -> None:
    batch = verified_batch()
    take(batch, answer(batch))
    told: dict[str, Any] = {"number": 99, "noticed_at": minute(), "reason": "F02", "reference": "TK-1"}
    status, body = post("bank", "bank-returned", batch.pk, **told)
    assert (status, "没有序号99" in body) == (200, True)
    assert post("bank", "bank-returned", batch.pk, **{**told, "number": 1})[0] == 302
    assert ReturnNotice.objects.get().payment.number == 1
    assert "TK-1" in page("bank", "bank-batch", batch.pk)
    correction = Roster.objects.get(kind="correction")
    assert cards("clerk")["发放失败待重新申报"] == 1
    assert correction.number in page("clerk", "failures", query="?tab=done")
    client = Client()
    client.force_login(cast.clerk)
    shown = client.get(f"/rosters/{correction.pk}/").content.decode()
    assert "原清册" in shown
    assert "账户" in shown


@pytest.mark.req("PAY-2")
def test_the_bank_reports_over_the_api_as_on_its_page() -> None:
    batch = bound_batch()
    client = Client()
    client.force_login(cast.bank)
    base = f"/api/disbursement/bank/batches/{batch.pk}/"

    def send(name: str, **data: object) -> tuple[int, dict[str, object]]:
        answered = client.post(f"{base}{name}/", data, content_type="application/json")
        return answered.status_code, answered.json()

    assert send("verify", agrees=False, text="文件打不开，请重发")[0] == 200
    status, told = send("verify", agrees=True)
    assert (status, told["to_verify"], told["discrepancy"]) == (200, False, "")
    assert send("verify", agrees=True)[0] == 200
    status, told = send("finished", at=clock.now().isoformat())
    assert (status, told["finished_at"] is not None) == (200, True)
    take(batch, answer(batch))
    status, told = send("returns", number=1, noticed_at=clock.now().isoformat(), reason="F02", reference="TK")
    assert (status, told["failed_count"]) == (200, 1)
    assert send("returns", number=1, noticed_at=clock.now().isoformat(), reason="F02", reference="TK")[0] == 409
    client.force_login(cast.officer)
    assert client.post(f"{base}verify/", {"agrees": True}, content_type="application/json").status_code == 404
