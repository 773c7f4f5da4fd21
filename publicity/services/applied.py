"""Who applied for a subsidy hears what became of it (PUB-8)."""

from lib.periods import period_words
from publicity.services.sms import queue_sms
from rosters.applications.models import Application

DECIDED = "applied"


def application_decided(application: Application) -> None:
    """One message to the applicant's registered telephone, with the decision; refused with the reason."""
    policy, applicant = application.term.policy, application.applicant
    period = period_words(application.period_start, application.period_end)
    if application.state == Application.State.APPROVED:
        told = "已审核通过，将列入发放清册，公示无异议后发放。"
    else:
        told = f"没有通过审核，原因：{application.reason.rstrip('。')}。"
    queue_sms(
        kind=DECIDED,
        text=f"{applicant.name}您好，您申报的{period}{policy.name}（{application.number}）{told}"
        f"咨询电话{policy.consult_phone}。",
        key=f"{DECIDED}:{application.pk}:{application.state}",
        person=applicant,
    )
