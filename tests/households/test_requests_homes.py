"""Requests that concern households: new, cancelled, their means, split, and doubles merged (REG-3)."""

from decimal import Decimal

import pytest

from households.models import BankAccount, Household, Means, RegisterRequest
from households.services.changing.given import MeansRow
from households.services.changing.homes import GivenMeans
from households.services.changing.parting import GivenDouble, GivenSplit
from households.services.changing.people import GivenContact
from lib.errors import Conflict
from tests.factories import cast, id_number
from tests.factories_households import account, household, person
from tests.factories_papers import dead
from tests.factories_requests import agreed, asked, changed, new_household, newcomer
from tests.households.test_requests import family, refused

pytestmark = pytest.mark.django_db


@pytest.mark.req("REG-1", "REG-3")
def test_a_new_household_with_head_and_members_in_its_village() -> None:
    request = new_household(None, newcomer("甲七", "户主"), newcomer("甲八", "妻子"), contracted_mu=Decimal("8.5"))
    assert not Household.objects.exists()
    home = agreed(request).result
    assert home is not None
    assert (home.village, home.code) == (cast.villages[0], f"{cast.villages[0].code}00001")
    assert home.head is not None
    assert (home.head.name, home.members.count(), home.contracted_mu) == ("甲七", 2, Decimal("8.50"))


@pytest.mark.req("REG-3")
def test_a_new_household_whose_member_cannot_be_written_is_not_there_at_all() -> None:
    number = id_number()
    request = new_household(None, newcomer("甲七", "本人"), newcomer("甲八", "妻子", number=number))
    elsewhere = household(cast.villages2[0], name="乙一")
    person(elsewhere, "乙二", relation="妻子", id_number=number, by=cast.clerk2)
    with pytest.raises(Conflict) as caught:
        agreed(request)
    assert cast.township2.name in caught.value.message
    assert not Household.objects.filter(village=cast.villages[0]).exists()
    request.refresh_from_db()
    assert (request.state, request.result) == (RegisterRequest.State.REQUESTED, None)


@pytest.mark.req("REG-3")
def test_a_cancelled_household_takes_its_people_cards_and_machines_with_it() -> None:
    home, *_ = family()
    changed(home, "means", means(MeansRow("machine", Decimal(1), name="拖拉机", mark="ZLT-001")))
    changed(home, "cancel", "全户迁出")
    home.refresh_from_db()
    assert home.state == "cancelled"
    assert set(home.members.values_list("state", flat=True)) == {"moved"}
    assert not BankAccount.objects.filter(person__household=home, in_use=True).exists()
    other = household(name="甲五")
    changed(other, "means", means(MeansRow("machine", Decimal(1), name="拖拉机", mark="ZLT-001")))
    assert refused(home, "contact", GivenContact("2组", "", {})).code == "households.cancelled"


def test_a_household_in_which_somebody_lives_is_not_cancelled_as_dead() -> None:
    home, head, *_ = family()
    dead(head)
    assert "甲二" in refused(home, "cancel", "全户死亡").message


def means(*rows: MeansRow, contracted: str | None = "12.50", subsidised: str | None = "12.50") -> GivenMeans:
    return GivenMeans(rows, *(Decimal(one) if one else None for one in (contracted, subsidised)))


@pytest.mark.req("REG-1", "REG-3")
def test_areas_and_every_means_of_production_with_unit_and_number() -> None:
    home, *_ = family()
    changed(
        home,
        "means",
        means(
            MeansRow("contracted", Decimal("6.25"), mark="152223001001"),
            MeansRow("planted", Decimal("10"), name="玉米"),
            MeansRow("grassland", Decimal("120.5")),
            MeansRow("livestock", Decimal(30), "只", "绵羊"),
            MeansRow("machine", Decimal(1), name="拖拉机", mark="zlt-002"),
            contracted="12.50",
            subsidised="11",
        ),
    )
    home.refresh_from_db()
    assert home.subsidised_mu == Decimal("11.00")
    assert list(home.means.values_list("kind", "name", "quantity", "unit", "mark")) == [
        ("contracted", "", Decimal("6.25"), "亩", "152223001001"),
        ("planted", "玉米", Decimal("10.00"), "亩", ""),
        ("grassland", "", Decimal("120.50"), "亩", ""),
        ("livestock", "绵羊", Decimal("30.00"), "只", ""),
        ("machine", "拖拉机", Decimal("1.00"), "台", "ZLT-002"),
    ]
    kept = home.means.get(kind="grassland").pk
    changed(home, "means", means(MeansRow("grassland", Decimal("120.5")), subsidised="11"))
    assert list(home.means.values_list("pk", flat=True)) == [kept]


@pytest.mark.parametrize(
    "row",
    [
        MeansRow("livestock", Decimal("1.5"), "只"),
        MeansRow("livestock", Decimal(3), "亩"),
        MeansRow("planted", Decimal(0)),
        MeansRow("machine", Decimal(2), mark="ZLT-003"),
        MeansRow("contracted", Decimal("12.51")),
        MeansRow("ship", Decimal(1)),
    ],
    ids=["half a sheep", "sheep by area", "nothing", "two of one number", "more than contracted", "unknown"],
)
def test_means_that_cannot_be_are_refused(row: MeansRow) -> None:
    home, *_ = family()
    refused(home, "means", means(row))


@pytest.mark.req("REG-1")
def test_one_machine_stands_in_one_household() -> None:
    home, *_ = family()
    other = household(name="甲五")
    first = asked(home, "means", means(MeansRow("machine", Decimal(1), mark="ZLT-004")))
    second = asked(other, "means", means(MeansRow("machine", Decimal(1), mark="ZLT-004")))
    agreed(first)
    with pytest.raises(Conflict) as caught:
        agreed(second)
    assert caught.value.code == "households.mark_taken"
    assert Means.objects.count() == 1


@pytest.mark.req("REG-3")
def test_a_split_divides_people_land_and_means_and_takes_records_and_cards_along() -> None:
    home, _, wife, son = family()
    changed(home, "means", means(MeansRow("grassland", Decimal(50)), MeansRow("planted", Decimal(5))))
    card = son.accounts.get()
    meadow = home.means.get(kind="grassland").pk
    given = GivenSplit({son.pk: "本人", wife.pk: "母亲"}, contracted_mu=Decimal(4), subsidised_mu=Decimal("2.5"),
                       means=[meadow])  # fmt: skip
    there = changed(home, "split", given).result
    home.refresh_from_db()
    assert there is not None
    assert (there.head, there.village) == (son, home.village)
    assert dict(there.members.values_list("name", "relation")) == {"甲二": "母亲", "甲三": "本人"}
    assert (home.contracted_mu, there.contracted_mu) == (Decimal("8.50"), Decimal("4.00"))
    assert (home.subsidised_mu, there.subsidised_mu) == (Decimal("10.00"), Decimal("2.50"))
    assert [one.kind for one in there.means.all()] == ["grassland"]
    assert son.accounts.get(in_use=True) == card


@pytest.mark.req("REG-3")
def test_a_whole_household_goes_into_another_and_is_cancelled() -> None:
    home, *_ = family()
    guest = household(name="甲五", mu="3")
    alone = guest.members.get()
    changed(guest, "split", GivenSplit({alone.pk: "父亲"}, into=home.code, contracted_mu=Decimal(3)))
    home.refresh_from_db()
    guest.refresh_from_db()
    alone.refresh_from_db()
    assert (guest.state, guest.head, alone.household) == ("cancelled", None, home)
    assert home.contracted_mu == Decimal("15.50")


@pytest.mark.parametrize("how", ["no head", "head goes", "everybody", "too much land", "another township", "two heads"])
def test_splits_that_cannot_be_are_refused(how: str) -> None:
    home, head, wife, son = family()
    there = household(cast.villages2[0], name="乙一")
    given = {
        "no head": GivenSplit({son.pk: "儿子"}),
        "head goes": GivenSplit({head.pk: "本人"}),
        "everybody": GivenSplit({head.pk: "本人", wife.pk: "妻子", son.pk: "儿子"}),
        "too much land": GivenSplit({son.pk: "本人"}, contracted_mu=Decimal(13)),
        "another township": GivenSplit({son.pk: "女婿"}, into=there.code),
        "two heads": GivenSplit({son.pk: "本人", wife.pk: "本人"}),
    }[how]
    refused(home, "split", given)


@pytest.mark.req("REG-2", "REG-3")
def test_a_double_is_merged_its_card_goes_over_and_its_household_is_cancelled() -> None:
    home, *_ = family()
    son = person(home, "甲六", relation="孙子")
    double_home = household(name="甲六")
    double = double_home.members.get()
    card = double.accounts.get()
    request = changed(double_home, "merge", GivenDouble(double.pk, son))
    for one in (double, double_home, card):
        one.refresh_from_db()
    assert (double.state, double.merged_into, double_home.state) == ("moved", son, "cancelled")
    assert (card.person, card.in_use, request.result) == (son, True, home)


@pytest.mark.req("REG-2")
def test_who_has_a_card_keeps_it_and_the_doubles_is_paid_to_no_more() -> None:
    home, *_, son = family()
    double = person(home, "甲六", relation="侄子")
    account(double)
    mine = son.accounts.get()
    changed(home, "merge", GivenDouble(double.pk, son))
    assert list(BankAccount.objects.filter(person__in=[son, double], in_use=True)) == [mine]


def test_a_double_that_is_head_of_others_is_not_merged_away() -> None:
    home, head, *_ = family()
    other = household(name="甲五").members.get()
    assert refused(home, "merge", GivenDouble(head.pk, other)).code == "households.head_stays"
    assert refused(home, "merge", GivenDouble(head.pk, head)).code == "households.same_person"
