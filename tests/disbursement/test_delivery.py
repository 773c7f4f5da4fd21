"""The file for the bank: written after the commit, the same bytes at every try, fetched with a trace (PAY-2)."""

import hashlib
import os

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import TrailEntry
from disbursement import exchange
from disbursement.layouts import layout_of
from disbursement.models import BankOutbox, Batch
from jobs import services as jobs
from jobs.models import Job
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rulebook.models import Deadline
from tests.factories import at, cast
from tests.factories_disbursement import approved_roster, arrival, draft_batch, fresh, released_batch, sent_batch
from tests.factories_households import household


def out(batch: Batch) -> str:
    return f"bank/B01/out/{BankOutbox.objects.get(batch=batch).file_name}"


def read(path: str) -> bytes:
    with default_storage.open(path) as handle:
        content: bytes = handle.read()
    return content


@pytest.mark.req("PAY-2")
@pytest.mark.parametrize("layout", ["psbc-txt", "xlsx"])
def test_the_bank_reads_in_its_file_what_the_batch_holds(db: None, layout: str) -> None:
    batch = sent_batch(approved_roster(homes=3, layout=layout))
    header, lines = layout_of(layout).read_order(read(out(batch)))
    assert (header.batch, header.count, header.total_fen) == (batch.number, 3, batch.total_fen)
    assert header.project == batch.quota.policy.short_name
    payments = {payment.number: payment for payment in batch.payments.all()}
    for line in lines:
        payment = payments[line.number]
        assert line.account == crypto.decrypt(payment.account_cipher)
        assert line.id_number == crypto.decrypt(payment.payee_id_cipher)
        assert (line.name, line.amount_fen, line.detail) == (payment.payee_name, payment.amount_fen, payment.pk)
        assert len(line.summary) <= 7


def test_the_text_layout_is_gb18030_with_a_control_line_and_crlf(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    rows = read(out(batch)).decode("gb18030").split("\r\n")
    assert rows[0].split("|")[0] == batch.number
    assert rows[0].split("|")[3] == "2"
    assert rows[1].split("|")[3] == "01"
    assert rows[-1] == ""


@pytest.mark.req("PAY-2")
@pytest.mark.parametrize("layout", ["psbc-txt", "xlsx"])
def test_the_same_batch_gives_the_same_bytes_later_on(db: None, layout: str) -> None:
    batch = released_batch(approved_roster(homes=2, layout=layout))
    first = exchange.build_file(batch)
    at("2026-06-20T10:00")
    assert exchange.build_file(fresh(batch)) == first


@pytest.mark.req("PAY-2", "PAY-4")
def test_a_delivery_killed_between_the_file_and_the_state_is_repeated_without_a_second_file(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = released_batch(approved_roster(homes=2))

    def killed(*_: object) -> Batch:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(exchange, "_mark_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            exchange.deliver(batch)
    assert fresh(batch).status == Batch.Status.RELEASED
    written = read(out(batch))
    place = default_storage.path(out(batch))
    before = os.stat(place).st_ino

    sent = exchange.deliver(fresh(batch))
    assert sent.status == Batch.Status.SENT
    assert read(out(batch)) == written
    assert os.stat(place).st_ino == before
    assert default_storage.listdir("bank/B01/out")[1].count(BankOutbox.objects.get(batch=batch).file_name) == 1
    assert set(batch.payments.values_list("status", flat=True)) == {"sent"}
    assert BankOutbox.objects.get(batch=batch).state == BankOutbox.State.SENT


def test_half_a_file_left_by_a_killed_delivery_is_replaced(db: None) -> None:
    batch = released_batch(approved_roster(homes=2))
    default_storage.save(out(batch), ContentFile(b"half"))
    sent = exchange.deliver(batch)
    assert sent.file is not None
    assert hashlib.sha256(read(out(batch))).digest() == bytes(sent.file.sha256)


def test_the_release_queues_a_job_that_delivers(db: None) -> None:
    batch = released_batch(approved_roster(homes=1))
    job = Job.objects.get(kind="disbursement.deliver")
    assert jobs.run(job.pk) == Job.State.DONE
    assert fresh(batch).status == Batch.Status.SENT
    assert exchange.deliver(fresh(batch)).sent_at == fresh(batch).sent_at


@pytest.mark.req("PAY-4")
@pytest.mark.rule("ZLT:bank.payout", "ZLT:bank.feedback")
def test_the_banks_clock_starts_at_the_later_of_arrival_and_sending(db: None) -> None:
    batch = released_batch(approved_roster(homes=1))
    at("2026-06-01T15:30")
    sent = exchange.deliver(fresh(batch))
    for kind in ("bank.payout", "bank.feedback"):
        deadline = Deadline.objects.get(kind=kind, subject_id=batch.pk)
        assert deadline.started_at == sent.sent_at
        assert (deadline.amount, deadline.unit) == (24, "natural_hours")
        assert deadline.responsible == batch.bank


@pytest.mark.req("PAY-4")
def test_the_days_to_send_are_kept_when_the_whole_arrival_has_been_sent(db: None) -> None:
    roster = approved_roster(homes=1)
    clock = Deadline.objects.get(kind="dispatch.to_bank")
    assert clock.met_at is None
    sent_batch(roster)
    clock.refresh_from_db()
    assert clock.met_at is not None


def test_the_days_to_send_run_on_while_money_of_the_arrival_lies_idle(db: None) -> None:
    first = approved_roster(homes=1)
    rest = arrival(first.quota, fen=1_00)
    sent_batch(first)
    assert Deadline.objects.get(kind="dispatch.to_bank", subject_id=rest.order_id).met_at is None


def test_a_storage_that_fails_is_told_and_the_delivery_can_be_asked_for_again(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = released_batch(approved_roster(homes=1))

    def full(*_: object) -> str:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", full)
        with pytest.raises(Conflict, match="没有传送成功"):
            exchange.deliver(batch)
    outbox = BankOutbox.objects.get(batch=batch)
    assert (outbox.state, outbox.attempts) == (BankOutbox.State.FAILED, 1)
    with pytest.raises(Forbidden):
        exchange.retry_delivery(by=cast.finance_head, batch=batch)
    job = exchange.retry_delivery(by=cast.officer, batch=batch)
    assert jobs.run(job.pk) == Job.State.DONE
    with pytest.raises(Conflict):
        exchange.retry_delivery(by=cast.officer, batch=batch)


def test_a_name_that_the_bank_cannot_read_stops_the_batch_and_names_the_line(db: None) -> None:
    homes = [household(), household(name="甲\ue000")]
    with pytest.raises(Invalid, match=r"第\d行.*不能表示的字符"):
        draft_batch(approved_roster(homes=homes))


@pytest.mark.req("PAY-2", "ACL-3")
def test_only_the_batchs_bank_fetches_the_file_and_every_fetch_is_on_the_trail(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    name, content = exchange.open_file(by=cast.bank, batch=batch)
    assert name.startswith(batch.number)
    assert content == read(out(batch))
    exchange.open_file(by=cast.bank, batch=batch)
    assert TrailEntry.objects.filter(verb="bank_file.download", actor=cast.bank).count() == 2
    for username in ("officer", "finance_head", "auditor"):
        with pytest.raises(Forbidden):
            exchange.open_file(by=getattr(cast, username), batch=batch)


def test_a_file_that_was_changed_on_the_disk_is_not_handed_out(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    path = out(batch)
    default_storage.delete(path)
    default_storage.save(path, ContentFile(b"something else"))
    with pytest.raises(Conflict, match="摘要不符"):
        exchange.open_file(by=cast.bank, batch=batch)
