"""Households, their members and first accounts: entered by the township's clerk (ZLT§18).

Households and members only while the township's first collection goes on; afterwards by request (`services.requests`).
First accounts also by the village's, where the county's rules let villages enter them (CQ§13).
"""

from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import Division, Role, User
from accounts.trail import record
from households import gone
from households.authors import writes
from households.models import BankAccount, Household, Person
from households.relations import HEAD, RELATIONS, SAME_AS_HEAD
from households.services.cards import SOCIAL_CARD, require_carrier
from households.services.common import (
    card_of_another,
    refused_card,
    require_township,
    required,
    township_id_of,
)
from households.services.entering import (
    create_household,
    create_person,
    parsed_id,
    parsed_phone,
    refuse_after_collection,
)
from households.units import acting_unit
from lib import crypto
from lib.errors import Conflict, Invalid, Refusal
from lib.identifiers import check_account_number
from lib.text import normalise, normalise_name
from lib.truths import broken_truth
from rulebook import clock, rules


@transaction.atomic
def add_household(
    *,
    by: User,
    village: Division,
    group: str,
    code: str | None = None,
    address: str = "",
    contracted_mu: Decimal | None = None,
    subsidised_mu: Decimal | None = None,
) -> Household:
    """A new household in a village of the clerk's township. Without a code it gets the village's next one."""
    if village.level != Division.Level.VILLAGE:
        raise Invalid("农户要落在村（社区）一级，请选择村。", field="village", code="households.village_needed")
    require_township(by, village.parent_id, Role.TOWNSHIP_CLERK)
    Division.objects.select_for_update(no_key=True).get(pk=village.pk)
    refuse_after_collection(village.parent_id)
    writes(by)
    household = create_household(
        village=village,
        group=group,
        code=code,
        address=address,
        contracted_mu=contracted_mu,
        subsidised_mu=subsidised_mu,
    )
    record(by=by, verb="household.add", subject=household, facts={"village": village.code, "code": household.code})
    return household


@transaction.atomic
def add_person(
    *,
    by: User,
    household: Household,
    name: str,
    id_number: str,
    relation: str,
    phone: str = "",
    is_head: bool = False,
) -> Person:
    """A new member of a household. One ID number has one living record in the county (REG-2)."""
    require_township(by, township_id_of(household), Role.TOWNSHIP_CLERK)
    household = gone.one(Household.objects.select_for_update(no_key=True), household.pk)
    relation = _checked_relation(household, relation, is_head=is_head)
    name = required(normalise_name(name), "name", "姓名", 50)
    found = parsed_id(id_number)
    digits = parsed_phone(phone)
    refuse_after_collection(township_id_of(household))
    writes(by)
    person = create_person(
        household=household,
        name=name,
        id_cipher=crypto.encrypt(found.value),
        id_digest=crypto.digest("id", found.value),
        birth_date=found.birth_date,
        sex=found.sex,
        relation=relation,
        phone_cipher=crypto.encrypt(digits) if digits else None,
        phone_digest=crypto.digest("phone", digits) if digits else None,
    )
    if is_head:
        Household.objects.filter(pk=household.pk).update(head=person)
    record(by=by, verb="person.add", subject=person, facts={"household": household.pk, "head": is_head})
    return person


def _checked_relation(household: Household, relation: str, *, is_head: bool) -> str:
    """The word of the register; the head is 本人, and a household has one."""
    if household.state != Household.State.LIVING:
        raise Conflict("该农户已注销，不能再增加成员。", code="households.cancelled")
    relation = HEAD if relation.strip() == SAME_AS_HEAD else relation.strip()
    if relation not in RELATIONS:
        raise Invalid("与户主关系不在可选范围内，请从列表中选择。", field="relation", code="households.relation")
    if is_head != (relation == HEAD):
        raise Invalid("户主与户主的关系是“本人”，其他成员不能选“本人”。", field="relation", code="households.relation")
    if is_head and household.head_id is not None:
        raise Conflict("该户已有户主，不能再登记一位户主。", field="relation", code="households.has_head")
    return relation


def parsed_account(text: str) -> str:
    """The account number in a form's field `number`, checked."""
    try:
        return check_account_number(text)
    except Refusal as refusal:
        raise Invalid(refusal.message, field="number", code=refusal.code) from refusal


@transaction.atomic
def set_account(
    *,
    by: User,
    person: Person,
    bank_name: str,
    number: str,
    account_class: str = "I",
    social_card: bool = True,
) -> BankAccount:
    """The first registration of a person's card (REG-7). Every later change goes through `request_account_change`.

    By the township's clerk, or where the county's rules say so by the clerk of the person's own village: CQ§13 hands
    over the entering itself (录入), not only the asking, and whoever enters has compared the villager's papers before
    (CQ§22). So the same control holds for both: a first card displaces no other, and it is paid only through a roster
    that others make, check, post and sign, after the bank has compared name and number (CQ§28(1)). The trail tells
    which village entered it; from then on every change is checked by the township's finance station.
    """
    village = acting_unit(by, person)
    person = gone.one(Person.objects.select_for_update(no_key=True), person.pk)
    require_payable(person)
    bank_name = required(normalise(bank_name), "bank_name", "开户银行", 60)
    if account_class not in BankAccount.Class.values:
        raise Invalid("账户类别应为 I 类户或 II 类户。", field="account_class", code="households.account_class")
    digits = parsed_account(number)
    digest = crypto.digest("account", digits)
    if person.accounts.exists():
        raise Conflict(
            "该人员已登记过“一卡通”账户，更换账户请办理“账户变更”。",
            field="number",
            code="households.has_account",
            rule="account.one_card",
        )
    require_carrier(social_card, rules.rule(SOCIAL_CARD).as_json())
    refusal = card_of_another(digest, person)
    if refusal is not None:
        raise refusal
    writes(by)
    account = create_account(
        person=person, bank_name=bank_name, digits=digits, account_class=account_class, social_card=social_card
    )
    facts = {
        "person": person.pk,
        "class": account_class,
        "social_card": social_card,
        "village": village.code if village else None,
    }
    record(by=by, verb="account.set", subject=account, facts=facts)
    return account


def require_payable(person: Person) -> None:
    """Refuses cards for those who cannot be paid."""
    if person.state != Person.State.ALIVE:
        raise Conflict(
            f"该人员状态为“{person.get_state_display()}”，不能登记或变更账户。", code="households.person_state"
        )


def create_account(
    *, person: Person, bank_name: str, digits: str, account_class: str, social_card: bool
) -> BankAccount:
    """Writes an account in use; who else was faster with the same card is told by the database."""
    try:
        with transaction.atomic():
            return BankAccount.objects.create(
                person=person,
                bank_name=bank_name,
                number_cipher=crypto.encrypt(digits),
                number_digest=crypto.digest("account", digits),
                tail=digits[-4:],
                account_class=account_class,
                social_card=social_card,
                created_at=clock.now(),
            )
    except IntegrityError as error:
        if broken_truth(error) == "households_card_of_one_person":
            raise refused_card() from error
        raise
