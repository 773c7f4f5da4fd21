"""The gate that a notice keeps: before its end nothing goes on, and not with open objections (PUB-1, ROS-5)."""

import pytest

from lib.errors import Conflict, NotYet
from publicity import services
from publicity.checks import notice_gate
from publicity.models import Notice
from rosters.models import Roster
from tests.factories import at, cast
from tests.factories_publicity import let_window_pass, objected, open_notice, photo, posted, waiting_roster
from tests.factories_rosters import approve, fresh, roster_at


@pytest.mark.req("PUB-1", "ROS-5")
def test_without_a_notice_the_gate_is_shut(db: None) -> None:
    with pytest.raises(NotYet, match="尚未公示"):
        notice_gate(waiting_roster())


@pytest.mark.req("PUB-1", "ROS-5")
def test_one_minute_before_the_end_the_gate_is_shut_and_says_so(db: None) -> None:
    notice = posted()
    at("2026-05-11T23:59")
    with pytest.raises(NotYet) as caught:
        notice_gate(notice.roster)
    assert caught.value.message == "公示尚未期满：到2026年5月11日24:00结束，还差1分钟。"
    assert caught.value.opens_at == notice.ends_at


@pytest.mark.req("PUB-1", "ROS-5")
def test_at_the_end_the_gate_is_open_though_no_sweep_has_come_by(db: None) -> None:
    notice = posted()
    at("2026-05-12T00:00")
    notice_gate(notice.roster)
    assert Notice.objects.get().state == Notice.State.POSTED


@pytest.mark.req("PUB-1", "PUB-5")
def test_an_open_objection_keeps_the_gate_shut_and_is_named(db: None) -> None:
    notice = posted()
    first, second = objected(notice), objected(notice)
    at("2026-05-12T00:00")
    with pytest.raises(Conflict) as caught:
        notice_gate(notice.roster)
    assert caught.value.message == (
        f"有2条异议尚未核实（受理编号{first.number}、{second.number}）。请先核实并登记结果。"
    )


@pytest.mark.req("PUB-5")
def test_after_the_last_dismissal_the_roster_goes_on_at_once(db: None) -> None:
    notice = posted()
    first, second = objected(notice), objected(notice)
    let_window_pass(notice)
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.settle_objection(by=cast.station, objection=first, upheld=False, result="入户丈量，面积无误")
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.settle_objection(by=cast.leader, objection=second, upheld=False, result="入户丈量，面积无误")
    roster = fresh(notice.roster)
    assert (roster.status, roster.step) == (Roster.Status.REVIEW, "leader")


def test_a_dismissal_before_the_end_lets_nothing_through(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    services.settle_objection(by=cast.station, objection=objection, upheld=False, result="入户丈量，面积无误")
    assert fresh(notice.roster).status == Roster.Status.NOTICE


@pytest.mark.req("PUB-1")
def test_a_notice_of_other_content_does_not_count(db: None) -> None:
    notice = posted()
    at("2026-05-12T00:00")
    roster = fresh(notice.roster)
    roster.fingerprint = bytes(32)
    with pytest.raises(Conflict, match="内容与公示时不一致"):
        notice_gate(roster)


def test_a_withdrawn_notice_does_not_count(db: None) -> None:
    notice = posted()
    services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
    at("2026-05-12T00:00")
    with pytest.raises(NotYet, match="尚未公示"):
        notice_gate(notice.roster)


@pytest.mark.req("PUB-2")
def test_a_notice_on_paper_counts_with_a_photograph(db: None) -> None:
    notice = posted(channel=Notice.Channel.OFFLINE)
    let_window_pass(notice)
    with pytest.raises(Conflict, match="照片"):
        notice_gate(notice.roster)
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.add_photo(by=cast.clerk, notice=notice, village=cast.villages[0], upload=photo())
    assert fresh(notice.roster).step == "leader"


@pytest.mark.req("PUB-1", "ROS-5")
def test_the_leader_cannot_sign_before_the_end(db: None) -> None:
    notice = posted()
    at("2026-05-11T23:59")
    with pytest.raises(NotYet, match="还差1分钟"):
        approve(notice.roster, by=cast.leader)


def test_the_chain_walks_on_with_this_rooms_notice(db: None) -> None:
    roster = roster_at("leader", notice=open_notice)
    assert roster.status == Roster.Status.REVIEW
