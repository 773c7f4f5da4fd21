"""Messages: written with the change, sent after it, tried again, never sent twice at once (PUB-8)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import override_settings

from publicity import services
from publicity.models import SmsMessage
from publicity.services import sms
from tests.databases import Database
from tests.factories import cast, id_number
from tests.factories_households import household
from tests.factories_publicity import head_of, reachable_home

PHONE = "13800138000"
TEXT = "您的补贴已发放"


def outbox() -> list[dict[str, Any]]:
    """Everything that the file connector has written."""
    found: list[dict[str, Any]] = []
    try:
        days, _ = default_storage.listdir("outbox/sms")
    except FileNotFoundError:
        return found
    for day in days:
        for name in sorted(default_storage.listdir(f"outbox/sms/{day}")[1]):
            with default_storage.open(f"outbox/sms/{day}/{name}") as handle:
                found += [json.loads(line) for line in handle.read().decode().splitlines()]
    return found


def queued(key: str = "k1", **more: Any) -> SmsMessage:
    message = services.queue_sms(kind="paid", phone=PHONE, text=TEXT, key=key, **more)
    assert message is not None
    return message


class Gateway:
    """A gateway on this machine that answers as told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[str, dict[str, Any]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.headers["Idempotency-Key"], json.loads(body)))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    with override_settings(PORTAL_SMS_URL=made.url):
        yield made
    made.server.shutdown()
    made.server.server_close()


def due_again(message: SmsMessage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE publicity_smsmessage SET retry_after = clock_timestamp() WHERE id = %s", [message.pk])


@pytest.mark.req("PUB-8")
def test_a_message_is_sent_by_file_and_says_so(db: None) -> None:
    message = queued("by-file")
    assert sms.send(message.pk) == SmsMessage.State.SENT
    assert [line for line in outbox() if line["id"] == "by-file"] == [
        {"id": "by-file", "kind": "paid", "phone": PHONE, "text": TEXT}
    ]
    message.refresh_from_db()
    assert (message.state, message.attempts, message.retry_after) == ("sent", 1, None)
    assert message.sent_at is not None


@pytest.mark.req("PUB-8", "ACL-6")
def test_number_and_text_lie_encrypted(db: None) -> None:
    message = queued()
    assert PHONE.encode() not in bytes(message.phone_cipher)
    assert TEXT.encode() not in bytes(message.text_cipher)


def test_a_key_makes_one_message(db: None) -> None:
    assert queued().pk == queued().pk
    assert SmsMessage.objects.count() == 1


def test_a_person_gets_it_on_the_registered_telephone(db: None) -> None:
    person = head_of(reachable_home(cast.villages[0], "甲一", id_number()))
    message = services.queue_sms(kind="paid", person=person, text=TEXT, key="p")
    assert message is not None
    assert bytes(message.phone_cipher) == bytes(person.phone_cipher or b"")


def test_a_person_without_telephone_gets_none(db: None) -> None:
    assert services.queue_sms(kind="paid", person=head_of(household()), text=TEXT, key="p") is None


def test_a_message_of_a_change_that_is_rolled_back_is_never_sent(committed_db: Database) -> None:
    @transaction.atomic
    def fail() -> None:
        queued()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not SmsMessage.objects.exists()


def test_a_message_is_rung_for_after_the_commit_and_a_dead_broker_is_no_loss(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []

    def dead(message_id: int) -> None:
        rung.append(message_id)
        raise ConnectionError

    monkeypatch.setattr(sms, "_bell", [dead])
    with transaction.atomic():
        message = queued()
        assert rung == []
    assert rung == [message.pk]
    assert sms.waiting() == [message.pk]


@pytest.mark.req("PUB-8")
def test_a_gateway_gets_the_message_with_its_key(db: None, gateway: Gateway) -> None:
    assert sms.send(queued().pk) == SmsMessage.State.SENT
    assert gateway.got == [("k1", {"id": "k1", "kind": "paid", "phone": PHONE, "text": TEXT})]


@pytest.mark.req("PUB-8")
def test_a_gateway_in_trouble_is_asked_again_later(db: None, gateway: Gateway) -> None:
    gateway.answers = [503]
    message = queued()
    assert sms.send(message.pk) == SmsMessage.State.FAILED
    message.refresh_from_db()
    assert message.retry_after is not None
    assert sms.waiting() == []
    assert sms.send(message.pk) is None
    due_again(message)
    assert sms.waiting() == [message.pk]
    assert sms.send(message.pk) == SmsMessage.State.SENT


def test_what_a_gateway_refuses_is_not_tried_again(db: None, gateway: Gateway) -> None:
    gateway.answers = [400]
    message = queued()
    assert sms.send(message.pk) == SmsMessage.State.FAILED
    message.refresh_from_db()
    assert message.retry_after is None
    assert sms.waiting() == []


def test_a_gateway_out_of_reach_is_given_up_after_five_tries(db: None) -> None:
    message = queued()
    with override_settings(PORTAL_SMS_URL="http://127.0.0.1:9/sms"):
        for _ in range(4):
            assert sms.send(message.pk) == SmsMessage.State.FAILED
            due_again(message)
        assert sms.send(message.pk) == SmsMessage.State.FAILED
    message.refresh_from_db()
    assert (message.attempts, message.retry_after) == (5, None)
    assert sms.waiting() == []


def test_two_senders_send_one_message_once(committed_db: Database, gateway: Gateway) -> None:
    message = queued()
    outcomes: list[str | None] = []

    def send() -> None:
        try:
            outcomes.append(sms.send(message.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(outcome) for outcome in outcomes) == ["None", "None", "None", "sent"]
    assert len(gateway.got) == 1


def test_a_sender_that_died_leaves_the_message_to_the_next(db: None) -> None:
    message = queued()
    assert sms._take(message.pk) is not None
    assert sms.waiting() == []
    due_again(message)
    assert sms.waiting() == [message.pk]
    assert sms.send(message.pk) == SmsMessage.State.SENT
