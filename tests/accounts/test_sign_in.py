"""Coming in: throttled, one session for each person, everything in the trail (ACL-5)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings

from accounts.models import TrailEntry
from accounts.services import reset_password, set_active
from accounts.throttle import MOST_FAILURES, MOST_FROM_ADDRESS, client_address
from lib.errors import Conflict
from rulebook import clock
from tests.cast_data import PASSWORD
from tests.factories import cast

WRONG = "用户名或密码不正确"
CLOSED = "登录失败次数过多"


def sign_in(client: Client, username: str = "clerk", password: str = PASSWORD, **more: Any) -> str:
    """Signs in through the page; the text of the page that follows, or where it leads."""
    response = client.post("/sign-in/", {"username": username, "password": password}, **more)
    return response.headers.get("Location") or response.content.decode()


@pytest.mark.req("ACL-5")
def test_signing_in_leads_to_the_workbench_and_into_the_trail(db: None, client: Client) -> None:
    assert sign_in(client) == "/"
    assert client.get("/").headers["Location"] == "/workbench/"
    assert client.get("/workbench/").status_code == 200
    entry = TrailEntry.objects.get(verb="sign_in")
    assert (entry.actor, entry.person_id) == (cast.clerk, cast.clerk.person_id)
    assert "127.0.0.1" not in entry.facts


def test_signing_in_goes_on_to_the_page_asked_for_but_not_to_another_site(db: None, client: Client) -> None:
    asked = client.get("/policies/").headers["Location"]
    assert asked == "/sign-in/?next=/policies/"
    given = {"username": "clerk", "password": PASSWORD}
    assert client.post("/sign-in/", {**given, "next": "/policies/"}).headers["Location"] == "/policies/"
    assert client.post("/sign-in/", {**given, "next": "https://elsewhere.example/"}).headers["Location"] == "/"


@pytest.mark.req("ACL-5")
def test_five_failures_close_the_name_and_the_right_password_too(db: None) -> None:
    for number in range(MOST_FAILURES):
        page = sign_in(Client(), password="wrong", REMOTE_ADDR=f"10.0.0.{number}")
        assert (WRONG in page) == (number < MOST_FAILURES - 1)
    page = sign_in(Client(), REMOTE_ADDR="10.0.0.99")
    assert CLOSED in page
    assert "请在10分钟后" in page
    assert sign_in(Client(), username="clerk2", REMOTE_ADDR="10.0.0.99") == "/"


@pytest.mark.req("ACL-5")
def test_thirty_failures_close_an_address_for_every_name_and_five_do_not(db: None) -> None:
    for number in range(MOST_FAILURES):
        sign_in(Client(), username=f"forgot{number}", password="wrong", REMOTE_ADDR="10.0.0.7")
    assert sign_in(Client(), username="clerk2", REMOTE_ADDR="10.0.0.7") == "/"
    for number in range(MOST_FROM_ADDRESS - MOST_FAILURES):
        sign_in(Client(), username=f"guess{number}", password="wrong", REMOTE_ADDR="10.0.0.7")
    assert CLOSED in sign_in(Client(), REMOTE_ADDR="10.0.0.7")
    assert sign_in(Client(), REMOTE_ADDR="10.0.0.8") == "/"


def test_the_wait_runs_in_real_time_whatever_the_practice_clock_says(db: None) -> None:
    for number in range(MOST_FAILURES):
        sign_in(Client(), password="wrong", REMOTE_ADDR=f"10.0.0.{number}")
    clock.move_by(timedelta(days=1), by=None)
    assert CLOSED in sign_in(Client(), REMOTE_ADDR="10.0.0.99")
    cache.clear()  # the ten minutes are over
    assert sign_in(Client(), REMOTE_ADDR="10.0.0.99") == "/"


def test_a_success_forgets_the_failures_of_that_name(db: None) -> None:
    for turn in range(2):
        for number in range(MOST_FAILURES - 1):
            assert WRONG in sign_in(Client(), password="wrong", REMOTE_ADDR=f"10.{turn}.0.{number}")
        assert sign_in(Client(), REMOTE_ADDR=f"10.{turn}.1.1") == "/"


@pytest.mark.req("ACL-5")
def test_nobody_learns_whether_a_name_exists(db: None) -> None:
    def told(username: str, address: str) -> list[str]:
        pages = [
            sign_in(Client(), username=username, password="wrong", REMOTE_ADDR=f"10.{address}.0.{number}")
            for number in range(MOST_FAILURES + 1)
        ]
        return ["wrong" if WRONG in page else "closed" if CLOSED in page else "else" for page in pages]

    set_active(by=cast.admin, user=cast.clerk2, active=False)
    assert told("clerk", "1") == told("nobody", "2") == told("clerk2", "3") == ["wrong"] * 4 + ["closed"] * 2


@pytest.mark.req("ACL-5")
def test_failures_are_in_the_trail_without_names_or_addresses(db: None, client: Client) -> None:
    sign_in(client, password="wrong")
    sign_in(client, username="甲一", password="wrong")
    entries = list(TrailEntry.objects.filter(verb="sign_in.fail").order_by("id"))
    assert [entry.subject_id for entry in entries] == [str(cast.clerk.pk), "0"]
    assert all("甲一" not in entry.facts and "127.0.0.1" not in entry.facts for entry in entries)
    assert {entry.actor_id for entry in entries} == {None}


@pytest.mark.req("ACL-5")
def test_signing_in_elsewhere_ends_the_older_session_with_a_message(db: None) -> None:
    first, second = Client(), Client()
    sign_in(first)
    assert first.get("/workbench/").status_code == 200
    sign_in(second)
    ended = first.get("/workbench/", follow=True)
    assert ended.redirect_chain[-1][0].startswith("/sign-in/")
    assert "已在别处登录" in ended.content.decode()
    assert second.get("/workbench/").status_code == 200


def test_an_ended_session_gets_401_from_the_api(db: None) -> None:
    first = Client()
    sign_in(first)
    sign_in(Client())
    response = first.get("/api/schema/")
    assert response.status_code == 401


@pytest.mark.req("ACL-5")
def test_the_session_gets_a_new_key_at_sign_in_and_ends_at_sign_out(db: None, client: Client) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted or ""
    sign_in(client)
    assert client.session.session_key != planted
    assert "planted" not in client.session
    assert cast.clerk.session_key == client.session.session_key
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert cast.clerk.session_key == ""
    assert client.get("/workbench/").status_code == 302
    assert TrailEntry.objects.filter(verb="sign_out", actor=cast.clerk).exists()


def test_another_person_may_sign_in_in_the_same_browser(db: None, client: Client) -> None:
    sign_in(client)
    sign_in(client, username="station")
    assert "财所甲" in client.get("/workbench/").content.decode()


def test_signing_out_takes_a_post(db: None, client: Client) -> None:
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/workbench/").status_code == 200


@pytest.mark.req("ACL-5")
def test_a_session_lasts_thirty_minutes_from_its_last_use(db: None, client: Client) -> None:
    sign_in(client)
    cookie = client.get("/workbench/").cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    stored = Session.objects.get(pk=client.session.session_key)
    Session.objects.update(expire_date=stored.expire_date - timedelta(minutes=29))
    assert client.get("/workbench/").status_code == 200  # and begins another thirty minutes
    stored.refresh_from_db()
    assert stored.expire_date - datetime.now(UTC) > timedelta(minutes=29)
    Session.objects.update(expire_date=datetime.now(UTC) - timedelta(seconds=1))
    assert client.get("/workbench/").status_code == 302


@pytest.mark.req("ACL-5")
def test_the_own_password_is_changed_by_whoever_knows_the_old_one(db: None, client: Client) -> None:
    sign_in(client)
    new = "Practice-2026-rye!"
    refused = client.post("/password/", {"old": "wrong", "password": new, "again": new})
    assert "现在的密码不正确" in refused.content.decode()
    refused = client.post("/password/", {"old": PASSWORD, "password": "12345678901", "again": "12345678901"})
    assert "密码不符合要求" in refused.content.decode()
    refused = client.post("/password/", {"old": PASSWORD, "password": new, "again": new + "x"})
    assert "两次输入的新密码不一致" in refused.content.decode()
    assert client.post("/password/", {"old": PASSWORD, "password": new, "again": new}).status_code == 302
    assert client.get("/workbench/").status_code == 200
    assert WRONG in sign_in(Client())
    assert sign_in(Client(), password=new) == "/"
    assert TrailEntry.objects.filter(verb="password.change").count() == 1


def test_a_reset_password_ends_the_open_session(db: None, client: Client) -> None:
    sign_in(client)
    reset_password(by=cast.admin, user=cast.clerk, password="Practice-2026-rye!")
    assert client.get("/workbench/").status_code == 302
    assert sign_in(Client(), password="Practice-2026-rye!") == "/"


def test_a_closed_sign_in_ends_its_session_and_opens_none(db: None, client: Client) -> None:
    sign_in(client)
    set_active(by=cast.admin, user=cast.clerk, active=False)
    assert client.get("/workbench/").status_code == 302
    assert WRONG in sign_in(Client())
    with pytest.raises(Conflict, match="不能停用自己"):
        set_active(by=cast.admin, user=cast.admin, active=False)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "9.9.9.9, 1.1.1.1", "1.1.1.1"),
        (2, "9.9.9.9, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_an_address_is_believed_only_from_our_own_proxies(proxies: int, forwarded: str, expected: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(PORTAL_TRUSTED_PROXIES=proxies):
        assert client_address(request) == expected
