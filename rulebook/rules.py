"""What applies here: the values of the county's rule profile, each with its citation (PRO-1)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from rulebook import clock
from rulebook.models import ProfileValue


class ProfileMissingError(LookupError):
    """The county has no profile in force, or its profile lacks a value: an error of installation, never of a clerk."""


@dataclass(frozen=True)
class Rule:
    """One value with where it comes from. `as_json` travels into what begins under it."""

    key: str
    value: Any
    citation: str
    wording: str
    silent: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "value": self.value,
            "citation": self.citation,
            "wording": self.wording,
            "silent": self.silent,
        }


def rule(key: str, *, on: date | None = None) -> Rule:
    """The value of `key` on a day (today if left out): the newest whose effective date has come."""
    day = on or clock.today()
    row = (
        ProfileValue.objects.filter(profile__in_force=True, key=key, effective_from__lte=day)
        .order_by("-effective_from")
        .first()
    )
    if row is None:
        raise ProfileMissingError(f"the profile in force has no value for {key!r} on {day}")
    return Rule(row.key, row.value, row.citation, row.wording, row.silent)


def value(key: str, *, on: date | None = None) -> Any:
    return rule(key, on=on).value


def snapshot(keys: list[str], *, on: date | None = None) -> dict[str, dict[str, Any]]:
    """Values to be kept by what begins now, so that a later change leaves it alone."""
    return {key: rule(key, on=on).as_json() for key in keys}
