"""To test under another rule: the county's values as an approved change would have left them.

    ruled({"dispatch.by": "department", "bank.verify": None})
    ruled({"notice.window": {"amount": 7, "unit": "natural_days", "starts": "notice.posted", "who": "unit"}})
    ruled({"cash.allowed": True}, policy_code="2080502")

What begins afterwards begins under these values; rosters, batches and clocks that were under way keep theirs. It may be
called again and again: each change dates from the day after the one before it, so that several fit before today, and
the newest applies. `span(3, "working_days", "notice.ended", "unit")` spells a clock's value.
"""

from datetime import timedelta
from typing import Any

from accounts.models import Post, Role, User
from rulebook import clock
from rulebook.catalogue import check_value
from rulebook.models import Profile, ProfileValue, RuleChange

__all__ = ["ruled", "span"]

REASON = "测试另一种规定"


def span(amount: int, unit: str, starts: str, who: str, *, first_day: bool = False) -> dict[str, Any]:
    """A clock's value: so long, from that event, answered for by that party."""
    value = {"amount": amount, "unit": unit, "starts": starts, "who": who}
    return {**value, "first_day": True} if first_day else value


def ruled(values: dict[str, object], *, policy_code: str = "") -> None:
    """Sets values of the profile in force, for the county or for one policy: proposed, approved, in force."""
    proposer, head = _holder(Role.ADMINISTRATOR), _holder(Role.FINANCE_HEAD)
    profile = Profile.objects.get(in_force=True)
    for key, value in values.items():
        check_value(key, value)
        current = profile.values.filter(key=key, policy_code="").latest("effective_from")
        told = {"wording": current.wording, "quote": current.quote, "citation": current.citation or REASON}
        newest = profile.values.filter(key=key, policy_code=policy_code).order_by("-effective_from").first()
        since = (newest or current).effective_from + timedelta(days=1)
        if since > clock.today():
            raise ValueError(f"{key} already changed on {clock.today()}: a value changes once a day")
        same = {"profile": profile, "key": key, "policy_code": policy_code, "value": value, "reason": REASON,
                "effective_from": since, **told}  # fmt: skip
        change = RuleChange.objects.create(
            **same,
            before=current.value,
            state=RuleChange.State.APPROVED,
            proposed_by=proposer,
            proposed_by_person=proposer.person,
            proposed_at=clock.now(),
            decided_by=head,
            decided_by_person=head.person,
            decided_at=clock.now(),
            opinion="同意。",
        )
        ProfileValue.objects.create(**same, change=change)


def _holder(role: str) -> User:
    return Post.objects.select_related("user__person").filter(role=role).order_by("id")[0].user
