"""What a roster asks of its people's identity, under a county that waits for the police register and one that asks."""

from datetime import date

import pytest

from households.models import Person
from households.verification import services as verification
from lib.errors import Conflict
from rosters import services
from rosters.models import Finding, Roster
from rosters.stale import is_stale
from tests.factories import at, cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster, explain_all, fresh
from tests.factories_verification import answered, asked, compared, number_of
from tests.ruled import ruled
from tests.uploads import paper

OURS = ("person.police_dead", "person.police_refuted", "person.mismatch", "person.unverified")


def people(*names: str) -> list[Person]:
    return [home.head for home in (household(name=name) for name in names) if home.head]


def roster_of(some: list[Person]) -> Roster:
    return draft_roster(homes=[one.household for one in some])


def found(roster: Roster) -> dict[tuple[str, int], tuple[str, str]]:
    """Our findings by rule and line: how hard, and in which words."""
    services.run_checks(by=cast.clerk, roster=roster)
    rows = Finding.objects.filter(roster=roster, rule__in=OURS)
    return {(one.rule, one.number or 0): (one.severity, one.message) for one in rows}


@pytest.mark.req("REG-4", "ROS-4")
@pytest.mark.parametrize(("rule", "severity"), [("block", "error"), ("warn", "warning")])
def test_each_answer_is_a_finding_as_hard_as_the_countys_rule(db: None, rule: str, severity: str) -> None:
    ruled({"identity.verified": rule})
    some = people("甲一", "甲二", "甲三", "甲四", "甲五", "甲六")
    compared(some[0])
    compared(some[1], "mismatch", items=("name",))
    compared(some[2], "unknown")
    compared(some[3], "dead", died_on=date(2026, 3, 1))
    asked([some[4]])
    roster = roster_of(some)
    rows = found(roster)
    assert {key: value[0] for key, value in rows.items()} == {
        ("person.mismatch", 2): severity, ("person.mismatch", 3): severity, ("person.police_dead", 4): severity,
        ("person.unverified", 5): severity, ("person.unverified", 6): severity,
    }  # fmt: skip
    said = [value[1] for value in rows.values()]
    for words in ("姓名不一致", "查无此人", "死亡（2026年3月1日）", "等结果返回", "尚未经公安联网核查"):
        assert any(words in one for one in said), words
    assert any("或说明情况" in one for one in said) is (rule == "warn")
    explain_all(roster)
    if rule == "block":
        with pytest.raises(Conflict, match="5处错误"):
            services.send_roster(by=cast.clerk, roster=roster)
    else:
        services.send_roster(by=cast.clerk, roster=roster)
        assert fresh(roster).status == Roster.Status.REVIEW


@pytest.mark.req("REG-4", "ROS-4")
def test_who_was_seen_alive_is_a_question_for_the_reviewer_and_blocks_no_longer(db: None) -> None:
    ruled({"identity.verified": "block"})
    (one,) = people("甲一")
    compared(one, "dead")
    roster = roster_of([one])
    assert found(roster).keys() == {("person.police_dead", 1)}
    verification.refute_death(by=cast.clerk, person=one, reason="村干部入户见到本人", paper=paper())
    assert {key: value[0] for key, value in found(roster).items()} == {("person.police_refuted", 1): "warning"}
    explain_all(roster)
    services.send_roster(by=cast.clerk, roster=roster)


@pytest.mark.req("REG-4", "ROS-4")
def test_answers_have_open_rosters_checked_again(db: None) -> None:
    (one,) = people("甲一")
    roster = roster_of([one])
    assert found(roster).keys() == {("person.unverified", 1)}
    answered(asked([one]), [(one.name, number_of(one), "死亡")])
    assert is_stale(roster)
    services.run_checks(by=cast.clerk, roster=roster)
    assert Finding.objects.filter(roster=roster, rule="person.police_dead").exists()
    verification.refute_death(by=cast.clerk, person=one, reason="村干部入户见到本人", paper=paper())
    assert is_stale(roster)


@pytest.mark.req("REG-4", "PRO-1")
def test_a_roster_keeps_the_rule_and_the_term_that_it_began_under(db: None) -> None:
    some = people("甲一", "甲二")
    compared(some[0])
    roster = roster_of(some)
    ruled({"identity.verified": "block", "identity.valid": "3"})
    later = roster_of(some)
    at("2026-08-20T09:00")
    assert {key: value[0] for key, value in found(roster).items()} == {("person.unverified", 2): "warning"}
    rows = found(later)
    assert {key: value[0] for key, value in rows.items()} == {
        ("person.unverified", 1): "error", ("person.unverified", 2): "error",
    }  # fmt: skip
    assert "已过有效期" in rows["person.unverified", 1][1]
