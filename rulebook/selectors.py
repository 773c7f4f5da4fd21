"""Reads that pages share: the clocks that a person may see."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Organisation, User
from accounts.scope import scope_of
from rulebook import parties
from rulebook.models import Deadline

State = Deadline.State
# Tabs of the list of clocks. Those that near are among the running ones.
TAB_TITLES = {
    "running": "计时中", "near": "临近到期", "passed": "已到期", "done": "已办结", "blocked": "日历缺失",
    "cancelled": "已撤销",
}  # fmt: skip
STATES: dict[str, tuple[str, ...]] = {
    "running": (State.ARMED,),
    "passed": (State.FIRED,),
    "done": (State.MET, State.LATE),
    "blocked": (State.BLOCKED,),
    "cancelled": (State.CANCELLED,),
}


def deadlines_visible_to(user: User) -> QuerySet[Deadline]:
    """The county's posts see every clock, a township's posts those of their township, others their organisation's."""
    scope = scope_of(user)
    found = Deadline.objects.select_related("responsible")
    if scope.whole_county:
        return found
    own = [post.organisation_id for post in scope.posts]
    # A school lies in a township's division and answers for itself.
    near_by = Q(responsible__division_id__in=scope.township_ids) & ~Q(responsible__kind=Organisation.Kind.SCHOOL)
    return found.filter(Q(responsible_id__in=own) | near_by)


def of_tab(deadlines: QuerySet[Deadline], tab: str) -> QuerySet[Deadline]:
    return deadlines.filter(parties.near() if tab == "near" else Q(state__in=STATES[tab]))


def counts_by_tab(deadlines: QuerySet[Deadline]) -> dict[str, int]:
    states: dict[str, int] = dict(deadlines.order_by().values_list("state").annotate(Count("pk")))
    counts = {key: sum(states.get(state, 0) for state in members) for key, members in STATES.items()}
    return {**counts, "near": of_tab(deadlines, "near").count()}


def next_due() -> Deadline | None:
    return Deadline.objects.filter(state=State.ARMED).order_by("due_at", "id").first()


def filtered(deadlines: QuerySet[Deadline], filters: dict[str, Any]) -> QuerySet[Deadline]:
    if filters.get("responsible"):
        deadlines = deadlines.filter(responsible=filters["responsible"])
    if filters.get("kind"):
        deadlines = deadlines.filter(kind=filters["kind"])
    if filters.get("party"):
        deadlines = deadlines.filter(parties.of_party(filters["party"]))
    return deadlines
