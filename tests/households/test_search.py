"""A person is found by ID number, account, telephone, household code, and any part of the name."""

import pytest
from django.db import connection

from households.models import Person
from households.selectors import find_households, named, search
from lib import crypto
from tests.factories import cast
from tests.factories_households import account, household, person


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


def test_the_search_goes_by_the_index_of_parts(db: None) -> None:
    household(name="甲一")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = search(cast.finance_head, "一", most=20).explain()
    assert "households_person_name_parts" in plan
