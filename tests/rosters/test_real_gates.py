"""The submission with the real notice and the real money: one minute early, without money, and in time (ROS-5)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lib.errors import Conflict, NotYet, Refusal
from rosters import services
from rosters.models import Roster
from rosters.services.moving import print_of
from rulebook import clock
from tests.factories import cast
from tests.factories_disbursement import money_arrives
from tests.factories_publicity import let_window_pass, posted
from tests.factories_rosters import approve, fresh, roster_at, sent_roster


@pytest.mark.req("ROS-3", "ROS-5", "PUB-3")
def test_one_minute_early_and_before_the_money_are_refused_by_service_page_and_api(db: None, client: Client) -> None:
    notice = posted(homes=2)
    roster = fresh(notice.roster)
    clock.move_to(notice.ends_at - timedelta(minutes=1), by=None)
    with pytest.raises(NotYet, match="还差1分钟") as early:
        approve(roster, cast.leader)
    assert early.value.opens_at == notice.ends_at
    client.force_login(cast.leader)
    order = {"fingerprint": print_of(roster).hex(), "opinion": "同意"}
    assert "还差1分钟" in client.get(f"/rosters/{roster.pk}/sign/").content.decode()
    assert "还差1分钟" in client.post(f"/rosters/{roster.pk}/sign/", order).content.decode()
    answer = client.post(f"/api/rosters/{roster.pk}/sign/", json.dumps(order), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "notice.running")

    clock.move_to(notice.ends_at, by=None)
    with pytest.raises(Refusal) as poor:
        approve(roster, cast.leader)
    assert poor.value.code != "notice.running"
    assert fresh(roster).status == Roster.Status.NOTICE, "the notice is not passed by a signature that is refused"

    money_arrives(roster)
    answer = client.post(f"/api/rosters/{roster.pk}/sign/", json.dumps(order), content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert fresh(roster).step == "dept_review"


@pytest.mark.req("ROS-7", "PUB-3")
def test_a_notice_that_is_over_stands_while_only_papers_are_asked_for_and_falls_with_a_line(db: None) -> None:
    notice = let_window_pass(posted(homes=2))
    money_arrives(notice.roster)
    roster = roster_at("dept_review", roster=fresh(notice.roster))
    given: dict[str, Any] = {"to_step": "", "reason": "请补上传签字汇总表", "resumes": True}
    services.send_back(by=cast.farm_reviewer, roster=roster, **given)
    notice.refresh_from_db()
    assert notice.state == "ended"
    assert sent_roster(roster=fresh(roster)).step == "dept_review"
    services.send_back(by=cast.farm_reviewer, roster=roster, **given, asks=[services.Ask("remark")])
    services.remove_line(by=cast.clerk, line=fresh(roster).lines.get(number=2))
    assert sent_roster(roster=fresh(roster)).step == "station"
    notice.refresh_from_db()
    assert notice.state == "withdrawn"


@pytest.mark.req("ROS-7")
def test_a_signature_is_not_taken_back_from_under_a_posted_notice(db: None) -> None:
    notice = posted(homes=1)
    with pytest.raises(Conflict, match="已经张贴公示"):
        services.recall_decision(by=cast.station, roster=notice.roster, reason="点错了")
    assert fresh(notice.roster).status == Roster.Status.NOTICE
