"""Who sees which request for data or connections, and what waits for whom (ACL-4)."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Role, User
from accounts.scope import Scope, scope_of
from audit import access_way
from audit.models import AccessFetch, AccessRequest, AccessToken
from lib.errors import NotFound
from rulebook import clock, paths

State = AccessRequest.State
# The finance bureau's reviewers and audit see all requests; others those of their own organisation.
SEES_ALL = frozenset({Role.FINANCE_REVIEWER, Role.FINANCE_HEAD, Role.AUDITOR})


def visible_in(scope: Scope) -> QuerySet[AccessRequest]:
    found = AccessRequest.objects.select_related("organisation", "department", "filed_by", "ended_by", "letter")
    if scope.roles & SEES_ALL:
        return found
    own = {post.organisation_id for post in scope.posts}
    answering = {org.pk for org in scope.organisations([Role.DEPT_HEAD])}
    return found.filter(Q(organisation_id__in=own) | Q(department_id__in=answering))


def request_of(user: User, number: int) -> AccessRequest:
    found = visible_in(scope_of(user)).filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def waiting_for(user: User) -> list[AccessRequest]:
    """Requests whose next step this person may take."""
    found = visible_in(scope_of(user)).filter(state=State.REQUESTED).prefetch_related("steps")
    return [
        request
        for request in found
        if (step := paths.waiting(request, request.steps.all())) and paths.may_decide(user, step, request)
    ]


def running(found: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    today = clock.today()
    return found.filter(state=State.GRANTED, term_from__lte=today, term_to__gte=today)


def unused(scope: Scope) -> QuerySet[AccessRequest]:
    """Running grants of the applicants for whom a person acts of which nothing has been fetched yet."""
    own = Q(organisation_id__in={post.organisation_id for post in scope.posts})
    if access_way.FOR_OUTSIDE in scope.roles:
        own |= Q(organisation__isnull=True)
    fetched = Exists(AccessFetch.objects.filter(request=OuterRef("pk")))
    token = Exists(AccessToken.objects.filter(request=OuterRef("pk")))
    return running(AccessRequest.objects.filter(own)).exclude(fetched).exclude(token)


def fetched(request: AccessRequest) -> QuerySet[AccessFetch]:
    return request.fetches.select_related("by", "token")


def sums(request: AccessRequest) -> dict[str, int]:
    found = request.fetches.aggregate(rows=Sum("row_count"))
    return {"times": request.fetches.count(), "rows": found["rows"] or 0}
