"""Ways out of the county for messages: into files by default, to a gateway by HTTP where `PORTAL_SMS_URL` names one."""

import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from rulebook import clock

TIMEOUT_SECONDS = 10
OUTBOX = "outbox/sms"


@dataclass(frozen=True)
class Message:
    """A message in clear, on its way out; never kept, never logged."""

    id: int
    key: str
    kind: str
    phone: str
    text: str


class GatewayError(Exception):
    """A message did not go, or nobody knows whether it went; `why` is a word without personal data."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.why = why
        self.again = again


class Gateway(Protocol):
    def send(self, message: Message) -> None: ...


def _body(message: Message) -> bytes:
    line = {"id": message.key, "kind": message.kind, "phone": message.phone, "text": message.text}
    return json.dumps(line, ensure_ascii=False).encode()


class FileGateway:
    """One line of JSON a message, in a file of its own under the day: somebody else's sender takes them from there."""

    def send(self, message: Message) -> None:
        name = f"{OUTBOX}/{clock.today():%Y%m%d}/{message.id}-{uuid.uuid4().hex[:8]}.jsonl"
        try:
            default_storage.save(name, ContentFile(_body(message) + b"\n"))
        except OSError as error:
            raise GatewayError("storage", again=True) from error


class HttpGateway:
    """POSTs a message as JSON, with its key as `Idempotency-Key`, so that a second try is not a second message."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise ValueError("PORTAL_SMS_URL begins with https:// or http://")
        self.url = url

    def send(self, message: Message) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": message.key}
        request = urllib.request.Request(self.url, data=_body(message), headers=headers, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - the scheme is checked above
                return
        except urllib.error.HTTPError as error:
            # What the gateway refuses for its content it refuses again; what it cannot do now it may do later.
            raise GatewayError(f"http {error.code}", again=error.code >= 500 or error.code in (408, 429)) from None
        except (TimeoutError, OSError):
            raise GatewayError("unreachable", again=True) from None


def gateway() -> Gateway:
    url: str = getattr(settings, "PORTAL_SMS_URL", "")
    return HttpGateway(url) if url else FileGateway()
