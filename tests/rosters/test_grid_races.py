"""Two devices at one grid, and two clicks on one button: one of them wins, and the other is told (ROS-2, ROS-3)."""

from datetime import date

from lib.errors import Conflict
from rosters import services
from tests.databases import Database
from tests.factories import cast
from tests.factories_rosters import draft_roster, fresh, homes_of, sent_roster
from tests.races import race, refusals
from tests.rosters.conftest import Gates
from tests.rosters.layouts import LAND


def test_of_two_changes_to_one_state_one_is_kept(committed_db: Database) -> None:
    roster = draft_roster(homes=1)
    token = services.open_grid(by=cast.clerk, roster=roster).token
    clerk = cast.clerk
    outcomes = race(
        lambda: services.change_grid(
            by=clerk, roster=roster, token=token, change="a", splices=[(1, 0, [LAND.blank()])]
        ),
        lambda: services.change_grid(by=clerk, roster=roster, token=token, change="b", splices=[(0, 1, [])]),
    )
    (lost,) = refusals(outcomes)
    assert isinstance(lost, Conflict)
    assert lost.code == "rosters.grid_stale"
    assert len(services.open_grid(by=clerk, roster=roster).rows) in (0, 2)


def test_a_draft_is_saved_once(committed_db: Database) -> None:
    roster, clerk = draft_roster(homes=2), cast.clerk
    token = services.open_grid(by=clerk, roster=roster).token
    token = services.change_grid(by=clerk, roster=roster, token=token, change="", splices=[(1, 1, [])]).token
    outcomes = race(*[lambda: services.save_grid(by=clerk, roster=roster, token=token)] * 2)
    (lost,) = refusals(outcomes)
    assert lost.code in ("rosters.grid_stale", "rosters.grid_none")
    assert fresh(roster).line_count == 1


def test_the_last_period_comes_once(committed_db: Database, doors: Gates) -> None:
    last = draft_roster(homes=homes_of(3), period_start=date(2025, 1, 1), period_end=date(2025, 12, 31))
    sent_roster(roster=last)
    roster, clerk = draft_roster(homes=0), cast.clerk
    outcomes = race(*[lambda: services.fill_from_last(by=clerk, roster=roster)] * 2)
    assert not refusals(outcomes)
    assert fresh(roster).line_count == 3
