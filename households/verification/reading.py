"""The worker's part with a file of answers: read in a child process, staged, checked, taken in whole or not at all."""

import tempfile
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from accounts.trail import record
from households.events import tell_changed
from households.models import IdentityAnswers, IdentityRowError, IdentityRun
from households.verification import answering
from households.verification.acting import require_comparing
from households.verification.columns import COLUMNS, ITEMS, OUTCOMES
from households.verification.services import ANSWERS
from jobs.links import result_url
from jobs.models import Job
from jobs.services import Result, handles, progress
from lib import crypto
from lib.errors import Invalid
from lib.sheets.beside import report
from lib.sheets.model import DEFAULT_LIMITS, CellError, out_columns
from lib.sheets.parse import Parsed, parse
from rulebook import clock

State = IdentityAnswers.State
_CHECKS = (Path(__file__).parents[1] / "sql" / "identity_checks.sql").read_text(encoding="utf-8")
_TOLD = """
INSERT INTO households_identitytold (run_id, number, outcome, items, died_on)
SELECT c.run_id, c.number, o.outcome, coalesce(i.items, '{}'), s.died_on
  FROM households_stagedanswer s
  JOIN households_identitycheck c ON c.run_id = %(run)s AND c.id_digest = s.id_digest AND c.waiting
  JOIN unnest(%(spelt)s::text[], %(outcomes)s::text[]) AS o (spelt, outcome) ON o.spelt = s.outcome
  LEFT JOIN LATERAL (
       SELECT array_agg(DISTINCT n.item) AS items FROM regexp_split_to_table(s.items, '[、,，;；/ ]+') part
         JOIN unnest(%(item_words)s::text[], %(items)s::text[]) AS n (word, item) ON n.word = part) i
       ON s.items IS NOT NULL
 WHERE s.answers_id = %(answers)s"""


@handles(ANSWERS)
def run_answers(job: Job) -> Result:
    """Takes one file in. Taken up again, it begins anew over its own traces; what has ended it leaves alone."""
    answers = IdentityAnswers.objects.select_related("file", "run").get(pk=int(job.subject_id))
    if answers.state != State.CHECKING:
        return _told(answers)
    progress(job, stage="正在读取文件")
    with tempfile.TemporaryDirectory(prefix="portal-identity-") as place:
        parsed = _read(answers, Path(place))
        progress(job, stage="正在与名单核对", done=parsed.rows // 2, total=parsed.rows)
        answers = _take_in(answers, parsed, Path(place) / "rows.copy")
    progress(job, stage="已结束", done=parsed.rows, total=parsed.rows)
    return _told(answers)


def _told(answers: IdentityAnswers) -> Result:
    return {"rows": answers.rows, "taken": answers.taken, "repeated": answers.repeated, "bad_rows": answers.bad_rows}


@result_url(ANSWERS)
def _page(job: Job) -> str:
    run = IdentityAnswers.objects.values_list("run_id", flat=True).get(pk=int(job.subject_id))
    return reverse("households:identity_run", args=[run])


def _read(answers: IdentityAnswers, place: Path) -> Parsed:
    source = place / "upload"
    with answers.file.file.open("rb") as sealed:
        source.write_bytes(crypto.unseal(sealed.read()))
    try:
        return parse(source, COLUMNS, place / "rows.copy", today=clock.today())
    except Invalid as refusal:
        IdentityAnswers.objects.filter(pk=answers.pk, state=State.CHECKING).update(
            state=State.UNREADABLE, refusal=refusal.message[:300]
        )
        raise


@transaction.atomic
def _take_in(answers: IdentityAnswers, parsed: Parsed, rows: Path) -> IdentityAnswers:
    """Stages, checks and stores: either every row is in order and everything is stored, or nothing is."""
    run = IdentityRun.objects.select_for_update(no_key=True).get(pk=answers.run_id)
    answers = (
        IdentityAnswers.objects.select_for_update(no_key=True, of=("self",))
        .select_related("file", "made_by")
        .get(pk=answers.pk)
    )
    if answers.state != State.CHECKING:
        return answers
    if run.state != IdentityRun.State.OPEN:
        return _ended(answers, State.UNREADABLE, refusal=f"这一批核查{run.get_state_display()}，不再接收结果。")
    _stage(answers, rows)
    _check(answers, run, parsed.errors)
    answers.rows = parsed.rows
    answers.bad_rows = IdentityRowError.objects.filter(answers=answers).values("row").distinct().count()
    if answers.bad_rows:
        answers = _ended(answers, State.REFUSED)
    else:
        answering.forget(run)
        with connection.cursor() as cursor:
            cursor.execute(_TOLD, _parameters(answers, run))
        answers.taken = answering.store(run, by=answers.made_by, answers=answers)
        answers.repeated = answers.rows - answers.taken
        tell_changed(list(run.checks.filter(answers=answers).values_list("person_id", flat=True)), answers.made_by)
        answers = _ended(answers, State.TAKEN_IN)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_stagedanswer WHERE answers_id = %s", [answers.pk])
    facts = {**_told(answers), "answers": answers.pk, "file": bytes(answers.digest).hex(), "state": answers.state}
    record(by=answers.made_by, verb="identity.take_in", subject=run, facts=facts)
    return answers


@transaction.atomic
def error_report(*, by: User, answers: IdentityAnswers, path: Path) -> int:
    """The rows in error as they were uploaded, what is wrong beside them; it holds numbers in clear."""
    require_comparing(by, answers.run.township_id)
    errors = [
        CellError(one.row, one.column, one.rule, one.message)
        for one in answers.errors.filter(rule__startswith="identity.")
    ]
    with tempfile.TemporaryDirectory(prefix="portal-identity-") as place:
        source = Path(place) / "upload"
        with answers.file.file.open("rb") as sealed:
            source.write_bytes(crypto.unseal(sealed.read()))
        rows = report(source, COLUMNS, path, errors, limits=DEFAULT_LIMITS, today=clock.today(), only_faulty=True)
    record(by=by, verb="identity.report", subject=answers.run, facts={"answers": answers.pk, "rows": rows})
    return rows


def _ended(answers: IdentityAnswers, state: str, *, refusal: str = "") -> IdentityAnswers:
    answers.state, answers.refusal = state, refusal
    answers.save()
    return answers


def _stage(answers: IdentityAnswers, rows: Path) -> None:
    columns = ", ".join(name for name, _ in out_columns(COLUMNS))
    with connection.cursor() as cursor, rows.open("rb") as stream:
        cursor.execute("DELETE FROM households_stagedanswer WHERE answers_id = %s", [answers.pk])
        cursor.execute("SELECT set_config('portal.identity_answers', %s, true)", [str(answers.pk)])
        cursor.copy_expert(f"COPY households_stagedanswer ({columns}) FROM STDIN", stream)
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")


def _parameters(answers: IdentityAnswers, run: IdentityRun) -> dict[str, Any]:
    return {
        "answers": answers.pk, "run": run.pk, "today": clock.today(),
        "spelt": list(OUTCOMES), "outcomes": [str(one) for one in OUTCOMES.values()],
        "item_words": list(ITEMS), "items": [str(one) for one in ITEMS.values()],
    }  # fmt: skip


def _check(answers: IdentityAnswers, run: IdentityRun, cells: list[CellError]) -> None:
    IdentityRowError.objects.filter(answers=answers).delete()
    IdentityRowError.objects.bulk_create(
        [
            IdentityRowError(
                answers=answers, row=e.row, column=e.column[:40], rule=e.rule[:40], message=e.message[:300]
            )
            for e in cells
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute(_CHECKS, _parameters(answers, run))
