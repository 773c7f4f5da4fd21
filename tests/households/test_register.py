"""Households, members and first accounts: who may enter them, and what is refused."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection

from accounts.models import TrailEntry
from households import services
from households.models import BankAccount, Household, Person
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock
from tests.factories import account_number, cast, id_number
from tests.factories_households import BANK, account, household, person

pytestmark = pytest.mark.django_db


@pytest.mark.req("REG-1")
def test_clerk_enters_a_household_its_members_and_their_cards() -> None:
    home = household(name="甲一", members=[("妻子", "甲二"), ("儿子", "甲三")])

    assert home.code == f"{cast.villages[0].code}00001"
    assert home.head is not None
    assert home.head.name == "甲一"
    assert [member.relation for member in home.members.order_by("id")] == ["本人", "妻子", "儿子"]
    assert BankAccount.objects.filter(person__household=home, in_use=True).count() == 3
    assert TrailEntry.objects.filter(verb="household.add", subject_id=str(home.pk)).exists()


def test_codes_count_on_within_the_village_and_a_taken_code_is_refused() -> None:
    first, second = household(name="甲一"), household(name="甲二")
    assert int(second.code[-5:]) == int(first.code[-5:]) + 1

    with pytest.raises(Conflict) as refused:
        services.add_household(by=cast.clerk, village=cast.villages[1], group="1组", code=first.code)
    assert refused.value.field == "code"


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize(
    "username", ["clerk2", "station", "leader", "farm_reviewer", "officer", "auditor", "bank", "admin"]
)
def test_nobody_but_the_clerk_of_the_township_enters_households(username: str) -> None:
    with pytest.raises(Forbidden):
        services.add_household(by=getattr(cast, username), village=cast.villages[0], group="1组")


def test_the_clerk_of_another_township_enters_neither_people_nor_cards() -> None:
    home = household(with_accounts=False)
    assert home.head is not None

    with pytest.raises(Forbidden):
        services.add_person(by=cast.clerk2, household=home, name="甲二", id_number=id_number(), relation="儿子")
    with pytest.raises(Forbidden):
        services.set_account(by=cast.clerk2, person=home.head, bank_name=BANK, number=account_number())
    with pytest.raises(Forbidden):
        services.mark_dead(by=cast.station2, person=home.head, on=clock.today())


def test_a_household_lies_in_a_village() -> None:
    with pytest.raises(Invalid):
        services.add_household(by=cast.clerk, village=cast.township, group="1组")


@pytest.mark.req("REG-2")
def test_an_id_number_registered_elsewhere_is_refused_with_the_township_and_nothing_more() -> None:
    number = id_number()
    home = household(cast.villages2[0], name="乙一")
    person(home, "乙二", relation="妻子", id_number=number)
    here = household(name="甲一")

    with pytest.raises(Conflict) as refused:
        services.add_person(by=cast.clerk, household=here, name="甲二", id_number=number, relation="儿子")

    assert cast.township2.name in refused.value.message
    for secret in ("乙", number, home.code, home.village.name):
        assert secret not in refused.value.message


@pytest.mark.req("REG-2")
def test_who_moved_away_may_be_registered_again() -> None:
    number = id_number()
    moved = person(household(cast.villages2[0], name="乙一"), "乙二", relation="妻子", id_number=number)
    Person.objects.filter(pk=moved.pk).update(state=Person.State.MOVED)

    again = person(household(name="甲一"), "乙二", relation="儿媳", id_number=number)

    assert bytes(again.id_digest) == bytes(moved.id_digest)


@pytest.mark.req("REG-2")
@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("15999919700501001", "id.length"),
        ("159999197013010017", "id.birth_date"),
        ("159999197005010010", "id.check_digit"),
        ("999999197005010010", "id.division"),
    ],
)
def test_an_id_number_that_cannot_be_is_refused_at_its_field(number: str, code: str) -> None:
    home = household()
    with pytest.raises(Invalid) as refused:
        services.add_person(by=cast.clerk, household=home, name="甲二", id_number=number, relation="儿子")
    assert (refused.value.code, refused.value.field) == (code, "id_number")
    assert number not in refused.value.message


def test_a_household_has_one_head_and_the_head_is_oneself() -> None:
    home = household()
    with pytest.raises(Conflict):
        person(home, "甲二", relation="本人")
    with pytest.raises(Invalid):
        services.add_person(
            by=cast.clerk, household=home, name="甲二", id_number=id_number(), relation="妻子", is_head=True
        )
    with pytest.raises(Invalid):
        person(home, "甲二", relation="邻居")


def test_nobody_enters_a_cancelled_household() -> None:
    home = household()
    Household.objects.filter(pk=home.pk).update(state=Household.State.CANCELLED)
    with pytest.raises(Conflict):
        person(home)


@pytest.mark.req("REG-7")
def test_a_second_card_goes_the_way_of_a_change() -> None:
    home = household()
    assert home.head is not None
    with pytest.raises(Conflict) as refused:
        account(home.head)
    assert "账户变更" in refused.value.message


@pytest.mark.req("REG-7")
def test_a_card_in_use_is_one_persons_and_the_database_holds_it() -> None:
    home = household(members=[("妻子", "甲二")], with_accounts=False)
    first, second = home.members.order_by("id")
    number = account_number()
    account(first, number=number)

    with pytest.raises(Conflict) as refused:
        account(second, number=number)
    assert "甲一" not in refused.value.message

    card = BankAccount.objects.get(person=first)
    with pytest.raises(IntegrityError, match="households_card_of_one_person"):
        BankAccount.objects.create(
            person=second,
            bank_name=BANK,
            number_cipher=card.number_cipher,
            number_digest=card.number_digest,
            tail=card.tail,
            created_at=clock.now(),
        )


@pytest.mark.req("REG-7")
@pytest.mark.parametrize("number", ["621000000000000000", "62100000000000", "6210-0000-0000-000A"])
def test_an_account_number_that_cannot_be_is_refused(number: str) -> None:
    home = household(with_accounts=False)
    assert home.head is not None
    with pytest.raises(Invalid) as refused:
        account(home.head, number=number)
    assert refused.value.field == "number"


@pytest.mark.req("REG-9")
def test_a_death_is_recorded_once_with_its_date() -> None:
    home = household()
    assert home.head is not None
    with pytest.raises(Invalid):
        services.mark_dead(by=cast.clerk, person=home.head, on=clock.today() + timedelta(days=1))
    with pytest.raises(Invalid):
        services.mark_dead(by=cast.clerk, person=home.head, on=date(1960, 1, 1))

    dead = services.mark_dead(by=cast.station, person=home.head, on=clock.today())

    assert (dead.state, dead.died_on) == (Person.State.DEAD, clock.today())
    with pytest.raises(Conflict):
        services.mark_dead(by=cast.clerk, person=home.head, on=clock.today())
    with pytest.raises(Conflict):
        services.request_account_change(by=cast.clerk, person=home.head, kind="activate", reason="激活")


@pytest.mark.req("ACL-6")
def test_no_number_of_a_person_lies_in_clear_in_any_table() -> None:
    number, card, phone = id_number(), account_number(), "13812345678"
    home = household(with_accounts=False)
    account(person(home, "甲二", relation="妻子", id_number=number, phone=phone), number=card)

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name FROM information_schema.tables
                WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"""
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            dump = cursor.fetchone()[0]
            for secret in (number, card, phone):
                assert secret not in dump, table
                assert secret.encode().hex() not in dump, table
    found = Person.objects.get(name="甲二")
    assert crypto.decrypt(found.id_cipher) == number
