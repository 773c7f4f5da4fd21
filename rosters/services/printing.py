"""Printing a roster (ROS-10): at once while it is short, else by a job whose paper only the one who asked may fetch.

Everybody who sees a roster may print it as its page shows it. With whole numbers print only the posts that may read
them in clear (as of a single person), for a reason, and never without a trace (ACL-3). Papers of jobs lie sealed and
are forgotten after some days.
"""

import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import IO, Any

from django.db import models, transaction
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Division, User
from accounts.scope import TOWNSHIP_ROLES, scope_of
from accounts.trail import record
from jobs.links import result_url
from jobs.models import Job, StoredFile
from jobs.services import Result, ask, handles, progress, store_file
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.text import sentence
from rosters import chain, selectors
from rosters.models import Roster
from rosters.printing import paper
from rosters.printing.making import Printed, make
from rosters.printing.paper import Print, paper_title
from rosters.services.moving import facts_of, refuse_while_taken_in
from rulebook import clock

KIND = "rosters.print"
# So many lines take about a second.
AT_ONCE = 3_000
KEPT = timedelta(days=7)
_NUMBER = re.compile(r"[0-9]{5,}")
_TELL_EVERY = 2.0


class Paper(models.TextChoices):
    SUMMARY = paper.SUMMARY, "汇总表"
    DETAIL = paper.DETAIL, "明细表"


@dataclass(frozen=True)
class Order:
    """What is to be printed. `village` narrows a detail to one village."""

    paper: str
    village: Division | None = None
    whole: bool = False
    reason: str = ""


def may_print_whole(user: User, roster: Roster) -> bool:
    """Who may read a person's numbers in clear: the township's posts of its own roster, and the county's."""
    scope = scope_of(user)
    own = any(post.role in TOWNSHIP_ROLES and chain.belongs_to(post, roster) for post in scope.posts)
    return own or scope.whole_county


def check_order(user: User, roster: Roster, order: Order) -> Order:
    """The order in one spelling, or why it cannot be carried out."""
    refuse_while_taken_in(roster)
    if order.paper not in Paper.values:
        raise Invalid("请选择打印汇总表或明细表。", code="rosters.print_paper", field="paper")
    if order.paper == Paper.SUMMARY:
        return Order(order.paper)
    if not order.whole:
        return Order(order.paper, order.village)
    if not may_print_whole(user, roster):
        raise Forbidden(
            "完整号码只能由编制乡镇和县级财政、审计岗位打印，请打印隐去中间部分号码的明细表。",
            code="rosters.print_whole",
        )
    reason = sentence(order.reason)
    if len(reason) < 2:
        raise Invalid("请写明为什么要打印完整号码。", code="rosters.print_reason", field="reason")
    if len(reason) > 60:
        raise Invalid("用途请控制在60字以内。", code="rosters.print_reason", field="reason")
    if _NUMBER.search(reason):
        raise Invalid("用途中不要写身份证号、账号或电话。", code="rosters.print_reason", field="reason")
    return Order(order.paper, order.village, whole=True, reason=reason)


@result_url(KIND)
def _result_page(job: Job) -> str:
    return reverse("rosters:print_result", args=[job.params["roster"], job.pk])


def at_once(roster: Roster, order: Order) -> bool:
    """Whether somebody waits for the paper, or a job makes it."""
    return order.paper == Paper.SUMMARY or roster.line_count <= AT_ONCE


def file_name(roster: Roster, kind: str) -> str:
    return f"{roster.title}{paper_title(kind)}_{roster.number}.pdf"


def print_now(*, by: User, roster: Roster, order: Order) -> tuple[IO[bytes], Printed]:
    """The paper as a nameless file, read from its beginning."""
    wanted = check_order(by, roster, order)
    # Handed to the response, which closes it.
    target: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        printed = make(_asked(by, roster, wanted), target, village=_village(wanted))
        _trace(by, roster, wanted, printed)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target, printed


@transaction.atomic
def ask_for_print(*, by: User, roster: Roster, order: Order) -> Job:
    """Has the paper made by a worker."""
    wanted = check_order(by, roster, order)
    village = _village(wanted)
    return ask(
        kind=KIND,
        title=f"打印{paper_title(wanted.paper)}：{roster.title}"[:200],
        by=by,
        subject=roster,
        params={
            "roster": roster.pk,
            "paper": wanted.paper,
            "village": village,
            "whole": wanted.whole,
            "reason": wanted.reason,
        },
    )


@handles(KIND)
def run_print(job: Job) -> Result:
    """Makes the paper of a job, for the one who asked and with the rights of this moment."""
    by, params = job.asked_by, job.params
    roster = selectors.get_roster(by, params["roster"])
    village = Division.objects.filter(pk=params["village"]).first() if params["village"] else None
    order = Order(params["paper"], village, whole=params["whole"], reason=params["reason"])
    wanted = check_order(by, roster, order)
    total, told_at = 2 * roster.line_count, [time.monotonic()]

    def told(read: int) -> None:
        if time.monotonic() - told_at[0] > _TELL_EVERY:
            told_at[0] = time.monotonic()
            progress(job, stage="排版" if 2 * read <= total else "写页面", done=read, total=total)

    with tempfile.TemporaryFile() as target:
        printed = make(_asked(by, roster, wanted), target, village=_village(wanted), told=told)
        target.seek(0)
        sealed = crypto.seal(target.read())
    return _keep(job, roster, wanted, printed, sealed)


@transaction.atomic
def _keep(job: Job, roster: Roster, order: Order, printed: Printed, sealed: bytes) -> Mapping[str, Any]:
    """Stores the paper sealed; what an earlier, broken attempt had stored goes."""
    _forget(Job.objects.select_for_update(no_key=True).get(pk=job.pk))
    name = file_name(roster, order.paper)
    stored = store_file(content=sealed, name=name, by=job.asked_by)
    Job.objects.filter(pk=job.pk).update(file=stored)
    _trace(job.asked_by, roster, order, printed)
    return {"pages": printed.pages, "lines": printed.lines, "unknown": list(printed.unknown[:100])}


def job_of(*, by: User, roster: Roster, job_pk: int) -> Job:
    """The printing of this roster that this person asked for; somebody else's is not there."""
    wanted = Job.objects.filter(pk=job_pk, kind=KIND, asked_by=by, params__roster=roster.pk)
    job = wanted.select_related("file").first()
    if job is None:
        raise NotFound
    return job


@transaction.atomic
def fetch_print(*, by: User, roster: Roster, job_pk: int) -> tuple[bytes, str]:
    """The paper of an ended job and its name, for the one who asked for it."""
    job = job_of(by=by, roster=roster, job_pk=job_pk)
    if job.state != Job.State.DONE:
        raise NotFound
    if job.params["whole"] and not may_print_whole(by, roster):
        raise Forbidden("您现在的岗位不能查看完整号码，请打印隐去中间部分号码的明细表。", code="rosters.print_whole")
    if job.file is None:
        raise Conflict(f"打印文件只保留{KEPT.days}天，这一份已经清除，请重新打印。", code="rosters.print_gone")
    facts = {"job": job.pk, "kind": job.params["paper"], "whole": job.params["whole"]}
    record(by=by, verb="roster.print_fetch", subject=roster, facts=facts)
    with job.file.file.open("rb") as sealed:
        return crypto.unseal(sealed.read()), job.file.name


def forget_old(day: date) -> None:
    """Takes away the papers of jobs that ended some days ago."""
    ended = Job.objects.filter(kind=KIND, file__isnull=False, finished_at__lt=Now() - KEPT)
    for job in ended.select_for_update(no_key=True, skip_locked=True).order_by("pk"):
        _forget(job)


def _forget(job: Job) -> None:
    if job.file_id is None:
        return
    stored = StoredFile.objects.get(pk=job.file_id)
    Job.objects.filter(pk=job.pk).update(file=None)
    stored.delete()
    transaction.on_commit(lambda: stored.file.delete(save=False))


def _village(order: Order) -> int | None:
    return order.village.pk if order.village else None


def _asked(by: User, roster: Roster, order: Order) -> Print:
    return Print(
        roster=roster,
        paper=order.paper,
        printed_by=by.full_name,
        printed_at=clock.now(),
        whole=order.whole,
        reason=order.reason,
        village=order.village.name if order.village else "",
    )


def _trace(by: User, roster: Roster, order: Order, printed: Printed) -> None:
    record(
        by=by,
        verb="roster.print",
        subject=roster,
        facts={
            **facts_of(roster),
            "kind": order.paper,
            "lines": printed.lines,
            "pages": printed.pages,
            "whole": order.whole,
            **({"village": order.village.pk} if order.village else {}),
            **({"reason": order.reason} if order.reason else {}),
        },
    )
