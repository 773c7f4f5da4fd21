"""Rosters, begun by the unit's clerk: for a policy as it is in force, in a way of paying that rules and policy know."""

from datetime import date

from django.db import transaction

from accounts.models import Division, Organisation, Post, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from lib.periods import period_words
from lib.text import sentence
from rosters import chain
from rosters.models import Roster
from rulebook import clock, rules
from subsidies import standing
from subsidies.closing import refuse_if_closed
from subsidies.models import Policy, PolicyVersion, Quota


@transaction.atomic
def create_roster(
    *,
    by: User,
    policy: Policy,
    quota: Quota,
    period_start: date,
    period_end: date,
    organisation: Organisation | None = None,
    title: str = "",
    method: str = Roster.Method.ACCOUNT,
) -> Roster:
    """Begins a roster of the clerk's township or school; it keeps the profile's chain and figures of this day (PRO-1).

    A school's roster lies in the township of the school.
    """
    office = _makers_post(by, organisation).organisation
    _check_period(period_start, period_end)
    _check_policy(policy, period_start, period_end)
    if quota.policy_id != policy.pk:
        raise Invalid("所选指标不是这项政策的指标，请重新选择。", code="rosters.quota_of_other", field="quota")
    refuse_if_closed(quota)
    snapshot = chain.resolved(rules.snapshot(policy_code=policy.code), office)
    chain.of_rules(snapshot)
    _check_declares(office, snapshot)
    version = _version(policy, period_end)
    check_method(method, office, snapshot, version)
    moment = clock.now()
    roster = Roster.objects.create(
        number=next_number(office.division, moment.date()),
        title=sentence(title)[:200] or title_for(office, policy, period_start, period_end),
        policy=policy,
        version=version,
        quota=quota,
        organisation=office,
        division=office.division,
        period_start=period_start,
        period_end=period_end,
        method=method,
        rules=snapshot,
        made_by=by,
        made_by_person=by.person,
        made_at=moment,
        moved_at=moment,
    )
    record(
        by=by,
        verb="roster.create",
        subject=roster,
        facts={"number": roster.number, "policy": policy.code, "quota": quota.pk, "period": [period_start, period_end]},
    )
    return roster


def _makers_post(by: User, organisation: Organisation | None) -> Post:
    """The post of a clerk who makes rosters, in the given unit if there is a choice."""
    for post in scope_of(by).posts:
        if post.role in chain.MAKERS and (organisation is None or post.organisation_id == organisation.pk):
            return post
    names = "、".join(f"“{Role(role).label}”" for role in sorted(chain.MAKERS))
    raise Forbidden(f"清册由{names}岗位编制，您没有该岗位或不在该单位。", code="accounts.post_needed")


def _check_declares(office: Organisation, kept: rules.Kept) -> None:
    """Which kinds of units declare, the county's rules say (declaring.kinds)."""
    if office.kind not in kept["declaring.kinds"]["value"]:
        raise Forbidden(
            f"按本县规定，{office.get_kind_display()}不编制发放清册，请由规定的编制单位编制。",
            code="rosters.declaring",
            rule="declaring.kinds",
        )


def check_method(method: str, office: Organisation, kept: rules.Kept, version: PolicyVersion) -> None:
    """As the policy is paid; cash only where the rules allow it, at village assemblies, which a township holds."""
    if method not in Roster.Method.values:
        raise Invalid("请选择发放方式：打卡或现金。", code="rosters.method", field="method")
    if method == Roster.Method.CASH and not kept["cash.allowed"]["value"]:
        raise Conflict(
            "按现行规定这项补贴不能发放现金，请选择“打卡”，由银行发放到一卡通账户。",
            code="rosters.cash",
            field="method",
            rule="cash.allowed",
        )
    if method == Roster.Method.CASH and office.kind != Organisation.Kind.TOWNSHIP:
        raise Conflict("现金由乡镇召开村民大会发放，学校的清册请选择“打卡”。", code="rosters.cash_unit", field="method")
    if method not in version.payout_methods:
        word, ways = Roster.Method(method).label, "、".join(version.methods) or "（未填）"
        raise Conflict(
            f"“{version.policy.name}”第{version.number}版规定的发放方式是{ways}，没有“{word}”，请改选。"
            "政策确需改变发放方式的，由主管部门在“政策清单”中提出政策变更，生效后再编制清册。",
            code="rosters.method_of_policy",
            field="method",
        )


def _check_period(start: date, end: date) -> None:
    if start > end:
        raise Invalid("所属期的起始日期晚于截止日期，请改正。", code="rosters.period", field="period_end")


def _check_policy(policy: Policy, start: date, end: date) -> None:
    standing.check_open(policy)
    too_early = policy.in_force_from is not None and end < policy.in_force_from
    if too_early or (policy.in_force_to is not None and start > policy.in_force_to):
        raise Invalid("所属期不在这项政策的执行期内，请核对。", code="rosters.policy_period", field="period_start")


def _version(policy: Policy, day: date) -> PolicyVersion:
    """What the policy says for the period: the newest version in effect when the period ends."""
    found = policy.versions.filter(effective_from__lte=day).order_by("-effective_from").first()
    if found is None:
        raise Invalid("这项政策在所属期内没有生效的标准，请主管部门先录入。", code="rosters.version", field="policy")
    standing.check_public(policy, found)
    return found


def next_number(division: Division, day: date) -> str:
    """152223100-202605-003: township, month, and a sequence that the township's row orders."""
    Division.objects.select_for_update(no_key=True).get(pk=division.pk)
    prefix = f"{division.code[:9]}-{day:%Y%m}-"
    last = Roster.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.rsplit('-', 1)[1]) + 1 if last else 1:04d}"


def title_for(office: Organisation, policy: Policy, start: date, end: date) -> str:
    whose = office.name if office.kind == Organisation.Kind.SCHOOL else office.division.name
    return f"{whose}{period_words(start, end)}{policy.name}发放清册"


def refuse_new_lines(roster: Roster) -> None:
    """A correction holds the lines that failed and nobody else."""
    if roster.kind == Roster.Kind.CORRECTION:
        raise Conflict(
            "更正清册只有发放失败退回的明细，不能增加人员；漏报的人员请另外编制清册。", code="rosters.correction"
        )
