"""When a notice's window is over, the days to go on begin (entry.after_notice, ZLT§16)."""

import pytest

from publicity.services import settle_objection
from rulebook.models import Deadline
from tests.factories import cast
from tests.factories_publicity import let_window_pass, objected, posted
from tests.ruled import ruled


def entry() -> Deadline | None:
    return Deadline.objects.filter(kind="entry.after_notice").first()


@pytest.mark.req("PUB-1")
def test_the_days_after_the_notice_run_from_its_end_until_the_roster_goes_on(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    let_window_pass(notice)
    clock = entry()
    assert clock is not None
    assert (clock.started_at, clock.amount, clock.unit, clock.state) == (notice.ends_at, 3, "working_days", "armed")
    assert clock.responsible == notice.roster.organisation
    settle_objection(by=cast.leader, objection=objection, upheld=False, result="已逐户核实，公示内容属实")
    clock.refresh_from_db()
    assert clock.state == "met"


def test_a_roster_that_goes_back_ends_the_days_after_its_notice(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    let_window_pass(notice)
    settle_objection(by=cast.leader, objection=objection, upheld=True, result="面积登记有误，退回调整")
    clock = entry()
    assert clock is not None
    assert clock.state == "cancelled"


def test_a_county_without_such_days_runs_no_clock(db: None) -> None:
    ruled({"entry.after_notice": None, "notice.post_within": None})
    notice = posted()
    objected(notice)
    let_window_pass(notice)
    assert entry() is None
    assert not Deadline.objects.filter(kind="notice.post_within").exists()
