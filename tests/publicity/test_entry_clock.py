"""When a notice's window is over, the days to enter the data begin (entry.after_notice, ZLT§16).

What hung on the board is what stands in the portal: the data are entered as soon as the window is over and nothing of
it is left to be verified. Submitting is another act (ZLT§27) and waits for the money.
"""

from datetime import timedelta

import pytest

from publicity.models import Notice
from publicity.services import add_photo, close_due_notice, settle_objection
from rosters.models import Roster
from rosters.services import remove_line, send_back
from rulebook import clock, deadlines
from rulebook.models import Breach, Deadline
from tests.factories import at, cast
from tests.factories_publicity import let_window_pass, objected, open_notice, photo, posted
from tests.factories_rosters import approve, fresh, roster_at, sent_roster
from tests.ruled import ruled


def entry() -> Deadline | None:
    return Deadline.objects.filter(kind="entry.after_notice").first()


def the_clock() -> Deadline:
    found = entry()
    assert found is not None
    return found


@pytest.mark.req("PUB-1")
def test_the_days_after_the_notice_run_from_its_end_until_the_roster_goes_on(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    let_window_pass(notice)
    running = the_clock()
    assert (running.started_at, running.amount, running.unit, running.state) == (
        notice.ends_at, 3, "working_days", "armed",
    )  # fmt: skip
    assert running.responsible == notice.roster.organisation
    settle_objection(by=cast.leader, objection=objection, upheld=False, result="已逐户核实，公示内容属实")
    running.refresh_from_db()
    objection.refresh_from_db()
    assert (running.state, running.met_at) == ("met", objection.handled_at)


@pytest.mark.req("PUB-1")
def test_without_objections_the_data_are_entered_when_the_window_ends(db: None) -> None:
    notice = posted()
    let_window_pass(notice)
    assert (the_clock().state, the_clock().met_at) == ("met", notice.ends_at)
    # Entered, and not submitted: that is the leader's, once the money has come.
    assert Roster.objects.get().step == "leader"


def test_a_roster_signed_before_the_sweep_has_its_data_entered_when_the_window_ended(db: None) -> None:
    roster = roster_at("leader", notice=open_notice)
    assert roster.step == "leader"
    notice = Notice.objects.get(roster=roster)
    assert notice.state == Notice.State.POSTED  # nothing swept yet
    clock.move_to(clock.now() + timedelta(days=20), by=None)
    deadlines.sweep()
    assert (the_clock().state, the_clock().met_at) == ("met", notice.ends_at)
    assert not Breach.objects.filter(deadline__kind="entry.after_notice").exists()


def test_a_sweep_that_comes_late_is_nobodys_delay(db: None) -> None:
    notice = posted()
    at("2026-06-30T09:00")  # nothing swept for weeks
    close_due_notice(notice_id=notice.pk)
    assert (the_clock().state, the_clock().met_at) == ("met", notice.ends_at)
    assert not Breach.objects.filter(deadline__kind="entry.after_notice").exists()


def test_an_objection_settled_too_late_keeps_the_data_back(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    let_window_pass(notice)
    at("2026-06-30T09:00")
    settle_objection(by=cast.leader, objection=objection, upheld=False, result="已逐户核实，公示内容属实")
    assert the_clock().state == "late"
    assert Breach.objects.get(deadline__kind="entry.after_notice").organisation == notice.roster.organisation


def test_a_notice_on_paper_is_entered_with_its_first_photograph(db: None) -> None:
    notice = posted(channel=Notice.Channel.OFFLINE)
    let_window_pass(notice)
    assert the_clock().state == "armed"
    added = add_photo(by=cast.clerk, notice=notice, village=None, upload=photo())
    assert (the_clock().state, the_clock().met_at) == ("met", added.added_at)
    assert added.added_at <= clock.now()


def test_a_roster_that_goes_back_ends_the_days_after_its_notice(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    let_window_pass(notice)
    settle_objection(by=cast.leader, objection=objection, upheld=True, result="面积登记有误，退回调整")
    assert the_clock().state == "cancelled"


def test_a_roster_that_the_station_looks_at_again_is_not_entered_yet(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    let_window_pass(notice)
    send_back(by=cast.leader, roster=fresh(notice.roster), to_step="station", reason="请再核对")
    assert the_clock().state == "armed"
    settle_objection(by=cast.leader, objection=objection, upheld=False, result="已逐户核实，公示内容属实")
    assert the_clock().state == "armed"
    approve(notice.roster, by=cast.station)
    objection.refresh_from_db()
    assert (the_clock().state, the_clock().met_at) == ("met", objection.handled_at)


def test_a_window_that_ends_while_the_station_looks_again_starts_the_days_too(db: None) -> None:
    notice = posted()
    send_back(by=cast.leader, roster=notice.roster, to_step="station", reason="请再核对")
    let_window_pass(notice)
    assert (the_clock().state, the_clock().started_at) == ("armed", notice.ends_at)
    approve(notice.roster, by=cast.station)
    assert (the_clock().state, the_clock().met_at) == ("met", notice.ends_at)


def test_what_is_changed_under_a_notice_that_stands_is_entered_when_the_roster_comes_back(db: None) -> None:
    ruled({"notice.restarts_after_change": False})
    notice = posted(homes=2)
    objection = objected(notice)
    let_window_pass(notice)
    roster = notice.roster
    send_back(by=cast.leader, roster=fresh(roster), to_step="", reason="剔除一户")
    assert the_clock().state == "armed"
    remove_line(by=cast.clerk, line=roster.lines.order_by("number")[0])
    settle_objection(by=cast.leader, objection=objection, upheld=False, result="已逐户核实，公示内容属实")
    clock.move_by(timedelta(days=1), by=None)
    roster_at("leader", roster=sent_roster(roster=fresh(roster)))
    assert the_clock().state == "met"
    assert the_clock().met_at == fresh(roster).moved_at


def test_a_county_without_such_days_runs_no_clock(db: None) -> None:
    ruled({"entry.after_notice": None, "notice.post_within": None})
    notice = posted()
    objected(notice)
    let_window_pass(notice)
    assert entry() is None
    assert not Deadline.objects.filter(kind="notice.post_within").exists()
