"""服务窗口 (一站式经办): everything of one person on one page, for the township's own desk only."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, TrailEntry
from accounts.services import appoint
from accounts.workbench import menu_for
from disbursement import desk
from households.models import Household, Person
from lib import crypto
from tests.counties import CountyDatabase
from tests.factories import cast, id_number
from tests.factories_disbursement import answered_batch, approved_roster
from tests.factories_households import account_change, household
from tests.factories_papers import dead, delegates_allowed, delegation, reference, succession
from tests.factories_publicity import head_of, reachable_home
from tests.publicity.walks import hung, paid, treasury
from tests.ruled import ruled

DESK = "disbursement:desk"


def at_desk(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(person: Person, username: str = "clerk", *, status: int = 200) -> str:
    answer = at_desk(username).get(reverse("disbursement:desk-person", args=[person.pk]))
    assert answer.status_code == status, username
    return answer.content.decode()


@pytest.fixture
def home(db: None) -> Household:
    return reachable_home(cast.villages[0], "甲一二", id_number(sequence=921))


# --- In the counties --------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1", "PRO-3")
@pytest.mark.county("yj", "zlt")
@pytest.mark.rule("YJ:desk.one_stop", "ZLT:desk.one_stop")
def test_one_number_opens_everything_of_a_person_in_the_own_township(county_db: CountyDatabase) -> None:
    users, home = county_db.users, county_db.household("甲一二", mu="12.50")
    person = head_of(home)
    notice = paid(treasury(county_db), hung(county_db, "land", [home]))
    number = crypto.decrypt(person.id_cipher)
    client = Client()
    client.force_login(users["clerk01"])
    answer = client.post(reverse(DESK), {"q": number})
    address = reverse("disbursement:desk-person", args=[person.pk])
    assert answer["Location"] == address
    body = client.get(address).content.decode()
    policy = notice.roster.policy
    for words in (
        "甲一二", home.code, "示范农村商业银行", "社会保障卡", policy.name, "已发放", notice.roster.title,
        reverse("households:change_new", args=[person.pk]), f"{number[:3]}***********{number[-4:]}",
    ):  # fmt: skip
        assert words in body, words
    assert number not in body
    assert TrailEntry.objects.filter(verb="desk.view", subject_id=str(person.pk), actor=users["clerk01"]).count() == 1
    assert "服务窗口" in {item.title for item in menu_for(users["clerk01"])}
    other = Client()
    other.force_login(users["clerk02"])
    assert "没有找到" in other.post(reverse(DESK), {"q": number}).content.decode()
    assert other.get(address).status_code == 404


@pytest.mark.county("cq", "xj", "hd")
def test_where_business_is_done_desk_by_desk_there_is_no_such_page(county_db: CountyDatabase) -> None:
    person = head_of(county_db.household("甲一二"))
    client = Client()
    client.force_login(county_db.users["clerk01"])
    assert client.get(reverse(DESK)).status_code == 404
    assert client.get(reverse("disbursement:desk-person", args=[person.pk])).status_code == 404
    assert "服务窗口" not in {item.title for item in menu_for(county_db.users["clerk01"])}


# --- Who sits there ---------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1")
@pytest.mark.parametrize(
    ("username", "status"),
    [("clerk", 200), ("station", 200), ("leader", 404), ("clerk2", 404), ("finance_head", 404), ("auditor", 404),
     ("farm_head", 404), ("bank", 404), ("admin", 404)],
)  # fmt: skip
def test_the_desk_is_the_townships_clerks_and_its_finance_stations(home: Household, username: str, status: int) -> None:
    page(head_of(home), username, status=status)


@pytest.mark.parametrize(
    ("username", "status"),
    [("clerk", 200), ("station", 200), ("clerk2", 200), ("leader", 404), ("finance_head", 404), ("auditor", 404),
     ("farm_head", 404), ("bank", 404), ("admin", 404)],
)  # fmt: skip
def test_nobody_else_has_a_desk_to_search_at(db: None, username: str, status: int) -> None:
    assert at_desk(username).get(reverse(DESK)).status_code == status


def test_whoever_sees_the_county_in_another_post_sees_the_own_township_at_the_desk(home: Household) -> None:
    appoint(by=None, user=cast.station, organisation=cast.organisation("CZJ"), role="finance_reviewer")
    other = head_of(household(cast.villages2[0], name="乙一二"))
    page(head_of(home), "station")
    page(other, "station", status=404)
    found = at_desk("station").post(reverse(DESK), {"q": crypto.decrypt(other.id_cipher)}).content.decode()
    assert "没有找到" in found


def test_what_a_school_pays_is_not_on_the_townships_desk(home: Household) -> None:
    roster = approved_roster(homes=[home])
    answered_batch(roster)
    assert "已发放" in page(head_of(home), "station")
    Organisation.objects.filter(pk=roster.organisation_id).update(kind=Organisation.Kind.SCHOOL)
    assert "已发放" not in page(head_of(home), "station")


def test_the_rule_gives_and_takes_the_desk(home: Household) -> None:
    ruled({"desk.one_stop": False})
    page(head_of(home), status=404)
    assert at_desk("clerk").get(reverse(DESK)).status_code == 404
    ruled({"desk.one_stop": True})
    assert at_desk("clerk").get(reverse(DESK)).status_code == 200


def test_the_anonymous_is_sent_to_sign_in(home: Household) -> None:
    assert Client().get(reverse(DESK)).status_code == 302


# --- Searching --------------------------------------------------------------------------------------------------------
def test_several_of_a_name_are_listed_with_what_tells_them_apart(home: Household) -> None:
    other = household(cast.villages[1], name="甲一三")
    household(cast.villages2[0], name="甲一四")
    body = at_desk("clerk").post(reverse(DESK), {"q": "甲一"}).content.decode()
    assert "甲一二" in body
    assert "甲一三" in body
    assert "甲一四" not in body
    assert cast.villages[1].name in body
    assert id_number(sequence=921) not in body
    assert reverse("disbursement:desk-person", args=[head_of(other).pk]) in body


def test_of_many_of_a_name_some_of_the_own_township_are_listed(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST_FOUND", 1)
    elsewhere = [household(cast.villages2[0], name=f"甲一{number}") for number in "三四五"]
    household(cast.villages[1], name="甲一六")
    appoint(by=None, user=cast.station, organisation=cast.organisation("CZJ"), role="finance_reviewer")
    body = at_desk("station").post(reverse(DESK), {"q": "甲一"}).content.decode()
    assert ("甲一二" in body) != ("甲一六" in body)
    assert "同名的人太多" in body
    assert not any(head_of(other).name in body for other in elsewhere)


@pytest.mark.req("ACL-3")
def test_a_search_is_in_the_trail_without_what_was_typed(home: Household) -> None:
    at_desk("station").post(reverse(DESK), {"q": id_number(sequence=921)})
    entry = TrailEntry.objects.get(verb="desk.search")
    assert entry.actor == cast.station
    assert entry.facts == '{"found":1}'


@pytest.mark.parametrize("typed", ["", "没有这个人", "15999919700501921"])
def test_what_is_not_found_is_said_at_the_field_and_kept(home: Household, typed: str) -> None:
    body = at_desk("clerk").post(reverse(DESK), {"q": typed}).content.decode()
    assert "error-summary" in body
    assert f'value="{typed}"' in body or not typed


def test_no_number_stands_in_an_address(home: Household) -> None:
    assert at_desk("clerk").get(reverse(DESK), {"q": id_number(sequence=921)}).content.decode().count("甲一二") == 0


# --- What the page tells ----------------------------------------------------------------------------------------------
def test_a_failed_payment_says_why_and_what_to_do_and_a_request_shows_how_far_it_is(home: Household) -> None:
    person = head_of(home)
    answered_batch(approved_roster(homes=[home]), fails={1: "4"})
    body = page(person)
    for words in ("发放失败", "待处理", reverse("households:change_new", args=[person.pk])):
        assert words in body
    change = account_change(person)
    body = page(person)
    assert "在办事项" in body
    assert "待财政所审核" in body
    assert reverse("households:change", args=[change.pk]) in body
    assert reverse("households:change_new", args=[person.pk]) not in body


def test_delegations_references_and_heirs_are_among_the_papers(home: Household) -> None:
    person = head_of(home)
    delegates_allowed()
    friend = head_of(household(cast.villages[0], name="乙一"))
    asked = delegation(person, friend)
    for each in (person, friend):
        assert reverse("households:delegation", args=[asked.pk]) in page(each)
    assert reverse("households:delegation_new", args=[person.pk]) in page(person)
    heir = head_of(household(cast.villages[0], name="丙一"))
    gone = head_of(household(cast.villages[0], name="丁一"))
    dead(gone)
    assert reverse("households:succession_new", args=[gone.pk]) in page(gone)
    told = succession(gone, heir)
    for each in (gone, heir):
        assert reverse("households:succession", args=[told.pk]) in page(each)
    second = head_of(household(cast.villages2[0], name="戊一"))
    reference(second)
    assert "跨区划引用" in page(second, "clerk2")


def test_the_finance_station_sees_the_page_without_the_clerks_forms(home: Household) -> None:
    body = page(head_of(home), "station")
    assert "甲一二" in body
    assert reverse("households:change_new", args=[head_of(home).pk]) not in body


def test_another_card_than_the_social_security_card_is_told_by_the_countys_rule(home: Household) -> None:
    person = head_of(home)
    person.accounts.update(social_card=False)
    assert "请提醒本人换用社会保障卡" in page(person)
    ruled({"account.social_card": "required_for_new"})
    assert "应逐步换为社会保障卡" in page(person)


def test_who_receives_for_another_sees_no_account_of_theirs(home: Household) -> None:
    """The beneficiary's page names the payee and no more."""
    member = household(cast.villages[0], name="己一", members=[("妻子", "己二")])
    roster = approved_roster(homes=[member])
    answered_batch(roster)
    line = roster.lines.get()
    other = member.members.get(name="己二")
    assert line.payee_id != other.pk
    assert "己一" in page(other)
    assert "今年还没有发放记录" in page(other)
