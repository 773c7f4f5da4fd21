"""One `REDIS_URL`, spelled as each library wants it."""

from urllib.parse import urlsplit

SOCKET_SCHEMES = frozenset({"unix", "redis+socket", "valkey+socket"})


def _socket_path(url: str) -> str | None:
    parts = urlsplit(url)
    return parts.path if parts.scheme in SOCKET_SCHEMES else None


def broker_url(url: str) -> str:
    """For Celery: `redis+socket:///path`, or the network address as it is."""
    path = _socket_path(url)
    return url if path is None else f"redis+socket://{path}"


def cache_location(url: str) -> str:
    """For Django's cache and redis-py: `unix:///path`, or the network address as it is."""
    path = _socket_path(url)
    return url if path is None else f"unix://{path}"
