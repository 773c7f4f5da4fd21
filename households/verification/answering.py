"""Writing answers beside what was asked, by sets: each once; who is confirmed, and who no longer is, follows from them.

Both ways end here: answers are laid into `households_identitytold` by the numbers of the run, then `store` writes them.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from households.authors import writes
from households.models import IdentityAnswers, IdentityRun
from rulebook import clock


@dataclass(frozen=True)
class Answer:
    """What the police register says of the person with this number in the run."""

    number: int
    outcome: str
    items: tuple[str, ...] = ()
    died_on: date | None = None


_LOCK = """
SELECT p.id FROM households_person p
 WHERE p.id IN (SELECT c.person_id FROM households_identitycheck c JOIN households_identitytold t USING (run_id, number)
                 WHERE c.run_id = %(run)s AND c.waiting)
 ORDER BY p.id FOR NO KEY UPDATE"""
_BEFORE = """
UPDATE households_identitycheck b SET current = false
  FROM households_identitycheck c JOIN households_identitytold t USING (run_id, number)
 WHERE c.run_id = %(run)s AND c.waiting AND b.person_id = c.person_id AND b.current"""
_WRITE = """
UPDATE households_identitycheck c
   SET outcome = t.outcome, items = t.items::varchar(10)[], died_on = t.died_on, answered_at = %(now)s,
       answers_id = %(answers)s, waiting = false, current = true
  FROM households_identitytold t
 WHERE c.run_id = %(run)s AND t.run_id = c.run_id AND t.number = c.number AND c.waiting"""
# A person whose name or number was changed meanwhile is not confirmed by an answer about the former one.
_CONFIRM = """
UPDATE households_person p
   SET verified_at = CASE WHEN c.outcome = 'match' THEN c.answered_at END,
       verified_source = CASE WHEN c.outcome = 'match' THEN %(source)s ELSE '' END
  FROM households_identitycheck c JOIN households_identitytold t USING (run_id, number)
 WHERE c.run_id = %(run)s AND c.current AND c.answered_at = %(now)s AND p.id = c.person_id AND p.state <> 'moved'
   AND p.id_digest = c.id_digest AND p.name = c.name
   AND (c.outcome = 'match' OR p.verified_at IS NOT NULL)"""
_LEFT = "SELECT count(*) FROM households_identitycheck WHERE run_id = %(run)s AND waiting"
_FORGET = "DELETE FROM households_identitytold WHERE run_id = %s"


def tell(run: IdentityRun, answers: Iterable[Answer]) -> None:
    """Lays answers beside the run, within the transaction that stores them."""
    forget(run)
    rows = [
        {
            "number": one.number,
            "outcome": one.outcome,
            "items": list(one.items),
            "died_on": one.died_on.isoformat() if one.died_on else None,
        }
        for one in answers
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO households_identitytold SELECT %s, t.* FROM jsonb_to_recordset(%s::jsonb)
               AS t (number bigint, outcome text, items text[], died_on date)""",
            [run.pk, json.dumps(rows)],
        )


def forget(run: IdentityRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [run.pk])


def store(run: IdentityRun, *, by: User, answers: IdentityAnswers | None = None, at: datetime | None = None) -> int:
    """Writes what was told of those who still wait; returns of how many. The caller holds the run's lock.

    Answers to what has been answered change nothing. The run ends with its last answer.
    """
    given: dict[str, Any] = {
        "run": run.pk, "now": at or clock.now(), "answers": answers.pk if answers else None,
        "source": run.told_source,
    }  # fmt: skip
    writes(by, run)
    with connection.cursor() as cursor:
        for statement in (_LOCK, _BEFORE):
            cursor.execute(statement, given)
        cursor.execute(_WRITE, given)
        written = int(cursor.rowcount)
        cursor.execute(_CONFIRM, given)
        cursor.execute(_LEFT, given)
        left = cursor.fetchone()[0]
    forget(run)
    if not left:
        run.state, run.ended_at = IdentityRun.State.DONE, clock.now()
        run.save(update_fields=["state", "ended_at"])
    return written


@transaction.atomic
def store_told(run: IdentityRun, told: Iterable[Answer], *, by: User) -> int:
    """Answers that a connection gave, in one transaction with the run's lock."""
    current = IdentityRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if current.state != IdentityRun.State.OPEN:
        return 0
    tell(current, told)
    return store(current, by=by)
