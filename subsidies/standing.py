"""Whether a policy stands on a day, and what it says then: facts, by date, whatever a sweep has done yet."""

from datetime import date

from lib.errors import Conflict, Invalid
from rulebook import clock
from subsidies.models import Policy, PolicyVersion

PUBLIC_BY = "policy_list.public_by"


def version_on(policy: Policy, day: date) -> PolicyVersion:
    """The version that applies on a day."""
    found = policy.versions.filter(effective_from__lte=day).order_by("-effective_from").first()
    if found is None:
        raise Conflict(f"“{policy.name}”在{day}尚无生效的标准，请主管部门先录入。", code="subsidies.no_version")
    return found


def ended(policy: Policy, *, on: date | None = None) -> bool:
    """Stopped, or its last day is over."""
    day = on or clock.today()
    return policy.status == Policy.Status.STOPPED or (policy.in_force_to is not None and policy.in_force_to < day)


def check_open(policy: Policy, *, on: date | None = None) -> None:
    """Whether a roster may begin under the policy: in force on the day, by default today, and public (POL-3, POL-4)."""
    if ended(policy, on=on):
        last = f"自{policy.in_force_to:%Y年%m月%d日}后" if policy.in_force_to else ""
        raise Invalid(
            f"“{policy.name}”{last}已停止执行，不能再编制新的清册；停止前已编制的清册可以继续办理。",
            code="subsidies.policy_ended",
            field="policy",
        )
    if policy.status != Policy.Status.IN_FORCE or policy.published_at is None:
        raise Invalid(
            "这项政策尚未执行或尚未公开，不能造册。请主管部门先公开政策。",
            code="rosters.policy",
            field="policy",
            rule=PUBLIC_BY,
        )


def check_public(policy: Policy, version: PolicyVersion) -> None:
    """No payout under what the public could not read: the policy, and the version with its standards (ZLT§8, POL-4)."""
    if policy.published_at is None or version.published_at is None:
        raise Invalid(
            f"“{policy.name}”第{version.number}版还没有公开，公开前不能编制、上报清册。"
            "请主管部门或财政局先在“政策清单”中公开，再办理清册。",
            code="subsidies.not_public",
            field="policy",
            rule=PUBLIC_BY,
        )
