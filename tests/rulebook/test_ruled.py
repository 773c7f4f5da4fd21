"""The tests' own helper changes rules as an approved change does: for what begins afterwards, again and again."""

import pytest

from rulebook import rules
from rulebook.models import RuleChange
from tests.factories_rosters import draft_roster
from tests.ruled import ruled, span


def test_a_rule_set_for_a_test_applies_at_once_and_may_be_set_again(db: None) -> None:
    for days in (7, 9):
        ruled({"notice.window": span(days, "natural_days", "notice.posted", "unit")})
        assert rules.value("notice.window")["amount"] == days
    assert RuleChange.objects.filter(state="approved", key="notice.window").count() == 2


def test_a_rule_set_for_one_policy_leaves_the_others_alone(db: None) -> None:
    ruled({"cash.allowed": True}, policy_code="2080502")
    assert rules.value("cash.allowed", policy_code="2080502") is True
    assert rules.value("cash.allowed") is False


def test_a_roster_keeps_the_rules_it_began_with(db: None) -> None:
    roster = draft_roster(homes=1)
    before = roster.rules["dispatch.by"]["value"]
    ruled({"dispatch.by": "department"})
    roster.refresh_from_db()
    assert before == roster.rules["dispatch.by"]["value"] == "finance"
    assert rules.value("dispatch.by") == "department"


def test_a_rule_of_a_wrong_shape_is_refused(db: None) -> None:
    with pytest.raises(Exception, match="应为是或否"):
        ruled({"cash.allowed": "yes"})
