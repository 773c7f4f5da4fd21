"""What every process of a run has to itself, when a whole run is shared out over several (`-n`).

Loaded with `-p`, before Django reads its settings. Databases are named after their process anyway; here each gets its
own numbers of the run's Valkey and its own place for stored files.
"""

import os
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Two for a process itself (queue and cache), two for the portal that its journeys start.
NUMBERS_EACH = 4


def further(url: str, by: int) -> str:
    """The same Valkey, a numbered database so many further on."""
    parts = urlsplit(url)
    if parts.scheme in {"unix", "redis+socket"}:
        query = dict(parse_qsl(parts.query))
        number = int(query.pop("db", None) or query.pop("virtual_host", None) or 0)
        return urlunsplit(parts._replace(query=urlencode({**query, "db": number + by})))
    return urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + by}"))


def run_id() -> str:
    """The same in every process of one run."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())


def _keep_to_own(worker: str) -> None:
    os.environ["REDIS_URL"] = further(os.environ["REDIS_URL"], int(worker.removeprefix("gw")) * NUMBERS_EACH)
    os.environ["PORTAL_MEDIA"] = os.path.join(os.environ["PORTAL_MEDIA"], worker)


if "PYTEST_XDIST_WORKER" in os.environ:
    _keep_to_own(os.environ["PYTEST_XDIST_WORKER"])
