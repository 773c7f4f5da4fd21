"""What a roster began with: its own kept rules, and who answers for its notice."""

from typing import Any

from accounts.models import Organisation
from rosters.models import Roster
from rulebook.rules import rule

NOTICE_STEP = "notice"


def rule_of(roster: Roster, key: str) -> dict[str, Any]:
    """The rule that the roster keeps; the profile's only where the roster was made before the rule existed."""
    kept: dict[str, Any] | None = roster.rules.get(key)
    return kept if kept else rule(key).as_json()


def at_notice_step(roster: Roster) -> bool:
    return roster.status == Roster.Status.NOTICE and roster.step == NOTICE_STEP


def unit_of(roster: Roster) -> Organisation:
    """The unit whose clerk posts the notice and answers for its clocks: a school, or the township's government."""
    if roster.organisation.kind in (Organisation.Kind.TOWNSHIP, Organisation.Kind.SCHOOL):
        return roster.organisation
    found = Organisation.objects.filter(
        kind=Organisation.Kind.TOWNSHIP, division_id=roster.division_id, active=True
    ).first()
    return found or roster.organisation


def parties(roster: Roster) -> dict[str, Organisation | None]:
    """Who may answer for a clock of the roster's notice, by the parties of the catalogue."""
    finance = Organisation.objects.filter(kind=Organisation.Kind.FINANCE_BUREAU, active=True).order_by("id").first()
    return {"unit": unit_of(roster), "department": roster.policy.department, "finance": finance, "bank": None}
