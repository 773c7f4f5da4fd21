"""What every page shows around its content, and what it costs; the workbench."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.context import Frame, frame
from accounts.models import Organisation, User
from jobs import links, services
from rulebook import clock, deadlines
from subsidies.models import Policy
from tests.factories import at, cast, quota


def framed(user: User | AnonymousUser, path: str = "/workbench/") -> Frame:
    request = RequestFactory().get(path)
    request.user = user
    return Frame(request)


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def test_a_whole_frame_costs_three_queries(db: None) -> None:
    user = cast.clerk
    request = RequestFactory().get("/policies/")
    request.user = user
    values = frame(request)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(2):
            shown = {name: value() for name, value in values.items() if name != "public_phones"}
    assert len(queries) <= 3
    assert shown["county_name"] == "扎赉特旗"
    assert shown["person_name"] == "经办甲"
    assert shown["post_titles"] == ["音德尔镇人民政府·乡镇经办"]


def test_nothing_is_asked_of_the_database_before_a_template_wants_it(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with CaptureQueriesContext(connection) as queries:
        frame(request)
    assert len(queries) == 0


def test_the_page_one_is_on_is_marked_by_the_longest_address(db: None) -> None:
    active = [item.title for item in framed(cast.officer, "/policies/quotas/7/").nav() if item.active]
    assert active == ["资金指标"]


@pytest.mark.req("ACL-1")
def test_the_navigation_follows_the_posts(db: None) -> None:
    titles = {
        name: {item.title for item in framed(getattr(cast, name)).nav()} for name in ("clerk", "officer", "admin")
    }
    assert "资金指标" in titles["officer"]
    assert "资金指标" not in titles["clerk"]
    assert {"人员与岗位", "基础数据"} <= titles["admin"]
    assert not {"人员与岗位", "基础数据"} & titles["clerk"]
    assert framed(AnonymousUser()).nav() == []


@pytest.mark.parametrize("username", ["clerk", "officer", "finance_head", "auditor", "admin", "bank"])
def test_every_page_of_the_menu_stands_under_one_heading(db: None, username: str) -> None:
    items = framed(getattr(cast, username)).nav()
    headings = [item.group for item in items]
    assert [item.title for item in items if not item.group] == ["工作台"]
    # Entries of one heading stand together: it is drawn once.
    drawn = [heading for place, heading in enumerate(headings) if place == 0 or heading != headings[place - 1]]
    assert len(drawn) == len(set(headings))


def test_the_practice_clock_is_shown_only_in_practice(db: None) -> None:
    at("2026-05-08T10:03")
    shown = framed(cast.clerk).practice_clock()
    assert shown is not None
    assert shown.strftime("%Y-%m-%d %H:%M") == "2026-05-08 10:03"
    assert "调整时钟" in signed_in("clerk").get("/workbench/").content.decode()


def test_public_pages_know_the_telephones(db: None) -> None:
    assert framed(AnonymousUser()).public_phones() == []
    Organisation.objects.filter(code="CZJ").update(phone="0482-6110000")
    Organisation.objects.filter(code="SJ").update(phone="0482-6119999")
    labels = [phone["label"] for phone in framed(AnonymousUser()).public_phones()]
    assert labels == ["财政局咨询电话", "监督举报电话"]


def test_home_is_the_workbench_for_staff_and_the_public_pages_for_villagers(db: None, client: Client) -> None:
    assert client.get("/").headers["Location"] == "/public/"
    assert signed_in("clerk").get("/").headers["Location"] == "/workbench/"


# --- The workbench ----------------------------------------------------------------------------------------------------
def test_figures_of_money_stand_on_the_workbench_of_those_who_answer_for_it(db: None) -> None:
    quota("2130122", fen=1_234_567_89)
    quota("2080502", fen=1_00)
    assert "¥1,234,568.89" in signed_in("officer").get("/workbench/").content.decode()
    assert "¥1,234,567.89" in signed_in("farm_head").get("/workbench/").content.decode()
    for username in ("clerk", "bank", "admin", "station"):
        assert "¥1,2" not in signed_in(username).get("/workbench/").content.decode()


def test_clocks_stand_on_the_workbench_of_the_office_that_answers(db: None) -> None:
    subject = quota()
    deadlines.start("bank.payout", subject, started_at=clock.now(), responsible=cast.organisation("B01"))
    assert "24小时内到期的时限" in signed_in("bank").get("/workbench/").content.decode()
    assert "24小时内到期的时限" not in signed_in("clerk").get("/workbench/").content.decode()
    clock.move_by(timedelta(hours=25), by=None)
    deadlines.sweep()
    page = signed_in("bank").get("/workbench/").content.decode()
    assert "已过时限未办结" in page
    deadlines.meet("bank.payout", subject)
    assert "已过时限未办结" not in signed_in("bank").get("/workbench/").content.decode()


def test_an_unpublished_policy_waits_for_its_department_and_the_finance_bureau(db: None) -> None:
    Policy.objects.filter(code="2130122").update(published_at=None)
    for username, waits in (("farm_head", True), ("finance_head", True), ("care_head", False), ("clerk", False)):
        page = signed_in(username).get("/workbench/").content.decode()
        assert ("政策待公开" in page) == waits, username


def test_own_jobs_stand_on_the_workbench_and_nobody_elses(db: None) -> None:
    kind = next(kind for kind in services._handlers if kind not in links._pages)
    services.ask(kind=kind, title="导入八月清册", by=cast.clerk)
    page = signed_in("clerk").get("/workbench/").content.decode()
    assert "我的任务" in page
    assert "导入八月清册" in page
    assert "导入八月清册" not in signed_in("station").get("/workbench/").content.decode()
