"""Reads that pages share: the values that apply today, and the clocks that a person may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from accounts.scope import scope_of
from rulebook import clock
from rulebook.models import Deadline, Profile, ProfileValue
from rulebook.wording import STARTS, TITLES, group_of, in_words

State = Deadline.State
# Tabs of the list of clocks: key, title, states.
TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("running", "计时中", (State.ARMED,)),
    ("passed", "已到期", (State.FIRED,)),
    ("done", "已办结", (State.MET, State.LATE)),
    ("blocked", "日历缺失", (State.BLOCKED,)),
    ("cancelled", "已撤销", (State.CANCELLED,)),
)


@dataclass(frozen=True)
class Applied:
    """One value as the page 「适用规则」 shows it."""

    key: str
    title: str
    words: str
    starts: str
    row: ProfileValue


def values_in_force(profile: Profile) -> list[ProfileValue]:
    """Of each key the newest value whose date has come."""
    rows = profile.values.filter(effective_from__lte=clock.today()).order_by("key", "-effective_from").distinct("key")
    return list(rows)


def applied(values: list[ProfileValue]) -> list[tuple[str, list[Applied]]]:
    """The values in groups, in the order of a payment's way; the chain is drawn apart."""
    order = list(TITLES)
    groups: dict[str, list[Applied]] = {}
    for row in sorted(values, key=lambda row: order.index(row.key) if row.key in order else len(order)):
        if row.key != "chain":
            shown = Applied(row.key, TITLES.get(row.key, row.key), in_words(row.value), STARTS.get(row.key, ""), row)
            groups.setdefault(group_of(row.key), []).append(shown)
    return list(groups.items())


def deadlines_visible_to(user: User) -> QuerySet[Deadline]:
    """The county's posts see every clock, a township's posts those of their township, others their organisation's."""
    scope = scope_of(user)
    found = Deadline.objects.select_related("responsible")
    if scope.whole_county:
        return found
    own = [post.organisation_id for post in scope.posts]
    return found.filter(Q(responsible_id__in=own) | Q(responsible__division_id__in=scope.township_ids))


def counts_by_tab(deadlines: QuerySet[Deadline]) -> dict[str, int]:
    states: dict[str, int] = dict(deadlines.order_by().values_list("state").annotate(Count("pk")))
    return {key: sum(states.get(state, 0) for state in members) for key, _, members in TABS}


def next_due() -> Deadline | None:
    return Deadline.objects.filter(state=State.ARMED).order_by("due_at", "id").first()


def filtered(deadlines: QuerySet[Deadline], filters: dict[str, Any]) -> QuerySet[Deadline]:
    if filters.get("responsible"):
        deadlines = deadlines.filter(responsible=filters["responsible"])
    if filters.get("kind"):
        deadlines = deadlines.filter(kind=filters["kind"])
    return deadlines
