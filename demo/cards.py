"""Cards that a bank delivers for people of the first township, as the desk hands them out (卡折发放登记)."""

from datetime import timedelta

from accounts.models import User
from households.cards import services
from households.models import DeliveredCard, Person
from lib import crypto
from rulebook import clock

CARDS, HANDED, BACK = 60, 42, 1
BANK = "示范农村商业银行"


def deliver_and_hand_out(clerk: User, township: int) -> None:
    """Most are handed out before a witness, one goes back, the rest waits: the oldest for more than a month."""
    today = clock.today()
    living = Person.objects.filter(household__village__parent=township, state=Person.State.ALIVE, accounts__in_use=True)
    people = living.select_related("household__village").order_by("household__village__code", "pk")
    cards: list[DeliveredCard] = []
    for number, person in enumerate(people[:: max(1, people.count() // CARDS)][:CARDS]):
        delivery = services.Delivery(BANK, today - timedelta(days=50 if number % 2 else 20), "财政所专柜")
        account = crypto.decrypt(person.accounts.get(in_use=True).number_cipher)
        kind = DeliveredCard.Kind.PASSBOOK if number % 5 == 0 else DeliveredCard.Kind.CARD
        cards.append(services.deliver_card(by=clerk, person=person, number=account, kind=kind, delivery=delivery))
    for card in cards[:HANDED]:
        services.hand_out(by=clerk, card=card, on=today - timedelta(days=10), witness="村支书")
    for card in cards[HANDED : HANDED + BACK]:
        services.return_card(by=clerk, card=card, on=today, reason="卡面姓名与身份证不符")
