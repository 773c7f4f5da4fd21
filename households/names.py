"""A few people by a part of their name: as quick in a large register as in a small one."""

from pathlib import Path

from django.db import connection

# Keys of the index of long names have so many characters and fewer.
_KEY = 3
# Nothing sorts behind it.
_LAST = "\U0010ffff"
# Who has a name that no more people of the county have is looked up by it; else the villages are read.
FEW = 500
_SQL = Path(__file__).parent / "sql"
_OF_COUNTY = (_SQL / "search_names.sql").read_text(encoding="utf-8")
_WITHIN = (_SQL / "search_names_within.sql").read_text(encoding="utf-8")


def end(part: str) -> str:
    """What lies behind all names that begin with the part, in the order of characters."""
    return part + _LAST


def keys(part: str) -> list[str]:
    """The keys that a name has which holds the part."""
    return [part[at : at + _KEY] for at in range(max(1, len(part) - _KEY + 1))]


def find(part: str, code: str, villages: list[int] | None, most: int) -> list[int]:
    """So many people of these villages (None: of the county) whose name holds the part, or whose household's code
    begins so."""
    if villages == []:
        return []
    given = {
        "part": part,
        "end": end(part),
        "keys": keys(part),
        "code": connection.ops.prep_for_like_query(code) + "%",
        "villages": villages,
        "few": FEW,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_COUNTY if villages is None else _WITHIN, given)
        return [pk for (pk,) in cursor.fetchall()]
