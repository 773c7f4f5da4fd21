"""Villagers hear when and where their cash is handed out, and that an assembly was called off (PAY-6, PUB-8)."""

from datetime import timedelta

import pytest

from demo.walking import work_off
from disbursement.models import CashSession
from disbursement.services import cancel_session
from disbursement.services.cash_told import CALLED_OFF, PLANNED, run_messages
from jobs.models import Job
from lib import crypto
from lib.templatetags.portal import cn_datetime
from publicity.models import SmsMessage
from rulebook import clock
from tests.factories import cast
from tests.factories_cash import assembly, cash_batch, planned, village_of


def in_three_days(homes: int = 4) -> CashSession:
    """An assembly in three days for a village whose payees have telephones, but the first."""
    batch = cash_batch(homes=homes)
    here = batch.payments.filter(line__village=village_of(batch)).select_related("payee").order_by("number")
    assert len(here) == 2
    for number, payment in enumerate(here):
        payment.payee.phone_cipher = crypto.encrypt(f"1380013800{number}") if number else None
        payment.payee.save(update_fields=["phone_cipher"])
    return planned(batch, assembly=assembly(clock.now() + timedelta(days=3)))


def told(kind: str) -> dict[str, str]:
    """The messages of a kind by telephone."""
    found = SmsMessage.objects.filter(kind=kind)
    return {crypto.decrypt(row.phone_cipher): crypto.decrypt(row.text_cipher) for row in found}


@pytest.mark.req("PAY-6", "PUB-8")
def test_payees_hear_when_and_where_their_cash_is_handed_out(db: None) -> None:
    session = in_three_days()
    assert not SmsMessage.objects.exists()
    work_off()
    row = session.handouts.select_related("payment").order_by("payment__number")[1]
    found = told(PLANNED)
    assert list(found) == ["13800138001"]  # who has no telephone is told by the village
    text = found["13800138001"]
    policy = session.batch.quota.policy
    for words in (
        row.payment.payee_name, policy.name, f"{row.amount_fen / 100:,.2f}", session.village.name,
        "村委会广场", cn_datetime(session.held_at), "请本人带身份证", "入户发放", policy.consult_phone,
    ):  # fmt: skip
        assert words in text, words


def test_a_job_that_runs_twice_tells_once(db: None) -> None:
    in_three_days()
    job = Job.objects.get(kind="disbursement.cash_messages")
    for _ in range(2):
        run_messages(job)
    assert SmsMessage.objects.count() == 1


@pytest.mark.req("PAY-6")
def test_whoever_was_told_of_an_assembly_hears_that_it_is_called_off(db: None) -> None:
    session = in_three_days()
    work_off()
    cancel_session(by=cast.clerk, session=session)
    work_off()
    assert told(CALLED_OFF).keys() == told(PLANNED).keys() == {"13800138001"}
    assert "已取消" in told(CALLED_OFF)["13800138001"]


def test_nobody_is_called_to_an_assembly_that_was_cancelled_before_the_messages_went_out(db: None) -> None:
    session = in_three_days()
    cancel_session(by=cast.clerk, session=session)
    work_off()
    assert not SmsMessage.objects.exists()


def test_nobody_is_called_when_the_messages_come_too_late(db: None) -> None:
    in_three_days()
    clock.move_by(timedelta(days=3, minutes=1), by=None)
    work_off()
    assert not SmsMessage.objects.exists()


def test_an_assembly_put_down_after_its_day_calls_nobody(db: None) -> None:
    planned(cash_batch(homes=2))
    assert not Job.objects.filter(kind="disbursement.cash_messages").exists()
