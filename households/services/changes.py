"""Account changes (REG-8): asked for by the unit's clerk, checked within the unit, never by one person.

The township's clerk asks, or the village's where the county's rules let villages enter accounts (CQ§13), and the
township's finance station checks. A school's clerk asks for those on the school's rosters, and its leader checks: a
school carries out programmes as a township does (项目具体管理实施单位, CQ§23, §27), and it declares again what failed.

A card that works and is replaced for personal reasons goes the special path (CQ§23(2)): a signed statement, the unit's
word, and then the finance bureau's where the county's rules say so; three different people.
"""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.scope import require, scope_of
from accounts.trail import record
from households import gone
from households.authors import writes
from households.events import tell_account_mended, tell_changed
from households.models import AccountChange, BankAccount, Person
from households.services import papers
from households.services.cards import require_carrier
from households.services.common import card_of_another, require_township, required, township_id_of
from households.services.register import create_account, parsed_account, require_payable
from households.transit import refuse_held
from households.units import VILLAGE_RULE, acting_unit
from jobs.models import StoredFile
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import normalise, sentence
from rulebook import clock, rules

Kind, State, Cause = AccountChange.Kind, AccountChange.State, AccountChange.Cause
FINANCE_ROLES = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)
FINANCE_RULE = "account_change.finance_approval"
RULES = (FINANCE_RULE, "account.one_card", "account.social_card", VILLAGE_RULE)
# What becomes of the old account when nobody says otherwise; one that worked goes on working for its owner.
OLD_STATES: dict[str, str] = {
    Cause.CLOSED: BankAccount.State.CLOSED,
    Cause.LOST: BankAccount.State.LOST,
    Cause.DORMANT: BankAccount.State.DORMANT,
    Cause.FROZEN: BankAccount.State.FROZEN,
    Cause.CLASS_TWO: BankAccount.State.NORMAL,
    Cause.PERSONAL: BankAccount.State.NORMAL,
}


@transaction.atomic
def request_account_change(
    *,
    by: User,
    person: Person,
    kind: str,
    reason: str,
    bank_name: str = "",
    number: str = "",
    cause: str = Cause.CLOSED,
    social_card: bool | None = None,
    evidence: StoredFile | None = None,
) -> AccountChange:
    """Asks for another account (`replace`) or says that the old one works again (`activate`). One at a time.

    `cause` says why a card is replaced: a personal reason leads the special path. Whether the new one is a
    social-security card is taken from the old one if left out.
    """
    unit = acting_unit(by, person, asks=True)
    person = gone.one(Person.objects.select_for_update(no_key=True), person.pk)
    require_payable(person)
    if kind not in Kind.values:
        raise Invalid("请选择变更方式。", field="kind", code="households.kind")
    old = person.accounts.filter(in_use=True).first()
    if old is None:
        raise Conflict("该人员还没有登记账户，请直接登记“一卡通”账户。", code="households.no_account")
    kept = rules.snapshot(keys=RULES)
    change = AccountChange(
        person=person,
        unit=unit,
        kind=kind,
        old_account=old,
        reason=required(sentence(reason), "reason", "变更原因", 200),
        evidence=evidence,
        rules=kept,
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=clock.now(),
    )
    if kind == Kind.REPLACE:
        _put_cause(change, old, cause)
        change.social_card = old.social_card if social_card is None else social_card
        _put_new_account(change, old, bank_name, number)
    elif bank_name.strip() or number.strip():
        raise Invalid("原账户继续使用时不填新账户；要换账户请选“更换账户”。", field="number", code="households.kind")
    if AccountChange.objects.filter(person=person, state__in=AccountChange.OPEN).exists():
        raise _already_asked()
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        raise _already_asked() from error
    facts = {
        "person": person.pk,
        "kind": kind,
        "cause": change.cause,
        "finance": change.finance_needed,
        "unit": unit.code if unit else None,
    }
    record(by=by, verb="account_change.request", subject=change, facts=facts)
    return change


def _already_asked() -> Conflict:
    return Conflict("该人员已有一笔账户变更正在办理，请先等审核结果。", code="households.one_open_change")


def _put_cause(change: AccountChange, old: BankAccount, cause: str) -> None:
    """The path that the change goes (CQ§23), decided by what is the matter with the old account."""
    if cause not in Cause.values:
        raise Invalid("请选择变更情形。", field="cause", code="households.cause")
    if cause == Cause.CLASS_TWO and old.account_class != BankAccount.Class.TWO:
        raise Invalid("原账户不是II类户，请按实际情况选择变更情形。", field="cause", code="households.cause")
    if cause == Cause.PERSONAL and (
        old.state != BankAccount.State.NORMAL or old.account_class != BankAccount.Class.ONE
    ):
        raise Invalid(
            f"底册登记的原账户为“{old.get_account_class_display()}、{old.get_state_display()}”，"
            "不是正常可用的I类户，请按账户的实际情况选择变更情形。",
            field="cause",
            code="households.cause",
        )
    change.cause = cause
    if cause == Cause.PERSONAL:
        change.finance_needed = bool(change.rules[FINANCE_RULE]["value"])
        if change.evidence is None:
            raise Invalid(
                "因个人原因更换正常可用的账户，须上传补贴对象（或监护人）签字的书面说明。",
                field="evidence",
                code="households.statement",
                rule=FINANCE_RULE,
            )


def _put_new_account(change: AccountChange, old: BankAccount, bank_name: str, number: str) -> None:
    """Checks the new account and writes it into the request."""
    change.bank_name = required(normalise(bank_name), "bank_name", "开户银行", 60)
    digits = parsed_account(number)
    change.number_cipher = crypto.encrypt(digits)
    change.number_digest = crypto.digest("account", digits)
    change.tail = digits[-4:]
    if bytes(old.number_digest) == change.number_digest:
        raise Invalid(
            "新账号与现用账号相同。如原账户已恢复正常，请选“原账户已激活或解除异常”。",
            field="number",
            code="households.same_account",
        )
    refusal = card_of_another(change.number_digest, change.person)
    if refusal is not None:
        raise refusal
    if old.social_card:
        require_carrier(change.social_card, change.rules["account.social_card"], moving=True)


@transaction.atomic
def approve_account_change(
    *, by: User, change: AccountChange, opinion: str = "", old_state: str | None = None
) -> AccountChange:
    """The unit's word: puts a change in force, or lays one of the special path before the finance bureau.

    `old_state` is what becomes of an account that is replaced; if left out, what the request says of it.
    """
    change, person = _take(by, change)
    require_payable(person)
    wanted = old_state or OLD_STATES.get(change.cause, BankAccount.State.CLOSED)
    if wanted not in BankAccount.State.values:
        raise Invalid("请选择原账户的状态。", field="old_state", code="households.account_state")
    if change.kind == Kind.REPLACE:
        change.old_state = wanted
    _check_old_account(change, person)
    if change.finance_needed:
        papers.sign_check(by, change, State.UNIT_APPROVED, sentence(opinion), "old_state")
    else:
        _put_in_force(by, change, person)
        papers.sign_check(by, change, State.APPROVED, sentence(opinion), "old_state", "new_account")
    _tell(by, change)
    return change


@transaction.atomic
def approve_by_finance(*, by: User, change: AccountChange, opinion: str = "") -> AccountChange:
    """The finance bureau's word on a change of the special path; it comes into force."""
    change, person = _take_by_finance(by, change)
    require_payable(person)
    _check_old_account(change, person)
    _put_in_force(by, change, person)
    papers.sign_approval(by, change, State.APPROVED, sentence(opinion), "new_account")
    _tell(by, change)
    return change


@transaction.atomic
def reject_account_change(*, by: User, change: AccountChange, opinion: str) -> AccountChange:
    """Sends a request back with the reason; nothing about the account changes."""
    finance = change.state == State.UNIT_APPROVED
    change, _ = _take_by_finance(by, change) if finance else _take(by, change)
    words = required(sentence(opinion), "opinion", "未通过的原因", 200)
    (papers.sign_approval if finance else papers.sign_check)(by, change, State.REJECTED, words)
    _tell(by, change)
    return change


def _check_old_account(change: AccountChange, person: Person) -> None:
    in_use = person.accounts.select_for_update(no_key=True).filter(in_use=True).first()
    if in_use is None or in_use.pk != change.old_account_id:
        raise Conflict("申请之后该人员的在用账户有变化，请退回重新申请。", code="households.account_moved")
    change.old_account = in_use


def _put_in_force(by: User, change: AccountChange, person: Person) -> None:
    """The accounts change; the request is signed next."""
    old = change.old_account
    if old is None:
        raise Conflict("申请之后该人员的在用账户有变化，请退回重新申请。", code="households.account_moved")
    writes(by, change)
    if change.kind == Kind.REPLACE:
        refuse_held([person.pk], "更换账户", accounts=True)
        change.new_account = _replace(change, old, person)
    else:
        old.state = BankAccount.State.NORMAL
        old.save(update_fields=["state"])


def _replace(change: AccountChange, old: BankAccount, person: Person) -> BankAccount:
    """Takes the old account out of use and puts the new one in."""
    if change.number_cipher is None:
        raise Conflict("申请中没有新账号，请退回重新申请。", code="households.no_account")
    old.in_use, old.state = False, change.old_state
    old.save(update_fields=["in_use", "state"])
    return create_account(
        person=person,
        bank_name=change.bank_name,
        digits=crypto.decrypt(change.number_cipher),
        account_class=BankAccount.Class.ONE,
        social_card=change.social_card,
    )


def _locked(change: AccountChange) -> tuple[AccountChange, Person]:
    """The person first, as whoever asks does, then the request."""
    person = Person.objects.select_for_update(no_key=True).get(pk=change.person_id)
    change = AccountChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    change.person = person
    return change, person


def _take(by: User, change: AccountChange) -> tuple[AccountChange, Person]:
    """Authorises the township's finance station, or the leader of the school that asked, and locks."""
    if change.of_school:
        require(by, Role.SCHOOL_LEADER, organisation_id=change.unit_id)
    else:
        require_township(by, township_id_of(change.person.household), Role.FINANCE_STATION)
    change, person = _locked(change)
    if change.state != State.SUBMITTED:
        raise Conflict(f"这笔账户变更已经办理：{change.get_state_display()}。", code="households.change_answered")
    if change.made_by_person_id == by.person_id:
        others = "学校其他负责人" if change.of_school else "财政所其他人员"
        raise Forbidden(f"申请人不能审核自己提出的账户变更，请由{others}审核。", code="households.two_people")
    return change, person


def _take_by_finance(by: User, change: AccountChange) -> tuple[AccountChange, Person]:
    """Authorises the finance bureau and locks."""
    if not any(scope_of(by).holds(role) for role in FINANCE_ROLES):
        raise Forbidden(
            "这一步由“财政复审”或“财政局负责人”岗位办理，您没有该岗位。",
            code="accounts.post_needed",
            rule=FINANCE_RULE,
        )
    change, person = _locked(change)
    if change.state != State.UNIT_APPROVED:
        raise Conflict(
            f"这笔账户变更现为“{change.get_state_display()}”，不在财政审批环节。", code="households.change_answered"
        )
    if by.person_id in (change.made_by_person_id, change.checked_by_person_id):
        raise Forbidden("申请、审核、审批须由三个人办理，请由财政局其他人员审批。", code="households.three_people")
    return change, person


def _tell(by: User, change: AccountChange) -> None:
    """The trail; and the rooms above, once the account is mended."""
    facts: dict[str, Any] = {"person": change.person_id, "kind": change.kind, "new_account": change.new_account_id}
    record(by=by, verb=f"account_change.{change.state}", subject=change, facts=facts)
    if change.state == State.APPROVED:
        tell_account_mended(change)
        tell_changed([change.person_id], by)
