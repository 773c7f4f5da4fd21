"""The whole way of a roster: each signature by its post, once, on what was seen (ROS-6)."""

import pytest

from rosters.models import Roster
from rosters.services.moving import print_of
from subsidies import ledger
from tests.factories_rosters import roster_at, settle
from tests.rosters.conftest import Gates

STEPS = ["station", "leader", "dept_review", "dept_head", "finance_review", "finance_head"]


@pytest.mark.req("ROS-6")
def test_a_roster_is_signed_by_each_post_in_turn_and_ends_approved(db: None, doors: Gates) -> None:
    roster = roster_at("approved")
    signed = list(roster.decisions.filter(action="approve", in_force=True).order_by("id"))
    assert [decision.step for decision in signed] == STEPS
    assert len({decision.by_person_id for decision in signed}) == len(STEPS)
    assert {bytes(decision.fingerprint) for decision in signed} == {print_of(roster)}
    assert roster.status == Roster.Status.APPROVED
    assert ledger.balances(roster.quota)["reserved"] == roster.total_fen
    settle()
