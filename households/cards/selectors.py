"""Cards that a person sees: a township those of its people, the county's posts all."""

from datetime import date
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Subquery

from accounts.models import User
from accounts.scope import scope_of
from households.cards.services import CLERKS, MANY, OLD, State
from households.models import CardHandout, CardList, DeliveredCard
from lib.errors import NotFound
from rulebook import rules


def cards_for(user: User) -> QuerySet[DeliveredCard]:
    scope = scope_of(user)
    found = DeliveredCard.objects.select_related(
        "person__household__village__parent", "account", "handout__handed_by", "made_by", "returned_by"
    )
    return found if scope.whole_county else found.filter(person__household__village__parent_id__in=scope.township_ids)


def get_card(user: User, pk: int) -> DeliveredCard:
    card = cards_for(user).filter(pk=pk).first()
    if card is None:
        raise NotFound
    return card


def lists_for(user: User) -> QuerySet[CardList]:
    scope = scope_of(user)
    found = CardList.objects.select_related("file", "job", "township", "made_by")
    return found if scope.whole_county else found.filter(township_id__in=scope.township_ids)


def get_list(user: User, pk: int) -> CardList:
    found = lists_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def acts(user: User, township_id: int | None) -> bool:
    scope = scope_of(user)
    return township_id is not None and any(scope.holds(role, division_id=township_id) for role in CLERKS)


def many() -> QuerySet[Any]:
    """Those who collected cards for as many people as the county's rules ask about, in the whole county."""
    counted = CardHandout.objects.filter(to=CardHandout.To.DELEGATE).order_by().values("collector_digest")
    counted = counted.annotate(people=Count("card__person", distinct=True))
    return counted.filter(people__gte=int(rules.value(MANY)))


def flagged(cards: QuerySet[DeliveredCard]) -> QuerySet[DeliveredCard]:
    """Cards that went to somebody who collects for many."""
    return cards.filter(handout__collector_digest__in=Subquery(many().values("collector_digest")))


def uncollected(user: User, today: date) -> list[dict[str, Any]]:
    """By village: how many cards wait, and since when the oldest does."""
    village = "person__household__village"
    rows = (
        cards_for(user)
        .filter(state=State.HELD)
        .order_by()
        .values(village)
        .annotate(
            name=F(f"{village}__name"),
            township=F(f"{village}__parent__name"),
            count=Count("pk"),
            old=Count("pk", filter=Q(delivered_on__lte=today - OLD)),
            oldest=Min("delivered_on"),
        )
        .order_by(f"{village}__code")
    )
    return [{**row, "village": row[village], "days": (today - row["oldest"]).days} for row in rows]
