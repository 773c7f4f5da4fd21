"""Whose applications a person sees, what waits for whom, and how an application stands."""

from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Round

from accounts.models import Role, User
from accounts.scope import TOWNSHIP_ROLES, scope_of
from households.models import Person
from households.units import open_villages
from lib.errors import NotFound
from rosters.applications.deciding import decides_in
from rosters.applications.models import Application, ApplicationTake, ApplicationTerm
from rulebook import clock
from subsidies.models import Policy

State = Application.State
TONES = {
    State.SUBMITTED: "info",
    State.ASKED: "warn",
    State.ACCEPTED: "info",
    State.APPROVED: "good",
    State.REFUSED: "bad",
    State.WITHDRAWN: "neutral",
}
_RELATED = (
    "policy", "village", "division", "household", "applicant", "beneficiary", "standard", "entered_by",
)  # fmt: skip


def _with_takes(found: QuerySet[Application]) -> QuerySet[Application]:
    living = ApplicationTake.objects.filter(released=False).select_related("roster", "line")
    return found.prefetch_related(Prefetch("takes", queryset=living, to_attr="living_takes"))


def visible_applications(user: User) -> QuerySet[Application]:
    """Townships their own, villages theirs where they enter, departments those of their policies, auditors all."""
    scope = scope_of(user)
    wanted = Q(division__in=scope.township_ids) | Q(village__in=open_villages(scope))
    if scope.department_ids:
        wanted |= Q(policy__department__in=scope.department_ids)
    if Role.AUDITOR in scope.roles:
        wanted = Q()
    return _with_takes(Application.objects.filter(wanted).select_related(*_RELATED))


def get_application(user: User, pk: int) -> Application:
    found = visible_applications(user).select_related("term", "missing_by", "accepted_by", "decided_by")
    application = found.filter(pk=pk).first()
    if application is None:
        raise NotFound
    return application


# As `lib.money.times` rounds each: half up, before they are added.
_AMOUNT = Round(
    ExpressionWrapper(
        F("quantity") * F("standard__amount_fen"), output_field=DecimalField(max_digits=32, decimal_places=2)
    )
)


def total_fen(found: QuerySet[Application]) -> int:
    """What these applications come to, each at its standard."""
    return int(found.order_by().aggregate(fen=Sum(_AMOUNT))["fen"] or 0)


def to_accept(user: User) -> QuerySet[Application]:
    return Application.objects.filter(division__in=decides_in(user), state=State.SUBMITTED)


def to_decide(user: User) -> QuerySet[Application]:
    """What this person may decide: never what one entered oneself."""
    found = Application.objects.filter(division__in=decides_in(user), state=State.ACCEPTED)
    return found.exclude(entered_by_person=user.person_id)


def enters(user: User) -> bool:
    """Whether this person applies on behalf of villagers."""
    scope = scope_of(user)
    return scope.holds(Role.TOWNSHIP_CLERK) or bool(open_villages(scope))


# --- Terms ------------------------------------------------------------------------------------------------------------
def open_terms() -> QuerySet[ApplicationTerm]:
    """Terms in which anybody may apply today."""
    today = clock.today()
    found = ApplicationTerm.objects.filter(opens_on__lte=today, closes_on__gte=today)
    return (
        found.filter(policy__status=Policy.Status.IN_FORCE, policy__published_at__isnull=False)
        .select_related("policy__department")
        .order_by("closes_on", "policy__code")
    )


def visible_terms(user: User) -> QuerySet[ApplicationTerm]:
    """Departments those of their policies, townships and villages all: they apply for villagers."""
    scope = scope_of(user)
    found = ApplicationTerm.objects.select_related("policy__department", "opened_by")
    if not (scope.roles & TOWNSHIP_ROLES or scope.village_ids or Role.AUDITOR in scope.roles):
        found = found.filter(policy__department__in=scope.department_ids)
    counted = {name: Count("applications", filter=Q(applications__state=name)) for name in State.values}
    return found.annotate(all_count=Count("applications"), **{f"{k}_count": v for k, v in counted.items()})


def get_term(user: User, pk: int) -> ApplicationTerm:
    term = visible_terms(user).filter(pk=pk).first()
    if term is None:
        raise NotFound
    return term


# --- The applicant's own ----------------------------------------------------------------------------------------------
def own_applications(person: Person) -> QuerySet[Application]:
    return _with_takes(Application.objects.filter(applicant=person).select_related(*_RELATED, "term"))


def own_application(person: Person, number: str) -> Application:
    found = own_applications(person).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def members(person: Person) -> list[Person]:
    """For whom a villager may apply: the living of the own household, oneself first."""
    living = Person.objects.filter(household=person.household_id, state=Person.State.ALIVE).order_by("pk")
    return sorted(living, key=lambda one: one.pk != person.pk)


def steps_of(application: Application) -> list[dict[str, Any]]:
    """How it stands, for parts/_stepper.html: handed in, accepted, decided, in a roster."""
    state = application.state
    ended = state == State.WITHDRAWN
    shown: list[dict[str, Any]] = [
        {"title": "提交申报", "state": "done", "when": application.made_at, "note": _entered(application)}
    ]
    if state == State.ASKED:
        note = f"请补正：{application.missing}"
        shown.append({"title": "乡镇受理", "state": "current", "when": application.missing_at, "note": note})
    elif application.accepted_at:
        shown.append({"title": "乡镇受理", "state": "done", "when": application.accepted_at})
    else:
        shown.append({"title": "乡镇受理", "state": "todo" if ended or state == State.REFUSED else "current"})
    decided: dict[str, Any] = {"title": "乡镇审核", "state": "current" if state == State.ACCEPTED else "todo"}
    if application.decided_at:
        verdict = "未通过" if state == State.REFUSED else "通过"
        step_state = "returned" if state == State.REFUSED else "done"
        decided |= {"state": step_state, "when": application.decided_at, "note": application.reason, "word": verdict}
    shown.append(decided)
    if ended:
        last = {"title": "撤回申报", "state": "returned", "word": "已撤回", "when": application.withdrawn_at}
        return [*(step for step in shown if step["state"] == "done"), last]
    if state == State.REFUSED:
        return shown
    take = next(iter(getattr(application, "living_takes", [])), None)
    listed = {"state": "done", "when": take.at} if take else {"state": "todo"}
    return [*shown, {"title": "列入发放清册", **listed}]


def _entered(application: Application) -> str:
    return f"{application.entered_by.full_name}代为填报" if application.entered_by else "网上申报"
