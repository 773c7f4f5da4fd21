"""An allowance that was paid for the month after a death, and how it comes back (追缴): half so far.

Where the county's rules ask such money back, the case opens by itself with the death.
"""

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from accounts.models import Post, Role, User
from demo.cash import SCAN
from demo.people import BANKS
from demo.stories import Scene
from demo.walking import on
from disbursement.models import Payment, RecoveryCase
from disbursement.services import recovery
from households.models import Person
from households.services import mark_dead
from lib.money import format_yuan

DIED, MARCH = date(2026, 2, 10), date(2026, 3, 1)
DUE, CAME_IN = date(2026, 5, 20), date(2026, 4, 28)
ACCOUNT = "629999900000000099"


def heard_too_late(scene: Scene) -> None:
    """On 1 April the township hears of a death in February; the department writes to the family."""
    on(date(2026, 4, 1), 8, 30)
    payment = _paid_for_march(scene)
    if payment is None:
        return
    person = payment.line.beneficiary
    home = person.household.village.parent_id
    number = next(n for n in scene.townships if scene.county.townships[n - 1].division_id == home)
    mark_dead(by=scene.staff[f"clerk{number:02d}"], person=person, on=DIED)
    policy = payment.line.roster.policy
    for case in RecoveryCase.objects.filter(person=person).order_by("pk"):
        recovery.issue_notice(
            by=_reviewer(policy.department_id), case=case, due_on=DUE, contact=f"经办 {policy.consult_phone}",
            into=recovery.PayInto(scene.county.finance_bureau.name, BANKS[0], ACCOUNT),
        )  # fmt: skip


def _paid_for_march(scene: Scene) -> Payment | None:
    """To somebody who was paid in person and is not the head: the head answers for the household."""
    old = F("line__beneficiary")
    paid = Payment.objects.filter(
        status=Payment.Status.PAID, line__roster__policy=scene.policy("elders"), line__period_start=MARCH, payee=old,
        payee__state=Person.State.ALIVE, payee__household__head__state=Person.State.ALIVE,
    )  # fmt: skip
    related = ("line__beneficiary__household__village", "line__roster__policy")
    return paid.exclude(payee__household__head=old).select_related(*related).order_by("pk").first()


def _reviewer(department_id: int) -> User:
    return Post.objects.select_related("user").get(organisation=department_id, role=Role.DEPT_REVIEWER).user


def half_came_back(scene: Scene) -> None:
    """The department enters what the family paid, the finance bureau finds it in its account."""
    on(date(2026, 5, 6), 9, 50)
    for case in RecoveryCase.objects.filter(state=RecoveryCase.State.OPEN).order_by("pk"):
        instalment = recovery.enter_instalment(
            by=_reviewer(case.department_id), case=case, amount_fen=case.amount_fen // 2, received_on=CAME_IN,
            reference="HK2026042800001", slip=SimpleUploadedFile("银行回单.pdf", SCAN),
        )  # fmt: skip
        now = recovery.confirm_instalment(by=scene.staff["officer1"], instalment=instalment)
        told = f"应追缴{format_yuan(now.amount_fen)}，已追回{format_yuan(now.received_fen)}"
        scene.say(f"追缴：1件，死亡后发放的{told}。")
