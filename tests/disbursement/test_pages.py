"""The pages of the money: who sees what, and that every act of a page goes through its service."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.scope import scope_of
from accounts.workbench import menu_for, todos_for
from disbursement import exchange
from disbursement.models import Arrival, Batch, Payment, PaymentOrder
from disbursement.panels import payments_panel
from disbursement.selectors import get_bank_batch, get_batch, get_failure, money, payment_states, visible_batches
from jobs.models import Job
from jobs.services import run
from lib.errors import NotFound
from rosters.panels import panels_for
from subsidies.models import Quota
from tests.factories import cast, quota
from tests.factories_disbursement import (
    agent_account,
    answer,
    answered_batch,
    approved_roster,
    arrival_of,
    draft_batch,
    failed_payment,
    fresh,
    released_batch,
    sent_batch,
)
from tests.factories_households import account_change


def page(username: str, name: str, *args: object, query: str = "", status: int = 200) -> str:
    client = Client()
    client.force_login(getattr(cast, username))
    answered = client.get(reverse(f"disbursement:{name}", args=args) + query)
    assert answered.status_code == status, answered.content.decode()[-500:]
    return answered.content.decode()


def post(username: str, name: str, *args: object, query: str = "", **data: Any) -> tuple[int, str]:
    client = Client()
    client.force_login(getattr(cast, username))
    answered = client.post(reverse(f"disbursement:{name}", args=args) + query, data)
    return answered.status_code, answered.content.decode()


# --- Who sees what ----------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1")
def test_everybody_sees_the_batches_of_their_own_and_nobody_elses(db: None) -> None:
    draft, sent = draft_batch(approved_roster(homes=1)), sent_batch(approved_roster(homes=1))
    for username in ("officer", "finance_reviewer", "finance_head", "auditor", "farm_reviewer", "farm_head"):
        assert {get_batch(getattr(cast, username), batch.pk).pk for batch in (draft, sent)} == {draft.pk, sent.pk}
    for username in ("clerk", "leader", "care_reviewer", "admin"):
        assert not visible_batches(getattr(cast, username)).exists()
        with pytest.raises(NotFound):
            get_batch(getattr(cast, username), sent.pk)
    assert get_bank_batch(cast.bank, sent.pk) == sent
    with pytest.raises(NotFound):
        get_bank_batch(cast.bank, draft.pk)


@pytest.mark.req("ACL-1")
def test_failures_are_seen_by_their_township_their_department_and_the_county(db: None) -> None:
    payment = failed_payment()
    for username in ("clerk", "station", "farm_reviewer", "officer", "auditor"):
        assert get_failure(getattr(cast, username), payment.pk) == payment
    for username in ("clerk2", "care_reviewer", "bank", "admin"):
        with pytest.raises(NotFound):
            get_failure(getattr(cast, username), payment.pk)


def test_pages_that_a_person_may_not_see_are_not_there(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    for username, name, args in [
        ("clerk", "overview", ()),
        ("clerk", "orders", ()),
        ("bank", "batch", (999_999,)),
        ("care_reviewer", "batch", (batch.pk,)),
        ("officer", "bank", ()),
        ("officer", "bank-batch", (batch.pk,)),
        ("officer", "bank-file", (batch.pk,)),
        ("finance_head", "release", (batch.pk,)),
        ("finance_head", "batch-new", ()),
        ("finance_head", "order-new", ()),
        ("farm_reviewer", "reissue", ()),
        ("bank", "failures", ()),
    ]:
        page(username, name, *args, status=404)


def test_a_department_does_not_see_the_file_of_the_bank(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    page("farm_reviewer", "bank-file", batch.pk, status=404)


def test_the_menu_shows_each_post_its_pages(db: None) -> None:
    titles = {name: {item.title for item in menu_for(getattr(cast, name))} for name in ("officer", "bank", "clerk")}
    assert {"资金", "发放批次", "发放失败"} <= titles["officer"]
    assert "代发业务" in titles["bank"]
    assert "资金" not in titles["bank"] | titles["clerk"]
    assert "发放失败" in titles["clerk"]


# --- Figures ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("FND-3")
def test_the_overview_adds_up_to_the_quota(db: None) -> None:
    batch = answered_batch(approved_roster(homes=2), fails={1: "9"})
    (row,) = money(Quota.objects.filter(pk=batch.quota_id))
    assert row.whole
    assert {stage.kind: stage.fen for stage in row.stages}["returned"] == batch.failed_fen
    shown = page("officer", "overview")
    assert batch.quota.document_number in shown
    assert "不等于总额" not in shown


def test_the_rosters_page_tells_how_its_payments_stand(db: None, rf: object) -> None:
    roster = approved_roster(homes=3)
    assert payment_states(roster) == {}
    batch = answered_batch(roster, fails={1: "9"})
    states = payment_states(roster)
    assert (states["paid"][0], states["failed"][0]) == (2, 1)
    request = rf.get("/")  # type: ignore[attr-defined]
    request.user = cast.officer
    template, context = payments_panel(request, roster) or ("", {})
    assert context["batches"] == [batch]
    assert "发放失败" in render_to_string(template, context)
    assert panels_for(request, roster)


def test_the_workbench_shows_what_waits_for_each_post(db: None) -> None:
    approved_roster(homes=1)
    assert {"待制批": 1}.items() <= {card.title: card.count for card in todos_for(cast.officer)}.items()
    draft = draft_batch(approved_roster(homes=1))
    assert "待复核放行" in {card.title for card in todos_for(cast.officer2)}
    assert "待复核放行" not in {card.title for card in todos_for(cast.officer)}
    payment = failed_payment()
    card = next(card for card in todos_for(cast.clerk) if card.title == "失败待处理")
    assert card.clock is not None
    assert scope_of(cast.clerk2).township_ids
    assert not [card for card in todos_for(cast.clerk2) if card.title == "失败待处理"]
    account_change(payment.payee, approved=True)
    assert "可补发" in {card.title for card in todos_for(cast.officer)}
    assert draft.status == Batch.Status.DRAFT
    sent_batch(approved_roster(homes=1))
    waiting = next(card for card in todos_for(cast.bank) if card.title == "待发放并反馈")
    assert waiting.clock is not None


# --- Acts -------------------------------------------------------------------------------------------------------------
@pytest.mark.req("FND-2")
def test_one_form_enters_an_order_with_its_arrival_or_neither(db: None) -> None:
    of, account = quota(fen=1_000_00), agent_account()
    given: dict[str, Any] = {
        "number": "ZF1",
        "quota": of.pk,
        "agent_account": account.pk,
        "amount": "1,000.00",
        "succeeded_at": "2026-05-06T08:00",
        "bank_reference": "LS1",
        "arrived_at": "2026-05-06T07:00",
    }
    status, shown = post("officer", "order-new", **given)
    assert status == 200
    assert "早于" in shown
    assert 'value="ZF1"' in shown
    assert not PaymentOrder.objects.exists()
    status, _ = post("officer", "order-new", **{**given, "arrived_at": "2026-05-06T08:30"})
    assert status == 302
    assert Arrival.objects.get().amount_fen == 1_000_00
    assert "ZF1" in page("officer", "orders")


def test_an_arrival_is_entered_later_on(db: None) -> None:
    of, account = quota(fen=1_000_00), agent_account()
    post("officer", "order-new", number="ZF1", quota=of.pk, agent_account=account.pk, amount="1000",
         succeeded_at="2026-05-06T08:00")  # fmt: skip
    order = PaymentOrder.objects.get()
    assert "登记到账" in page("officer", "orders")
    status, shown = post(
        "officer", "arrival-new", order.pk, bank_reference="L", amount="999", arrived_at="2026-05-06T08:30"
    )
    assert status == 200
    assert "不一致" in shown
    status, _ = post(
        "officer", "arrival-new", order.pk, bank_reference="L", amount="1000", arrived_at="2026-05-06T08:30"
    )
    assert status == 302
    assert Arrival.objects.filter(order=order).exists()


@pytest.mark.req("PAY-1")
def test_a_batch_is_made_and_released_on_pages_by_two_people(db: None) -> None:
    roster = approved_roster(homes=2)
    money_in = arrival_of(roster)
    assert f"?arrival={money_in.pk}" in page("officer", "batch-new")
    assert roster.title in page("officer", "batch-new", query=f"?arrival={money_in.pk}")
    status, shown = post("officer", "batch-new", query=f"?arrival={money_in.pk}")
    assert "至少选择" in shown
    status, _ = post("officer", "batch-new", query=f"?arrival={money_in.pk}", rosters=roster.pk)
    assert status == 302
    batch = Batch.objects.get()
    assert "复核放行</a>" not in page("officer", "batch", batch.pk)
    status, shown = post("officer", "release", batch.pk, total_fen=batch.total_fen)
    assert status == 200
    assert "制单人不能放行" in shown
    shown = page("officer2", "release", batch.pk)
    assert "大写" in shown
    assert f'value="{batch.total_fen}"' in shown
    status, _ = post("officer2", "release", batch.pk, total_fen=batch.total_fen)
    assert status == 302
    assert fresh(batch).status == Batch.Status.RELEASED
    shown = page("officer2", "batch", batch.pk)
    assert "发放乙" in shown
    exchange.deliver(fresh(batch))
    assert "文件摘要" in page("farm_reviewer", "batch", batch.pk)


def test_a_draft_is_cancelled_on_its_page(db: None) -> None:
    batch = draft_batch(approved_roster(homes=1))
    page("officer", "cancel", batch.pk)
    assert post("officer", "cancel", batch.pk)[0] == 302
    assert fresh(batch).status == Batch.Status.CANCELLED
    assert batch.number in page("officer", "batches", query="?tab=cancelled")


@pytest.mark.req("PAY-2")
def test_the_bank_fetches_its_file_and_hands_in_its_answer(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    assert batch.number in page("bank", "bank")
    assert "下载" in page("bank", "bank-batch", batch.pk)
    client = Client()
    client.force_login(cast.bank)
    answered = client.get(reverse("disbursement:bank-file", args=[batch.pk]))
    assert answered["Content-Disposition"].startswith("attachment")
    assert answered.content == exchange.build_file(fresh(batch))
    upload = SimpleUploadedFile("R.txt", answer(batch, fails={1: "9"}))
    answered = client.post(reverse("disbursement:bank-batch", args=[batch.pk]), {"file": upload})
    job = Job.objects.get(kind="disbursement.result")
    follow = reverse("disbursement:job", args=[job.pk])
    assert answered["Location"] == follow
    assert 'aria-busy="true"' in client.get(follow).content.decode()
    run(job.pk)
    assert "已接收2条结果" in client.get(follow).content.decode()
    page("clerk", "job", job.pk, status=404)
    assert "账户已销户" in page("officer", "batch", batch.pk, query="?tab=failed")


def test_a_failure_names_who_must_act_and_is_taken_out_on_its_page(db: None) -> None:
    payment = failed_payment(code="9", homes=2)
    shown = page("clerk", "failures")
    assert "请本人另行提供账户" in shown
    assert "乡镇" in shown
    assert "移出清册</a>" not in shown
    assert "移出清册</a>" in page("farm_reviewer", "failures")
    page("farm_reviewer", "take-out", payment.pk)
    status, shown = post("farm_reviewer", "take-out", payment.pk, reason=" ")
    assert status == 200
    status, _ = post("farm_reviewer", "take-out", payment.pk, reason="收款人已死亡")
    assert status == 302
    payment.refresh_from_db()
    assert payment.disposal == Payment.Disposal.TAKEN_OUT


def test_mended_failures_are_paid_again_on_a_page(db: None) -> None:
    payment = failed_payment(code="9")
    account_change(payment.payee, approved=True)
    money_in = arrival_of(payment.line.roster)
    assert f"?arrival={money_in.pk}" in page("officer", "reissue")
    assert payment.payee_name in page("officer", "reissue", query=f"?arrival={money_in.pk}")
    status, _ = post("officer", "reissue", query=f"?arrival={money_in.pk}", payments=payment.pk)
    assert status == 302
    assert Batch.objects.get(kind=Batch.Kind.REISSUE).payments.get().attempt == 2


def test_a_delivery_that_failed_is_shown_and_asked_for_again(db: None) -> None:
    batch = released_batch(approved_roster(homes=1))
    batch.outbox.state, batch.outbox.error = "failed", "存储不可用"
    batch.outbox.save()
    assert "重新传送" in page("officer", "batch", batch.pk)
    assert post("officer", "retry", batch.pk)[0] == 302
    assert Job.objects.filter(kind="disbursement.deliver").count() == 2


# --- The API ----------------------------------------------------------------------------------------------------------
def api(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


@pytest.mark.req("PAY-2")
def test_a_bank_lists_fetches_and_answers_over_the_api_again_and_again(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    draft_batch(approved_roster(homes=1))
    client = api("bank")
    listed = client.get("/api/disbursement/bank/batches/?status=sent").json()
    assert [row["number"] for row in listed["results"]] == [batch.number]
    assert len(listed["results"][0]["file_sha256"]) == 64
    address = f"/api/disbursement/bank/batches/{batch.pk}"
    assert client.get(f"{address}/file/").content == client.get(f"{address}/file/").content
    content = answer(batch)
    first = client.post(f"{address}/result/", {"file": SimpleUploadedFile("R.txt", content)})
    again = client.post(f"{address}/result/", {"file": SimpleUploadedFile("R.txt", content)})
    assert first.status_code == again.status_code == 200
    assert again.json()["again"] is True
    assert again.json()["batch"]["status"] == "answered"


@pytest.mark.req("PAY-2")
def test_a_wrong_answer_over_the_api_is_refused_with_its_reason(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    refused = api("bank").post(
        f"/api/disbursement/bank/batches/{batch.pk}/result/", {"file": SimpleUploadedFile("R.txt", b"nonsense")}
    )
    assert refused.status_code == 400
    assert refused.json()["code"] == "result.header"
    assert api("officer").get(f"/api/disbursement/bank/batches/{batch.pk}/file/").status_code == 404


@pytest.mark.req("PAY-1")
def test_the_maker_does_not_release_over_the_api_and_the_second_person_does(db: None) -> None:
    batch = draft_batch(approved_roster(homes=1))
    address, seen = f"/api/disbursement/batches/{batch.pk}/release/", {"total_fen_seen": batch.total_fen}
    refused = api("officer").post(address, seen, content_type="application/json")
    assert refused.status_code == 403
    assert refused.json()["code"] == "disbursement.two_people"
    done = api("officer2").post(address, seen, content_type="application/json")
    assert done.status_code == 200
    assert done.json()["status"] == "released"
    again = api("officer2").post(address, seen, content_type="application/json")
    assert again.status_code == 409
