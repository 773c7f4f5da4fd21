"""Requests, imports and deaths that meet at one moment; and what not even the owner of the tables may do."""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections, transaction

from households import services
from households.imports import services as imports
from households.models import FirstCollection, Household, Person, RegisterHistory, RegisterRequest
from households.services.changing.given import NewPerson
from lib.errors import Conflict
from rulebook import clock
from tests.databases import Database
from tests.factories import cast, id_number
from tests.factories_households import household
from tests.factories_requests import agreed, asked, collected, new_household, newcomer
from tests.households.sheets import checked, id_of, row
from tests.households.test_history import TAMPERING
from tests.races import race, refusals

State = RegisterRequest.State


def answer(request: RegisterRequest) -> Callable[[], Any]:
    by = cast.station if request.township_id == cast.township.pk else cast.station2
    return lambda: services.approve_register_change(by=by, request=request)


@pytest.mark.req("REG-3")
def test_a_request_is_in_force_once_however_many_press_at_once(committed_db: Database) -> None:
    request = asked(household(), "member_in", [newcomer()])
    outcomes = race(*[answer(request)] * 3)
    assert len(refusals(outcomes)) == 2
    assert Person.objects.filter(name="甲九").count() == 1


@pytest.mark.req("REG-2", "REG-3")
def test_two_requests_about_one_person_at_once_and_one_is_told_where_that_person_is(committed_db: Database) -> None:
    number = id_number()
    here = asked(household(), "member_in", [NewPerson("丙一", number, "儿媳")])
    there = new_household(cast.villages2[0], NewPerson("丙一", number, "本人"))
    (lost,) = refusals(race(answer(here), answer(there)))
    person = Person.objects.get(name="丙一")
    township = person.household.village.parent
    assert township is not None
    assert township.name in lost.message
    assert sorted(RegisterRequest.objects.values_list("state", flat=True)) == [State.APPROVED, State.REQUESTED]
    assert Household.objects.filter(village__in=cast.villages2).count() == (township.pk != cast.township.pk)


@pytest.mark.req("REG-3")
def test_two_clerks_ask_about_one_household_at_once_and_one_waits(committed_db: Database) -> None:
    home = household()
    outcomes = race(*[lambda: asked(home, "cancel", "全户迁出")] * 2)
    (lost,) = refusals(outcomes)
    assert lost.code == "households.one_open_request"


@pytest.mark.req("REG-3", "REG-6")
def test_an_approval_and_an_import_with_the_same_person_leave_that_person_once(committed_db: Database) -> None:
    request = asked(household(), "member_in", [NewPerson("甲1", id_of(1), "儿媳")])
    batch, clerk = checked([row(1), row(2, head=1)]), cast.clerk
    (lost,) = refusals(race(answer(request), lambda: imports.accept_import(by=clerk, batch=batch)))
    assert Person.objects.filter(name="甲1").count() == 1
    assert lost.code in ("households.one_living_record", "households.preview_stale")
    came = Person.objects.get(name="甲1").household
    assert Person.objects.filter(name="甲2").exists() == (came.head is not None and came.head.name == "甲1")


@pytest.mark.req("REG-3", "REG-6")
def test_an_import_brings_nobody_into_a_household_that_is_cancelled_meanwhile(committed_db: Database) -> None:
    clerk = cast.clerk
    imports.accept_import(by=clerk, batch=checked([row(1)]))
    home = Household.objects.get()
    request = asked(home, "cancel", "全户迁出")
    batch = checked([row(2, head=1)])
    (lost,) = refusals(race(answer(request), lambda: imports.accept_import(by=clerk, batch=batch)))
    home.refresh_from_db()
    if home.state == "cancelled":
        assert lost.code == "households.preview_stale"
        assert not Person.objects.filter(name="甲2").exists()
    else:
        assert lost.code == "households.register_moved"
        assert "新增成员甲2" in lost.message


@pytest.mark.req("REG-3", "REG-6")
def test_an_import_waits_for_an_approval_under_way_and_looks_again(committed_db: Database) -> None:
    clerk, station = cast.clerk, cast.station
    imports.accept_import(by=clerk, batch=checked([row(1)]))
    request = asked(Household.objects.get(), "cancel", "全户迁出")
    batch = checked([row(2, head=1)])
    outcome: list[object] = []

    def take_in() -> None:
        try:
            outcome.append(imports.accept_import(by=clerk, batch=batch))
        except Conflict as refusal:
            outcome.append(refusal.code)
        finally:
            connections.close_all()

    taking = threading.Thread(target=take_in)
    with transaction.atomic():
        services.approve_register_change(by=station, request=request)
        taking.start()
        until = time.monotonic() + 10
        while time.monotonic() < until and not _somebody_waits():
            taking.join(0.05)
    taking.join(30)
    assert outcome == ["households.preview_stale"]
    assert not Person.objects.filter(name="甲2").exists()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.req("REG-3", "REG-9")
def test_an_approval_and_a_death_at_once_never_leave_a_dead_head_unseen(committed_db: Database) -> None:
    home = household(members=[("妻子", "甲二")])
    head = home.members.get(name="甲一")
    request = asked(home, "cancel", "全户迁出")
    clerk, today = cast.clerk, clock.today()
    (lost,) = refusals(race(answer(request), lambda: services.mark_dead(by=clerk, person=head, on=today)))
    head.refresh_from_db()
    expected = {"dead": "households.register_moved", "moved": "households.person_state"}
    assert lost.code == expected[head.state]
    assert isinstance(lost, Conflict)


@pytest.mark.req("REG-3")
def test_the_end_of_the_first_collection_and_a_new_household_do_not_cross(committed_db: Database) -> None:
    household()
    clerk, station, township, village = cast.clerk, cast.station, cast.township, cast.villages[0]
    outcomes = race(
        lambda: services.end_first_collection(by=station, township=township),
        lambda: services.add_household(by=clerk, village=village, group="1组"),
    )
    ended = outcomes[0]
    assert isinstance(ended, FirstCollection), ended
    refused = [one for one in refusals(outcomes) if one.code == "households.by_request"]
    assert Household.objects.count() == 2 - len(refused)
    agreed(new_household())


@pytest.mark.req("REG-3")
def test_even_the_owner_of_the_tables_changes_no_history(committed_db: Database, superuser: Any) -> None:
    request = asked(household(), "member_in", [newcomer("甲九")])
    collected()
    before = list(RegisterHistory.objects.values_list())
    stays = [
        f"DELETE FROM households_registerrequest WHERE id = {request.pk}",
        "DELETE FROM households_requestoriginal",
        "UPDATE households_requestoriginal SET file_id = file_id",
        "DELETE FROM households_firstcollection",
    ]
    truths = [*["households_history_append_only"] * 3, "households_history_by_register",
              "households_registerrequest_kept", *["households_requestoriginal_kept"] * 2,
              "households_firstcollection_kept"]  # fmt: skip
    for sql, truth in zip([*TAMPERING, *stays], truths, strict=True):
        with superuser.cursor() as cursor, pytest.raises(psycopg2.errors.CheckViolation) as caught:
            cursor.execute(sql)
        assert caught.value.diag.constraint_name == truth
    assert list(RegisterHistory.objects.values_list()) == before
