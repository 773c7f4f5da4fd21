"""What a person sees of the comparisons with the police register, and what waits for that person."""

from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import User
from accounts.scope import scope_of
from households.models import IdentityAnswers, IdentityCheck, IdentityRun, Person
from households.verification.acting import may_compare_county, own_townships
from households.verification.people import Standing, figures, people_by_standing, with_standing
from lib.errors import NotFound


def runs_for(user: User) -> QuerySet[IdentityRun]:
    """A township its own runs, the county's posts all."""
    scope = scope_of(user)
    found = IdentityRun.objects.select_related("township", "made_by", "job")
    return found if scope.whole_county else found.filter(township_id__in=scope.township_ids)


def get_run(user: User, pk: int) -> IdentityRun:
    run = runs_for(user).filter(pk=pk).first()
    if run is None:
        raise NotFound
    return run


def get_answers(run: IdentityRun, pk: int) -> IdentityAnswers:
    found = run.files.select_related("file", "job").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def checks_of(person: Person) -> QuerySet[IdentityCheck]:
    """Everything that was asked about a person, newest first."""
    found = person.identity_checks.select_related("run__made_by", "run__township", "refutation__made_by")
    return found.order_by("-pk")


def standing_of(person: Person) -> str:
    """Where one person stands; empty for those who are no longer compared."""
    return standings([person]).get(person.pk, "")


def standings(people: list[Person]) -> dict[int, str]:
    """Where each of some people stands."""
    keys = [person.pk for person in people]
    found = with_standing(Person.objects.filter(pk__in=keys))
    return dict(found.values_list("pk", "standing"))  # type: ignore[misc]


def places(user: User, township: int | None) -> list[dict[str, Any]]:
    """Figures by township for the county, by village for one township."""
    people = people_by_standing(user)
    if township is None:
        by = ("household__village__parent_id", "household__village__parent__name")
    else:
        people = people.filter(household__village__parent_id=township)
        by = ("household__village_id", "household__village__name")
    return [{**row, "place": row[by[0]], "name": row[by[1]]} for row in figures(people, *by)]


def in_the_way(user: User) -> dict[str, int]:
    """How many of the own townships wait to be compared, to be mended, or were reported dead."""
    own = [division.pk for division in own_townships(user)]
    if not own:
        return {}
    people = people_by_standing(user).filter(household__village__parent_id__in=own)
    (found,) = figures(people)
    return {key: found[key] for key in (Standing.WAITING, Standing.MISMATCH, Standing.GONE)}


def runs_waiting(user: User) -> QuerySet[IdentityRun]:
    """Runs that wait for answers, of whoever takes them in: the own townships', or the county's own."""
    found = runs_for(user).filter(state=IdentityRun.State.OPEN)
    if may_compare_county(user):
        return found.filter(township=None)
    return found.filter(township__in=own_townships(user))


def newest_of(people: list[int]) -> QuerySet[IdentityCheck]:
    """The newest answer about each of these people."""
    return IdentityCheck.objects.filter(person__in=people, current=True).select_related("run")


def outcomes(run: IdentityRun) -> dict[str, int]:
    """How many of a run were answered how; under "" those without an answer."""
    return dict(run.checks.order_by().values_list("outcome").annotate(count=Count("pk")))
