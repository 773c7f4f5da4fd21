"""Every address of the portal: public by an explicit mark, or closed to whoever has not signed in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import subjects
from accounts.context import Frame
from accounts.services import add_user
from tests.cast_data import PASSWORD, PEOPLE
from tests.factories import cast, id_number

# Whoever adds a name here opens a page to the internet.
PUBLIC = {
    "health",
    "accounts:home",
    "accounts:sign_in",
    "public:home",
    "public:documents",
    "public:document",
    "public:guides",
    "public:channels",
    "public:one_lists",
    "public:one_list",
    "public:notices",
    "public:notice",
    "public:objection",
    "public:village",
    "public:line_check",
    "public:objections",
    "public:objection_status",
    "public:payouts",
    "public:payout",
    "public:payout_village",
    "public:policies",
    "public:policy",
    "public:mine",
    "public:mine_code",
    "public:mine_list",
    "public:mine_out",
    "public:apply",
    "public:apply_form",
    "public:application",
    "public:application_withdraw",
}
SAMPLES = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000001"}
ONE_OF_EACH = sorted({role: username for username, (_, role, _) in reversed(PEOPLE.items())}.values())


@dataclass(frozen=True)
class Route:
    name: str
    path: str
    view: Any
    plain: bool  # takes no arguments

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def marked_public(self) -> bool:
        return not getattr(self.view, "login_required", True)


def _routes(patterns: list[Any], prefix: str = "", space: str = "") -> Iterator[Route]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, route, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            filled = re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1] or "", "x"), route)
            # The admin's own expressions: a choice of rooms, and the rest of the address.
            filled = re.sub(r"\(\?P<\w+>([\w]+)[^)]*\)", r"\1", filled).replace("(?P.*)", "x")
            filled = re.sub(r"\(\?Px\.\*\)|\(\?P\w?[^)]*\)", "x", filled)
            yield Route(
                f"{space}{entry.name}", "/" + re.sub(r"[\^$]|\\Z", "", filled), entry.callback, "<" not in route
            )


ROUTES = list(_routes(get_resolver().url_patterns))


def test_the_public_routes_are_exactly_these() -> None:
    assert {route.name for route in ROUTES if route.marked_public and not route.api} == PUBLIC


@pytest.mark.req("ACL-1", "ACL-5")
@pytest.mark.parametrize("route", [r for r in ROUTES if r.name not in PUBLIC], ids=lambda route: route.path)
def test_a_route_is_closed_to_the_anonymous(db: None, client: Client, route: Route) -> None:
    for response in (client.get(route.path), client.post(route.path)):
        if route.api:
            assert response.status_code == 401
            assert b"not_signed_in" in response.content
        else:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("username", ONE_OF_EACH)
def test_no_route_without_arguments_fails_and_the_navigation_opens_for_any_post(db: None, username: str) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(getattr(cast, username))
    plain = [route for route in ROUTES if route.plain and route.name != "accounts:sign_out"]
    assert len(plain) > 15
    statuses = {route.path: client.get(route.path).status_code for route in plain}
    assert {path: status for path, status in statuses.items() if status not in {200, 302, 403, 404, 405}} == {}
    request = RequestFactory().get("/workbench/")
    request.user = getattr(cast, username)
    assert {item.url: statuses[item.url] for item in Frame(request).nav() if statuses[item.url] != 200} == {}


def test_no_route_without_arguments_fails_for_somebody_without_a_post(db: None) -> None:
    nobody = add_user(by=cast.admin, username="nobody", full_name="新人甲", id_number=id_number(), password=PASSWORD)
    client = Client(raise_request_exception=True)
    client.force_login(nobody)
    for route in ROUTES:
        if route.plain and route.name != "accounts:sign_out":
            assert client.get(route.path).status_code in {200, 302, 403, 404, 405}, route.path


def test_every_subject_that_has_a_page_has_an_address() -> None:
    assert subjects._pages
    for url_name in subjects._pages.values():
        assert reverse(url_name, args=[1])
