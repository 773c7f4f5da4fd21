"""The facts of the trail read as an auditor would say them (audit.facts)."""

import re
from datetime import timedelta
from typing import Any

import pytest

from audit.facts import MESSAGES, people_in, told
from disbursement.services.cash_told import CALLED_OFF, PLANNED
from publicity.services.reminders import NEAR, PASSED
from publicity.services.sms import LOOKUP
from rulebook import changing, clock, deadlines
from rulebook.models import Deadline
from tests.audit.test_pages import page, signed_in
from tests.databases import ROOT
from tests.factories import cast
from tests.factories_disbursement import answered_batch, approved_roster
from tests.rulebook.test_changing import SEVEN, propose


def words(facts: dict[str, Any], **users: str) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in told(facts, {int(key[1:]): name for key, name in users.items()})}


def test_a_rules_value_before_and_after_and_both_people_are_told_in_words() -> None:
    facts = {"key": "notice.window", "before": {"amount": 5, "unit": "natural_days"}, "value": None,
             "effective_from": "2026-05-07", "proposed_by": 3, "proposed_by_person": 9, "decided_by": 4,
             "decided_by_person": 8}  # fmt: skip
    assert people_in(facts) == {3, 4}
    assert words(facts, u3="甲管", u4="局长甲") == {
        "规则": "公示期限", "原规定": "5天", "规定": "不设期限", "生效日期": "2026-05-07", "提出人": "甲管",
        "批准人": "局长甲",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"kind": "notice.post_within"}, {"类别": "开始公示的期限"}),
        ({"kind": "pay_paid", "attempt": 1}, {"类别": "到账通知", "次数": 1}),
        ({"subject": "rosters.roster:12"}, {"对象": "发放清册 12"}),
        ({"total_fen": 123_400}, {"合计金额": "¥1,234.00"}),
        ({"reason": "上级来文"}, {"原因": "上级来文"}),
    ],
)
def test_codes_have_words_and_words_stay(facts: dict[str, Any], shown: dict[str, Any]) -> None:
    assert words(facts) == shown


def test_every_kind_of_message_has_a_word() -> None:
    """The kinds are those that queue_sms is called with, a payment's by its outcome."""
    written = {
        kind
        for room in ("publicity", "disbursement")
        for path in (ROOT / room).rglob("*.py")
        for kind in re.findall(r'queue_sms\(\s*(?:kind=)?"([a-z_]+)"', path.read_text("utf-8"))
    }
    assert written | {"pay_paid", PLANNED, CALLED_OFF, LOOKUP, NEAR, PASSED} == MESSAGES.keys()


@pytest.mark.req("PRO-1", "ACL-3")
def test_the_page_of_the_trail_names_both_people_and_the_reason_of_a_changed_rule(db: None) -> None:
    changing.decide_change(by=cast.finance_head, change=propose(value=SEVEN), approve=True)
    shown = page(signed_in("auditor"), "audit:trail")
    maker, head = cast.admin.full_name, cast.finance_head.full_name
    for expected in ("公示期限", f"提出人</span> {maker}", f"批准人</span> {head}", "原因</span>", "7天"):
        assert expected in shown, expected
    for code in ("notice.window", "natural_days", "proposed_by"):
        assert code not in shown, code


def test_a_clock_of_a_payment_names_nobody_on_the_trail(db: None) -> None:
    batch = answered_batch(approved_roster(homes=2), fails={2: "4"})
    payee = batch.payments.get(number=2).payee_name
    clock.move_to(clock.now() + timedelta(days=40), by=None)
    deadlines.sweep()
    assert Deadline.objects.filter(subject_type="disbursement.payment", state="fired").exists()
    shown = page(signed_in("auditor"), "audit:trail")
    assert payee not in shown
