"""A connected system reads what was granted, with its token, from its addresses, in its term, and every call counts."""

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from audit import api, services
from audit.models import AccessFetch, AccessRequest
from audit.services import Connection
from disbursement.models import Payment
from lib import crypto
from rosters.models import RosterLine
from tests.factories import at, cast
from tests.factories_access import OUTSIDE, granted, scope
from tests.factories_disbursement import answered_batch, approved_roster

PAYOUTS, POLICIES = "/api/shared/payouts/", "/api/shared/policies/"


def connected(**more: Any) -> tuple[AccessRequest, str]:
    request = granted("connection", **more)
    return request, services.issue_token(by=cast.farm_reviewer, request=request)


def call(token: str, url: str = PAYOUTS, client: Client | None = None, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = (client or Client()).get(url, headers={"Authorization": f"Bearer {token}"}, **more)
    return answer.status_code, json.loads(answer.content)


@pytest.mark.req("ACL-4", "ACL-3")
def test_a_connected_system_reads_payouts_masked_and_each_call_is_counted(db: None) -> None:
    answered_batch(approved_roster(homes=2), fails={2: "4"})
    paid = Payment.objects.select_related("line").get(number=1)
    request, token = connected()
    status, body = call(token)
    assert status == 200
    (row,) = body["results"]
    assert (row["amount_fen"], row["policy"]) == (paid.amount_fen, "2130122")
    assert row["beneficiary"] != paid.line.beneficiary_name
    assert "*" in row["beneficiary"]
    told = json.dumps(body, ensure_ascii=False)
    number = crypto.decrypt(paid.line.beneficiary_id_cipher)
    for secret in (number, number[-4:], paid.account_tail, paid.line.beneficiary_name):
        assert secret not in told
    entry = AccessFetch.objects.get(request=request)
    assert (entry.format, entry.row_count, entry.total_fen, entry.by) == ("api", 1, paid.amount_fen, None)
    assert (entry.address, entry.token) == ("127.0.0.1", request.tokens.get())
    facts = TrailEntry.objects.get(verb="access.call").facts
    assert json.loads(facts)["rows"] == 1
    assert row["beneficiary"] not in facts
    status, body = call(token, POLICIES)
    assert status == 200
    assert {"2130122", "2080502"} <= {policy["code"] for policy in body["results"]}
    assert all(policy["standards"] for policy in body["results"] if policy["code"] == "2130122")


def test_pages_follow_one_another_and_never_repeat(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answered_batch(approved_roster(homes=3))
    monkeypatch.setattr(api.SharedPages, "page_size", 2)
    _, token = connected()
    _, first = call(token)
    _, second = call(token, first["next"].removeprefix("http://testserver"))
    numbers = [row["id"] for row in (*first["results"], *second["results"])]
    assert numbers == sorted(Payment.objects.values_list("pk", flat=True))
    assert second["next"] is None
    assert AccessFetch.objects.count() == 2


@pytest.mark.req("ACL-4")
def test_scope_bounds_what_a_system_reads(db: None) -> None:
    answered_batch(approved_roster(homes=1))
    _, token = connected(what=scope(datasets=["payouts"], division_codes=[cast.township2.code]))
    assert call(token)[1]["results"] == []
    status, body = call(token, POLICIES)
    assert (status, body["code"], body["rule"]) == (403, "access.scope", "access.connection")
    assert AccessFetch.objects.count() == 1
    _, other = connected(what=scope(policy_codes=["2080502"], period_to=None))
    assert call(other)[1]["results"] == []
    assert [policy["code"] for policy in call(other, POLICIES)[1]["results"]] == ["2080502"]


@pytest.mark.req("ACL-4")
def test_without_its_token_nothing_opens(db: None) -> None:
    connected()
    for token in ("", "wrong"):
        status, body = call(token)
        assert (status, body["code"]) == (401, "not_signed_in")
    staff = Client()
    staff.force_login(cast.farm_reviewer)
    assert staff.get(PAYOUTS).status_code == 403
    assert not AccessFetch.objects.exists()


@pytest.mark.req("ACL-4")
def test_only_the_addresses_that_were_agreed_may_call(db: None) -> None:
    _, token = connected(connection=Connection("每天读取一次", ["10.20.0.0/16", "::1"]))
    status, body = call(token)
    assert (status, body["code"]) == (403, "access.address")
    assert call(token, REMOTE_ADDR="10.20.3.4")[0] == 200
    assert call(token, REMOTE_ADDR="::1")[0] == 200
    # Nobody makes an address up: the portal here stands behind no proxy.
    assert call(token, HTTP_X_FORWARDED_FOR="10.20.3.4")[0] == 403


@pytest.mark.req("ACL-4")
def test_a_token_opens_in_its_term_until_it_is_replaced_or_taken_back(db: None) -> None:
    request, token = connected(term_from=date(2026, 5, 10), term_to=date(2026, 5, 20))
    assert call(token)[1]["code"] == "access.early"
    at("2026-05-10T00:00")
    assert call(token)[0] == 200
    newer = services.issue_token(by=cast.farm_reviewer, request=request)
    assert call(token)[1]["code"] == "access.token_replaced"
    assert call(newer)[0] == 200
    at("2026-05-21T00:00")
    status, body = call(newer)
    assert (status, body["code"], body["rule"]) == (403, "access.ended", "access.connection")
    other, taken = connected(term_to=date(2026, 6, 30))
    services.revoke_access(by=cast.finance_head, request=other, reason="超范围使用")
    assert call(taken)[1]["code"] == "access.revoked"
    assert other.fetches.count() == 0


def test_a_system_that_calls_too_often_has_to_wait(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "CALLS_A_MINUTE", 2)
    _, token = connected()
    assert [call(token)[0] for _ in range(3)] == [200, 200, 429]
    monkeypatch.setattr(api, "GUESSES", 2)
    assert [call(f"guess{number}")[0] for number in range(3)] == [401, 401, 429]


def test_an_outside_units_token_is_fetched_by_finance(db: None) -> None:
    answered_batch(approved_roster(homes=1))
    request = granted("connection", by=cast.finance_reviewer, applicant=OUTSIDE)
    token = services.issue_token(by=cast.finance_reviewer, request=request)
    (row,) = call(token)[1]["results"]
    assert row["beneficiary"] != RosterLine.objects.get().beneficiary_name


def test_the_schema_describes_the_shared_addresses_and_their_token(db: None) -> None:
    staff = Client()
    staff.force_login(cast.farm_reviewer)
    schema = staff.get("/api/schema/?format=json").json()
    assert {PAYOUTS, POLICIES} <= schema["paths"].keys()
    assert schema["paths"][PAYOUTS]["get"]["security"] == [{"accessToken": []}]
    assert schema["components"]["securitySchemes"]["accessToken"]["scheme"] == "bearer"
