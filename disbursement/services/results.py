"""Taking in a bank's answer: whole or not at all, and once (PAY-2, PAY-3, design truth 6).

A file is read and checked outside, then compared with the batch and written in one transaction, set by set. The same
bytes again change nothing. What does not fit is refused whole, with the rows.
"""

import hashlib
import io
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Max

from accounts.models import User
from accounts.scope import scope_of
from accounts.trail import record
from disbursement import clocks, payers
from disbursement.layouts import ParsedResult, layout_of
from disbursement.layouts.shapes import FAILED, PAID, Mistakes, refuse
from disbursement.models import Batch, ResultFile
from disbursement.services import consequences, cycles
from disbursement.services.batches import _move, locked_arrival, locked_batch, locked_rosters
from disbursement.services.verifying import check_verified, finish
from jobs import services as jobs
from jobs.models import Job
from lib import crypto
from lib.errors import Forbidden
from rulebook import clock
from subsidies import ledger
from subsidies.models import LedgerAccount

JOB = "disbursement.result"
RESULT_BYTES = 32 * 2**20
Account = LedgerAccount.Kind
Status = Batch.Status

_COLUMNS = (
    "token", "row", "number", "detail", "tail", "digest", "amount_fen", "state", "code", "reason", "message",
    "settled_at", "reference",
)  # fmt: skip
# What a bank's line may get wrong about the payment it speaks of, each with the sentence that says so.
_DIFFERENCES = """
SELECT s.row, CASE
           WHEN p.id IS NULL THEN 'unknown'
           WHEN p.amount_fen <> s.amount_fen THEN 'amount'
           WHEN p.account_tail <> s.tail OR (s.digest IS NOT NULL AND s.digest <> p.account_digest) THEN 'account'
           ELSE 'again' END
  FROM disbursement_resultstaging s
  LEFT JOIN disbursement_payment p ON p.batch_id = %(batch)s AND p.number = s.number AND p.id = s.detail
  LEFT JOIN disbursement_resultline r ON r.payment_id = p.id
 WHERE s.token = %(token)s
   AND (p.id IS NULL OR p.amount_fen <> s.amount_fen OR p.account_tail <> s.tail
        OR (s.digest IS NOT NULL AND s.digest <> p.account_digest) OR r.id IS NOT NULL)
 ORDER BY s.row
"""
_SENTENCES = {
    "unknown": "批次中没有这条明细",
    "amount": "金额与发送给银行的不一致",
    "account": "账号与发送给银行的不一致",
    "again": "这条明细已经有最终结果",
}
_LINES = """
INSERT INTO disbursement_resultline
       (result_id, batch_id, payment_id, number, amount_fen, outcome, code, reason, message, bank_reference, settled_at)
SELECT %(result)s, %(batch)s, s.detail, s.number, s.amount_fen, s.state, s.code, s.reason, s.message, s.reference,
       s.settled_at
  FROM disbursement_resultstaging s
 WHERE s.token = %(token)s AND s.state IN ('paid', 'failed')
"""
_PAYMENTS = """
UPDATE disbursement_payment p
   SET status = s.state, reason = s.reason, bank_message = s.message, bank_reference = s.reference,
       settled_at = s.settled_at, disposal = CASE s.state WHEN 'failed' THEN 'open' ELSE '' END
  FROM disbursement_resultstaging s
 WHERE s.token = %(token)s AND p.id = s.detail AND s.state IN ('paid', 'failed')
"""
_UNKNOWN = """
UPDATE disbursement_payment p SET status = 'unknown', bank_message = s.message
  FROM disbursement_resultstaging s
 WHERE s.token = %(token)s AND p.id = s.detail AND s.state = 'processing' AND p.status = 'sent'
"""


@dataclass(frozen=True)
class Taken:
    """What became of a file: `again` says that the same bytes had been taken in before and nothing changed."""

    result: ResultFile
    again: bool

    @property
    def words(self) -> str:
        if self.again:
            return "这个结果文件先前已经接收，本次没有改动任何数据。"
        return f"已接收{self.result.line_count}条结果。"


# --- By a page or the API ---------------------------------------------------------------------------------------------
@transaction.atomic
def ask_result(*, by: User, batch: Batch, upload: UploadedFile[Any]) -> Job:
    """Keeps an uploaded answer and queues its taking in."""
    _authorise(by, batch)
    if (upload.size or 0) > RESULT_BYTES:
        refuse(f"文件超过{RESULT_BYTES // 2**20}MB", "result.size")
    stored = jobs.store_file(content=upload, name=upload.name or "结果文件", by=by)
    return jobs.ask(
        kind=JOB,
        title=f"接收批次{batch.number}的结果文件",
        by=by,
        subject=batch,
        params={"batch": batch.pk},
        file=stored,
    )


@jobs.handles(JOB)
def run_result(job: Job) -> dict[str, object]:
    if job.file is None:
        raise LookupError("a job for a result has a file")
    batch = Batch.objects.get(pk=job.params["batch"])
    with job.file.file.open("rb") as handle:
        content: bytes = handle.read()
    jobs.progress(job, stage="核对结果文件")
    taken = take_result(by=job.asked_by, batch=batch, content=content, name=job.file.name, job=job)
    result = taken.result
    return {
        "message": taken.words,
        "again": taken.again,
        "result": result.pk,
        "lines": result.line_count,
        "paid_fen": result.paid_fen,
        "failed_fen": result.failed_fen,
    }


def _authorise(by: User | None, batch: Batch) -> None:
    """The operator of the batch's bank, or an officer of its payer; nobody when the connector brings the file."""
    if by is None:
        return
    if batch.bank_id not in scope_of(by).bank_ids and not payers.may_make(by, payers.of_batch(batch)):
        raise Forbidden("结果文件由本批次的代理银行或发放单位的发放经办上传。", code="disbursement.result_by")


# --- Taking in --------------------------------------------------------------------------------------------------------
def take_result(*, by: User | None, batch: Batch, content: bytes, name: str, job: Job | None = None) -> Taken:
    """Takes in a bank's answer to a batch. `by` is None for what a connector brings."""
    _authorise(by, batch)
    digest = hashlib.sha256(content).digest()
    batch = Batch.objects.select_related("agent_account").get(pk=batch.pk)
    earlier = _earlier(batch, digest)
    if earlier is not None:
        return earlier
    parsed = layout_of(batch.agent_account.layout).parse_result(content)
    _check_alone(batch, parsed)
    with transaction.atomic():
        batch = locked_batch(batch)
        earlier = _earlier(batch, digest)
        if earlier is not None:
            return earlier
        _check_state(batch)
        token = str(uuid.uuid4())
        _stage(token, parsed)
        _compare(batch, token)
        result = _keep(by, batch, parsed, content=content, digest=digest, name=name, job=job)
        _write(batch, result, token)
        _settle(by, batch, result, parsed)
    return Taken(result, again=False)


def _earlier(batch: Batch, digest: bytes) -> Taken | None:
    found = ResultFile.objects.filter(batch=batch, digest=digest).first()
    return Taken(found, again=True) if found else None


def _check_state(batch: Batch) -> None:
    if batch.status == Status.ANSWERED:
        refuse(f"批次{batch.number}的全部明细都已有结果", "result.answered")
    if batch.status != Status.SENT:
        refuse(f"批次{batch.number}处于“{batch.get_status_display()}”，还没有送达银行", "result.not_sent")
    check_verified(batch)


def _check_alone(batch: Batch, parsed: ParsedResult) -> None:
    """What can be said without the payments: the batch's number, duplicate lines, times to come."""
    if parsed.batch != batch.number:
        refuse(f"文件中的批次号是{parsed.batch}，不是{batch.number}", "result.batch")
    if not parsed.lines:
        refuse("文件中没有明细", "result.empty")
    mistakes, seen, now = Mistakes(), dict[int, int](), clock.now()
    for line in parsed.lines:
        if line.number in seen:
            mistakes.add(f"序号{line.number}与第{seen[line.number]}行重复", line.row)
        seen.setdefault(line.number, line.row)
        if line.settled_at is not None and line.settled_at > now:
            mistakes.add("入账或退回时间晚于现在", line.row)
    mistakes.refuse()


def _stage(token: str, parsed: ParsedResult) -> None:
    """The lines into the staging table by COPY; whole account numbers as digests only."""
    out = io.StringIO()
    for line in parsed.lines:
        fields: Iterable[str] = (
            token, str(line.row), str(line.number), str(line.detail), _text(line.account[-4:]), _digest(line.account),
            str(line.amount_fen), line.state, _text(line.code), line.reason, _text(line.message),
            line.settled_at.isoformat() if line.settled_at else r"\N", _text(line.reference),
        )  # fmt: skip
        out.write("\t".join(fields) + "\n")
    out.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY disbursement_resultstaging ({', '.join(_COLUMNS)}) FROM STDIN", out)


def _digest(account: str) -> str:
    if not (account.isascii() and account.isdigit() and len(account) > 4):
        return r"\N"
    return rf"\\x{crypto.digest('account', account).hex()}"


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")


def _compare(batch: Batch, token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"batch": batch.pk, "token": token})
        found = cursor.fetchall()
    mistakes = Mistakes()
    for row, kind in found:
        mistakes.add(_SENTENCES[kind], row)
    mistakes.refuse()


def _keep(
    by: User | None, batch: Batch, parsed: ParsedResult, *, content: bytes, digest: bytes, name: str, job: Job | None
) -> ResultFile:
    stored = (
        job.file if job is not None and job.file is not None else jobs.store_file(content=content, name=name, by=by)
    )
    return ResultFile.objects.create(
        batch=batch,
        digest=digest,
        file=stored,
        job=job,
        line_count=len(parsed.lines),
        paid_fen=parsed.fen(PAID),
        failed_fen=parsed.fen(FAILED),
        received_by=by,
        received_at=clock.now(),
    )


def _write(batch: Batch, result: ResultFile, token: str) -> None:
    params: dict[str, int | str] = {"result": result.pk, "batch": batch.pk, "token": token}
    with connection.cursor() as cursor:
        for statement in (_LINES, _PAYMENTS, _UNKNOWN):
            cursor.execute(statement, params)
        cursor.execute("DELETE FROM disbursement_resultstaging WHERE token = %(token)s", params)


def _settle(by: User | None, batch: Batch, result: ResultFile, parsed: ParsedResult) -> None:
    """Money, counters, clocks and what follows for each payment that failed."""
    if batch.arrival_id is None:
        raise LookupError("a batch without money has no results")
    arrival = locked_arrival(batch.arrival_id)
    rosters = locked_rosters(list(batch.parts.values_list("roster_id", flat=True)))
    batch.paid_count += parsed.count(PAID)
    batch.paid_fen += result.paid_fen
    batch.failed_count += parsed.count(FAILED)
    batch.failed_fen += result.failed_fen
    batch.save(update_fields=["paid_count", "paid_fen", "failed_count", "failed_fen"])
    if result.failed_fen:
        arrival.used_fen -= result.failed_fen
        arrival.save(update_fields=["used_fen"])
    if batch.paid_count + batch.failed_count == batch.payment_count:
        _answered(batch, result)
    failed = consequences.failed_of(result)
    again = consequences.follow_failures(by, batch, failed, at=result.received_at)
    consequences.close_finished(by=by, rosters=rosters)
    moves: tuple[tuple[Account, int, str], ...] = (
        (Account.PAID, result.paid_fen, "paid"),
        (Account.RETURNED, result.failed_fen, "failed"),
    )
    for target, fen, word in moves:
        if fen:
            key = f"result:{result.pk}:{word}"
            ledger.move(batch.quota, Account.IN_TRANSIT, target, fen, key=key, subject=result, by=by)
    consequences.free_returned(batch, again, key=f"result:{result.pk}", by=by)
    consequences.ask_messages(batch, result)
    record(by=by, verb="result.take", subject=batch, facts=_facts(batch, result, parsed))


def _answered(batch: Batch, result: ResultFile) -> None:
    """The last line has come. Unless the bank has said when it finished, that was its last payment."""
    if batch.finished_at is None:
        last: datetime | None = batch.payments.aggregate(last=Max("settled_at"))["last"]
        finish(batch, at=last or result.received_at)
    _move(batch, Status.ANSWERED, answered_at=result.received_at)
    cycles.batch_answered(batch)
    clocks.results_taken(batch, at=result.received_at)


def _facts(batch: Batch, result: ResultFile, parsed: ParsedResult) -> dict[str, Any]:
    return {
        "number": batch.number,
        "result": result.pk,
        "sha256": bytes(result.digest).hex(),
        "lines": result.line_count,
        "paid": parsed.count(PAID),
        "paid_fen": result.paid_fen,
        "failed": parsed.count(FAILED),
        "failed_fen": result.failed_fen,
    }
