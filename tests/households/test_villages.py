"""A village's clerk enters and mends accounts of the own village, where the county's rules say so, and nothing else."""

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Division, TrailEntry, User
from accounts.workbench import figures_for, menu_for, panels_for, todos_for
from households import papers, selectors, services
from households.models import AccountChange, BankAccount, Household, Person
from lib import crypto, masking
from lib.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from rosters import services as rosters
from rosters.selectors import visible_rosters
from rulebook import clock
from tests.factories import account_number, cast, id_number, policy, quota
from tests.factories_households import BANK, account_change, household, person, village_clerk
from tests.factories_papers import SCAN, scan
from tests.refused import refused_by
from tests.ruled import ruled

State, Cause = AccountChange.State, AccountChange.Cause
ON: dict[str, object] = {"village.entry": True}
OFF: dict[str, object] = {"village.entry": False}


@pytest.fixture
def village(db: None) -> Division:
    ruled(ON)
    return cast.villages[0]


@pytest.fixture
def cadre(village: Division) -> User:
    return village_clerk(village)


def owner(place: Division | None = None, **more: Any) -> Person:
    found = household(place, **more).head
    assert found is not None
    return found


def again(user: User) -> User:
    """As on the next request: posts and rules are read anew."""
    return User.objects.select_related("person").get(pk=user.pk)


def asked(by: User, of: Person, cause: str = Cause.LOST, **more: Any) -> AccountChange:
    return services.request_account_change(
        by=by,
        person=of,
        kind="replace",
        cause=cause,
        reason="原卡丢失",
        bank_name=BANK,
        number=account_number(),
        **more,
    )


# --- What is seen -----------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1")
def test_a_village_sees_its_own_register_and_no_other_villages(cadre: User, village: Division) -> None:
    mine, neighbour = owner(village), owner(cast.villages[1], name="甲二")
    far = owner(cast.villages2[0], name="乙一")
    assert list(selectors.visible_households(cadre)) == [mine.household]
    assert list(selectors.visible_people(cadre)) == [mine]
    assert list(selectors.villages(cadre)) == [village]
    assert list(selectors.search(cadre, "甲")) == [mine]
    client = Client()
    client.force_login(cadre)
    missing = client.get("/nowhere/").content
    for other in (neighbour, far):
        for page in ("detail", "change_new", "account_new", "death", "delegation_new", "succession_new", "missing"):
            number = other.household_id if page == "detail" else other.pk
            response = client.get(reverse(f"households:{page}", args=[number]))
            assert (response.status_code, response.content) == (404, missing), page
    shown = client.get(reverse("households:list")).content.decode()
    assert mine.household.code in shown
    assert neighbour.household.code not in shown


@pytest.mark.req("ACL-1", "ACL-3")
def test_numbers_are_masked_for_a_village_as_for_its_township_and_not_read_in_clear(
    cadre: User, village: Division
) -> None:
    mine = owner(village)
    number = crypto.decrypt(mine.id_cipher)
    client = Client()
    client.force_login(cadre)
    page = client.get(reverse("households:detail", args=[mine.household_id])).content.decode()
    assert masking.id_number(number, masking.Audience.LIST) in page
    assert number not in page
    assert "/reveal/" not in page
    assert client.get(reverse("households:reveal", args=[mine.pk, "id_number"])).status_code == 404
    with pytest.raises(NotFound):
        services.reveal(by=cadre, person=mine, field="account", reason="核对银行账户")
    assert services.reveal(by=cast.clerk, person=mine, field="id_number", reason="核对身份信息") == number


@pytest.mark.req("ACL-1")
def test_what_is_not_a_villages_business_is_not_there(cadre: User, village: Division) -> None:
    mine = owner(village)
    client = Client()
    client.force_login(cadre)
    missing = client.get("/nowhere/").content
    for page in ("imports", "import_template", "delegations", "deaths", "successions", "references", "cards"):
        response = client.get(reverse(f"households:{page}"))
        assert (response.status_code, response.content) == (404, missing), page
    for page in ("new", "reference_new"):
        assert client.get(reverse(f"households:{page}")).status_code == 403
    detail = client.get(reverse("households:detail", args=[mine.household_id])).content.decode()
    for words in ("登记死亡", "登记失踪", "增加成员", "代领"):
        assert words not in detail
    assert not visible_rosters(cadre).exists()
    for kind in (papers.delegations_for, papers.successions_for, papers.references_for, papers.death_notices_for):
        assert not kind(cadre).exists()


@pytest.mark.req("ACL-1")
def test_a_village_enters_nothing_but_accounts(cadre: User, village: Division) -> None:
    mine = owner(village)
    before = (Household.objects.count(), Person.objects.count())
    acts: list[Any] = [
        lambda: services.add_household(by=cadre, village=village, group="1组"),
        lambda: person(mine.household, by=cadre),
        lambda: services.mark_dead(by=cadre, person=mine, on=clock.today()),
        lambda: services.mark_missing(by=cadre, person=mine, reason="外出失联"),
        lambda: services.request_reference(by=cadre, host=cast.township, name="甲", id_number=id_number(), reason="x"),
        lambda: services.approve_account_change(by=cadre, change=account_change(mine)),
        lambda: rosters.create_roster(by=cadre, **_roster()),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    mine.refresh_from_db()
    assert mine.state == Person.State.ALIVE
    assert (Household.objects.count(), Person.objects.count()) == before


def _roster() -> dict[str, Any]:
    period = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
    return {"policy": policy("2130122"), "quota": quota("2130122"), **period}


# --- First accounts ---------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-7", "ACL-3")
def test_a_village_enters_the_first_account_of_its_own_people_and_the_trail_names_it(
    cadre: User, village: Division
) -> None:
    mine = owner(village, with_accounts=False)
    client = Client()
    client.force_login(cadre)
    given = {"bank_name": BANK, "number": account_number(), "account_class": "I", "social_card": "on"}
    response = client.post(reverse("households:account_new", args=[mine.pk]), given)
    assert response.status_code == 302
    card = mine.accounts.get()
    assert (card.in_use, card.state) == (True, BankAccount.State.NORMAL)
    entry = TrailEntry.objects.get(verb="account.set", subject_id=str(card.pk))
    assert entry.actor == cadre
    assert json.loads(entry.facts)["village"] == f"{village.code}-CW"
    with pytest.raises(Conflict, match="账户变更"):
        services.set_account(by=cadre, person=mine, bank_name=BANK, number=account_number())


@pytest.mark.req("REG-7", "ACL-1")
def test_a_village_enters_nobodys_account_outside_it(cadre: User) -> None:
    for place in (cast.villages[1], cast.villages2[0]):
        other = owner(place, name="乙一", with_accounts=False)
        with pytest.raises(Forbidden, match="不在其辖区"):
            services.set_account(by=cadre, person=other, bank_name=BANK, number=account_number())
        with pytest.raises(Forbidden, match="不在其辖区"):
            asked(cadre, owner(place, name="乙二"))
    assert not AccountChange.objects.exists()


@pytest.mark.req("REG-7")
def test_what_a_villages_clerk_enters_wrongly_is_refused_as_anybodys(cadre: User, village: Division) -> None:
    mine, other = owner(village, with_accounts=False), owner(village, name="甲二")
    taken = crypto.decrypt(other.accounts.get().number_cipher)
    for number, kind in ((taken, Conflict), ("6299990000000000011", Invalid)):
        with pytest.raises(kind):
            services.set_account(by=cadre, person=mine, bank_name=BANK, number=number)
    assert not mine.accounts.exists()


# --- Changes ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-8", "ACL-2")
def test_a_villages_change_is_checked_by_its_townships_finance_station(cadre: User, village: Division) -> None:
    mine = owner(village)
    change = asked(cadre, mine)
    assert change.unit is not None
    assert (change.unit.division, change.get_state_display()) == (village, "待财政所审核")
    assert change.rules["village.entry"]["value"] is True
    assert list(selectors.changes_to_check(cast.station)) == [change]
    for user in (cadre, cast.clerk, cast.station2, cast.leader, cast.finance_head):
        with pytest.raises(Refusal):
            services.approve_account_change(by=user, change=change)
    change = services.approve_account_change(by=cast.station, change=change)
    assert change.state == State.APPROVED
    assert mine.accounts.get(in_use=True) == change.new_account


@pytest.mark.req("REG-8")
def test_a_villages_change_for_personal_reasons_goes_to_the_finance_bureau(cadre: User, village: Division) -> None:
    ruled({"account_change.finance_approval": True})
    mine = owner(village)
    client, page = Client(), reverse("households:change_new", args=[mine.pk])
    client.force_login(cadre)
    assert "提交财政所审核" in client.get(page).content.decode()
    given = {"kind": "replace", "cause": "personal", "bank_name": BANK, "number": account_number(), "reason": "换网点",
             "social_card": "on"}  # fmt: skip
    assert "书面说明" in client.post(page, given).content.decode()
    assert not AccountChange.objects.exists()
    client.post(page, {**given, "evidence": SimpleUploadedFile("说明.pdf", SCAN)})
    change = AccountChange.objects.get()
    change = services.approve_account_change(by=cast.station, change=change)
    change = services.approve_by_finance(by=cast.finance_reviewer, change=change)
    shown = client.get(reverse("households:change", args=[change.pk])).content.decode()
    assert "已生效" in shown
    assert change.state == State.APPROVED


@pytest.mark.req("REG-8")
def test_a_change_sent_back_waits_with_the_village_that_asked(cadre: User, village: Division) -> None:
    mine = owner(village)
    services.reject_account_change(by=cast.station, change=asked(cadre, mine), opinion="卡号看不清")
    cards = {card.title: card.count for card in todos_for(cadre)}
    assert cards == {"账户变更未通过": 1}
    assert not selectors.changes_sent_back(cast.clerk).exists()
    client = Client()
    client.force_login(cadre)
    assert mine.name in client.get(reverse("households:changes")).content.decode()
    change = AccountChange.objects.get()
    shown = client.get(reverse("households:change", args=[change.pk])).content.decode()
    assert "卡号看不清" in shown
    assert reverse("households:change_new", args=[mine.pk]) in shown
    ruled(OFF)
    assert list(selectors.changes_sent_back(cast.clerk)) == [change]


@pytest.mark.req("REG-8", "ACL-1")
def test_another_villages_clerk_sees_nothing_of_a_change(cadre: User, village: Division) -> None:
    change = asked(cadre, owner(village))
    other = village_clerk(cast.villages[1], "other_cadre")
    client = Client()
    for user in (other, cast.clerk2):
        client.force_login(user)
        assert client.get(reverse("households:change", args=[change.pk])).status_code == 404
        assert client.get(reverse("households:evidence", args=[change.pk])).status_code == 404
        assert not selectors.account_changes_for(user).exists()
    services.reject_account_change(by=cast.station, change=change, opinion="不属实")
    assert not selectors.changes_sent_back(other).exists()


# --- The rule is switched off again -----------------------------------------------------------------------------------
@pytest.mark.req("PRO-1", "ACL-1")
def test_once_villages_enter_nothing_their_clerks_are_told_so_and_nothing_breaks(
    cadre: User, village: Division
) -> None:
    mine, bare = owner(village), owner(village, name="甲二", with_accounts=False)
    change = asked(cadre, mine)
    ruled(OFF)
    with pytest.raises(Forbidden, match="乡镇经办") as refused:
        services.set_account(by=again(cadre), person=bare, bank_name=BANK, number=account_number())
    assert refused.value.rule == "village.entry"
    with pytest.raises(Forbidden) as refused:
        asked(again(cadre), owner(village, name="甲三"))
    assert refused.value.rule == "village.entry"
    assert not bare.accounts.exists()

    assert not selectors.visible_people(again(cadre)).exists()
    client = Client()
    client.force_login(cadre)
    for page, number in (("list", None), ("changes", None), ("detail", mine.household_id), ("change", change.pk),
                         ("change_new", mine.pk), ("account_new", bare.pk)):  # fmt: skip
        response = client.get(reverse(f"households:{page}", args=[number] if number else None))
        shown = response.content.decode()
        assert response.status_code == 403, page
        assert "账户不由村（社区）录入" in shown
        assert "村（社区）录入账户" in shown
    workbench = client.get(reverse("accounts:workbench"))
    assert workbench.status_code == 200
    assert "村级经办现在不办理业务" in workbench.content.decode()
    assert not {item.title for item in menu_for(again(cadre))} & {"补贴对象", "账户变更"}
    # What was asked for before is under way and is answered.
    assert services.approve_account_change(by=cast.station, change=change).state == State.APPROVED


def test_the_workbench_of_a_village_tells_how_far_its_accounts_are(cadre: User, village: Division) -> None:
    owner(village)
    bare = owner(village, name="甲二", with_accounts=False)
    owner(cast.villages[1], name="甲三", with_accounts=False)
    assert [(figure.label, figure.count) for figure in figures_for(cadre)] == [
        ("本村农户", 2), ("在册人员", 2), ("未登记账户", 1),
    ]  # fmt: skip
    assert panels_for(cadre) == []
    client = Client()
    client.force_login(cadre)
    shown = client.get(f"{reverse('households:list')}?account=none").content.decode()
    assert bare.household.code in shown
    assert "合计 1 户" in shown


# --- The database -----------------------------------------------------------------------------------------------------
COPY = """INSERT INTO households_accountchange
            (person_id, unit_id, kind, cause, rules, old_account_id, bank_name, old_state, tail, reason, state,
             made_by_id, made_by_person_id, made_at, opinion, approval_opinion)
          SELECT %s, %s, 'activate', '', jsonb_set(rules, '{village.entry,value}', %s), NULL, '', '', '', reason,
                 'submitted', made_by_id, made_by_person_id, made_at, '', ''
            FROM households_accountchange WHERE id = %s"""


@pytest.mark.req("REG-8")
def test_the_database_holds_for_whom_a_village_asks(cadre: User, village: Division) -> None:
    change = asked(cadre, owner(village), evidence=scan())
    own, neighbour = owner(village, name="甲二"), owner(cast.villages[1], name="甲三")
    government = cast.organisation("152223100000-ZF")
    truth = "households_account_change_unit"
    refused_by(truth, COPY, neighbour.pk, change.unit_id, "true", change.pk)
    refused_by(truth, COPY, own.pk, change.unit_id, "false", change.pk)
    refused_by(truth, COPY, own.pk, government.pk, "true", change.pk)
    frozen = "UPDATE households_accountchange SET unit_id = NULL WHERE id = %s"
    refused_by("households_account_change_frozen", frozen, change.pk)
