"""Making policies public, and whom the public may ask (ZLT§8, §9)."""

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Forbidden, Invalid
from lib.text import normalise
from rulebook import clock
from subsidies.models import Policy

SIGNERS = (Role.DEPT_REVIEWER, Role.DEPT_HEAD)
PUBLISHERS = frozenset({Role.FINANCE_REVIEWER, Role.FINANCE_HEAD})


def may_publish(user: User, policy: Policy) -> bool:
    """Those who examine and sign, in the department in charge or in the finance bureau."""
    scope = scope_of(user)
    own = any(scope.holds(role, organisation_id=policy.department_id) for role in SIGNERS)
    return own or bool(scope.roles & PUBLISHERS)


@transaction.atomic
def publish_policy(*, by: User | None, policy: Policy) -> Policy:
    """Makes a policy and all its versions public before any payout under them (ZLT§8): by the department in charge or
    the finance bureau."""
    if by is not None and not may_publish(by, policy):
        raise Forbidden("政策由主管部门或财政局公开，您没有该岗位。", code="subsidies.publish")
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    versions = make_public(policy)
    if versions:
        record(by=by, verb="policy.publish", subject=policy, facts={"code": policy.code, "versions": versions})
    return policy


def make_public(policy: Policy) -> list[int]:
    """Marks what of a locked policy is not public yet; the numbers of the versions that now are, or [0] for none."""
    moment = clock.now()
    waiting = policy.versions.filter(published_at__isnull=True)
    numbers = sorted(waiting.values_list("number", flat=True))
    waiting.update(published_at=moment)
    if policy.published_at is not None:
        return numbers
    policy.published_at = moment
    policy.save(update_fields=["published_at"])
    return numbers or [0]


@transaction.atomic
def set_contact(*, by: User, policy: Policy, contact_person: str, consult_phone: str, supervise_phone: str) -> Policy:
    """Whom to ask and where to complain (ZLT§9), kept up to date by the department without a change of the policy."""
    if not may_publish(by, policy):
        raise Forbidden("联系人和电话由主管部门或财政局维护，您没有该岗位。", code="subsidies.contact")
    given = {
        "contact_person": normalise(contact_person)[:50],
        "consult_phone": normalise(consult_phone)[:20],
        "supervise_phone": normalise(supervise_phone)[:20],
    }
    for key in ("consult_phone", "supervise_phone"):
        if not given[key]:
            raise Invalid("咨询电话和监督电话都要填写，群众要据此询问和反映问题。", code="subsidies.phone", field=key)
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    changed = [key for key, value in given.items() if getattr(policy, key) != value]
    if changed:
        for key in changed:
            setattr(policy, key, given[key])
        policy.save(update_fields=changed)
        record(by=by, verb="policy.contact", subject=policy, facts={"code": policy.code, "changed": changed})
    return policy
