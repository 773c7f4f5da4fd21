"""When the list is public, the way of a new or changed policy, and payments outside the portal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from accounts.models import Organisation
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from rulebook import clock, daily, deadlines, paths
from rulebook.models import Breach, Deadline
from subsidies import services as subsidies
from subsidies.models import EmergencyPayout, Policy, PolicyChange, PolicyListYear, PolicyStep
from tests.counties import CountyDatabase
from tests.factories_policies import addition, terms
from tests.profiles.work import Work, cites, department, others, refused
from tests.uploads import paper

LIST = "policy_list.public_by"
# county: (the day by which each year's list is public; "" where it is before payouts or with each change, article)
LISTS = {
    "zlt": ("", "第八条"),  # 先公开、后发放
    "cq": ("", "第二十九条"),  # 政策清单……主动公开
    "xj": ("2026-06-30", "四（二）"),  # 6月底以前
    "yj": ("", "二（三）"),
    "hd": ("2026-03-31", "二（二）"),  # 最迟3月底
}


@pytest.mark.req("POL-4")
@pytest.mark.rule(
    "ZLT:policy_list.public_by", "CQ:policy_list.public_by", "XJ:policy_list.public_by",
    "YJ:policy_list.public_by", "HD:policy_list.public_by",
)  # fmt: skip
@pytest.mark.county(*LISTS)
def test_nothing_is_paid_under_what_is_not_public_and_the_list_has_its_day(county_db: CountyDatabase) -> None:
    day, article = LISTS[county_db.id]
    cites(LIST, article)
    daily.run()
    if day:
        passes_its_day(county_db, day, article)
    else:
        assert not Deadline.objects.filter(kind=LIST).exists()
    work = Work(county_db)
    changed = agreed(work, drafted_change(work), PATHS[county_db.id])
    assert changed.state == PolicyChange.State.IN_FORCE
    with refused(LIST, Invalid):
        work.begun()
    subsidies.publish_list(by=county_db.users["finance_head"])
    assert work.begun().version.number == 2


def passes_its_day(county: CountyDatabase, day: str, article: str) -> None:
    """The year's clock ends with that day, and its end is the bureau's breach; it is met when the list is out."""
    running = Deadline.objects.get(kind=LIST, subject_type=PolicyListYear._meta.label_lower)
    assert running.due_at == clock.end_of_day(date.fromisoformat(day))
    assert article in running.citation
    for moment, passed in ((f"{day}T23:59", False), (after(day), True)):
        county.at(moment)
        deadlines.sweep()
        assert Breach.objects.filter(deadline=running).exists() == passed
    assert Breach.objects.get(deadline=running).organisation == county.county.finance_bureau
    subsidies.publish_list(by=county.users["finance_head"])
    running.refresh_from_db()
    assert running.met_at is not None


def after(day: str) -> str:
    return datetime.fromtimestamp(clock.end_of_day(date.fromisoformat(day)).timestamp() + 60, clock.SHANGHAI).strftime(
        "%Y-%m-%dT%H:%M"
    )


# --- The way of a change ----------------------------------------------------------------------------------------------
# county: each step with who takes it; `True`: an office outside answers, whose document the bureau enters.
Steps = Sequence[tuple[str, str, bool]]
DEPARTMENT = ("department", "agriculture_head", False)
BUREAU = (("finance", "finance_reviewer", False), ("finance", "finance_head", False))
ADDITIONS: dict[str, tuple[Steps, str]] = {
    # 主管部门形成文件报旗财政局，经盟财政部门审核同意、自治区财政厅审批后增加
    "zlt": (
        (DEPARTMENT, *BUREAU, ("league", "finance_reviewer", True), ("region", "finance_reviewer", True)), "第三十条",
    ),
    # 报市级主管部门备案，函告区县财政部门同意后调整自定清单
    "cq": ((DEPARTMENT, ("city_department", "finance_reviewer", True), *BUREAU), "第二十条"),
    "hd": ((DEPARTMENT, *BUREAU), "三（一）"),
}  # fmt: skip
PATHS: dict[str, Steps] = {
    "zlt": (DEPARTMENT, *BUREAU),
    "cq": (DEPARTMENT, ("city_department", "finance_reviewer", True), *BUREAU),
    "xj": (DEPARTMENT, *BUREAU),
    "yj": (DEPARTMENT, *BUREAU),
    "hd": (DEPARTMENT, *BUREAU),
}
CHANGES = {"zlt": "第十四条第一款", "cq": "第二十条", "hd": "三（二）"}


@pytest.mark.req("POL-1", "POL-3")
@pytest.mark.rule("ZLT:policy.addition", "CQ:policy.addition", "HD:policy.addition")
@pytest.mark.county(*ADDITIONS)
def test_a_new_policy_passes_every_office_that_the_article_names(county_db: CountyDatabase) -> None:
    steps, article = ADDITIONS[county_db.id]
    cites("policy.addition", article)
    work = Work(county_db)
    change = with_papers(
        work,
        subsidies.propose_addition(
            by=county_db.users["agriculture_reviewer"],
            department=department(county_db),
            content=addition(),
            effective_from=clock.today(),
            reason="落实县里的产业政策",
        ),
    )
    change = agreed(work, change, steps)
    assert change.state == PolicyChange.State.IN_FORCE
    assert Policy.objects.get(code="T00001").status == Policy.Status.IN_FORCE


@pytest.mark.req("POL-3")
@pytest.mark.rule("ZLT:policy.change", "CQ:policy.change", "HD:policy.change")
@pytest.mark.county(*CHANGES)
def test_a_policy_is_changed_and_stopped_by_every_office_that_the_article_names(county_db: CountyDatabase) -> None:
    cites("policy.change", CHANGES[county_db.id])
    work = Work(county_db)
    agreed(work, drafted_change(work), PATHS[county_db.id])
    assert work.policy.versions.count() == 2
    stop = subsidies.propose_stop(
        by=county_db.users["agriculture_reviewer"],
        policy=work.policy,
        effective_from=clock.today(),
        reason="政策到期",
    )
    agreed(work, with_papers(work, stop), PATHS[county_db.id])
    assert Policy.objects.get(pk=work.policy.pk).status == Policy.Status.STOPPED


def drafted_change(work: Work) -> PolicyChange:
    change = subsidies.propose_change(
        by=work.users["agriculture_reviewer"],
        policy=work.policy,
        content=terms(work.policy),
        effective_from=clock.today(),
        reason="按当年文件调整标准",
    )
    return with_papers(work, change)


def with_papers(work: Work, change: PolicyChange) -> PolicyChange:
    by = work.users["agriculture_reviewer"]
    for kind in ("basis", "sample"):
        subsidies.add_document(by=by, change=change, kind=kind, title="通知", number="示例〔2026〕1号", upload=paper())
    return subsidies.submit_change(by=by, change=change)


def agreed(work: Work, change: PolicyChange, steps: Steps) -> PolicyChange:
    """Walks a change: exactly these steps, each taken by its post alone, none before its turn, none passed over."""
    laid = list(change.steps.order_by("number"))
    assert [(step.key, step.office == "outside") for step in laid] == [(key, outside) for key, _, outside in steps]
    for index, (_, name, outside) in enumerate(steps):
        current = PolicyChange.objects.select_related("department", "policy").get(pk=change.pk)
        assert current.state == PolicyChange.State.REVIEW
        waiting = paths.waiting(current, current.steps.all())
        assert waiting == laid[index]
        for later, (_, decider, _) in zip(laid[index + 1 :], steps[index + 1 :], strict=True):
            with pytest.raises(Conflict, match="还没有轮到"):
                answer(work, current, later, decider)
        recorders = ("finance_reviewer", "finance_head") if outside else (name,)
        for other in others(*recorders):
            with pytest.raises(Forbidden):
                answer(work, current, waiting, other)
        if outside:
            cannot_be_skipped(work, current, waiting, name)
        answer(work, current, waiting, name)
    return PolicyChange.objects.select_related("policy").get(pk=change.pk)


def cannot_be_skipped(work: Work, change: PolicyChange, step: PolicyStep, name: str) -> None:
    """What an office outside decides is not decided here, and its answer is entered with number and office."""
    with pytest.raises(Conflict, match="上级或外部单位"):
        subsidies.decide_step(by=work.users[name], change=change, step=step, agree=True)
    for part, field in (("number", "document_number"), ("office", "issuing_office")):
        with pytest.raises(Invalid) as caught:
            outside_answer(work, change, step, name, **{part: " "})
        assert caught.value.field == field


def answer(work: Work, change: PolicyChange, step: PolicyStep, name: str) -> None:
    if step.office == PolicyStep.Office.OUTSIDE:
        outside_answer(work, change, step, name)
    else:
        subsidies.decide_step(by=work.users[name], change=change, step=step, agree=True, opinion="同意")


def outside_answer(work: Work, change: PolicyChange, step: PolicyStep, name: str, **more: Any) -> None:
    said = replace(paths.Document("示例批〔2026〕5号", clock.today(), "上级主管部门", paper("批复.pdf")), **more)
    subsidies.decide_step(by=work.users[name], change=change, step=step, agree=True, document=said)


# --- Outside the portal -----------------------------------------------------------------------------------------------
EMERGENCY = {
    "zlt": "第二条",  # 除中央和自治区明确不纳入……或存在特殊情况的项目外
    "cq": "第十八条",  # 突发、应急、救助等特殊补贴项目……通过其他合法合规渠道
}


@pytest.mark.req("POL-6")
@pytest.mark.rule("ZLT:emergency.other_channels", "CQ:emergency.other_channels")
@pytest.mark.county(*EMERGENCY)
def test_relief_paid_another_way_is_entered_with_reason_and_channel_and_confirmed(county_db: CountyDatabase) -> None:
    cites("emergency.other_channels", EMERGENCY[county_db.id])
    users = county_db.users
    for missing in ({"reason": " "}, {"channel": ""}, {"channel": "other"}):
        with pytest.raises(Invalid):
            relief(county_db, **missing)
    for name in others("civil_affairs_reviewer", "civil_affairs_head"):
        with pytest.raises(Forbidden):
            relief(county_db, by=name)
    entry = relief(county_db)
    for name in others("finance_reviewer", "finance_head"):
        with pytest.raises(Refusal):
            subsidies.confirm_emergency(by=users[name], entry=entry)
    done = subsidies.confirm_emergency(by=users["finance_reviewer"], entry=entry)
    assert (done.state, done.channel, done.reason) == ("confirmed", "cash", "灾情紧急，部分群众卡折遗失")
    assert done.rules["emergency.other_channels"]["value"] is True
    assert Organisation.objects.get(pk=done.department_id).kind == Organisation.Kind.DEPARTMENT


def relief(county: CountyDatabase, *, by: str = "civil_affairs_reviewer", **more: Any) -> EmergencyPayout:
    given: dict[str, Any] = {
        "item": "洪涝灾害应急生活救助", "reason": "灾情紧急，部分群众卡折遗失", "channel": "cash",
        "amount_fen": 30_000_00, "people_count": 60, "period_start": date(2026, 1, 2), "period_end": date(2026, 1, 4),
        "document_title": "应急救助方案", "upload": paper(), **more,
    }  # fmt: skip
    return subsidies.enter_emergency(by=county.users[by], department=department(county, "civil_affairs"), **given)
