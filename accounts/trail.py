"""Writing the trail: who did what (ACL-3).

The entry gets its number, time and digest from the database when the transaction commits.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from accounts.models import TrailEntry, User

Fact = str | int | bool | None
Facts = dict[str, Any]


def subject_key(subject: Model) -> tuple[str, str]:
    """How the trail names a row: ("rosters.roster", "17")."""
    return subject._meta.label_lower, str(subject.pk)


def _entry(by: User | None, verb: str, subject: tuple[str, str], facts: Facts | None) -> TrailEntry:
    return TrailEntry(
        actor=by,
        person_id=by.person_id if by else None,
        verb=verb,
        subject_type=subject[0],
        subject_id=subject[1],
        facts=json.dumps(facts or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str),
    )


def record(*, by: User | None, verb: str, subject: Model | tuple[str, str], facts: Facts | None = None) -> None:
    """Appends one entry in the caller's transaction.

    `by` is None only for what the portal does by itself (a sweep). `facts` are ids, digests (hex), counts and figures;
    never a name, a number of a person, or an account. A bulk step is one entry with its counts.
    """
    _entry(by, verb, subject if isinstance(subject, tuple) else subject_key(subject), facts).save(force_insert=True)


def record_each(*, by: User | None, verb: str, entries: Iterable[tuple[Model, Facts]]) -> None:
    """Appends one entry for each subject with its facts, in few statements: for a step that changes thousands."""
    TrailEntry.objects.bulk_create(
        [_entry(by, verb, subject_key(subject), facts) for subject, facts in entries], batch_size=1000
    )
