"""The life of a policy: proposed, examined, agreed to, in force on its day, stopped (POL-1, POL-2, POL-3)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from lib.errors import Conflict, Invalid
from publicity.selectors import public_policies
from rosters import services as rosters
from rosters.models import Roster
from rulebook import deadlines
from subsidies import services
from subsidies.models import Policy, PolicyChange
from tests.factories import at, cast, policy, quota
from tests.factories_policies import (
    SINCE,
    addition,
    agree,
    agreed,
    drafted_addition,
    drafted_change,
    drafted_stop,
    submitted,
)
from tests.ruled import ruled

State, Status = PolicyChange.State, Policy.Status
YEAR = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}


def fresh(change: PolicyChange) -> PolicyChange:
    return PolicyChange.objects.select_related("policy").get(pk=change.pk)


def begin(code: str = "2130122", **more: Any) -> Roster:
    given: dict[str, Any] = {**YEAR, **more}
    level = "county" if policy(code).kind == "county" else "central"
    return rosters.create_roster(by=cast.clerk, policy=policy(code), quota=quota(code, level=level), **given)


@pytest.mark.req("POL-3", "POL-1")
def test_a_new_policy_passes_every_step_of_the_profile_and_then_stands_with_its_first_version(db: None) -> None:
    change = drafted_addition()
    assert [(step.key, step.office, step.post) for step in change.steps.all()] == [
        ("department", "department", "dept_head"),
        ("finance", "finance", "finance_reviewer"),
        ("finance", "finance", "finance_head"),
        ("league", "outside", "finance_reviewer"),
        ("region", "outside", "finance_reviewer"),
    ]
    change = submitted(change)
    for left in (4, 3, 2, 1):
        change = agree(change)
        assert change.steps.filter(outcome="").count() == left
        assert not Policy.objects.filter(code="T00001").exists()
    change = agree(change)
    made = Policy.objects.get(code="T00001")
    assert (change.state, made.status, made.in_force_from) == (State.APPROVED, Status.PROPOSED, SINCE)
    version = made.versions.get()
    assert (version.number, version.effective_from, version.change) == (1, SINCE, change)
    assert (version.methods, version.periods, made.contact_person) == (["打卡"], "每年1月至12月", "甲一")
    assert [str(basis) for basis in version.basis.all()] == ["《调整补贴的通知》（示例〔2026〕1号）"]
    assert version.basis.get().file is not None
    assert version.standards.get().amount_fen == 50_00


@pytest.mark.req("POL-3")
def test_it_comes_into_force_on_its_day_by_itself_and_is_paid_under_once_it_is_public(db: None) -> None:
    agreed(drafted_addition())
    at("2026-05-31T23:59")
    deadlines.sweep()
    assert policy("T00001").status == Status.PROPOSED
    at("2026-06-01T00:01")
    deadlines.sweep()
    made = policy("T00001")
    assert made.status == Status.IN_FORCE
    assert TrailEntry.objects.filter(verb="policy.begin", subject_id=str(made.pk), actor=None).count() == 1
    with pytest.raises(Invalid, match="公开") as caught:
        begin("T00001")
    assert caught.value.rule == "policy_list.public_by"
    services.publish_policy(by=cast.farm_head, policy=made)
    assert begin("T00001")
    deadlines.sweep()
    assert TrailEntry.objects.filter(verb="policy.begin").count() == 1


@pytest.mark.req("POL-3")
def test_rosters_under_way_keep_their_version_and_periods_that_end_later_take_the_new_one(db: None) -> None:
    before = begin()
    change = agreed(drafted_change(fen=120_00))
    found = policy()
    new = found.versions.get(number=2)
    assert (new.effective_from, new.standards.get().amount_fen) == (SINCE, 120_00)
    assert found.versions.get(number=1).standards.get().amount_fen == 98_36
    services.publish_policy(by=cast.finance_head, policy=found)
    may: dict[str, Any] = {"period_start": date(2026, 1, 1), "period_end": date(2026, 5, 31)}
    assert begin(**may).version.number == 1
    assert begin().version.number == 2
    assert before.version.number == 1
    at("2026-06-01T00:01")
    deadlines.sweep()
    assert fresh(change).state == State.IN_FORCE


@pytest.mark.req("POL-3")
def test_an_agreement_that_comes_late_applies_from_its_day_and_never_from_before(db: None) -> None:
    change = submitted(drafted_change(effective_from=date(2026, 5, 7)))
    at("2026-05-20T10:00")
    change = agree(change, times=3)
    assert (change.state, change.applies_from) == (State.IN_FORCE, date(2026, 5, 20))
    assert policy().versions.get(number=2).effective_from == date(2026, 5, 20)


@pytest.mark.req("POL-3")
def test_a_stopped_policy_leaves_the_public_list_by_itself_and_no_roster_starts_on_it(db: None, client: Client) -> None:
    under_way = begin()
    agreed(drafted_stop())
    assert policy().in_force_to == date(2026, 5, 31)
    at("2026-05-31T12:00")
    deadlines.sweep()
    assert policy() in public_policies()
    at("2026-06-01T00:00")
    # By the date, before any sweep: late never permits.
    assert policy() not in public_policies()
    assert client.get("/public/policies/2130122/").status_code == 404
    with pytest.raises(Invalid, match="已停止执行"):
        begin(period_start=date(2026, 1, 1), period_end=date(2026, 3, 31))
    deadlines.sweep()
    assert policy().status == Status.STOPPED
    assert TrailEntry.objects.filter(verb="policy.expire", actor=None).count() == 1
    assert PolicyChange.objects.get().state == State.IN_FORCE
    with pytest.raises(Invalid, match="已停止执行"):
        begin()
    assert under_way.version.policy == policy()


@pytest.mark.req("POL-3")
def test_a_policy_whose_years_are_over_stops_by_itself(db: None) -> None:
    agreed(drafted_addition(effective_from=date(2026, 5, 6), in_force_to="2026-05-10"))
    assert policy("T00001").status == Status.IN_FORCE
    at("2026-05-11T00:05")
    deadlines.sweep()
    assert policy("T00001").status == Status.STOPPED
    with pytest.raises(Conflict, match="只有执行中的政策"):
        drafted_change(code="T00001")


@pytest.mark.req("POL-3")
def test_the_path_is_the_one_of_the_day_of_the_proposal(db: None) -> None:
    change = submitted(drafted_change())
    ruled({"policy.change": [{"key": "finance", "title": "县财政局同意", "office": "finance"}]})
    assert change.steps.count() == 3
    assert agree(change, times=3).state == State.APPROVED
    later = services.propose_stop(by=cast.farm_head, policy=policy("2130123"), effective_from=SINCE, reason="到期")
    assert [step.key for step in later.steps.all()] == ["finance", "finance"]


def test_where_the_finance_bureau_is_the_department_its_reviewer_proposes_and_its_head_signs(db: None) -> None:
    bureau = cast.organisation("CZJ")
    change = services.propose_addition(
        by=cast.finance_reviewer, department=bureau, content=addition(), effective_from=SINCE, reason="试行"
    )
    assert [step.post for step in change.steps.all()][:2] == ["finance_head", "finance_head"]
