"""Messages to villagers (PUB-8): an outbox row is written with the business change and sent after it.

A sender takes a row by a lease in real time, so that two senders never send the same message at once. What the gateway
refused, or did not answer in time, is `failed` with the moment of the next try; after the last try it stays so.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.trail import record
from households.models import Person
from lib import crypto
from lib.identifiers import check_phone
from publicity.connectors import GatewayError, Message, gateway
from publicity.models import LookupCode, SmsMessage
from publicity.services.codes import code_of
from rulebook import clock

logger = logging.getLogger(__name__)

LOOKUP = "lookup_code"
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
_bell: list[Callable[[int], None]] = []


def on_bell(ring: Callable[[int], None]) -> None:
    """Registers what tells a worker that a message waits (`publicity.tasks` rings Celery)."""
    _bell.append(ring)


def queue_sms(
    *, kind: str, text: str, key: str, person: Person | None = None, phone: str | None = None
) -> SmsMessage | None:
    """Writes a message in the caller's transaction, once for `key`; it is sent when that has committed.

    To a person (the registered telephone, copied without being decrypted) or to a number. None when the person has no
    telephone. A text is never logged, and `{code}` in a look-up message is filled in only when it is sent.
    """
    if (person is None) == (phone is None):
        raise ValueError("a message goes to a person or to a number")
    cipher = person.phone_cipher if person else crypto.encrypt(check_phone(phone or ""))
    if cipher is None:
        return None
    message, made = SmsMessage.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "person": person,
            "phone_cipher": bytes(cipher),
            "text_cipher": crypto.encrypt(text),
            "made_at": clock.now(),
        },
    )
    if made:
        transaction.on_commit(lambda: ring(message.pk))
    return message


def ring(message_id: int) -> None:
    """Tells a worker. A bell that fails is no loss: the sweep rings again."""
    for bell in _bell:
        try:
            bell(message_id)
        except Exception:
            logger.warning("the broker did not take message %s; the sweep will ring again", message_id)


def waiting(*, most: int = 500) -> list[int]:
    """Messages to send now: never tried, left by a sender that died, or due for another try."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM publicity_smsmessage
                WHERE (state = 'waiting' AND (retry_after IS NULL OR retry_after <= clock_timestamp()))
                   OR (state = 'failed' AND retry_after <= clock_timestamp())
                ORDER BY id LIMIT %s""",
            [most],
        )
        return [row[0] for row in cursor.fetchall()]


def _take(message_id: int) -> SmsMessage | None:
    """Takes a message by lease, or None: another sender has it, or it has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE publicity_smsmessage
                  SET state = 'waiting', attempts = attempts + 1, retry_after = clock_timestamp() + %s::interval
                WHERE id = %s AND ((state = 'waiting' AND (retry_after IS NULL OR retry_after <= clock_timestamp()))
                                   OR (state = 'failed' AND retry_after <= clock_timestamp()))
            RETURNING id""",
            [f"{LEASE.total_seconds()} seconds", message_id],
        )
        taken = cursor.fetchone()
    return SmsMessage.objects.get(pk=message_id) if taken else None


def send(message_id: int) -> SmsMessage.State | None:
    """Sends one message to its end: sent, or failed with or without another try. Call it outside transactions."""
    message = _take(message_id)
    if message is None:
        return None
    text = _text_of(message)
    if text is None:
        return _failed(message, again=False, why="expired")
    try:
        gateway().send(Message(message.pk, message.key, message.kind, crypto.decrypt(message.phone_cipher), text))
    except GatewayError as error:
        return _failed(message, again=error.again, why=error.why)
    return _sent(message)


def _text_of(message: SmsMessage) -> str | None:
    """The text to send; None when it holds a code that no longer opens anything."""
    text = crypto.decrypt(message.text_cipher)
    if message.kind != LOOKUP:
        return text
    code = LookupCode.objects.filter(pk=message.key.partition(":")[2]).first()
    if code is None or code.used_at is not None or code.expires_at <= clock.now():
        return None
    return text.replace("{code}", code_of(code.person_id, code.made_at))


@transaction.atomic
def _sent(message: SmsMessage) -> SmsMessage.State:
    SmsMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(
        state=SmsMessage.State.SENT, sent_at=clock.now(), retry_after=None
    )
    record(by=None, verb="sms.sent", subject=message, facts={"kind": message.kind, "attempt": message.attempts})
    return SmsMessage.State.SENT


@transaction.atomic
def _failed(message: SmsMessage, *, again: bool, why: str) -> SmsMessage.State:
    more = again and message.attempts < MOST_ATTEMPTS
    wait = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    SmsMessage.objects.filter(pk=message.pk, attempts=message.attempts).exclude(state=SmsMessage.State.SENT).update(
        state=SmsMessage.State.FAILED, retry_after=Now() + wait if more else None
    )
    facts = {"kind": message.kind, "attempt": message.attempts, "why": why, "again": more}
    record(by=None, verb="sms.failed", subject=message, facts=facts)
    return SmsMessage.State.FAILED
