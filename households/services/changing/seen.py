"""How households stand in the register, to be compared: what a request saw must still be so when it takes effect."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from households.models import Household, Means, Person

Picture = dict[str, Any]
_FIELDS = {
    "state": "农户状态", "head": "户主", "group": "村民小组", "address": "住址", "contracted": "承包面积",
    "subsidised": "地力补贴面积",
}  # fmt: skip
_OF_MEMBERS = {"name": "姓名", "id": "身份证号", "relation": "与户主关系", "phone": "联系电话", "state": "状态"}
_SECRET = frozenset({"id", "phone"})


def picture(households: Collection[int]) -> Picture:
    """Each household by its id: its own values, its members by theirs, its means of production."""
    found: Picture = {}
    for home in Household.objects.filter(pk__in=households).select_related("head"):
        found[str(home.pk)] = {
            "state": home.get_state_display(),
            "head": home.head.name if home.head else "未建档",
            "head_id": home.head_id,
            "village": home.village_id,
            "group": home.group,
            "address": home.address,
            "contracted": area(home.contracted_mu),
            "subsidised": area(home.subsidised_mu),
            "members": {str(one.pk): _member(one) for one in home.members.order_by("pk")},
            "means": [means_words(one) for one in home.means.order_by("pk")],
        }
    return found


def area(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _member(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "id": bytes(person.id_digest).hex(),
        "relation": person.relation,
        "phone": bytes(person.phone_digest).hex() if person.phone_digest else "",
        "state": person.get_state_display(),
    }


def means_words(one: Means | Mapping[str, Any]) -> str:
    """One plot, herd or machine as a line of text."""
    given: Mapping[str, Any] = one if isinstance(one, Mapping) else vars(one)
    quantity = f"{Decimal(str(given['quantity'])):.2f}".rstrip("0").rstrip(".")
    words = f"{Means.Kind(given['kind']).label} {given['name']} {quantity}{given['unit']}".replace("  ", " ")
    return f"{words}（编号{given['mark']}）" if given["mark"] else words


def differences(before: Picture, now: Picture) -> list[str]:
    """What is otherwise than it was, in words; numbers of people are not repeated."""
    told: list[str] = []
    for key, old in before.items():
        told += _of_one(old, now[key])
    return told


def _of_one(old: Picture, new: Picture) -> Iterator[str]:
    for field, title in _FIELDS.items():
        if old[field] != new[field]:
            yield f"{title}由“{old[field] or '空'}”变为“{new[field] or '空'}”"
    if old["head"] == new["head"] and old["head_id"] != new["head_id"]:
        yield f"户主换成了另一位{new['head']}"
    if old["village"] != new["village"]:
        yield "所在村有变化"
    if old["means"] != new["means"]:
        yield "生产资料有变化"
    for key in old["members"].keys() | new["members"].keys():
        yield from _of_member(old["members"].get(key), new["members"].get(key))


def _of_member(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> Iterator[str]:
    if old is None or new is None:
        whose = old or new or {}
        yield f"{'新增' if old is None else '少了'}成员{whose['name']}"
        return
    for field, title in _OF_MEMBERS.items():
        if old[field] == new[field]:
            continue
        if field in _SECRET:
            yield f"{new['name']}的{title}有变化"
        else:
            yield f"{new['name']}的{title}由“{old[field]}”变为“{new[field]}”"
