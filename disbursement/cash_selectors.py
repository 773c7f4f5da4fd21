"""What a person may see of cash: a township its own assemblies, a department its policies', the county all."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from disbursement.models import Batch, CashSession, Payment
from lib.errors import NotFound

Status = CashSession.Status
OPEN = (Status.PLANNED, Status.DRAWN)
OVER = (Status.CLOSED, Status.CANCELLED)


def visible_sessions(user: User) -> QuerySet[CashSession]:
    scope = scope_of(user)
    found = CashSession.objects.select_related(
        "batch__quota__policy__department", "batch__bank", "batch__agent_account", "unit", "village__parent",
        "planned_by", "settled_by", "closed_by",
    )  # fmt: skip
    if scope.whole_county:
        return found
    return found.filter(
        Q(unit__division_id__in=scope.township_ids) | Q(batch__quota__policy__department_id__in=scope.department_ids)
    )


def get_session(user: User, pk: int) -> CashSession:
    session = visible_sessions(user).filter(pk=pk).first()
    if session is None:
        raise NotFound
    return session


@dataclass(frozen=True)
class Waiting:
    """A village that a released batch owes cash and that has no assembly yet."""

    batch: Batch
    village: Division
    count: int
    fen: int


def waiting_villages(user: User) -> list[Waiting]:
    scope = scope_of(user)
    owed = Payment.objects.filter(batch__method="cash", batch__status="sent", status="sent", handout=None)
    if not scope.whole_county:
        owed = owed.filter(
            Q(line__village__parent_id__in=scope.township_ids)
            | Q(batch__quota__policy__department_id__in=scope.department_ids)
        )
    rows = (
        owed.values("batch", "line__village")
        .annotate(count=Count("pk"), fen=Sum("amount_fen"))
        .order_by("batch", "line__village__code")
    )
    batches = Batch.objects.select_related("quota__policy").in_bulk({row["batch"] for row in rows})
    villages = Division.objects.select_related("parent").in_bulk({row["line__village"] for row in rows})
    return [Waiting(batches[row["batch"]], villages[row["line__village"]], row["count"], row["fen"]) for row in rows]


def get_waiting(user: User, batch_pk: int, village_pk: int) -> Waiting:
    for row in waiting_villages(user):
        if (row.batch.pk, row.village.pk) == (batch_pk, village_pk):
            return row
    raise NotFound


def is_clerk(user: User, session: CashSession) -> bool:
    return scope_of(user).holds(Role.TOWNSHIP_CLERK, organisation_id=session.unit_id)


def is_leader(user: User, session: CashSession) -> bool:
    return scope_of(user).holds(Role.TOWNSHIP_LEADER, organisation_id=session.unit_id)
