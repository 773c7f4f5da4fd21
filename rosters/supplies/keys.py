"""Keys by which other systems supply lists: asked for, agreed to by another, shown once, revoked (ACL-4, CQ§31)."""

import secrets
from collections.abc import Collection
from datetime import date

from django.db import transaction

from accounts.models import Organisation, Role, User
from accounts.scope import require
from accounts.trail import record
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from rosters.supplies.models import SupplyKey
from rulebook import clock
from subsidies.models import Policy

State = SupplyKey.State
RULE = "access.connection"


@transaction.atomic
def ask_key(
    *,
    by: User,
    name: str,
    organisation: Organisation,
    policies: Collection[Policy],
    letter_number: str,
    expires_on: date,
) -> SupplyKey:
    """The administrator asks for a key for a department's system, with the letter by which connecting was agreed."""
    require(by, Role.ADMINISTRATOR)
    foreign = [policy.name for policy in policies if policy.department_id != organisation.pk]
    if foreign or not policies:
        raise Invalid(
            f"请选择{organisation.name}主管的政策。" + (f"不是该部门主管的：{'、'.join(foreign)}。" if foreign else ""),
            code="supply_keys.policies",
            field="policies",
        )
    if expires_on <= clock.today():
        raise Invalid("有效期应晚于今天。", code="supply_keys.expires", field="expires_on")
    if not sentence(letter_number):
        raise Invalid("请填写同意系统对接的批复文号。", code="supply_keys.letter", field="letter_number", rule=RULE)
    key = SupplyKey.objects.create(
        public_id=f"SK{secrets.token_hex(8)}",
        name=sentence(name)[:60],
        organisation=organisation,
        policy_codes=sorted(policy.code for policy in policies),
        letter_number=sentence(letter_number)[:60],
        expires_on=expires_on,
        salt=secrets.token_bytes(16),
        asked_by=by,
        asked_by_person=by.person,
        asked_at=clock.now(),
    )
    facts = {"organisation": organisation.pk, "policies": key.policy_codes, "expires_on": expires_on}
    record(by=by, verb="supply_key.ask", subject=key, facts=facts)
    return key


def _locked(key: SupplyKey, state: "SupplyKey.State", words: str) -> SupplyKey:
    current = SupplyKey.objects.select_for_update(no_key=True).get(pk=key.pk)
    if state not in SupplyKey.TRANSITIONS[current.state]:
        raise Conflict(
            f"这个密钥现在是“{current.get_state_display()}”，不能{words}，请刷新页面后再看。", code="supply_keys.arrow"
        )
    return current


@transaction.atomic
def decide_key(*, by: User, key: SupplyKey, agree: bool) -> SupplyKey:
    """The head of finance agrees or not; never who asked."""
    require(by, Role.FINANCE_HEAD)
    current = _locked(key, State.LIVING if agree else State.REFUSED, "审批")
    if current.asked_by_person_id == by.person_id:
        raise Forbidden("这个密钥是您申请的，须由另一人审批。", code="supply_keys.two_people")
    current.state = State.LIVING if agree else State.REFUSED
    current.decided_by, current.decided_by_person, current.decided_at = by, by.person, clock.now()
    current.save(update_fields=["state", "decided_by", "decided_by_person", "decided_at"])
    if agree:
        record(by=by, verb="supply_key.agree", subject=current)
    else:
        record(by=by, verb="supply_key.refuse", subject=current)
    return current


@transaction.atomic
def show_secret(*, by: User, key: SupplyKey) -> str:
    """The secret, once: who lost it asks for another key."""
    require(by, Role.ADMINISTRATOR)
    current = SupplyKey.objects.select_for_update(no_key=True).get(pk=key.pk)
    if current.state != State.LIVING:
        raise Conflict(f"这个密钥{current.get_state_display()}，不能领取。", code="supply_keys.arrow")
    if current.shown_at is not None:
        raise Conflict("密钥只显示一次，已经领取过。遗失的请吊销后重新申请。", code="supply_keys.shown")
    current.shown_at = clock.now()
    current.save(update_fields=["shown_at"])
    record(by=by, verb="supply_key.show", subject=current)
    return secret_of(current)


@transaction.atomic
def revoke_key(*, by: User, key: SupplyKey, reason: str) -> SupplyKey:
    """From this moment nothing signed with it is heard: by the administrator or the head of finance."""
    try:
        require(by, Role.ADMINISTRATOR)
    except Forbidden:
        require(by, Role.FINANCE_HEAD)
    words = sentence(reason)[:200]
    if not words:
        raise Invalid("请写明吊销原因。", code="supply_keys.reason", field="reason")
    current = _locked(key, State.REVOKED, "吊销")
    current.state, current.revoked_by, current.revoked_at, current.revoke_reason = State.REVOKED, by, clock.now(), words
    current.save(update_fields=["state", "revoked_by", "revoked_at", "revoke_reason"])
    record(by=by, verb="supply_key.revoke", subject=current, facts={"reason_given": True})
    return current


def secret_of(key: SupplyKey) -> str:
    """What both sides sign with: derived with the portal's own key, so that no copy of the database knows it."""
    return crypto.digest("supplykey", f"{key.public_id}:{bytes(key.salt).hex()}").hex()
