"""Which clocks a post sees: those it answers for, and those it supervises (ACL-1).

The county's finance bureau and auditors see all. A township's posts see those of its government and finance station, a
school's and a bank's posts their own. A department supervises what its policies pay (谁主管、谁负责): besides its own
clocks it sees those of townships, schools, banks and the finance bureau on the rosters and payments of its policies. A
school lies in a township, whose posts do not see its rosters, and answers to the department.
"""

from django.apps import apps
from django.db.models import Q

from accounts.models import Organisation, User
from accounts.scope import Scope, scope_of
from rulebook.models import Deadline

Kind = Organisation.Kind
# From the subject of a clock to the department whose policy it is, such as "rosters.roster": "policy__department".
_paths: dict[str, str] = {}


def supervised_through(label: str, path: str) -> None:
    """Clocks of the model `label` are supervised by the department at `path` from it."""
    _paths[label] = path


def clocks_of(user: User) -> Q:
    """Of deadlines, those that the person's posts answer for or supervise."""
    scope = scope_of(user)
    if scope.whole_county:
        return Q()
    return _of_offices(scope, "responsible") | _of_policies(scope)


def breaches_of(user: User) -> Q:
    """Of breaches, those that the person's posts answer for or supervise."""
    scope = scope_of(user)
    if scope.whole_county:
        return Q()
    found = _of_offices(scope, "organisation")
    if scope.department_ids:
        found |= Q(deadline__in=Deadline.objects.filter(_of_policies(scope)).values("pk"))
    return found


def _of_offices(scope: Scope, path: str) -> Q:
    own = Q(**{f"{path}_id__in": [post.organisation_id for post in scope.posts]})
    offices = Q(**{f"{path}__kind__in": (Kind.TOWNSHIP, Kind.FINANCE_STATION)})
    return own | offices & Q(**{f"{path}__division_id__in": scope.township_ids})


def _of_policies(scope: Scope) -> Q:
    found = Q(pk__in=[])
    if not scope.department_ids:
        return found
    for label, path in _paths.items():
        subjects = apps.get_model(label)._default_manager.filter(**{f"{path}__in": scope.department_ids})
        found |= Q(subject_type=label, subject_id__in=subjects.order_by().values("pk"))
    return found
