"""A bank's answer that does not fit is refused whole, and nothing of it stays (PAY-2)."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection

from disbursement.layouts import ParsedLine
from disbursement.models import Batch, ResultFile, ResultLine
from disbursement.services import take_result
from lib.errors import Forbidden, Invalid
from rosters.models import Roster
from rulebook import clock
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast
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


def nothing_changed(batch: Batch) -> None:
    """No trace of a file that was refused."""
    now = fresh(batch)
    assert (now.status, now.paid_count, now.failed_count) == (batch.status, batch.paid_count, batch.failed_count)
    assert not ResultFile.objects.filter(batch=batch).exists()
    assert not ResultLine.objects.filter(batch=batch).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM disbursement_resultstaging")
        assert cursor.fetchone() == (0,)


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
