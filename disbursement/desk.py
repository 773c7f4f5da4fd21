"""What the service desk shows of one person (一站式经办, desk.one_stop): the register, payments, rosters, papers.

It adds no right: a person of the own township's register, and of payments and rosters those that the post sees anyway.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import Scope, scope_of
from disbursement.models import Payment
from disbursement.recovery_selectors import asked_back
from households import papers
from households import selectors as register
from households.models import AccountChange, Delegation, Household, Person, Succession, VirtualMember
from households.services.delegations import ALLOWED
from households.services.successions import PRODUCTION_RULE
from lib.errors import NotFound
from rosters.models import Roster, RosterLine
from rosters.selectors import visible_rosters
from rulebook import clock, rules

KEY = "desk.one_stop"
DESK_ROLES = (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
MOST_FOUND = 20
MOST_LINES = 20


def exists_here() -> bool:
    return bool(rules.value(KEY))


def require_desk(user: User) -> Scope:
    """For a township's clerk and its finance station, in a county that has such a desk."""
    scope = scope_of(user)
    if not exists_here() or not any(scope.holds(role) for role in DESK_ROLES):
        raise NotFound
    return scope


def people(user: User) -> QuerySet[Person]:
    """People of the townships at whose desk this person sits."""
    return register.visible_people(user).filter(household__village__parent_id__in=_townships(user))


def _townships(user: User) -> list[int]:
    return [each.division_id for each in scope_of(user).organisations(DESK_ROLES)]


def found_by(user: User, text: str) -> list[Person]:
    """By whole ID number, card or telephone, or by part of a name: one more than are shown, to say so."""
    hits: list[int] = []
    for township in _townships(user):
        found = register.search(user, text, township=township, most=MOST_FOUND + 1)
        hits += found.values_list("pk", flat=True)[: MOST_FOUND + 1]
    listed = people(user).filter(pk__in=hits).prefetch_related("accounts")
    return list(listed.order_by("household__village__code", "household_id", "pk")[: MOST_FOUND + 1])


def person_at_desk(user: User, pk: int) -> Person:
    found = people(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


# --- Payments and rosters ---------------------------------------------------------------------------------------------
def payments_of(user: User, person: Person) -> QuerySet[Payment]:
    """This year's payments of the person as beneficiary or payee, and older ones that are still to be mended."""
    open_failure = Q(status=Payment.Status.FAILED, disposal__in=[Payment.Disposal.OPEN, Payment.Disposal.MENDED])
    this_year = Q(line__roster__period_start__year=clock.today().year)
    found = Payment.objects.filter(Q(payee=person) | Q(line__beneficiary=person), this_year | open_failure)
    found = found.filter(line__roster__in=visible_rosters(user).values("pk")).exclude(status=Payment.Status.CANCELLED)
    return found.select_related("line__roster__policy", "batch", "payee").order_by("-pk")


def paid_fen(payments: QuerySet[Payment]) -> int:
    """What of them has arrived and was not paid back."""
    fen: int = payments.order_by().filter(status=Payment.Status.PAID).aggregate(fen=Sum("amount_fen", default=0))["fen"]
    return fen - sum(back.received_fen for back in asked_back(payments).values())


def lines_of(user: User, person: Person) -> QuerySet[RosterLine]:
    """The newest lines in which the person stands as beneficiary or payee, or as head for the household."""
    mine = Q(beneficiary=person) | Q(payee=person)
    if person.household.head_id == person.pk:
        mine |= Q(household=person.household, holder=f"H{person.household_id}")
    seen = visible_rosters(user).exclude(status=Roster.Status.VOID).values("pk")
    return RosterLine.objects.filter(mine, roster__in=seen).select_related("roster__policy").order_by("-roster_id")


# --- Papers under way -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Paper:
    """A request about the person, with how far it is and where."""

    kind: str
    what: str
    state: str
    tone: str
    made_at: Any
    url: str


def papers_of(user: User, person: Person) -> list[Paper]:
    """Requests that wait for an answer, and what is in force for the person, the newest first."""
    found = [
        *_changes(user, person),
        *_delegations(user, person),
        *_successions(user, person),
        *_references(user, person),
    ]
    return sorted(found, key=lambda paper: paper.made_at, reverse=True)


def _changes(user: User, person: Person) -> list[Paper]:
    found = register.account_changes_for(user).filter(person=person, state__in=AccountChange.OPEN)
    return [_paper("账户变更", change.get_kind_display(), change, "info", "households:change") for change in found]


def _delegations(user: User, person: Person) -> list[Paper]:
    alive = ("requested", "checked", "approved")
    found = papers.delegations_for(user).filter(Q(beneficiary=person) | Q(delegate=person), state__in=alive)
    return [
        _paper("代领", str(each), each, _tone(each, Delegation.State.APPROVED), "households:delegation")
        for each in found.filter(valid_to__gte=clock.today())
    ]


def _successions(user: User, person: Person) -> list[Paper]:
    found = papers.successions_for(user).filter(
        Q(deceased=person) | Q(heir=person), state__in=["requested", "approved"]
    )
    return [
        _paper("继承转录", str(each), each, _tone(each, Succession.State.APPROVED), "households:succession")
        for each in found
    ]


def _references(user: User, person: Person) -> list[Paper]:
    found = papers.references_for(user).filter(person=person, state__in=VirtualMember.OPEN)
    return [
        _paper("跨区划引用", str(each), each, _tone(each, VirtualMember.State.CONSENTED), "households:reference")
        for each in found
    ]


def _tone(paper: Delegation | Succession | VirtualMember, agreed: str) -> str:
    return "good" if paper.state == agreed else "info"


def _paper(kind: str, what: str, row: Any, tone: str, page: str) -> Paper:
    return Paper(kind, what, row.get_state_display(), tone, row.made_at, reverse(page, args=[row.pk]))


# --- What can be done here --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Act:
    title: str
    url: str
    kind: str = ""


def acts(scope: Scope, person: Person) -> list[Act]:
    """The forms that exist anyway, as the person's post and state allow."""
    township = person.household.village.parent_id
    clerk = scope.holds(Role.TOWNSHIP_CLERK, division_id=township)
    found: list[Act] = []
    if clerk and person.state == Person.State.ALIVE:
        found += _of_the_living(person)
    if clerk and person.state == Person.State.DEAD and rules.value(PRODUCTION_RULE) == "heir":
        found.append(_act("继承转录", "succession_new", person))
    if person.state in (Person.State.ALIVE, Person.State.MISSING):
        found.append(_act("登记死亡", "death", person))
    if person.state == Person.State.ALIVE:
        found.append(_act("登记失踪", "missing", person))
    if person.state == Person.State.MISSING:
        found.append(_act("已找到", "found", person))
    return found


def _of_the_living(person: Person) -> list[Act]:
    card = person.accounts.filter(in_use=True).exists()
    pending = person.account_changes.filter(state__in=AccountChange.OPEN).exists()
    found: list[Act] = []
    if card and not pending:
        found.append(_act("变更账户", "change_new", person, "primary"))
    if not person.accounts.exists():
        found.append(_act("登记账户", "account_new", person, "primary"))
    if person.household.state == Household.State.LIVING and rules.value(ALLOWED):
        found.append(_act("代领", "delegation_new", person))
    return found


def _act(title: str, page: str, person: Person, kind: str = "") -> Act:
    return Act(title, reverse(f"households:{page}", args=[person.pk]), kind)
