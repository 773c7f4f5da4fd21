"""A person is found by ID number, account, telephone, household code, and any part of the name."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from households import names, selectors
from households.models import Person
from households.selectors import among_found, find_households, named, search, visible_people
from lib import crypto
from lib.text import normalise_name
from tests.factories import cast
from tests.factories_households import account, household, person, village_clerk
from tests.ruled import ruled

# Parts that stand first, second, third and further inside, again and again, and next to an interpunct.
NAMES = (
    "甲一",
    "一甲",
    "一一一",
    "丙一一",
    "丙十一",
    "丙甲一一",
    "乙丙丁甲一",
    "甲乙丙丁甲丙",
    "阿依·古丽",
    "古丽·阿依",
    "古丽",
)
PARTS = (
    "一",
    "甲",
    "甲一",
    "一一",
    "丙",
    "丁甲",
    "丁甲一",
    "丙丁甲丙",
    "乙丙甲丙",
    "古丽",
    "·古",
    "阿依·古丽",
    "%",
    "_",
    "癸",
)


@pytest.mark.req("REG-1")
@pytest.mark.parametrize("part", ["依", "阿依", "依·古", "阿依·古丽", "阿依．古丽"])
def test_any_part_of_a_name_finds_its_person(db: None, part: str) -> None:
    wanted = household(name="阿依·古丽").head
    household(name="甲一")
    assert list(search(cast.clerk, part)) == [wanted]
    assert not search(cast.clerk, "·")


def test_parts_that_stand_in_the_name_in_another_order_do_not_find_it(db: None) -> None:
    household(name="甲乙丙丁甲丙")
    assert not named(Person.objects.all(), "乙丙甲丙")
    assert named(Person.objects.all(), "丁甲丙")


def test_numbers_and_codes_find_their_person_and_strangers_stay_hidden(db: None) -> None:
    home = household(name="甲一")
    wanted = home.head
    assert wanted is not None
    card = wanted.accounts.get(in_use=True)
    elsewhere = household(cast.villages2[0], name="甲一")
    texts = (crypto.decrypt(wanted.id_cipher), crypto.decrypt(card.number_cipher), home.code)
    for text in texts:
        assert list(search(cast.clerk, text)) == [wanted]
        assert not search(cast.clerk2, text)
    assert list(find_households(cast.clerk, "甲一")) == [home]
    assert elsewhere not in find_households(cast.clerk, elsewhere.code)


def test_a_person_with_two_accounts_is_found_once(db: None) -> None:
    home = household(name="甲一")
    second = person(home, "乙一", relation="妻子")
    account(second)
    assert len(search(cast.clerk, "一")) == 2


def test_a_number_is_looked_up_and_the_register_not_read(db: None) -> None:
    wanted = household(name="甲一").head
    assert wanted is not None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = search(cast.finance_head, crypto.decrypt(wanted.id_cipher), most=20).explain()
    assert "households_person_id_number" in plan


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """People of these names in two villages of a township and in another one; who looks for them, by what they see."""
    ruled({"village.entry": True})
    for village in (cast.villages[0], cast.villages[1], cast.villages2[0]):
        home = household(village, name=NAMES[0], with_accounts=False)
        for name in NAMES[1:]:
            person(home, name)
    return {"county": cast.finance_head, "township": cast.clerk, "village": village_clerk(cast.villages[0])}


def _names(found: Any) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in found]


@pytest.mark.req("REG-1")
@pytest.mark.parametrize("few", [500, 1, 0])
@pytest.mark.parametrize("who", ["county", "township", "village"])
def test_a_limited_search_finds_whom_the_whole_search_finds(
    people: dict[str, User], who: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "FEW", few)
    seen = list(visible_people(people[who]))
    for part in PARTS:
        wanted = {(one.pk, one.name) for one in seen if normalise_name(part) in one.name}
        found = _names(search(people[who], part, most=100))
        assert set(found) == wanted == set(_names(search(people[who], part))), part
        assert len(found) == len(wanted), part
        for most in (2, 9, 14):
            some = _names(search(people[who], part, most=most))
            assert len(some) == min(most, len(wanted)), (part, most)
            assert set(some) <= wanted, (part, most)


def test_names_that_begin_with_the_part_come_first(people: dict[str, User]) -> None:
    found = [one.name for one in search(people["county"], "甲", most=9)]
    assert found == ["甲一", "甲乙丙丁甲丙"] * 3 + ["一甲"] * 3


def test_lists_are_the_same_whether_many_are_found_or_few(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lists() -> dict[str, tuple[set[Any], ...]]:
        return {
            who: (set(find_households(user, "甲")), set(Person.objects.filter(among_found(user, "甲"))))
            for who, user in people.items()
        }

    few = lists()
    monkeypatch.setattr(selectors, "FOUND_ONCE", 0)
    assert lists() == few
    assert [tuple(map(len, few[who])) for who in ("county", "township", "village")] == [(3, 15), (2, 10), (1, 5)]


def test_a_township_of_the_county_may_be_searched_alone(people: dict[str, User]) -> None:
    ours = search(people["county"], "古丽", township=cast.township.pk, most=20)
    assert {one.household.village.parent_id for one in ours} == {cast.township.pk}
    assert set(ours) == set(search(cast.clerk, "古丽", most=20)) != set()
    assert not search(cast.clerk, "古丽", township=cast.township2.pk, most=20)


def test_codes_of_households_are_found_beside_names(db: None) -> None:
    home = household(name="甲一", code="甲-001")
    other = household(name="乙一", code="乙%001")
    assert home.head is not None
    assert _names(search(cast.clerk, "甲", most=20)) == [(home.head.pk, "甲一")]
    for user in (cast.clerk, cast.finance_head):
        assert _names(search(user, "甲-", most=20)) == [(home.head.pk, "甲一")]
        assert not search(user, "甲_", most=20)
        assert list(search(user, "乙%", most=20)) == [other.head]
    assert not search(cast.clerk2, "甲-", most=20)
    theirs = household(cast.villages2[0], name="乙二", code="甲-002")
    assert list(search(cast.clerk2, "甲-", most=1)) == [theirs.head]


def _plan(user: User, part: str, *, most: int) -> list[dict[str, Any]]:
    """What PostgreSQL did to find so many, had the tables been worth their indexes."""
    with CaptureQueriesContext(connection) as asked:
        list(search(user, part, most=most))
    [statement] = [each["sql"] for each in asked if "households_name_parts" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN (FORMAT JSON, ANALYZE) " + statement.replace("%", "%%"))
        return _nodes(cursor.fetchone()[0][0]["Plan"])


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for below in plan.get("Plans", []) for node in _nodes(below))]


def _read(plan: list[dict[str, Any]]) -> dict[str, float]:
    """How many rows each index of names gave."""
    scans = [
        node
        for node in plan
        if node.get("Index Name", "").startswith(("households_person_name", "households_person_long"))
    ]
    return {node["Index Name"]: node["Actual Rows"] * node["Actual Loops"] for node in scans}


def test_no_more_of_an_index_is_read_than_is_wanted(people: dict[str, User]) -> None:
    every = {f"households_person_name_{place}" for place in (1, 2, 3)} | {"households_person_long_names"}
    common = _read(_plan(people["county"], "甲", most=2))
    assert common == {**dict.fromkeys(every, 0), "households_person_name_1": 2}
    rare = _read(_plan(people["county"], "丁甲丙", most=20))
    assert [name for name, rows in rare.items() if rows] == ["households_person_long_names"]


def test_of_a_common_name_only_the_own_villages_are_read(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "FEW", 1)
    plan = _plan(people["village"], "甲", most=20)
    assert _read(plan)["households_person_name_1"] == 2
    members = [node for node in plan if node.get("Index Name") == "households_person_household_id_c0781c3f"]
    assert max(node["Actual Loops"] for node in members) == 1


def test_every_place_of_a_name_goes_by_its_index(db: None) -> None:
    household(name="甲一")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = json.loads(search(cast.finance_head, "一").explain(format="json"))
    every = {f"households_person_name_{place}" for place in (1, 2, 3)} | {"households_person_long_names"}
    assert set(_found_in(plan[0]["Plan"])) >= every


def _found_in(plan: dict[str, Any]) -> list[str]:
    return [node["Index Name"] for node in _nodes(plan) if "Index Name" in node]
