"""Reads that pages share: the values that apply today, and the clocks that a person may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from accounts.scope import scope_of
from rulebook import catalogue, clock
from rulebook.models import Deadline, Profile, ProfileValue
from rulebook.wording import in_words, starts_in_words

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
    """Of each key the county's newest value whose date has come."""
    rows = profile.values.filter(effective_from__lte=clock.today(), policy_code="")
    return list(rows.order_by("key", "-effective_from").distinct("key"))


def applied(values: list[ProfileValue]) -> list[tuple[str, list[Applied]]]:
    """The values in groups, in the order of a payment's way; the chain is drawn apart."""
    by_key = {row.key: row for row in values}
    groups: dict[str, list[Applied]] = {}
    for entry in catalogue.KEYS:
        row = by_key.get(entry.key)
        if row is not None and entry.shape != "chain":
            words = in_words(row.value, entry.key)
            shown = Applied(entry.key, entry.title, words, starts_in_words(row.value), row)
            groups.setdefault(entry.group, []).append(shown)
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
