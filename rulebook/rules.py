"""What applies here: the values of the county's rule profile, each with its citation (PRO-1, PRO-2)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.scope import PortalToday
from rulebook import clock
from rulebook.catalogue import BY_KEY
from rulebook.models import ProfileValue

Kept = dict[str, dict[str, Any]]


class ProfileMissingError(LookupError):
    """The county has no profile in force, or its profile lacks a value: an error of installation, never of a clerk."""


@dataclass(frozen=True)
class Rule:
    """One value with where it comes from. `as_json` travels into what begins under it.

    `policy_code` is that of the policy whose own rule this is, and empty for the county's.
    """

    key: str
    value: Any
    citation: str
    wording: str
    silent: bool
    policy_code: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _rule_of(row: ProfileValue) -> Rule:
    return Rule(row.key, row.value, row.citation, row.wording, row.silent, row.policy_code)


def in_force(*, on: date | None = None, policy_code: str = "") -> QuerySet[ProfileValue]:
    """The rows that apply on a day: of each key the newest whose date has come, a policy's own before the county's."""
    return _newest(ProfileValue.objects.filter(profile__in_force=True), on, policy_code)


def _newest(rows: QuerySet[ProfileValue], on: date | None, policy_code: str) -> QuerySet[ProfileValue]:
    day = on or PortalToday()
    newest = rows.filter(effective_from__lte=day).filter(Q(policy_code="") | Q(policy_code=policy_code or ""))
    # Of the county and of the policy the newest each; an override that has ended leaves the county's.
    each = newest.order_by("key", "policy_code", "-effective_from").distinct("key", "policy_code")
    living = ProfileValue.objects.filter(pk__in=each.values("pk"), ends_override=False)
    return living.order_by("key", "-policy_code").distinct("key")


def rule(key: str, *, on: date | None = None, policy_code: str = "") -> Rule:
    """The value of `key` on a day (today if left out), for a policy if it has a rule of its own."""
    row = _newest(ProfileValue.objects.filter(profile__in_force=True, key=key), on, policy_code).first()
    if row is None:
        raise ProfileMissingError(f"the profile in force has no value for {key!r} on {on or clock.today()}")
    return _rule_of(row)


def value(key: str, *, on: date | None = None, policy_code: str = "") -> Any:
    return rule(key, on=on, policy_code=policy_code).value


def snapshot(*, on: date | None = None, policy_code: str = "", keys: Iterable[str] = BY_KEY) -> Kept:
    """All values to be kept by what begins now, so that a later change leaves it alone: one query."""
    found = {row.key: _rule_of(row).as_json() for row in in_force(on=on, policy_code=policy_code)}
    missing = sorted(set(keys) - found.keys())
    if missing:
        raise ProfileMissingError(f"the profile in force has no value for {', '.join(missing)}")
    return {key: found[key] for key in keys}


# Parts of the portal that a county's rules may leave out, pages and all.
PARTS = ("cash.allowed", "payout.cycle", "desk.one_stop", "publicity.one_list", "village.entry")


def parts() -> frozenset[str]:
    """Which of PARTS play a part here today, for the county or for one of its policies: one query."""
    rows = ProfileValue.objects.filter(profile__in_force=True, key__in=PARTS, effective_from__lte=PortalToday())
    newest = rows.order_by("key", "policy_code", "-effective_from").distinct("key", "policy_code")
    told = newest.values_list("key", "value", "ends_override")
    return frozenset(key for key, value, ended in told if not ended and value not in (False, None, "none"))
