"""The connection to the police register, against a real server on this machine that also misbehaves."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from accounts.models import TrailEntry
from households.models import IdentityCheck, IdentityRun, Person
from households.verification import connector, services
from jobs import services as jobs
from jobs.models import Job
from lib.errors import Conflict
from tests.factories import cast
from tests.factories_households import household
from tests.factories_verification import asked, number_of

SECRET = "测试用密钥-0123456789"
Reply = Callable[[list[dict[str, Any]]], tuple[int, Any]]


def all_match(people: list[dict[str, Any]]) -> tuple[int, Any]:
    return 200, {"results": [{"number": one["number"], "outcome": "match"} for one in people]}


class Register:
    """A police register on this machine: answers by the next of its replies, then as all do."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[list[dict[str, Any]]] = []
        self.unsigned = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = "\n".join(
                    (self.headers["X-Portal-Time"], self.headers["X-Portal-Nonce"], hashlib.sha256(body).hexdigest())
                )
                right = hmac.new(SECRET.encode(), told.encode(), hashlib.sha256).hexdigest()
                outer.unsigned += not hmac.compare_digest(right, self.headers["X-Portal-Signature"])
                people = json.loads(body)["people"]
                outer.asked.append(people)
                status, answer = (outer.replies.pop(0) if outer.replies else all_match)(people)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", outer.url)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/compare"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def police(db: None, settings: Settings) -> Iterator[Register]:
    made = Register()
    settings.PORTAL_POLICE = {
        "url": made.url, "key": "portal", "secret": SECRET, "ca": "", "batch": 2, "timeout": 0.3, "pause": 0.0,
    }  # fmt: skip
    yield made
    made.server.shutdown()
    made.server.server_close()


def people(count: int = 3) -> list[Person]:
    members = [("儿子", f"甲{number}") for number in range(2, count + 1)]
    return list(household(members=members, with_accounts=False).members.order_by("id"))


def called(run: IdentityRun) -> Job:
    assert run.job is not None
    jobs.run(run.job.pk)
    run.refresh_from_db()
    assert run.job is not None
    return Job.objects.get(pk=run.job.pk)


@pytest.mark.req("REG-4")
def test_signed_batches_are_asked_and_each_answer_is_stored_once(police: Register) -> None:
    some = people()
    job = called(asked(some, way="http"))
    assert (job.state, job.result) == ("done", {"taken": 3})
    assert [[one["number"] for one in batch] for batch in police.asked] == [[1, 2], [3]]
    assert police.asked[0][0] == {"number": 1, "name": some[0].name, "id_number": number_of(some[0])}
    assert police.unsigned == 0
    assert Person.objects.filter(verified_at__isnull=False, verified_source__endswith="（接口）").count() == 3
    assert IdentityRun.objects.get().state == "done"
    entry = TrailEntry.objects.get(verb="identity.call")
    assert number_of(some[0]) not in entry.facts


def _status(code: int) -> Reply:
    return lambda people: (code, {})


def _slow(people: list[dict[str, Any]]) -> tuple[int, Any]:
    time.sleep(0.6)
    return all_match(people)


def _garbage(people: list[dict[str, Any]]) -> tuple[int, Any]:
    return 200, b"<html>\xff"


def _somebody_else(people: list[dict[str, Any]]) -> tuple[int, Any]:
    return 200, {"results": [{"number": 99, "outcome": "match"}]}


def _twice(people: list[dict[str, Any]]) -> tuple[int, Any]:
    return 200, {"results": [{"number": people[0]["number"], "outcome": "match"}] * 2}


def _unknown_word(people: list[dict[str, Any]]) -> tuple[int, Any]:
    return 200, {"results": [{"number": people[0]["number"], "outcome": "maybe"}]}


def _unhashable(people: list[dict[str, Any]]) -> tuple[int, Any]:
    return 200, {"results": [{"number": people[0]["number"], "outcome": ["match"]}]}


BAD = [_status(500), _status(429), _slow, _garbage, _somebody_else, _twice, _unknown_word, _unhashable]


@pytest.mark.req("REG-4")
@pytest.mark.parametrize("bad", BAD, ids=lambda one: one.__qualname__)
def test_what_is_no_answer_is_asked_again_and_never_believed_in_part(police: Register, bad: Reply) -> None:
    some = people(1)
    police.replies = [bad, bad]
    job = called(asked(some, way="http"))
    assert job.state == "done"
    assert len(police.asked) == 3
    assert IdentityCheck.objects.filter(outcome="match").count() == 1


@pytest.mark.req("REG-4")
@pytest.mark.parametrize(("reply", "tries"), [(_status(500), 5), (_status(403), 1), (_status(302), 1)])
def test_a_register_that_does_not_answer_leaves_the_run_to_be_taken_up_again(
    police: Register, reply: Reply, tries: int
) -> None:
    some = people()
    police.replies = [all_match, *[reply] * tries]
    run = asked(some, way="http")
    job = called(run)
    assert (job.state, len(police.asked)) == ("failed", 1 + tries)
    assert "2 人结果已入库" in job.error
    assert (run.state, run.checks.filter(waiting=True).count()) == ("open", 1)
    with pytest.raises(Conflict):
        services.begin_run(
            by=cast.clerk, township=cast.township, way="http", who="waiting", source="公安局", reason="再次发起"
        )
    police.asked.clear()
    job = called(services.call_police(by=cast.clerk, run=run))
    assert (job.state, [[one["number"] for one in batch] for batch in police.asked]) == ("done", [[3]])


@pytest.mark.req("REG-4")
def test_whom_the_register_passes_over_waits_and_holds_up_nobody(police: Register) -> None:
    some = people(4)
    police.replies = [lambda asked_: (200, {"results": [{"number": 2, "outcome": "dead", "died_on": "2026-01-05"}]})]
    run = asked(some, way="http")
    job = called(run)
    assert (job.state, "1 人没有返回" in job.error) == ("failed", True)
    assert dict(run.checks.values_list("number", "outcome")) == {1: "", 2: "dead", 3: "match", 4: "match"}
    assert called(services.call_police(by=cast.clerk, run=run)).state == "done"


def test_without_an_address_people_are_compared_by_files(db: None) -> None:
    assert not connector.configured()
    assert settings.PORTAL_POLICE["url"] == ""
    some = people(1)
    with pytest.raises(Conflict, match="文件交换"):
        asked(some, way="http")
