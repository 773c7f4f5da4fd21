"""Changes of people: head, name and ID number, members in and out, telephones and addresses."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from households.models import Household, Person, RegisterRequest
from households.relations import HEAD
from households.services.changing import given as clean
from households.services.changing.kind import (
    ChangeKind,
    Clear,
    Kind,
    Told,
    Wanted,
    clear,
    home_of,
    leave,
    masked_id,
    masked_phone,
    member,
)
from households.services.common import already_registered, required
from households.services.entering import create_person, parsed_id, parsed_phone
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.text import normalise, normalise_group, normalise_name, sentence

NO_HEAD = "未建档"


class GivenHead(NamedTuple):
    """Who is head (nobody, if the head has no record), and how everybody else stands to that head."""

    head: int | None
    relations: Mapping[int, str]


class NewHead(ChangeKind):
    """Another head. A household whose head has no record is paid nothing by household, and no member in its stead."""

    kind = Kind.HEAD
    what = "变更户主"

    def keep(self, home: Household, given: GivenHead) -> Wanted:
        everybody = {one.pk: one for one in home.members.exclude(state=Person.State.MOVED)}
        head = everybody.get(given.head or 0)
        if given.head is not None and (head is None or head.state != Person.State.ALIVE):
            raise Invalid("新户主须是本户状态正常的成员。", field="head", code="households.not_a_member")
        if given.head == home.head_id:
            raise Invalid("选择的人已经是户主，没有变化。", field="head", code="households.no_change")
        relations = {}
        for key, one in everybody.items():
            if key == given.head:
                continue
            word = clean.checked_relation(given.relations.get(key, ""))
            if word == HEAD:
                raise Invalid(
                    f"{one.name}不是新户主，与户主关系不能选“本人”。", field="head", code="households.relation"
                )
            relations[str(key)] = word
        return {"head": given.head, "relations": relations}

    def people(self, request: RegisterRequest) -> Collection[int]:
        heads = (home_of(request).head_id, request.wanted["head"])
        return [one for one in heads if one is not None]

    def put(self, request: RegisterRequest) -> None:
        home, wanted = home_of(request), request.wanted
        for key, word in wanted["relations"].items():
            Person.objects.filter(pk=int(key)).update(relation=word)
        if wanted["head"] is not None:
            Person.objects.filter(pk=wanted["head"]).update(relation=HEAD)
        home.head_id = wanted["head"]
        home.save(update_fields=["head"])

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted = request.wanted
        before = next(iter(request.seen.values()))["head"]
        after = member(request, wanted["head"])["name"] if wanted["head"] is not None else NO_HEAD
        lines = [Told("户主", before, after)]
        for key, word in wanted["relations"].items():
            one = member(request, key)
            lines.append(Told(f"{one['name']}与户主关系", one["relation"], word))
        return lines


class GivenIdentity(NamedTuple):
    """Who, under which name, with which ID number."""

    person: int
    name: str
    id_number: str


class Identity(ChangeKind):
    """Name or ID number put right. The police register must be asked anew (ZLT§18)."""

    kind = Kind.IDENTITY
    what = "更正姓名或身份证号"

    def keep(self, home: Household, given: GivenIdentity) -> Wanted:
        (person,) = clean.members(home, [given.person])
        name = required(normalise_name(given.name), "name", "姓名", 50)
        number = parsed_id(given.id_number)
        digest = crypto.digest("id", number.value)
        if digest == bytes(person.id_digest) and name == person.name:
            raise Invalid("姓名和身份证号都与底册相同，没有变化。", field="id_number", code="households.no_change")
        if digest != bytes(person.id_digest):
            self._free(digest)
        return {
            "person": person.pk,
            "name": name,
            **clean.kept_id(number.value),
            "birth": number.birth_date.isoformat(),
            "sex": number.sex,
            "old_id": bytes(person.id_cipher).hex(),
        }

    def _free(self, digest: bytes) -> None:
        refusal = already_registered(digest)
        if refusal is not None:
            raise Conflict(
                f"{refusal.message}如果是同一个人有两份档案，请申请“合并重复档案”。",
                field="id_number",
                code="households.one_living_record",
            )

    def people(self, request: RegisterRequest) -> Collection[int]:
        return [request.wanted["person"]]

    def put(self, request: RegisterRequest) -> None:
        wanted = request.wanted
        person = Person.objects.get(pk=wanted["person"])
        digest = bytes.fromhex(wanted["digest"])
        if digest != bytes(person.id_digest):
            self._free(digest)
        person.name, person.id_cipher, person.id_digest = wanted["name"], bytes.fromhex(wanted["id"]), digest
        person.birth_date, person.sex = date.fromisoformat(wanted["birth"]), wanted["sex"]
        person.verified_at, person.verified_source = None, ""
        person.save()

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted = request.wanted
        return [
            Told("姓名", member(request, wanted["person"])["name"], wanted["name"]),
            Told("身份证号", masked_id(wanted["old_id"]), masked_id(wanted["id"])),
            Told("出生日期、性别", "", f"{wanted['birth']}　{wanted['sex']}"),
        ]

    def numbers(self, wanted: Wanted) -> list[Clear]:
        return [
            Clear(f"{wanted['name']}　原身份证号", clear(wanted["old_id"])),
            Clear(f"{wanted['name']}　更正后的身份证号", clear(wanted["id"])),
        ]


class MembersIn(ChangeKind):
    """People who come into a household; the head among them where it has none."""

    kind = Kind.MEMBER_IN

    def keep(self, home: Household, given: Sequence[clean.NewPerson]) -> Wanted:
        people = clean.kept_people(given, with_head=home.head_id is None and _has_head(given))
        refuse_known(people)
        return {"people": people}

    def put(self, request: RegisterRequest) -> None:
        enter(home_of(request), request.wanted["people"])

    def told(self, request: RegisterRequest) -> list[Told]:
        return people_told(request.wanted["people"])

    def numbers(self, wanted: Wanted) -> list[Clear]:
        return people_clear(wanted["people"])


def _has_head(given: Sequence[clean.NewPerson]) -> bool:
    return any(one.relation == HEAD for one in given)


def refuse_known(people: Sequence[Mapping[str, Any]]) -> None:
    for one in people:
        refusal = already_registered(bytes.fromhex(one["digest"]))
        if refusal is not None:
            raise Conflict(
                f"{one['name']}：{refusal.message}已在本乡镇另一户的，请在那一户申请“分户、转户”。",
                code="households.one_living_record",
            )


def enter(home: Household, people: Sequence[Mapping[str, Any]]) -> None:
    """Writes new people into a household; whoever is 本人 is its head."""
    for one in people:
        person = create_person(
            household=home,
            name=one["name"],
            id_cipher=bytes.fromhex(one["id"]),
            id_digest=bytes.fromhex(one["digest"]),
            birth_date=date.fromisoformat(one["birth"]),
            sex=one["sex"],
            relation=one["relation"],
            phone_cipher=bytes.fromhex(one["phone"]) or None,
            phone_digest=bytes.fromhex(one["phone_digest"]) or None,
        )
        if one["relation"] == HEAD:
            home.head = person
            home.save(update_fields=["head"])


def people_told(people: Sequence[Mapping[str, Any]]) -> list[Told]:
    return [
        Told(
            "户主" if one["relation"] == HEAD else one["relation"],
            "",
            f"{one['name']}　{masked_id(one['id'])}　{one['sex']}　电话 {masked_phone(one['phone'])}",
        )
        for one in people
    ]


def people_clear(people: Sequence[Mapping[str, Any]]) -> list[Clear]:
    found = []
    for one in people:
        found.append(Clear(f"{one['name']}　身份证号", clear(one["id"])))
        if one["phone"]:
            found.append(Clear(f"{one['name']}　联系电话", clear(one["phone"])))
    return found


class GivenLeavers(NamedTuple):
    """Who goes, and why."""

    people: Sequence[int]
    cause: str


OUT_CAUSES = ("迁往外县", "迁往本县其他乡镇", "婚嫁迁出", "不应建档")


class MembersOut(ChangeKind):
    """People who leave the register of this township; their records stay, their cards are not paid to any more."""

    kind = Kind.MEMBER_OUT
    what = "成员迁出"
    leaves = True

    def keep(self, home: Household, given: GivenLeavers) -> Wanted:
        people = clean.members(home, given.people)
        clean.living(people)
        if given.cause not in OUT_CAUSES:
            raise Invalid("请选择迁出情形。", field="cause", code="households.cause")
        if any(one.pk == home.head_id for one in people):
            raise Invalid(
                "户主迁出的，请先申请“变更户主”；全户迁出的，请申请“注销农户”。",
                field="people",
                code="households.head_stays",
            )
        return {"people": [one.pk for one in people], "cause": given.cause}

    def people(self, request: RegisterRequest) -> Collection[int]:
        return list(request.wanted["people"])

    def put(self, request: RegisterRequest) -> None:
        leave(list(Person.objects.filter(pk__in=request.wanted["people"])))

    def told(self, request: RegisterRequest) -> list[Told]:
        found = [member(request, key) for key in request.wanted["people"]]
        return [Told(one["name"], one["state"], f"迁出（{request.wanted['cause']}）") for one in found]


class GivenContact(NamedTuple):
    """Group and address of the household, and telephones by person; what stays as it is may be left out."""

    group: str
    address: str
    phones: Mapping[int, str]


class Contact(ChangeKind):
    """Telephones, address and group. Nothing here decides who is paid."""

    kind = Kind.CONTACT

    def keep(self, home: Household, given: GivenContact) -> Wanted:
        wanted: Wanted = {"phones": {}}
        group, address = normalise_group(given.group)[:30], normalise(sentence(given.address))
        if len(address) > 200:
            raise Invalid("住址不能超过 200 个字，请缩短。", field="address", code="households.too_long")
        if group != home.group:
            wanted["group"] = group
        if address != home.address:
            wanted["address"] = address
        for person in clean.members(home, given.phones) if given.phones else []:
            digits = parsed_phone(given.phones[person.pk])
            digest = crypto.digest("phone", digits) if digits else None
            if digest == (bytes(person.phone_digest) if person.phone_digest else None):
                continue
            old = bytes(person.phone_cipher).hex() if person.phone_cipher else ""
            wanted["phones"][str(person.pk)] = {
                "new": clean.secret(digits), "digest": digest.hex() if digest else "", "old": old,
            }  # fmt: skip
        if wanted == {"phones": {}}:
            raise Invalid("电话、住址和小组都与底册相同，没有变化。", code="households.no_change")
        return wanted

    def put(self, request: RegisterRequest) -> None:
        home, wanted = home_of(request), request.wanted
        for key, phone in wanted["phones"].items():
            Person.objects.filter(pk=int(key)).update(
                phone_cipher=bytes.fromhex(phone["new"]) or None, phone_digest=bytes.fromhex(phone["digest"]) or None
            )
        home.group, home.address = wanted.get("group", home.group), wanted.get("address", home.address)
        home.save(update_fields=["group", "address"])

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted, seen = request.wanted, next(iter(request.seen.values()))
        lines = [
            Told(title, seen[field] or "空", wanted[field] or "空")
            for field, title in (("group", "村民小组"), ("address", "住址"))
            if field in wanted
        ]
        for key, phone in wanted["phones"].items():
            name = member(request, key)["name"]
            lines.append(Told(f"{name}的联系电话", masked_phone(phone["old"]), masked_phone(phone["new"])))
        return lines

    def numbers(self, wanted: Wanted) -> list[Clear]:
        return [Clear("变更后的联系电话", clear(one["new"])) for one in wanted["phones"].values() if one["new"]]
