"""The one place where personal data is masked: who sees how much of a name, number, telephone or address.

Publication removes what identifies more than its purpose needs (个人信息保护法 第六条；国办
《2018 年政务公开工作要点》 on de-identification). What an audience may not see at all comes back as an empty string.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from lib.text import INTERPUNCT


class Audience(StrEnum):
    """Who looks: the internet, the village notice board, an officer's list, or the person concerned."""

    PUBLIC = "public"
    BOARD = "board"
    LIST = "list"
    OWNER = "owner"


_WHOLE_ID = 18
_TOWN = r".*?(?:镇|乡|街道|苏木|农场|林场|牧场)"
_VILLAGE = r".+?(?:(?:村|社区|嘎查)(?:村民委员会|居民委员会|民委员会|委员会|村?委会|居委会)?|居民委员会|居委会)"
_GROUP = r"第?[0-9零一二三四五六七八九十百]{1,4}(?:村民|居民)?小?[组社队]"
_TO_TOWN = re.compile(rf"^{_TOWN}")
_TO_VILLAGE = re.compile(rf"^(?:{_TOWN})?{_VILLAGE}")
_TO_GROUP = re.compile(rf"^(?:{_TOWN})?{_VILLAGE}(?:{_GROUP})?")


def name(value: str, audience: Audience = Audience.PUBLIC) -> str:
    """Return a person's name. Public: 张*, 张*明, 欧**明, 阿·*; the board, lists and the owner see it in full."""
    if audience is not Audience.PUBLIC or not value:
        return value
    if INTERPUNCT in value:
        return f"{value[0]}{INTERPUNCT}*"
    if len(value) <= 2:
        return value[0] + "*"
    return value[0] + "*" * (len(value) - 2) + value[-1]


def id_number(value: str, audience: Audience = Audience.PUBLIC) -> str:
    """Return an identity number. Public and board: nothing; lists and the owner: first three, last four."""
    if audience in (Audience.PUBLIC, Audience.BOARD) or not value:
        return ""
    if len(value) < 12:
        return "*" * len(value)
    return value[:3] + "*" * (len(value) - 7) + value[-4:]


def id_numbers(values: Iterable[str], audience: Audience) -> list[str]:
    """Return many identity numbers as ``id_number`` does."""
    if audience in (Audience.PUBLIC, Audience.BOARD):
        return ["" for _ in values]
    return [
        f"{value[:3]}***********{value[-4:]}" if len(value) == _WHOLE_ID else id_number(value, audience)
        for value in values
    ]


def id_tail(tail4: str, audience: Audience = Audience.LIST) -> str:
    """Return an identity number of which only the last four characters are at hand: ``**************1234``."""
    if audience in (Audience.PUBLIC, Audience.BOARD) or not tail4:
        return ""
    return "*" * 14 + tail4[-4:]


def account(value: str, audience: Audience = Audience.PUBLIC) -> str:
    """Return an account number. Public and board: nothing; lists and the owner: ``****`` and the last four."""
    if not value:
        return ""
    return account_tail(value[-4:] if len(value) >= 8 else "", audience)


def account_tail(tail4: str, audience: Audience = Audience.OWNER) -> str:
    """Return an account of which only the last four digits are at hand: ``****1234``."""
    if audience in (Audience.PUBLIC, Audience.BOARD):
        return ""
    return "****" + tail4[-4:]


def account_tails(tails: Iterable[str | None], audience: Audience) -> list[str]:
    """Return many accounts as ``account_tail`` does; empty where there is none."""
    if audience in (Audience.PUBLIC, Audience.BOARD):
        return ["" for _ in tails]
    return [f"****{tail[-4:]}" if tail else "" for tail in tails]


def phone(value: str, audience: Audience = Audience.PUBLIC) -> str:
    """Return a telephone number: ``138****1234``; a landline keeps area code and last two; the board shows none."""
    if audience is Audience.BOARD or not value:
        return ""
    if "-" in value:
        area, _, rest = value.partition("-")
        return f"{area}-{'*' * max(len(rest) - 2, 0)}{rest[-2:]}"
    if len(value) < 8:
        return "*" * len(value)
    return value[:3] + "*" * (len(value) - 7) + value[-4:]


def address(value: str, audience: Audience = Audience.PUBLIC) -> str:
    """Return an address. Public: down to the village; board and lists: to the villagers' group; owner: in full.

    Where the village cannot be recognised it ends at the township, and without one nothing is shown.
    """
    if audience is Audience.OWNER:
        return value
    pattern = _TO_VILLAGE if audience is Audience.PUBLIC else _TO_GROUP
    found = pattern.match(value) or _TO_TOWN.match(value)
    return found[0] if found else ""
