"""A bank's answer is taken in whole or not at all, and once (PAY-2, PAY-3)."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from disbursement.layouts import ParsedLine, layout_of
from disbursement.layouts.delimited import Delimited
from disbursement.layouts.shapes import OrderHeader, OrderLine
from disbursement.models import Arrival, Batch, Payment, ResultFile, ResultLine
from disbursement.reasons import code_table, reasons
from disbursement.services import ask_result, take_result
from jobs import services as jobs
from jobs.models import Job
from lib import crypto
from lib.errors import Forbidden, Invalid
from publicity.models import SmsMessage
from rosters.models import Roster
from rulebook import clock
from rulebook.models import Deadline
from subsidies import ledger
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_disbursement import (
    answer,
    answer_lines,
    answered_batch,
    approved_roster,
    draft_batch,
    fresh,
    released_batch,
    sent_batch,
    take,
    written,
)
from tests.factories_households import household
from tests.factories_rosters import fresh as fresh_roster
from tests.factories_rosters import settle


def nothing_changed(batch: Batch) -> None:
    """No trace of a file that was refused."""
    now = fresh(batch)
    assert (now.status, now.paid_count, now.failed_count) == (batch.status, batch.paid_count, batch.failed_count)
    assert not ResultFile.objects.filter(batch=batch).exists()
    assert not ResultLine.objects.filter(batch=batch).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM disbursement_resultstaging")
        assert cursor.fetchone() == (0,)


@pytest.mark.req("PAY-3", "PAY-4", "FND-3")
def test_an_answer_settles_every_payment_the_money_and_the_clocks(db: None) -> None:
    roster = approved_roster(homes=3)
    batch = sent_batch(roster)
    taken = take(batch, answer(batch, fails={3: "9"}))
    settle()
    batch = fresh(batch)
    failed = Payment.objects.get(batch=batch, number=3)
    assert not taken.again
    assert batch.status == Batch.Status.ANSWERED
    assert (batch.paid_fen, batch.failed_fen) == (batch.total_fen - failed.amount_fen, failed.amount_fen)
    assert (failed.status, failed.reason, failed.disposal) == ("failed", "F03", "open")
    paid = Payment.objects.get(batch=batch, number=1)
    assert paid.bank_reference
    assert paid.settled_at is not None
    assert Arrival.objects.get(batches=batch).used_fen == batch.paid_fen
    there = ledger.balances(roster.quota)
    assert (there["paid"], there["returned"], there["in_transit"]) == (batch.paid_fen, batch.failed_fen, 0)
    for kind in ("bank.payout", "bank.feedback"):
        assert Deadline.objects.get(kind=kind, subject_id=batch.pk).state == Deadline.State.MET


@pytest.mark.req("PAY-4")
def test_an_answer_after_its_time_is_late_in_the_banks_record(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    content = answer(batch)
    at("2026-08-01T09:00")
    take(batch, content)
    assert Deadline.objects.get(kind="bank.payout", subject_id=batch.pk).state == Deadline.State.MET
    assert Deadline.objects.get(kind="bank.feedback", subject_id=batch.pk).state == Deadline.State.LATE


@pytest.mark.req("PAY-5", "PAY-4")
@pytest.mark.rule("ZLT:account.fix", "ZLT:failure.department")
def test_every_failure_starts_the_clocks_of_the_township_and_the_department(db: None) -> None:
    roster = approved_roster(homes=4)
    batch = answered_batch(roster, fails={1: "9", 2: "4", 3: "1"})
    wrong_file = Payment.objects.get(batch=batch, number=3)
    assert wrong_file.reason == "F13"
    fixes = Deadline.objects.filter(kind="account.fix")
    assert set(fixes.values_list("subject_id", flat=True)) == set(
        Payment.objects.filter(batch=batch, number__in=[1, 2]).values_list("pk", flat=True)
    )
    assert {fix.responsible for fix in fixes} == {roster.organisation}
    departments = Deadline.objects.filter(kind="failure.department")
    assert departments.count() == 3
    assert {deadline.responsible for deadline in departments} == {roster.policy.department}
    assert len({deadline.due_at for deadline in departments}) == 1


@pytest.mark.req("PAY-2")
def test_the_same_file_again_changes_nothing_and_says_so(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    content = answer(batch, fails={1: "9"})
    first = take(batch, content)
    before = ledger.balances(batch.quota)
    again = take(batch, content)
    assert again.again
    assert again.result == first.result
    assert "没有改动" in again.words
    assert ledger.balances(batch.quota) == before
    assert ResultLine.objects.count() == 2
    assert Job.objects.filter(kind="disbursement.messages").count() == 1


@pytest.mark.req("PAY-2")
def test_an_answer_may_come_in_parts(db: None) -> None:
    roster = approved_roster(homes=3)
    batch = sent_batch(roster)
    take(batch, answer(batch, only={1}))
    assert fresh(batch).status == Batch.Status.SENT
    assert Deadline.objects.get(kind="bank.feedback", subject_id=batch.pk).met_at is None
    take(batch, answer(batch, only={2, 3}, fails={2: "9"}))
    settle()
    assert fresh(batch).status == Batch.Status.ANSWERED
    assert ledger.total(roster.quota) == roster.quota.amount_fen
    assert ledger.balances(roster.quota)["in_transit"] == 0


def test_what_the_bank_still_works_on_stays_unknown_and_blocks_until_it_is_known(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    lines = answer_lines(batch)
    waiting = dataclasses.replace(lines[1], state="processing", code="", message="", settled_at=None, reference="")
    take(batch, written(batch, [lines[0], waiting]))
    assert Payment.objects.get(batch=batch, number=2).status == Payment.Status.UNKNOWN
    assert fresh(batch).status == Batch.Status.SENT
    take(batch, written(batch, [lines[1]]))
    assert Payment.objects.get(batch=batch, number=2).status == Payment.Status.PAID
    assert fresh(batch).status == Batch.Status.ANSWERED


def test_a_roster_ends_with_its_last_paid_line(db: None) -> None:
    roster = approved_roster(homes=2)
    batch = sent_batch(roster)
    take(batch, answer(batch, only={1}))
    assert fresh_roster(roster).status == Roster.Status.PAYING
    take(batch, answer(batch, only={2}))
    assert fresh_roster(roster).status == Roster.Status.CLOSED


# --- Refused whole ----------------------------------------------------------------------------------------------------
DAY = date(2026, 5, 6)
Change = Callable[[Batch, list[ParsedLine]], bytes]


def line(place: int, /, **changes: object) -> Change:
    """A file in which one line is changed; its totals are made to agree."""

    def make(batch: Batch, lines: list[ParsedLine]) -> bytes:
        return written(
            batch,
            [dataclasses.replace(each, **changes) if each.number == place else each for each in lines],  # type: ignore[arg-type]
        )

    return make


def text(old: str, new: str) -> Change:
    """A file in which text is replaced."""

    def make(batch: Batch, lines: list[ParsedLine]) -> bytes:
        content = written(batch, lines).decode("gb18030")
        assert old in content
        return content.replace(old, new, 1).encode("gb18030")

    return make


CORPUS: list[tuple[str, Change, str]] = [
    (
        "another batch",
        lambda batch, lines: written(batch, lines, number="FF20260101000001"),
        "批次号是FF20260101000001",
    ),
    ("an unknown number", line(2, number=99), "第3行：批次中没有这条明细"),
    ("another batch's payment", line(2, detail=999_999), "第3行：批次中没有这条明细"),
    ("a changed amount", line(2, amount_fen=1), "第3行：金额与发送给银行的不一致"),
    ("a changed tail", line(2, account="****0000"), "第3行：账号与发送给银行的不一致"),
    ("a changed account", line(2, account="6299990000000000001"), "第3行：账号与发送给银行的不一致"),
    ("a duplicate", lambda batch, lines: written(batch, [*lines, lines[0]]), "第5行：序号1与第2行重复"),
    ("an unknown code", line(1, state="failed", code="777"), "第2行：返回码“777”不在"),
    ("a code of success for a failure", line(1, state="failed", code="0"), "第2行：返回码“0”不在"),
    ("a code of failure for a success", line(1, code="9"), "第2行：状态为成功，返回码“9”却不是成功码"),
    ("no reference", line(1, reference=""), "第2行：成功的明细缺少银行流水号"),
    ("no time", line(1, settled_at=None), "第2行：入账或退回时间"),
    ("no lines", lambda batch, lines: written(batch, []), "文件中没有明细"),
    ("a wrong state", text("成功", "成了"), "处理状态应为"),
    ("a missing column", text("|****", "****"), "应有9栏，现有8栏"),
    ("an amount in words", text(".", "点"), "控制行与明细不符"),
    ("too short a control line", lambda batch, lines: b"FF|1\r\n", "第1行控制行应有8栏"),
    ("another charset", lambda batch, lines: "批次".encode("utf-16"), "结果文件未接收"),
]


@pytest.mark.req("PAY-2")
@pytest.mark.parametrize(("name", "change", "words"), CORPUS, ids=[entry[0] for entry in CORPUS])
def test_a_file_that_does_not_fit_is_refused_whole_with_its_rows(
    db: None, name: str, change: Change, words: str
) -> None:
    batch = sent_batch(approved_roster(homes=3))
    content = change(batch, answer_lines(batch))
    with pytest.raises(Invalid) as refusal:
        take(batch, content)
    assert words in refusal.value.message
    assert "没有改动任何数据" in refusal.value.message
    nothing_changed(batch)


@pytest.mark.parametrize("column", [1, 2, 3, 4, 5, 6])
def test_each_control_total_is_compared_with_the_lines(db: None, column: int) -> None:
    batch = sent_batch(approved_roster(homes=2))
    rows = answer(batch).decode("gb18030").split("\r\n")
    header = rows[0].split("|")
    header[column] = "7" if column in (1, 3, 5) else "7.00"
    content = "\r\n".join(["|".join(header), *rows[1:]]).encode("gb18030")
    with pytest.raises(Invalid, match="控制行与明细不符") as refusal:
        take(batch, content)
    assert refusal.value.code == "result.totals"
    nothing_changed(batch)


def test_a_line_with_a_result_has_no_second_one(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    take(batch, answer(batch, only={1}))
    with pytest.raises(Invalid, match="第2行：这条明细已经有最终结果"):
        take(batch, answer(batch))
    assert ResultFile.objects.filter(batch=batch).count() == 1


def test_a_time_to_come_is_refused(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    late = dataclasses.replace(answer_lines(batch)[0], settled_at=clock.now() + timedelta(hours=1))
    with pytest.raises(Invalid, match="晚于现在"):
        take(batch, written(batch, [late]))
    nothing_changed(batch)


@pytest.mark.parametrize("state", ["draft", "released", "answered"])
def test_an_answer_to_a_batch_that_is_not_with_the_bank_is_refused(db: None, state: str) -> None:
    roster = approved_roster(homes=1)
    ways: dict[str, Callable[[Roster], Batch]] = {
        "draft": draft_batch,
        "released": released_batch,
        "answered": answered_batch,
    }
    made = ways[state](roster)
    content = answer(made)
    files = ResultFile.objects.count()
    with pytest.raises(Invalid, match=r"还没有送达银行|都已有结果"):
        take(made, content if state != "answered" else content.replace(b"YL", b"YM"))
    assert ResultFile.objects.count() == files


def test_an_answer_that_fails_half_way_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = sent_batch(approved_roster(homes=2))

    def burst(*_: object, **__: object) -> None:
        raise RuntimeError("the machine stops here")

    with monkeypatch.context() as patched:
        patched.setattr("disbursement.services.consequences.ask_messages", burst)
        with pytest.raises(RuntimeError):
            take(batch, answer(batch))
    nothing_changed(batch)
    assert set(batch.payments.values_list("status", flat=True)) == {"sent"}


@pytest.mark.parametrize("username", ["clerk", "finance_head", "auditor", "farm_reviewer"])
def test_only_the_bank_and_finance_officers_hand_in_answers(db: None, username: str) -> None:
    batch = sent_batch(approved_roster(homes=1))
    with pytest.raises(Forbidden):
        take(batch, answer(batch), by=getattr(cast, username))


@pytest.mark.req("PAY-2")
def test_the_same_file_from_two_sides_at_once_counts_once(committed_db: Database) -> None:
    batch = sent_batch(approved_roster(homes=2))
    content, start, outcomes = answer(batch), threading.Barrier(2), []

    def hand_in(username: str) -> None:
        try:
            by = getattr(cast, username)
            start.wait(10)
            outcomes.append(take_result(by=by, batch=batch, content=content, name="R.txt").again)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(name,)) for name in ("bank", "officer")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [False, True]
    assert ResultLine.objects.count() == 2
    assert ledger.balances(batch.quota)["paid"] == batch.total_fen


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
