"""Changing one value of the rules: proposed by an administrator, decided by the head of finance (PRO-1, PRO-2).

An approved change is a new `ProfileValue` from its effective date on. Nothing else moves: rosters, batches and clocks
that are under way keep the values they began with.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import DEPARTMENT_ROLES, SCHOOL_ROLES, TOWNSHIP_ROLES, require
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from lib.templatetags.portal import cn_date
from rulebook import clock, overrides
from rulebook.catalogue import Key, check_value, key_of
from rulebook.models import Profile, ProfileValue, RuleChange
from rulebook.rules import in_force

State = RuleChange.State
# Which posts may sign in which scope of the chain.
SCOPE_ROLES: Mapping[str, frozenset[str]] = {
    "unit": TOWNSHIP_ROLES | SCHOOL_ROLES,
    "department": DEPARTMENT_ROLES,
    "county": frozenset({Role.FINANCE_REVIEWER, Role.FINANCE_HEAD, Role.FINANCE_OFFICER}),
}
TOLD = {"reason": "变更原因", "citation": "依据条款", "wording": "给经办人看的说明"}


@transaction.atomic
def check_change(
    *,
    by: User,
    key: str,
    value: Any,
    effective_from: date,
    reason: str,
    citation: str,
    wording: str,
    quote: str = "",
    policy_code: str = "",
    ends_override: bool = False,
) -> RuleChange:
    """The proposal as it would be made, not stored: every check of `propose_change`, for the page that shows it."""
    require(by, Role.ADMINISTRATOR)
    profile = _lock_profile()
    entry = key_of(key)
    told = {"reason": reason.strip(), "citation": citation.strip(), "wording": wording.strip()}
    for field, title in TOLD.items():
        if not told[field]:
            raise Invalid(f"请填写{title}。", code="rulebook.told", field=field)
    _check_scope(entry, policy_code, ends_override)
    _check_day(profile, key, policy_code, effective_from)
    _check_no_other(profile, entry, policy_code)
    before = in_force(on=effective_from, policy_code=policy_code).filter(key=key).first()
    change = RuleChange(
        profile=profile,
        key=key,
        policy_code=policy_code,
        ends_override=ends_override,
        before=before.value if before else None,
        value=None if ends_override else value,
        quote=quote.strip(),
        effective_from=effective_from,
        proposed_by=by,
        proposed_by_person_id=by.person_id,
        proposed_at=clock.now(),
        **told,
    )
    _check_value(entry, change, before)
    return change


@transaction.atomic
def propose_change(
    *,
    by: User,
    key: str,
    value: Any,
    effective_from: date,
    reason: str,
    citation: str,
    wording: str,
    quote: str = "",
    policy_code: str = "",
    ends_override: bool = False,
) -> RuleChange:
    """Proposes another value of `key` from a day on, for the county or for one policy.

    `ends_override` (with a policy) lets the county's value apply to the policy again; `value` is then left aside.
    """
    change = check_change(
        by=by, key=key, value=value, effective_from=effective_from, reason=reason, citation=citation, wording=wording,
        quote=quote, policy_code=policy_code, ends_override=ends_override,
    )  # fmt: skip
    change.save()
    record(by=by, verb="rule.propose", subject=change, facts=_facts(change))
    return change


@transaction.atomic
def decide_change(*, by: User, change: RuleChange, approve: bool, opinion: str = "") -> RuleChange:
    """The head of finance approves or refuses; another human being than the one who proposed. A refusal says why."""
    require(by, Role.FINANCE_HEAD)
    _lock_profile()
    change = _lock(change)
    if change.state != State.PROPOSED:
        raise Conflict(f"这项变更已是“{change.get_state_display()}”，不能再审批。", code="rulebook.change_final")
    if change.proposed_by_person_id == by.person_id:
        raise Forbidden("变更由您本人提出，须由另一人审批。", code="rulebook.change_two_people")
    opinion = opinion.strip()
    if not approve and not opinion:
        raise Invalid("不批准时请写明意见，提出人据此修改。", code="rulebook.opinion", field="opinion")
    if approve:
        _check_may_take_effect(change)
    change.state = State.APPROVED if approve else State.REFUSED
    change.decided_by, change.decided_by_person_id = by, by.person_id
    change.decided_at, change.opinion = clock.now(), opinion
    change.save(update_fields=["state", "decided_by", "decided_by_person", "decided_at", "opinion"])
    if approve:
        _put_in_force(change)
    verb = "rule.approve" if approve else "rule.refuse"
    record(by=by, verb=verb, subject=change, facts={**_facts(change), "opinion": opinion})
    return change


@transaction.atomic
def withdraw_change(*, by: User, change: RuleChange) -> RuleChange:
    """An administrator takes a proposal back before it is decided."""
    require(by, Role.ADMINISTRATOR)
    change = _lock(change)
    if change.state != State.PROPOSED:
        raise Conflict(f"这项变更已是“{change.get_state_display()}”，不能撤回。", code="rulebook.change_final")
    change.state = State.WITHDRAWN
    change.save(update_fields=["state"])
    record(by=by, verb="rule.withdraw", subject=change, facts=_facts(change))
    return change


# --- Checks -----------------------------------------------------------------------------------------------------------
def _lock_profile() -> Profile:
    """Proposals and decisions follow one another, so that of two at once the second sees the first."""
    profile = Profile.objects.select_for_update(no_key=True).filter(in_force=True).first()
    if profile is None:
        raise Conflict("还没有导入本地的规则档，请先导入再变更。", code="rulebook.no_profile")
    return profile


def _lock(change: RuleChange) -> RuleChange:
    found = RuleChange.objects.select_for_update(no_key=True, of=("self",)).select_related("profile", "proposed_by")
    return found.get(pk=change.pk)


def _check_scope(entry: Key, policy_code: str, ends_override: bool) -> None:
    if not policy_code:
        if ends_override:
            raise Invalid("取消特别规定时，请选择是哪项政策的特别规定。", code="rulebook.scope", field="policy_code")
        return
    if not entry.per_policy:
        raise Invalid(
            f"“{entry.title}”全县统一，不能为单项政策另作规定。", code="rulebook.not_per_policy", field="policy_code"
        )
    if policy_code not in overrides.policies():
        raise Invalid(
            f"没有代码为“{policy_code}”的政策，请从列表中选择。", code="rulebook.unknown_policy", field="policy_code"
        )


def _check_day(profile: Profile, key: str, policy_code: str, day: date) -> None:
    today = clock.today()
    if day < today:
        raise Invalid(
            f"生效日期不能早于今天（{cn_date(today)}），已办的事项不追溯。请改为今天或以后的日期。",
            code="rulebook.backdated",
            field="effective_from",
        )
    if profile.values.filter(key=key, policy_code=policy_code, effective_from=day).exists():
        raise Invalid(
            f"这项规则在{cn_date(day)}已有一次生效的变更，一天只能变更一次。请换一个生效日期。",
            code="rulebook.once_a_day",
            field="effective_from",
        )


def _check_no_other(profile: Profile, entry: Key, policy_code: str) -> None:
    other = RuleChange.objects.filter(profile=profile, key=entry.key, policy_code=policy_code, state=State.PROPOSED)
    found = other.first()
    if found is not None:
        raise Conflict(
            f"“{entry.title}”已有一项变更待审批（{cn_date(found.proposed_at.astimezone(clock.SHANGHAI))}提出）。"
            "请等审批完毕，或先撤回那一项。",
            code="rulebook.one_at_a_time",
        )


def _check_value(entry: Key, change: RuleChange, before: ProfileValue | None) -> None:
    own = before is not None and before.policy_code == change.policy_code
    if change.ends_override:
        if not own:
            raise Invalid(
                "这项政策到生效日期没有特别规定，无须取消。", code="rulebook.no_override", field="ends_override"
            )
        return
    check_value(entry.key, change.value)
    if entry.shape == "chain":
        _check_posts(change.value)
    # A default that the county makes its own, or another article for the same value, is a change.
    if before is not None and own and (before.value, before.citation) == (change.value, change.citation):
        raise Invalid(
            f"新值与{'该政策' if change.policy_code else '全县'}的现行规定相同，没有变更。请核对后再提交。",
            code="rulebook.same",
            field="value",
        )


def _check_posts(chain: Any) -> None:
    """Each signature lies with a post that reaches there: nobody could sign otherwise."""
    for step in chain:
        if step.get("kind") == "notice":
            continue
        posts = step["post"].values() if isinstance(step["post"], dict) else [step["post"]]
        if not set(posts) <= SCOPE_ROLES[step["scope"]]:
            raise Invalid(
                f"环节“{step['title']}”的岗位不在它的范围内，没有人能办理。请重新选择岗位。",
                code="rulebook.post",
                field="value",
            )


def _check_may_take_effect(change: RuleChange) -> None:
    if not change.profile.in_force:
        raise Conflict(
            "本县执行的规则档已更换，这项变更不再适用。请不予批准，由管理员按现行规则重新提出。",
            code="rulebook.other_profile",
        )
    if change.effective_from < clock.today():
        raise Conflict(
            f"生效日期{cn_date(change.effective_from)}已过，规则不能追溯。请不予批准，由管理员改期后重新提出。",
            code="rulebook.backdated",
        )


# --- Writing ----------------------------------------------------------------------------------------------------------
def _put_in_force(change: RuleChange) -> None:
    ProfileValue.objects.create(
        profile=change.profile,
        key=change.key,
        policy_code=change.policy_code,
        ends_override=change.ends_override,
        value=change.value,
        citation=change.citation,
        quote=change.quote,
        wording=change.wording,
        effective_from=change.effective_from,
        reason=change.reason,
        change=change,
    )


def _facts(change: RuleChange) -> dict[str, Any]:
    """Both people (as numbers), the reason, and the value before and after."""
    return {
        "key": change.key,
        "policy_code": change.policy_code,
        "ends_override": change.ends_override,
        "before": change.before,
        "value": change.value,
        "effective_from": change.effective_from,
        "citation": change.citation,
        "reason": change.reason,
        "proposed_by": change.proposed_by_id,
        "proposed_by_person": change.proposed_by_person_id,
        "decided_by": change.decided_by_id,
        "decided_by_person": change.decided_by_person_id,
    }
