"""What follows from a bank's answer: clocks for what failed, rosters that are done, messages to villagers."""

from collections.abc import Iterable

from django.db import connection, transaction

from accounts.models import Organisation, User
from disbursement import reasons
from disbursement.models import Batch, Payment, ResultFile, ResultLine
from households.models import AccountChange
from jobs import services as jobs
from jobs.models import Job
from lib.money import format_yuan
from publicity.services import queue_sms
from rosters.models import Roster
from rosters.services import close_roster
from rulebook import deadlines
from rulebook.clock import SHANGHAI
from rulebook.models import Deadline

SMS_JOB = "disbursement.messages"
CHUNK = 200

# A payee whose account was replaced while the payment was with the bank has nothing left to mend.
_MENDED_MEANWHILE = """
UPDATE disbursement_payment p SET disposal = 'mended', mended_by_id = c.id
  FROM (SELECT DISTINCT ON (person_id) id, person_id FROM households_accountchange
         WHERE state = 'approved' AND kind = 'replace' ORDER BY person_id, checked_at DESC) c,
       disbursement_resultline r
 WHERE r.result_id = %s AND r.payment_id = p.id AND p.status = 'failed' AND p.disposal = 'open'
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


def follow_failures(batch: Batch, result: ResultFile) -> None:
    """Starts the clocks of the township and the department for every payment that failed and is still to be mended."""
    with connection.cursor() as cursor:
        cursor.execute(_MENDED_MEANWHILE, [result.pk])
    failed = list(
        Payment.objects.filter(result__result=result, status=Payment.Status.FAILED, disposal=Payment.Disposal.OPEN)
        .select_related("line__roster__organisation", "line__roster__policy__department")
        .order_by("pk")
    )
    accounts = [payment for payment in failed if payment.reason in reasons.ACCOUNT_REASONS]
    _start("account.fix", result, [(payment, payment.line.roster.organisation) for payment in accounts])
    _start("failure.department", result, [(payment, payment.line.roster.policy.department) for payment in failed])


def _start(kind: str, result: ResultFile, who: list[tuple[Payment, Organisation]]) -> None:
    """One clock a payment: the first is counted by the calendar, the others are the same moment."""
    if not who:
        return
    payment, responsible = who[0]
    first = deadlines.start(kind, payment, started_at=result.received_at, responsible=responsible)
    same = ("kind", "subject_type", "started_at", "amount", "unit", "citation", "calendar_version", "due_at", "state")
    Deadline.objects.bulk_create(
        Deadline(subject_id=other.pk, responsible=office, **{name: getattr(first, name) for name in same})
        for other, office in who[1:]
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
