"""The county's connection to the police register by HTTP, where `PORTAL_POLICE_URL` names one (docs/operations.md).

A request is JSON, signed: HMAC-SHA256 with the shared secret over time, nonce and the body's SHA-256, so that nobody on
the way can ask or alter. An answer is taken only if it is exactly about those who were asked about.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import urllib3
from django.conf import settings

from households.models import IdentityCheck
from households.verification.answering import Answer

CONNECT_SECONDS = 5.0
# An answer about so many people is some 20 KB; what is larger is not one.
MOST_BYTES = 4 * 2**20
_OUTCOMES, _ITEMS = frozenset(IdentityCheck.Outcome.values), frozenset(IdentityCheck.Item.values)


class PoliceError(Exception):
    """The register did not answer usefully. `again`: it may do so later."""

    def __init__(self, what: str, *, again: bool) -> None:
        super().__init__(what)
        self.what, self.again = what, again


@dataclass(frozen=True)
class Asked:
    """One person as the police register is asked."""

    number: int
    name: str
    id_number: str


def configured() -> bool:
    return bool(settings.PORTAL_POLICE["url"])


class Police:
    """Asks about some people at a time."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.config = config or settings.PORTAL_POLICE
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=self.config["timeout"])
        # No redirects: numbers of people go where the county said and nowhere else. Trying again is the job's business.
        self.pool = urllib3.PoolManager(timeout=timeout, retries=False, ca_certs=self.config["ca"] or None)

    def ask(self, run: int, people: Sequence[Asked]) -> list[Answer]:
        """The answers to what was asked, perhaps not all of them; raises `PoliceError`."""
        body = json.dumps(
            {
                "run": run,
                "people": [{"number": p.number, "name": p.name, "id_number": p.id_number} for p in people],
            },
            ensure_ascii=False,
        ).encode()
        try:
            response = self.pool.request(
                "POST", self.config["url"], body=body, headers=self._signed(body), preload_content=False
            )
            try:
                data = self._read(response)
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError:
            raise PoliceError("没有应答", again=True) from None
        if response.status != 200:
            raise PoliceError(
                f"应答 HTTP {response.status}", again=response.status >= 500 or response.status in (408, 425, 429)
            )
        return _answers(data, {person.number for person in people})

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body, unless it takes longer or is larger than any answer should be."""
        data, until = b"", time.monotonic() + self.config["timeout"]
        for part in response.stream(64 * 1024):
            data += part
            if len(data) > MOST_BYTES or time.monotonic() > until:
                raise PoliceError("应答过长或过慢", again=True)
        return data

    def _signed(self, body: bytes) -> dict[str, str]:
        moment, nonce = str(int(datetime.now(UTC).timestamp())), secrets.token_hex(16)
        told = "\n".join((moment, nonce, hashlib.sha256(body).hexdigest()))
        signature = hmac.new(self.config["secret"].encode(), told.encode(), hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Portal-Key": self.config["key"],
            "X-Portal-Time": moment,
            "X-Portal-Nonce": nonce,
            "X-Portal-Signature": signature,
        }


def _answers(data: bytes, asked: set[int]) -> list[Answer]:
    """What an answer says; one that is not wholly understood is not believed in part."""
    try:
        rows = json.loads(data)["results"]
        found = [_answer(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise PoliceError("应答的内容不合约定", again=True) from None
    numbers = [one.number for one in found]
    if len(set(numbers)) < len(numbers) or not asked.issuperset(numbers):
        raise PoliceError("应答中有没有询问的人或重复的人", again=True)
    return found


def _answer(row: Any) -> Answer:
    number, outcome, items = row["number"], row["outcome"], row.get("items") or []
    died_on = date.fromisoformat(row["died_on"]) if row.get("died_on") else None
    gone = outcome in IdentityCheck.GONE
    if type(number) is not int or outcome not in _OUTCOMES or not _ITEMS.issuperset(items):
        raise ValueError
    if (items and outcome != IdentityCheck.Outcome.MISMATCH) or (died_on and not gone):
        raise ValueError
    return Answer(number, outcome, tuple(sorted(set(items))), died_on)
