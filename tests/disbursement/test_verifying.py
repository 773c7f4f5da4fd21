"""The bank compares money and data, says when it finished, and answers in time (CQ§28(5)-(6), PAY-4)."""

from datetime import timedelta

import pytest

from disbursement.models import Batch
from disbursement.services import report_discrepancy, report_finished, settle_discrepancy, verify_batch
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock, deadlines
from rulebook.models import Breach, Deadline
from tests.factories import at, cast
from tests.factories_disbursement import DATA_FIRST, answer, bound_batch, fresh, sent_batch, take, verified_batch
from tests.refused import refused_by
from tests.ruled import ruled


@pytest.fixture
def bound(db: None) -> Batch:
    ruled(DATA_FIRST)
    return bound_batch()


def clock_of(kind: str, batch: Batch) -> Deadline | None:
    return Deadline.objects.filter(kind=kind, subject_type="disbursement.batch", subject_id=batch.pk).first()


@pytest.mark.req("PAY-4")
def test_payout_runs_from_the_verification_and_feedback_from_the_end_of_the_payout(bound: Batch) -> None:
    assert clock_of("bank.payout", bound) is None
    batch = verify_batch(by=cast.bank, batch=bound)
    verify, payout = clock_of("bank.verify", batch), clock_of("bank.payout", batch)
    assert verify is not None
    assert payout is not None
    assert (verify.state, payout.started_at, payout.responsible) == ("met", batch.verified_at, batch.bank)
    assert clock_of("bank.feedback", batch) is None
    finished = report_finished(by=cast.bank, batch=batch, at=clock.now()).finished_at
    feedback = clock_of("bank.feedback", batch)
    assert feedback is not None
    assert (feedback.started_at, feedback.amount, feedback.unit) == (finished, 3, "working_days")
    payout.refresh_from_db()
    assert payout.state == "met"
    take(batch, answer(batch))
    feedback.refresh_from_db()
    assert feedback.state == "met"


@pytest.mark.req("PAY-4")
def test_without_a_word_of_its_end_the_last_payment_is_the_end(bound: Batch) -> None:
    batch = verify_batch(by=cast.bank, batch=bound)
    take(batch, answer(batch))
    batch = fresh(batch)
    feedback = clock_of("bank.feedback", batch)
    assert feedback is not None
    last = batch.payments.order_by("-settled_at").values_list("settled_at", flat=True)[0]
    assert feedback.started_at == batch.finished_at == last


@pytest.mark.req("PAY-4")
def test_a_bank_that_is_late_has_it_on_its_record(bound: Batch) -> None:
    clock.move_to(clock.now() + timedelta(days=20), by=None)
    deadlines.sweep()
    assert list(Breach.objects.values_list("organisation", "deadline__kind")) == [(bound.bank_id, "bank.verify")]
    verify_batch(by=cast.bank, batch=bound)
    late = clock_of("bank.verify", bound)
    assert late is not None
    assert late.state == "late"


def test_only_the_batchs_bank_verifies_and_said_twice_it_counts_once(bound: Batch) -> None:
    for other in (cast.officer, cast.dept_officer1, cast.clerk):
        with pytest.raises(Forbidden, match="代理银行"):
            verify_batch(by=other, batch=bound)
    first = verify_batch(by=cast.bank, batch=bound).verified_at
    assert verify_batch(by=cast.bank, batch=bound).verified_at == first
    refused_by("disbursement_batch_frozen", "UPDATE disbursement_batch SET verified_at = now() WHERE id = %s", bound.pk)


def test_where_the_rules_know_no_verification_there_is_none(db: None) -> None:
    batch = sent_batch()
    with pytest.raises(Conflict, match="不用核对") as caught:
        verify_batch(by=cast.bank, batch=batch)
    assert caught.value.rule == "bank.verify"
    assert {"bank.payout", "bank.feedback"} == set(
        Deadline.objects.filter(subject_type="disbursement.batch", subject_id=batch.pk).values_list("kind", flat=True)
    )


def test_a_discrepancy_goes_to_the_payer_and_back(bound: Batch) -> None:
    with pytest.raises(Invalid, match="4至300"):
        report_discrepancy(by=cast.bank, batch=bound, text="少")
    batch = report_discrepancy(by=cast.bank, batch=bound, text="到账金额比数据合计少一元")
    with pytest.raises(Conflict, match="还没有处理"):
        report_discrepancy(by=cast.bank, batch=batch, text="到账金额比数据合计少一元")
    refused_by(
        "disbursement_batch_verified", "UPDATE disbursement_batch SET verified_at = now() WHERE id = %s", batch.pk
    )
    with pytest.raises(Forbidden):
        settle_discrepancy(by=cast.officer, batch=batch, text="已与国库核对，金额一致")
    batch = settle_discrepancy(by=cast.farm_head, batch=batch, text="已与国库核对，金额一致")
    assert batch.discrepancy == ""
    [kept] = batch.discrepancies.all()
    assert (kept.text, kept.settlement, kept.settled_by) == (
        "到账金额比数据合计少一元", "已与国库核对，金额一致", cast.farm_head,
    )  # fmt: skip
    refused_by(
        "disbursement_discrepancy_kept",
        "UPDATE disbursement_bankdiscrepancy SET settlement = '改' WHERE id = %s",
        kept.pk,
    )
    with pytest.raises(Conflict, match="没有待处理"):
        settle_discrepancy(by=cast.farm_head, batch=batch, text="再次答复一遍")
    verify_batch(by=cast.bank, batch=batch)
    with pytest.raises(Conflict, match="已核对一致"):
        report_discrepancy(by=cast.bank, batch=batch, text="到账金额比数据合计少一元")


def test_the_bank_may_find_its_own_mistake(bound: Batch) -> None:
    batch = report_discrepancy(by=cast.bank, batch=bound, text="到账金额比数据合计少一元")
    batch = verify_batch(by=cast.bank, batch=batch)
    assert batch.discrepancy == ""
    assert batch.discrepancies.get().settlement.startswith("银行再次核对")


def test_the_end_of_the_payout_lies_between_the_verification_and_now(bound: Batch) -> None:
    with pytest.raises(Conflict, match="还没有核对"):
        report_finished(by=cast.bank, batch=bound, at=clock.now())
    batch = verify_batch(by=cast.bank, batch=bound)
    with pytest.raises(Invalid, match="不能晚于现在"):
        report_finished(by=cast.bank, batch=batch, at=clock.now() + timedelta(minutes=5))
    with pytest.raises(Invalid, match="早于"):
        report_finished(by=cast.bank, batch=batch, at=clock.now() - timedelta(days=1))
    first = report_finished(by=cast.bank, batch=batch, at=clock.now()).finished_at
    assert report_finished(by=cast.bank, batch=batch, at=clock.now()).finished_at == first


def test_days_of_the_bank_are_working_days_of_its_rules(db: None) -> None:
    ruled(DATA_FIRST)
    at("2026-05-20T09:00")
    batch = verified_batch()
    payout = clock_of("bank.payout", batch)
    assert payout is not None
    assert payout.citation == batch.rules["bank.payout"]["citation"]
