"""What tests begin with: the cast of `tests.cast`, and small states built through services.

    from tests.factories import cast, quota

    def test_something(db):
        roster = create_roster(by=cast.clerk, …)
        quota("2130122", fen=1_000_000_00)

`cast.<username>` is a fresh `User` (posts are read anew for each), `cast.township` 音德尔镇, `cast.township2` 新林镇,
`cast.villages` those of the first. `policy(code)`: 2130122 耕地地力保护补贴 (household, 亩), 2080502 高龄津贴 (person,
月),
2081902 农村低保 (household, 人), …; `at("2026-05-11T23:59")` moves the practice clock forward to that Shanghai time.
"""

import functools
import itertools
from copy import copy
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts.models import Division, Organisation, User
from lib.identifiers import luhn_check_digit, make_id_number
from rulebook import clock
from subsidies.models import Policy, Quota, Standard
from subsidies.services import open_quota
from tests.cast_data import PASSWORD, PEOPLE

__all__ = ["PASSWORD", "account_number", "at", "cast", "id_number", "policy", "quota", "standard"]

_numbers = itertools.count(1)


class Cast:
    """The people and places of the template county."""

    def __getattr__(self, username: str) -> User:
        if username not in PEOPLE:
            raise AttributeError(username)
        return User.objects.select_related("person").get(username=username)

    def organisation(self, code: str) -> Organisation:
        return Organisation.objects.get(code=code)

    @property
    def township(self) -> Division:
        return copy(_division(connection.settings_dict["NAME"], "152223100000"))

    @property
    def township2(self) -> Division:
        return copy(_division(connection.settings_dict["NAME"], "152223101000"))

    @property
    def villages(self) -> list[Division]:
        return list(self.township.children.order_by("code"))

    @property
    def villages2(self) -> list[Division]:
        return list(self.township2.children.order_by("code"))


@functools.cache
def _division(database: str, code: str) -> Division:
    """A township of the template's, asked for once in each database: no test changes them."""
    return Division.objects.get(code=code)


cast = Cast()


def id_number(*, birth: date = date(1970, 5, 1), sequence: int | None = None) -> str:
    """A valid ID number with the prefix 159999, which was never assigned; a new one at each call."""
    return make_id_number("159999", birth, next(_numbers) % 1000 if sequence is None else sequence)


def account_number(number: int | None = None) -> str:
    """A 19-digit card number that passes Luhn; a new one at each call."""
    body = f"629999{(next(_numbers) if number is None else number):012d}"
    return body + str(luhn_check_digit(body))


def policy(code: str = "2130122") -> Policy:
    return Policy.objects.get(code=code)


def standard(code: str = "2130122", tier: str | None = None) -> Standard:
    tiers = Standard.objects.filter(version__policy__code=code).order_by("-version__number", "code")
    return tiers.get(code=tier) if tier else tiers[0]


def quota(code: str = "2130122", *, fen: int = 10_000_000_00, **more: Any) -> Quota:
    """A quota of 2026 for a policy, ten million yuan if left out, entered by the finance officer."""
    number = more.pop("document_number", f"扎财农〔2026〕{next(_numbers)}号")
    given = {"year": 2026, "level": Quota.Level.CENTRAL, **more}
    return open_quota(by=cast.officer, policy=policy(code), document_number=number, amount_fen=fen, **given)


def at(moment: str) -> datetime:
    """Moves the practice clock forward to a Shanghai time such as "2026-05-11T23:59"."""
    return clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI), by=None)
