"""Failed payments: mended and paid again to the same person, or taken out (PAY-5, PAY-8)."""

import pytest

from disbursement import exchange
from disbursement.models import Batch, Payment
from disbursement.services import cancel_batch, make_reissue, release_batch, take_out
from households.models import BankAccount
from lib.errors import Conflict, Forbidden, Invalid
from publicity.payouts import payouts_of
from rosters.models import Roster
from rulebook.models import Deadline
from subsidies import ledger
from tests.factories import cast, quota
from tests.factories_disbursement import (
    answer,
    answered_batch,
    approved_roster,
    arrival,
    arrival_of,
    failed_payment,
    sent_batch,
    take,
)
from tests.factories_households import account_change
from tests.factories_rosters import fresh as fresh_roster
from tests.factories_rosters import settle

Disposal = Payment.Disposal


def reissue(*payments: Payment, by: str = "officer") -> Batch:
    roster = payments[0].line.roster
    return make_reissue(by=getattr(cast, by), arrival=arrival_of(roster), payments=list(payments))


def mended(code: str = "9", *, homes: int = 2) -> Payment:
    """A failed payment whose account was replaced and approved."""
    payment = failed_payment(code=code, homes=homes)
    account_change(payment.payee, approved=True)
    payment.refresh_from_db()
    return payment


@pytest.mark.req("PAY-5", "REG-8")
def test_an_approved_new_account_mends_the_failure_and_stops_its_clocks(db: None) -> None:
    payment = mended()
    assert payment.disposal == Disposal.MENDED
    assert payment.mended_by is not None
    for kind in ("account.fix", "failure.department"):
        assert Deadline.objects.get(kind=kind, subject_id=payment.pk).state == Deadline.State.MET


def test_an_account_that_is_only_asked_for_mends_nothing(db: None) -> None:
    payment = failed_payment(code="9")
    account_change(payment.payee)
    payment.refresh_from_db()
    assert payment.disposal == Disposal.OPEN


@pytest.mark.parametrize(("code", "expected"), [("9", "open"), ("4", "open"), ("17", "mended"), ("10", "mended")])
def test_waking_the_old_account_mends_only_what_it_can(db: None, code: str, expected: str) -> None:
    payment = failed_payment(code=code)
    account_change(payment.payee, kind="activate", approved=True)
    payment.refresh_from_db()
    assert payment.disposal == expected


def test_an_account_replaced_while_the_payment_was_with_the_bank_is_mended_at_once(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    payment = batch.payments.get()
    account_change(payment.payee, approved=True)
    take(batch, answer(batch, fails={1: "9"}))
    payment.refresh_from_db()
    assert payment.disposal == Disposal.MENDED
    assert not Deadline.objects.filter(kind="account.fix", subject_id=payment.pk).exists()


@pytest.mark.req("PAY-5", "PAY-8")
@pytest.mark.rule("ZLT:failure.way")
def test_a_re_issue_is_the_next_attempt_to_the_same_persons_account_in_use(db: None) -> None:
    payment = mended()
    batch = reissue(payment)
    settle()
    again = batch.payments.get()
    account = BankAccount.objects.get(person=payment.payee, in_use=True)
    assert (batch.kind, again.attempt, again.previous) == (Batch.Kind.REISSUE, 2, payment)
    assert again.payee == payment.payee
    assert bytes(again.account_digest) == bytes(account.number_digest) != bytes(payment.account_digest)
    assert again.amount_fen == payment.amount_fen
    payment.refresh_from_db()
    assert payment.disposal == Disposal.REISSUED


@pytest.mark.req("PAY-5")
def test_a_payment_is_never_re_issued_twice_at_a_time(db: None) -> None:
    payment = mended()
    reissue(payment)
    payment.refresh_from_db()
    with pytest.raises(Conflict, match="已补发"):
        reissue(payment)


def test_a_cancelled_re_issue_can_be_made_again(db: None) -> None:
    payment = mended()
    cancel_batch(by=cast.officer, batch=reissue(payment))
    payment.refresh_from_db()
    assert payment.disposal == Disposal.MENDED
    assert reissue(payment).payment_count == 1
    settle()


@pytest.mark.req("PAY-5")
def test_what_is_not_mended_is_not_paid_again(db: None) -> None:
    payment = failed_payment(code="9")
    with pytest.raises(Conflict, match="先更换账户"):
        reissue(payment)
    frozen = failed_payment(code="10")
    with pytest.raises(Conflict, match="还没有更正"):
        reissue(frozen)


def test_a_fault_of_the_file_is_paid_again_to_the_same_account_at_once(db: None) -> None:
    payment = failed_payment(code="1")
    again = reissue(payment).payments.get()
    assert bytes(again.account_digest) == bytes(payment.account_digest)


def test_a_re_issue_to_an_account_that_was_stopped_since_is_refused(db: None) -> None:
    payment = mended()
    BankAccount.objects.filter(person=payment.payee, in_use=True).update(state="frozen")
    with pytest.raises(Conflict, match="冻结"):
        reissue(payment)


def test_a_re_issue_uses_money_of_the_same_quota_by_two_officers(db: None) -> None:
    payment = mended()
    with pytest.raises(Invalid, match="另一个资金指标"):
        make_reissue(by=cast.officer, arrival=arrival(quota()), payments=[payment])
    with pytest.raises(Forbidden):
        reissue(payment, by="finance_head")
    batch = reissue(payment)
    with pytest.raises(Forbidden, match="制单人"):
        release_batch(by=cast.officer, batch=batch, total_fen_seen=batch.total_fen)


@pytest.mark.req("PAY-5", "FND-3")
def test_a_re_issue_that_fails_again_is_a_third_attempt_until_it_is_paid(db: None) -> None:
    payment = mended(homes=1)
    roster = payment.line.roster
    for attempt in (2, 3):
        batch = reissue(payment)
        batch = exchange.deliver(release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen))
        assert ledger.balances(roster.quota)["returned"] == 0
        take(batch, answer(batch, fails={1: "9"} if attempt == 2 else None))
        payment = batch.payments.select_related("line__roster", "payee").get()
        assert payment.attempt == attempt
        if attempt == 2:
            account_change(payment.payee, approved=True)
            payment.refresh_from_db()
        settle()
        assert ledger.total(roster.quota) == roster.quota.amount_fen
    assert fresh_roster(roster).status == Roster.Status.CLOSED


# --- Taken out --------------------------------------------------------------------------------------------------------
@pytest.mark.req("PAY-5", "REG-9")
def test_a_line_is_taken_out_by_the_department_and_its_money_is_available_again(db: None) -> None:
    payment = failed_payment()
    roster = payment.line.roster
    before = ledger.balances(roster.quota)["available"]
    take_out(by=cast.farm_reviewer, payment=payment, reason="收款人已死亡")
    settle()
    payment.refresh_from_db()
    payment.line.refresh_from_db()
    assert payment.disposal == Disposal.TAKEN_OUT
    assert payment.line.taken_out
    there = ledger.balances(roster.quota)
    assert (there["returned"], there["available"]) == (0, before + payment.amount_fen)
    assert ledger.total(roster.quota) == roster.quota.amount_fen
    assert fresh_roster(roster).status == Roster.Status.CLOSED
    assert Deadline.objects.get(kind="failure.department", subject_id=payment.pk).state == Deadline.State.MET


def test_what_was_taken_out_is_neither_paid_nor_taken_out_again(db: None) -> None:
    payment = failed_payment(homes=3)
    take_out(by=cast.farm_reviewer, payment=payment, reason="多次联系不上")
    payment.refresh_from_db()
    with pytest.raises(Conflict):
        take_out(by=cast.farm_reviewer, payment=payment, reason="多次联系不上")
    with pytest.raises(Conflict, match="已移出清册"):
        reissue(payment)


def test_a_payment_that_was_made_or_is_being_paid_again_is_not_taken_out(db: None) -> None:
    batch = answered_batch(approved_roster(homes=2), fails={1: "1"})
    paid, failed = batch.payments.get(number=2), batch.payments.select_related("line__roster").get(number=1)
    with pytest.raises(Conflict):
        take_out(by=cast.farm_reviewer, payment=paid, reason="收款人已死亡")
    reissue(failed)
    with pytest.raises(Conflict):
        take_out(by=cast.farm_reviewer, payment=failed, reason="收款人已死亡")


@pytest.mark.parametrize("username", ["care_reviewer", "farm_head", "clerk", "officer", "auditor"])
def test_only_the_departments_own_reviewer_takes_out(db: None, username: str) -> None:
    payment = failed_payment()
    with pytest.raises(Forbidden):
        take_out(by=getattr(cast, username), payment=payment, reason="收款人已死亡")


def test_taking_out_needs_a_reason(db: None) -> None:
    with pytest.raises(Invalid, match="移出原因"):
        take_out(by=cast.farm_reviewer, payment=failed_payment(), reason=" ")


# --- What the villager sees -------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-7")
def test_a_villager_sees_what_was_paid_and_why_it_failed_once(db: None) -> None:
    payment = failed_payment(code="9", homes=2)
    (view,) = payouts_of(payment.payee)
    assert (view.state, view.tone, view.account_tail) == ("发放失败", "bad", payment.account_tail)
    assert "账户已销户" in view.failure
    account_change(payment.payee, approved=True)
    payment.refresh_from_db()
    batch = reissue(payment)
    (view,) = payouts_of(payment.payee)
    assert view.state == "正在补发"
    batch = exchange.deliver(release_batch(by=cast.officer2, batch=batch, total_fen_seen=batch.total_fen))
    take(batch, answer(batch))
    (view,) = payouts_of(payment.payee)
    assert (view.state, view.tone, view.amount_fen) == ("已发放", "good", payment.amount_fen)
