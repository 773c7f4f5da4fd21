"""The two paths of an account change (CQ§23), and the card that a county accepts (YJ八)."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.workbench import todos_for
from households import papers, services
from households.models import AccountChange, BankAccount, Person
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from tests.databases import Database
from tests.factories import account_number, cast
from tests.factories_households import BANK, account, household, person
from tests.factories_papers import SCAN, scan
from tests.refused import refused_by
from tests.ruled import ruled

State, Cause = AccountChange.State, AccountChange.Cause
FINANCE: dict[str, object] = {"account_change.finance_approval": True}


def owner(**more: object) -> Person:
    found = household(**more).head  # type: ignore[arg-type]
    assert found is not None
    return found


def asked(of: Person, cause: str = Cause.PERSONAL, **more: object) -> AccountChange:
    given: dict[str, object] = {"evidence": scan("书面说明.pdf") if cause == Cause.PERSONAL else None, **more}
    return services.request_account_change(
        by=cast.clerk, person=of, kind="replace", cause=cause, reason="换到就近网点", bank_name=BANK,
        number=account_number(), **given,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.req("REG-8", "PRO-3")
def test_a_card_that_works_is_replaced_by_three_people_where_finance_must_approve(db: None) -> None:
    ruled(FINANCE)
    of = owner()
    old = of.accounts.get()
    change = asked(of)
    assert change.finance_needed
    assert change.rules["account_change.finance_approval"]["value"] is True

    change = services.approve_account_change(by=cast.station, change=change, opinion="情况属实")
    assert change.state == State.UNIT_APPROVED
    assert of.accounts.get(in_use=True) == old
    assert [card.title for card in todos_for(cast.finance_reviewer) if "账户变更" in card.title] == [
        "账户变更待财政审批"
    ]

    change = services.approve_by_finance(by=cast.finance_reviewer, change=change, opinion="同意")
    old.refresh_from_db()
    assert (change.state, old.in_use, old.state) == (State.APPROVED, False, BankAccount.State.NORMAL)
    assert of.accounts.get(in_use=True) == change.new_account
    people = {change.made_by_person_id, change.checked_by_person_id, change.approved_by_person_id}
    assert len(people) == 3


@pytest.mark.req("REG-8")
def test_where_finance_need_not_approve_the_unit_ends_the_special_path(db: None) -> None:
    change = services.approve_account_change(by=cast.station, change=asked(owner()))
    assert (change.state, change.finance_needed) == (State.APPROVED, False)


@pytest.mark.req("REG-8")
@pytest.mark.parametrize("cause", [Cause.LOST, Cause.CLOSED, Cause.FROZEN, Cause.DORMANT])
def test_the_normal_path_stays_within_the_unit_and_marks_the_old_card(db: None, cause: str) -> None:
    ruled(FINANCE)
    of = owner()
    old = of.accounts.get()
    change = services.approve_account_change(by=cast.station, change=asked(of, cause))
    old.refresh_from_db()
    assert (change.state, change.finance_needed, old.state) == (State.APPROVED, False, str(cause))


@pytest.mark.req("REG-8")
def test_a_class_two_card_becomes_class_one_on_the_normal_path(db: None) -> None:
    ruled(FINANCE)
    of = owner(with_accounts=False)
    account(of, account_class="II")
    change = services.approve_account_change(by=cast.station, change=asked(of, Cause.CLASS_TWO))
    assert change.new_account is not None
    assert change.new_account.account_class == "I"
    with pytest.raises(Invalid, match="不是II类户"):
        asked(owner(name="甲三"), Cause.CLASS_TWO)


@pytest.mark.req("REG-8")
def test_the_special_path_needs_a_signed_statement_and_a_card_that_works(db: None) -> None:
    of = owner()
    with pytest.raises(Invalid, match="书面说明") as refused:
        asked(of, evidence=None)
    assert (refused.value.field, refused.value.rule) == ("evidence", "account_change.finance_approval")
    BankAccount.objects.filter(person=of).update(state=BankAccount.State.DORMANT)
    with pytest.raises(Invalid, match="不是正常可用的I类户"):
        asked(of)
    with pytest.raises(Invalid) as refused:
        asked(of, "whim")
    assert refused.value.field == "cause"
    assert not AccountChange.objects.exists()


@pytest.mark.req("REG-8", "ACL-2")
def test_each_answers_only_at_the_own_step(db: None) -> None:
    ruled(FINANCE)
    change = asked(owner())
    with pytest.raises(Conflict, match="不在财政审批环节"):
        services.approve_by_finance(by=cast.finance_head, change=change)
    change = services.approve_account_change(by=cast.station, change=change)
    for user in (cast.clerk, cast.station, cast.officer, cast.auditor, cast.farm_head):
        with pytest.raises(Refusal):
            services.approve_by_finance(by=user, change=change)
    with pytest.raises(Conflict, match="已经办理"):
        services.approve_account_change(by=cast.station, change=change)
    with pytest.raises(Forbidden, match="财政复审"):
        services.reject_account_change(by=cast.station, change=change, opinion="不属实")

    change = services.reject_account_change(by=cast.finance_head, change=change, opinion="说明没有签字")
    assert (change.state, change.approval_opinion) == (State.REJECTED, "说明没有签字")
    assert change.person.accounts.get().in_use
    asked(change.person)


@pytest.mark.req("REG-8", "ACL-2")
def test_the_database_refuses_a_short_cut_and_a_person_at_two_ends(db: None) -> None:
    ruled(FINANCE)
    change = services.approve_account_change(by=cast.station, change=asked(owner()))
    fresh = asked(owner(name="甲三"))
    answer = "UPDATE households_accountchange SET state = 'approved', approved_by_person_id = %s WHERE id = %s"
    refused_by("households_account_change_three_people", answer, change.checked_by_person_id, change.pk)
    refused_by("households_account_change_three_people", answer, change.made_by_person_id, change.pk)
    refused_by("households_account_change_finance", answer, None, change.pk)
    short = "UPDATE households_accountchange SET state = 'approved', checked_by_person_id = %s WHERE id = %s"
    refused_by("households_account_change_arrows", short, cast.station.person_id, fresh.pk)
    refused_by(
        "households_account_change_frozen", "UPDATE households_accountchange SET finance_needed = false WHERE id = %s",
        fresh.pk,
    )  # fmt: skip
    refused_by(
        "households_account_change_frozen",
        "UPDATE households_accountchange SET checked_by_person_id = %s WHERE id = %s",
        cast.leader.person_id,
        change.pk,
    )
    refused_by(
        "households_account_change_frozen", "UPDATE households_accountchange SET evidence_id = NULL WHERE id = %s",
        fresh.pk,
    )  # fmt: skip


@pytest.mark.req("PRO-1")
def test_a_change_under_way_keeps_the_path_it_began_with(db: None) -> None:
    ruled(FINANCE)
    change = asked(owner())
    ruled({"account_change.finance_approval": False})
    assert services.approve_account_change(by=cast.station, change=change).state == State.UNIT_APPROVED


def test_two_of_finance_press_at_once_and_one_is_told(committed_db: Database) -> None:
    ruled(FINANCE)
    change = services.approve_account_change(by=cast.station, change=asked(owner()))
    told: list[str] = []
    gate = threading.Barrier(2)

    def press(username: str) -> None:
        try:
            user = getattr(cast, username)
            gate.wait()
            services.approve_by_finance(by=user, change=change)
            told.append("done")
        except Conflict:
            told.append("told")
        finally:
            connection.close()

    pressing = [threading.Thread(target=press, args=(name,)) for name in ("finance_reviewer", "finance_head")]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert sorted(told) == ["done", "told"]
    assert BankAccount.objects.filter(person=change.person, in_use=True).count() == 1


@pytest.mark.req("REG-8")
def test_the_page_says_which_path_applies_and_leads_to_the_finance_bureau(db: None) -> None:
    ruled(FINANCE)
    of = owner()
    clerk, station, finance = Client(), Client(), Client()
    clerk.force_login(cast.clerk)
    station.force_login(cast.station)
    finance.force_login(cast.finance_head)
    form = reverse("households:change_new", args=[of.pk])
    assert "再由财政局审核同意才生效" in clerk.get(form).content.decode()
    given = {"kind": "replace", "cause": "personal", "bank_name": BANK, "number": account_number(), "reason": "换网点",
             "social_card": "on"}  # fmt: skip
    refused = clerk.post(form, given).content.decode()
    assert "书面说明" in refused
    assert "账户变更须财政审批" in refused

    paper = SimpleUploadedFile("说明.pdf", SCAN)
    clerk.post(form, {**given, "evidence": paper})
    change = AccountChange.objects.get()
    page = reverse("households:change", args=[change.pk])
    assert "报财政局审批" in station.get(page).content.decode()
    station.post(page, {"decision": "approve", "opinion": "属实"})
    assert list(papers.changes_to_approve(cast.finance_head)) == [change]
    assert change.person.name in finance.get(reverse("households:changes")).content.decode()
    finance.post(page, {"decision": "approve", "opinion": "同意"})
    change.refresh_from_db()
    assert change.state == State.APPROVED


# --- Social-security cards --------------------------------------------------------------------------------------------
@pytest.mark.req("REG-7", "PRO-3")
def test_a_newly_registered_person_needs_a_social_card_where_the_rules_say_so(db: None) -> None:
    ruled({"account.social_card": "required_for_new"})
    home = household(with_accounts=False)
    assert home.head is not None
    with pytest.raises(Invalid, match="须使用社会保障卡") as refused:
        account(home.head, social_card=False)
    assert (refused.value.field, refused.value.rule) == ("social_card", "account.social_card")
    assert account(home.head).social_card


@pytest.mark.req("REG-7")
def test_where_a_social_card_is_preferred_another_one_is_taken_with_a_note(db: None) -> None:
    home = household(with_accounts=False)
    assert home.head is not None
    client = Client()
    client.force_login(cast.clerk)
    given = {"bank_name": BANK, "number": account_number(), "account_class": "I"}
    page = client.post(reverse("households:account_new", args=[home.head.pk]), given, follow=True).content.decode()
    assert "优先使用社会保障卡" in page
    assert not home.head.accounts.get().social_card


@pytest.mark.req("REG-7")
def test_nobody_leaves_a_social_card_for_another_where_it_is_required(db: None) -> None:
    of = owner()
    ruled({"account.social_card": "required_for_new"})
    with pytest.raises(Invalid, match="也须是社会保障卡"):
        asked(of, Cause.LOST, social_card=False)
    ordinary = owner(name="甲三", with_accounts=False)
    ruled({"account.social_card": "any"})
    account(ordinary, social_card=False)
    change = services.approve_account_change(by=cast.station, change=asked(ordinary, Cause.LOST, social_card=True))
    assert change.new_account is not None
    assert change.new_account.social_card


@pytest.mark.req("REG-7")
def test_the_move_to_social_cards_is_counted_by_village_within_the_scope(db: None) -> None:
    home = household(members=[("妻子", "甲二")])
    other = person(home, "甲三", relation="儿子")
    account(other, social_card=False)
    household(cast.villages2[0], name="乙一")
    mine = papers.card_progress(cast.clerk)
    assert [(row["people"], row["social"]) for row in mine] == [(3, 2)]
    assert sum(row["people"] for row in papers.card_progress(cast.auditor)) == 4
    assert len(papers.card_progress(cast.auditor, township=cast.township2.pk)) == 1
    client = Client()
    client.force_login(cast.clerk)
    page = client.get(reverse("households:cards")).content.decode()
    assert "66.7%" in page
    assert "新林镇" not in page
