"""What an actor does for the search: the register's own search, as the pages that look for a person ask it."""

import random
import time

from bench.steps import user
from households.models import BankAccount, Person
from households.selectors import search
from lib import crypto

SHOWN = 20


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


def measure(*, username: str, count: int) -> dict[str, list[float]]:
    """Seconds of each search by kind; the first of a kind is not counted."""
    by = user(username)
    spent: dict[str, list[float]] = {}
    for kind, texts in _wanted(count + 1).items():
        times = spent[kind] = []
        for text in texts:
            began = time.perf_counter()
            found = list(search(by, text, most=SHOWN)[:SHOWN])
            times.append(time.perf_counter() - began)
            assert found
        del times[0]
    return spent
