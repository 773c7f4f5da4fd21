"""Who sees which supplied list, and which parts a township may take."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Role, User
from accounts.scope import scope_of
from lib.errors import NotFound
from rosters.models import Roster, RosterImport
from rosters.supplies.models import Supply, SupplyPart
from rosters.supplies.services import SUPPLIERS

State = Supply.State
TONES = {
    State.SORTING: "info",
    State.SORTED: "warn",
    State.ISSUED: "good",
    State.WITHDRAWN: "neutral",
    State.UNREADABLE: "bad",
}
_BUSY = Q(batch__state__in=RosterImport.BUSY) & ~Q(batch__roster__status=Roster.Status.VOID)


def visible_supplies(user: User) -> QuerySet[Supply]:
    """Departments their own, townships the issued ones with rows of theirs, auditors all."""
    scope = scope_of(user)
    found = Supply.objects.select_related("organisation", "policy", "file", "job", "made_by", "key", "issued_by")
    if Role.AUDITOR in scope.roles:
        return found
    ours = SupplyPart.objects.filter(supply=OuterRef("pk"), division__in=scope.township_ids)
    return found.filter(Q(organisation__in=scope.department_ids) | Q(Exists(ours), state=State.ISSUED))


def get_supply(user: User, pk: int) -> Supply:
    found = visible_supplies(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def supplies(user: User, supply: Supply) -> bool:
    """Whether this person acts for the department that supplied the list."""
    return supply.organisation_id in {office.pk for office in scope_of(user).organisations(SUPPLIERS)}


def parts_for(user: User, supply: Supply) -> QuerySet[SupplyPart]:
    """To the department all parts, to a township its own."""
    scope = scope_of(user)
    found = supply.parts.select_related("division", "batch__roster").order_by("division__code")
    if Role.AUDITOR in scope.roles or supply.organisation_id in scope.department_ids:
        return found
    return found.filter(division__in=scope.township_ids)


def free_parts() -> QuerySet[SupplyPart]:
    """Issued parts that stand in no roster and are not being looked at."""
    found = SupplyPart.objects.filter(supply__state=State.ISSUED).exclude(pk__in=SupplyPart.objects.filter(_BUSY))
    return found.select_related("supply__organisation", "supply__policy", "division")


def to_take(user: User) -> QuerySet[SupplyPart]:
    townships = [office.division_id for office in scope_of(user).organisations([Role.TOWNSHIP_CLERK])]
    return free_parts().filter(division__in=townships)


def parts_of(roster: Roster) -> QuerySet[SupplyPart]:
    """Issued parts for this roster's policy, period and township."""
    if roster.organisation.kind != roster.organisation.Kind.TOWNSHIP:
        return SupplyPart.objects.none()
    return SupplyPart.objects.filter(
        supply__state=State.ISSUED,
        supply__policy=roster.policy_id,
        supply__period_start=roster.period_start,
        supply__period_end=roster.period_end,
        division=roster.division_id,
    ).select_related("supply__organisation", "batch__roster", "file")


def fate_of(part: SupplyPart) -> dict[str, Any]:
    """What became of a township's rows, in words."""
    batch = part.batch
    if batch is None:
        return {"word": "待取入", "tone": "warn"}
    states = RosterImport.State
    if batch.roster.status == Roster.Status.VOID:
        return {"word": "清册已作废，待重新取入", "tone": "warn"}
    if batch.state == states.TAKEN_IN:
        return {"word": "已写入清册", "tone": "good", "batch": batch, "bad": batch.rows - batch.good_rows}
    if batch.state in (states.CHECKING, states.READY):
        return {"word": "乡镇核对中", "tone": "info", "batch": batch}
    return {"word": "待重新取入", "tone": "warn"}
