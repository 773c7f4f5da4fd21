"""Rosters for tests, walked along their chain through the services.

    roster = draft_roster(homes=3)             # 耕地地力保护补贴 of 音德尔镇, one line for each of three households
    roster = sent_roster(homes=3)              # checked, its warnings explained, sent to the finance station
    roster = roster_at("dept_review")          # signed step by step up to there; "approved": to the end

The notice and the money belong to rooms above. `roster_at(…, notice=…, money=…)` take what makes their gates open: a
callable with the roster, called when the roster is at its notice, and before its submission. Left out, `open_gates`
(a fixture's business) or the real rooms must have opened them.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection

from accounts.models import User
from households.models import Household
from rosters import chain, services
from rosters.lines import Pick
from rosters.models import Decision, Finding, Roster
from subsidies.models import Quota
from tests.factories import cast, policy, quota, standard
from tests.factories_households import household

__all__ = [
    "approve",
    "draft_roster",
    "explain_all",
    "fresh",
    "homes_of",
    "roster_at",
    "sent_roster",
    "signer_of",
]

Opening = Callable[[Roster], object]
YEAR: dict[str, Any] = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}


def fresh(roster: Roster) -> Roster:
    """The roster as the database has it now."""
    return Roster.objects.select_related("policy", "quota", "division").get(pk=roster.pk)


def homes_of(count: int, *, second: bool = False, **more: Any) -> list[Household]:
    """Households with a head and a card, spread over the first villages of 音德尔镇 (or, `second`, of 新林镇)."""
    villages = cast.villages2 if second else cast.villages
    return [household(villages[index % 3], **more) for index in range(count)]


def draft_roster(
    *,
    homes: int | list[Household] = 2,
    code: str = "2130122",
    by: User | None = None,
    with_quota: Quota | None = None,
    basis: str = "",
    **more: Any,
) -> Roster:
    """A draft with one line for each household: its head is the beneficiary, its registered area the quantity."""
    clerk = by or cast.clerk
    second = clerk.username == "clerk2"
    households = homes_of(homes, second=second) if isinstance(homes, int) else homes
    roster = services.create_roster(by=clerk, policy=policy(code), quota=with_quota or quota(code), **{**YEAR, **more})
    tier = standard(code)
    picks = [
        Pick(home.head_id, tier.pk, home.subsidised_mu, basis)
        for home in households
        if home.head_id is not None and home.subsidised_mu is not None
    ]
    services.fill_lines(by=clerk, roster=roster, picks=picks)
    return fresh(roster)


def explain_all(roster: Roster, by: User | None = None) -> None:
    """Explains every open warning."""
    clerk = by or roster.made_by
    open_ = Finding.objects.filter(roster=roster, severity="warning", explanation="")
    for rule in set(open_.values_list("rule", flat=True)):
        services.explain_rule(by=clerk, roster=roster, rule=rule, text="已逐户核实，情况属实")


def sent_roster(*, roster: Roster | None = None, **more: Any) -> Roster:
    """A roster that lies before its first reviewer."""
    made = roster or draft_roster(**more)
    services.run_checks(by=made.made_by, roster=made)
    explain_all(made)
    services.send_roster(by=made.made_by, roster=made)
    return fresh(made)


SIGNERS = {
    "finance_station": ("station", "station2"),
    "township_leader": ("leader", "leader2"),
    "finance_reviewer": ("finance_reviewer",) * 2,
    "finance_head": ("finance_head",) * 2,
}


def signer_of(roster: Roster) -> User:
    """Who of the cast signs next."""
    step = chain.acting_step(roster)
    assert step is not None, "nobody signs this roster now"
    if step.scope == chain.DEPARTMENT:
        office = "farm" if roster.policy.department.code == "BM-agriculture" else "care"
        return getattr(cast, f"{office}_{'head' if step.post == 'dept_head' else 'reviewer'}")  # type: ignore[no-any-return]
    second = roster.division_id == cast.township2.pk
    return getattr(cast, SIGNERS[step.post][second])  # type: ignore[no-any-return]


def approve(roster: Roster, by: User | None = None, *, opinion: str = "同意") -> Decision:
    """The next signature, on what the roster is now."""
    current = fresh(roster)
    return services.sign(
        by=by or signer_of(current),
        roster=current,
        fingerprint=bytes(current.fingerprint or b""),
        opinion=opinion,
    )


def roster_at(
    step: str,
    *,
    notice: Opening | None = None,
    money: Opening | None = None,
    roster: Roster | None = None,
    **more: Any,
) -> Roster:
    """A roster that waits at `step` (a key of the chain, the notice's included), or is "approved"."""
    current = roster or sent_roster(**more)
    while True:
        there = current.status == Roster.Status.APPROVED if step == "approved" else current.step == step
        if there:
            return current
        acting = chain.acting_step(current)
        assert acting is not None, f"the roster never comes to {step!r}"
        if current.status == Roster.Status.NOTICE:
            if notice is not None:
                notice(current)
            if acting.key == step:
                services.pass_notice(current)
                current = fresh(current)
                continue
        if acting.submits and money is not None:
            money(current)
        approve(current)
        current = fresh(current)


def settle() -> None:
    """Runs the deferred truths now, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
