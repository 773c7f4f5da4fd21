"""Refusals as a person and as a program see them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.access import public
from config.errors import answer
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django looks them up here
from lib.errors import Conflict, Forbidden, Invalid, NotFound

RAISED: dict[str, Callable[[], Exception]] = {
    "conflict": lambda: Conflict("名册已提交，不能再改。", code="roster.submitted"),
    "invalid": lambda: Invalid("金额不能为负。", field="amount"),
    "forbidden": lambda: Forbidden("本岗位不能审批自己录入的名册。"),
    "hidden": lambda: NotFound("第二村民小组的名册不在您的范围内。"),
    "missing": lambda: Http404("No Roster matches the given query."),
    "denied": PermissionDenied,
    "crash": lambda: ZeroDivisionError("secret"),
}


@public
def refuse(request: HttpRequest, kind: str) -> HttpResponse:
    raise RAISED[kind]()


class RefuseInApi(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request, kind: str) -> Response:
        raise RAISED[kind]()


urlpatterns = [
    path("page/<kind>/", refuse),
    path("api/view/<kind>/", refuse),
    path("api/drf/<kind>/", RefuseInApi.as_view()),
]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture(autouse=True)
def these_addresses() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("conflict", 409, "名册已提交，不能再改。"),
        ("invalid", 400, "金额不能为负。"),
        ("forbidden", 403, "本岗位不能审批自己录入的名册。"),
        ("denied", 403, "您没有办理此事的权限"),
    ],
)
def test_a_page_shows_what_was_refused(client: Client, kind: str, status: int, words: str) -> None:
    response = client.get(f"/page/{kind}/")
    assert response.status_code == status
    assert words in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["page", "api/view", "api/drf"])
def test_hidden_and_missing_answer_with_the_same_bytes(client: Client, place: str) -> None:
    hidden, missing = client.get(f"/{place}/hidden/"), client.get(f"/{place}/missing/")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content
    assert dict(hidden.headers) == dict(missing.headers)
    assert "第二" not in hidden.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_answers_like_a_hidden_thing(client: Client) -> None:
    assert client.get("/nowhere/").content == client.get("/page/hidden/").content
    assert client.get("/api/nowhere/").json() == client.get("/api/drf/hidden/").json()


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["api/view", "api/drf"])
def test_the_api_names_code_and_field(client: Client, place: str) -> None:
    conflict = client.get(f"/{place}/conflict/")
    assert conflict.status_code == 409
    assert conflict.json() == {
        "code": "roster.submitted",
        "message": "名册已提交，不能再改。",
        "field": None,
        "fields": {},
    }
    invalid = client.get(f"/{place}/invalid/").json()
    assert invalid["field"] == "amount"
    assert invalid["fields"] == {"amount": ["金额不能为负。"]}


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["page", "api/view", "api/drf"])
def test_a_failure_shows_a_number_and_nothing_else(client: Client, place: str) -> None:
    response = client.get(f"/{place}/crash/")
    assert response.status_code == 500
    assert "secret" not in response.content.decode()
    assert "编号" in response.content.decode()


def answered(error: Exception) -> Response:
    class Raising(APIView):
        permission_classes = (AllowAny,)

        def get(self, request: Request) -> Response:
            raise error

    response: Response = Raising.as_view()(APIRequestFactory().get("/api/"))
    response.render()
    return response


def test_nested_errors_of_a_serializer_become_dotted_names() -> None:
    response = answered(exceptions.ValidationError({"lines": [{}, {"amount": ["请填写金额。"]}]}))
    body = json.loads(response.content)
    assert response.status_code == 400
    assert body == {
        "code": "invalid",
        "message": "请填写金额。",
        "field": "lines.1.amount",
        "fields": {"lines.1.amount": ["请填写金额。"]},
    }


def test_the_api_asks_the_anonymous_to_sign_in() -> None:
    response = answered(exceptions.NotAuthenticated())
    assert response.status_code == 401
    assert json.loads(response.content)["code"] == "not_signed_in"


def test_the_way_back_is_only_ever_our_own(rf: RequestFactory) -> None:
    own = answer(rf.get("/x/", headers={"referer": "http://testserver/rosters/"}), Conflict("已提交"))
    foreign = answer(rf.get("/x/", headers={"referer": "https://elsewhere.example/"}), Conflict("已提交"))
    assert "http://testserver/rosters/" in own.content.decode()
    assert "elsewhere" not in foreign.content.decode()
