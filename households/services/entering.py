"""What entering by hand and by request have in common: values are checked, rows are written, once."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.models import Division
from households.models import FirstCollection, Household, Person
from households.services.common import already_registered
from lib.errors import Conflict, Invalid, Refusal
from lib.identifiers import IdNumber, check_phone, parse_id_number
from lib.text import normalise, normalise_group
from lib.truths import broken_truth
from rulebook import clock

LARGEST_MU = Decimal("9999999999.99")
# The truth that refuses when the first collection ends while somebody is entering.
ENDED_MEANWHILE = "households_changed_by_request"


def collection_ended(township_id: int | None) -> bool:
    """Whether the township's first collection is over, so that its register changes by request only (ZLT§16)."""
    return FirstCollection.objects.filter(township=township_id).exists()


def by_request_only() -> Conflict:
    return Conflict(
        "本乡镇已建库完成，农户和成员不再直接登记。请持村（社区）盖章的变更申请和原件办理“信息变更”，财政所审核后生效。",
        code="households.by_request",
    )


def refuse_after_collection(township_id: int | None) -> None:
    if collection_ended(township_id):
        raise by_request_only()


def checked_area(value: Decimal | None, field: str) -> Decimal | None:
    if value is None:
        return None
    if not (0 <= value <= LARGEST_MU) or value != value.quantize(Decimal("0.01")):
        raise Invalid("面积应为不小于 0 的数，最多两位小数。", field=field, code="households.area")
    return value


def parsed_id(text: str) -> IdNumber:
    try:
        return parse_id_number(text, clock.today())
    except Refusal as refusal:
        raise Invalid(refusal.message, field="id_number", code=refusal.code) from refusal


def parsed_phone(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return check_phone(text)
    except Refusal as refusal:
        raise Invalid(refusal.message, field="phone", code=refusal.code) from refusal


def checked_code(code: str | None) -> str:
    wanted = normalise(code or "").replace(" ", "")
    if len(wanted) > 30:
        raise Invalid("农户编码不能超过 30 位。", field="code", code="households.too_long")
    return wanted


def create_household(
    *,
    village: Division,
    group: str,
    code: str | None = None,
    address: str = "",
    contracted_mu: Decimal | None = None,
    subsidised_mu: Decimal | None = None,
) -> Household:
    """Writes a household; the caller holds the village's lock."""
    wanted = checked_code(code)
    try:
        with transaction.atomic():
            return Household.objects.create(
                code=wanted or next_code(village),
                village=village,
                group=normalise_group(group)[:30],
                address=normalise(address)[:200],
                contracted_mu=checked_area(contracted_mu, "contracted_mu"),
                subsidised_mu=checked_area(subsidised_mu, "subsidised_mu"),
                created_at=clock.now(),
            )
    except IntegrityError as error:
        if broken_truth(error) == ENDED_MEANWHILE:
            raise by_request_only() from error
        raise Conflict(
            "该农户编码已被使用，请核对；不填则由系统编号。", field="code", code="households.code_taken"
        ) from error


def next_code(village: Division) -> str:
    """The village's 12 digits and the next of five; the caller holds the village's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(max(substr(code, 13)::integer), 0) + 1 FROM households_household
                WHERE code ~ ('^' || %s || '[0-9]{5}$')""",
            [village.code],
        )
        return f"{village.code}{cursor.fetchone()[0]:05d}"


def create_person(
    *,
    household: Household,
    name: str,
    id_cipher: bytes,
    id_digest: bytes,
    birth_date: date,
    sex: str,
    relation: str,
    phone_cipher: bytes | None,
    phone_digest: bytes | None,
) -> Person:
    """Writes a member; an ID number that already has a living record is refused with its township."""
    refusal = already_registered(id_digest)
    if refusal is not None:
        raise refusal
    given: dict[str, Any] = {
        "household": household, "name": name, "id_cipher": id_cipher, "id_digest": id_digest,
        "birth_date": birth_date, "sex": sex, "relation": relation, "phone_cipher": phone_cipher,
        "phone_digest": phone_digest,
    }  # fmt: skip
    try:
        with transaction.atomic():
            return Person.objects.create(**given, created_at=clock.now())
    except IntegrityError as error:
        if broken_truth(error) == ENDED_MEANWHILE:
            raise by_request_only() from error
        raise already_registered(id_digest) or error from error
