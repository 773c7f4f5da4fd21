"""What a person may see of the papers that change who is paid, and which of them wait for that person."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Division, Role, User
from accounts.scope import DEPARTMENT_ROLES, scope_of
from households.models import (
    AccountChange,
    DeathNotice,
    Delegation,
    FirstCollection,
    Household,
    Person,
    RegisterRequest,
    Succession,
    VirtualMember,
)
from households.selectors import account_changes_for, own_townships
from households.services.changes import FINANCE_ROLES
from households.services.delegations import APPROVERS
from lib.errors import NotFound


def _stations(user: User) -> list[int]:
    return [division.pk for division in own_townships(user, Role.FINANCE_STATION)]


def changes_to_approve(user: User) -> QuerySet[AccountChange]:
    """Account changes of the special path that wait for the finance bureau; never for who asked or checked."""
    found = account_changes_for(user).filter(state=AccountChange.State.UNIT_APPROVED)
    if not any(scope_of(user).holds(role) for role in FINANCE_ROLES):
        return found.none()
    return found.exclude(made_by_person=user.person_id).exclude(checked_by_person=user.person_id)


# --- Delegations ------------------------------------------------------------------------------------------------------
def delegations_for(user: User) -> QuerySet[Delegation]:
    """A township its people's, a department those it must answer once they were checked, the county's posts all."""
    scope = scope_of(user)
    found = Delegation.objects.select_related(
        "beneficiary__household__village__parent", "delegate__household__village__parent", "department", "made_by",
        "checked_by", "approved_by", "ended_by", "beneficiary_consent", "delegate_consent", "proof",
    )  # fmt: skip
    if scope.whole_county:
        return found
    offices = [office.pk for office in scope.organisations(DEPARTMENT_ROLES)]
    theirs = Q(department__in=offices, checked_at__isnull=False) & ~Q(state="refused", approved_at__isnull=True)
    return found.filter(Q(beneficiary__household__village__parent_id__in=scope.township_ids) | theirs)


def get_delegation(user: User, pk: int) -> Delegation:
    found = delegations_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def delegations_waiting(user: User) -> QuerySet[Delegation]:
    """Those that the person may check or approve now; never the own ones."""
    offices = [office.pk for office in scope_of(user).organisations(APPROVERS)]
    mine = Q(state="requested", beneficiary__household__village__parent_id__in=_stations(user))
    found = delegations_for(user).filter(mine | Q(state="checked", department__in=offices))
    return found.exclude(made_by_person=user.person_id).exclude(checked_by_person=user.person_id)


# --- Successions and deaths -------------------------------------------------------------------------------------------
def successions_for(user: User) -> QuerySet[Succession]:
    scope = scope_of(user)
    found = Succession.objects.select_related(
        "deceased__household__village__parent", "heir__household__village__parent", "made_by", "checked_by", "ended_by",
        "relation_proof", "certificate",
    )  # fmt: skip
    if scope.whole_county:
        return found
    return found.filter(deceased__household__village__parent_id__in=scope.township_ids)


def get_succession(user: User, pk: int) -> Succession:
    found = successions_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def successions_waiting(user: User) -> QuerySet[Succession]:
    mine = successions_for(user).filter(state="requested", deceased__household__village__parent_id__in=_stations(user))
    return mine.exclude(made_by_person=user.person_id)


def death_notices_for(user: User) -> QuerySet[DeathNotice]:
    """Notices to the offices in which the person holds a post; auditors read all."""
    scope = scope_of(user)
    found = DeathNotice.objects.select_related(
        "death__person__household__village__parent", "death__reported_by", "death__evidence", "organisation", "seen_by"
    ).order_by("-id")
    if scope.holds(Role.AUDITOR):
        return found
    return found.filter(organisation__in=[post.organisation_id for post in scope.posts])


def deaths_unseen(user: User) -> QuerySet[DeathNotice]:
    offices = [post.organisation_id for post in scope_of(user).posts]
    return death_notices_for(user).filter(organisation__in=offices, seen_at__isnull=True)


def get_death_notice(user: User, pk: int) -> DeathNotice:
    found = death_notices_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


# --- References -------------------------------------------------------------------------------------------------------
def references_for(user: User) -> QuerySet[VirtualMember]:
    """The host and the owner see it, the host without anything but name and masked ID number."""
    scope = scope_of(user)
    found = VirtualMember.objects.select_related(
        "person__household__village__parent", "host", "made_by", "checked_by", "ended_by"
    )
    if scope.whole_county:
        return found
    here = scope.township_ids
    return found.filter(Q(host__in=here) | Q(person__household__village__parent_id__in=here))


def get_reference(user: User, pk: int) -> VirtualMember:
    found = references_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def references_waiting(user: User) -> QuerySet[VirtualMember]:
    mine = references_for(user).filter(state="requested", person__household__village__parent_id__in=_stations(user))
    return mine.exclude(made_by_person=user.person_id)


# --- Requests to change the register ----------------------------------------------------------------------------------
def requests_for(user: User) -> QuerySet[RegisterRequest]:
    """A township those of its register, the county's posts all."""
    scope = scope_of(user)
    found = RegisterRequest.objects.select_related(
        "household__village", "village", "township", "certificate", "made_by", "checked_by", "ended_by", "result"
    )
    return found if scope.whole_county else found.filter(township__in=scope.township_ids)


def get_request(user: User, pk: int) -> RegisterRequest:
    found = requests_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def requests_waiting(user: User) -> QuerySet[RegisterRequest]:
    """Those that wait for the person's finance station; never the own ones."""
    mine = requests_for(user).filter(state=RegisterRequest.State.REQUESTED, township__in=_stations(user))
    return mine.exclude(made_by_person=user.person_id)


def requests_sent_back(user: User) -> QuerySet[RegisterRequest]:
    """Refused requests of the clerk's townships after which nothing new was asked for that household."""
    clerks = [division.pk for division in own_townships(user)]
    later = RegisterRequest.objects.filter(household=OuterRef("household"), pk__gt=OuterRef("pk"))
    back = requests_for(user).filter(township__in=clerks, state=RegisterRequest.State.REFUSED)
    return back.filter(~Exists(later))


def requests_to_do(user: User) -> QuerySet[RegisterRequest]:
    """What waits for the finance station, and what came back to the clerk."""
    both = Q(pk__in=requests_waiting(user).values("pk")) | Q(pk__in=requests_sent_back(user).values("pk"))
    return requests_for(user).filter(both)


def collections_for(user: User) -> list[dict[str, Any]]:
    """The townships that the person sees, how large their register is, and since when it changes by request only."""
    scope = scope_of(user)
    townships = Division.objects.filter(level=Division.Level.TOWNSHIP).order_by("code")
    if not scope.whole_county:
        townships = townships.filter(pk__in=scope.township_ids)
    ended = {one.township_id: one for one in FirstCollection.objects.select_related("ended_by")}
    living = Household.objects.filter(village__parent__in=townships, state=Household.State.LIVING).order_by()
    counted = dict(living.values_list("village__parent").annotate(count=Count("pk")))
    return [{"township": one, "households": counted.get(one.pk, 0), "ended": ended.get(one.pk)} for one in townships]


# --- The move to social-security cards (YJ八) -------------------------------------------------------------------------
def card_progress(user: User, *, township: int | None = None) -> list[dict[str, Any]]:
    """By village: living people with an account in use, and how many of these are social-security cards."""
    scope = scope_of(user)
    people = Person.objects.filter(state=Person.State.ALIVE, accounts__in_use=True, household__state="living")
    if not scope.whole_county:
        people = people.filter(household__village__parent_id__in=scope.township_ids)
    if township is not None:
        people = people.filter(household__village__parent_id=township)
    by_village = people.values(
        "household__village_id", "household__village__name", "household__village__parent__name",
        "household__village__parent_id",
    )  # fmt: skip
    counted = by_village.annotate(
        people=Count("pk"), social=Count("pk", filter=Q(accounts__in_use=True, accounts__social_card=True))
    )
    return [dict(row) for row in counted.order_by("household__village__code")]
