"""Clocks that count for a roster: its own, and those that rooms above keep on things of theirs (a notice, a batch).

A room registers in `AppConfig.ready()` which of its subjects belong to which rosters.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q

from rulebook import deadlines
from rulebook.models import Deadline

# From ids of rosters to (subject_type, subject_id, roster id), such as ("publicity.notice", 7, 3).
Subjects = Callable[[list[int]], Iterable[tuple[str, int, int]]]
_sources: list[Subjects] = []
RUNNING = ("armed", "fired", "blocked")


def register_subjects(source: Subjects) -> None:
    _sources.append(source)


def of_rosters(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The clock of each roster that runs out first, in the words of parts/_clock.html."""
    wanted = list(ids)
    owners: dict[tuple[str, int], set[int]] = {("rosters.roster", pk): {pk} for pk in wanted}
    for source in _sources:
        for kind, subject, roster in source(wanted):
            owners.setdefault((kind, subject), set()).add(roster)
    found = Q(pk__in=[])
    for kind in {kind for kind, _ in owners}:
        found |= Q(subject_type=kind, subject_id__in=[pk for name, pk in owners if name == kind])
    running = Deadline.objects.filter(found, met_at=None, state__in=RUNNING).order_by("due_at", "id")
    nearest: dict[int, Deadline] = {}
    for deadline in running:
        for roster in owners[deadline.subject_type, deadline.subject_id]:
            nearest.setdefault(roster, deadline)
    return {pk: _shown(deadline) for pk, deadline in nearest.items()}


def _shown(deadline: Deadline) -> dict[str, Any]:
    shown = deadlines.remaining(deadline)
    return {**shown, "remaining": f"{shown['title']}：{shown['words']}"}
