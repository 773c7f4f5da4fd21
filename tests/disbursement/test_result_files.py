"""An answer handed in on a page, told to villagers, and written in each of the layouts (PAY-2, PAY-3, PUB-8)."""

import dataclasses

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from disbursement.layouts import layout_of
from disbursement.layouts.delimited import Delimited
from disbursement.layouts.shapes import OrderHeader, OrderLine
from disbursement.models import Batch, Payment
from disbursement.reasons import code_table, reasons
from disbursement.services import ask_result
from jobs import services as jobs
from jobs.models import Job
from lib import crypto
from lib.errors import Invalid
from publicity.models import SmsMessage
from tests.disbursement.test_results_refused import DAY, nothing_changed
from tests.factories import cast
from tests.factories_disbursement import (
    answer,
    answer_lines,
    answered_batch,
    approved_roster,
    fresh,
    sent_batch,
    take,
    written,
)
from tests.factories_households import household


# --- By a page --------------------------------------------------------------------------------------------------------
def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("R.txt", content)


@pytest.mark.req("PAY-2")
def test_an_uploaded_answer_is_taken_in_by_a_job_and_a_refused_one_says_why(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    wrong = ask_result(by=cast.bank, batch=batch, upload=upload(b"nonsense"))
    assert jobs.run(wrong.pk) == Job.State.FAILED
    wrong.refresh_from_db()
    assert "没有改动任何数据" in wrong.error
    right = ask_result(by=cast.bank, batch=batch, upload=upload(answer(batch)))
    assert jobs.run(right.pk) == Job.State.DONE
    assert fresh(batch).status == Batch.Status.ANSWERED
    again = ask_result(by=cast.bank, batch=batch, upload=upload(answer_of(right)))
    jobs.run(again.pk)
    again.refresh_from_db()
    assert again.result["again"] is True


def answer_of(job: Job) -> bytes:
    assert job.file is not None
    with job.file.file.open("rb") as handle:
        content: bytes = handle.read()
    return content


@pytest.mark.req("PUB-8")
def test_each_villager_is_told_once_what_was_paid_or_what_failed(db: None) -> None:
    homes = [household(name="甲一"), household(name="甲二")]
    for number, home in enumerate(homes):
        assert home.head is not None
        home.head.phone_cipher = crypto.encrypt(f"1390000000{number}")
        home.head.save(update_fields=["phone_cipher"])
    batch = answered_batch(approved_roster(homes=homes), fails={2: "9"})
    job = Job.objects.get(kind="disbursement.messages")
    assert jobs.run(job.pk) == Job.State.DONE
    told = {message.kind: crypto.decrypt(message.text_cipher) for message in SmsMessage.objects.all()}
    assert set(told) == {"pay_paid", "pay_failed"}
    paid = Payment.objects.get(batch=batch, number=1)
    assert batch.quota.policy.name in told["pay_paid"]
    assert f"尾号为{paid.account_tail}" in told["pay_paid"]
    assert "账户已销户" in told["pay_failed"]
    Job.objects.filter(pk=job.pk).update(state="queued")
    jobs.run(job.pk)
    assert SmsMessage.objects.count() == 2


# --- Layouts ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-2")
def test_a_workbook_answers_like_a_text_and_speaks_the_portals_own_codes(db: None) -> None:
    batch = sent_batch(approved_roster(homes=3, layout="xlsx"))
    take(batch, answer(batch, fails={2: "F06"}))
    assert Payment.objects.get(batch=batch, number=2).reason == "F06"
    assert fresh(batch).status == Batch.Status.ANSWERED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": 99}, "批次中没有这条明细"),
        ({"amount_fen": 1}, "金额与发送给银行的不一致"),
        ({"code": "F01"}, "却不是成功码"),
    ],
)
def test_a_workbook_that_does_not_fit_is_refused_whole(db: None, change: dict[str, object], words: str) -> None:
    batch = sent_batch(approved_roster(homes=2, layout="xlsx"))
    lines = answer_lines(batch)
    content = written(batch, [dataclasses.replace(lines[0], **change), lines[1]])  # type: ignore[arg-type]
    with pytest.raises(Invalid, match=words):
        take(batch, content)
    nothing_changed(batch)


def test_what_is_no_workbook_is_refused_with_advice(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1, layout="xlsx"))
    with pytest.raises(Invalid, match="结果文件未接收"):
        take(batch, b"PK\x03\x04 broken")
    nothing_changed(batch)


@pytest.mark.parametrize("name", ["甲|一", "甲\n一", "甲\ue100"])
def test_a_layout_refuses_characters_it_cannot_carry_and_names_the_line(name: str) -> None:
    header = OrderHeader("FF1", "财政局", "地力补贴", 1, 100, DAY)
    row = OrderLine(7, "6299990000000000001", name, "159999197005010010", 100, "地力补贴", 1)
    with pytest.raises(Invalid, match="第7行"):
        layout_of("psbc-txt").write_order(header, [row])


def test_a_bank_with_the_smaller_charset_refuses_rare_characters() -> None:
    small = Delimited("gbk", "小字库", code_table("psbc"), delimiter="|", charset="gbk")
    row = OrderLine(3, "6299990000000000001", "王\U00020bb7", "159999197005010010", 100, "补贴", 1)
    with pytest.raises(Invalid, match="第3行"):
        small.write_order(OrderHeader("FF1", "财政局", "补贴", 1, 100, DAY), [row])


@pytest.mark.req("PAY-3")
def test_every_code_of_the_bank_leads_to_a_reason_that_says_who_must_act() -> None:
    table = code_table("psbc")
    assert table.success == {"0"}
    for ours in table.reasons.values():
        assert reasons()[ours].duty
        assert reasons()[ours].action
