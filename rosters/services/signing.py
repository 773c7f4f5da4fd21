"""One person signs several rosters at once (ROS-6): each by itself, what moved meanwhile is refused and named."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from lib.errors import Invalid, Refusal
from rosters.models import Decision, Roster
from rosters.services.reviewing import opinion_of, sign

MOST = 100


@dataclass(frozen=True)
class Signed:
    """What became of one of them."""

    roster: Roster
    decision: Decision | None = None
    refusal: Refusal | None = None


def sign_many(*, by: User, picks: Sequence[tuple[Roster, bytes]], opinion: str = "") -> list[Signed]:
    """Signs each roster for the content that was seen, each in a transaction of its own, in the order of the list.

    A refusal of one (moved on, changed, a gate that is shut) leaves the others alone.
    """
    opinion = opinion_of(opinion)
    if not picks:
        raise Invalid("请先勾选要签的清册。", code="rosters.sign_none", field="rosters")
    if len(picks) > MOST or len({roster.pk for roster, _ in picks}) < len(picks):
        raise Invalid(f"一次最多签{MOST}份，每份一次，请分几次办理。", code="rosters.sign_many", field="rosters")
    return [_one(by, roster, seen, opinion) for roster, seen in picks]


def _one(by: User, roster: Roster, seen: bytes, opinion: str) -> Signed:
    try:
        return Signed(roster, decision=sign(by=by, roster=roster, fingerprint=seen, opinion=opinion))
    except Refusal as refusal:
        return Signed(roster, refusal=refusal)
