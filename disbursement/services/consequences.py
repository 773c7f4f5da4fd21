"""What follows from a bank's answer: what failed is mended or declared again, rosters that are done, messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction

from accounts.models import User
from disbursement import kept, payers, reasons
from disbursement.models import Batch, Payment, ResultFile, ResultLine, ReturnNotice
from households.models import AccountChange
from jobs import services as jobs
from jobs.models import Job
from lib.money import format_yuan
from publicity.services import queue_sms
from rosters.models import Roster
from rosters.services import close_roster, make_correction
from rulebook import deadlines
from rulebook.clock import SHANGHAI
from rulebook.models import Deadline
from subsidies import ledger
from subsidies.models import LedgerAccount

SMS_JOB = "disbursement.messages"
CHUNK = 200

# A payee whose account was replaced while the payment was with the bank has nothing left to mend.
_MENDED_MEANWHILE = """
UPDATE disbursement_payment p SET disposal = 'mended', mended_by_id = c.id
  FROM (SELECT DISTINCT ON (person_id) id, person_id FROM households_accountchange
         WHERE state = 'approved' AND kind = 'replace' ORDER BY person_id, checked_at DESC) c
 WHERE p.id = ANY(%s) AND p.status = 'failed' AND p.disposal = 'open'
   AND c.person_id = p.payee_id
   AND EXISTS (SELECT 1 FROM households_bankaccount a
                WHERE a.person_id = p.payee_id AND a.in_use AND a.state = 'normal'
                  AND a.number_digest <> p.account_digest)
"""
_UNFINISHED = """
SELECT 1 FROM rosters_rosterline l
 WHERE l.roster_id = %s AND NOT l.taken_out
   AND NOT EXISTS (SELECT 1 FROM disbursement_payment p WHERE p.line_id = l.id AND p.status = 'paid')
 LIMIT 1
"""


def failed_of(result: ResultFile) -> list[int]:
    return list(Payment.objects.filter(result__result=result, status="failed").values_list("pk", flat=True))


def follow_failures(by: User | None, batch: Batch, failed: Sequence[int], *, at: datetime) -> dict[int, int]:
    """Deals with payments that failed by the batch's way (failure.way); the rosters are locked.

    Mended: the clocks of unit and department begin. Declared again: the lines go back to their unit at once; returns
    the fen of each roster whose money is free again, for `free_returned`.
    """
    if not failed:
        return {}
    if kept.value(batch, "failure.way") == "return_to_declaring" and batch.method == Batch.Method.ACCOUNT:
        return _declare_again(by, failed, at)
    with connection.cursor() as cursor:
        cursor.execute(_MENDED_MEANWHILE, [list(failed)])
    waiting = _open(failed)
    for _, group in groupby(waiting, key=lambda payment: payment.line.roster_id):
        payments = list(group)
        mendable = [payment for payment in payments if payment.reason in reasons.ACCOUNT_REASONS]
        _start(["account.fix"], batch, mendable, at)
        _start(["failure.department"], batch, payments, at)
    return {}


def _open(pks: Sequence[int]) -> list[Payment]:
    found = Payment.objects.filter(pk__in=pks, status=Payment.Status.FAILED, disposal=Payment.Disposal.OPEN)
    related = ("line__roster__organisation", "line__roster__policy__department")
    return list(found.select_related(*related).order_by("line__roster_id", "pk"))


def _start(keys: list[str], batch: Batch, payments: list[Payment], at: datetime) -> None:
    """One clock a payment, by its roster's rules: the first is counted by the calendar, the others are the same."""
    if not payments:
        return
    roster = payments[0].line.roster
    who = payers.parties(policy=roster.policy, unit=roster.organisation, bank=batch.bank)
    same = ("kind", "subject_type", "responsible_id", "started_at", "amount", "unit", "first_day", "citation",
            "calendar_version", "due_at", "near_at", "state")  # fmt: skip
    for first in deadlines.begin("failure.reported", payments[0], at=at, who=who, kept=roster.rules, only=keys):
        Deadline.objects.bulk_create(
            Deadline(subject_id=other.pk, **{name: getattr(first, name) for name in same}) for other in payments[1:]
        )


def _declare_again(by: User | None, failed: Sequence[int], at: datetime) -> dict[int, int]:
    """The lines leave their rosters for corrections at their units, whose days to mend begin (CQ§28(6))."""
    fen: dict[int, int] = {}
    for _, group in groupby(_open(failed), key=lambda payment: payment.line.roster_id):
        payments = list(group)
        roster = payments[0].line.roster
        Payment.objects.filter(pk__in=[p.pk for p in payments]).update(disposal=Payment.Disposal.RETURNED)
        correction = make_correction(by=by, roster=roster, line_ids=[payment.line_id for payment in payments])
        who = payers.parties(policy=roster.policy, unit=roster.organisation)
        both = ["account.fix", "failure.department"]
        deadlines.begin("failure.reported", correction, at=at, who=who, kept=correction.rules, only=both)
        fen[roster.pk] = sum(payment.amount_fen for payment in payments)
    return fen


def free_returned(batch: Batch, fen: dict[int, int], *, key: str, by: User | None) -> None:
    """Money of lines that are declared again is available to their rosters, once the ledger has it as returned."""
    for roster_id, amount in sorted(fen.items()):
        ledger.move(
            batch.quota,
            LedgerAccount.Kind.RETURNED,
            LedgerAccount.Kind.AVAILABLE,
            amount,
            key=f"{key}:declare:{roster_id}",
            subject=batch,
            by=by,
        )


def close_finished(*, by: User | None, rosters: Iterable[Roster]) -> None:
    """A roster ends when every line is paid or taken out."""
    for roster in rosters:
        if roster.status != Roster.Status.PAYING:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_UNFINISHED, [roster.pk])
            unfinished = cursor.fetchone()
        if unfinished is None:
            close_roster(by=by, roster=roster)


# --- Accounts that were mended ----------------------------------------------------------------------------------------
def account_mended(change: AccountChange) -> None:
    """Hears from households that an account was mended: the payee's failed payments may be tried again."""
    waiting = Payment.objects.select_for_update(no_key=True).filter(
        payee_id=change.person_id, status=Payment.Status.FAILED, disposal=Payment.Disposal.OPEN
    )
    for payment in waiting.order_by("pk"):
        if change.kind == AccountChange.Kind.ACTIVATE and payment.reason in reasons.REPLACE_ONLY:
            continue
        payment.disposal, payment.mended_by = Payment.Disposal.MENDED, change
        payment.save(update_fields=["disposal", "mended_by"])
        finish_clocks(payment)


def finish_clocks(payment: Payment) -> None:
    for kind in ("account.fix", "failure.department"):
        deadlines.meet(kind, payment)


# --- Messages ---------------------------------------------------------------------------------------------------------
def ask_messages(batch: Batch, result: ResultFile) -> None:
    """The villagers are told by a job of its own: a county's messages would hold the money's locks too long."""
    asker = result.received_by or batch.released_by
    if asker is None:
        raise LookupError("a sent batch was released by somebody")
    title = f"批次{batch.number}发放短信"
    jobs.ask(kind=SMS_JOB, title=title, by=asker, subject=batch, params={"result": result.pk})


@jobs.handles(SMS_JOB)
def run_messages(job: Job) -> dict[str, object]:
    """Queues one message for each line of a result, once; run again it goes on where it stopped."""
    lines = ResultLine.objects.filter(result_id=job.params["result"]).order_by("pk")
    total, queued, last = lines.count(), 0, 0
    while True:
        chunk = list(
            lines.filter(pk__gt=last).select_related("payment__payee", "payment__line__roster__policy")[:CHUNK]
        )
        if not chunk:
            return {"lines": total, "messages": queued}
        with transaction.atomic():
            for line in chunk:
                message = queue_sms(
                    kind=f"pay_{line.outcome}",
                    text=_words(line),
                    key=f"payment:{line.payment_id}",
                    person=line.payment.payee,
                )
                queued += message is not None
        last = chunk[-1].pk
        jobs.progress(job, stage="生成短信", done=queued, total=total)


def tell_of_return(notice: ReturnNotice, payment: Payment) -> None:
    """The villager heard that the money came; now hears that it went back, and what to do."""
    roster, why = payment.line.roster, reasons.reason(notice.reason)
    text = (
        f"{payment.payee_name}您好，您的{roster.policy.name}{format_yuan(payment.amount_fen)}发放到尾号为"
        f"{payment.account_tail}的账户后被退回，原因：{why.name}。{_ADVICE.get(why.responsible, _ADVICE['township'])}"
    )
    queue_sms(kind="pay_failed", text=text, key=f"return:{notice.pk}", person=payment.payee)


def _words(line: ResultLine) -> str:
    payment = line.payment
    roster = payment.line.roster
    name, fen = payment.payee_name, format_yuan(payment.amount_fen)
    card = payment.account_tail
    if line.outcome == ResultLine.Outcome.PAID:
        day = line.settled_at.astimezone(SHANGHAI)
        return (
            f"{name}您好，您的{roster.policy.name}{fen}已于{day.month}月{day.day}日"
            f"发放到尾号为{card}的账户，请注意查收。"
        )
    why = reasons.reason(line.reason)
    return (
        f"{name}您好，您的{roster.policy.name}{fen}发放到尾号为{card}的账户没有成功，原因：{why.name}。"
        f"{_ADVICE.get(why.responsible, _ADVICE['township'])}"
    )


_ADVICE = {
    "township": "请带身份证和银行卡到所在乡镇（街道）办理，补贴会补发给您。",
    "bank": "请带身份证和银行卡到银行网点或所在乡镇（街道）办理，补贴会补发给您。",
    "person": "请带有效身份证到银行网点更新证件信息，补贴会补发给您。",
    "department": "请与所在乡镇（街道）联系补齐手续，补贴会补发给您。",
    "finance": "您不需要办理手续，财政部门核查后会补发给您。",
}
