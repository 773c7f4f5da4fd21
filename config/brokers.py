"""One `REDIS_URL`, spelled as each library wants it. The queue and the cache never share a numbered database,
because clearing the cache empties its database."""

from urllib.parse import parse_qs, urlsplit, urlunsplit

SOCKET_SCHEMES = frozenset({"unix", "redis+socket"})


def _socket(url: str) -> tuple[str, int] | None:
    """Path and number, when the address is a Unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in SOCKET_SCHEMES:
        return None
    query = parse_qs(parts.query)
    number = (query.get("db") or query.get("virtual_host") or ["0"])[0]
    return parts.path, int(number)


def broker_url(url: str) -> str:
    """For Celery: `redis+socket:///path`, or the network address as it is."""
    found = _socket(url)
    return url if found is None else f"redis+socket://{found[0]}?virtual_host={found[1]}"


def cache_location(url: str) -> str:
    """For Django's cache: the same server, the next numbered database."""
    found = _socket(url)
    if found is not None:
        return f"unix://{found[0]}?db={found[1] + 1}"
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1
    return urlunsplit(parts._replace(path=f"/{number}"))
