"""What a batch keeps of the rules under which its rosters began (PRO-1).

Only the values that concern money, bank and failures are kept by a batch: in these its rosters must be alike. All
others are read from the roster of a line.
"""

from collections.abc import Sequence
from typing import Any

from disbursement.models import Batch
from lib.errors import Invalid
from rosters.models import Roster
from rulebook.catalogue import BY_KEY, key_of
from rulebook.rules import Kept, rule

_GROUPS = frozenset({"dispatch", "bank", "failure", "reissue", "cash"})
MONEY_KEYS = tuple(key for key in BY_KEY if key.split(".")[0] in _GROUPS or key == "data.before_money")


def of_roster(roster: Roster, key: str) -> dict[str, Any]:
    """A rule that the roster keeps; today's only where it was made before the rule existed."""
    found: dict[str, Any] | None = roster.rules.get(key)
    return found if found else rule(key, policy_code=roster.policy.code).as_json()


def of_batch(batch: Batch, key: str) -> dict[str, Any]:
    found: dict[str, Any] | None = batch.rules.get(key)
    return found if found else rule(key, policy_code=batch.quota.policy.code).as_json()


def value(batch: Batch, key: str) -> Any:
    return of_batch(batch, key)["value"]


def common(rosters: Sequence[Roster]) -> Kept:
    """The rules for a batch of these rosters; refuses rosters that began under different ones."""
    first, *others = rosters
    found = {key: of_roster(first, key) for key in MONEY_KEYS}
    for roster in others:
        differing = next((key for key in MONEY_KEYS if of_roster(roster, key)["value"] != found[key]["value"]), None)
        if differing is not None:
            raise Invalid(
                f"“{roster.title}”与“{first.title}”适用的“{key_of(differing).title}”不同，请分别制批。",
                code="disbursement.rules_differ",
                field="rosters",
                rule=differing,
            )
    return found
