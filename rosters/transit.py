"""Who stands in a roster on its way: nobody changes such a person's account, head, name or household meanwhile (ROS-4).

Between sealing and the bank a roster holds what was looked at and posted. The room that pays says the rest: which lines
of a roster in payment have not reached the bank, and whose payments failed.
"""

from collections.abc import Collection
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from accounts.models import User
from households.models import AccountChange
from households.transit import Held
from rosters import chain
from rosters.models import Roster, RosterLine

HOLDING = (Roster.Status.REVIEW, Roster.Status.NOTICE, Roster.Status.APPROVED)
MOST = 20


def standing(people: Collection[int], lines: Q, *, stage: str = "", failed: bool = False) -> list[Held]:
    """Each of these people in each roster in which one of the `lines` is paid to them or for them."""
    mine = RosterLine.objects.filter(lines, Q(beneficiary__in=people) | Q(payee__in=people), taken_out=False)
    found = set()
    for line in mine.select_related("roster").order_by("roster_id", "number"):
        where = stage or line.roster.get_status_display()
        for person in {line.beneficiary_id, line.payee_id} & set(people):
            cash = line.cash or person != line.payee_id
            found.add(Held(person or 0, line.roster.title, where, failed=failed, no_account=cash))
    return sorted(found)


def on_their_way(people: Collection[int]) -> list[Held]:
    return standing(people, Q(roster__status__in=HOLDING))


def changes_panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """On the roster's page: payees whose change of account waits for it, or holds it back while it is being made."""
    if roster.status not in (*HOLDING, *Roster.EDITABLE):
        return None
    waiting = AccountChange.objects.filter(
        person=OuterRef("payee"), state__in=AccountChange.OPEN, kind=AccountChange.Kind.REPLACE
    )
    lines = list(roster.lines.filter(Exists(waiting), taken_out=False, cash=False).order_by("number")[: MOST + 1])
    if not lines:
        return None
    context = {
        "lines": lines[:MOST],
        "more": len(lines) > MOST,
        "making": roster.status in Roster.EDITABLE,
        "ours": chain.in_unit(cast(User, request.user), roster),
    }
    return "rosters/_account_changes.html", context
