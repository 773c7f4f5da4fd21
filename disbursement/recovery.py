"""Recovery cases (REC-3): what was paid for the time after a death is asked back in full (ZLT§16, §19(1)).

Identity-based subsidies only, where the rules kept by the roster say so. A case opens at once when the death is
recorded, and by the daily look for what a bank paid afterwards; never twice for a payment.
"""

from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from accounts.scope import DEPARTMENT_ROLES, scope_of
from accounts.trail import record
from disbursement.models import Payment, RecoveryCase
from households.models import Person
from lib.money import format_yuan
from lib.templatetags.portal import cn_date
from rulebook import clock
from subsidies.models import Policy

MOST = 500
RULE, STOP_AND_RECOVER = "death.identity", "stop_and_recover"


def person_gone(person: Person, by: User) -> None:
    """Hears from households of a death: opens cases for what was already paid."""
    if person.state == Person.State.DEAD:
        _open(_paid_after_death().filter(line__beneficiary=person), by)


def open_due(day: date) -> None:
    """Opens cases for what banks paid since for people who were dead by then."""
    _open(_paid_after_death(), None)


def _paid_after_death() -> QuerySet[Payment]:
    cases = RecoveryCase.objects.filter(payment=OuterRef("pk"))
    return Payment.objects.filter(
        ~Exists(cases),
        status=Payment.Status.PAID,
        line__beneficiary__state=Person.State.DEAD,
        line__period_end__gt=F("line__beneficiary__died_on"),
        line__roster__policy__category=Policy.Category.IDENTITY,
    )


def _open(payments: QuerySet[Payment], by: User | None) -> None:
    """One case a payment, its row locked so that two looks at once open one."""
    wanted = payments.select_for_update(no_key=True, of=("self",)).select_related(
        "line__beneficiary", "line__roster__policy"
    )
    for payment in wanted.order_by("pk")[:MOST]:
        line = payment.line
        if line.roster.rules[RULE]["value"] != STOP_AND_RECOVER or line.beneficiary.died_on is None:
            continue
        amount, words = overpaid(payment.amount_fen, line.period_start, line.period_end, line.beneficiary.died_on)
        if not amount:
            continue
        case = RecoveryCase.objects.create(
            payment=payment,
            person=line.beneficiary,
            department_id=line.roster.policy.department_id,
            reason=RecoveryCase.Reason.DEATH,
            reckoning=words,
            amount_fen=amount,
            opened_by=by,
            opened_at=clock.now(),
        )
        facts = {"payment": payment.pk, "person": line.beneficiary_id, "amount_fen": amount}
        record(by=by, verb="recovery.open", subject=case, facts=facts)


def overpaid(amount_fen: int, start: date, end: date, died_on: date) -> tuple[int, str]:
    """What of a period's amount is for the time after the death, and how that was reckoned.

    A period of whole months is reckoned by months, that of the death included in what was due; others by days.
    """
    period = f"所属期{cn_date(start)}至{cn_date(end)}"
    if died_on < start:
        return amount_fen, f"{period}全在{cn_date(died_on)}死亡之后，全额追缴。"
    whole_months = start.day == 1 and (end + timedelta(days=1)).day == 1
    if whole_months:
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        after = (end.year - died_on.year) * 12 + end.month - died_on.month
        unit = "个月"
    else:
        months, after, unit = (end - start).days + 1, (end - died_on).days, "天"
    fen = (amount_fen * after * 2 + months) // (months * 2)
    sum_words = f"{format_yuan(amount_fen)}×{after}÷{months}"
    words = f"{period}共{months}{unit}，{cn_date(died_on)}死亡，其后{after}{unit}：{sum_words}。"
    return fen, words


def cases_for(user: User) -> QuerySet[RecoveryCase]:
    """The county's posts all, a department those it must follow, a township its people's."""
    scope = scope_of(user)
    found = RecoveryCase.objects.select_related(
        "person__household__village__parent", "department", "payment__line__roster__policy"
    )
    if scope.whole_county:
        return found
    offices = [office.pk for office in scope.organisations(DEPARTMENT_ROLES)]
    own = found.filter(department__in=offices)
    return own | found.filter(person__household__village__parent_id__in=scope.township_ids)
