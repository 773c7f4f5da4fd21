"""Failed sign-ins within ten minutes close a username after five, an address after thirty, for ten minutes (ACL-5).

Counted in the cache and in real time; a practice clock does not shorten the wait. Names that do not exist are counted
like those that do, so that nobody learns which ones there are.
"""

import math
import time
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from lib import crypto

MOST_FAILURES = 5
# A whole township office comes from one address: some forget, and must not shut out the others.
MOST_FROM_ADDRESS = 30
SECONDS = 600
SHANGHAI = ZoneInfo("Asia/Shanghai")


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: beyond as many proxies as this installation says it stands behind."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.PORTAL_TRUSTED_PROXIES
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return named[-proxies] if 0 < proxies <= len(named) else direct


@dataclass(frozen=True)
class Attempt:
    """One try to sign in, by digests of who is named and from where: neither stands in the cache in clear."""

    username: str
    address: str

    @property
    def keys(self) -> list[str]:
        spelled = self.username.strip().casefold()
        return [
            f"sign-in:name:{crypto.digest('username', spelled).hex()}",
            f"sign-in:address:{crypto.digest('address', self.address).hex()}",
        ]

    def closed_until(self) -> float | None:
        """Seconds since the epoch until which no try is taken, or None."""
        found = cache.get_many([f"{key}:closed" for key in self.keys])
        return max(found.values(), default=None)

    def count_failure(self) -> None:
        for key, most in zip(self.keys, (MOST_FAILURES, MOST_FROM_ADDRESS), strict=True):
            cache.add(key, 0, SECONDS)
            try:
                failures = cache.incr(key)
            except ValueError:  # it ran out between the two commands
                cache.set(key, 1, SECONDS)
                continue
            if failures >= most:
                cache.set(f"{key}:closed", time.time() + SECONDS, SECONDS)
                cache.delete(key)

    def forget(self) -> None:
        """A success clears the name's count; the address keeps its own, so that one's own name opens no other."""
        cache.delete(self.keys[0])


def words(until: float) -> str:
    minutes = max(1, math.ceil((until - time.time()) / 60))
    moment = datetime.fromtimestamp(until, SHANGHAI)
    return f"登录失败次数过多，已暂停登录。请在{minutes}分钟后（{moment:%H:%M}以后）再试，或联系本单位系统管理员。"
