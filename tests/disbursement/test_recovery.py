"""What was paid wrongly is asked back and comes in: two people at each step, the ledger with each (REC-3)."""

from datetime import timedelta

import pytest

from accounts.models import TrailEntry
from audit import ledger_checks
from disbursement.models import RecoveryCase, RecoveryInstalment
from disbursement.recovery import open_due
from disbursement.services import recovery, report_return
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock
from subsidies import ledger
from tests.factories import cast
from tests.factories_disbursement import failed_payment
from tests.factories_papers import dead
from tests.factories_recovery import (
    came_in,
    claim,
    debtor,
    elder_payment,
    entered,
    fresh,
    open_case,
    paid_payment,
    proposed_case,
    proposed_ending,
    scan,
)
from tests.factories_rosters import settle

State = RecoveryCase.State


def held(case: RecoveryCase) -> tuple[int, int]:
    balances = ledger.balances(case.payment.batch.quota)
    return balances["paid"], balances["recovered"]


# --- Opening ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-3")
def test_the_department_proposes_a_case_and_another_of_its_people_opens_it(db: None) -> None:
    case = proposed_case()
    assert (case.state, case.amount_fen, case.reckoning) == ("proposed", case.payment.amount_fen, "全额追缴。")
    assert case.department.code == "BM-agriculture"
    opened = recovery.decide_case(by=cast.farm_head, case=case, agree=True, opinion="属实。")
    assert (opened.state, opened.decided_by) == ("open", cast.farm_head)
    told = list(opened.events.values_list("what", "by__username"))
    assert told == [("proposed", "dept_officer1"), ("opened", "farm_head")]
    settle()
    assert list(ledger_checks.findings()) == []


@pytest.mark.req("REC-3")
def test_only_the_department_in_charge_proposes_and_decides(db: None) -> None:
    payment = paid_payment()
    for user in (cast.officer, cast.clerk, cast.care_officer1, cast.auditor):
        with pytest.raises(Forbidden):
            proposed_case(payment, by=user)
    case = proposed_case(payment, by=cast.farm_reviewer)
    for user in (cast.finance_head, cast.dept_officer1, cast.care_head):
        with pytest.raises(Forbidden):
            recovery.decide_case(by=user, case=case, agree=True)
    with pytest.raises(Forbidden, match="不能自己审核"):
        recovery.decide_case(by=cast.farm_reviewer, case=case, agree=True)


@pytest.mark.req("REC-3")
def test_cases_of_one_payment_never_ask_for_more_than_was_paid(db: None) -> None:
    payment = paid_payment()
    first = proposed_case(payment, fen=payment.amount_fen - 1_00)
    with pytest.raises(Invalid, match=r"已在别的追缴中.*不超过¥1\.00") as refused:
        proposed_case(payment, fen=1_01)
    assert refused.value.field == "amount"
    proposed_case(payment, fen=1_00, reason="amount")
    recovery.decide_case(by=cast.farm_head, case=first, agree=False, opinion="没有重复")
    assert fresh(first).state == State.REFUSED
    assert proposed_case(payment, fen=payment.amount_fen - 1_00).state == State.PROPOSED


@pytest.mark.req("REC-3")
def test_a_case_needs_a_paid_payment_a_reason_a_reckoning_and_a_debtor(db: None) -> None:
    with pytest.raises(Conflict, match="只有已发放的"):
        proposed_case(failed_payment())
    payment = paid_payment()
    for more, field in (
        ({"reason": "death"}, "reason"), ({"reason": "x"}, "reason"), ({"words": "错"}, "words"),
        ({"fen": 0}, "amount"), ({"fen": 1_00, "reckoning": ""}, "reckoning"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            proposed_case(payment, **more)
        assert refused.value.field == field
    for who, field in (
        (recovery.Debtor("payee", ""), "debtor_name"), (recovery.Debtor("x", "甲一"), "debtor_kind"),
        (recovery.Debtor("household", "甲二"), "debtor_relation"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            recovery.propose_case(
                by=cast.dept_officer1, payment=payment, claim=claim(payment), debtor=who, evidence=scan()
            )
        assert refused.value.field == field
    with pytest.raises(Invalid):
        recovery.propose_case(
            by=cast.dept_officer1, payment=payment, claim=claim(payment), debtor=debtor(payment), evidence=scan("a.exe")
        )
    assert not RecoveryCase.objects.exists()


@pytest.mark.req("REC-3")
def test_who_must_pay_may_turn_out_to_be_another_and_the_history_says_so(db: None) -> None:
    case = open_case()
    with pytest.raises(Invalid):
        recovery.name_debtor(by=cast.dept_officer1, case=case, debtor=recovery.Debtor("heir", "甲二", "长子"))
    recovery.name_debtor(
        by=cast.dept_officer1, case=case, debtor=recovery.Debtor("heir", "甲二", "长子"), why="本人已死亡"
    )
    case = fresh(case)
    assert (case.debtor_kind, case.debtor_name, case.debtor_relation) == ("heir", "甲二", "长子")
    assert "变更为甲二（继承人，长子）：本人已死亡" in case.events.get(what="debtor").words
    came_in(case)
    with pytest.raises(Conflict, match="已追回"):
        recovery.name_debtor(
            by=cast.dept_officer1, case=case, debtor=recovery.Debtor("heir", "甲三", "次子"), why="有误"
        )


# --- The notice -------------------------------------------------------------------------------------------------------
INTO = recovery.PayInto("扎赉特旗农牧和科技局", "邮储银行扎赉特旗支行", "1234 5678 9012 3456")


@pytest.mark.req("REC-3")
def test_a_notice_asks_for_what_is_left_by_a_day_into_an_account(db: None) -> None:
    case = open_case()
    due = clock.today() + timedelta(days=15)
    first = recovery.issue_notice(
        by=cast.dept_officer1, case=case, into=INTO, due_on=due, contact="农付甲 0482-6120000"
    )
    assert (first.number, first.amount_fen) == (f"{case.number}-1", case.amount_fen)
    assert (crypto.decrypt(first.account_cipher), first.account_tail) == ("1234567890123456", "3456")
    case = came_in(case, 10_00)
    again = recovery.issue_notice(
        by=cast.dept_officer2, case=case, into=INTO, due_on=due, contact="农付乙 0482-6120000"
    )
    assert (again.number, again.amount_fen) == (f"{case.number}-2", case.amount_fen - 10_00)
    with pytest.raises(Invalid, match="今天之后"):
        recovery.issue_notice(by=cast.dept_officer1, case=case, into=INTO, due_on=clock.today(), contact="农付甲")
    wrong = recovery.PayInto("户", "行", "12-x")
    with pytest.raises(Invalid, match="8至32位数字"):
        recovery.issue_notice(by=cast.dept_officer1, case=case, into=wrong, due_on=due, contact="农付甲")
    with pytest.raises(Forbidden):
        recovery.issue_notice(by=cast.officer, case=case, into=INTO, due_on=due, contact="农付甲")


# --- Instalments ------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-3", "FND-3")
def test_each_confirmed_instalment_moves_from_paid_to_recovered_and_the_last_closes_the_case(db: None) -> None:
    case = open_case()
    paid, _ = held(case)
    waiting = entered(case, 20_00)
    assert held(case) == (paid, 0)
    case = recovery.confirm_instalment(by=cast.officer, instalment=waiting)
    assert (held(case), case.state, case.rest_fen) == ((paid - 20_00, 20_00), "open", case.amount_fen - 20_00)
    settle()
    assert list(ledger_checks.findings()) == []
    case = came_in(case)
    assert (held(case), case.state) == ((paid - case.amount_fen, case.amount_fen), "recovered")
    assert fresh(case).closed_at == clock.now() or fresh(case).closed_at is not None
    settle()
    assert list(ledger_checks.findings()) == []
    verbs = TrailEntry.objects.filter(verb__startswith="recovery.").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == [
        "recovery.propose", "recovery.open", "recovery.instalment", "recovery.confirm", "recovery.instalment",
        "recovery.confirm", "recovery.close",
    ]  # fmt: skip


@pytest.mark.req("REC-3")
def test_an_instalment_is_confirmed_by_another_person_of_the_finance_bureau(db: None) -> None:
    case = open_case()
    own = entered(case, 1_00, by=cast.officer)
    with pytest.raises(Forbidden, match="不能自己确认"):
        recovery.confirm_instalment(by=cast.officer, instalment=own)
    for user in (cast.dept_officer2, cast.farm_head, cast.finance_head, cast.bank):
        with pytest.raises(Forbidden):
            recovery.confirm_instalment(by=user, instalment=own)
    recovery.confirm_instalment(by=cast.finance_reviewer, instalment=own)
    with pytest.raises(Conflict, match="已确认"):
        recovery.confirm_instalment(by=cast.officer2, instalment=own)
    for user in (cast.clerk, cast.care_officer1, cast.bank, cast.auditor):
        with pytest.raises(Forbidden):
            entered(case, 1_00, by=user)


@pytest.mark.req("REC-3")
def test_never_more_comes_in_than_is_asked_also_while_some_waits(db: None) -> None:
    case = open_case()
    entered(case, case.amount_fen - 1_00)
    with pytest.raises(Invalid, match=r"待确认.*不超过¥1\.00") as refused:
        entered(case, 1_01)
    assert refused.value.field == "amount"
    with pytest.raises(Invalid):
        entered(case, 0)
    entered(case, 1_00)


@pytest.mark.req("REC-3")
def test_a_slip_is_entered_once_with_a_day_that_can_be(db: None) -> None:
    case = open_case()
    entered(case, 1_00, reference="HK-1")
    with pytest.raises(Conflict, match="已在本追缴中登记过"):
        entered(case, 1_00, reference="ＨＫ-1")
    for day in (clock.today() + timedelta(days=1), clock.today() - timedelta(days=400)):
        with pytest.raises(Invalid) as refused:
            entered(case, 1_00, received_on=day)
        assert refused.value.field == "received_on"
    with pytest.raises(Invalid):
        entered(case, 1_00, reference=" ")


@pytest.mark.req("REC-3")
def test_a_mistaken_instalment_is_struck_before_it_is_confirmed_and_never_after(db: None) -> None:
    case = open_case()
    wrong = entered(case, 1_00, reference="HK-1")
    with pytest.raises(Invalid):
        recovery.strike_instalment(by=cast.dept_officer1, instalment=wrong, reason="")
    with pytest.raises(Forbidden):
        recovery.strike_instalment(by=cast.care_officer1, instalment=wrong, reason="金额写错")
    recovery.strike_instalment(by=cast.dept_officer1, instalment=wrong, reason="金额写错")
    with pytest.raises(Conflict, match="已划去"):
        recovery.confirm_instalment(by=cast.officer, instalment=wrong)
    right = entered(case, 2_00, reference="HK-1")
    recovery.confirm_instalment(by=cast.officer, instalment=right)
    with pytest.raises(Conflict, match="已确认"):
        recovery.strike_instalment(by=cast.officer2, instalment=right, reason="金额写错")
    assert list(RecoveryInstalment.objects.values_list("state", flat=True)) == ["struck", "confirmed"]
    assert held(case)[1] == 2_00


# --- The end ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("REC-3")
def test_what_cannot_be_recovered_ends_by_a_paper_and_the_head_of_finance(db: None) -> None:
    case = came_in(open_case(), 10_00)
    paid, recovered = held(case)
    ending = proposed_ending(case)
    with pytest.raises(Conflict, match="已提出过"):
        proposed_ending(case)
    for user in (cast.farm_head, cast.dept_officer1, cast.officer):
        with pytest.raises(Forbidden):
            recovery.decide_ending(by=user, ending=ending, lost_fen_seen=ending.lost_fen, agree=True)
    with pytest.raises(Conflict, match="重新核对"):
        recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=ending.lost_fen + 1, agree=True)
    case = recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=ending.lost_fen, agree=True)
    assert (case.state, case.received_fen, held(case)) == ("ended", 10_00, (paid, recovered))
    settle()
    assert list(ledger_checks.findings()) == []
    for late in (lambda: entered(case, 1_00), lambda: proposed_ending(case)):
        with pytest.raises(Conflict, match="未全额办结"):
            late()
    with pytest.raises(Invalid, match="已在别的追缴中"):
        proposed_case(case.payment)


@pytest.mark.req("REC-3")
def test_the_head_may_refuse_and_the_department_may_withdraw_and_the_case_goes_on(db: None) -> None:
    case = open_case()
    ending = proposed_ending(case)
    with pytest.raises(Invalid):
        recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=0, agree=False)
    recovery.decide_ending(
        by=cast.finance_head, ending=ending, lost_fen_seen=0, agree=False, opinion="债务人有收入，继续追缴"
    )
    second = proposed_ending(case)
    recovery.withdraw_ending(by=cast.dept_officer2, ending=second)
    with pytest.raises(Conflict, match="已撤回"):
        recovery.decide_ending(by=cast.finance_head, ending=second, lost_fen_seen=second.lost_fen, agree=True)
    assert came_in(case).state == State.RECOVERED


@pytest.mark.req("REC-3")
def test_money_that_comes_in_comes_before_the_end(db: None) -> None:
    case = open_case()
    ending = proposed_ending(case)
    waiting = entered(case, 1_00)
    with pytest.raises(Conflict, match="待财政部门确认"):
        recovery.decide_ending(by=cast.finance_head, ending=ending, lost_fen_seen=ending.lost_fen, agree=True)
    recovery.confirm_instalment(by=cast.officer, instalment=waiting)
    ending.refresh_from_db()
    assert (ending.state, ending.opinion) == ("withdrawn", "又有回款")
    entered(case, 1_00)
    with pytest.raises(Conflict, match="待财政部门确认"):
        proposed_ending(case)


# --- The bank sends the payment back ----------------------------------------------------------------------------------
def sent_back(case: RecoveryCase) -> None:
    report_return(by=cast.bank, payment=case.payment, noticed_at=clock.now(), reason="F02", reference="TK-1")


@pytest.mark.req("REC-3", "PAY-4")
def test_a_case_ends_when_the_bank_sends_the_whole_payment_back(db: None) -> None:
    case = open_case()
    ending = proposed_ending(case)
    sent_back(case)
    ending.refresh_from_db()
    assert (fresh(case).state, ending.state) == ("returned", "withdrawn")
    settle()
    assert list(ledger_checks.findings()) == []


@pytest.mark.req("REC-3", "PAY-4")
@pytest.mark.parametrize("confirmed", [True, False])
def test_a_payment_of_which_money_was_recovered_is_not_returned_as_well(db: None, confirmed: bool) -> None:
    case = open_case()
    if confirmed:
        came_in(case, 1_00)
    else:
        entered(case, 1_00)
    with pytest.raises(Conflict, match="不能再登记银行退款"):
        sent_back(case)
    assert fresh(case).state == State.OPEN


# --- A death asks for what no other case asks -------------------------------------------------------------------------
@pytest.mark.req("REC-3", "REG-9")
def test_a_death_asks_for_what_of_a_payment_no_other_case_asks(db: None) -> None:
    payment = elder_payment()
    proposed_case(payment, by=cast.care_officer1, fen=payment.amount_fen - 1_00)
    dead(payment.line.beneficiary, on=clock.today() - timedelta(days=3))
    case = RecoveryCase.objects.get(reason="death")
    assert (case.state, case.amount_fen) == ("open", 1_00)
    assert case.reckoning.endswith("已在别的追缴中。")
    open_due(clock.today())
    assert RecoveryCase.objects.filter(reason="death").count() == 1


@pytest.mark.req("REC-3", "REG-9")
@pytest.mark.parametrize("alone", [False, True])
def test_a_death_case_names_who_lives_and_may_be_recovered_in_instalments(db: None, alone: bool) -> None:
    payment = elder_payment()
    old, head = payment.line.beneficiary, payment.line.beneficiary.household.head
    assert head is not None
    if alone:
        dead(head)
    dead(old, on=clock.today() - timedelta(days=3))
    case = RecoveryCase.objects.get()
    if not alone:
        assert (case.debtor_kind, case.debtor_name, case.debtor_relation) == ("household", head.name, "户主")
        return
    assert (case.debtor_kind, case.debtor_name) == ("heir", "")
    due = clock.today() + timedelta(days=15)
    with pytest.raises(Conflict, match="先填写退款责任人"):
        recovery.issue_notice(by=cast.care_officer1, case=case, into=INTO, due_on=due, contact="民付甲")
    recovery.name_debtor(by=cast.care_officer1, case=case, debtor=recovery.Debtor("heir", "甲二", "长子"))
    recovery.issue_notice(by=cast.care_officer1, case=case, into=INTO, due_on=due, contact="民付甲")
    for fen in (1_00, case.amount_fen - 1_00):
        instalment = entered(fresh(case), fen, by=cast.care_officer1)
        recovery.confirm_instalment(by=cast.officer, instalment=instalment)
    assert fresh(case).state == State.RECOVERED
    settle()
    assert list(ledger_checks.findings()) == []
