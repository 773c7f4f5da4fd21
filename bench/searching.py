"""What an actor does for the search: the register's own search, as the pages that look for a person ask it."""

import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from accounts.models import User
from bench.steps import user
from households.models import BankAccount, Person
from households.selectors import find_households, search
from lib import crypto

SHOWN = 20
ON_A_PAGE = 50
# Somebody who sees the county, and the clerk of a township that holds one household in 36.
OFFICER, CLERK = "officer1", "clerk02"


def _found(by: User, text: str) -> list[Any]:
    return list(search(by, text, most=SHOWN)[:SHOWN])


def _listed(by: User, text: str) -> list[Any]:
    """The register's list: how many, and the first page of them."""
    found = find_households(by, text)
    return list(found.order_by("village__code", "group", "code")[:ON_A_PAGE]) if found.count() else []


# By kind: who asks how for which texts.
KINDS: dict[str, tuple[str, Callable[[User, str], list[Any]], str]] = {
    "id": (OFFICER, _found, "id"),
    "name": (OFFICER, _found, "name"),
    "account": (OFFICER, _found, "account"),
    "name_in_township": (CLERK, _found, "name"),
    "id_in_list": (OFFICER, _listed, "id"),
}


@cache
def _wanted(count: int) -> dict[str, list[str]]:
    """People by chance, the same for the same register: their ID numbers, parts of names, accounts."""
    draw = random.Random(1)
    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    people = list(Person.objects.filter(pk__in=[draw.randrange(1, last + 1) for _ in range(count * 2)])[:count])
    cards = list(BankAccount.objects.filter(person__in=[draw.randrange(1, last + 1) for _ in range(count * 4)])[:count])
    return {
        "id": [crypto.decrypt(person.id_cipher) for person in people],
        # The given name as people type it: the surname left out.
        "name": [person.name[1:] or person.name for person in people],
        "account": [crypto.decrypt(card.number_cipher) for card in cards],
    }


def measure(*, count: int, turn: int, turns: int) -> dict[str, list[float]]:
    """Seconds of each search by kind, of every so many of the texts."""
    spent: dict[str, list[float]] = {}
    for kind, (username, ask, texts) in KINDS.items():
        by = user(username)
        ask(by, "无此人")
        times = spent[kind] = []
        for text in _wanted(count)[texts][turn::turns]:
            began = time.perf_counter()
            found = ask(by, text)
            times.append(time.perf_counter() - began)
            assert found
    return spent
