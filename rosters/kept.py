"""The rules that a roster keeps from its beginning, beside those of today (PRO-1)."""

from dataclasses import dataclass
from typing import Any

from rosters import chain
from rosters.models import Roster
from rulebook import catalogue, rules
from rulebook.overrides import Keeping
from rulebook.wording import Reading, read

ENDED = (Roster.Status.CLOSED, Roster.Status.VOID)


def under_way(key: str, policy_code: str) -> list[Keeping]:
    """Rosters that began and have not ended: a changed rule leaves them alone."""
    found = Roster.objects.exclude(status__in=ENDED)
    found = found.filter(policy__code=policy_code) if policy_code else found
    return [Keeping("办理中的清册", found.count())]


@dataclass(frozen=True)
class KeptRule:
    """One value that the roster keeps; `now` is today's value where it differs."""

    entry: catalogue.Key
    kept: Reading
    citation: str
    wording: str
    silent: bool
    own: bool
    now: Reading | None


def board(roster: Roster) -> list[tuple[str, list[KeptRule]]]:
    """The roster's values in the catalogue's groups."""
    today = rules.snapshot(policy_code=roster.policy.code)
    groups: dict[str, list[KeptRule]] = {}
    for entry in catalogue.KEYS:
        kept: dict[str, Any] | None = roster.rules.get(entry.key)
        if kept is None:
            continue
        current = today[entry.key]["value"]
        if entry.shape == "chain":
            # The roster's chain is resolved for its unit; compared is what this unit would walk today.
            current = _as_resolved(current, roster)
        differs = current != kept["value"]
        groups.setdefault(entry.group, []).append(
            KeptRule(
                entry=entry,
                kept=read(entry.key, kept["value"]),
                citation=kept.get("citation", ""),
                wording=kept.get("wording", ""),
                silent=bool(kept.get("silent")),
                own=bool(kept.get("policy_code")),
                now=read(entry.key, current) if differs else None,
            )
        )
    return list(groups.items())


def _as_resolved(value: list[dict[str, Any]], roster: Roster) -> list[dict[str, Any]]:
    from_today: list[dict[str, Any]] = chain.resolved({"chain": {"value": value}}, roster.organisation)["chain"][
        "value"
    ]
    return from_today
