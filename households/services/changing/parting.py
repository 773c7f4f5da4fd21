"""Changes between households: members who go to another one, and doubles of a person that become one."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from households.models import BankAccount, Household, Person, RegisterRequest
from households.relations import HEAD
from households.services.changing import given as clean
from households.services.changing.homes import decimal_of
from households.services.changing.kind import (
    ChangeKind,
    Kind,
    Told,
    Wanted,
    cancel,
    home_of,
    leave,
    member,
    still_here,
)
from households.services.changing.seen import means_words
from households.services.entering import checked_code, create_household
from lib.errors import Invalid
from lib.text import normalise, normalise_group


class GivenSplit(NamedTuple):
    """Who goes, with which relation to the head there: into a household by its code, or into a new one here."""

    relations: Mapping[int, str]
    into: str = ""
    group: str = ""
    address: str = ""
    contracted_mu: Decimal | None = None
    subsidised_mu: Decimal | None = None
    means: Sequence[int] = ()


class Split(ChangeKind):
    """Members go, records, cards and papers with them, to a household of their own or of others in the township."""

    kind = Kind.SPLIT
    what = "分户、转户"

    def keep(self, home: Household, given: GivenSplit) -> Wanted:
        people = clean.members(home, given.relations)
        clean.living(people)
        into = self._into(home, given.into)
        heads = [one.pk for one in people if clean.checked_relation(given.relations[one.pk]) == HEAD]
        if len(heads) != (1 if into is None or (into.head_id is None and heads) else 0):
            words = "该户已有户主，转入的成员不能选“本人”。" if into else "请在分出的成员中选一位“本人”作新户的户主。"
            raise Invalid(words, field="relations", code="households.one_head")
        left = {one.pk for one in still_here(home)} - {one.pk for one in people}
        if not left and into is None:
            raise Invalid("全户都分出去，就不是分户。", field="relations", code="households.nobody_left")
        if left and home.head_id in {one.pk for one in people}:
            raise Invalid("户主要分出去的，请先申请“变更户主”。", field="relations", code="households.head_stays")
        wanted: Wanted = {
            "people": {str(one.pk): clean.checked_relation(given.relations[one.pk]) for one in people},
            "into": into.pk if into else None,
            "into_code": into.code if into else "",
            "group": normalise_group(given.group)[:30] or home.group,
            "address": normalise(given.address)[:200] or home.address,
            "all": not left,
            **clean.areas(given.contracted_mu, given.subsidised_mu),
        }
        _enough(home, wanted)
        wanted["means"] = self._means(home, given.means)
        return wanted

    def _into(self, home: Household, code: str) -> Household | None:
        if not code.strip():
            return None
        found = Household.objects.filter(
            code=checked_code(code), state=Household.State.LIVING, village__parent=home.village.parent_id
        ).exclude(pk=home.pk)
        into = found.first()
        if into is None:
            raise Invalid("本乡镇没有这个编码的农户，请核对农户编码。", field="into", code="households.no_household")
        return into

    def _means(self, home: Household, ids: Sequence[int]) -> list[dict[str, Any]]:
        found = list(home.means.filter(pk__in=ids).order_by("pk"))
        if len(found) != len(set(ids)):
            raise Invalid("请选择本户的生产资料。", field="means", code="households.not_its_means")
        return [{"id": one.pk, "words": means_words(one)} for one in found]

    def others(self, wanted: Wanted) -> Collection[int]:
        return [wanted["into"]] if wanted["into"] else []

    def people(self, request: RegisterRequest) -> Collection[int]:
        return [int(key) for key in request.wanted["people"]]

    def put(self, request: RegisterRequest) -> Household:
        home, wanted = home_of(request), request.wanted
        moved: dict[str, Any] = {
            "contracted_mu": decimal_of(wanted["contracted"]),
            "subsidised_mu": decimal_of(wanted["subsidised"]),
        }
        if wanted["into"] is None:
            into = create_household(village=home.village, group=wanted["group"], address=wanted["address"], **moved)
        else:
            into = Household.objects.get(pk=wanted["into"])
            _shift(into, moved, 1)
        _shift(home, moved, -1)
        home.means.filter(pk__in=[one["id"] for one in wanted["means"]]).update(household=into)
        self._move(home, into, wanted)
        return into

    def _move(self, home: Household, into: Household, wanted: Wanted) -> None:
        for key, relation in wanted["people"].items():
            Person.objects.filter(pk=int(key)).update(household=into, relation=relation)
            if relation == HEAD:
                into.head_id = int(key)
                into.save(update_fields=["head"])
        if wanted["all"]:
            home.head = None
            home.save(update_fields=["head"])
            cancel(home)

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted = request.wanted
        home = home_of(request)
        there = f"农户 {wanted['into_code']}" if wanted["into"] else "新立一户"
        lines = [
            Told(member(request, key)["name"], f"农户 {home.code} 的{member(request, key)['relation']}",
                 f"{there}的{'户主' if word == HEAD else word}")
            for key, word in wanted["people"].items()
        ]  # fmt: skip
        titles = (("contracted", "分出的承包面积（亩）"), ("subsidised", "分出的地力补贴面积（亩）"))
        lines += [Told(title, "", wanted[field]) for field, title in titles if wanted[field]]
        lines += [Told("分出的生产资料", "", one["words"]) for one in wanted["means"]]
        return [*lines, Told("原农户", "正常", "已注销（全户转入）")] if wanted["all"] else lines


def _enough(home: Household, wanted: Mapping[str, Any]) -> None:
    """Areas are divided, never made: what goes was there."""
    for field, own in (("contracted", home.contracted_mu), ("subsidised", home.subsidised_mu)):
        if wanted[field] is not None and Decimal(wanted[field]) > (own or 0):
            raise Invalid(
                f"分出的面积 {wanted[field]} 亩超过本户登记的 {own or 0:.2f} 亩，请核对。",
                field=f"{field}_mu",
                code="households.area",
            )


def _shift(home: Household, moved: Mapping[str, Decimal | None], sign: int) -> None:
    for field, value in moved.items():
        if value:
            setattr(home, field, (getattr(home, field) or Decimal(0)) + sign * value)
    home.save(update_fields=list(moved))


class GivenDouble(NamedTuple):
    """The record that goes, a member of this household, and the one that stays."""

    double: int
    keep: Person


class Merge(ChangeKind):
    """Two records of one person: one stays, the other points to it and is paid nothing any more (REG-2)."""

    kind = Kind.MERGE
    what = "合并重复档案"
    leaves = True

    def keep(self, home: Household, given: GivenDouble) -> Wanted:
        (double,) = clean.members(home, [given.double])
        kept = given.keep
        if kept.pk == double.pk:
            raise Invalid("保留的档案和重复的档案是同一份，请核对。", field="id_number", code="households.same_person")
        if kept.household.village.parent_id != home.village.parent_id:
            raise Invalid(
                "保留的档案在另一个乡镇。请由登记错误的乡镇申请“成员迁出”，情形选“不应建档”。",
                field="id_number",
                code="households.other_township",
            )
        clean.living([double, kept])
        alone = [one.pk for one in still_here(home)] == [double.pk]
        if double.pk == home.head_id and not alone:
            raise Invalid("重复的档案是本户户主，请先申请“变更户主”。", field="double", code="households.head_stays")
        return {
            "double": double.pk,
            "keep": kept.pk,
            "keep_home": kept.household_id,
            "keep_code": kept.household.code,
            "alone": alone and kept.household_id != home.pk,
        }

    def others(self, wanted: Wanted) -> Collection[int]:
        return [wanted["keep_home"]]

    def people(self, request: RegisterRequest) -> Collection[int]:
        return [request.wanted["double"], request.wanted["keep"]]

    def put(self, request: RegisterRequest) -> Household:
        home, wanted = home_of(request), request.wanted
        double = Person.objects.get(pk=wanted["double"])
        kept = Person.objects.select_related("household").get(pk=wanted["keep"])
        card = BankAccount.objects.filter(person=double, in_use=True).first()
        if card is not None and not kept.accounts.filter(in_use=True).exists():
            card.person = kept
            card.save(update_fields=["person"])
        leave([double])
        Person.objects.filter(pk=double.pk).update(merged_into=kept)
        if wanted["alone"]:
            cancel(home)
        return kept.household

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted = request.wanted
        double, kept = member(request, wanted["double"]), member(request, wanted["keep"])
        lines = [
            Told("重复的档案", f"{double['name']}（农户 {home_of(request).code}）", "停用，并入保留的档案"),
            Told(
                "保留的档案",
                f"{kept['name']}（农户 {wanted['keep_code']}）",
                "不变；没有在用账户的，接用重复档案的账户",
            ),
        ]
        return [*lines, Told("原农户", "正常", "已注销（没有其他成员）")] if wanted["alone"] else lines
