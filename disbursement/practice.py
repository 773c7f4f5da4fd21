"""The practice bank: the other side of the exchange, for demonstration and tests (design §7).

It reads what lies in `bank/<code>/out`, waits for the money, verifies it where it has to, pays most of it, fails some
with the codes of its own table, says when it finished, and answers into `bank/<code>/in`; if asked, some of what it
paid comes back later from other banks. What fails follows from the seed, the payment's number and its account: asked
again it answers the same; a payment that comes a second time, its account mended, succeeds.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Organisation
from disbursement.exchange import folder
from disbursement.layouts import LAYOUTS, Layout, OrderLine, ParsedLine
from disbursement.layouts.shapes import FAILED, PAID
from disbursement.models import AgentAccount, Batch, Payment
from disbursement.services.returns import report_return
from disbursement.services.verifying import needs_verification, report_finished, verify_batch
from lib.errors import Conflict, Refusal
from rulebook import clock

# How often each reason comes up among what fails, of a hundred.
WEIGHTS = {
    "F01": 24, "F02": 12, "F03": 18, "F04": 14, "F05": 8, "F06": 4, "F07": 8, "F09": 5, "F10": 4, "F16": 3,
}  # fmt: skip
_SCALE = 1_000_000


@dataclass(frozen=True)
class Answered:
    """One file that the practice bank worked off."""

    bank: str
    name: str
    paid: int
    failed: int


def check_practising() -> None:
    if not clock.practising():
        raise Conflict("只有演练环境才有模拟银行，正式环境不能运行。", code="practice.real")


def work(*, bank_code: str | None = None, failures: float = 0.02, seed: int = 1) -> list[Answered]:
    """Answers every file that has no answer yet."""
    check_practising()
    return [answered for bank in _banks(bank_code) for answered in _work_off(bank, failures, seed)]


def _banks(code: str | None) -> list[Organisation]:
    found = Organisation.objects.filter(kind=Organisation.Kind.BANK, active=True).order_by("code")
    return list(found.filter(code=code) if code else found)


def _work_off(bank: Organisation, failures: float, seed: int) -> Iterator[Answered]:
    for name in files_in(folder(bank.code, "out")):
        answer_name = f"R{name}"
        if any(default_storage.exists(f"{folder(bank.code, box)}/{answer_name}") for box in ("in", "done", "rejected")):
            continue
        layout = _layout_of(bank, name)
        batch = _batch_with_money(bank, name)
        if layout is None or batch is None:
            continue
        with default_storage.open(f"{folder(bank.code, 'out')}/{name}") as handle:
            content: bytes = handle.read()
        try:
            header, lines = layout.read_order(content)
        except Refusal:
            continue  # still being written: it is whole the next time
        if needs_verification(batch):
            verify_batch(by=None, batch=batch)
        moment = clock.now()
        second = Batch.objects.filter(number=header.batch, kind=Batch.Kind.REISSUE).exists()
        rate = 0.0 if second else failures
        answers = [answer(line, layout, failures=rate, seed=seed, at=moment) for line in lines]
        default_storage.save(
            f"{folder(bank.code, 'in')}/{answer_name}",
            ContentFile(layout.write_result(header.batch, answers, day=moment.date())),
        )
        report_finished(by=None, batch=batch, at=moment)
        failed = sum(1 for line in answers if line.state == FAILED)
        yield Answered(bank.code, name, len(answers) - failed, failed)


def _batch_with_money(bank: Organisation, name: str) -> Batch | None:
    """The batch of a file, once its money lies in the agent account and nothing is reported as not agreeing."""
    found = Batch.objects.select_related("quota__policy").filter(
        bank=bank, number=name.rsplit(".", 1)[0], status=Batch.Status.SENT, arrival__isnull=False, discrepancy=""
    )
    return found.first()


def bring_back(*, bank_code: str | None = None, share: float, seed: int = 1) -> list[Payment]:
    """Some of what was paid and never came back before comes back now, as by a transfer between banks."""
    check_practising()
    paid = Payment.objects.filter(status=Payment.Status.PAID, batch__bank__in=_banks(bank_code), attempt=1)
    paid = paid.filter(batch__method=Batch.Method.ACCOUNT, return_notice__isnull=True, line__corrects__isnull=True)
    back = []
    for payment in paid.select_related("batch").order_by("pk"):
        digest = hashlib.sha256(f"{seed}:{payment.pk}:returns".encode()).digest()
        if int.from_bytes(digest[:8], "big") % _SCALE < share * _SCALE:
            moment = clock.now()
            reference = f"TK{moment:%Y%m%d}{payment.pk:012d}"
            report_return(by=None, payment=payment, noticed_at=moment, reason="F10", reference=reference,
                          message="他行退回")  # fmt: skip
            back.append(payment)
    return back


def _layout_of(bank: Organisation, name: str) -> Layout | None:
    """The layout that the batch's agent account names; a file of no batch of ours is left alone."""
    number = name.rsplit(".", 1)[0]
    code = AgentAccount.objects.filter(bank=bank, batches__number=number).values_list("layout", flat=True).first()
    return LAYOUTS.get(code) if code else None


def files_in(place: str) -> list[str]:
    if not default_storage.exists(place):
        return []
    return sorted(name for name in default_storage.listdir(place)[1] if not name.startswith("."))


def answer(line: OrderLine, layout: Layout, *, failures: float, seed: int, at: datetime) -> ParsedLine:
    """How the bank answers to one payment; account numbers go back masked."""
    masked = "*" * max(len(line.account) - 4, 0) + line.account[-4:]
    code = _code(line, layout, failures, seed)
    if code is None:
        success = min(layout.codes.success)
        reference = f"YL{at:%Y%m%d}{line.detail:012d}"
        return ParsedLine(
            0, line.number, line.detail, masked, line.amount_fen, PAID, success, "", "成功", at, reference
        )
    message = layout.codes.messages[code]
    reason = layout.codes.reasons[code]
    return ParsedLine(0, line.number, line.detail, masked, line.amount_fen, FAILED, code, reason, message, at)


def _code(line: OrderLine, layout: Layout, failures: float, seed: int) -> str | None:
    """The bank's code by which this payment fails, or None."""
    if _draw(seed, line, "fails") >= failures * _SCALE:
        return None
    place = _draw(seed, line, "why") % sum(WEIGHTS.values())
    for reason, weight in WEIGHTS.items():
        place -= weight
        if place < 0:
            return _a_code_of(layout, reason, seed, line)
    raise LookupError("the weights are drawn from their own sum")


def _a_code_of(layout: Layout, reason: str, seed: int, line: OrderLine) -> str:
    codes = sorted(code for code, ours in layout.codes.reasons.items() if ours == reason)
    return codes[_draw(seed, line, "code") % len(codes)]


def _draw(seed: int, line: OrderLine, what: str) -> int:
    digest = hashlib.sha256(f"{seed}:{line.number}:{line.account[-4:]}:{what}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SCALE
