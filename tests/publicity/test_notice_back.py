"""A notice whose roster goes back, or that its clerk takes down (PUB-1)."""

import pytest
from django.db import connection

from lib.errors import Conflict, Forbidden, Invalid, NotYet, Refusal
from publicity import services
from publicity.checks import notice_gate
from publicity.models import Notice
from rosters import services as rosters_services
from rosters.models import Roster, RosterLine
from rulebook import clock, deadlines
from rulebook.models import Deadline
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_publicity import let_window_pass, posted, waiting_roster
from tests.factories_rosters import approve, fresh, roster_at, sent_roster, settle
from tests.publicity.clocks import clock_of, in_threads, moment


# --- Back and again ---------------------------------------------------------------------------------------------------
def test_a_roster_returned_to_its_clerk_takes_its_notice_down(db: None) -> None:
    notice = posted()
    rosters_services.send_back(by=cast.leader, roster=notice.roster, to_step="", reason="补充材料")
    notice.refresh_from_db()
    assert notice.state == Notice.State.WITHDRAWN
    assert notice.withdrawn_reason
    assert clock_of("notice.window", notice).state == Deadline.State.CANCELLED


def test_a_returned_roster_loses_the_days_to_post(db: None) -> None:
    roster = waiting_roster()
    rosters_services.send_back(by=cast.leader, roster=roster, to_step="", reason="补充材料")
    assert clock_of("notice.post_within", roster).state == Deadline.State.CANCELLED


@pytest.mark.req("PUB-1")
def test_a_returned_roster_is_posted_anew_for_the_whole_window(db: None) -> None:
    notice = let_window_pass(posted())
    roster = fresh(notice.roster)
    rosters_services.send_back(by=cast.leader, roster=roster, to_step="", reason="补充材料")
    again = roster_at("notice", roster=sent_roster(roster=fresh(roster)))
    with pytest.raises(NotYet, match="尚未公示"):
        notice_gate(again)
    second = posted(roster=again)
    assert second.ends_at == moment("2026-05-18T00:00")
    assert Notice.objects.filter(roster=roster).count() == 2


def test_a_line_taken_out_after_a_return_stays_on_the_old_notice_as_it_was(db: None) -> None:
    notice = posted(homes=2)
    roster = notice.roster
    rosters_services.send_back(by=cast.leader, roster=roster, to_step="", reason="剔除一户")
    line = RosterLine.objects.filter(roster=roster).order_by("number").first()
    assert line is not None
    rosters_services.remove_line(by=cast.clerk, line=line)
    settle()
    assert notice.lines.count() == 2
    assert fresh(roster).line_count == 1


@pytest.mark.req("PUB-1")
def test_an_ended_notice_of_the_same_content_counts_when_the_roster_comes_back_from_the_station(db: None) -> None:
    notice = let_window_pass(posted())
    rosters_services.send_back(by=cast.leader, roster=notice.roster, to_step="station", reason="请再核对")
    assert fresh(notice.roster).step == "station"
    approve(notice.roster, by=cast.station)
    roster = fresh(notice.roster)
    assert (roster.status, roster.step) == (Roster.Status.REVIEW, "leader")
    assert Notice.objects.get().state == Notice.State.ENDED


def test_a_notice_that_ends_while_the_station_looks_again_waits_for_the_station(db: None) -> None:
    notice = posted()
    rosters_services.send_back(by=cast.leader, roster=notice.roster, to_step="station", reason="请再核对")
    let_window_pass(notice)
    assert fresh(notice.roster).step == "station"
    approve(notice.roster, by=cast.station)
    assert fresh(notice.roster).step == "leader"


# --- Withdrawal -------------------------------------------------------------------------------------------------------
def test_the_clerk_withdraws_with_a_reason_and_posts_again(db: None) -> None:
    notice = posted()
    at("2026-05-07T10:00")
    services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
    assert clock_of("notice.post_within", notice.roster).state == Deadline.State.ARMED
    again = posted(roster=fresh(notice.roster))
    assert again.ends_at == moment("2026-05-13T00:00")


def test_a_withdrawal_needs_a_reason(db: None) -> None:
    with pytest.raises(Invalid):
        services.withdraw_notice(by=cast.clerk, notice=posted(), reason=" ")


@pytest.mark.parametrize("username", ["station", "leader", "clerk2", "auditor"])
def test_nobody_but_the_clerk_withdraws(db: None, username: str) -> None:
    with pytest.raises(Forbidden):
        services.withdraw_notice(by=getattr(cast, username), notice=posted(), reason="标准写错")


def test_a_notice_that_has_done_its_work_is_not_withdrawn_by_itself(db: None) -> None:
    notice = let_window_pass(posted())
    with pytest.raises(Conflict, match="已不在公示环节"):
        services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")


def test_withdrawal_and_end_at_once_leave_one_of_them(committed_db: Database) -> None:
    notice = posted()
    clock.move_to(notice.ends_at, by=None)

    def withdraw() -> None:
        try:
            services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
        except Refusal:
            pass
        finally:
            connection.close()

    def sweep() -> None:
        try:
            deadlines.sweep()
        finally:
            connection.close()

    in_threads(withdraw, sweep)
    deadlines.sweep()
    state, status = Notice.objects.get().state, fresh(notice.roster).status
    assert (state, status) in {("withdrawn", "notice"), ("ended", "review")}
