"""The worker's part with the connection: batch after batch, each stored by itself, so that it can be taken up again.

Only who has no answer yet is asked about: a worker that dies, a register that sleeps, costs nothing but time.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.trail import record
from households.events import tell_changed
from households.models import IdentityCheck, IdentityRun
from households.verification import answering
from households.verification.acting import require_comparing
from households.verification.connector import Asked, Police, PoliceError
from households.verification.services import CALL
from jobs.links import result_url
from jobs.models import Job
from jobs.services import Result, handles, progress
from lib import crypto
from lib.errors import Conflict
from rulebook import clock

TRIES = 5


@handles(CALL)
def run_call(job: Job) -> Result:
    run = IdentityRun.objects.select_related("township").get(pk=int(job.subject_id))
    require_comparing(job.asked_by, run.township_id)
    told, began = Told(), clock.now()
    try:
        _ask_all(job, run, told)
    finally:
        _ended(job, run, told, began)
    if told.silent:
        raise Conflict(
            f"接口已返回 {told.answered} 人的结果，另有 {told.silent} 人没有返回。请稍后点“继续接口核查”。",
            code="households.identity_no_answer",
        )
    return {"taken": told.answered}


@transaction.atomic
def _ended(job: Job, run: IdentityRun, told: "Told", began: datetime) -> None:
    """However it ended: the trail has what was answered, and the rooms above hear of these people once."""
    facts = {"taken": told.answered, "left": run.checks.filter(waiting=True).count(), "job": job.pk}
    record(by=job.asked_by, verb="identity.call", subject=run, facts=facts)
    answered = run.checks.filter(answered_at__gte=began, answers=None)
    tell_changed(list(answered.values_list("person_id", flat=True)), job.asked_by)


@dataclass
class Told:
    """How many the register has answered about in this job, and about how many it said nothing."""

    answered: int = 0
    silent: int = 0


def _ask_all(job: Job, run: IdentityRun, told: Told) -> None:
    police = Police()
    # Past those about whom the register said nothing, so that they do not hold up the others.
    after = 0
    while some := _next(run, after):
        answers = _asked(job, police, run, some, told.answered)
        told.answered += answering.store_told(run, answers, by=job.asked_by)
        told.silent += len(some) - len(answers)
        after = some[-1].number


def _next(run: IdentityRun, after: int) -> list[Asked]:
    """The next people without an answer; none once somebody has ended the run."""
    waiting = IdentityCheck.objects.filter(run=run, waiting=True, number__gt=after).order_by("number")
    rows = waiting.values_list("number", "name", "id_cipher")[: settings.PORTAL_POLICE["batch"]]
    return [Asked(number, name, crypto.decrypt(cipher)) for number, name, cipher in rows]


def _asked(job: Job, police: Police, run: IdentityRun, some: Sequence[Asked], answered: int) -> list[answering.Answer]:
    """The answers about some people, asked again with growing pauses while the register does not answer usefully."""
    for attempt in range(1, TRIES + 1):
        progress(job, stage="正在核查", done=answered, total=run.people)
        try:
            return police.ask(run.pk, some)
        except PoliceError as error:
            if attempt == TRIES or not error.again:
                raise Conflict(
                    f"公安核查接口{error.what}，已返回的 {answered} 人结果已入库，其余仍在等待。"
                    "请稍后点“继续接口核查”；多次不成的，请系统管理员核对接口设置。",
                    code="households.identity_no_answer",
                ) from None
            time.sleep(settings.PORTAL_POLICE["pause"] * 2 ** (attempt - 1))
    raise AssertionError("the last attempt returns or raises")


@result_url(CALL)
def _page(job: Job) -> str:
    return reverse("households:identity_run", args=[job.subject_id])
