from audit.services.deciding import decide_step
from audit.services.ending import end_access, expire, revoke_access, withdraw_request
from audit.services.fetching import Fetched, count_call, fetch, issue_token
from audit.services.requesting import Connection, DataScope, OutsideUnit, file_request

__all__ = [
    "Connection",
    "DataScope",
    "Fetched",
    "OutsideUnit",
    "count_call",
    "decide_step",
    "end_access",
    "expire",
    "fetch",
    "file_request",
    "issue_token",
    "revoke_access",
    "withdraw_request",
]
