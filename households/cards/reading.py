"""The worker's part with a bank's list of cards: read in a child process, checked, entered whole or not at all."""

import tempfile
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.trail import record
from households.cards.columns import COLUMNS, KINDS
from households.cards.services import LIST
from households.models import CardList
from jobs.links import result_url
from jobs.models import Job
from jobs.services import Result, handles, progress
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.sheets.model import out_columns
from lib.sheets.parse import Parsed, parse
from rulebook import clock

State = CardList.State
SHOWN = 500
_CHECKS = (Path(__file__).parents[1] / "sql" / "card_checks.sql").read_text(encoding="utf-8")
_TAKE_IN = """
INSERT INTO households_deliveredcard
       (person_id, kind, bank_name, number_digest, tail, account_id, delivered_on, keeper, source_id, state,
        return_reason, made_by_id, made_at)
SELECT p.id, coalesce(k.kind, 'card'), %(bank)s, s.number_digest, s.number_tail, a.id, %(on)s, %(keeper)s, %(list)s,
       'held', '', %(by)s, %(now)s
  FROM households_stagedcard s
  JOIN households_person p ON p.id_digest = s.id_digest AND p.state <> 'moved'
  LEFT JOIN unnest(%(words)s::text[], %(kinds)s::text[]) AS k (word, kind) ON k.word = s.kind
  LEFT JOIN LATERAL (SELECT b.id FROM households_bankaccount b
                      WHERE b.number_digest = s.number_digest AND b.person_id = p.id
                      ORDER BY b.in_use DESC, b.id DESC LIMIT 1) a ON true
 WHERE s.list_id = %(list)s ORDER BY s.excel_row"""


@handles(LIST)
def run_list(job: Job) -> Result:
    """Takes one list in. Taken up again, it begins anew over its own traces; what has ended it leaves alone."""
    found = CardList.objects.select_related("file").get(pk=int(job.subject_id))
    if found.state != State.CHECKING:
        return {"rows": found.rows, "bad_rows": found.bad_rows}
    progress(job, stage="正在读取文件")
    with tempfile.TemporaryDirectory(prefix="portal-cards-") as place:
        parsed = _read(found, Path(place))
        progress(job, stage="正在与底册核对", done=parsed.rows // 2, total=parsed.rows)
        try:
            found = _take_in(found, parsed, Path(place) / "rows.copy")
        except IntegrityError as error:
            raise Conflict("核对时又有卡折登记，请重新上传这份清单。", code="households.card_list_again") from error
    return {"rows": found.rows, "bad_rows": found.bad_rows}


def _read(found: CardList, place: Path) -> Parsed:
    source = place / "upload"
    with found.file.file.open("rb") as sealed:
        source.write_bytes(crypto.unseal(sealed.read()))
    try:
        return parse(source, COLUMNS, place / "rows.copy", today=clock.today())
    except Invalid as refusal:
        told = [[0, "文件", refusal.message]]
        CardList.objects.filter(pk=found.pk, state=State.CHECKING).update(state=State.UNREADABLE, errors=told)
        raise


@transaction.atomic
def _take_in(found: CardList, parsed: Parsed, rows: Path) -> CardList:
    """Stages, checks and enters: every row, or none."""
    locked = CardList.objects.select_for_update(no_key=True, of=("self",)).select_related("file", "made_by")
    found = locked.get(pk=found.pk)
    if found.state != State.CHECKING:
        return found
    given = _parameters(found)
    columns = ", ".join(name for name, _ in out_columns(COLUMNS))
    with connection.cursor() as cursor, rows.open("rb") as stream:
        cursor.execute("DELETE FROM households_stagedcard WHERE list_id = %s", [found.pk])
        cursor.execute("SELECT set_config('portal.card_list', %s, true)", [str(found.pk)])
        cursor.copy_expert(f"COPY households_stagedcard ({columns}) FROM STDIN", stream)
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        cursor.execute(_CHECKS, given)
        wrong = [list(row) for row in cursor.fetchall()]
        wrong = sorted(wrong + [[one.row, one.column, one.message] for one in parsed.errors])
        if not wrong:
            cursor.execute(_TAKE_IN, given)
        cursor.execute("DELETE FROM households_stagedcard WHERE list_id = %s", [found.pk])
    found.rows, found.errors = parsed.rows, wrong[:SHOWN]
    found.bad_rows = len({row for row, *_ in wrong})
    found.state = State.REFUSED if wrong else State.TAKEN_IN
    found.save(update_fields=["rows", "errors", "bad_rows", "state"])
    facts = {"rows": found.rows, "bad_rows": found.bad_rows, "file": bytes(found.file.sha256).hex()}
    record(by=found.made_by, verb="card.take_in", subject=found, facts=facts)
    return found


def _parameters(found: CardList) -> dict[str, Any]:
    return {
        "list": found.pk, "township": found.township_id, "bank": found.bank_name, "on": found.delivered_on,
        "keeper": found.keeper, "by": found.made_by_id, "now": clock.now(), "words": list(KINDS),
        "kinds": list(KINDS.values()),
    }  # fmt: skip


@result_url(LIST)
def _page(job: Job) -> str:
    return reverse("households:card_list", args=[job.subject_id])
