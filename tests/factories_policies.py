"""Changes of policies for tests, walked along their path through the services.

change = drafted_change(fen=120_00)        # 耕地地力保护补贴 at ¥120 a 亩 from 2026-06-01, with its papers, a draft
change = submitted(drafted_addition())     # a county's own policy, handed in by 农审甲
change = agreed(change)                    # every step agreed, the outside ones with their papers
"""

from datetime import date
from typing import Any

from accounts.models import Role, User
from rulebook import paths
from subsidies import proposals, services
from subsidies.models import Policy, PolicyChange, PolicyStep
from tests.factories import cast, policy
from tests.uploads import paper

__all__ = [
    "addition",
    "agree",
    "agreed",
    "decider",
    "drafted_addition",
    "drafted_change",
    "drafted_stop",
    "paper",
    "submitted",
    "terms",
]

SINCE = date(2026, 6, 1)


def tier(code: str = "01", fen: int = 50_00, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": "面积", "amount_fen": fen, "per": "亩", "max_quantity": None, "age_from": None,
            "age_to": None, "source": "示例文件", **more}  # fmt: skip


def addition(**more: Any) -> dict[str, Any]:
    """A county's own policy, paid by the county."""
    return {
        "code": "T00001", "name": "设施蔬菜建棚奖补", "short_name": "建棚奖补", "kind": "county", "published_code": "",
        "unit": "household", "category": "production", "frequency": "yearly", "funding_levels": ["county"],
        "contact_person": "甲一", "consult_phone": "0482-6110101", "supervise_phone": "0482-6119999",
        "eligibility": "当年新建大棚的农户。", "guide": "向村委会申报。", "periods": "每年1月至12月",
        "payout_methods": ["account"], "standards": [tier()], "in_force_to": None, **more,
    }  # fmt: skip


def terms(found: Policy, *, fen: int = 120_00, **more: Any) -> dict[str, Any]:
    """What a policy says now, with another amount in its first tier."""
    now = proposals.content_of(found, found.versions.order_by("-number").first())
    first, *others = now["standards"]
    return {**now, "standards": [{**first, "amount_fen": fen}, *others], **more}


def with_papers(change: PolicyChange, by: User) -> PolicyChange:
    services.add_document(
        by=by, change=change, kind="basis", title="调整补贴的通知", number="示例〔2026〕1号", upload=paper()
    )
    if change.kind == PolicyChange.Kind.ADD:
        services.add_document(by=by, change=change, kind="sample", title="补贴表样", upload=paper("表样.xlsx"))
    return change


def drafted_addition(*, effective_from: date = SINCE, papers: bool = True, **more: Any) -> PolicyChange:
    change = services.propose_addition(
        by=cast.farm_reviewer,
        department=cast.organisation("BM-agriculture"),
        content=addition(**more),
        effective_from=effective_from,
        reason="落实县里的产业政策",
    )
    return with_papers(change, cast.farm_reviewer) if papers else change


def drafted_change(*, code: str = "2130122", effective_from: date = SINCE, fen: int = 120_00) -> PolicyChange:
    found = policy(code)
    change = services.propose_change(
        by=cast.farm_reviewer,
        policy=found,
        content=terms(found, fen=fen),
        effective_from=effective_from,
        reason="按当年文件调整标准",
    )
    return with_papers(change, cast.farm_reviewer)


def drafted_stop(*, code: str = "2130122", effective_from: date = SINCE) -> PolicyChange:
    change = services.propose_stop(
        by=cast.farm_reviewer, policy=policy(code), effective_from=effective_from, reason="政策到期"
    )
    return with_papers(change, cast.farm_reviewer)


def submitted(change: PolicyChange) -> PolicyChange:
    return services.submit_change(by=cast.farm_reviewer, change=change)


HOLDERS = {Role.DEPT_HEAD: "farm_head", Role.FINANCE_REVIEWER: "finance_reviewer", Role.FINANCE_HEAD: "finance_head"}


def decider(step: PolicyStep) -> User:
    found: User = getattr(cast, HOLDERS[Role(step.post)])
    return found


def agree(change: PolicyChange, *, times: int = 1) -> PolicyChange:
    """Takes so many of the steps that wait."""
    for _ in range(times):
        step = paths.waiting(change, change.steps.all())
        assert step is not None
        outside = step.office == PolicyStep.Office.OUTSIDE
        answer = paths.Document("示例批〔2026〕5号", date(2026, 5, 6), "上级财政部门", paper("批复.pdf"))
        services.decide_step(
            by=decider(step), change=change, step=step, agree=True, opinion="同意", document=answer if outside else None
        )
        change = PolicyChange.objects.select_related("policy", "department").get(pk=change.pk)
    return change


def agreed(change: PolicyChange) -> PolicyChange:
    """Handed in and agreed to by all."""
    if change.state == PolicyChange.State.DRAFT:
        change = submitted(change)
    return agree(change, times=change.steps.filter(outcome="").count())
