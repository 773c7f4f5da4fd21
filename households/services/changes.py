"""Account changes (REG-8): asked for by the township's clerk, checked by its finance station, never by one person."""

from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.trail import record
from households.events import tell_account_mended
from households.models import AccountChange, BankAccount, Person
from households.services.common import card_of_another, require_township, required, township_id_of
from households.services.register import create_account, parsed_account, require_payable
from jobs.models import StoredFile
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import normalise, sentence
from rulebook import clock

Kind, State = AccountChange.Kind, AccountChange.State


@transaction.atomic
def request_account_change(
    *,
    by: User,
    person: Person,
    kind: str,
    reason: str,
    bank_name: str = "",
    number: str = "",
    evidence: StoredFile | None = None,
) -> AccountChange:
    """Asks for another account (`replace`) or says that the old one works again (`activate`). One at a time."""
    require_township(by, township_id_of(person.household), Role.TOWNSHIP_CLERK)
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    require_payable(person)
    if kind not in Kind.values:
        raise Invalid("请选择变更方式。", field="kind", code="households.kind")
    old = person.accounts.filter(in_use=True).first()
    if old is None:
        raise Conflict("该人员还没有登记账户，请直接登记“一卡通”账户。", code="households.no_account")
    change = AccountChange(
        person=person,
        kind=kind,
        old_account=old,
        reason=required(sentence(reason), "reason", "变更原因", 200),
        evidence=evidence,
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=clock.now(),
    )
    if kind == Kind.REPLACE:
        _put_new_account(change, old, bank_name, number)
    elif bank_name.strip() or number.strip():
        raise Invalid("原账户继续使用时不填新账户；要换账户请选“更换账户”。", field="number", code="households.kind")
    if AccountChange.objects.filter(person=person, state=State.SUBMITTED).exists():
        raise _already_asked()
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        raise _already_asked() from error
    record(by=by, verb="account_change.request", subject=change, facts={"person": person.pk, "kind": kind})
    return change


def _already_asked() -> Conflict:
    return Conflict("该人员已有一笔账户变更等待财政所审核，请先等审核结果。", code="households.one_open_change")


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


@transaction.atomic
def approve_account_change(
    *, by: User, change: AccountChange, opinion: str = "", old_state: str = BankAccount.State.CLOSED
) -> AccountChange:
    """Puts a change in force. `old_state` is what becomes of an account that is replaced: closed if left out."""
    change, person = _take(by, change)
    require_payable(person)
    if old_state not in BankAccount.State.values:
        raise Invalid("请选择原账户的状态。", field="old_state", code="households.account_state")
    in_use = person.accounts.select_for_update(no_key=True).filter(in_use=True).first()
    if in_use is None or in_use.pk != change.old_account_id:
        raise Conflict("申请之后该人员的在用账户有变化，请退回重新申请。", code="households.account_moved")
    if change.kind == Kind.REPLACE:
        change.new_account = _replace(change, in_use, old_state)
    else:
        in_use.state = BankAccount.State.NORMAL
        in_use.save(update_fields=["state"])
    _answer(by, change, State.APPROVED, sentence(opinion)[:200])
    tell_account_mended(change)
    return change


def _replace(change: AccountChange, old: BankAccount, old_state: str) -> BankAccount:
    """Takes the old account out of use and puts the new one in."""
    if change.number_cipher is None:
        raise Conflict("申请中没有新账号，请退回重新申请。", code="households.no_account")
    old.in_use, old.state = False, old_state
    old.save(update_fields=["in_use", "state"])
    return create_account(
        person=change.person,
        bank_name=change.bank_name,
        digits=crypto.decrypt(change.number_cipher),
        account_class=BankAccount.Class.ONE,
        social_card=old.social_card,
    )


@transaction.atomic
def reject_account_change(*, by: User, change: AccountChange, opinion: str) -> AccountChange:
    """Sends a request back with the reason; nothing about the account changes."""
    change, _ = _take(by, change)
    _answer(by, change, State.REJECTED, required(sentence(opinion), "opinion", "未通过的原因", 200))
    return change


def _take(by: User, change: AccountChange) -> tuple[AccountChange, Person]:
    """Authorises and locks: the person first, as whoever asks does, then the request."""
    require_township(by, township_id_of(change.person.household), Role.FINANCE_STATION)
    person = Person.objects.select_for_update(no_key=True).get(pk=change.person_id)
    change = AccountChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    change.person = person
    if change.state != State.SUBMITTED:
        raise Conflict(f"这笔账户变更已经办理：{change.get_state_display()}。", code="households.change_answered")
    if change.made_by_person_id == by.person_id:
        raise Forbidden("申请人不能审核自己提出的账户变更，请由财政所其他人员审核。", code="households.two_people")
    return change, person


def _answer(by: User, change: AccountChange, state: str, opinion: str) -> None:
    change.state, change.opinion = state, opinion
    change.checked_by, change.checked_by_person_id, change.checked_at = by, by.person_id, clock.now()
    change.save(update_fields=["state", "opinion", "checked_by", "checked_by_person", "checked_at", "new_account"])
    facts = {"person": change.person_id, "kind": change.kind, "new_account": change.new_account_id}
    record(by=by, verb=f"account_change.{state}", subject=change, facts=facts)
