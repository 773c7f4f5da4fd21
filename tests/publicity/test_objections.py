"""Objections: raised, entered, settled (PUB-5)."""

import threading

import pytest
from django.db import connection

from accounts.models import TrailEntry
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from publicity import services
from publicity.checks import notice_gate
from publicity.models import Notice, Objection
from rosters import services as rosters_services
from rosters.models import Roster
from rulebook import deadlines
from rulebook.models import Deadline
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_publicity import let_window_pass, objected, posted
from tests.factories_rosters import fresh, roster_at, sent_roster

RESULT = "入户丈量，面积无误"


def clock_of(objection: Objection) -> Deadline:
    return Deadline.objects.get(kind="objection.handle_within", **deadlines.key_of(objection))


@pytest.mark.req("PUB-5")
def test_an_objection_from_the_page_gets_a_number_and_a_clock(db: None) -> None:
    objection = objected(posted(), line_number=1)
    assert objection.number.startswith("YY260506")
    assert (objection.state, objection.source) == (Objection.State.OPEN, Objection.Source.PAGE)
    assert clock_of(objection).state == Deadline.State.ARMED
    assert objection.contact_cipher is not None
    assert b"13912345678" not in bytes(objection.contact_cipher)
    assert crypto.decrypt(objection.contact_cipher) == "13912345678"


def test_name_and_telephone_may_be_left_out(db: None) -> None:
    objection = objected(posted(), contact_name="", contact_phone="")
    assert objection.contact_cipher is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"content": "不对"}, "content"),
        ({"contact_phone": "12345"}, "contact_phone"),
        ({"line_number": 99}, "line_number"),
    ],
)
def test_what_cannot_be_verified_is_refused_at_its_field(db: None, given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        objected(posted(), **given)
    assert caught.value.field == field
    assert not Objection.objects.exists()


@pytest.mark.req("PUB-5")
def test_after_the_window_the_page_takes_no_objection_and_names_the_telephone(db: None) -> None:
    notice = posted()
    at("2026-05-12T00:00")
    with pytest.raises(Conflict, match=notice.supervise_phone):
        objected(notice)


def test_a_withdrawn_notice_takes_no_objection(db: None) -> None:
    notice = posted()
    services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
    with pytest.raises(Conflict, match="已撤下"):
        objected(notice)


@pytest.mark.req("PUB-5")
def test_a_call_of_the_last_evening_entered_the_next_day_still_holds_the_roster_up(db: None) -> None:
    notice = let_window_pass(posted())
    assert fresh(notice.roster).step == "leader"
    objection = services.enter_objection(by=cast.clerk, notice=notice, content="来电反映面积多算")
    assert objection.source == Objection.Source.PHONE
    assert objection.entered_by == cast.clerk
    with pytest.raises(Conflict, match=objection.number):
        notice_gate(fresh(notice.roster))


@pytest.mark.parametrize("username", ["station", "clerk2", "auditor"])
def test_only_the_townships_clerk_enters(db: None, username: str) -> None:
    with pytest.raises(Forbidden):
        services.enter_objection(by=getattr(cast, username), notice=posted(), content="来电反映面积多算")


@pytest.mark.parametrize("username", ["clerk", "station2", "leader2", "farm_reviewer", "officer", "auditor", "admin"])
def test_only_station_and_leader_of_the_township_settle(db: None, username: str) -> None:
    objection = objected(posted())
    with pytest.raises(Forbidden):
        services.settle_objection(by=getattr(cast, username), objection=objection, upheld=False, result=RESULT)
    objection.refresh_from_db()
    assert objection.state == Objection.State.OPEN


def test_the_maker_does_not_settle_whatever_posts_he_came_to_hold(db: None) -> None:
    objection = objected(posted())
    maker = cast.station
    maker.person_id = objection.notice.roster.made_by_person_id
    with pytest.raises(Forbidden, match="经办人"):
        services.settle_objection(by=maker, objection=objection, upheld=False, result=RESULT)


@pytest.mark.req("PUB-5")
def test_an_upheld_objection_returns_the_roster_and_takes_the_notice_down_saying_why(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    services.settle_objection(by=cast.station, objection=objection, upheld=True, result="经丈量多算两亩，已退回更正")
    notice.refresh_from_db()
    objection.refresh_from_db()
    assert fresh(notice.roster).status == Roster.Status.RETURNED
    assert notice.state == Notice.State.WITHDRAWN
    assert objection.number not in notice.withdrawn_reason  # whoever knows the number reads the result
    assert "属实" in notice.withdrawn_reason
    assert (objection.handled_by, objection.handled_by_person_id) == (cast.station, cast.station.person_id)
    assert clock_of(objection).state == Deadline.State.MET


def test_an_upheld_objection_brings_back_a_roster_that_had_gone_on(db: None) -> None:
    notice = let_window_pass(posted())
    objection = services.enter_objection(by=cast.clerk, notice=notice, content="来电反映面积多算")
    services.settle_objection(by=cast.leader, objection=objection, upheld=True, result="经丈量多算两亩，退回更正")
    assert fresh(notice.roster).status == Roster.Status.RETURNED


@pytest.mark.req("PUB-5")
def test_other_objections_stay_open_over_the_new_notice(db: None) -> None:
    notice = posted()
    first, second = objected(notice), objected(notice)
    services.settle_objection(by=cast.station, objection=first, upheld=True, result="经丈量多算两亩，退回更正")
    again = posted(roster=roster_at("notice", roster=sent_roster(roster=fresh(notice.roster))))
    let_window_pass(again)
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.settle_objection(by=cast.station, objection=second, upheld=False, result=RESULT)
    assert fresh(notice.roster).step == "leader"


def test_an_objection_is_settled_once(db: None) -> None:
    objection = objected(posted())
    services.settle_objection(by=cast.station, objection=objection, upheld=False, result=RESULT)
    with pytest.raises(Conflict, match="已经办结"):
        services.settle_objection(by=cast.leader, objection=objection, upheld=True, result=RESULT)


@pytest.mark.parametrize(
    "result", ["15999919700501001X是重复的", "卡号6299 9900 0000 0012重复", "请打13912345678", "好", "  "]
)
def test_a_result_tells_something_and_no_number_of_a_person(db: None, result: str) -> None:
    objection = objected(posted())
    with pytest.raises(Invalid) as caught:
        services.settle_objection(by=cast.station, objection=objection, upheld=False, result=result)
    assert caught.value.field == "result"


def test_an_answer_after_its_days_is_late(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    at("2026-05-20T09:00")
    services.settle_objection(by=cast.station, objection=objection, upheld=False, result=RESULT)
    assert clock_of(objection).state == Deadline.State.LATE


def test_a_failing_return_undoes_the_settlement(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(**kwargs: object) -> None:
        raise RuntimeError

    objection = objected(posted())
    monkeypatch.setattr(rosters_services, "return_after_objection", fall)
    with pytest.raises(RuntimeError):
        services.settle_objection(by=cast.station, objection=objection, upheld=True, result=RESULT)
    objection.refresh_from_db()
    assert objection.state == Objection.State.OPEN
    assert objection.notice.state == Notice.State.POSTED
    assert not TrailEntry.objects.filter(verb="objection.settle").exists()


def test_two_who_settle_at_once_leave_one_result(committed_db: Database) -> None:
    objection = objected(posted())
    outcomes: list[str] = []

    def settle(username: str, upheld: bool) -> None:
        try:
            services.settle_objection(by=getattr(cast, username), objection=objection, upheld=upheld, result=RESULT)
            outcomes.append("settled")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=settle, args=given) for given in (("station", True), ("leader", False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "settled"]


def test_an_objection_and_the_end_at_once_never_pass_each_other(committed_db: Database) -> None:
    """An objection that was taken before the end is seen by the sweep that follows it."""
    notice = posted()
    objection = objected(notice)
    at("2026-05-12T00:00")
    deadlines.sweep()
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    assert objection.state == Objection.State.OPEN


def test_reading_the_telephone_leaves_a_trail(db: None) -> None:
    objection = objected(posted())
    assert services.reveal_phone(by=cast.station, objection=objection) == "13912345678"
    assert TrailEntry.objects.filter(verb="objection.reveal_phone", actor=cast.station).count() == 1
    with pytest.raises(Forbidden):
        services.reveal_phone(by=cast.auditor, objection=objection)
