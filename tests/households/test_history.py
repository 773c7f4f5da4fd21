"""How a household was on a day, who changed it and by which paper; and the truths that keep it (REG-3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from households import history, services
from households.authors import writes
from households.imports.services import accept_import
from households.models import Household, RegisterHistory
from households.services.changing.given import MeansRow
from households.services.changing.homes import GivenMeans
from households.services.changing.parting import GivenDouble, GivenSplit
from households.services.changing.people import GivenContact, GivenHead, GivenIdentity, GivenLeavers
from lib import crypto, masking
from rulebook import clock
from tests.factories import cast, id_number
from tests.factories_households import account_change, household, person
from tests.factories_papers import dead
from tests.factories_requests import asked, changed, collected, newcomer
from tests.factories_verification import compared
from tests.households.sheets import checked, row
from tests.refused import refused_by

pytestmark = pytest.mark.django_db


def next_day() -> date:
    """The clock a day on; the day that has just ended."""
    before = clock.today()
    clock.move_to(clock.now() + timedelta(days=1), by=None)
    return before


def names(home: Household, day: date) -> list[str]:
    then = history.as_of(home, day)
    assert then is not None
    return [one.name for one in then.members]


@pytest.mark.req("REG-3")
def test_a_household_reads_as_it_stood_at_the_end_of_each_day() -> None:
    home = household(name="甲一", members=[("妻子", "甲二"), ("儿子", "甲三")], address="西街 1 号")
    head, wife, son = home.members.order_by("pk")
    card = head.accounts.get().tail
    first = next_day()
    changed(home, "head", GivenHead(wife.pk, {head.pk: "丈夫", son.pk: "儿子"}))
    changed(home, "contact", GivenContact("2组", "东街 2 号", {}))
    second = next_day()
    rows = [MeansRow("grassland", Decimal(80))]
    changed(home, "means", GivenMeans(rows, Decimal(10), Decimal(9)))
    changed(home, "split", GivenSplit({son.pk: "本人"}, contracted_mu=Decimal(2)))
    account_change(head, approved=True)
    third = next_day()
    changed(home, "means", GivenMeans([], Decimal(8), Decimal(9)))
    dead(head)

    told = [history.as_of(home, day) for day in (first - timedelta(days=1), first, second, third, clock.today())]
    assert told[0] is None
    assert [(one.head, one.group, one.address) for one in told[1:] if one] == [
        ("甲一", "1组", "西街 1 号"),
        *[("甲二", "2组", "东街 2 号")] * 3,
    ]
    assert [(one.contracted, one.subsidised) for one in told[1:] if one] == [
        ("12.50", "12.50"), ("12.50", "12.50"), ("8.00", "9.00"), ("8.00", "9.00"),
    ]  # fmt: skip
    assert [one.means for one in told[1:] if one] == [[], [], ["草场 80亩"], []]
    assert [[m.name for m in one.members] for one in told[1:] if one] == [
        ["甲一", "甲二", "甲三"], ["甲二", "甲一", "甲三"], ["甲二", "甲一"], ["甲二", "甲一"],
    ]  # fmt: skip
    states = [next(m.state for m in one.members if m.name == "甲一") for one in told[1:] if one]
    assert states == ["正常", "正常", "正常", "死亡"]
    cards = [next(m.accounts for m in one.members if m.name == "甲一") for one in told[1:] if one]
    assert [len(one) for one in cards] == [1, 1, 2, 2]
    assert f"****{card}（用于发放，正常）" in cards[1][0]
    assert any(f"****{card}（已停用，已销户）" in one for one in cards[2])


@pytest.mark.req("REG-3")
def test_a_corrected_number_and_a_merged_double_read_as_they_were() -> None:
    home = household(name="甲一", members=[("儿子", "甲三")])
    son = home.members.get(name="甲三")
    old = masking.id_number(crypto.decrypt(son.id_cipher), masking.Audience.LIST)
    double_home = household(name="甲三")
    double = double_home.members.get()
    first = next_day()
    son.accounts.update(in_use=False)
    number = id_number(birth=date(1985, 2, 3))
    changed(home, "identity", GivenIdentity(son.pk, "甲叁", number))
    changed(double_home, "merge", GivenDouble(double.pk, son))

    was, now = history.as_of(home, first), history.as_of(home, clock.today())
    assert was is not None
    assert now is not None
    assert (was.members[1].name, was.members[1].id_number) == ("甲三", old)
    assert (now.members[1].name, now.members[1].birth_date) == ("甲叁", "1985年2月3日")
    before = history.as_of(double_home, first)
    assert before is not None
    assert (before.state, len(before.members[0].accounts)) == ("正常", 1)
    after = history.as_of(double_home, clock.today())
    assert after is not None
    assert (after.state, after.members[0].state, after.members[0].accounts) == ("已注销", "迁出", [])
    assert len(now.members[1].accounts) == 2


@pytest.mark.req("REG-3")
def test_every_change_names_who_made_it_and_its_paper() -> None:
    home = household(name="甲一", members=[("儿子", "甲三")])
    son = home.members.get(name="甲三")
    request = changed(home, "member_out", GivenLeavers([son.pk], "迁往外县"))
    dead(home.members.get(name="甲一"))
    newest = history.entries(home)
    assert (newest[0].by, newest[0].paper) == (str(cast.clerk), "直接办理")
    assert "甲一：状态变更，原为“正常”" in newest[0].lines
    assert (newest[1].by, newest[1].paper) == (str(cast.station), str(request))
    assert newest[1].url == f"/register/requests/{request.pk}/"
    assert any("甲三：状态变更，原为“正常”" in line for line in newest[1].lines)
    assert all(crypto.decrypt(son.id_cipher) not in line for one in newest for line in one.lines)


def test_who_came_from_another_household_is_told_on_both_sides() -> None:
    home = household(name="甲一", members=[("儿子", "甲三")])
    son = home.members.get(name="甲三")
    there = changed(home, "split", GivenSplit({son.pk: "本人"})).result
    assert there is not None
    for one in (home, there):
        lines = [line for entry in history.entries(one) for line in entry.lines]
        assert f"甲三：所在农户变更，原为“农户 {home.code}”" in lines
    assert names(there, clock.today()) == ["甲三"]


def test_an_import_is_the_paper_of_what_it_brought() -> None:
    batch = accept_import(by=cast.clerk, batch=checked([row(1), row(2, head=1)]))
    home = Household.objects.get()
    kept = RegisterHistory.objects.filter(household=home)
    assert set(kept.values_list("paper_type", "paper_id", "by")) == {
        ("households.registerimport", batch.pk, cast.clerk.pk)
    }
    assert kept.filter(act="add").count() == 1 + 2 + 2


# --- Truths -----------------------------------------------------------------------------------------------------------
TAMPERING = [
    "UPDATE households_registerhistory SET at = now()",
    "DELETE FROM households_registerhistory",
    "TRUNCATE households_registerhistory",
    "INSERT INTO households_registerhistory (at, subject, subject_id, household_id, act, paper_type)"
    " VALUES (now(), 'person', 1, 1, 'add', '')",
]


@pytest.mark.req("REG-3")
@pytest.mark.parametrize("sql", TAMPERING)
def test_the_web_role_only_reads_history(sql: str) -> None:
    household()
    refused_by("InsufficientPrivilege", sql)


@pytest.mark.req("REG-3")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE households_household SET subsidised_mu = 99 WHERE id = {home}",
        "UPDATE households_household SET head_id = NULL WHERE id = {home}",
        "UPDATE households_household SET state = 'cancelled' WHERE id = {home}",
        "UPDATE households_person SET name = '丙' WHERE household_id = {home}",
        "UPDATE households_person SET id_digest = sha256('x') WHERE household_id = {home}",
        "UPDATE households_person SET state = 'moved' WHERE household_id = {home}",
        "UPDATE households_person SET relation = '儿子' WHERE household_id = {home}",
        "UPDATE households_person SET phone_digest = sha256('x') WHERE household_id = {home}",
        "INSERT INTO households_means (household_id, kind, name, quantity, unit, mark, created_at)"
        " VALUES ({home}, 'planted', '', 1, '亩', '', now())",
        'INSERT INTO households_household (code, village_id, "group", address, state, created_at)'
        " SELECT 'X1', village_id, '', '', 'living', now() FROM households_household WHERE id = {home}",
    ],
)
def test_after_the_first_collection_nothing_changes_without_an_approved_request(sql: str) -> None:
    home = household()
    other = household(cast.villages2[0], name="乙一")
    asked_only = asked(home, "contact", GivenContact("2组", "", {}))
    theirs = changed(other, "contact", GivenContact("2组", "", {}))
    collected()
    for paper in (None, asked_only, theirs):
        writes(cast.station, paper)
        refused_by("households_changed_by_request", sql.format(home=home.pk))


def test_deaths_and_looks_at_the_police_register_need_no_request() -> None:
    home = household(members=[("儿子", "甲三")])
    collected()
    dead(home.members.get(name="甲三"))
    services.mark_missing(by=cast.clerk, person=home.members.get(name="甲一"), reason="外出多年无音讯")
    compared(home.members.get(name="甲一"))


@pytest.mark.req("REG-3")
def test_the_database_keeps_requests_and_two_people() -> None:
    home = household()
    request = asked(home, "member_in", [newcomer("甲九")])
    table = f"UPDATE households_registerrequest SET %s WHERE id = {request.pk}"
    refused_by("households_request_two_people", table % "state = 'approved', checked_by_person_id = made_by_person_id")
    refused_by("households_request_checked", table % "state = 'approved'")
    refused_by("households_registerrequest_frozen", table % "wanted = '{}'")
    refused_by("households_registerrequest_frozen", table % "seen = '{}'")
    services.refuse_register_change(by=cast.station, request=request, opinion="不符")
    refused_by("households_registerrequest_arrows", table % "state = 'requested'")


def test_a_merged_double_stays_merged() -> None:
    home = household(members=[("儿子", "甲三")])
    double = person(home, "甲六", relation="侄子")
    changed(home, "merge", GivenDouble(double.pk, home.members.get(name="甲三")))
    table = f"UPDATE households_person SET %s WHERE id = {double.pk}"
    refused_by("households_merged_stays", table % "merged_into_id = NULL")
    refused_by("households_merged_stays", table % "state = 'alive'")


def test_an_imports_rows_come_in_after_the_collection_only_with_papers_and_another_person() -> None:
    household()
    batch = checked([row(1)])
    collected()
    writes(cast.clerk, batch)
    refused_by(
        "households_changed_by_request",
        'INSERT INTO households_household (code, village_id, "group", address, state, created_at)'
        " SELECT 'X2', village_id, '', '', 'living', now() FROM households_household LIMIT 1",
    )
