"""Taking a list out as a table: exactly what its page shows the person, masked, for a reason that stays on the trail.

A short list is written while the person waits, a long one by a job whose file only the one who asked may fetch. The
entry of the trail is made before the first byte leaves.
"""

import base64
import hashlib
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from django.core.files import File
from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.urls import reverse

from accounts.listings import Listed, Listing, listing_of, rows_of, table
from accounts.models import User
from accounts.scope import scope_of
from accounts.trail import record
from jobs import sealing
from jobs.links import result_url
from jobs.models import Job, StoredFile
from jobs.services import Result, ask, handles, progress
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.sheets import delimited, write
from lib.sheets.apart import EndedError
from lib.sheets.write import Block, shown
from lib.text import sentence

KIND = "jobs.export"
SUBJECT = "jobs.export"
# So many rows take about a second.
AT_ONCE = 5_000
KEPT = timedelta(days=7)
LONGEST_REASON = 200
_NUMBER = re.compile(r"[0-9]{7,}")
_TELL_EVERY = 2.0
_TRIES = 3


class Format(models.TextChoices):
    XLSX = "xlsx", "Excel 工作簿（xlsx）"
    CSV = "csv", "文本表格（csv）"


@dataclass(frozen=True)
class Order:
    """What is taken out: of which list, by the address of its page, in which form, and why."""

    listing: Listing
    address: str
    format: str
    reason: str
    whole: bool = False


@dataclass(frozen=True)
class Written:
    """What was written to a file."""

    rows: int
    sha256: str
    told: dict[str, Any] = field(default_factory=dict)


def may_take_whole(user: User, listing: Listing, found: Listed) -> bool:
    return listing.whole is not None and listing.whole(user, found.subject)


def check_order(user: User, order: Order) -> tuple[Order, Listed]:
    """The order in one spelling with the rows that it asks for, or why it cannot be carried out."""
    found = rows_of(user, order.listing, order.address)
    found.filters()
    if order.format not in Format.values:
        raise Invalid("请选择导出的格式。", code="export.format", field="format")
    reason = sentence(order.reason)
    if len(reason) < 2:
        raise Invalid("请写明导出的用途，如“村民代表会议核对”。", code="export.reason", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"用途不超过{LONGEST_REASON}字。", code="export.reason", field="reason")
    if _NUMBER.search(reason):
        raise Invalid("用途中不要写身份证号、账号或电话。", code="export.reason", field="reason")
    if order.whole and not may_take_whole(user, order.listing, found):
        raise Forbidden("您的岗位不能导出完整号码，请导出隐去中间部分号码的表格。", code="export.whole")
    return Order(order.listing, order.address, order.format, reason, order.whole), found


def file_name(listing: Listing, found: Listed, kind: str) -> str:
    about = f"_{found.about}" if found.about else ""
    plain = re.sub(r'[\\/:*?"<>|\s]+', "", f"{listing.title}{about}")
    return f"{plain[:100]}.{kind}"


# --- Writing ----------------------------------------------------------------------------------------------------------
def export_now(*, by: User, order: Order) -> tuple[IO[bytes], str]:
    """The table of a short list as a nameless file read from its beginning, and its name."""
    wanted, found = check_order(by, order)
    # Handed to the response, which closes it.
    target = cast(IO[bytes], tempfile.NamedTemporaryFile())  # noqa: SIM115
    try:
        written = _write(Path(target.name), by, wanted, found)
        _trace(by, wanted, written)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target, file_name(wanted.listing, found, wanted.format)


def _write(
    path: Path, by: User, order: Order, found: Listed, told: Callable[[int], None] = lambda rows: None
) -> Written:
    """Writes the table with its head, which says how many rows follow; again if somebody changed the list meanwhile."""
    filters, apart = found.filters(), True
    for _ in range(_TRIES):
        count = found.count()
        writer = _writer(order.format, apart=apart and count > AT_ONCE)
        above = _above(by, order, found, count)
        blocks = _counted(table(order.listing, found, whole=order.whole), told)
        headers = [column.title for column in order.listing.columns_of(found)]
        try:
            if writer(path, headers, blocks, above=above) == count:
                break
        except EndedError:
            # Ended from outside, as when memory is short: no reason why this one should not come to its end.
            apart = False
        found = rows_of(by, order.listing, order.address)
    else:
        raise Conflict("列表正在变动，没有导出。请稍后再试。", code="export.moving")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    facts = {"list": order.listing.title, "filters": "；".join(f"{label}：{words}" for label, _, words in filters)}
    return Written(count, digest, {**facts, **({"about": found.about} if found.about else {})})


def _writer(kind: str, *, apart: bool) -> Callable[..., int]:
    if kind == Format.CSV:
        return delimited.export_blocks
    return write.export_apart if apart else write.export_blocks


def _counted(blocks: Iterator[Block], told: Callable[[int], None]) -> Iterator[Block]:
    number = 0
    for block in blocks:
        yield block
        number += len(block[0])
        told(number)


def _above(by: User, order: Order, found: Listed, count: int) -> list[str]:
    """The lines over the table: what it is, how it was filtered, who took it out, when and why, how many rows."""
    filters = "；".join(f"{label}：{words}" for label, words, _ in found.filters()) or "全部"
    offices = "、".join(dict.fromkeys(post.organisation.name for post in scope_of(by).posts))
    numbers = "完整号码" if order.whole else "号码隐去中间部分"
    return [
        f"{order.listing.title}{f'（{found.about}）' if found.about else ''}",
        f"筛选：{filters}",
        f"导出人：{by.full_name}（{offices}）　时间：{shown(_now())}　共{count}条　{numbers}",
        f"用途：{order.reason}",
    ]


def _now() -> datetime:
    """The portal's time; the clock itself belongs to a room above."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_now()")
        now: datetime = cursor.fetchone()[0]
    return now


def _trace(by: User, order: Order, written: Written, *, job: Job | None = None) -> None:
    facts = {
        **written.told,
        "rows": written.rows,
        "format": order.format,
        "sha256": written.sha256,
        "whole": order.whole,
        "reason": order.reason,
        **({"job": job.pk} if job else {}),
    }
    record(by=by, verb="list.export", subject=(SUBJECT, order.listing.key), facts=facts)


# --- Long lists -------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask_for_export(*, by: User, order: Order) -> Job:
    """Has a worker write the table. The address may hold what the person searched for, so it is kept sealed."""
    wanted, found = check_order(by, order)
    about = f"（{found.about}）" if found.about else ""
    return ask(
        kind=KIND,
        title=f"导出：{wanted.listing.title}{about}"[:200],
        by=by,
        params={
            "list": wanted.listing.key,
            "address": base64.b64encode(crypto.encrypt(wanted.address)).decode(),
            "format": wanted.format,
            "reason": wanted.reason,
            "whole": wanted.whole,
        },
    )


def order_of(job: Job) -> Order:
    params = job.params
    address = crypto.decrypt(base64.b64decode(params["address"]))
    return Order(listing_of(params["list"]), address, params["format"], params["reason"], params["whole"])


@handles(KIND)
def run_export(job: Job) -> Result:
    """Writes the table of a job, for the one who asked and with the rights of this moment."""
    by = job.asked_by
    order, found = check_order(by, order_of(job))
    total, told_at = found.count(), [time.monotonic()]

    def told(done: int) -> None:
        if time.monotonic() - told_at[0] > _TELL_EVERY:
            told_at[0] = time.monotonic()
            progress(job, stage="写表格", done=done, total=total)

    with tempfile.NamedTemporaryFile() as target, tempfile.TemporaryFile() as sealed:
        written = _write(Path(target.name), by, order, found, told)
        progress(job, stage="存文件", done=written.rows, total=written.rows)
        target.seek(0)
        sealing.seal(target.file, sealed)
        _keep(job, order, written, sealed, file_name(order.listing, found, order.format))
    posts = sorted(post.pk for post in scope_of(by).posts)
    return {"rows": written.rows, "sha256": written.sha256, "posts": posts}


@transaction.atomic
def _keep(job: Job, order: Order, written: Written, sealed: IO[bytes], name: str) -> None:
    """Stores the file; what an earlier, broken attempt had stored goes."""
    _forget(Job.objects.select_for_update(no_key=True).get(pk=job.pk))
    content, digest = File(sealed), hashlib.sha256()
    for piece in content.chunks():
        digest.update(piece)
    stored = StoredFile(
        name=name, size=content.size, sha256=digest.digest(), uploaded_by=job.asked_by, created_at=Now()
    )
    stored.file.save(name, content, save=False)
    stored.save()
    Job.objects.filter(pk=job.pk).update(file=stored)
    _trace(job.asked_by, order, written, job=job)


@result_url(KIND)
def _result_page(job: Job) -> str:
    return reverse("jobs:export_result", args=[job.pk])


def export_of(*, by: User, pk: int) -> Job:
    """The export that this person asked for; somebody else's is not there."""
    job = Job.objects.filter(pk=pk, kind=KIND, asked_by=by).select_related("file").first()
    if job is None:
        raise NotFound
    return job


@transaction.atomic
def fetch_export(*, by: User, pk: int) -> tuple[Iterator[bytes], str]:
    """The file of an ended export, piece by piece, and its name."""
    job = export_of(by=by, pk=pk)
    if job.state != Job.State.DONE:
        raise NotFound
    if not set(job.result["posts"]) <= {post.pk for post in scope_of(by).posts}:
        raise Forbidden("您的岗位已经变动，这份表格不能再下载，请按现在的岗位重新导出。", code="export.posts")
    if job.file is None:
        raise Conflict(f"导出的表格只保留{KEPT.days}天，这一份已经清除，请重新导出。", code="export.gone")
    facts = {"job": job.pk, "sha256": job.result["sha256"], "rows": job.result["rows"]}
    record(by=by, verb="list.export_fetch", subject=(SUBJECT, job.params["list"]), facts=facts)
    return _pieces(job.file), job.file.name


def _pieces(stored: StoredFile) -> Iterator[bytes]:
    with stored.file.open("rb") as sealed:
        yield from sealing.unseal(sealed)


def forget_old(day: date) -> None:
    """Takes away the files of exports that ended some days ago."""
    ended = Job.objects.filter(kind=KIND, file__isnull=False, finished_at__lt=Now() - KEPT)
    with transaction.atomic():
        for job in ended.select_for_update(no_key=True, skip_locked=True).order_by("pk"):
            _forget(job)


def _forget(job: Job) -> None:
    if job.file_id is None:
        return
    stored = StoredFile.objects.get(pk=job.file_id)
    Job.objects.filter(pk=job.pk).update(file=None)
    stored.delete()
    transaction.on_commit(lambda: stored.file.delete(save=False))
