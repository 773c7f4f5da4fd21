"""Recovery for tests, walked through the services.

case = open_case()                       # the whole of a paid payment, proposed and agreed to
case = open_case(fen=60_00)              # a part of it
case = came_in(case, 20_00)              # entered by the department, confirmed by the finance bureau
ending = proposed_ending(case)           # the department says that the rest cannot be recovered
"""

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from disbursement.models import Payment, RecoveryCase, RecoveryEnding, RecoveryInstalment
from disbursement.services import recovery
from rosters import services as rosters
from rulebook import clock
from tests.factories import cast, standard
from tests.factories_disbursement import answered_batch, approved_roster
from tests.factories_households import account, household, person
from tests.factories_rosters import draft_roster, sent_roster
from tests.factories_rosters import fresh as fresh_roster

_numbers = itertools.count(1)
PDF = b"%PDF-1.4 practice"
AGE = "2080502"


def scan(name: str = "材料.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def paid_payment(*, homes: int = 2) -> Payment:
    """A payment of the agriculture office's policy that the bank has paid."""
    batch = answered_batch(approved_roster(homes=homes))
    return batch.payments.select_related("batch__quota", "line__roster__policy", "payee").get(number=1)


def elder_payment() -> Payment:
    """A year's allowance that a bank has paid to somebody old, the only one of the household with an account."""
    home = household(with_accounts=False, mu=None)
    old = person(home, "甲老", relation="父亲", birth=date(1940, 5, 1))
    account(old)
    roster = draft_roster(homes=0, code=AGE)
    rosters.add_line(by=cast.clerk, roster=roster, beneficiary=old, standard=standard(AGE, "80"), quantity=Decimal(12))
    batch = answered_batch(approved_roster(roster=sent_roster(roster=fresh_roster(roster))))
    return batch.payments.select_related("line__beneficiary", "line__roster__policy", "payee").get()


def claim(payment: Payment, **more: Any) -> recovery.Claim:
    fen = more.pop("fen", None)
    told = {"reason": "double", "words": "与上一批重复发放", "amount_fen": payment.amount_fen if fen is None else fen}
    if fen is not None and fen != payment.amount_fen:
        told["reckoning"] = "多发的部分"
    return recovery.Claim(**{**told, **more})


def debtor(payment: Payment) -> recovery.Debtor:
    return recovery.Debtor("payee", payment.payee_name)


def proposed_case(payment: Payment | None = None, *, by: User | None = None, **more: Any) -> RecoveryCase:
    of = payment or paid_payment()
    return recovery.propose_case(
        by=by or cast.dept_officer1,
        payment=of,
        claim=claim(of, **more),
        debtor=debtor(of),
        evidence=scan("比对结果.pdf"),
    )


def open_case(payment: Payment | None = None, **more: Any) -> RecoveryCase:
    return recovery.decide_case(by=cast.farm_head, case=proposed_case(payment, **more), agree=True)


def entered(case: RecoveryCase, fen: int | None = None, *, by: User | None = None, **more: Any) -> RecoveryInstalment:
    given = {"received_on": clock.today(), "reference": f"HK{next(_numbers):08d}", **more}
    amount = case.rest_fen if fen is None else fen
    return recovery.enter_instalment(
        by=by or cast.dept_officer1, case=case, amount_fen=amount, slip=scan("回单.pdf"), **given
    )


def came_in(case: RecoveryCase, fen: int | None = None) -> RecoveryCase:
    return recovery.confirm_instalment(by=cast.officer, instalment=entered(case, fen))


def proposed_ending(case: RecoveryCase) -> RecoveryEnding:
    return recovery.propose_ending(
        by=cast.dept_officer1, case=case, reason="债务人死亡，没有可执行的财产", basis=scan("终结裁定.pdf")
    )


def fresh(case: RecoveryCase) -> RecoveryCase:
    return RecoveryCase.objects.select_related("payment__batch__quota").get(pk=case.pk)
