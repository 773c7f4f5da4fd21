"""Changes of households: new, cancelled, their land and means of production."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from households.models import Household, Means, Person, RegisterRequest
from households.services.changing import given as clean
from households.services.changing.kind import (
    ChangeKind,
    Clear,
    Kind,
    Told,
    Wanted,
    cancel,
    home_of,
    leave,
    member,
    still_here,
)
from households.services.changing.people import enter, people_clear, people_told, refuse_known
from households.services.changing.seen import area, means_words
from households.services.entering import checked_code, create_household
from lib.errors import Conflict, Invalid
from lib.text import normalise, normalise_group
from lib.truths import broken_truth
from rulebook import clock


class GivenHome(NamedTuple):
    """A household that is to be, with its head and members."""

    people: Sequence[clean.NewPerson]
    group: str = ""
    address: str = ""
    contracted_mu: Decimal | None = None
    subsidised_mu: Decimal | None = None
    code: str = ""


class NewHome(ChangeKind):
    """A household with its head and members, into a village."""

    kind = Kind.NEW

    def keep(self, home: Household, given: GivenHome) -> Wanted:
        people = clean.kept_people(given.people, with_head=True)
        refuse_known(people)
        return {
            "people": people,
            "group": normalise_group(given.group)[:30],
            "address": normalise(given.address)[:200],
            "code": checked_code(given.code),
            **clean.areas(given.contracted_mu, given.subsidised_mu),
        }

    def put(self, request: RegisterRequest) -> Household:
        wanted = request.wanted
        home = create_household(village=request.village, code=wanted["code"], **_of_home(wanted))
        enter(home, wanted["people"])
        return home

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted = request.wanted
        lines = [
            Told("村、小组", "", f"{request.village}{wanted['group']}"),
            Told("住址", "", wanted["address"] or "未填"),
            *areas_told({"contracted": "", "subsidised": ""}, wanted),
        ]
        return [*lines, *people_told(wanted["people"])]

    def numbers(self, wanted: Wanted) -> list[Clear]:
        return people_clear(wanted["people"])


def _of_home(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": wanted["group"],
        "address": wanted["address"],
        "contracted_mu": decimal_of(wanted["contracted"]),
        "subsidised_mu": decimal_of(wanted["subsidised"]),
    }


def decimal_of(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def areas_told(before: Mapping[str, str], wanted: Mapping[str, Any]) -> list[Told]:
    titles = (("contracted", "承包面积（亩）"), ("subsidised", "地力补贴面积（亩）"))
    return [
        Told(title, before[field] or "未登记", wanted[field] or "未登记")
        for field, title in titles
        if (before[field] or None) != wanted[field]
    ]


CANCEL_CAUSES = ("全户迁出", "全户死亡", "并入其他户", "不应建档")


class Cancel(ChangeKind):
    """The household leaves the register with everybody who still lives in it."""

    kind = Kind.CANCEL
    what = "注销农户"
    leaves = True

    def keep(self, home: Household, given: str) -> Wanted:
        if given not in CANCEL_CAUSES:
            raise Invalid("请选择注销情形。", field="cause", code="households.cause")
        left = [one.name for one in still_here(home)]
        if given == "全户死亡" and left:
            raise Invalid(
                f"{'、'.join(left[:5])}没有登记死亡，不能按“全户死亡”注销。请先登记死亡，或改选注销情形。",
                field="cause",
                code="households.cause",
            )
        return {"cause": given, "people": [one.pk for one in still_here(home)]}

    def people(self, request: RegisterRequest) -> Collection[int]:
        return list(home_of(request).members.exclude(state=Person.State.MOVED).values_list("pk", flat=True))

    def put(self, request: RegisterRequest) -> None:
        home = home_of(request)
        leave(still_here(home))
        cancel(home)

    def told(self, request: RegisterRequest) -> list[Told]:
        lines = [Told("农户状态", "正常", f"已注销（{request.wanted['cause']}）")]
        found = [member(request, key) for key in request.wanted["people"]]
        return [*lines, *(Told(one["name"], one["state"], "迁出") for one in found)]


class GivenMeans(NamedTuple):
    """All areas and means of production as they shall be."""

    rows: Sequence[clean.MeansRow]
    contracted_mu: Decimal | None = None
    subsidised_mu: Decimal | None = None


class Land(ChangeKind):
    """Areas and means of production. A roster on its way keeps the areas by which it was reckoned."""

    kind = Kind.MEANS

    def keep(self, home: Household, given: GivenMeans) -> Wanted:
        wanted: Wanted = {
            **clean.areas(given.contracted_mu, given.subsidised_mu),
            "means": clean.kept_means(given.rows, given.contracted_mu),
        }
        before = {"contracted": area(home.contracted_mu) or None, "subsidised": area(home.subsidised_mu) or None}
        same = before == {name: wanted[name] for name in before}
        if same and sorted(map(_key, wanted["means"])) == sorted(_key_of(one) for one in home.means.all()):
            raise Invalid("面积和生产资料都与底册相同，没有变化。", code="households.no_change")
        marks = [one["mark"] for one in wanted["means"] if one["mark"]]
        taken = Means.objects.filter(kind__in=["contracted", "machine"], mark__in=marks).exclude(household=home).first()
        if taken is not None:
            raise _taken(taken.mark)
        return wanted

    def put(self, request: RegisterRequest) -> None:
        home, wanted = home_of(request), request.wanted
        home.contracted_mu, home.subsidised_mu = decimal_of(wanted["contracted"]), decimal_of(wanted["subsidised"])
        home.save(update_fields=["contracted_mu", "subsidised_mu"])
        left = [_key(one) for one in wanted["means"]]
        for one in home.means.all():
            if _key_of(one) in left:
                left.remove(_key_of(one))
            else:
                one.delete()
        try:
            with transaction.atomic():
                for kind, name, quantity, unit, mark in left:
                    Means.objects.create(
                        household=home, kind=kind, name=name, quantity=Decimal(quantity), unit=unit, mark=mark,
                        created_at=clock.now(),
                    )  # fmt: skip
        except IntegrityError as error:
            if broken_truth(error) != "households_means_of_one_household":
                raise
            raise _taken("") from error

    def told(self, request: RegisterRequest) -> list[Told]:
        seen = next(iter(request.seen.values()))
        old, new = seen["means"], [means_words(one) for one in request.wanted["means"]]
        return [
            *areas_told(seen, request.wanted),
            *(Told("生产资料", words, "取消") for words in old if words not in new),
            *(Told("生产资料", "", words) for words in new if words not in old),
        ]


def _key(one: Mapping[str, str]) -> tuple[str, ...]:
    return (one["kind"], one["name"], one["quantity"], one["unit"], one["mark"])


def _key_of(one: Means) -> tuple[str, ...]:
    return (one.kind, one.name, f"{one.quantity:.2f}", one.unit, one.mark)


def _taken(mark: str) -> Conflict:
    told = f"编号 {mark} " if mark else "有一个地块或机具编号"
    return Conflict(
        f"{told}已登记在另一户名下，一个地块或一台机具只能登记在一户，请核对。", code="households.mark_taken"
    )
