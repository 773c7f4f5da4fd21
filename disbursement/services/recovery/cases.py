"""What the steps of a recovery share: whose they are, the case under its lock, its history."""

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection

from accounts.models import Role, User
from accounts.scope import scope_of
from disbursement.models import Payment, RecoveryCase, RecoveryEvent
from jobs.models import StoredFile
from jobs.uploads import SCANS, keep_paper
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.text import sentence
from rulebook import clock

State, What = RecoveryCase.State, RecoveryEvent.What

# The department in charge recovers (ZLT§19(1), §20(4)), the finance bureau sees that it does (CQ§37).
MAKERS = (Role.DEPT_OFFICER, Role.DEPT_REVIEWER)
DECIDERS = (Role.DEPT_HEAD, Role.DEPT_REVIEWER)
CONFIRMERS = (Role.FINANCE_OFFICER, Role.FINANCE_REVIEWER)


def holds(user: User, roles: Iterable[str], department_id: int | None = None) -> bool:
    return any(scope_of(user).holds(role, organisation_id=department_id) for role in roles)


def require_one(by: User, roles: Iterable[str], department_id: int | None = None) -> None:
    if not holds(by, roles, department_id):
        where = "该补贴主管部门的" if department_id else "财政部门的"
        posts = "、".join(f"“{Role(role).label}”" for role in roles)
        raise Forbidden(f"这一步由{where}{posts}岗位办理，您没有该岗位。", code="accounts.post_needed")


def another(by: User, maker_person_id: int | None, words: str) -> None:
    """Who made it does not check it."""
    if by.person_id == maker_person_id:
        raise Forbidden(words, code="disbursement.two_people")


def locked_case(case: RecoveryCase) -> RecoveryCase:
    found = (
        RecoveryCase.objects.select_for_update(no_key=True, of=("self",))
        .select_related("payment__batch__quota", "department", "person")
        .filter(pk=case.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def expect(case: RecoveryCase, *states: RecoveryCase.State) -> None:
    if case.state not in states:
        raise Conflict(
            f"追缴{case.number}已是“{case.get_state_display()}”，现在不能办理这一步，请刷新页面后再看。",
            code="disbursement.recovery_state",
        )


def move_case(case: RecoveryCase, state: RecoveryCase.State, **changes: Any) -> None:
    """The one way a case changes its state."""
    if state not in RecoveryCase.TRANSITIONS[case.state]:
        raise Conflict(
            f"追缴{case.number}已是“{case.get_state_display()}”，不能转为“{state.label}”，办结的追缴不能重开。",
            code="disbursement.recovery_arrow",
        )
    case.state = state
    for name, value in changes.items():
        setattr(case, name, value)
    case.save(update_fields=["state", *changes])


def tell(
    case: RecoveryCase, what: RecoveryEvent.What, by: User | None, words: str = "", fen: int | None = None
) -> None:
    """Appends to the history of a case."""
    RecoveryEvent.objects.create(case=case, what=what, words=words[:400], fen=fen, by=by, at=clock.now())


def facts_of(case: RecoveryCase) -> dict[str, Any]:
    return {
        "number": case.number,
        "payment": case.payment_id,
        "reason": case.reason,
        "amount_fen": case.amount_fen,
        "received_fen": case.received_fen,
    }


def next_number() -> tuple[int, str]:
    """Key and number of a case that begins today."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('disbursement_recoverycase', 'id'))")
        pk = cursor.fetchone()[0]
    return pk, f"ZJ{clock.today():%Y%m%d}{pk:05d}"


def free_fen(payment: Payment) -> int:
    """What of a payment stands in no case yet. A refused case asks for nothing."""
    cases = RecoveryCase.objects.filter(payment=payment).exclude(state=State.REFUSED)
    return payment.amount_fen - sum(cases.values_list("amount_fen", flat=True))


def filled(text: str, field: str, title: str, most: int, least: int = 1) -> str:
    plain = sentence(text)
    if not least <= len(plain) <= most:
        length = f"{least}至{most}个字" if least > 1 else f"不超过{most}个字"
        raise Invalid(f"请填写{title}，{length}。", code="disbursement.empty", field=field)
    return plain


def kept_file(upload: UploadedFile[Any], *, field: str, by: User) -> StoredFile:
    """A scan with the hash of its content."""
    return keep_paper(upload, by=by, field=field, kinds=SCANS)
