"""Requests that another system signs: over method, address, content, time and a number that is used once.

    Authorization: PORTAL-HMAC-SHA256 key=SK…, time=1767225600, nonce=…, signature=…

The signature is HMAC-SHA256 in hex, with the secret's text as its key, over these five lines joined by line feeds: the
method, the address from its first slash with what follows a question mark, the SHA-256 of the body in hex, the time in
seconds since 1970, the nonce. Time is real time: a practice clock does not move it.
"""

import hashlib
import hmac
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import IntegrityError, transaction
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.throttle import client_address
from lib import crypto
from lib.errors import Forbidden, Refusal
from rosters.supplies.keys import secret_of
from rosters.supplies.models import SupplyKey, SupplyNonce
from rulebook import clock

SCHEME = "PORTAL-HMAC-SHA256"
# How far the clocks of two systems may differ.
SECONDS = 300
MOST_GUESSES, GUESS_SECONDS = 30, 600
_PART = re.compile(r"(key|time|nonce|signature)=([A-Za-z0-9_-]{1,128})\Z")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")


class Unsigned(Refusal):
    """No signature, or none that is ours (401)."""

    http_status = 401
    default_code = "not_signed_in"
    default_message = "请按接口说明签名：请求头 Authorization 以 PORTAL-HMAC-SHA256 开头。"


class TooManyGuesses(Refusal):
    http_status = 429
    default_code = "too_often"
    default_message = "签名错误的请求太多，请十分钟后再试，并核对密钥和签名方法。"


def signature(secret: str, *, method: str, path: str, body: bytes, at: int, nonce: str) -> str:
    """What both sides compute."""
    lines = "\n".join([method, path, hashlib.sha256(body).hexdigest(), str(at), nonce])
    return hmac.new(secret.encode(), lines.encode(), hashlib.sha256).hexdigest()


class SignedRequest(BaseAuthentication):
    """Lets in a system whose living key signed exactly this request, just now, for the first time."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, SupplyKey]:
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if scheme != SCHEME:
            if request._request.user.is_authenticated:
                raise Forbidden("这个接口供对接系统签名调用，工作人员请在页面上办理。", code="supplies.key_needed")
            raise Unsigned
        address = client_address(request._request)
        _refuse_guesser(address)
        try:
            key = _signed(request, _parts(rest))
        except Unsigned:
            _count_guess(address)
            raise
        SupplyKey.objects.filter(pk=key.pk).update(last_used_at=clock.now())
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


def _parts(text: str) -> dict[str, str]:
    parts = [_PART.match(part) for part in re.split(r",\s*", text.strip())]
    found = {match[1]: match[2] for match in parts if match}
    if found.keys() != {"key", "time", "nonce", "signature"}:
        raise Unsigned("签名请求头应有 key、time、nonce、signature 四项，用逗号分开。")
    return found


def _signed(request: Request, parts: dict[str, str]) -> SupplyKey:
    wrong = "签名不对。请核对密钥，以及方法、地址、内容摘要、时间、nonce 五行的写法。"
    key = SupplyKey.objects.select_related("organisation").filter(public_id=parts["key"]).first()
    at = int(parts["time"]) if parts["time"].isascii() and parts["time"].isdigit() and len(parts["time"]) < 12 else 0
    http = request._request
    expected = signature(
        secret_of(key) if key else "",
        method=http.method or "",
        path=http.get_full_path(),
        body=http.body,
        at=at,
        nonce=parts["nonce"],
    )
    if not hmac.compare_digest(expected.encode(), parts["signature"].lower().encode()) or key is None:
        raise Unsigned(wrong)
    if abs(time.time() - at) > SECONDS:
        raise Unsigned(f"签名的时间与本系统相差超过{SECONDS // 60}分钟，请校准时钟后重新签名。", code="supplies.time")
    if not _NONCE.match(parts["nonce"]):
        raise Unsigned("nonce 应为16至64位的字母、数字、下划线或短横线。", code="supplies.nonce")
    _refuse_closed(key)
    _first_time(key, parts["nonce"], at)
    return key


def _refuse_closed(key: SupplyKey) -> None:
    if key.state != SupplyKey.State.LIVING or key.shown_at is None:
        raise Forbidden(
            f"密钥{key.get_state_display()}，不能使用。", code="supplies.key_closed", rule="access.connection"
        )
    if key.expires_on < clock.today():
        raise Forbidden("密钥已过有效期，请重新申请。", code="supplies.key_expired", rule="access.connection")


def _first_time(key: SupplyKey, nonce: str, at: int) -> None:
    """Keeps the nonce as long as its time would be taken; older ones go."""
    signed_at = datetime.fromtimestamp(at, UTC)
    SupplyNonce.objects.filter(signed_at__lt=datetime.now(UTC) - timedelta(seconds=2 * SECONDS)).delete()
    try:
        with transaction.atomic():
            SupplyNonce.objects.create(key=key, nonce=nonce, signed_at=signed_at)
    except IntegrityError:
        raise Unsigned(
            "这个请求已经收到过（nonce 重复）。重试请用新的 nonce 重新签名。", code="supplies.replay"
        ) from None


def _guess_key(address: str) -> str:
    return f"supply-guess:{crypto.digest('address', address).hex()}"


def _refuse_guesser(address: str) -> None:
    if cache.get(_guess_key(address), 0) >= MOST_GUESSES:
        raise TooManyGuesses


def _count_guess(address: str) -> None:
    name = _guess_key(address)
    cache.add(name, 0, GUESS_SECONDS)
    try:
        cache.incr(name)
    except ValueError:  # it ran out between the two commands
        cache.set(name, 1, GUESS_SECONDS)


class HasKey(BasePermission):
    """Nobody comes in but by a signed request."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, SupplyKey)


class KeyThrottle(SimpleRateThrottle):
    """So many requests of one key a minute."""

    scope = "supplies"
    rate = "60/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}


class SignedScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "rosters.supplies.signing.SignedRequest"
    name = "signedRequest"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"{SCHEME} key=…, time=…, nonce=…, signature=…（签名方法见运行手册）",
        }
