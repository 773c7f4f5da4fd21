"""What a person may see of recovery: the county all, a department what it follows, a township its people's."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import User
from accounts.scope import DEPARTMENT_ROLES, scope_of
from disbursement.models import Payment, RecoveryCase, RecoveryEnding, RecoveryInstalment, RecoveryNotice
from disbursement.services.recovery.cases import CONFIRMERS, DECIDERS, MAKERS, holds
from lib.errors import NotFound
from lib.text import normalise, normalise_name
from rulebook import clock

State = RecoveryCase.State
MOST_FOUND = 50


def visible_cases(user: User) -> QuerySet[RecoveryCase]:
    scope = scope_of(user)
    found = RecoveryCase.objects.select_related(
        "person__household__village__parent", "department", "payment__line__roster__policy", "payment__batch"
    )
    if scope.whole_county:
        return found
    offices = [office.pk for office in scope.organisations(DEPARTMENT_ROLES)]
    mine = Q(department__in=offices) | Q(person__household__village__parent_id__in=scope.township_ids)
    return found.filter(mine)


def get_case(user: User, pk: int) -> RecoveryCase:
    case = visible_cases(user).select_related("evidence", "opened_by", "decided_by").filter(pk=pk).first()
    if case is None:
        raise NotFound
    return case


def get_instalment(case: RecoveryCase, pk: int) -> RecoveryInstalment:
    found = case.instalments.select_related("slip", "entered_by", "decided_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_ending(case: RecoveryCase, pk: int) -> RecoveryEnding:
    found = case.endings.select_related("basis", "proposed_by", "decided_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_notice(case: RecoveryCase, pk: int) -> RecoveryNotice:
    found = case.notices.select_related("issued_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


# --- Tabs -------------------------------------------------------------------------------------------------------------
_WAITING = Exists(RecoveryInstalment.objects.filter(case=OuterRef("pk"), state="waiting"))
_ENDING = Exists(RecoveryEnding.objects.filter(case=OuterRef("pk"), state="proposed"))
TABS: dict[str, tuple[str, Q]] = {
    "open": ("追缴中", Q(state=State.OPEN)),
    "proposed": ("待审核", Q(state=State.PROPOSED)),
    "waiting": ("待确认回款", Q(_WAITING, state=State.OPEN)),
    "ending": ("待审定办结", Q(_ENDING, state=State.OPEN)),
    "recovered": ("已追回", Q(state=State.RECOVERED)),
    "ended": ("未全额办结", Q(state=State.ENDED)),
    "dropped": ("未成立", Q(state__in=[State.REFUSED, State.RETURNED])),
}


def of_tab(cases: QuerySet[RecoveryCase], tab: str) -> QuerySet[RecoveryCase]:
    return cases.filter(TABS[tab][1])


def counts(cases: QuerySet[RecoveryCase]) -> dict[str, int]:
    plain = cases.order_by()
    return plain.aggregate(**{tab: Count("pk", filter=wanted) for tab, (_, wanted) in TABS.items()})


def sums(cases: QuerySet[RecoveryCase]) -> dict[str, int]:
    """Asked back, come in, and what is left, over a list."""
    found = cases.order_by().aggregate(
        count=Count("pk"), asked=Sum("amount_fen", default=0), received=Sum("received_fen", default=0)
    )
    return {**found, "rest": found["asked"] - found["received"]}


def last_notices(cases: list[RecoveryCase]) -> dict[int, RecoveryNotice]:
    found = RecoveryNotice.objects.filter(case__in=cases).order_by("case_id", "pk")
    return {notice.case_id: notice for notice in found}


@dataclass(frozen=True)
class AskedBack:
    """What of one payment is asked back, over its cases."""

    asked_fen: int
    received_fen: int
    open: bool
    why: str
    department: str

    @property
    def rest_fen(self) -> int:
        return self.asked_fen - self.received_fen


def asked_back(payments: QuerySet[Payment]) -> dict[int, AskedBack]:
    """By payment; what is only proposed, was refused or came back through the bank asks for nothing."""
    wanted = RecoveryCase.objects.filter(payment__in=payments, state__in=[State.OPEN, State.RECOVERED, State.ENDED])
    found: dict[int, AskedBack] = {}
    for case in wanted.select_related("department").order_by("pk"):
        before = found.get(case.payment_id)
        why = str(case.get_reason_display())
        found[case.payment_id] = AskedBack(
            case.amount_fen + (before.asked_fen if before else 0),
            case.received_fen + (before.received_fen if before else 0),
            case.state == State.OPEN or bool(before and before.open),
            f"{before.why}、{why}" if before and why not in before.why else why,
            case.department.name,
        )
    return found


# --- What waits for whom ----------------------------------------------------------------------------------------------
def to_decide(user: User) -> QuerySet[RecoveryCase]:
    """Proposed cases which this person of the department may agree to."""
    offices = scope_of(user).organisations(DECIDERS)
    found = visible_cases(user).filter(state=State.PROPOSED, department__in=offices)
    return found.exclude(opened_by_person_id=user.person_id)


def to_recover(user: User) -> QuerySet[RecoveryCase]:
    """Open cases which this person's department follows."""
    offices = scope_of(user).organisations(DEPARTMENT_ROLES)
    return visible_cases(user).filter(state=State.OPEN, department__in=offices)


def overdue(cases: QuerySet[RecoveryCase]) -> QuerySet[RecoveryCase]:
    """Whose last notice named a day that has passed."""
    later = RecoveryNotice.objects.filter(case=OuterRef("pk"), due_on__gte=clock.today())
    return cases.filter(~Exists(later), notices__isnull=False).distinct()


def to_confirm(user: User) -> QuerySet[RecoveryInstalment]:
    if not holds(user, CONFIRMERS):
        return RecoveryInstalment.objects.none()
    waiting = RecoveryInstalment.objects.filter(state="waiting", case__state=State.OPEN)
    return waiting.exclude(entered_by_person_id=user.person_id)


def to_end() -> QuerySet[RecoveryEnding]:
    return RecoveryEnding.objects.filter(state="proposed", case__state=State.OPEN)


# --- Payments that may become a case ----------------------------------------------------------------------------------
def recoverable(user: User) -> QuerySet[Payment]:
    """Paid payments of the policies that this person's department is in charge of."""
    offices = scope_of(user).organisations(MAKERS)
    found = Payment.objects.filter(status=Payment.Status.PAID, line__roster__policy__department__in=offices)
    return found.select_related("line__roster__policy", "line__village__parent", "batch", "payee")


def get_recoverable(user: User, pk: int) -> Payment:
    payment = recoverable(user).filter(pk=pk).first()
    if payment is None:
        raise NotFound
    return payment


def search(user: User, text: str) -> list[dict[str, Any]]:
    """By the number of the roster, or by the name of payee or beneficiary, with what stands in no case yet."""
    number, name = normalise(text), normalise_name(text)
    wanted = Q(line__roster__number=number) | Q(payee_name=name) | Q(line__beneficiary_name=name)
    claimed = Sum("recoveries__amount_fen", filter=~Q(recoveries__state=State.REFUSED), default=0)
    rows = recoverable(user).filter(wanted).annotate(free_fen=F("amount_fen") - claimed).order_by("-pk")
    return [{"payment": payment, "free_fen": payment.free_fen} for payment in rows[:MOST_FOUND]]
