"""What was paid for the time after a death is asked back in full (ZLT§16, §19(1)): its cases open by themselves.

Identity-based subsidies only, where the rules kept by the roster say so. A case opens at once when the death is
recorded, and by the daily look for what a bank paid afterwards; never twice for a payment.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from disbursement.models import Payment, RecoveryCase
from disbursement.services.recovery.cases import free_fen
from disbursement.services.recovery.opening import open_for_death
from households.models import Person
from lib.money import format_yuan
from lib.templatetags.portal import cn_date
from subsidies.models import Policy

AT_ONCE = 500
RULE, STOP_AND_RECOVER = "death.identity", "stop_and_recover"


def person_gone(person: Person, by: User) -> None:
    """Hears from households of a death: opens cases for what was already paid."""
    if person.state == Person.State.DEAD:
        _open(_paid_after_death().filter(line__beneficiary=person), by)


def open_due(day: date) -> None:
    """Opens cases for what banks paid since for people who were dead by then."""
    _open(_paid_after_death(), None)


def _paid_after_death() -> QuerySet[Payment]:
    cases = RecoveryCase.objects.filter(payment=OuterRef("pk"), reason=RecoveryCase.Reason.DEATH)
    return Payment.objects.filter(
        ~Exists(cases),
        status=Payment.Status.PAID,
        line__beneficiary__state=Person.State.DEAD,
        line__period_end__gt=F("line__beneficiary__died_on"),
        line__roster__policy__category=Policy.Category.IDENTITY,
    )


def _open(payments: QuerySet[Payment], by: User | None) -> None:
    """One case a payment, its row locked so that two looks at once open one."""
    for payment in _locked(payments):
        line = payment.line
        if line.roster.rules[RULE]["value"] != STOP_AND_RECOVER or line.beneficiary.died_on is None:
            continue
        amount, words = overpaid(payment.amount_fen, line.period_start, line.period_end, line.beneficiary.died_on)
        free = free_fen(payment)
        if amount > free:
            amount, words = free, f"{words}其余{format_yuan(amount - free)}已在别的追缴中。"
        if amount:
            open_for_death(by=by, payment=payment, amount_fen=amount, reckoning=words)


def _locked(payments: QuerySet[Payment]) -> Iterator[Payment]:
    """All of them, some at a time: those for which nothing is owed are met again at every look."""
    wanted = payments.select_for_update(no_key=True, of=("self",)).select_related(
        "line__beneficiary__household__head", "line__roster__policy", "payee"
    )
    last = 0
    while rows := list(wanted.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield from rows
        last = rows[-1].pk


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
