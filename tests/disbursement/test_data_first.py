"""Data goes to the bank before its money, which is bound to exactly the batch that the bank has (CQ§28(3)-(5))."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import User
from audit import ledger_checks
from disbursement import practice
from disbursement.collecting import collect
from disbursement.models import Batch
from disbursement.services import (
    bind_money,
    enter_arrival,
    enter_order,
    make_batch,
    release_batch,
    report_finished,
    take_result,
)
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rulebook import clock
from rulebook.models import Deadline
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast, quota
from tests.factories_disbursement import (
    DATA_FIRST,
    agent_account,
    answer,
    approved_roster,
    arrival,
    arrival_of,
    bound_batch,
    data_batch,
    data_roster,
    fresh,
    order_for,
    take,
    verified_batch,
)
from tests.factories_rosters import settle
from tests.refused import refused_by
from tests.ruled import ruled


@pytest.fixture
def data_first(db: None) -> None:
    ruled(DATA_FIRST)


def places(batch: Batch) -> dict[str, int]:
    return {kind: fen for kind, fen in ledger.balances(batch.quota).items() if fen and kind != "source"}


def clocks(batch: Batch) -> dict[str, str]:
    rows = Deadline.objects.filter(subject_type="disbursement.batch", subject_id=batch.pk)
    return dict(rows.values_list("kind", "state"))


@pytest.mark.req("FND-2", "FND-3", "PAY-1", "PAY-4")
def test_data_goes_to_the_bank_and_its_money_follows_for_exactly_this_batch(data_first: None) -> None:
    roster = data_roster()
    Deadline.objects.get(kind="dispatch.to_bank", subject_type="rosters.roster", subject_id=roster.pk, met_at=None)
    batch = data_batch(roster)
    total = batch.total_fen
    assert (batch.status, batch.arrival, batch.data_first, batch.payer) == (
        "sent", None, True, roster.policy.department,
    )  # fmt: skip
    assert places(batch)["reserved"] == total
    assert clocks(batch) == {}
    dispatched = Deadline.objects.get(kind="dispatch.to_bank", subject_type="rosters.roster", subject_id=roster.pk)
    assert dispatched.state == "met"
    assert list(ledger_checks.findings()) == []
    order = order_for(batch)
    enter_arrival(by=cast.dept_officer1, order=order, bank_reference="LS1", amount_fen=total, arrived_at=clock.now())
    batch = fresh(batch)
    assert batch.arrival is not None
    assert (batch.arrival.order, batch.arrival.used_fen) == (order, total)
    assert places(batch)["in_transit"] == total
    assert "reserved" not in places(batch)
    assert clocks(batch) == {"bank.verify": "armed"}
    settle()
    assert list(ledger_checks.findings()) == []


@pytest.mark.req("FND-2")
def test_the_order_for_a_batch_is_for_exactly_its_amount_quota_and_account(data_first: None) -> None:
    batch = data_batch()
    with pytest.raises(Invalid, match="不一致") as caught:
        order_for(batch, fen=batch.total_fen - 1)
    assert caught.value.rule == "data.before_money"
    with pytest.raises(Forbidden, match="主管部门发放经办"):
        order_for(batch, by=cast.officer)
    with pytest.raises(Conflict, match="先送数据、后拨资金") as caught_two:
        enter_order(
            by=cast.dept_officer1, number="ZF-X", quota=batch.quota, agent_account=agent_account(),
            amount_fen=1_00, succeeded_at=clock.now(),
        )  # fmt: skip
    assert caught_two.value.rule == "data.before_money"
    order_for(batch)
    with pytest.raises(Conflict, match="已有支付单"):
        order_for(batch)
    refused_by(
        "disbursement_order_of_batch",
        "INSERT INTO disbursement_paymentorder (number, quota_id, agent_account_id, amount_fen, succeeded_at,"
        " entered_by_id, entered_at, batch_id) SELECT 'X', quota_id, agent_account_id, total_fen - 1, now(),"
        " made_by_id, now(), id FROM disbursement_batch WHERE id = %s",
        data_batch(data_roster()).pk,
    )


def test_money_comes_only_to_a_batch_whose_data_lies_with_the_bank(data_first: None) -> None:
    batch = make_batch(by=cast.dept_officer1, rosters=[data_roster()], agent_account=agent_account())
    with pytest.raises(Conflict, match="送达银行后才能拨付"):
        order_for(batch)


def test_such_rosters_take_no_arrival_and_others_need_one(data_first: None) -> None:
    roster = data_roster()
    with pytest.raises(Invalid, match="请选择在用的代发户"):
        make_batch(by=cast.dept_officer1, rosters=[roster])
    assert not Batch.objects.exists()
    batch = data_batch(roster)
    order = order_for(batch)
    money = enter_arrival(
        by=cast.dept_officer1, order=order, bank_reference="LS2", amount_fen=batch.total_fen, arrived_at=clock.now()
    )
    other = data_roster()
    with pytest.raises(Invalid, match="制批时不选到账") as caught:
        make_batch(by=cast.dept_officer1, rosters=[other], arrival=money)
    assert caught.value.rule == "data.before_money"


def test_where_money_comes_first_a_batch_without_it_is_refused(db: None) -> None:
    with pytest.raises(Invalid, match="请选择到账"):
        make_batch(by=cast.officer, rosters=[approved_roster()], agent_account=agent_account())


@pytest.mark.req("PRO-1")
def test_rosters_that_began_under_other_rules_are_paid_in_another_batch(db: None) -> None:
    money = quota()
    arrival(money)
    first = approved_roster(homes=1, with_quota=money)
    ruled({"bank.payout": {"amount": 2, "unit": "working_days", "starts": "bank.ready", "who": "bank"}})
    second = approved_roster(homes=1, with_quota=money, basis="二")
    with pytest.raises(Invalid, match="请分别制批") as caught:
        make_batch(by=cast.officer, arrival=arrival_of(first), rosters=[first, second])
    assert caught.value.rule == "bank.payout"
    batch = make_batch(by=cast.officer, arrival=arrival_of(first), rosters=[first])
    assert batch.rules["bank.payout"]["value"]["unit"] == "natural_hours"
    refused_by("disbursement_batch_frozen", "UPDATE disbursement_batch SET rules = '{}' WHERE id = %s", batch.pk)


# --- Nothing is paid before money and verification --------------------------------------------------------------------
@pytest.mark.req("FND-3")
def test_results_wait_for_the_money(data_first: None) -> None:
    batch = data_batch()
    with pytest.raises(Conflict, match="资金还没有到账") as caught:
        take(batch, answer(batch))
    assert caught.value.rule == "data.before_money"
    with pytest.raises(Conflict, match="资金还没有到账"):
        report_finished(by=cast.bank, batch=batch, at=clock.now())
    refused_by(
        "disbursement_result_of_money",
        "INSERT INTO disbursement_resultfile (batch_id, digest, file_id, line_count, paid_fen, failed_fen, received_at)"
        " SELECT id, '\\x01', file_id, 1, 1, 0, now() FROM disbursement_batch WHERE id = %s",
        batch.pk,
    )
    refused_by("disbursement_batch_money", "UPDATE disbursement_batch SET status = 'answered' WHERE id = %s", batch.pk)


def test_a_batch_keeps_its_money(data_first: None) -> None:
    batch = bound_batch()
    refused_by("disbursement_batch_frozen", "UPDATE disbursement_batch SET arrival_id = NULL WHERE id = %s", batch.pk)
    other = data_batch(data_roster())
    refused_by(
        "disbursement_batch_frozen",
        "UPDATE disbursement_batch SET arrival_id = %s WHERE id = %s",
        batch.arrival_id,
        other.pk,
    )
    with pytest.raises(Conflict, match="已经到账"):
        order_for(batch)


def test_money_first_batches_never_go_without_money(db: None) -> None:
    ruled({"data.before_money": False})
    roster = approved_roster(homes=1)
    refused_by(
        "disbursement_batch_money",
        "INSERT INTO disbursement_batch (number, kind, method, rules, data_first, quota_id, agent_account_id, bank_id,"
        " status, payment_count, total_fen, paid_count, paid_fen, failed_count, failed_fen, made_by_id,"
        " made_by_person_id, made_at, discrepancy) SELECT 'X', 'first', 'account', rules, true, quota_id, %s, %s,"
        " 'draft', 0, 0, 0, 0, 0, 0, made_by_id, made_by_person_id, now(), '' FROM rosters_roster WHERE id = %s",
        agent_account().pk,
        agent_account().bank_id,
        roster.pk,
    )


def test_money_that_came_back_pays_the_next_batch(data_first: None) -> None:
    money = quota()
    batch = verified_batch(data_roster(homes=2, with_quota=money))
    take(batch, answer(batch, fails={1: "4"}))
    left = fresh(batch).arrival
    assert left is not None
    other = data_batch(data_roster(homes=1, with_quota=money, basis="二"))
    other.refresh_from_db()
    if other.total_fen > left.amount_fen - left.used_fen:
        with pytest.raises(Invalid, match="另选到账"):
            bind_money(by=cast.dept_officer1, batch=other, arrival=left)
    with pytest.raises(Forbidden):
        bind_money(by=cast.officer, batch=other, arrival=left)
    ruled({"data.before_money": False, "dispatch.by": "finance"}, policy_code="2080502")
    with pytest.raises(Invalid, match="另一个指标"):
        bind_money(by=cast.dept_officer1, batch=other, arrival=arrival(quota("2080502"), layout="psbc-txt"))


def test_the_practice_bank_waits_for_the_money_and_verifies_it(data_first: None) -> None:
    batch = data_batch()
    assert practice.work(failures=0) == []
    order = order_for(batch)
    enter_arrival(
        by=cast.dept_officer1, order=order, bank_reference="LS3", amount_fen=batch.total_fen, arrived_at=clock.now()
    )
    [done] = practice.work(failures=0)
    assert done.paid == batch.payment_count
    assert [found.outcome for found in collect()] == ["taken"]
    batch = fresh(batch)
    assert (batch.status, batch.paid_fen) == ("answered", batch.total_fen)
    assert batch.verified_at is not None
    assert batch.finished_at is not None
    assert clocks(batch) == {"bank.verify": "met", "bank.payout": "met", "bank.feedback": "met"}
    assert list(ledger_checks.findings()) == []


def test_of_two_arrivals_at_once_for_one_batch_one_is_bound(committed_db: Database) -> None:
    ruled(DATA_FIRST)
    batch = data_batch()
    order = order_for(batch)

    def enter(by: User, reference: str) -> str:
        try:
            enter_arrival(
                by=by, order=order, bank_reference=reference, amount_fen=batch.total_fen, arrived_at=clock.now()
            )
        except Refusal as refusal:
            return refusal.message
        else:
            return "entered"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(enter, [cast.dept_officer1, cast.dept_officer2], ["LS-A", "LS-B"]))
    assert sorted(word == "entered" for word in told) == [False, True]
    assert places(fresh(batch))["in_transit"] == batch.total_fen


@pytest.mark.req("PAY-1")
def test_the_department_pays_where_the_rules_say_so(data_first: None) -> None:
    roster = data_roster()
    account = agent_account()
    for other in (cast.officer, cast.care_officer1, cast.farm_reviewer, cast.farm_head):
        with pytest.raises(Forbidden, match="主管部门发放经办") as caught:
            make_batch(by=other, rosters=[roster], agent_account=account)
        assert caught.value.rule == "dispatch.by"
    batch = make_batch(by=cast.dept_officer1, rosters=[roster], agent_account=account)
    for other in (cast.officer2, cast.care_officer2, cast.farm_reviewer):
        with pytest.raises(Forbidden, match="主管部门负责人"):
            release_batch(by=other, batch=batch, total_fen_seen=batch.total_fen)
    with pytest.raises(Forbidden, match="另一人复核放行"):
        release_batch(by=cast.dept_officer1, batch=batch, total_fen_seen=batch.total_fen)
    assert release_batch(by=cast.farm_head, batch=batch, total_fen_seen=batch.total_fen).status == "released"


def test_where_finance_pays_the_department_does_not(db: None) -> None:
    roster = approved_roster()
    with pytest.raises(Forbidden, match="财政发放经办"):
        make_batch(by=cast.dept_officer1, arrival=arrival_of(roster), rosters=[roster])


def test_a_result_of_the_bank_needs_its_verification(data_first: None) -> None:
    batch = bound_batch()
    with pytest.raises(Conflict, match="还没有核对") as caught:
        take_result(by=cast.bank, batch=batch, content=answer(batch), name="R.txt")
    assert caught.value.rule == "bank.verify"
    assert batch.payments.filter(status="sent").count() == batch.payment_count
