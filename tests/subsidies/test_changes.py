"""The life of a policy: proposed, examined, agreed to, in force on its day, stopped (POL-1, POL-2, POL-3)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from lib.errors import Conflict, Forbidden, Invalid
from publicity.selectors import public_policies
from rosters import services as rosters
from rosters.models import Roster
from rulebook import deadlines, paths
from subsidies import services
from subsidies.models import Policy, PolicyChange, PolicyStep, PublishedItem
from tests.factories import at, cast, policy, quota
from tests.factories_policies import (
    SINCE,
    addition,
    agree,
    agreed,
    decider,
    drafted_addition,
    drafted_change,
    drafted_stop,
    submitted,
    terms,
)
from tests.refused import refused_by
from tests.ruled import ruled
from tests.uploads import paper

State, Status = PolicyChange.State, Policy.Status
YEAR = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}


def fresh(change: PolicyChange) -> PolicyChange:
    return PolicyChange.objects.select_related("policy").get(pk=change.pk)


def begin(code: str = "2130122", **more: Any) -> Roster:
    given: dict[str, Any] = {**YEAR, **more}
    level = "county" if policy(code).kind == "county" else "central"
    return rosters.create_roster(by=cast.clerk, policy=policy(code), quota=quota(code, level=level), **given)


# --- The way ----------------------------------------------------------------------------------------------------------
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


# --- Refused ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-2")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"funding_levels": ["central", "county"]}, "不得另行设立"),
        ({"funding_levels": ["provincial"]}, "不得另行设立"),
        ({"kind": "prescribed", "published_code": ""}, "一一对应"),
        ({"kind": "prescribed", "published_code": "9999999"}, "没有项目9999999"),
        ({"kind": "prescribed", "published_code": "2130122"}, "只能对应一项政策"),
        ({"published_code": "2130122"}, "清空上级清单代码"),
    ],
)
def test_the_county_cannot_invent_a_policy_with_higher_money(db: None, content: dict[str, Any], words: str) -> None:
    with pytest.raises((Invalid, Conflict), match=words):
        drafted_addition(papers=False, **content)
    assert not PolicyChange.objects.exists()


@pytest.mark.req("POL-2")
def test_a_prescribed_policy_maps_to_an_item_of_the_published_list(db: None) -> None:
    PublishedItem.objects.create(code="2130199", name="新项目", level="region", source_title="自治区清单")
    agreed(drafted_addition(kind="prescribed", published_code="2130199", funding_levels=["central"]))
    assert policy("T00001").published_code == "2130199"
    refused_by("subsidies_item_in_use", "DELETE FROM subsidies_publisheditem WHERE code = '2130199'")


@pytest.mark.req("POL-1")
@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"name": " "}, "name"),
        ({"code": "2130122"}, "code"),
        ({"eligibility": ""}, "eligibility"),
        ({"consult_phone": ""}, "consult_phone"),
        ({"standards": []}, "standards"),
        ({"payout_methods": []}, "payout_methods"),
        ({"payout_methods": ["cash"]}, "payout_methods"),
        ({"in_force_to": "2026-05-31"}, "in_force_to"),
        ({"frequency": "weekly"}, "frequency"),
    ],
)
def test_a_proposal_is_whole(db: None, content: dict[str, Any], field: str) -> None:
    with pytest.raises((Invalid, Conflict)) as caught:
        drafted_addition(papers=False, **content)
    assert field in caught.value.fields


@pytest.mark.req("POL-1")
def test_cash_is_a_way_of_paying_where_the_rules_allow_it(db: None) -> None:
    ruled({"cash.allowed": True})
    assert drafted_addition(payout_methods=["account", "cash"]).content["payout_methods"] == ["account", "cash"]


@pytest.mark.req("POL-3")
def test_a_proposal_comes_with_its_basis_and_a_new_policy_with_its_sample_form(db: None) -> None:
    change = drafted_addition(papers=False)
    with pytest.raises(Invalid, match="依据文件"):
        submitted(change)
    services.add_document(by=cast.farm_head, change=change, kind="basis", title="通知", upload=paper())
    with pytest.raises(Invalid, match="表样"):
        submitted(change)
    with pytest.raises(Invalid, match="文件类型"):
        services.add_document(by=cast.farm_head, change=change, kind="sample", title="表样", upload=paper("a.exe"))
    with pytest.raises(Invalid, match="空的"):
        services.add_document(by=cast.farm_head, change=change, kind="sample", title="表样", upload=paper("a.pdf", b""))
    assert fresh(change).state == State.DRAFT


@pytest.mark.req("ACL-2")
def test_a_department_proposes_for_itself_and_nobody_else_does(db: None) -> None:
    for stranger in (cast.clerk, cast.care_head, cast.finance_head, cast.dept_officer1, cast.auditor, cast.admin):
        with pytest.raises(Forbidden):
            services.propose_stop(by=stranger, policy=policy(), effective_from=SINCE, reason="到期")
    with pytest.raises(Invalid, match="不能早于今天"):
        services.propose_stop(by=cast.farm_head, policy=policy(), effective_from=date(2026, 5, 5), reason="到期")
    with pytest.raises(Invalid, match="理由"):
        services.propose_stop(by=cast.farm_head, policy=policy(), effective_from=SINCE, reason=" ")


def test_one_change_of_a_policy_at_a_time(db: None) -> None:
    drafted_change()
    with pytest.raises(Conflict, match="已有一项变更在办理"):
        drafted_stop()


@pytest.mark.req("POL-3", "ACL-2")
def test_who_proposes_does_not_decide_and_each_step_takes_its_own_post(db: None) -> None:
    change = services.propose_stop(by=cast.farm_head, policy=policy(), effective_from=SINCE, reason="到期")
    services.add_document(by=cast.farm_head, change=change, kind="basis", title="通知", upload=paper())
    change = services.submit_change(by=cast.farm_head, change=change)
    step = paths.waiting(change, change.steps.all())
    assert step is not None
    with pytest.raises(Forbidden, match="由您经办"):
        services.decide_step(by=cast.farm_head, change=change, step=step, agree=True)
    for stranger in (cast.farm_reviewer, cast.care_head, cast.finance_head, cast.auditor):
        with pytest.raises(Forbidden, match="主管部门负责人"):
            services.decide_step(by=stranger, change=change, step=step, agree=True)
    assert not PolicyStep.objects.exclude(outcome="").exists()


@pytest.mark.req("POL-3")
def test_steps_are_taken_in_order_and_each_once(db: None) -> None:
    change = submitted(drafted_change())
    first, second = change.steps.all()[:2]
    with pytest.raises(Conflict, match="还没有轮到"):
        services.decide_step(by=decider(second), change=change, step=second, agree=True)
    agree(change)
    with pytest.raises(Conflict, match="已经办过"):
        services.decide_step(by=decider(first), change=change, step=first, agree=True)


@pytest.mark.req("POL-3")
def test_an_approval_from_outside_is_never_skipped_and_has_its_paper(db: None) -> None:
    change = agree(submitted(drafted_addition()), times=3)
    step = paths.waiting(change, change.steps.all())
    assert step is not None
    with pytest.raises(Conflict, match="登记其文件"):
        services.decide_step(by=cast.finance_reviewer, change=change, step=step, agree=True)
    answer = paths.Document("批〔2026〕1号", date(2026, 5, 6), "盟财政局", paper())
    for field, wrong in (
        ("document_number", replace(answer, number=" ")),
        ("issuing_office", replace(answer, office="")),
        ("document_on", replace(answer, on=date(2026, 5, 7))),
        ("file", replace(answer, upload=paper("批复.pdf", b"MZ"))),
    ):
        with pytest.raises(Invalid) as caught:
            services.decide_step(by=cast.finance_reviewer, change=change, step=step, agree=True, document=wrong)
        assert caught.value.field == field
    with pytest.raises(Forbidden):
        services.decide_step(by=cast.farm_head, change=change, step=step, agree=True, document=answer)
    assert fresh(change).state == State.REVIEW


@pytest.mark.req("POL-3")
def test_a_refusal_says_why_and_ends_the_change(db: None) -> None:
    change = submitted(drafted_change())
    step = paths.waiting(change, change.steps.all())
    assert step is not None
    with pytest.raises(Invalid, match="写明原因"):
        services.decide_step(by=cast.farm_head, change=change, step=step, agree=False)
    services.decide_step(by=cast.farm_head, change=change, step=step, agree=False, opinion="标准无依据")
    assert fresh(change).state == State.REFUSED
    assert policy().versions.count() == 1
    assert paths.waiting(fresh(change), fresh(change).steps.all()) is None
    with pytest.raises(Conflict):
        services.withdraw_change(by=cast.farm_reviewer, change=fresh(change))


def test_a_draft_is_edited_and_withdrawn_by_its_department_and_then_frozen(db: None) -> None:
    change = drafted_change()
    edited = services.edit_draft(
        by=cast.farm_head, change=change, content=terms(policy(), fen=99_00), effective_from=SINCE, reason="更正"
    )
    assert edited.content["standards"][0]["amount_fen"] == 99_00
    document = change.documents.get()
    services.remove_document(by=cast.farm_head, document=document)
    services.add_document(by=cast.farm_head, change=change, kind="basis", title="通知", upload=paper())
    with pytest.raises(Forbidden):
        services.withdraw_change(by=cast.care_head, change=change)
    change = submitted(change)
    with pytest.raises(Conflict, match="已经提交"):
        services.edit_draft(by=cast.farm_head, change=change, content={}, effective_from=SINCE, reason="更正")
    assert services.withdraw_change(by=cast.farm_head, change=change).state == State.WITHDRAWN


@pytest.mark.req("ACL-3")
def test_every_step_is_in_the_trail_without_what_people_wrote(db: None) -> None:
    change = agreed(drafted_addition())
    verbs = list(
        TrailEntry.objects.filter(subject_type="subsidies.policychange", subject_id=str(change.pk))
        .order_by("id")
        .values_list("verb", flat=True)
    )
    assert verbs == [
        "policy_change.propose",
        *["policy_change.document"] * 2,
        "policy_change.submit",
        *["policy_change.decide"] * 5,
        "policy_change.approve",
    ]


# --- Truths -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-2")
def test_the_database_maps_prescribed_policies_to_the_published_list(db: None) -> None:
    refused_by("subsidies_policy_maps", "UPDATE subsidies_policy SET published_code = '9999999' WHERE code = '2080502'")
    refused_by("subsidies_item_in_use", "DELETE FROM subsidies_publisheditem WHERE code = '2130122'")
    refused_by("subsidies_item_in_use", "UPDATE subsidies_publisheditem SET code = 'X' WHERE code = '2130122'")


@pytest.mark.req("POL-2", "FND-1")
def test_central_and_regional_money_goes_to_prescribed_policies_only(db: None) -> None:
    agreed(drafted_addition(effective_from=date(2026, 5, 6)))
    for level in ("central", "region"):
        with pytest.raises(Invalid, match="自定清单"):
            quota("T00001", level=level)
        refused_by(
            "subsidies_quota_prescribed",
            "INSERT INTO subsidies_quota (policy_id, year, level, document_number, amount_fen, entered_by_id,"
            " entered_at) SELECT id, 2026, %s, 'x', 1, %s, now() FROM subsidies_policy WHERE code = 'T00001'",
            level,
            cast.officer.pk,
        )
    assert quota("T00001", level="county")
    quota("2130122")
    refused_by("subsidies_quota_prescribed", "UPDATE subsidies_policy SET kind = 'county' WHERE code = '2130122'")


@pytest.mark.req("POL-3")
def test_the_database_lets_nothing_into_force_before_every_step(db: None) -> None:
    change = submitted(drafted_change())
    refused_by(
        "subsidies_change_every_step",
        "UPDATE subsidies_policychange SET state = 'approved', applies_from = %s WHERE id = %s", SINCE, change.pk,
    )  # fmt: skip
    refused_by(
        "subsidies_change_moves", "UPDATE subsidies_policychange SET state = 'in_force' WHERE id = %s", change.pk
    )
    refused_by(
        "subsidies_version_by_change",
        "INSERT INTO subsidies_policyversion (policy_id, number, effective_from, eligibility, guide, periods,"
        " payout_methods) VALUES (%s, 2, '2026-06-01', 'x', '', '', '[]')", policy().pk,
    )  # fmt: skip
    refused_by(
        "subsidies_version_by_change",
        "INSERT INTO subsidies_policyversion (policy_id, number, effective_from, eligibility, guide, periods,"
        " payout_methods, change_id) VALUES (%s, 2, '2026-06-01', 'x', '', '', '[]', %s)", policy().pk, change.pk,
    )  # fmt: skip
    agree(change, times=3)
    refused_by(
        "subsidies_change_on_its_day", "UPDATE subsidies_policychange SET state = 'in_force' WHERE id = %s", change.pk
    )


DECIDE = ("UPDATE subsidies_policystep SET outcome = 'agreed', decided_by_person_id = %s, decided_at = now()"
          " WHERE change_id = %s AND number = %s")  # fmt: skip


_LAID = "outcome, opinion, document_number, issuing_office, key, title, office, post, change_id, number"
FURTHER = (f"INSERT INTO subsidies_policystep ({_LAID}) SELECT '', '', '', '', key, title, office, post, change_id, 99"
           " FROM subsidies_policystep WHERE change_id = %s AND number = 1")  # fmt: skip


@pytest.mark.req("POL-3", "ACL-2")
def test_the_database_knows_who_proposed_the_order_of_steps_and_the_paper_from_outside(db: None) -> None:
    change = submitted(drafted_addition())
    maker, other = cast.farm_reviewer.person_id, cast.finance_head.person_id
    refused_by("subsidies_policystep_two_people", DECIDE, maker, change.pk, 1)
    refused_by("subsidies_policystep_in_order", DECIDE, other, change.pk, 2)
    agree(change, times=2)
    refused_by("subsidies_policystep_signs_once", DECIDE, cast.finance_reviewer.person_id, change.pk, 3)
    refused_by("subsidies_policystep_final", DECIDE, other, change.pk, 1)
    agree(change)
    refused_by("subsidies_policystep_outside_paper", DECIDE, other, change.pk, 4)
    refused_by("subsidies_policystep_final", "UPDATE subsidies_policystep SET office = 'finance' WHERE number = 4")
    refused_by("subsidies_policystep_final", FURTHER, change.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM subsidies_policystep")


@pytest.mark.req("POL-3")
def test_what_was_handed_in_or_agreed_to_stays(db: None) -> None:
    change = submitted(drafted_change())
    for sql in (
        "UPDATE subsidies_policychange SET reason = 'x' WHERE id = %s",
        "UPDATE subsidies_policychange SET content = '{}' WHERE id = %s",
        "UPDATE subsidies_policychange SET rules = '{}' WHERE id = %s",
        "DELETE FROM subsidies_changedocument WHERE change_id = %s",
    ):
        refused_by("subsidies_change_frozen", sql, change.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM subsidies_policychange")
    agree(change, times=3)
    version = policy().versions.get(number=2)
    for sql in (
        "UPDATE subsidies_standard SET amount_fen = 1 WHERE version_id = %s",
        "DELETE FROM subsidies_standard WHERE version_id = %s",
        "UPDATE subsidies_basisdocument SET title = 'x' WHERE version_id = %s",
        "UPDATE subsidies_policyversion SET eligibility = 'x' WHERE id = %s",
        "UPDATE subsidies_policyversion SET effective_from = '2026-05-07' WHERE id = %s",
    ):
        refused_by("subsidies_version_fixed", sql, version.pk)
    public = policy().versions.get(number=1)
    refused_by("subsidies_version_fixed", "UPDATE subsidies_policyversion SET guide = 'x' WHERE id = %s", public.pk)
    refused_by(
        "subsidies_version_fixed", "UPDATE subsidies_policyversion SET published_at = NULL WHERE id = %s", public.pk
    )


@pytest.mark.req("POL-3")
def test_a_stopped_policy_never_comes_back(db: None) -> None:
    agreed(drafted_stop(effective_from=date(2026, 5, 6)))
    assert policy().status == Status.STOPPED
    for sql in ("status = 'in_force'", "status = 'proposed'", "in_force_to = NULL"):
        refused_by("subsidies_policy_moves", f"UPDATE subsidies_policy SET {sql} WHERE code = '2130122'")
    refused_by("subsidies_policy_moves", "UPDATE subsidies_policy SET status = 'proposed' WHERE code = '2080502'")
