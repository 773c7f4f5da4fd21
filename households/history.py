"""The register of a day: today's with every later change laid back, newest first; and who changed what, by which paper.

A day's register is the one at its end (24:00 in Shanghai). Ciphertext of numbers is opened only to be masked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet, TextChoices
from django.utils.dateparse import parse_datetime

from accounts.models import Division
from accounts.subjects import describe
from households.models import BankAccount, Household, Means, Person, RegisterHistory
from households.services.changing.kind import masked_phone
from households.services.changing.seen import means_words
from lib import crypto, masking
from lib.templatetags.portal import cn_date
from rulebook.clock import SHANGHAI

Subject, Act = RegisterHistory.Subject, RegisterHistory.Act
Values = dict[str, Any]
_TITLES = {
    Subject.HOUSEHOLD: {
        "code": "农户编码", "village_id": "村", "group": "村民小组", "address": "住址", "head_id": "户主",
        "contracted_mu": "承包面积", "subsidised_mu": "地力补贴面积", "state": "农户状态",
    },
    Subject.PERSON: {
        "household_id": "所在农户", "name": "姓名", "id_cipher": "身份证号", "relation": "与户主关系",
        "phone_cipher": "联系电话", "state": "状态", "died_on": "死亡日期", "merged_into_id": "并入的档案",
        "birth_date": "出生日期", "sex": "性别", "verified_at": "公安核查",
    },
    Subject.ACCOUNT: {
        "person_id": "户名", "state": "账户状态", "in_use": "用于发放", "bank_name": "开户银行",
        "account_class": "账户类别", "social_card": "社会保障卡", "verified_at": "银行核验",
    },
    Subject.MEANS: {
        "household_id": "所在农户", "quantity": "数量", "name": "名称", "mark": "编号", "kind": "类别", "unit": "单位",
    },
}  # fmt: skip

_STATES: dict[str, type[TextChoices]] = {
    Subject.HOUSEHOLD: Household.State,
    Subject.PERSON: Person.State,
    Subject.ACCOUNT: BankAccount.State,
}


# --- The register of a day --------------------------------------------------------------------------------------------
@dataclass
class MemberThen:
    """A member as of that day, numbers masked."""

    name: str
    relation: str
    is_head: bool
    id_number: str
    phone: str
    birth_date: str
    sex: str
    state: str
    accounts: list[str] = field(default_factory=list)


@dataclass
class Then:
    """A household at the end of a day."""

    day: date
    code: str
    village: str
    group: str
    address: str
    head: str
    contracted: str
    subsidised: str
    state: str
    members: list[MemberThen]
    means: list[str]


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def as_of(household: Household, day: date) -> Then | None:
    """The household as it stood at the end of the day; None if it was not in the register yet."""
    until = end_of(day)
    today = Household.objects.get(pk=household.pk)
    home = _laid_back(today, _later(until, subject=Subject.HOUSEHOLD, subject_id=household.pk))
    if not _existed(home, until):
        return None
    people = list(_people_then(household, until))
    heads = {one["id"]: one["name"] for one in people}
    return Then(
        day=day,
        code=home["code"],
        village=str(Division.objects.get(pk=home["village_id"])),
        group=home["group"],
        address=home["address"],
        head=heads.get(home["head_id"]) or _name_then(home["head_id"], until),
        contracted=_mu(home["contracted_mu"]),
        subsidised=_mu(home["subsidised_mu"]),
        state=str(Household.State(home["state"]).label),
        members=[_member(one, home["head_id"], until) for one in _head_first(people, home["head_id"])],
        means=list(_means_then(household, until)),
    )


def _later(until: datetime, **which: Any) -> QuerySet[RegisterHistory]:
    return RegisterHistory.objects.filter(at__gte=until, **which).exclude(act=Act.ADD).order_by("-id")


def _laid_back(row: Household | Person | BankAccount | Means | None, later: QuerySet[RegisterHistory]) -> Values:
    """Today's values with later changes taken back; of a row that is gone, the whole former row first."""
    values: Values = {}
    if row is not None:
        values = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}
    for change in later:
        values.update(change.was or {})
    return values


def _existed(values: Mapping[str, Any], until: datetime) -> bool:
    made = values["created_at"]
    made = parse_datetime(made) if isinstance(made, str) else made
    return made is not None and made < until


def _people_then(household: Household, until: datetime) -> Iterator[Values]:
    """Whoever was a member then, also if elsewhere today."""
    moved = RegisterHistory.objects.filter(household=household, subject=Subject.PERSON, was__has_key="household_id")
    wanted = Q(household=household) | Q(pk__in=moved.values("subject_id"))
    for person in Person.objects.filter(wanted).order_by("pk"):
        values = _laid_back(person, _later(until, person=person, subject=Subject.PERSON))
        if values["household_id"] == household.pk and _existed(values, until):
            yield values


def _head_first(people: list[Values], head: int | None) -> list[Values]:
    return sorted(people, key=lambda one: one["id"] != head)


def _name_then(person_id: int | None, until: datetime) -> str:
    person = Person.objects.filter(pk=person_id or 0).first()
    if person is None:
        return "未建档"
    return str(_laid_back(person, _later(until, person=person, subject=Subject.PERSON))["name"])


def _member(values: Values, head: int | None, until: datetime) -> MemberThen:
    return MemberThen(
        name=values["name"],
        relation="户主" if values["id"] == head else values["relation"],
        is_head=values["id"] == head,
        id_number=masked_id(values["id_cipher"]),
        phone=_phone(values["phone_cipher"]),
        birth_date=cn_date(_date(values["birth_date"])),
        sex=values["sex"],
        state=str(Person.State(values["state"]).label),
        accounts=list(_accounts_then(values["id"], until)),
    )


def _date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _accounts_then(person: int, until: datetime) -> Iterator[str]:
    """Accounts that were this person's then, also those that another holds today (a merged double's card)."""
    passed = RegisterHistory.objects.filter(person=person, subject=Subject.ACCOUNT, was__has_key="person_id")
    wanted = Q(person=person) | Q(pk__in=passed.values("subject_id"))
    for account in BankAccount.objects.filter(wanted).order_by("-in_use", "-pk"):
        later = _later(until, subject=Subject.ACCOUNT, subject_id=account.pk)
        values = _laid_back(account, later)
        if values["person_id"] != person or not _existed(values, until):
            continue
        state = "用于发放" if values["in_use"] else "已停用"
        yield f"{values['bank_name']} ****{values['tail']}（{state}，{BankAccount.State(values['state']).label}）"


def _means_then(household: Household, until: datetime) -> Iterator[str]:
    mine = RegisterHistory.objects.filter(household=household, subject=Subject.MEANS).exclude(act=Act.ADD)
    gone = set(mine.values_list("subject_id", flat=True))
    today = {one.pk: one for one in Means.objects.filter(Q(household=household) | Q(pk__in=gone))}
    for key in sorted(gone | today.keys()):
        later = _later(until, subject=Subject.MEANS, subject_id=key)
        values = _laid_back(today.get(key), later)
        if values and values["household_id"] == household.pk and _existed(values, until):
            yield means_words(values)


# --- Numbers as lists may show them -----------------------------------------------------------------------------------
def _bytes(value: Any) -> bytes:
    """Ciphertext from the row, or from JSON, where PostgreSQL writes it as \\x…"""
    return bytes.fromhex(value.removeprefix("\\x")) if isinstance(value, str) else bytes(value or b"")


def masked_id(value: Any) -> str:
    return masking.id_number(crypto.decrypt(_bytes(value)), masking.Audience.LIST)


def _phone(value: Any) -> str:
    return "" if value is None else masked_phone(_bytes(value).hex())


def _mu(value: Any) -> str:
    return "" if value is None else f"{Decimal(str(value)):.2f}"


# --- Who changed what -------------------------------------------------------------------------------------------------
@dataclass
class Entry:
    """What one person changed at one moment by one paper."""

    at: datetime
    by: str
    paper: str
    url: str
    lines: list[str]


def entries(household: Household, *, most: int = 200) -> list[Entry]:
    """The changes of a household, its members, their accounts and its means of production, newest first."""
    came = RegisterHistory.objects.filter(
        Q(person__in=household.members.values("pk")), subject=Subject.PERSON, was__has_key="household_id"
    )
    rows = RegisterHistory.objects.filter(Q(household=household) | Q(pk__in=came.values("pk")))
    newest = list(rows.select_related("by", "person", "household").order_by("-id")[:most])
    told = _Names(newest)
    papers = describe({(row.paper_type, row.paper_id) for row in newest if row.paper_id})
    found = []
    for (at, by, kind, paper), group in groupby(
        newest, key=lambda row: (row.at.replace(microsecond=0), row.by, row.paper_type, row.paper_id)
    ):
        together = list(reversed(list(group)))
        # A household that has just come in gets its head in the same act: no change to tell of.
        fresh = any(row.subject == Subject.HOUSEHOLD and row.act == Act.ADD for row in together)
        lines = [
            line
            for row in together
            if not (fresh and row.subject == Subject.HOUSEHOLD and row.act == Act.CHANGE)
            for line in _lines(row, told)
        ]
        why = papers.get((kind, paper or 0))
        found.append(
            Entry(at, str(by) if by else "系统", why.text if why else "直接办理", why.url if why else "", lines)
        )
    return found


class _Names:
    """Names of the people and households that the rows speak of, read once."""

    def __init__(self, rows: list[RegisterHistory]) -> None:
        ids = {row.person_id for row in rows if row.person_id}
        for row in rows:
            was = row.was or {}
            ids |= {was[key] for key in ("head_id", "merged_into_id", "person_id") if was.get(key)}
        self.people = dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
        accounts = {row.subject_id for row in rows if row.subject == Subject.ACCOUNT}
        self.tails = dict(BankAccount.objects.filter(pk__in=accounts).values_list("pk", "tail"))
        means = {row.subject_id for row in rows if row.subject == Subject.MEANS}
        self.means = {one.pk: means_words(one) for one in Means.objects.filter(pk__in=means)}
        gone = RegisterHistory.objects.filter(subject=Subject.MEANS, subject_id__in=means, act=Act.REMOVE)
        self.means |= {row.subject_id: means_words(row.was or {}) for row in gone}
        homes = {row.was["household_id"] for row in rows if row.was and row.was.get("household_id")}
        self.homes = dict(Household.objects.filter(pk__in=homes).values_list("pk", "code"))


def _lines(row: RegisterHistory, told: _Names) -> Iterator[str]:
    whose = told.people.get(row.person_id or 0, "")
    what = {
        Subject.HOUSEHOLD: "农户",
        Subject.PERSON: whose,
        Subject.ACCOUNT: f"{whose}的账户 ****{told.tails.get(row.subject_id, '')}",
    }.get(Subject(row.subject)) or f"生产资料 {told.means.get(row.subject_id, '')}"
    if row.act != Act.CHANGE:
        yield f"{what}：{'登记' if row.act == Act.ADD else '取消登记'}"
        return
    was = row.was or {}
    titles = _TITLES[Subject(row.subject)]
    for column, value in was.items():
        if column in titles:
            yield f"{what}：{titles[column]}变更，原为{_was(column, value, row, told)}"


def _was(column: str, value: Any, row: RegisterHistory, told: _Names) -> str:
    """A former value as people read it."""
    if value in (None, ""):
        return "空"
    if column in ("id_cipher", "phone_cipher"):
        return masked_id(value) if column == "id_cipher" else _phone(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if column == "state":
        value = _STATES[Subject(row.subject)](value).label
    elif column in ("head_id", "merged_into_id", "person_id"):
        value = told.people.get(value, "")
    elif column == "household_id":
        value = f"农户 {told.homes.get(value, '')}"
    elif column == "village_id":
        value = Division.objects.get(pk=value)
    return f"“{value}”"
