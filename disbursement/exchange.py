"""Handing files to banks and taking their answers, through Django's storage (design §7).

`bank/<bank's code>/out/` holds what is for the bank, `in/` what comes back, `done/` what was taken in and `rejected/`
what was refused, each with its reason beside it. Nothing here happens inside the transaction of a release: an outbox
row is written with it, and a job delivers after the commit. A job that dies between file and state is run again and
writes the same bytes under the same name.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.scope import scope_of
from accounts.trail import record
from disbursement import clocks, payers
from disbursement.layouts import OrderHeader, OrderLine, layout_of
from disbursement.models import BankOutbox, Batch, Payment
from jobs import services as jobs
from jobs.models import Job, StoredFile
from lib import crypto
from lib.errors import Conflict, Forbidden, NotFound, Refusal
from rulebook import clock
from rulebook.clock import SHANGHAI

JOB = "disbursement.deliver"
ROOT = "bank"
_AT_ONCE = 2000
Status = Batch.Status


def folder(bank_code: str, box: str) -> str:
    return f"{ROOT}/{bank_code}/{box}"


def file_name(batch: Batch) -> str:
    return f"{batch.number}{layout_of(batch.agent_account.layout).suffix}"


def build_file(batch: Batch) -> bytes:
    """The bank's file of a released batch: the same bytes at every call."""
    if batch.released_at is None:
        raise Conflict("批次放行后才能生成代发文件。", code="disbursement.not_released")
    header = OrderHeader(
        batch=batch.number,
        payer=batch.agent_account.name,
        project=batch.quota.policy.short_name,
        count=batch.payment_count,
        total_fen=batch.total_fen,
        day=batch.released_at.astimezone(SHANGHAI).date(),
    )
    return layout_of(batch.agent_account.layout).write_order(header, _lines(batch, header.project))


def _lines(batch: Batch, summary: str) -> Iterator[OrderLine]:
    """Payments in the clear, decrypted some at a time as they are written."""
    fields = ("pk", "number", "payee_name", "amount_fen", "account_cipher", "payee_id_cipher")
    payments = Payment.objects.filter(batch=batch).order_by("number").values_list(*fields)
    rows = payments.iterator(chunk_size=_AT_ONCE)
    while some := list(islice(rows, _AT_ONCE)):
        accounts = crypto.decrypt_many(row[4] for row in some)
        numbers = crypto.decrypt_many(row[5] for row in some)
        for (pk, number, name, fen, *_), account, id_number in zip(some, accounts, numbers, strict=True):
            yield OrderLine(
                number=number,
                account=account,
                name=name,
                id_number=id_number,
                amount_fen=fen,
                summary=summary,
                detail=pk,
            )


# --- Delivery ---------------------------------------------------------------------------------------------------------
def ask_delivery(*, by: User, batch: Batch) -> Job:
    return jobs.ask(kind=JOB, title=f"传送批次{batch.number}", by=by, subject=batch, params={"batch": batch.pk})


@jobs.handles(JOB)
def run_delivery(job: Job) -> dict[str, object]:
    batch = deliver(Batch.objects.get(pk=job.params["batch"]))
    return {"batch": batch.number, "payments": batch.payment_count}


def deliver(batch: Batch) -> Batch:
    """Puts the file where the bank takes it, then says so. Run again at any point, it ends in the same."""
    related = ("arrival__order", "quota__policy__department", "agent_account", "bank")
    batch = Batch.objects.select_related(*related).get(pk=batch.pk)
    if batch.status != Status.RELEASED:
        return batch
    outbox = BankOutbox.objects.get(batch=batch)
    try:
        content = build_file(batch)
        path = _put(f"{folder(batch.bank.code, 'out')}/{outbox.file_name}", content)
    except (OSError, Refusal) as fault:
        reason = fault.message if isinstance(fault, Refusal) else "存储不可用，文件没有写成"
        BankOutbox.objects.filter(pk=outbox.pk).update(
            state=BankOutbox.State.FAILED, attempts=F("attempts") + 1, error=reason[:300]
        )
        raise Conflict(f"代发文件没有传送成功：{reason}。", code="disbursement.delivery") from fault
    return _mark_sent(batch, path, content)


def _put(path: str, content: bytes) -> str:
    """Writes a file under exactly this name; one that is already there with the same bytes is left alone."""
    if default_storage.exists(path):
        with default_storage.open(path) as handle:
            if handle.read() == content:
                return path
        default_storage.delete(path)
    written = default_storage.save(path, ContentFile(content))
    if written != path:
        default_storage.delete(written)
        raise OSError("the storage gave the file another name")
    return path


@transaction.atomic
def _mark_sent(batch: Batch, path: str, content: bytes) -> Batch:
    """Batch and payments are with the bank from now on; its clocks run when the money is there too."""
    from_db = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if from_db.status != Status.RELEASED:
        return from_db
    sent_at = clock.now()
    stored = StoredFile.objects.create(
        file=path,
        name=path.rsplit("/", 1)[1],
        size=len(content),
        sha256=hashlib.sha256(content).digest(),
        uploaded_by=batch.released_by,
        created_at=sent_at,
    )
    batch.status, batch.sent_at, batch.file = Status.SENT, sent_at, stored
    batch.save(update_fields=["status", "sent_at", "file"])
    batch.payments.filter(status=Payment.Status.PENDING).update(status=Payment.Status.SENT)
    BankOutbox.objects.filter(batch=batch).update(
        state=BankOutbox.State.SENT, sent_at=sent_at, attempts=F("attempts") + 1, error=""
    )
    clocks.dispatched(batch)
    if batch.arrival is not None:
        clocks.bank_ready(batch)
    facts = {"number": batch.number, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    record(by=None, verb="batch.send", subject=batch, facts=facts)
    return batch


@transaction.atomic
def retry_delivery(*, by: User, batch: Batch) -> Job:
    """Asks again for the delivery of a released batch whose file could not be handed over."""
    batch = Batch.objects.select_for_update(no_key=True, of=("self",)).select_related("payer").get(pk=batch.pk)
    payers.require_releaser(by, payers.of_batch(batch), rule=payers.rule_of(batch))
    outbox = BankOutbox.objects.filter(batch=batch).first()
    if outbox is None or batch.status != Status.RELEASED or outbox.state != BankOutbox.State.FAILED:
        raise Conflict("这个批次没有传送失败的文件。", code="disbursement.nothing_to_retry")
    BankOutbox.objects.filter(pk=outbox.pk).update(state=BankOutbox.State.WAITING)
    return ask_delivery(by=by, batch=batch)


# --- What the bank fetches --------------------------------------------------------------------------------------------
def open_file(*, by: User, batch: Batch) -> tuple[str, bytes]:
    """Name and bytes of a sent batch's file, for the bank's operator; every fetch is in the trail."""
    if batch.bank_id not in scope_of(by).bank_ids:
        raise Forbidden("代发文件由代理银行的代发经办下载。", code="disbursement.file_for_bank")
    if batch.file is None:
        raise NotFound
    with batch.file.file.open("rb") as handle:
        content: bytes = handle.read()
    if hashlib.sha256(content).digest() != bytes(batch.file.sha256):
        raise Conflict("代发文件与登记的摘要不符，已停止下载，请联系系统管理员。", code="disbursement.file_changed")
    record(by=by, verb="bank_file.download", subject=batch, facts={"sha256": hashlib.sha256(content).hexdigest()})
    return batch.file.name, content
