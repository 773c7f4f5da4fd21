"""What an approved change does: a policy with its first version, a further version, or a last day."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.trail import record
from lib.errors import Conflict
from rulebook import clock
from subsidies import proposals, templates
from subsidies.models import BasisDocument, ChangeDocument, Policy, PolicyChange, PolicyVersion, Standard

Kind, State = PolicyChange.Kind, PolicyChange.State


def carry_out(change: PolicyChange, approve: Callable[[], None]) -> None:
    """Writes what the change says. `approve` moves it on: a version is made only by an approved change."""
    if change.kind == Kind.ADD:
        change.policy = _new_policy(change)
    approve()
    if change.kind == Kind.STOP:
        _end_policy(change)
    else:
        _new_version(change)


def _policy_of(change: PolicyChange) -> Policy:
    if change.policy is None:
        raise LookupError(f"change {change.pk} has no policy")
    return change.policy


def _day_of(change: PolicyChange) -> date:
    if change.applies_from is None:
        raise LookupError(f"change {change.pk} has no day from which it applies")
    return change.applies_from


def _until(content: proposals.Content) -> date | None:
    return date.fromisoformat(content["in_force_to"]) if content.get("in_force_to") else None


def _new_policy(change: PolicyChange) -> Policy:
    return Policy.objects.create(
        **{key: change.content[key] for key in proposals.OF_POLICY},
        department=change.department,
        status=Policy.Status.PROPOSED,
        in_force_from=_day_of(change),
        in_force_to=_until(change.content),
    )


def _new_version(change: PolicyChange) -> PolicyVersion:
    policy, content = _policy_of(change), change.content
    last = policy.versions.order_by("-number").values_list("number", flat=True).first()
    version = PolicyVersion.objects.create(
        policy=policy,
        number=(last or 0) + 1,
        effective_from=_day_of(change),
        change=change,
        template=templates.named(_template(policy, content)),
        **{key: content[key] for key in proposals.OF_VERSION},
    )
    Standard.objects.bulk_create(Standard(version=version, **_tier(tier)) for tier in content["standards"])
    papers = change.documents.filter(kind=ChangeDocument.Kind.BASIS).order_by("id")
    same = ("title", "number", "issued_on", "file_id")
    BasisDocument.objects.bulk_create(
        BasisDocument(version=version, **{name: getattr(paper, name) for name in same}) for paper in papers
    )
    if change.kind == Kind.CHANGE and policy.in_force_to != _until(content):
        policy.in_force_to = _until(content)
        policy.save(update_fields=["in_force_to"])
    return version


def _template(policy: Policy, content: proposals.Content) -> str:
    """As agreed; a proposal from before there were templates leaves the columns as they are."""
    if "template" in content:
        return str(content["template"])
    return proposals.template_of(policy.versions.order_by("-number").first())


def _tier(tier: dict[str, Any]) -> dict[str, Any]:
    limit = tier["max_quantity"]
    return {**tier, "max_quantity": None if limit is None else Decimal(str(limit))}


def _end_policy(change: PolicyChange) -> None:
    """Its last day is the one before; the policy leaves the list by itself once that is over (CQ§19)."""
    policy = _policy_of(change)
    policy.in_force_to = _day_of(change) - timedelta(days=1)
    policy.save(update_fields=["in_force_to"])


# --- On its day -------------------------------------------------------------------------------------------------------
def take_effect(change: PolicyChange, *, by: User | None) -> None:
    """The day of an approved change has come."""
    policy = _policy_of(change)
    if change.kind == Kind.ADD:
        move_policy(policy, Policy.Status.IN_FORCE, by=by, verb="policy.begin")
    change.state = State.IN_FORCE
    change.save(update_fields=["state"])
    facts = {"kind": change.kind, "policy": policy.code, "applies_from": change.applies_from}
    record(by=by, verb="policy_change.in_force", subject=change, facts=facts)
    if change.kind == Kind.STOP:
        expire(Policy.objects.select_for_update(no_key=True).get(pk=policy.pk), clock.today())


def expire(policy: Policy, day: date) -> None:
    """Stops a locked policy whose last day is over; who is not over stays."""
    if policy.status == Policy.Status.IN_FORCE and policy.in_force_to is not None and policy.in_force_to < day:
        move_policy(policy, Policy.Status.STOPPED, by=None, verb="policy.expire")


def move_policy(policy: Policy, to: str, *, by: User | None, verb: str) -> None:
    if to not in Policy.TRANSITIONS[policy.status]:
        raise Conflict("政策的状态刚刚有变动，请刷新页面后再看。", code="subsidies.policy_state")
    policy.status = to
    policy.save(update_fields=["status"])
    facts = {"code": policy.code, "in_force_from": policy.in_force_from, "in_force_to": policy.in_force_to}
    record(by=by, verb=verb, subject=policy, facts=facts)
