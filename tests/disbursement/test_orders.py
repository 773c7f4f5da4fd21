"""Payment orders and arrivals (FND-2), and the gate that waits for the money (ZLT§27)."""

from datetime import timedelta

import pytest

from disbursement.gates import check_arrival, cover
from disbursement.models import PaymentOrder
from disbursement.services import enter_arrival, enter_order, register_agent_account
from lib.errors import Conflict, Forbidden, Invalid, NotYet
from rosters.services import send_back
from rulebook import clock
from rulebook.models import Deadline
from subsidies.models import Quota
from tests.factories import account_number, cast, quota
from tests.factories_disbursement import agent_account, approved_roster, arrival, money_arrives, pass_notice_time
from tests.factories_rosters import approve, draft_roster, fresh, roster_at
from tests.refused import refused_by
from tests.ruled import ruled, span


def order(of: Quota, *, fen: int = 1_000_00, number: str = "ZF1") -> PaymentOrder:
    return enter_order(
        by=cast.officer,
        number=number,
        quota=of,
        agent_account=agent_account(),
        amount_fen=fen,
        succeeded_at=clock.now(),
    )


@pytest.mark.req("FND-2", "PAY-4")
@pytest.mark.rule("ZLT:dispatch.to_bank")
def test_a_payment_order_starts_the_days_to_send_to_the_bank(db: None) -> None:
    entered = order(quota())
    deadline = Deadline.objects.get(kind="dispatch.to_bank", subject_id=entered.pk)
    assert deadline.started_at == entered.succeeded_at
    assert (deadline.amount, deadline.unit) == (2, "working_days")
    assert deadline.responsible == cast.organisation("CZJ")


@pytest.mark.req("PRO-2")
def test_a_policy_may_have_days_of_its_own_to_send_data_to_the_bank(db: None) -> None:
    own, other = quota("2130122"), quota("2080502")
    ruled(
        {"dispatch.to_bank": span(7, "working_days", "payment_order.succeeded", "finance")},
        policy_code=own.policy.code,
    )
    amounts = {
        number: Deadline.objects.get(kind="dispatch.to_bank", subject_id=order(money, number=number).pk).amount
        for number, money in (("ZF1", own), ("ZF2", other))
    }
    assert amounts == {"ZF1": 7, "ZF2": 2}


@pytest.mark.req("FND-2")
def test_an_arrival_is_exactly_what_was_ordered(db: None) -> None:
    entered = order(quota())
    with pytest.raises(Invalid, match="不一致"):
        enter_arrival(by=cast.officer, order=entered, bank_reference="L1", amount_fen=999_99, arrived_at=clock.now())
    arrived = enter_arrival(
        by=cast.officer, order=entered, bank_reference="L1", amount_fen=1_000_00, arrived_at=clock.now()
    )
    assert arrived.used_fen == 0
    with pytest.raises(Conflict, match="已经登记"):
        enter_arrival(by=cast.officer, order=entered, bank_reference="L2", amount_fen=1_000_00, arrived_at=clock.now())


def test_nothing_is_entered_that_lies_in_the_future(db: None) -> None:
    of, later = quota(), clock.now() + timedelta(minutes=5)
    with pytest.raises(Invalid, match="不能晚于现在"):
        enter_order(
            by=cast.officer, number="Z", quota=of, agent_account=agent_account(), amount_fen=1, succeeded_at=later
        )
    with pytest.raises(Invalid, match="不能晚于现在"):
        enter_arrival(by=cast.officer, order=order(of), bank_reference="L", amount_fen=1_000_00, arrived_at=later)


def test_an_arrival_before_its_order_is_refused(db: None) -> None:
    entered = order(quota())
    early = entered.succeeded_at - timedelta(minutes=1)
    with pytest.raises(Invalid, match="早于"):
        enter_arrival(by=cast.officer, order=entered, bank_reference="L", amount_fen=1_000_00, arrived_at=early)


def test_orders_of_a_quota_never_pass_the_quota(db: None) -> None:
    of = quota(fen=1_500_00)
    order(of)
    with pytest.raises(Invalid, match=r"最多还能登记¥500\.00"):
        order(of, number="ZF2")


def test_an_order_number_and_a_bank_reference_are_entered_once(db: None) -> None:
    of = quota()
    entered = order(of)
    with pytest.raises(Conflict, match="支付单号"):
        order(of)
    enter_arrival(by=cast.officer, order=entered, bank_reference="L", amount_fen=1_000_00, arrived_at=clock.now())
    other = order(of, number="ZF2")
    with pytest.raises(Conflict, match="流水号"):
        enter_arrival(by=cast.officer, order=other, bank_reference="L", amount_fen=1_000_00, arrived_at=clock.now())


@pytest.mark.parametrize("username", ["clerk", "farm_reviewer", "finance_reviewer", "finance_head", "bank", "auditor"])
def test_only_a_finance_officer_enters_money(db: None, username: str) -> None:
    of, account = quota(), agent_account()
    with pytest.raises(Forbidden):
        enter_order(
            by=getattr(cast, username),
            number="Z",
            quota=of,
            agent_account=account,
            amount_fen=1,
            succeeded_at=clock.now(),
        )


def test_an_agent_account_lies_in_a_bank_and_names_a_known_layout(db: None) -> None:
    bank = cast.organisation("B01")
    with pytest.raises(Invalid, match="银行"):
        register_agent_account(
            by=cast.officer, bank=cast.organisation("CZJ"), name="户", number=account_number(), layout="xlsx"
        )
    with pytest.raises(Invalid, match="文件格式"):
        register_agent_account(by=cast.officer, bank=bank, name="户", number=account_number(), layout="fax")
    made = register_agent_account(by=cast.officer, bank=bank, name="户", number=account_number(), layout="xlsx")
    assert made.tail not in bytes(made.number_cipher).decode(errors="replace")


def test_an_arrival_stays_as_it_was_entered_and_is_never_overdrawn(db: None) -> None:
    arrived = arrival(quota(fen=1_000_00))
    refused_by("disbursement_arrival_kept", "UPDATE disbursement_arrival SET amount_fen = 1 WHERE id = %s", arrived.pk)
    refused_by(
        "disbursement_arrival_not_overdrawn",
        "UPDATE disbursement_arrival SET used_fen = amount_fen + 1 WHERE id = %s",
        arrived.pk,
    )
    refused_by("InsufficientPrivilege", "DELETE FROM disbursement_arrival")
    refused_by("InsufficientPrivilege", "UPDATE disbursement_paymentorder SET amount_fen = 1")


# --- The gate ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-3", "FND-2")
@pytest.mark.rule("ZLT:submission.requires_arrival")
def test_a_roster_is_not_submitted_before_its_money_has_arrived(db: None) -> None:
    roster = roster_at("leader", notice=pass_notice_time)
    with pytest.raises(NotYet, match=r"到账¥0\.00.*还差.*第二十七条"):
        approve(roster)
    money_arrives(roster)
    approve(roster)
    assert fresh(roster).submitted_at is not None


def test_money_that_another_roster_takes_does_not_open_the_gate(db: None) -> None:
    of = quota()
    first = roster_at("leader", notice=pass_notice_time, homes=2, with_quota=of)
    money_arrives(first)
    approve(first)
    second = draft_roster(homes=1, with_quota=of, basis="二")
    with pytest.raises(NotYet, match="已被其他清册占用") as refusal:
        check_arrival(second)
    assert refusal.value.code == "disbursement.not_arrived"
    arrival(of, fen=second.total_fen)
    check_arrival(second)


def test_a_returned_roster_gives_its_cover_back(db: None) -> None:
    roster = approved_roster(homes=1)
    assert cover(roster.quota_id).free_fen == 0
    send_back(by=cast.officer, roster=roster, to_step="", reason="数据有误")
    assert cover(roster.quota_id).free_fen == roster.total_fen
