"""Villagers hear when and where their cash is handed out, and that an assembly was called off (PAY-6, PUB-8).

The messages are written by a job of their own, each once: a village's messages would hold the batch's lock too long.
An assembly that was put down after the day has nobody to call. Whoever was told of one that is called off hears of it.
"""

from django.db import transaction

from accounts.models import User
from disbursement.models import CashHandout, CashSession
from jobs import services as jobs
from jobs.models import Job
from lib.money import format_yuan
from lib.templatetags.portal import cn_datetime
from publicity.models import SmsMessage
from publicity.services import queue_sms
from rulebook import clock

JOB = "disbursement.cash_messages"
PLANNED, CALLED_OFF = "cash_planned", "cash_off"
CHUNK = 200
STANDS = frozenset({CashSession.Status.PLANNED, CashSession.Status.DRAWN})


def ask_messages(by: User, session: CashSession) -> None:
    """Called in the transaction that plans or cancels the assembly."""
    if session.held_at > clock.now():
        jobs.ask(kind=JOB, title=f"发放会{session.number}短信", by=by, subject=session, params={"session": session.pk})


@jobs.handles(JOB)
def run_messages(job: Job) -> dict[str, object]:
    """Tells the payees what is true when the job runs: that the assembly is planned, or that it is called off."""
    session = CashSession.objects.select_related("village", "batch__quota__policy").get(pk=job.params["session"])
    if session.status == CashSession.Status.CANCELLED:
        return {"messages": _call_off(session)}
    return {"messages": _invite(session)}


def _invite(session: CashSession) -> int:
    """One message for each line of the list, as long as the assembly stands and is still to come."""
    queued, last = 0, 0
    while True:
        with transaction.atomic():
            current = CashSession.objects.select_for_update(no_key=True).get(pk=session.pk)
            rows = CashHandout.objects.filter(session=session, pk__gt=last).order_by("pk")
            chunk = list(rows.select_related("payment__payee", "payment__line__roster__policy")[:CHUNK])
            if not chunk or current.status not in STANDS or current.held_at <= clock.now():
                return queued
            for row in chunk:
                key = f"{PLANNED}:{session.pk}:{row.payment_id}"
                told = queue_sms(kind=PLANNED, text=_words(session, row), key=key, person=row.payment.payee)
                queued += told is not None
        last = chunk[-1].pk


def _words(session: CashSession, row: CashHandout) -> str:
    policy = row.payment.line.roster.policy
    return (
        f"{row.payment.payee_name}您好，您的{policy.name}{format_yuan(row.amount_fen)}将在{cn_datetime(session.held_at)}"
        f"于{session.village.name}（{session.place}）的发放会上以现金发放，请本人带身份证到场签字领取。"
        f"因身体原因不能到场的，请提前告诉村委会，由发放小组入户发放。咨询电话{policy.consult_phone}。"
    )


def _call_off(session: CashSession) -> int:
    """Everybody who was told that they would get cash there hears that it is off."""
    told = SmsMessage.objects.filter(key__startswith=f"{PLANNED}:{session.pk}:").select_related("person").order_by("pk")
    policy, queued = session.batch.quota.policy, 0
    text = (
        f"原定{cn_datetime(session.held_at)}在{session.village.name}（{session.place}）举行的现金发放会已取消，"
        f"请不要前往，改期后再通知您。咨询电话{policy.consult_phone}。"
    )
    with transaction.atomic():
        for message in told:
            key = message.key.replace(PLANNED, CALLED_OFF, 1)
            queued += queue_sms(kind=CALLED_OFF, text=text, key=key, person=message.person) is not None
    return queued
