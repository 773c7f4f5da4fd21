"""What the services of this room share: who may act where, and refusals that several give."""

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from households.models import BankAccount, Household, Person
from lib.errors import Conflict, Forbidden, Invalid


def require_township(by: User, township_id: int | None, *roles: str) -> None:
    """Passes if `by` holds one of the posts in that township."""
    scope = scope_of(by)
    if township_id is None or not any(scope.holds(role, division_id=township_id) for role in roles):
        titles = "或".join(f"“{Role(role).label}”" for role in roles)
        raise Forbidden(f"这一步由所在乡镇的{titles}岗位办理，您没有该岗位或不在其辖区。", code="accounts.post_needed")


def township_id_of(household: Household) -> int | None:
    return household.village.parent_id


def required(text: str, field: str, what: str, most: int) -> str:
    """The text without white space around it; refuses none, and more than the column holds."""
    value = text.strip()
    if not value:
        raise Invalid(f"请填写{what}。", field=field, code="households.required")
    if len(value) > most:
        raise Invalid(f"{what}不能超过 {most} 个字，请缩短。", field=field, code="households.too_long")
    return value


def township_of(person: Person) -> Division | None:
    return person.household.village.parent


def already_registered(id_digest: bytes) -> Conflict | None:
    """The refusal for an ID number that has a living record; it names the township and nothing else."""
    found = (
        Person.objects.exclude(state=Person.State.MOVED)
        .select_related("household__village__parent")
        .filter(id_digest=id_digest)
        .first()
    )
    if found is None:
        return None
    return Conflict(
        f"该身份证号已在「{township_of(found)}」的底册中，一人只建一份档案。如已迁来，请由原乡镇先办理迁出。",
        field="id_number",
        code="households.one_living_record",
    )


def card_of_another(number_digest: bytes, person: Person) -> Conflict | None:
    """The refusal for an account in use by somebody else; it does not say by whom."""
    if BankAccount.objects.filter(number_digest=number_digest, in_use=True).exclude(person=person).exists():
        return refused_card()
    return None


def refused_card() -> Conflict:
    return Conflict(
        "该银行账号已登记为他人的“一卡通”账户，请对照银行卡核对账号和户名。",
        field="number",
        code="households.card_of_one_person",
    )
