"""What every test of this room may ask for."""

from collections.abc import Iterator

import pytest

from lib.errors import Conflict, NotYet
from rosters import gates
from rosters.models import Roster


class Gates:
    """Stand-ins at the registry's edge, which rooms above fill: open, or shut with a reason."""

    def __init__(self) -> None:
        self.notice_open = True
        self.arrival_open = True

    def notice(self, roster: Roster) -> None:
        if not self.notice_open:
            raise NotYet("公示到5月11日 24:00期满，期满后才能上报。", code="notice.running")

    def arrival(self, roster: Roster) -> None:
        if not self.arrival_open:
            raise Conflict("补贴资金尚未转入代发户，到账后才能上报。", code="arrival.missing")


@pytest.fixture
def doors() -> Iterator[Gates]:
    """The two gates of a submission, under the test's hand; the rooms' own are put back afterwards."""
    kept = dict(gates._gates)
    doors = Gates()
    gates.gate("notice", doors.notice)
    gates.gate("arrival", doors.arrival)
    yield doors
    gates._gates.clear()
    gates._gates.update(kept)
