"""A rule is changed by two people, from a day on, and what is under way keeps what it began with."""

import json
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import TrailEntry
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rulebook import clock, overrides, rules
from rulebook.changing import decide_change, propose_change, withdraw_change
from rulebook.models import ProfileValue, RuleChange
from tests.databases import Database
from tests.factories import at, cast
from tests.refused import refused_by
from tests.ruled import span

KEY = "notice.window"
SEVEN = span(7, "natural_days", "notice.posted", "unit")
POLICY = "2080502"


def propose(**changed: Any) -> RuleChange:
    given: dict[str, Any] = {
        "by": cast.admin,
        "key": KEY,
        "value": SEVEN,
        "effective_from": clock.today() + timedelta(days=1),
        "reason": "上级来文，公示期延长",
        "citation": "补充规定第二条",
        "wording": "公示改为7天。",
        **changed,
    }
    return propose_change(**given)


def approved(**changed: Any) -> RuleChange:
    return decide_change(by=cast.finance_head, change=propose(**changed), approve=True, opinion="同意。")


def facts(verb: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TrailEntry.objects.get(verb=verb).facts)
    return found


# --- Two people -------------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-1")
def test_an_approved_change_applies_from_its_day_on_and_both_people_and_the_reason_are_on_the_trail(db: None) -> None:
    change = approved()
    assert rules.value(KEY)["amount"] == 5
    assert rules.value(KEY, on=change.effective_from) == SEVEN
    at("2026-05-07T00:01")
    found = rules.rule(KEY)
    assert (found.value, found.citation, found.wording) == (SEVEN, "补充规定第二条", "公示改为7天。")
    told = facts("rule.approve")
    assert (told["proposed_by"], told["decided_by"]) == (cast.admin.pk, cast.finance_head.pk)
    assert (told["proposed_by_person"], told["decided_by_person"]) == (
        cast.admin.person_id,
        cast.finance_head.person_id,
    )
    assert told["reason"] == "上级来文，公示期延长"
    assert (told["before"]["amount"], told["value"]["amount"]) == (5, 7)
    assert TrailEntry.objects.get(verb="rule.propose").actor == cast.admin
    assert TrailEntry.objects.get(verb="rule.approve").actor == cast.finance_head


def test_a_refused_change_changes_nothing_and_says_why(db: None) -> None:
    change = propose()
    with pytest.raises(Invalid, match="不批准时请写明意见"):
        decide_change(by=cast.finance_head, change=change, approve=False, opinion="  ")
    decide_change(by=cast.finance_head, change=change, approve=False, opinion="没有上级文件。")
    change.refresh_from_db()
    assert (change.state, change.opinion) == (RuleChange.State.REFUSED, "没有上级文件。")
    assert not ProfileValue.objects.filter(change=change).exists()
    assert facts("rule.refuse")["opinion"] == "没有上级文件。"
    propose()  # the way is free again


def test_a_withdrawn_change_cannot_be_decided(db: None) -> None:
    change = withdraw_change(by=cast.admin, change=propose())
    with pytest.raises(Conflict, match="已是“已撤回”"):
        decide_change(by=cast.finance_head, change=change, approve=True)
    with pytest.raises(Conflict, match="不能撤回"):
        withdraw_change(by=cast.admin, change=change)
    assert TrailEntry.objects.filter(verb="rule.withdraw").count() == 1


@pytest.mark.req("PRO-1")
@pytest.mark.parametrize("username", ["clerk", "officer", "finance_head", "finance_reviewer", "auditor", "bank"])
def test_only_an_administrator_proposes(db: None, username: str) -> None:
    with pytest.raises(Forbidden, match="系统管理员"):
        propose(by=getattr(cast, username))


@pytest.mark.req("PRO-1")
@pytest.mark.parametrize("username", ["clerk", "officer", "admin", "finance_reviewer", "auditor", "bank"])
def test_only_the_head_of_finance_decides(db: None, username: str) -> None:
    change = propose()
    with pytest.raises(Forbidden, match="财政局负责人"):
        decide_change(by=getattr(cast, username), change=change, approve=True)
    change.refresh_from_db()
    assert change.state == RuleChange.State.PROPOSED


@pytest.mark.req("PRO-1", "ACL-2")
def test_whoever_proposed_does_not_decide_under_another_post(db: None) -> None:
    # Proposed while still the administrator, by the human being who has become head of finance since.
    other, head = propose(), cast.finance_head
    own = RuleChange.objects.create(
        profile=other.profile, key="notice.contents", value=["policy"], before=None, citation="一", wording="二",
        effective_from=other.effective_from, reason="三", proposed_by=head, proposed_by_person=head.person,
        proposed_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(Forbidden, match="须由另一人审批"):
        decide_change(by=head, change=own, approve=True)


def test_two_decisions_at_once_make_one_value(committed_db: Database) -> None:
    change = propose()
    heads = [cast.finance_head for _ in range(2)]
    answers: list[str] = []

    def decide(number: int) -> None:
        try:
            decide_change(by=heads[number], change=change, approve=True)
            answers.append("done")
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "rulebook.change_final"]
    assert ProfileValue.objects.filter(change=change).count() == 1
    assert TrailEntry.objects.filter(verb="rule.approve").count() == 1


def test_two_proposals_at_once_leave_one(committed_db: Database) -> None:
    people = [cast.admin for _ in range(2)]
    answers: list[str] = []

    def one(number: int) -> None:
        try:
            propose(by=people[number])
            answers.append("done")
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "rulebook.one_at_a_time"]


# --- Refusals ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"key": "notice.colour"}, "rulebook.unknown_key", "没有“notice.colour”这项规则"),
        ({"value": {"amount": 0, "unit": "natural_days", "starts": "notice.posted", "who": "unit"}}, "rulebook.value",
         "时长应为1至1000的整数"),
        ({"value": True}, "rulebook.value", "期限须写明"),
        ({"effective_from": date(2026, 5, 5)}, "rulebook.backdated", "不能早于今天"),
        ({"reason": " "}, "rulebook.told", "请填写变更原因"),
        ({"citation": ""}, "rulebook.told", "请填写依据条款"),
        ({"wording": ""}, "rulebook.told", "请填写给经办人看的说明"),
        ({"policy_code": "9999999"}, "rulebook.unknown_policy", "没有代码为“9999999”的政策"),
        ({"ends_override": True}, "rulebook.scope", "请选择是哪项政策"),
        ({"ends_override": True, "policy_code": POLICY}, "rulebook.no_override", "没有特别规定"),
        ({"key": "account.one_card", "value": False}, "rulebook.value", "各县相同，不能改变"),
        ({"key": "account.one_card", "value": False, "policy_code": POLICY}, "rulebook.not_per_policy", "全县统一"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_proposal_is_said(db: None, changed: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        propose(**changed)
    assert caught.value.code == code
    assert not RuleChange.objects.exists()


def test_the_present_value_is_no_change_but_a_default_may_be_made_the_countys_own(db: None) -> None:
    current = rules.rule(KEY)
    with pytest.raises(Invalid, match="现行规定相同"):
        propose(value=current.value, citation=current.citation)
    silent = ProfileValue.objects.filter(silent=True, key="account.one_card").first()
    silent = silent or ProfileValue.objects.filter(silent=True).exclude(key="chain")[0]
    approved(key=silent.key, value=silent.value, citation="县政府会议纪要〔2026〕3号")


def test_one_proposal_at_a_time_for_a_key_and_a_policy(db: None) -> None:
    propose()
    with pytest.raises(Conflict, match="已有一项变更待审批"):
        propose(effective_from=date(2026, 9, 1))
    propose(policy_code=POLICY)
    propose(key="notice.restarts_after_change", value=not rules.value("notice.restarts_after_change"))


def test_a_value_changes_once_a_day(db: None) -> None:
    approved()
    with pytest.raises(Invalid, match="一天只能变更一次"):
        propose(value=span(9, "natural_days", "notice.posted", "unit"))


def test_a_change_whose_day_has_passed_is_not_approved(db: None) -> None:
    change = propose()
    at("2026-05-08T09:00")
    with pytest.raises(Conflict, match="已过，规则不能追溯"):
        decide_change(by=cast.finance_head, change=change, approve=True)
    change.refresh_from_db()
    assert change.state == RuleChange.State.PROPOSED
    decide_change(by=cast.finance_head, change=change, approve=False, opinion="请改期。")


def test_a_chain_that_nobody_could_sign_is_refused(db: None) -> None:
    chain = [{**step} for step in rules.value("chain")]
    chain[0] = {**chain[0], "post": "bank_operator"}
    with pytest.raises(Invalid, match="没有人能办理"):
        propose(key="chain", value=chain)
    with pytest.raises(Invalid, match="须有一个环节上报"):
        propose(key="chain", value=[{k: v for k, v in step.items() if k != "submits"} for step in rules.value("chain")])


# --- Policies ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-2")
def test_a_policy_may_have_a_rule_of_its_own_until_it_is_ended(db: None) -> None:
    approved(policy_code=POLICY)
    at("2026-05-07T09:00")
    assert rules.value(KEY, policy_code=POLICY) == SEVEN
    assert rules.value(KEY)["amount"] == 5
    assert rules.value(KEY, policy_code="2130122")["amount"] == 5
    approved(policy_code=POLICY, ends_override=True, effective_from=date(2026, 6, 1))
    assert rules.value(KEY, policy_code=POLICY) == SEVEN
    at("2026-06-01T09:00")
    assert rules.value(KEY, policy_code=POLICY)["amount"] == 5


def test_policies_are_known_by_the_room_that_keeps_them(db: None) -> None:
    assert overrides.policies()[POLICY].startswith("高龄")
    assert overrides.name_of("") == "全县"


# --- Truths of the database -------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-1")
@pytest.mark.parametrize(
    "sql",
    ["UPDATE rulebook_profilevalue SET value = 'true' WHERE key = 'cash.allowed'", "DELETE FROM rulebook_profilevalue"],
)
def test_the_web_role_may_not_touch_a_value(db: None, sql: str) -> None:
    refused_by("InsufficientPrivilege", sql)


def test_a_value_stays_even_for_the_owner(committed_db: Database, superuser: Any) -> None:
    with superuser.cursor() as cursor:
        for sql in ("UPDATE rulebook_profilevalue SET wording = 'x'", "DELETE FROM rulebook_profilevalue"):
            with pytest.raises(Exception, match="only added") as caught:
                cursor.execute(sql)
            assert caught.value.diag.constraint_name == "rulebook_value_append_only"  # type: ignore[attr-defined]


INSERT = """INSERT INTO rulebook_profilevalue
    (profile_id, key, policy_code, ends_override, value, citation, quote, wording, note, silent, effective_from,
     reason, change_id)
    SELECT profile_id, key, policy_code, ends_override, {value}, citation, '', wording, '', false, effective_from,
           reason, {change} FROM rulebook_rulechange WHERE id = %s"""


@pytest.mark.req("PRO-1")
def test_a_value_comes_from_an_approved_change_and_says_what_it_says(db: None) -> None:
    change = propose()
    refused_by("rulebook_value_from_change", INSERT.format(value="value", change="id"), change.pk)
    refused_by("rulebook_value_from_change", INSERT.format(value="value", change="NULL"), change.pk)
    refused_by("rulebook_value_from_change", INSERT.format(value="'true'", change="id"), change.pk)
    RuleChange.objects.filter(pk=change.pk).update(
        state="approved", decided_by=cast.finance_head, decided_by_person=cast.finance_head.person
    )
    refused_by("rulebook_value_from_change", INSERT.format(value="'true'", change="id"), change.pk)


def test_the_database_keeps_a_change_between_two_people_final_and_never_backdated(db: None) -> None:
    change = propose()
    own = (
        "UPDATE rulebook_rulechange SET state = 'approved', decided_by_person_id = proposed_by_person_id WHERE id = %s"
    )
    refused_by("rulebook_change_two_people", own, change.pk)
    refused_by("rulebook_change_decided", "UPDATE rulebook_rulechange SET state = 'approved' WHERE id = %s", change.pk)
    refused_by("rulebook_change_final", "UPDATE rulebook_rulechange SET value = 'true' WHERE id = %s", change.pk)
    refused_by("rulebook_change_final", "UPDATE rulebook_rulechange SET reason = 'x' WHERE id = %s", change.pk)
    at("2026-05-08T09:00")
    late = "UPDATE rulebook_rulechange SET state = 'approved', decided_by_person_id = %s WHERE id = %s"
    refused_by("rulebook_change_not_backdated", late, cast.finance_head.person_id, change.pk)
    decide_change(by=cast.finance_head, change=change, approve=False, opinion="过期。")
    again = "UPDATE rulebook_rulechange SET state = 'proposed', decided_by_person_id = NULL WHERE id = %s"
    refused_by("rulebook_change_final", again, change.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM rulebook_rulechange")
