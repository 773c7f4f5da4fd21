"""Checks that the register has overtaken say so, and are run again by themselves (ROS-4)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from households.imports.services import accept_import
from households.imports.undoing import undo_import
from households.models import Person, RegisterImport
from households.services.changing.people import GivenContact, GivenHead
from jobs.models import Job
from jobs.services import run
from rosters import services, stale
from rosters.models import Finding, Roster
from tests.factories import cast
from tests.factories_households import account_change, household
from tests.factories_papers import dead
from tests.factories_requests import changed
from tests.factories_rosters import draft_roster, explain_all, fresh, sent_roster
from tests.households import sheets

pytestmark = pytest.mark.usefixtures("db")


def checked(**more: Any) -> Roster:
    roster = draft_roster(**more)
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    return fresh(roster)


def payee(roster: Roster) -> Person:
    found = roster.lines.order_by("number")[0].payee
    assert found is not None
    return found


def jobs() -> list[Job]:
    return list(Job.objects.filter(kind=stale.KIND).order_by("pk"))


@pytest.mark.req("ROS-4")
def test_an_approved_change_overtakes_the_checks_and_they_are_run_again_with_the_explanations_that_fit() -> None:
    roster, other = checked(homes=2), checked(homes=1, basis="二号地")
    account_change(payee(roster), approved=True)
    assert stale.is_stale(roster)
    assert not stale.is_stale(other), "nobody of it has changed"
    client = Client()
    client.force_login(cast.clerk)
    assert "已过时" in client.get(f"/rosters/{roster.pk}/").content.decode()
    assert "已过时" in client.get(f"/rosters/{roster.pk}/findings/").content.decode()
    (job,) = jobs()
    assert run(job.pk) == Job.State.DONE
    assert not stale.is_stale(roster)
    assert Finding.objects.get(roster=roster, rule="account.owner").number == 1
    kept = Finding.objects.filter(roster=roster, rule="person.unverified")
    assert all(finding.explanation for finding in kept)
    assert "已过时" not in client.get(f"/rosters/{roster.pk}/").content.decode()


@pytest.mark.req("ROS-4", "REG-3")
def test_requests_and_deaths_overtake_too_and_what_touches_nobody_does_not() -> None:
    home = household(members=[("儿子", "甲二")])
    roster = checked(homes=[home])
    son, head = home.members.get(name="甲二"), home.head
    assert head is not None
    changed(household(), "contact", GivenContact("9组", "新址", {}))
    assert not stale.is_stale(roster)
    changed(home, "head", GivenHead(son.pk, {head.pk: "父亲"}))
    assert stale.is_stale(roster)
    services.run_checks(by=cast.clerk, roster=roster)
    assert not stale.is_stale(roster), "whoever checks by hand is as good"
    dead(head)
    assert stale.is_stale(roster)
    for job in jobs():
        assert run(job.pk) == Job.State.DONE
    assert Finding.objects.filter(roster=roster, rule="person.dead").exists()


@pytest.mark.req("ROS-4", "REG-6")
def test_a_file_that_adds_members_overtakes_the_checks_of_their_households_and_so_does_taking_it_back() -> None:
    accept_import(by=cast.clerk, batch=sheets.checked([sheets.row(n, subsidised_mu=8) for n in (1, 2)]))
    first, second = (Person.objects.get(name=f"甲{number}").household for number in (1, 2))
    roster, other = checked(homes=[first]), checked(homes=[second], basis="二号地")

    def brought(*rows: dict[str, object]) -> tuple[RegisterImport, int]:
        batch = sheets.checked(rows)
        with CaptureQueriesContext(connection) as asked:
            batch = accept_import(by=cast.clerk, batch=batch)
        return batch, len(asked)

    batch, one = brought(sheets.row(11, head=1))
    assert stale.is_stale(roster)
    assert not stale.is_stale(other), "nobody was added there"
    assert run(jobs()[-1].pk) == Job.State.DONE
    assert not stale.is_stale(roster)
    undo_import(by=cast.clerk, batch=batch)
    assert stale.is_stale(roster)
    assert not stale.is_stale(other)
    services.run_checks(by=cast.clerk, roster=roster)
    _, many = brought(*(sheets.row(number, head=1) for number in range(12, 18)))
    assert stale.is_stale(roster)
    assert many == one, "the register's tables are written and told of by sets"
    brought(sheets.row(30))
    assert [job.params["roster"] for job in jobs()] == [roster.pk] * 3, "new households stand in no roster"


@pytest.mark.req("ROS-4")
def test_a_sealed_roster_is_left_as_it_was_signed() -> None:
    sent = sent_roster(homes=1)
    before = list(sent.findings.values_list("rule", "explanation"))
    account_change(payee(sent), kind="activate", approved=True)
    assert jobs() == []
    assert list(fresh(sent).findings.values_list("rule", "explanation")) == before
    assert not stale.is_stale(fresh(sent))
