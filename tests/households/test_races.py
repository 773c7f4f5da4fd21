"""What two people, or a dying worker, do at one moment."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from households import services
from households.imports import services as imports
from households.models import AccountChange, BankAccount, Household, Person, RegisterImport
from jobs import services as jobs
from jobs.models import Job
from lib.errors import Conflict, Refusal
from tests.databases import ROOT, Database
from tests.factories import account_number, cast, id_number
from tests.factories_households import BANK, account_change, household
from tests.households.sheets import checked, row, upload


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts at once, each with a connection of its own; what they return or refuse with."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            results[place] = act()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.req("REG-2")
def test_two_clerks_enter_one_id_number_at_once_and_one_is_told_where_it_is(committed_db: Database) -> None:
    here, there, number = household(name="甲一"), household(cast.villages2[0], name="乙一"), id_number()

    def enter(by: str, home: Household) -> Callable[[], Any]:
        user = getattr(cast, by)
        return lambda: services.add_person(by=user, household=home, name="丙一", id_number=number, relation="儿媳")

    results = race(enter("clerk", here), enter("clerk2", there))

    assert Person.objects.filter(name="丙一").count() == 1
    refusals = [one for one in results if isinstance(one, Conflict)]
    assert len(refusals) == 1
    winner = next(one for one in results if isinstance(one, Person))
    assert winner.household.village.parent.name in refusals[0].message  # type: ignore[union-attr]


def test_two_clerks_give_two_codes_at_once(committed_db: Database) -> None:
    user, village = cast.clerk, cast.villages[0]
    results = race(*[lambda: services.add_household(by=user, village=village, group="1组")] * 3)
    assert sorted(one.code[-5:] for one in results) == ["00001", "00002", "00003"]


def test_one_card_for_two_people_at_once_stays_one_persons(committed_db: Database) -> None:
    home, number, user = household(members=[("妻子", "甲二")], with_accounts=False), account_number(), cast.clerk

    def register(person: Person) -> Callable[[], Any]:
        return lambda: services.set_account(by=user, person=person, bank_name=BANK, number=number)

    results = race(*[register(person) for person in home.members.all()])
    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    assert BankAccount.objects.count() == 1


@pytest.mark.req("REG-8")
def test_a_change_is_approved_once_however_many_press_at_once(committed_db: Database) -> None:
    home = household()
    assert home.head is not None
    change, user = account_change(home.head), cast.station
    results = race(*[lambda: services.approve_account_change(by=user, change=change)] * 3)
    assert sum(isinstance(one, AccountChange) for one in results) == 1
    assert sum(isinstance(one, Conflict) for one in results) == 2
    assert BankAccount.objects.filter(in_use=True).count() == 1


@pytest.mark.req("REG-6")
def test_an_import_is_taken_in_once_however_often_it_is_accepted(committed_db: Database) -> None:
    batch, user = checked([row(1), row(2, head=1)]), cast.clerk
    results = race(*[lambda: imports.accept_import(by=user, batch=batch)] * 2)
    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    assert (Household.objects.count(), Person.objects.count()) == (1, 2)


def _worker(job: int) -> subprocess.Popen[bytes]:
    code = f"import django; django.setup(); from jobs import services; services.run({job})"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)


@pytest.mark.req("REG-6")
def test_a_worker_killed_half_way_leaves_nothing_half_done_and_the_next_one_ends_the_same(
    committed_db: Database,
) -> None:
    rows = [row(1), row(2, head=1), row(3, village="没有这个村"), row(4, account="6288880000000000001")]
    whole = checked(rows)
    batch = upload(rows)
    assert batch.job is not None
    with transaction.atomic():
        # The last step locks the import: held here, the worker stands with its rows staged and nothing checked.
        RegisterImport.objects.select_for_update().get(pk=batch.pk)
        worker = _worker(batch.job.pk)
        staged, until = 0, time.monotonic() + 60
        while not staged and time.monotonic() < until:
            time.sleep(0.05)
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM households_stagedrow WHERE import_id = %s", [batch.pk])
                staged = cursor.fetchone()[0]
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    assert staged == 4
    batch.refresh_from_db()
    assert (batch.state, batch.errors.count()) == ("checking", 0)

    assert jobs.run(batch.job.pk) is None, "the dead worker's lease still holds"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET lease_until = clock_timestamp() WHERE id = %s", [batch.job.pk])
    assert batch.job.pk in jobs.waiting()
    assert jobs.run(batch.job.pk) == Job.State.DONE

    batch.refresh_from_db()
    assert (batch.state, batch.rows, batch.good_rows) == (whole.state, whole.rows, whole.good_rows)
    assert batch.summary == whole.summary
    fields = ("row", "column", "rule", "message")
    assert list(batch.errors.values_list(*fields)) == list(whole.errors.values_list(*fields))
