"""Lists that another system sends: signed, once, within its key's scope, and never straight into a roster (ROS-1)."""

import json
import secrets
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from households.models import Household
from jobs.services import run
from lib.errors import Conflict, Forbidden
from rosters import services as roster_services
from rosters.models import RosterImport, RosterLine
from rosters.supplies import keys, services
from rosters.supplies.models import Supply, SupplyKey
from rosters.supplies.signing import SCHEME, signature
from rulebook import clock
from tests.databases import Database
from tests.factories import at, cast, id_number, policy
from tests.factories_households import household
from tests.races import race
from tests.rosters.test_import import number_of
from tests.rosters.test_pages import as_
from tests.rosters.test_supplies import roster

pytestmark = pytest.mark.req("ROS-1")
CODE = "2130122"
SEND = "/api/supplies/"


def asked_key(**more: Any) -> SupplyKey:
    given: dict[str, Any] = {
        "name": "农业补贴系统",
        "organisation": cast.organisation("BM-agriculture"),
        "policies": [policy(CODE)],
        "letter_number": "扎农函〔2026〕3号",
        "expires_on": clock.today() + timedelta(days=365),
        **more,
    }
    return keys.ask_key(by=cast.admin, **given)


def living_key(**more: Any) -> tuple[SupplyKey, str]:
    key = keys.decide_key(by=cast.finance_head, key=asked_key(**more), agree=True)
    return key, keys.show_secret(by=cast.admin, key=key)


def row(home: Household, **more: Any) -> dict[str, Any]:
    assert home.head is not None
    return {"name": home.head.name, "id_number": number_of(home.head), "quantity": "10.5", **more}


def order(rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"policy": CODE, "period_start": "2026-01-01", "period_end": "2026-12-31", "rows": rows, **more}


def signed(
    key: SupplyKey,
    secret: str,
    *,
    body: bytes = b"",
    method: str = "POST",
    path: str = SEND,
    moment: int | None = None,
    nonce: str = "",
) -> dict[str, str]:
    when, once = int(time.time()) if moment is None else moment, nonce or secrets.token_hex(16)
    made = signature(secret, method=method, path=path, body=body, at=when, nonce=once)
    return {"Authorization": f"{SCHEME} key={key.public_id}, time={when}, nonce={once}, signature={made}"}


def send(key: SupplyKey, secret: str, content: Any, request_id: str = "request-1", **more: Any) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {**signed(key, secret, body=body, **more), "Idempotency-Key": request_id}
    return Client().post(SEND, body, content_type="application/json", headers=headers)


# --- Sent -------------------------------------------------------------------------------------------------------------
def test_what_a_system_sends_waits_in_the_townships_for_the_clerks_word(db: None) -> None:
    key, secret = living_key()
    ours, theirs = household(cast.villages[0], name="甲一"), household(cast.villages2[0], name="乙一")
    strange = {"name": "丙一", "id_number": id_number(), "quantity": 3}
    answer = send(key, secret, order([row(ours), row(theirs), strange]))
    told = answer.json()
    assert (answer.status_code, told["state"], told["rows"], told["sorted_rows"]) == (201, "issued", 3, 2)
    assert [(error["row"], error["rule"]) for error in told["row_errors"]] == [(3, "person.unknown")]
    assert [(place["name"], place["rows"], place["state"]) for place in told["townships"]] == [
        ("音德尔镇", 1, "待取入"),
        ("新林镇", 1, "待取入"),
    ]
    assert not any(number in answer.content.decode() for number in (number_of(ours.head), strange["id_number"]))  # type: ignore[arg-type]
    assert not RosterLine.objects.exists()
    assert {card.title: card.count for card in todos_for(cast.clerk)}["主管部门名单待取入清册"] == 1
    into = roster()
    supply = Supply.objects.get()
    batch = services.take(by=cast.clerk, part=supply.parts.get(division=cast.township), roster=into)
    assert batch.job is not None
    run(batch.job.pk)
    roster_services.accept_import(by=cast.clerk, batch=RosterImport.objects.get(pk=batch.pk))
    assert RosterLine.objects.get().household == ours
    path = f"{SEND}{supply.pk}/"
    later = Client().get(path, headers=signed(key, secret, method="GET", path=path)).json()
    assert (later["townships"][0]["state"], later["townships"][0]["written"]) == ("已写入清册", 1)
    assert (
        "系统对接（农业补贴系统）"
        in as_("farm_reviewer").get(reverse("rosters:supply", args=[supply.pk])).content.decode()
    )
    entry = TrailEntry.objects.get(verb="supply.receive")
    assert entry.actor is None
    assert f'"supply_key":{key.pk}' in entry.facts


def test_the_same_request_is_answered_alike_and_another_content_under_its_number_is_refused(db: None) -> None:
    key, secret = living_key()
    content = order([row(household())])
    first, again = send(key, secret, content), send(key, secret, content)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert Supply.objects.count() == 1
    other = send(key, secret, {**content, "note": "另一份"})
    assert (other.status_code, other.json()["code"]) == (409, "supplies.request_reused")


def test_one_request_that_comes_twice_at_a_moment_is_one_list(committed_db: Database) -> None:
    key, secret = living_key()
    content = order([row(household())])
    answers = race(lambda: send(key, secret, content), lambda: send(key, secret, content))
    assert sorted(answer.status_code for answer in answers) == [200, 201]  # type: ignore[attr-defined]
    assert Supply.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{not json", ""),
        (order([]), "至少一行"),
        (order([["a"]]), "第1行应为对象"),
        (order([{"name": "甲", "id_number": 152223197001010010}]), "应为文本"),
        (order([{"name": "甲", "bank": "1"}]), "不认识的键：bank"),
        (order([{"name": "甲"}] * 10_001), "最多10000行"),
        ({"policy": CODE}, ""),
    ],
    ids=["json", "empty", "shape", "number", "key", "many", "fields"],
)
def test_what_is_malformed_is_refused_whole(db: None, content: Any, words: str) -> None:
    key, secret = living_key()
    answer = send(key, secret, content)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Supply.objects.exists()


def test_a_key_opens_its_own_policies_and_its_own_lists_only(db: None) -> None:
    key, secret = living_key()
    for code in ("2080502", "2130123"):  # another department's, and another one of the own
        foreign = send(key, secret, order([row(household())], policy=code), f"request-{code}")
        assert (foreign.status_code, foreign.json()["code"]) == (403, "supplies.scope")
    made = send(key, secret, order([row(household(name="甲二"))])).json()
    other, others_secret = living_key(name="另一系统")
    path = f"{SEND}{made['id']}/"
    assert Client().get(path, headers=signed(other, others_secret, method="GET", path=path)).status_code == 404


# --- Signed -----------------------------------------------------------------------------------------------------------
def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_wrong_signature_an_old_time_and_a_replay_are_not_heard(db: None) -> None:
    key, secret = living_key()
    content = json.dumps(order([row(household())])).encode()
    assert code_of(send(key, "0" * 64, content)) == (401, "not_signed_in")
    assert code_of(send(key, secret, content, path="/api/supplies/1/")) == (401, "not_signed_in")
    assert code_of(send(key, secret, content, method="GET")) == (401, "not_signed_in")
    assert code_of(send(key, secret, content, moment=int(time.time()) - 360)) == (401, "supplies.time")
    assert code_of(send(key, secret, content, moment=int(time.time()) + 360)) == (401, "supplies.time")
    changed = {**signed(key, secret, body=content), "Idempotency-Key": "request-1"}
    answer = Client().post(SEND, content + b" ", content_type="application/json", headers=changed)
    assert code_of(answer) == (401, "not_signed_in")
    assert not Supply.objects.exists()
    nonce = secrets.token_hex(16)
    assert send(key, secret, content, nonce=nonce).status_code == 201
    assert code_of(send(key, secret, content, nonce=nonce)) == (401, "supplies.replay")


def test_a_replay_at_one_moment_is_heard_once(committed_db: Database) -> None:
    key, secret = living_key()
    content, nonce = order([row(household())]), secrets.token_hex(16)
    answers = race(*[lambda: send(key, secret, content, nonce=nonce)] * 2)
    assert sorted(answer.status_code for answer in answers) == [201, 401]  # type: ignore[attr-defined]


def test_who_guesses_signatures_is_not_heard_for_a_while(db: None) -> None:
    key, secret = living_key()
    for _ in range(30):
        assert send(key, "0" * 64, b"{}").status_code == 401
    assert code_of(send(key, secret, order([row(household())]))) == (429, "too_often")


def test_a_system_asks_sixty_times_a_minute_and_no_more(db: None) -> None:
    key, secret = living_key()
    path = f"{SEND}1/"
    statuses = {Client().get(path, headers=signed(key, secret, method="GET", path=path)).status_code for _ in range(60)}
    assert statuses == {404}
    assert Client().get(path, headers=signed(key, secret, method="GET", path=path)).status_code == 429


# --- Keys -------------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-4")
def test_a_key_takes_two_people_is_shown_once_and_ends(db: None) -> None:
    with pytest.raises(Forbidden):
        keys.ask_key(
            by=cast.farm_head, name="系统", organisation=cast.organisation("BM-agriculture"), policies=[policy(CODE)],
            letter_number="1号", expires_on=date(2027, 1, 1),
        )  # fmt: skip
    key = asked_key()
    with pytest.raises(IntegrityError, match="rosters_supplykey_two_people"), transaction.atomic():
        SupplyKey.objects.filter(pk=key.pk).update(
            state="living", decided_by=cast.admin, decided_by_person=cast.admin.person, decided_at=clock.now()
        )
    with pytest.raises(Conflict, match="待审批"):
        keys.show_secret(by=cast.admin, key=key)
    with pytest.raises(Forbidden):
        keys.decide_key(by=cast.admin, key=key, agree=True)
    keys.decide_key(by=cast.finance_head, key=key, agree=True)
    admin = as_("admin")
    where = reverse("rosters:supply_key_show", args=[key.pk])
    shown = admin.post(where)
    secret = keys.secret_of(key)
    assert secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    again = admin.post(where)
    assert (again.status_code, secret in again.content.decode()) == (409, False)
    with pytest.raises(IntegrityError, match="rosters_supplykey_shown_once"), transaction.atomic():
        SupplyKey.objects.filter(pk=key.pk).update(shown_at=None)
    content = order([row(household())])
    assert send(key, secret, content).status_code == 201
    admin.post(reverse("rosters:supply_key_revoke", args=[key.pk]), {"reason": "系统停用"})
    assert code_of(send(key, secret, content, "request-2")) == (403, "supplies.key_closed")


def test_a_key_ends_on_its_day(db: None) -> None:
    key, secret = living_key(expires_on=date(2026, 5, 10))
    at("2026-05-11T09:00")
    assert code_of(send(key, secret, order([row(household())]))) == (403, "supplies.key_expired")


def test_keys_are_for_the_administrator_the_head_of_finance_and_audit(db: None) -> None:
    key = asked_key()
    for name in ("clerk", "farm_head", "officer"):
        assert as_(name).get(reverse("rosters:supply_key", args=[key.pk])).status_code == 404
    assert {card.title: card.count for card in todos_for(cast.finance_head)}["系统对接密钥待审批"] == 1
    head = as_("finance_head")
    assert "同意" in head.get(reverse("rosters:supply_key", args=[key.pk])).content.decode()
    head.post(reverse("rosters:supply_key_decide", args=[key.pk]), {"decision": "agree"})
    assert "领取密钥" in as_("admin").get(reverse("rosters:supply_key", args=[key.pk])).content.decode()
    assert "农业补贴系统" in as_("auditor").get(reverse("rosters:supply_keys")).content.decode()
    given = {
        "name": "民政系统", "organisation": cast.organisation("BM-civil_affairs").pk,
        "policies": [policy(CODE).pk], "letter_number": "2号", "expires_on": "2027-05-06",
    }  # fmt: skip
    refused = as_("admin").post(reverse("rosters:supply_key_new"), given).content.decode()
    assert "不是该部门主管的：耕地地力保护补贴" in refused


def test_the_document_of_the_api_tells_how_to_send(db: None) -> None:
    schema = as_("admin").get("/api/schema/", headers={"Accept": "application/json"}).json()
    assert schema["paths"]["/api/supplies/"]["post"]["security"] == [{"signedRequest": []}]
    assert "Idempotency-Key" in json.dumps(schema["paths"]["/api/supplies/"]["post"]["parameters"])
