"""Cards from the bank's hands to the owner's: lists, handing out, delegates, what nobody collects."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from households import services as register
from households.cards import selectors, services
from households.models import CardHandout, CardList, DeliveredCard, Person
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from rulebook import clock
from tests.factories import account_number, cast, id_number
from tests.factories_cards import DELIVERY, delegate, delivered, listed
from tests.factories_households import household
from tests.factories_verification import number_of
from tests.races import race, refusals
from tests.refused import refused_by
from tests.ruled import ruled

TODAY = date(2026, 5, 6)


def owner(name: str = "甲一") -> Person:
    head = household(name=name).head
    assert head is not None
    return head


def hand_out(card: DeliveredCard, **more: object) -> CardHandout:
    given = {"by": cast.clerk, "on": TODAY, "witness": "村支书"}
    return services.hand_out(card=card, **{**given, **more})  # type: ignore[arg-type]


@pytest.mark.req("REG-10")
def test_a_card_is_handed_out_once_to_its_owner_before_a_witness(db: None) -> None:
    one = owner()
    card = delivered(one)
    with pytest.raises(Invalid, match="见证人不能是发放人本人"):
        hand_out(card, witness=cast.clerk.full_name)
    with pytest.raises(Invalid):
        hand_out(card, on=date(2026, 3, 1))
    with pytest.raises(Forbidden):
        hand_out(card, by=cast.clerk2)
    handout = hand_out(card, by=cast.station)
    card.refresh_from_db()
    assert (card.state, handout.to, handout.handed_by, handout.witness) == ("handed", "owner", cast.station, "村支书")
    with pytest.raises(Conflict, match="已发放"):
        hand_out(card)
    with pytest.raises(Conflict):
        services.return_card(by=cast.clerk, card=card, on=TODAY, reason="无人领取")
    entry = TrailEntry.objects.get(verb="card.hand_out")
    assert "甲一" not in entry.facts


@pytest.mark.req("REG-10")
def test_the_card_of_an_account_is_tied_to_it_and_nobody_elses_card_is_taken(db: None) -> None:
    one, other = owner(), owner("甲二")
    mine, theirs = (crypto.decrypt(person.accounts.get().number_cipher) for person in (one, other))
    card = delivered(one, number=mine)
    assert card.account is not None
    assert (card.account.tail, card.tail) == (mine[-4:], mine[-4:])
    with pytest.raises(Conflict, match="他人的账户"):
        delivered(one, number=theirs)
    with pytest.raises(Conflict, match="已经登记过送达"):
        delivered(one, number=mine)
    services.return_card(by=cast.clerk, card=card, on=TODAY, reason="卡面姓名有误")
    assert delivered(one, number=mine).state == "held", "the bank may bring it again"


@pytest.mark.req("REG-10", "PRO-3")
@pytest.mark.rule("ZLT:card.by_delegate")
def test_the_county_says_whether_somebody_else_may_collect_and_then_a_paper_is_needed(db: None) -> None:
    card = delivered(owner())
    with pytest.raises(Conflict, match="必须直接发给本人") as refusal:
        hand_out(card, delegate=delegate())
    assert refusal.value.rule == "card.by_delegate"
    ruled({"card.by_delegate": True})
    for wrong in (
        {"paper": None},
        {"paper_kind": ""},
        {"reason": " "},
        {"number": number_of(card.person)},
        {"number": "15999919800101001X"},
    ):
        with pytest.raises(Invalid):
            hand_out(card, delegate=delegate(**wrong))
    handout = hand_out(card, delegate=delegate())
    assert (handout.to, handout.collector_name, handout.paper_kind) == ("delegate", "丁一", "mandate")


@pytest.mark.req("REG-10")
def test_one_who_collects_for_many_is_flagged(db: None) -> None:
    ruled({"card.by_delegate": True, "delegation.most": 3})
    number = id_number()
    counts = []
    for name in ("甲一", "甲二", "甲三"):
        handout = hand_out(delivered(owner(name)), delegate=delegate(number))
        counts.append(services.collected_by(handout))
    assert [services.too_many(count) for count in counts] == [False, False, True]
    assert selectors.flagged(selectors.cards_for(cast.clerk)).count() == 3
    assert not selectors.flagged(selectors.cards_for(cast.clerk2)).exists()


@pytest.mark.req("REG-10")
def test_a_banks_list_is_entered_whole_or_named_row_by_row(db: None) -> None:
    one, two = owner(), owner("甲二")
    stranger = household(cast.villages2[0], name="乙一").head
    assert stranger is not None
    cards = [account_number() for _ in range(6)]
    wrong = [
        ("甲一", number_of(one), cards[0], "银行卡"),
        ("别名", number_of(two), cards[1]),
        ("乙一", number_of(stranger), cards[2]),
        ("路人", id_number(), cards[3]),
        ("甲一", number_of(one), cards[0]),
        ("甲一", number_of(one), cards[4], "支票"),
    ]
    found = listed(wrong)
    assert (found.state, found.rows, found.bad_rows) == (CardList.State.REFUSED, 6, 6)
    assert {(row, column) for row, column, _ in found.errors} == {
        (2, "卡号"), (3, "姓名"), (4, "身份证号"), (5, "身份证号"), (6, "卡号"), (7, "类别"),
    }  # fmt: skip
    assert not DeliveredCard.objects.exists()
    found = listed([("甲一", number_of(one), cards[0], "银行卡"), ("甲二", number_of(two), cards[1], "存折")])
    assert (found.state, found.cards.count()) == (CardList.State.TAKEN_IN, 2)
    assert set(found.cards.values_list("person__name", "kind", "tail", "keeper")) == {
        ("甲一", "card", cards[0][-4:], DELIVERY.keeper), ("甲二", "passbook", cards[1][-4:], DELIVERY.keeper),
    }  # fmt: skip
    again = listed([("甲一", number_of(one), cards[0])])
    assert (again.state, again.errors[0][2]) == (CardList.State.REFUSED, "这张卡折已经登记过送达")
    assert cards[0].encode() not in again.file.file.read()
    with pytest.raises(Forbidden):
        listed([], by=cast.clerk2)


@pytest.mark.req("REG-10")
def test_what_nobody_collects_is_counted_by_village_with_its_age_and_stands_on_the_desk(db: None) -> None:
    card = delivered(owner())
    delivered(owner("甲二"))
    (row,) = selectors.uncollected(cast.clerk, clock.today())
    assert (row["name"], row["count"], row["old"], row["days"]) == (cast.villages[0].name, 2, 2, 65)
    assert {todo.title: todo.count for todo in todos_for(cast.clerk)}["卡折逾月未领取"] == 2
    services.return_card(by=cast.clerk, card=card, on=TODAY, reason="长期无人领取")
    (row,) = selectors.uncollected(cast.officer, clock.today())
    assert row["count"] == 1
    assert selectors.uncollected(cast.clerk2, clock.today()) == []
    with pytest.raises(NotFound):
        selectors.get_card(cast.clerk2, card.pk)


@pytest.mark.req("REG-10")
def test_a_dead_owner_collects_nothing(db: None) -> None:
    one = owner()
    card = delivered(one)
    register.mark_dead(by=cast.clerk, person=one, on=date(2026, 4, 1))
    card = DeliveredCard.objects.select_related("person__household__village").get(pk=card.pk)
    with pytest.raises(Conflict, match="死亡"):
        hand_out(card)


@pytest.mark.req("REG-10")
def test_the_database_keeps_who_got_which_card(db: None) -> None:
    card, other = delivered(owner()), delivered(owner("甲二"))
    hand_out(card)
    refused_by(
        "households_deliveredcard_arrows", "UPDATE households_deliveredcard SET state = 'held' WHERE id = %s", card.pk
    )
    refused_by(
        "households_deliveredcard_frozen",
        "UPDATE households_deliveredcard SET state = 'handed', person_id = %s WHERE id = %s", card.person_id, other.pk,
    )  # fmt: skip
    refused_by("households_card_handed", "UPDATE households_deliveredcard SET state = 'handed' WHERE id = %s", other.pk)
    refused_by("InsufficientPrivilege", "UPDATE households_cardhandout SET witness = '别人'")
    refused_by("InsufficientPrivilege", "DELETE FROM households_deliveredcard")


@pytest.mark.req("REG-10")
def test_two_who_hand_out_at_once_hand_out_once(committed_db: object) -> None:
    card = delivered(owner())
    outcomes = race(lambda: hand_out(card), lambda: hand_out(card, by=cast.station))
    assert len(refusals(outcomes)) == 1
    assert CardHandout.objects.count() == 1


# --- Pages ------------------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-10")
def test_the_desk_enters_a_card_prints_the_list_and_hands_it_out(db: None) -> None:
    ruled({"card.by_delegate": True, "delegation.most": 1})
    one = owner()
    client = Client()
    client.force_login(cast.clerk)
    given = {"kind": "card", "number": account_number(), "bank_name": "示范农村商业银行", "delivered_on": "2026-05-05"}
    answer = client.post(reverse("households:card_new", args=[one.pk]), {**given, "keeper": "财政所专柜"})
    card = DeliveredCard.objects.get()
    address = reverse("households:card", args=[card.pk])
    assert answer.headers["Location"] == address
    assert "甲一" in client.get(reverse("households:card_sign")).content.decode()
    bad = client.post(address, {"on": "2026-05-06", "witness": "村支书", "to": "delegate", "name": "丁一"})
    assert (bad.status_code, "error-summary" in bad.content.decode()) == (200, True)
    told = delegate()
    form = {**told.__dict__, "on": "2026-05-06", "witness": "村支书", "to": "delegate"}
    shown = client.post(address, form, follow=True).content.decode()
    assert "一人代领多户" in shown
    assert told.id_number not in shown
    assert client.get(reverse("households:card_paper", args=[card.pk])).status_code == 200
    assert "甲一" in client.get(reverse("households:card_cards"), {"state": "many"}).content.decode()
    for name in ("card_waiting", "card_lists", "card_template"):
        assert client.get(reverse(f"households:{name}")).status_code == 200
    client.force_login(cast.clerk2)
    assert client.get(address).status_code == 404
