"""The digits of a look-up code: derived with the portal's key, so that they are stored nowhere."""

from datetime import datetime

from lib import crypto
from rulebook.clock import SHANGHAI

DIGITS = 6


def code_of(person_id: int, made_at: datetime) -> str:
    """Six digits that only the portal can derive, for a code made for this person at this moment."""
    seed = crypto.digest("lookup", f"{person_id}:{made_at.astimezone(SHANGHAI).isoformat()}")
    return f"{int.from_bytes(seed[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def digest_of(person_id: int, code: str) -> bytes:
    return crypto.digest("code", f"{person_id}:{code}")
