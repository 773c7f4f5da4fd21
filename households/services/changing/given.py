"""What the forms hand over to the kinds of requests: whole and clean values, or a refusal at the field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from households.models import Household, Means, Person
from households.relations import HEAD, RELATIONS, SAME_AS_HEAD
from households.services.common import required
from households.services.entering import checked_area, parsed_id, parsed_phone
from lib import crypto
from lib.errors import Conflict, Invalid, Refusal
from lib.text import normalise, normalise_name

MOST_PEOPLE = 20
MOST_MEANS = 100
MOST_QUANTITY = Decimal("99999999.99")


@dataclass(frozen=True)
class NewPerson:
    """Somebody who is to come into the register."""

    name: str
    id_number: str
    relation: str
    phone: str = ""


@dataclass(frozen=True)
class MeansRow:
    """One plot, pasture, herd or machine that is to stand in the register."""

    kind: str
    quantity: Decimal
    unit: str = ""
    name: str = ""
    mark: str = ""


def kept_person(given: NewPerson) -> dict[str, Any]:
    """The person as a request keeps it: numbers as ciphertext beside their digests."""
    number = parsed_id(given.id_number)
    digits = parsed_phone(given.phone)
    return {
        "name": required(normalise_name(given.name), "name", "姓名", 50),
        **kept_id(number.value),
        "birth": number.birth_date.isoformat(),
        "sex": number.sex,
        "relation": checked_relation(given.relation),
        "phone": secret(digits),
        "phone_digest": crypto.digest("phone", digits).hex() if digits else "",
    }


def kept_id(value: str) -> dict[str, str]:
    return {"id": secret(value), "digest": crypto.digest("id", value).hex()}


def secret(plain: str) -> str:
    return crypto.encrypt(plain).hex() if plain else ""


def checked_relation(relation: str) -> str:
    relation = HEAD if relation.strip() == SAME_AS_HEAD else relation.strip()
    if relation not in RELATIONS:
        raise Invalid("与户主关系不在 34 项可选范围内，请从列表中选择。", field="relation", code="households.relation")
    return relation


def kept_people(given: Sequence[NewPerson], *, with_head: bool) -> list[dict[str, Any]]:
    """New people of one household: exactly one head where there is none, and nobody twice."""
    if not given:
        raise Invalid("请至少填写一位成员。", code="households.nobody")
    if len(given) > MOST_PEOPLE:
        raise Invalid(f"一次最多登记 {MOST_PEOPLE} 人，请分次申请。", code="households.too_many")
    people = [_kept_in_row(number, one) for number, one in enumerate(given, start=1)]
    if len({one["digest"] for one in people}) < len(people):
        raise Invalid("填写的成员中有相同的身份证号，每人只填一行。", code="households.same_person")
    heads = sum(one["relation"] == HEAD for one in people)
    if with_head and heads != 1:
        raise Invalid("请填写一位户主（与户主关系选“本人”），只能有一位。", code="households.one_head")
    if not with_head and heads:
        raise Invalid("该户已有户主，新成员不能选“本人”；户主有变化的请申请“变更户主”。", code="households.has_head")
    return people


def _kept_in_row(number: int, given: NewPerson) -> dict[str, Any]:
    """A person of a list; what is wrong names the row."""
    try:
        return kept_person(given)
    except Refusal as refusal:
        field = f"{refusal.field or 'name'}_{number}"
        raise Invalid(f"第 {number} 人：{refusal.message}", field=field, code=refusal.code) from refusal


def members(household: Household, ids: Iterable[int]) -> list[Person]:
    """These people, who must be members in the register of this household; in the order of their ids."""
    wanted = set(ids)
    found = list(household.members.filter(pk__in=wanted).order_by("pk"))
    if not wanted or len(found) != len(wanted):
        raise Invalid("请选择本户的成员。", code="households.not_a_member")
    return found


def living(people: Iterable[Person]) -> None:
    for person in people:
        if person.state not in (Person.State.ALIVE, Person.State.MISSING):
            raise Conflict(
                f"{person.name}的状态为“{person.get_state_display()}”，不能办理这项变更。",
                code="households.person_state",
            )


def areas(contracted: Decimal | None, subsidised: Decimal | None) -> dict[str, str | None]:
    """Both areas as a request keeps them."""
    found = {
        "contracted": checked_area(contracted, "contracted_mu"),
        "subsidised": checked_area(subsidised, "subsidised_mu"),
    }
    return {name: None if value is None else f"{value:.2f}" for name, value in found.items()}


def kept_means(rows: Sequence[MeansRow], contracted: Decimal | None) -> list[dict[str, str]]:
    """Means of production as a request keeps them; plots of contracted land fit into the contracted area."""
    if len(rows) > MOST_MEANS:
        raise Invalid(f"一户最多登记 {MOST_MEANS} 项生产资料。", code="households.too_many")
    kept = [_row(number, one) for number, one in enumerate(rows, start=1)]
    marks = [(one["kind"], one["mark"]) for one in kept if one["mark"]]
    if len(set(marks)) < len(marks):
        raise Invalid("填写的地块或机具编号有重复，一个编号只能填一次。", code="households.same_mark")
    plots = sum((Decimal(one["quantity"]) for one in kept if one["kind"] == Means.Kind.CONTRACTED), Decimal(0))
    if plots > (contracted or 0):
        raise Invalid(
            f"承包地各地块合计 {plots:.2f} 亩，超过承包面积 {contracted or 0:.2f} 亩，请核对。",
            field="contracted_mu",
            code="households.plots",
        )
    return kept


def _row(number: int, given: MeansRow) -> dict[str, str]:
    """One row as a request keeps it; what is wrong names the row."""
    if given.kind not in Means.Kind.values:
        raise Invalid(f"第 {number} 项没有选类别。", field=f"kind_{number}", code="households.means_kind")
    kind = Means.Kind(given.kind)
    units = Means.UNITS[kind]
    unit = given.unit or units[0]
    if unit not in units:
        told = f"第 {number} 项（{kind.label}）的单位应为{'、'.join(units)}。"
        raise Invalid(told, field=f"unit_{number}", code="households.unit")
    name, mark = normalise(given.name)[:40], normalise(given.mark).replace(" ", "").upper()
    if len(mark) > 40:
        raise Invalid(f"第 {number} 项的编号不能超过 40 位。", field=f"mark_{number}", code="households.too_long")
    wrong = _wrong_quantity(kind, given.quantity, mark)
    if wrong:
        told = f"第 {number} 项（{kind.label}）{wrong}。"
        raise Invalid(told, field=f"quantity_{number}", code="households.quantity")
    return {"kind": kind.value, "name": name, "quantity": f"{given.quantity:.2f}", "unit": unit, "mark": mark}


def _wrong_quantity(kind: Means.Kind, value: Decimal, mark: str) -> str:
    counted = kind in (Means.Kind.LIVESTOCK, Means.Kind.MACHINE)
    faults = (
        (not 0 < value <= MOST_QUANTITY or value != value.quantize(Decimal("0.01")), "数量应大于 0，最多两位小数"),
        (counted and value != value.to_integral_value(), "数量应为整数"),
        (bool(mark) and kind == Means.Kind.MACHINE and value != 1, "填了机具编号，数量应为 1，每台一行"),
    )
    return next((words for wrong, words in faults if wrong), "")
