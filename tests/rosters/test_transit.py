"""A roster on its way holds its payees' accounts, and both sides are told (ROS-4)."""

from typing import Any

import pytest
from django.test import Client

from disbursement.models import Payment
from households import services as register
from households import transit
from households.models import Person
from households.services.changing.people import GivenContact, GivenHead, GivenIdentity, GivenLeavers
from lib.errors import Conflict, Refusal
from rosters import services
from rosters.models import Roster
from tests.factories import cast, id_number
from tests.factories_disbursement import approved_roster, draft_batch, failed_payment, sent_batch
from tests.factories_households import account_change, person
from tests.factories_requests import agreed, asked, changed
from tests.factories_rosters import draft_roster, fresh, roster_at, sent_roster

pytestmark = pytest.mark.usefixtures("db")


def payee(roster: Roster) -> Person:
    found = roster.lines.order_by("number")[0].payee
    assert found is not None
    return found


def refused_change(of: Person) -> Refusal:
    change = account_change(of)
    with pytest.raises(Conflict) as caught:
        register.approve_account_change(by=cast.station, change=change)
    change.refresh_from_db()
    assert change.state == "submitted"
    return caught.value


@pytest.mark.req("ROS-4", "REG-8")
@pytest.mark.parametrize("status", ["review", "notice"])
def test_an_account_does_not_change_while_its_roster_is_looked_at(status: str) -> None:
    roster = sent_roster() if status == "review" else roster_at("notice")
    assert fresh(roster).status == status
    told = refused_change(payee(roster))
    assert told.code == "households.in_transit"
    assert roster.title in told.message


@pytest.mark.req("ROS-4", "REG-8")
def test_the_lock_lasts_until_the_data_are_with_the_bank() -> None:
    roster = approved_roster()
    refused_change(payee(roster))
    batch = draft_batch(roster)
    assert batch is not None
    assert transit.held([payee(roster).pk])


@pytest.mark.req("ROS-4", "REG-8")
def test_with_the_bank_an_account_may_change_and_after_a_failure_it_must() -> None:
    roster = approved_roster()
    sent_batch(roster)
    assert not transit.held([payee(roster).pk])
    register.approve_account_change(by=cast.station, change=account_change(payee(roster)))
    payment = failed_payment()
    assert payment.status == Payment.Status.FAILED
    account_change(payment.payee, approved=True)


def test_a_draft_holds_nobody_and_what_works_again_is_no_change_of_account() -> None:
    account_change(payee(draft_roster()), approved=True)
    account_change(payee(sent_roster()), kind="activate", approved=True)


@pytest.mark.req("ROS-4")
def test_a_roster_is_not_sent_while_a_payees_account_is_being_changed() -> None:
    roster = draft_roster(homes=2)
    change = account_change(payee(roster))
    with pytest.raises(Conflict):
        services.send_roster(by=cast.clerk, roster=roster)
    finding = fresh(roster).findings.get(rule="account.changing")
    assert (finding.severity, finding.number) == ("error", 1)
    register.approve_account_change(by=cast.station, change=change)
    services.refresh_lines(by=cast.clerk, roster=fresh(roster))
    sent_roster(roster=fresh(roster))


@pytest.mark.req("ROS-4")
def test_both_sides_are_told() -> None:
    roster = sent_roster()
    change = account_change(payee(roster))
    client = Client()
    client.force_login(cast.station)
    page = client.get(f"/register/changes/{change.pk}/").content.decode()
    assert f"在清册“{roster.title}”（审核中）中" in page
    client.force_login(cast.clerk)
    page = client.get(f"/rosters/{roster.pk}/").content.decode()
    assert "本清册已锁定所列账户" in page
    assert f"第 1 号 {payee(roster).name}" in page


@pytest.mark.req("ROS-4", "REG-3")
def test_who_is_paid_stays_who_was_posted_until_the_roster_is_through_or_back() -> None:
    roster = sent_roster()
    head = payee(roster)
    son = person(head.household, "甲八", relation="儿子")
    kinds: dict[str, Any] = {
        "cancel": "全户迁出",
        "head": GivenHead(son.pk, {head.pk: "父亲"}),
        "identity": GivenIdentity(head.pk, "甲零", id_number()),
    }
    for kind, given in kinds.items():
        request = asked(head.household, kind, given)
        with pytest.raises(Conflict) as caught:
            agreed(request)
        assert caught.value.code == "households.in_transit", kind
        register.withdraw_register_change(by=cast.clerk, request=request, reason="等清册办完")
    changed(head.household, "contact", GivenContact("9组", "新址", {}))
    changed(head.household, "member_out", GivenLeavers([son.pk], "迁往外县"))
    line = roster.lines.order_by("number")[0]
    assert line.group != "9组", "a sealed roster keeps what it copied"


@pytest.mark.req("REG-3")
def test_who_is_still_owed_money_does_not_leave() -> None:
    payment = failed_payment()
    request = asked(payment.payee.household, "cancel", "全户迁出")
    with pytest.raises(Conflict) as caught:
        agreed(request)
    assert caught.value.code == "households.still_owed"
