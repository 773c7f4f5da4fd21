"""Writing the trail: who did what (ACL-3).

The entry gets its number, time and digest from the database when the transaction commits.
"""

import json
from typing import Any

from django.db.models import Model

from accounts.models import TrailEntry, User

Fact = str | int | bool | None
Facts = dict[str, Any]


def subject_key(subject: Model) -> tuple[str, str]:
    """How the trail names a row: ("rosters.roster", "17")."""
    return subject._meta.label_lower, str(subject.pk)


def record(*, by: User | None, verb: str, subject: Model | tuple[str, str], facts: Facts | None = None) -> None:
    """Appends one entry in the caller's transaction.

    `by` is None only for what the portal does by itself (a sweep). `facts` are ids, digests (hex), counts and figures;
    never a name, a number of a person, or an account. A bulk step is one entry with its counts.
    """
    kind, key = subject if isinstance(subject, tuple) else subject_key(subject)
    TrailEntry.objects.create(
        actor=by,
        person_id=by.person_id if by else None,
        verb=verb,
        subject_type=kind,
        subject_id=key,
        facts=json.dumps(facts or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str),
    )
