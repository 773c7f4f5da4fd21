"""Several rosters signed at once (ROS-6): each by itself, and what moved meanwhile is left with its reason."""

import pytest
from django.test import Client

from lib.errors import Invalid
from rosters import services
from rosters.models import Roster
from rosters.services.moving import print_of
from tests.databases import Database
from tests.factories import cast
from tests.factories_rosters import approve, fresh, roster_at, sent_roster
from tests.races import race, refusals

pytestmark = pytest.mark.usefixtures("doors")


def seen(*rosters: Roster) -> list[tuple[Roster, bytes]]:
    return [(roster, print_of(roster)) for roster in rosters]


@pytest.mark.req("ROS-6")
def test_each_is_signed_by_itself_and_what_moved_or_changed_is_left_with_its_reason(db: None) -> None:
    one, moved, changed, foreign = (sent_roster() for _ in range(4))
    approve(moved)
    second = sent_roster(by=cast.clerk2)
    picks = seen(one, moved, foreign, second)
    picks[2:2] = [(changed, b"\x00" * 32)]
    signed = services.sign_many(by=cast.station, picks=picks, opinion="已逐份核对")
    by_pk = {item.roster.pk: item for item in signed}
    assert [item.decision is not None for item in signed] == [True, False, False, True, False]
    assert by_pk[one.pk].decision.opinion == "已逐份核对"  # type: ignore[union-attr]
    assert {item.refusal.code for item in signed if item.refusal} == {
        "rosters.signed_before",
        "rosters.fingerprint",
        "accounts.post_needed",
    }
    assert [fresh(roster).step for roster in (one, changed, foreign, second)] == [
        "notice",
        "station",
        "notice",
        "station",
    ]
    assert fresh(one).decisions.get(action="approve").fingerprint is not None
    for wrong in ([], seen(one, one), [(one, b"")] * 101):
        with pytest.raises(Invalid):
            services.sign_many(by=cast.station, picks=wrong)


@pytest.mark.req("ROS-6")
def test_two_who_sign_the_same_list_at_once_sign_each_roster_once(committed_db: Database) -> None:
    rosters = [roster_at("dept_review") for _ in range(3)]
    outcomes = race(*[lambda: services.sign_many(by=cast.farm_reviewer, picks=seen(*rosters))] * 2)
    assert refusals(outcomes) == []
    results = [item.decision is not None for outcome in outcomes for item in outcome]  # type: ignore[attr-defined]
    assert sum(results) == 3
    assert {fresh(roster).step for roster in rosters} == {"dept_head"}
    assert all(roster.decisions.filter(step="dept_review", action="approve").count() == 1 for roster in rosters)


@pytest.mark.req("ROS-6")
def test_the_page_shows_what_waits_asks_once_with_sums_and_tells_what_became_of_each(db: None) -> None:
    one, two, third = sent_roster(), sent_roster(), sent_roster()
    client = Client()
    client.force_login(cast.station)
    page = client.get("/rosters/sign/").content.decode()
    values = [f"{roster.pk}:{print_of(roster).hex()}" for roster in (one, two)]
    assert all(value in page for value in values)
    page = client.post("/rosters/sign/", {"roster": values}).content.decode()
    assert "合计 2 份" in page
    assert "大写" in page
    assert third.number not in page
    assert fresh(one).step == "station", "nothing is signed before it is confirmed"
    services.send_back(by=cast.station, roster=two, to_step="", reason="面积有误")
    order = {"roster": values, "confirmed": "1", "opinion": "同意"}
    page = client.post("/rosters/sign/", order).content.decode()
    assert "已签 1 份" in page
    assert "没有待签的环节" in page
    assert (fresh(one).step, fresh(two).status) == ("notice", "returned")
    assert "请先勾选" in client.post("/rosters/sign/", {}).content.decode()
    assert "请刷新后重新勾选" in client.post("/rosters/sign/", {"roster": "1:zz"}).content.decode()
    client.force_login(cast.station2)
    page = client.post("/rosters/sign/", {"roster": [f"{third.pk}:{print_of(third).hex()}"]}).content.decode()
    assert third.number not in page, "what one may not see is not there"
