"""Runs of comparisons: who is asked about, the list for the police, files of answers, the end; and refuted deaths."""

import hashlib
import re
from collections.abc import Collection
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from accounts.models import Division, User
from accounts.trail import record
from households import gone
from households.events import tell_changed
from households.models import DeathRefutation, IdentityAnswers, IdentityCheck, IdentityRun, Person
from households.services.common import require_township, required, township_id_of
from households.verification import connector
from households.verification.acting import TOWNSHIP, require_comparing
from households.verification.people import VALID, valid_since
from jobs import services as jobs
from jobs.models import Job
from jobs.uploads import SCANS, keep_paper
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.sheets.model import DEFAULT_LIMITS
from lib.templatetags.portal import cn_datetime
from lib.text import sentence
from rulebook import clock, rules

ANSWERS, CALL = "households.identity_answers", "households.identity_call"
# What one sheet may hold on its way back.
MOST = DEFAULT_LIMITS.rows
Run, Check = IdentityRun, IdentityCheck
_NUMBER = re.compile(r"[0-9]{5,}")
_STATE = "这一批核查的状态是“{}”，不能再办理。"

_FREEZE = """
INSERT INTO households_identitycheck
       (run_id, number, person_id, name, id_cipher, id_digest, waiting, outcome, items, current)
SELECT %(run)s, row_number() OVER (ORDER BY w.code, w.home, w.id), w.id, w.name, w.id_cipher, w.id_digest, true, '',
       '{}', false
  FROM (SELECT p.id, p.name, p.id_cipher, p.id_digest, v.code, h.id AS home
          FROM households_person p
          JOIN households_household h ON h.id = p.household_id AND h.state = 'living'
          JOIN accounts_division v ON v.id = h.village_id
          LEFT JOIN households_identitycheck c ON c.person_id = p.id AND c.current
               AND c.id_digest = p.id_digest AND c.name = p.name
         WHERE p.state IN ('alive', 'missing')
           AND (%(township)s::bigint IS NULL OR v.parent_id = %(township)s)
           AND (%(named)s::bigint[] IS NULL OR p.id = ANY(%(named)s))
           AND CASE %(who)s
                   WHEN 'waiting' THEN c.id IS NULL
                        OR c.outcome = 'match' AND c.answered_at < %(since)s::timestamptz
                   WHEN 'again' THEN c.outcome IN ('mismatch', 'unknown', 'dead', 'cancelled')
                   ELSE true END
           AND NOT EXISTS (SELECT FROM households_identitycheck o WHERE o.person_id = p.id AND o.waiting)
         ORDER BY v.code, h.id, p.id LIMIT %(most)s) w
    ON CONFLICT DO NOTHING"""
_DIGEST = """
SELECT count(*), sha256(coalesce(string_agg(id_digest || convert_to(name, 'UTF8'), ''::bytea ORDER BY number), ''))
  FROM households_identitycheck WHERE run_id = %s"""


@transaction.atomic
def begin_run(
    *,
    by: User,
    township: Division | None,
    way: str,
    who: str,
    source: str,
    reason: str,
    people: Collection[int] | None = None,
) -> IdentityRun:
    """Freezes name and ID number of everybody who is to be compared; nobody is asked about twice at a time.

    `township` None: the whole county. `people`: these and nobody else (`who` is then "named").
    """
    require_comparing(by, township.pk if township else None)
    if way not in Run.Way.values or who not in Run.Who.values or (who == Run.Who.NAMED) != (people is not None):
        raise Invalid("请选择核查方式和核查人员。", code="households.identity_choice")
    if way == Run.Way.HTTP and not connector.configured():
        raise Conflict(
            "本县没有接通公安核查接口，请改用文件交换：下载名单，送公安机关核查后导入结果。",
            code="households.identity_no_connector",
        )
    run = Run.objects.create(
        township=township,
        way=way,
        who=who,
        source=required(sentence(source), "source", "核查单位", 40),
        reason=_reason(reason),
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=clock.now(),
    )
    _freeze(run, people)
    if not run.people:
        raise Conflict("没有需要核查的人员：都已核查，或正在其他批次中等待结果。", code="households.identity_nobody")
    facts = {"township": township.code if township else "", "way": way, "who": who, "people": run.people}
    record(by=by, verb="identity.begin", subject=run, facts={**facts, "sha256": bytes(run.digest).hex()})
    return call_police(by=by, run=run) if way == Run.Way.HTTP else run


def _reason(text: str) -> str:
    words = required(sentence(text), "reason", "事由", 100)
    if _NUMBER.search(words):
        raise Invalid("事由中不要写身份证号、账号或电话。", field="reason", code="households.reason")
    return words


def _freeze(run: IdentityRun, people: Collection[int] | None) -> None:
    since = valid_since(rules.value(VALID), clock.now())
    given: dict[str, Any] = {
        "run": run.pk, "township": run.township_id, "who": run.who, "since": since, "most": MOST,
        "named": None if people is None else list(people),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)" if people is None else "SELECT 1")
        cursor.execute(_FREEZE, given)
        cursor.execute(_DIGEST, [run.pk])
        run.people, digest = cursor.fetchone()
    run.digest = bytes(digest)
    run.save(update_fields=["people", "digest"])


def locked_open(run: IdentityRun) -> IdentityRun:
    current = Run.objects.select_for_update(no_key=True, of=("self",)).select_related("township").get(pk=run.pk)
    if current.state != Run.State.OPEN:
        raise Conflict(_STATE.format(current.get_state_display()), code="households.identity_state")
    return current


# --- Answers by file --------------------------------------------------------------------------------------------------
@transaction.atomic
def receive_answers(*, by: User, run: IdentityRun, upload: UploadedFile[Any]) -> IdentityAnswers:
    """Keeps a file of answers, sealed, and queues its reading. A file that was taken in already is not read again."""
    require_comparing(by, run.township_id)
    run = locked_open(run)
    if upload.size is not None and upload.size > DEFAULT_LIMITS.file_bytes:
        most = DEFAULT_LIMITS.file_bytes // 2**20
        raise Invalid(f"文件超过 {most} MB，请拆分后分别上传。", field="upload", code="sheet.size")
    data = upload.read()
    digest = hashlib.sha256(data).digest()
    known = run.files.filter(
        digest=digest, state__in=[IdentityAnswers.State.TAKEN_IN, IdentityAnswers.State.CHECKING]
    ).first()
    if known is not None:
        raise Conflict(
            f"这个文件已于{cn_datetime(known.made_at)}上传过，结果没有变化，不必重复导入。",
            field="upload",
            code="households.identity_same_file",
        )
    name = upload.name or "核查结果"
    file = jobs.store_file(content=crypto.seal(data), name=name, by=by)
    answers = IdentityAnswers.objects.create(run=run, file=file, digest=digest, made_by=by, made_at=clock.now())
    answers.job = jobs.ask(kind=ANSWERS, title=f"导入核查结果：{name}"[:200], by=by, subject=answers)
    answers.save(update_fields=["job"])
    record(by=by, verb="identity.receive", subject=run, facts={"answers": answers.pk, "file": digest.hex()})
    return answers


# --- Answers by the county's connection -------------------------------------------------------------------------------
@transaction.atomic
def call_police(*, by: User, run: IdentityRun) -> IdentityRun:
    """Has a worker ask the police register about everybody of the run who has no answer yet."""
    require_comparing(by, run.township_id)
    run = locked_open(run)
    if run.way != Run.Way.HTTP:
        raise Conflict("这一批是文件交换，请导入公安机关返回的结果文件。", code="households.identity_way")
    if run.job is not None and run.job.state in (Job.State.QUEUED, Job.State.RUNNING):
        raise Conflict("接口核查正在进行，请稍候。", code="households.identity_calling")
    run.job = jobs.ask(kind=CALL, title=f"接口核查：{run}"[:200], by=by, subject=run)
    run.save(update_fields=["job"])
    return run


# --- The end of a run -------------------------------------------------------------------------------------------------
@transaction.atomic
def close_run(*, by: User, run: IdentityRun, reason: str) -> IdentityRun:
    """Ends a run of which some have no answer: these are to be compared again."""
    require_comparing(by, run.township_id)
    run = locked_open(run)
    words = _reason(reason)
    left = run.checks.filter(waiting=True).update(waiting=False)
    run.state, run.ended_at, run.end_reason = Run.State.CLOSED, clock.now(), words
    run.save(update_fields=["state", "ended_at", "end_reason"])
    record(by=by, verb="identity.close", subject=run, facts={"left": left, "reason": words})
    return run


# --- Reported dead, and seen alive ------------------------------------------------------------------------------------
@transaction.atomic
def refute_death(*, by: User, person: Person, reason: str, paper: UploadedFile[Any]) -> DeathRefutation:
    """The township keeps a paper that a person lives whom the police register reports as dead or cancelled."""
    require_township(by, township_id_of(person.household), *TOWNSHIP)
    person = gone.one(Person.objects.select_for_update(no_key=True), person.pk)
    found = IdentityCheck.objects.filter(
        person=person, current=True, id_digest=person.id_digest, name=person.name, outcome__in=Check.GONE
    ).first()
    if found is None or person.state not in (Person.State.ALIVE, Person.State.MISSING):
        raise Conflict("公安核查没有反馈此人死亡或注销，不必核实。", code="households.identity_not_gone")
    if DeathRefutation.objects.filter(answer=found).exists():
        raise Conflict("已登记核实在世，不必重复办理。", code="households.identity_refuted")
    words = required(sentence(reason), "reason", "核实情况", 200)
    kept = keep_paper(paper, by=by, field="paper", kinds=SCANS)
    refutation = DeathRefutation.objects.create(answer=found, paper=kept, reason=words, made_by=by, made_at=clock.now())
    facts = {"run": found.run_id, "outcome": found.outcome, "file": bytes(kept.sha256).hex(), "reason_given": True}
    record(by=by, verb="identity.refute", subject=person, facts=facts)
    tell_changed([person.pk], by)
    return refutation
