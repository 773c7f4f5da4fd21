"""What a proposal must be, who may make it and who decides; each refusal says why (POL-2, POL-3, ACL-2)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from accounts.models import TrailEntry
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import paths
from subsidies import services
from subsidies.models import Policy, PolicyChange, PolicyStep, PublishedItem
from tests.factories import cast, policy
from tests.factories_policies import (
    SINCE,
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


def fresh(change: PolicyChange) -> PolicyChange:
    return PolicyChange.objects.select_related("policy").get(pk=change.pk)


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
