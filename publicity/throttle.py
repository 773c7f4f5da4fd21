"""How often one client, or one thing, may ask: counted in the cache, in real time.

Keys are digested, so that neither an address nor a number of a person lies in the cache. A cache that is emptied
forgets the counts and nothing else.
"""

from django.core.cache import cache

from accounts.throttle import client_address as client_of
from lib import crypto
from lib.errors import Refusal

__all__ = ["TooOften", "client_of", "count"]


class TooOften(Refusal):
    """The same answer whoever asks too often, and for whatever (429)."""

    http_status = 429
    default_code = "too_often"
    default_message = "操作太频繁，请过一会儿再试。急需办理的，请拨打监督电话。"


def count(name: str, what: str, *, most: int, seconds: int, message: str | None = None) -> None:
    """Counts one more `name` for `what`, and refuses when there were already `most` within `seconds`."""
    key = f"throttle:{name}:{crypto.digest('throttle', what).hex()}"
    cache.add(key, 0, timeout=seconds)
    try:
        used = cache.incr(key)
    except ValueError:  # it ran out between the two lines
        cache.set(key, 1, timeout=seconds)
        used = 1
    if used > most:
        raise TooOften(message)
