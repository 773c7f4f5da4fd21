"""What follows an assembly: the rest back into the account, the leader's comparison, results (PAY-6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from disbursement.models import Batch, CashHandout, CashScan, CashSession
from disbursement.services import consequences, cycles
from disbursement.services.batches import _move as move_batch
from disbursement.services.batches import locked_arrival, locked_batch, locked_rosters
from disbursement.services.cash import _expect, _figures, _filled, _locked, _move, _of_clerk
from lib.errors import Conflict, Forbidden, Invalid
from lib.money import format_yuan
from rulebook import clock, deadlines
from subsidies import ledger
from subsidies.models import LedgerAccount

Status, Outcome = CashSession.Status, CashHandout.Outcome
Account = LedgerAccount.Kind


@dataclass(frozen=True)
class Settlement:
    """What the assembly's record says, and what went back to the account."""

    attendance: int
    policy_read: bool
    minutes: str
    returned_fen: int = 0
    reference: str = ""
    at: datetime | None = None


@transaction.atomic
def settle_session(*, by: User, session: CashSession, settlement: Settlement) -> CashSession:
    """Everything on the list has its result and what nobody took is back in the account: nobody keeps cash."""
    session = _of_clerk(by, session, Status.DRAWN)
    waiting = session.handouts.filter(outcome=Outcome.WAITING).count()
    if waiting:
        raise Conflict(f"还有{waiting}人没有填写结果，请先在发放表逐一登记。", code="disbursement.cash_waiting")
    handed = session.handouts.filter(outcome=Outcome.HANDED)
    handed_fen = handed.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    rest = session.drawn_fen - handed_fen
    changes = {**_assembly(settlement), **_returned(session, settlement, rest)}
    now = clock.now()
    session.handed_count, session.handed_fen = handed.count(), handed_fen
    session.save(update_fields=["handed_count", "handed_fen"])
    _move(session, Status.SETTLED, settled_by=by, settled_by_person_id=by.person_id, settled_at=now, **changes)
    last = handed.order_by("-at").values_list("at", flat=True).first()
    deadlines.meet("cash.return", session, at=session.returned_at or last or now)
    record(by=by, verb="cash.settle", subject=session, facts=_figures(session))
    return session


def _assembly(settlement: Settlement) -> dict[str, Any]:
    if not settlement.policy_read:
        raise Invalid(
            "发放前须向村民宣读政策，请确认已宣读。", code="disbursement.cash_policy_read", field="policy_read"
        )
    if settlement.attendance <= 0:
        raise Invalid("请填写到会人数。", code="disbursement.cash_attendance", field="attendance")
    minutes = settlement.minutes.strip()
    if len(minutes) < 10:
        raise Invalid("请填写会议记录，不少于10个字。", code="disbursement.cash_minutes", field="minutes")
    return {"attendance": settlement.attendance, "policy_read": True, "minutes": minutes}


def _returned(session: CashSession, settlement: Settlement, rest: int) -> dict[str, Any]:
    if settlement.returned_fen != rest:
        raise Invalid(
            f"领出{format_yuan(session.drawn_fen)}，已签字领取{format_yuan(session.drawn_fen - rest)}，"
            f"应存回代发户{format_yuan(rest)}，现填{format_yuan(settlement.returned_fen)}。现金不得由个人保管，请核对。",
            code="disbursement.cash_balance",
            field="returned",
        )
    if rest == 0:
        return {"returned_fen": 0, "returned_reference": "", "returned_at": None}
    if settlement.at is None or settlement.at > clock.now() or settlement.at < (session.drawn_at or settlement.at):
        raise Invalid("请填写存回的时间，应在取款之后、现在之前。", code="disbursement.cash_returned_at", field="at")
    reference = _filled(settlement.reference, "reference", "存款凭证号", 60)
    return {"returned_fen": rest, "returned_reference": reference, "returned_at": settlement.at}


# --- Closing ----------------------------------------------------------------------------------------------------------
def missing_scans(session: CashSession) -> list[str]:
    """What must be scanned before the session is closed."""
    kinds = set(session.scans.values_list("kind", flat=True))
    missing = [] if CashScan.Kind.SIGNED_LIST in kinds else ["双方签字的发放表"]
    return missing if kinds & {CashScan.Kind.MINUTES, CashScan.Kind.PHOTO} else [*missing, "会议记录或会议照片"]


def _of_leader(by: User, session: CashSession) -> None:
    require(by, Role.TOWNSHIP_LEADER, organisation_id=session.unit_id)
    if by.person_id in (session.planned_by_person_id, session.settled_by_person_id):
        raise Forbidden("经办人不能核对自己办理的发放会，请由分管领导核对。", code="disbursement.two_people")
    _expect(session, Status.SETTLED)


@transaction.atomic
def send_back_session(*, by: User, session: CashSession, reason: str) -> CashSession:
    """The leader finds something wrong: the clerk mends the list or the record."""
    session = _locked(session)
    _of_leader(by, session)
    words = _filled(reason, "reason", "退回原因", 200)
    _move(session, Status.DRAWN)
    record(by=by, verb="cash.send_back", subject=session, facts={**_figures(session), "reason": words})
    return session


_PAYMENTS = """
UPDATE disbursement_payment p
   SET status = CASE h.outcome WHEN 'handed' THEN 'paid' ELSE 'failed' END, reason = h.reason,
       bank_reference = %(number)s, settled_at = h.at, disposal = CASE h.outcome WHEN 'handed' THEN '' ELSE 'open' END
  FROM disbursement_cashhandout h
 WHERE h.session_id = %(session)s AND p.id = h.payment_id
"""


@transaction.atomic
def close_session(*, by: User, session: CashSession, handed_fen_seen: int) -> CashSession:
    """The leader compares list, scans and bank slips: what was signed for is paid, the rest failed."""
    batch = locked_batch(session.batch)
    arrival = locked_arrival(batch.arrival_id) if batch.arrival_id else None
    rosters = locked_rosters(list(batch.parts.values_list("roster_id", flat=True)))
    session = _locked(session)
    _of_leader(by, session)
    missing = missing_scans(session)
    if missing:
        raise Conflict(f"请经办人先上传{'、'.join(missing)}，再核对办结。", code="disbursement.cash_scans")
    if handed_fen_seen != session.handed_fen or arrival is None:
        raise Conflict(
            f"您看到的发放金额是{format_yuan(handed_fen_seen)}，现为{format_yuan(session.handed_fen)}，请重新核对。",
            code="disbursement.total_seen",
        )
    _move(session, Status.CLOSED, closed_by=by, closed_by_person_id=by.person_id, closed_at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, {"session": session.pk, "number": session.number})
    if session.returned_fen:
        arrival.used_fen -= session.returned_fen
        arrival.save(update_fields=["used_fen"])
    _count(batch, session)
    failed = session.handouts.filter(outcome=Outcome.NOT_HANDED).values_list("payment_id", flat=True)
    consequences.follow_failures(by, batch, list(failed), at=clock.now())
    consequences.close_finished(by=by, rosters=rosters)
    moves = ((Account.PAID, session.handed_fen, "handed"), (Account.RETURNED, session.returned_fen, "returned"))
    for target, fen, word in moves:
        if fen:
            key = f"cash:{session.pk}:{word}"
            ledger.move(batch.quota, Account.IN_TRANSIT, target, fen, key=key, subject=session, by=by)
    record(by=by, verb="cash.close", subject=session, facts=_figures(session))
    return session


def _count(batch: Batch, session: CashSession) -> None:
    listed = session.handouts.count()
    batch.paid_count += session.handed_count
    batch.paid_fen += session.handed_fen
    batch.failed_count += listed - session.handed_count
    batch.failed_fen += session.returned_fen
    batch.save(update_fields=["paid_count", "paid_fen", "failed_count", "failed_fen"])
    if batch.paid_count + batch.failed_count == batch.payment_count:
        move_batch(batch, Batch.Status.ANSWERED, answered_at=clock.now())
        cycles.batch_answered(batch)
