"""The register changes by request (REG-3): each kind as it is asked for, agreed to, refused."""

from typing import Any

import pytest

from accounts.models import TrailEntry
from households import papers, services
from households.models import Household, Person, RegisterRequest
from households.services.changing.parting import GivenSplit
from households.services.changing.people import GivenContact, GivenHead, GivenIdentity, GivenLeavers
from households.services.requests import changed_since
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from tests.factories import cast, id_number
from tests.factories_households import account, household, person
from tests.factories_papers import dead, delegates_allowed, delegation, reference, scan
from tests.factories_requests import agreed, asked, changed, collected, evidence, new_household, newcomer
from tests.factories_verification import compared
from tests.households.test_changes import second_sign_in

pytestmark = pytest.mark.django_db
State = RegisterRequest.State


def family() -> tuple[Household, Person, Person, Person]:
    home = household(name="甲一", members=[("妻子", "甲二"), ("儿子", "甲三")])
    head, wife, son = home.members.order_by("pk")
    return home, head, wife, son


def refused(home: Household, kind: str, given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        asked(home, kind, given)
    return caught.value


# --- The way of every request -----------------------------------------------------------------------------------------
@pytest.mark.req("REG-3")
def test_nothing_changes_before_the_finance_station_agrees_and_everything_with_its_word() -> None:
    home, *_, son = family()
    request = asked(home, "member_out", GivenLeavers([son.pk], "婚嫁迁出"))
    son.refresh_from_db()
    assert (request.state, son.state) == (State.REQUESTED, "alive")

    request = agreed(request)

    son.refresh_from_db()
    assert (request.state, son.state, request.checked_by) == (State.APPROVED, "moved", cast.station)
    assert not son.accounts.filter(in_use=True).exists()
    verbs = ("register_request.make", "register_request.approve")
    assert TrailEntry.objects.filter(verb__in=verbs, subject_id=str(request.pk)).count() == 2


@pytest.mark.req("REG-3", "ACL-1")
@pytest.mark.parametrize("username", ["clerk2", "station", "leader", "farm_reviewer", "officer", "auditor", "admin"])
def test_nobody_but_the_clerk_of_the_township_asks(username: str) -> None:
    home, *_ = family()
    with pytest.raises(Forbidden):
        asked(home, "cancel", "全户迁出", by=getattr(cast, username))
    assert not RegisterRequest.objects.exists()


@pytest.mark.req("REG-3", "ACL-1")
@pytest.mark.parametrize("username", ["clerk", "clerk2", "station2", "leader", "officer", "auditor"])
def test_nobody_but_the_finance_station_of_the_township_answers(username: str) -> None:
    home, *_ = family()
    request = asked(home, "cancel", "全户迁出")
    for act in (services.approve_register_change, services.refuse_register_change):
        with pytest.raises(Forbidden):
            act(by=getattr(cast, username), request=request, opinion="不符")
    request.refresh_from_db()
    assert request.state == State.REQUESTED


@pytest.mark.req("REG-3", "ACL-2")
def test_who_asked_does_not_answer_under_another_sign_in() -> None:
    home, *_ = family()
    request = asked(home, "cancel", "全户迁出")
    same = second_sign_in()
    assert same.person_id == request.made_by_person_id
    for act in (services.approve_register_change, services.refuse_register_change):
        with pytest.raises(Forbidden) as caught:
            act(by=same, request=request, opinion="不符")
        assert caught.value.code == "households.two_people"
    assert not papers.requests_waiting(same).exists()


@pytest.mark.req("REG-3")
def test_without_originals_there_is_no_request() -> None:
    home, *_ = family()
    with pytest.raises(Invalid) as caught:
        services.request_register_change(
            by=cast.clerk, kind="cancel", household=home, given="全户迁出", reason="迁出",
            evidence=services.Evidence(scan("申请.pdf"), []),
        )  # fmt: skip
    assert caught.value.field == "originals"


def test_a_refused_request_keeps_its_reason_and_changes_nothing() -> None:
    home, *_ = family()
    request = asked(home, "cancel", "全户迁出")
    with pytest.raises(Invalid):
        services.refuse_register_change(by=cast.station, request=request, opinion=" ")
    request = services.refuse_register_change(by=cast.station, request=request, opinion="户口簿看不清")
    home.refresh_from_db()
    assert (request.state, request.opinion, home.state) == (State.REFUSED, "户口簿看不清", "living")
    with pytest.raises(Conflict):
        agreed(request)


def test_the_clerk_takes_a_request_back_before_it_is_answered_and_not_afterwards() -> None:
    home, *_ = family()
    request = services.withdraw_register_change(
        by=cast.clerk, request=asked(home, "cancel", "全户迁出"), reason="选错了"
    )
    assert request.state == State.ENDED
    done = changed(home, "contact", GivenContact("2组", "", {}))
    with pytest.raises(Conflict):
        services.withdraw_register_change(by=cast.clerk, request=done, reason="选错了")


def test_one_request_at_a_time_for_a_household() -> None:
    home, *_ = family()
    asked(home, "cancel", "全户迁出")
    assert refused(home, "contact", GivenContact("2组", "", {})).code == "households.one_open_request"


def test_a_household_with_a_request_of_its_own_takes_nobody_in_meanwhile() -> None:
    home, *_, son = family()
    other = household(name="甲五")
    asked(other, "contact", GivenContact("2组", "", {}))
    told = refused(home, "split", GivenSplit({son.pk: "女婿"}, into=other.code))
    assert told.code == "households.one_open_request"


@pytest.mark.req("REG-3")
def test_what_changed_since_the_request_refuses_it_and_is_told() -> None:
    home, head, wife, son = family()
    request = asked(home, "head", GivenHead(wife.pk, {head.pk: "丈夫", son.pk: "儿子"}))
    dead(head)
    person(home, "甲四", relation="女儿")

    with pytest.raises(Conflict) as caught:
        agreed(request)

    assert caught.value.code == "households.register_moved"
    assert "甲一的状态由“正常”变为“死亡”" in caught.value.message
    assert "新增成员甲四" in caught.value.message
    assert len(changed_since(request)) == 2
    home.refresh_from_db()
    assert home.head == head


# --- Kinds that concern people ----------------------------------------------------------------------------------------
@pytest.mark.req("REG-1", "REG-3")
def test_another_head_and_everybodys_relation_to_that_head() -> None:
    home, head, wife, son = family()
    changed(home, "head", GivenHead(wife.pk, {head.pk: "丈夫", son.pk: "儿子"}))
    home.refresh_from_db()
    assert home.head == wife
    assert dict(home.members.values_list("name", "relation")) == {"甲一": "丈夫", "甲二": "本人", "甲三": "儿子"}


@pytest.mark.req("REG-3")
def test_a_household_may_be_left_without_a_record_of_its_head_and_nobody_takes_that_place() -> None:
    home, head, wife, son = family()
    changed(home, "head", GivenHead(None, {head.pk: "父亲", wife.pk: "妻子", son.pk: "儿子"}))
    home.refresh_from_db()
    assert home.head is None
    assert not home.members.filter(relation="本人").exists()


@pytest.mark.parametrize(
    ("head", "relations", "code"),
    [
        ("甲一", {"甲二": "妻子", "甲三": "儿子"}, "households.no_change"),
        ("甲二", {"甲一": "丈夫"}, "households.relation"),
        ("甲二", {"甲一": "本人", "甲三": "儿子"}, "households.relation"),
        ("甲二", {"甲一": "战友", "甲三": "儿子"}, "households.relation"),
    ],
)
def test_a_head_is_somebody_else_and_the_34_words_tell_the_others(
    head: str, relations: dict[str, str], code: str
) -> None:
    home, *people = family()
    ids = {one.name: one.pk for one in people}
    given = GivenHead(ids[head], {ids[name]: word for name, word in relations.items()})
    assert refused(home, "head", given).code == code


def test_the_dead_are_no_heads() -> None:
    home, head, wife, son = family()
    dead(wife)
    assert refused(home, "head", GivenHead(wife.pk, {head.pk: "丈夫", son.pk: "儿子"})).field == "head"


@pytest.mark.req("REG-2", "REG-3")
def test_a_corrected_id_number_brings_birth_date_and_sex_and_wants_a_new_look_at_the_police() -> None:
    home, *_, son = family()
    compared(son)
    number = id_number()
    changed(home, "identity", GivenIdentity(son.pk, "甲三", number))
    son.refresh_from_db()
    assert crypto.decrypt(son.id_cipher) == number
    assert son.birth_date.strftime("%Y%m%d") == number[6:14]
    assert (son.verified_at, son.verified_source) == (None, "")


@pytest.mark.req("REG-2")
def test_an_id_number_of_somebody_else_is_refused_when_asked_and_when_agreed_to() -> None:
    home, *_, son = family()
    other = household(cast.villages2[0], name="乙一")
    taken = crypto.decrypt(other.members.get().id_cipher)
    assert refused(home, "identity", GivenIdentity(son.pk, "甲三", taken)).code == "households.one_living_record"

    number = id_number()
    request = asked(home, "identity", GivenIdentity(son.pk, "甲三", number))
    person(other, "乙二", relation="妻子", id_number=number, by=cast.clerk2)
    with pytest.raises(Conflict):
        agreed(request)
    request.refresh_from_db()
    assert request.state == State.REQUESTED, "the signature went with the change"


@pytest.mark.req("REG-1", "REG-3")
def test_members_come_in_and_a_household_without_a_head_gets_one_so() -> None:
    home, *_ = family()
    changed(home, "member_in", [newcomer("甲四", "孙子"), newcomer("甲五", "孙女", phone="13800000000")])
    assert home.members.count() == 5
    Household.objects.filter(pk=home.pk).update(head=None)
    Person.objects.filter(household=home, relation="本人").update(relation="父亲")
    home.refresh_from_db()
    changed(home, "member_in", [newcomer("甲六", "本人")])
    home.refresh_from_db()
    assert home.head is not None
    assert home.head.name == "甲六"


@pytest.mark.parametrize(
    "people",
    [
        [],
        [newcomer("甲四", "本人")],
        [newcomer("甲四", number="159999197001010018"), newcomer("甲五", number="159999197001010018")],
        [newcomer("甲四", number="159999197001010011")],
        [newcomer("甲四", "战友")],
    ],
    ids=["nobody", "second head", "one twice", "wrong digit", "no relation"],
)
def test_newcomers_that_cannot_be_are_refused(people: list[Any]) -> None:
    home, *_ = family()
    refused(home, "member_in", people)
    assert not RegisterRequest.objects.exists()


def test_a_row_that_is_wrong_is_named() -> None:
    home, *_ = family()
    told = refused(home, "member_in", [newcomer("甲四"), newcomer("甲五", number="159999197001010011")])
    assert (told.field, told.message[:6]) == ("id_number_2", "第 2 人：")


def test_a_head_does_not_leave_before_there_is_another() -> None:
    home, head, *_ = family()
    assert refused(home, "member_out", GivenLeavers([head.pk], "迁往外县")).code == "households.head_stays"


@pytest.mark.req("REG-1", "REG-3")
def test_telephone_and_address_change_and_what_stays_is_left_alone() -> None:
    home, head, wife, _ = family()
    number = "13900000001"
    request = changed(home, "contact", GivenContact("三组", "东街 8 号", {wife.pk: number}))
    home.refresh_from_db()
    wife.refresh_from_db()
    assert (home.group, home.address) == ("3组", "东街 8 号")
    assert crypto.decrypt(wife.phone_cipher or b"") == number
    assert str(head.pk) not in request.wanted["phones"]
    assert refused(home, "contact", GivenContact("3组", "东街 8 号", {})).code == "households.no_change"


def test_no_number_of_a_person_stands_readable_in_a_request() -> None:
    home, *_ = family()
    number, phone = id_number(), "13900000002"
    request = asked(home, "member_in", [newcomer("甲四", number=number, phone=phone)])
    kept = str(request.wanted) + str(request.seen)
    assert number not in kept
    assert phone not in kept
    told = services.read_numbers(by=cast.station, request=request, reason="与原件核对")
    assert [one.value for one in told] == [number, phone]
    assert TrailEntry.objects.filter(verb="register_request.read").count() == 1
    with pytest.raises(Forbidden):
        services.read_numbers(by=cast.auditor, request=request, reason="看看")


# --- Papers that name the people --------------------------------------------------------------------------------------
@pytest.mark.req("REG-5")
def test_whom_another_township_refers_to_does_not_leave() -> None:
    home = household(cast.villages2[0], name="乙一", members=[("儿子", "乙二")])
    son = home.members.get(name="乙二")
    reference(son, consented=True)
    request = asked(home, "member_out", GivenLeavers([son.pk], "迁往外县"))
    with pytest.raises(Conflict) as caught:
        agreed(request)
    assert (caught.value.code, caught.value.rule) == ("households.referred", "virtual_households")


@pytest.mark.req("REG-8")
def test_a_delegation_in_force_is_ended_first() -> None:
    delegates_allowed()
    home, head, _, son = family()
    delegation(head, son, approved=True)
    request = asked(home, "member_out", GivenLeavers([son.pk], "迁往外县"))
    with pytest.raises(Conflict) as caught:
        agreed(request)
    assert "代领" in caught.value.message


# --- The end of the first collection ----------------------------------------------------------------------------------
@pytest.mark.req("REG-3")
def test_after_the_first_collection_nobody_enters_by_hand_and_requests_go_on() -> None:
    home, *_ = family()
    elsewhere = household(cast.villages2[0], name="乙一")
    ended = collected()
    assert (ended.households, ended.people) == (1, 3)
    with pytest.raises(Conflict) as caught:
        services.add_household(by=cast.clerk, village=cast.villages[0], group="1组")
    assert caught.value.code == "households.by_request"
    with pytest.raises(Conflict):
        services.add_person(by=cast.clerk, household=home, name="甲四", id_number=id_number(), relation="孙子")
    person(elsewhere, "乙二", by=cast.clerk2)

    changed(home, "member_in", [newcomer("甲四", "孙子")])
    assert agreed(new_household()).result is not None
    account(home.members.get(name="甲四"))


def test_the_first_collection_is_ended_once_by_the_own_finance_station() -> None:
    with pytest.raises(Conflict):
        collected()
    family()
    for name in ("clerk", "station2", "leader", "admin"):
        with pytest.raises(Forbidden):
            services.end_first_collection(by=getattr(cast, name), township=cast.township)
    collected()
    with pytest.raises(Conflict):
        collected()


def test_evidence_is_kept_as_it_came() -> None:
    home, *_ = family()
    papers = evidence()
    request = services.request_register_change(
        by=cast.clerk, kind="cancel", household=home, given="全户迁出", reason="迁出", evidence=papers
    )
    assert request.certificate == papers.certificate
    assert [one.file for one in request.originals.all()] == list(papers.originals)
