"""Takes in what lies in `bank/<code>/in`: once each, to `done/`, or to `rejected/` with the reason beside it."""

import logging
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Organisation
from disbursement.exchange import folder
from disbursement.models import Batch
from disbursement.practice import files_in
from disbursement.services import take_result
from lib.errors import Refusal

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collected:
    """What became of one file: taken in, taken in before, refused with the reason, or left for the next time."""

    bank: str
    name: str
    outcome: str
    words: str = ""


def collect(*, bank_code: str | None = None) -> list[Collected]:
    """Takes in every file that waits; run twice at once or again after a crash, each counts once."""
    banks = Organisation.objects.filter(kind=Organisation.Kind.BANK).order_by("code")
    banks = banks.filter(code=bank_code) if bank_code else banks
    return [_one(bank, name) for bank in banks for name in files_in(folder(bank.code, "in"))]


def _one(bank: Organisation, name: str) -> Collected:
    path = f"{folder(bank.code, 'in')}/{name}"
    batch = _batch_of(bank, name)
    if batch is not None and batch.status == Batch.Status.RELEASED:
        return Collected(bank.code, name, "waiting", "批次尚未登记送达")
    with default_storage.open(path) as handle:
        content: bytes = handle.read()
    try:
        if batch is None:
            raise Refusal("文件名中的批次号不是发给本行的批次。")
        taken = take_result(by=None, batch=batch, content=content, name=name)
    except Refusal as refusal:
        _move(path, f"{folder(bank.code, 'rejected')}/{name}", content)
        _write(f"{folder(bank.code, 'rejected')}/{name}.原因.txt", refusal.message.encode())
        logger.warning("a result file of bank %s was refused: %s", bank.code, refusal.code)
        return Collected(bank.code, name, "rejected", refusal.message)
    _move(path, f"{folder(bank.code, 'done')}/{name}", content)
    return Collected(bank.code, name, "again" if taken.again else "taken", taken.words)


def _batch_of(bank: Organisation, name: str) -> Batch | None:
    """The batch whose number the file's name carries; what the file itself says is checked when it is taken in."""
    stem = name.rsplit(".", 1)[0]
    for batch in Batch.objects.filter(bank=bank).exclude(status=Batch.Status.DRAFT).order_by("-pk"):
        if batch.number in stem:
            return batch
    return None


def _move(source: str, target: str, content: bytes) -> None:
    _write(target, content)
    default_storage.delete(source)


def _write(path: str, content: bytes) -> None:
    if default_storage.exists(path):
        default_storage.delete(path)
    default_storage.save(path, ContentFile(content))
