"""What applies here, the clocks, and the practice clock, as people see them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from rulebook import clock, deadlines
from rulebook.models import Deadline, ProfileValue
from tests.cast_data import PEOPLE
from tests.databases import Database
from tests.factories import at, cast, quota
from tests.truths.test_clock import real_installation  # noqa: F401 - a fixture

ALL = {"finance_reviewer", "finance_head", "officer", "officer2", "auditor"}


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(username: str, path: str, **query: Any) -> str:
    return signed_in(username).get(path, query).content.decode()


@pytest.mark.req("PRO-1")
def test_every_value_that_applies_is_shown_with_its_article_and_words(db: None) -> None:
    shown = page("clerk", "/rules/")
    for row in ProfileValue.objects.exclude(key="chain"):
        assert row.wording in shown, row.key
        if not row.silent:
            assert row.citation in shown, row.key
    assert shown.count("办法未作规定，系统默认") == ProfileValue.objects.filter(silent=True).count()
    for step in ProfileValue.objects.get(key="chain").value:
        assert step["title"] in shown


@pytest.mark.req("PRO-1")
def test_a_changed_value_applies_from_its_day_on(db: None) -> None:
    old = ProfileValue.objects.get(key="notice.window")
    ProfileValue.objects.create(
        profile=old.profile, key=old.key, value={"amount": 7, "unit": "natural_days"}, citation=old.citation,
        quote=old.quote, wording="公示改为7天。", effective_from="2026-05-10", reason="旗政府通知",
    )  # fmt: skip
    assert "公示改为7天" not in page("clerk", "/rules/")
    at("2026-05-10T08:00")
    shown = page("clerk", "/rules/")
    assert "公示改为7天" in shown
    assert "旗政府通知" in shown
    assert old.wording not in shown


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_clocks_are_seen_by_the_office_the_township_or_the_county(db: None, username: str) -> None:
    bearers = {
        "152223100000-ZF": {"clerk", "leader", "station"},
        "152223101000-ZF": {"clerk2", "leader2", "station2"},
        "BM-agriculture": {"farm_reviewer", "farm_head"},
        "B01": {"bank"},
    }
    made = {
        code: deadlines.start("bank.payout", quota(), started_at=clock.now(), responsible=cast.organisation(code))
        for code in bearers
    }
    shown = page(username, "/rules/clocks/")
    for code, people in bearers.items():
        number = f"/policies/quotas/{made[code].subject_id}/"
        assert (number in shown) == (username in people | ALL), code


def test_clocks_are_listed_by_state_and_by_who_answers(db: None) -> None:
    bank, bureau = cast.organisation("B01"), cast.organisation("CZJ")
    met, running = quota(), quota()
    deadlines.start("bank.payout", met, started_at=clock.now(), responsible=bank)
    deadlines.meet("bank.payout", met)
    deadlines.start("dispatch.to_bank", running, started_at=clock.now(), responsible=bureau)
    shown = page("officer", "/rules/clocks/")
    assert running.document_number in shown
    assert met.document_number not in shown
    assert "按时办结" in page("officer", "/rules/clocks/", state="done")
    assert running.document_number not in page("officer", "/rules/clocks/", responsible=bank.pk)
    assert running.document_number in page("officer", "/rules/clocks/", kind="dispatch.to_bank", responsible=bureau.pk)


# --- The practice clock -----------------------------------------------------------------------------------------------
def test_anybody_signed_in_may_move_a_practice_clock_and_the_trail_knows(db: None) -> None:
    before = clock.now()
    assert signed_in("clerk").post("/practice/clock/", {"to": "hour"}).status_code == 302
    assert timedelta(hours=1) <= clock.now() - before < timedelta(hours=1, minutes=1)
    assert TrailEntry.objects.get(verb="clock.move").actor == cast.clerk


def test_the_practice_clock_goes_to_tomorrow_morning(db: None) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    signed_in("clerk").post("/practice/clock/", {"to": "tomorrow"})
    assert clock.now().strftime("%Y-%m-%d %H:%M") == f"{tomorrow} 09:00"


@pytest.mark.req("PUB-1")
def test_the_practice_clock_goes_to_the_next_clock_which_then_fires(db: None) -> None:
    client = signed_in("clerk")
    assert "现在没有计时中的时限" in client.post("/practice/clock/", {"to": "next"}).content.decode()
    deadline = deadlines.start("bank.payout", quota(), started_at=clock.now(), responsible=None)
    answer = client.post("/practice/clock/", {"to": "next"}, follow=True)
    assert "1个时限到期" in answer.content.decode()
    deadline.refresh_from_db()
    assert deadline.state == Deadline.State.FIRED


def test_the_practice_clock_takes_a_moment_in_shanghai_and_refuses_the_past(db: None) -> None:
    client = signed_in("clerk")
    client.post("/practice/clock/", {"to": "moment", "moment": "2026-06-01T08:30"})
    assert clock.now().strftime("%Y-%m-%d %H:%M") == "2026-06-01 08:30"
    refused = client.post("/practice/clock/", {"to": "moment", "moment": "2026-05-31T08:30"}).content.decode()
    assert "演练时钟只能向前调整" in refused
    assert "2026-05-31T08:30" in refused
    assert "error-summary" in client.post("/practice/clock/", {"to": "moment", "moment": "明天"}).content.decode()
    assert clock.now() < datetime(2026, 6, 1, 8, 31, tzinfo=clock.SHANGHAI)


def test_a_real_installation_has_no_such_page(real_installation: None, committed_db: Database) -> None:  # noqa: F811
    client = signed_in("admin")
    assert client.get("/practice/clock/").status_code == 404
    assert client.post("/practice/clock/", {"to": "hour"}).status_code == 404
    assert "调整时钟" not in client.get("/workbench/").content.decode()
