"""Account changes: asked for by the clerk, checked by the finance station, never by one person."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Organisation, TrailEntry, User
from accounts.services import appoint, end_post
from households import events, selectors, services
from households.models import AccountChange, BankAccount, Person
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from rulebook import clock
from tests.factories import account_number, cast
from tests.factories_households import BANK, account, account_change, household

pytestmark = pytest.mark.django_db
State = AccountChange.State


def head(**more: object) -> Person:
    found = household(**more).head  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.req("REG-8")
def test_a_replacement_closes_the_old_card_and_puts_the_new_one_in_use() -> None:
    owner, number = head(), account_number()
    old = owner.accounts.get()
    change = services.request_account_change(
        by=cast.clerk, person=owner, kind="replace", reason="卡已注销", bank_name=BANK, number=number
    )
    assert owner.accounts.get().in_use

    change = services.approve_account_change(by=cast.station, change=change, opinion="情况属实")

    old.refresh_from_db()
    assert (old.in_use, old.state) == (False, BankAccount.State.CLOSED)
    new = owner.accounts.get(in_use=True)
    assert (change.state, change.new_account, new.tail) == (State.APPROVED, new, number[-4:])
    assert crypto.decrypt(new.number_cipher) == number
    assert TrailEntry.objects.filter(verb="account_change.approved", subject_id=str(change.pk)).exists()


@pytest.mark.req("REG-8")
def test_an_activated_card_is_normal_again_and_stays_in_use() -> None:
    owner = head()
    BankAccount.objects.filter(person=owner).update(state=BankAccount.State.DORMANT)
    change = account_change(owner, kind="activate", approved=True)

    card = owner.accounts.get()
    assert (card.state, card.in_use, change.new_account) == (BankAccount.State.NORMAL, True, None)


@pytest.mark.req("REG-8")
def test_a_rejected_change_alters_nothing_and_may_be_asked_for_again() -> None:
    owner = head()
    change = account_change(owner)
    with pytest.raises(Invalid) as refused:
        services.reject_account_change(by=cast.station, change=change, opinion=" ")
    assert refused.value.field == "opinion"

    services.reject_account_change(by=cast.station, change=change, opinion="证明材料不全")

    assert owner.accounts.get().in_use
    assert list(selectors.changes_sent_back(cast.clerk)) == [change]
    again = account_change(owner)
    assert not selectors.changes_sent_back(cast.clerk).exists()
    assert list(selectors.changes_to_check(cast.station)) == [again]


@pytest.mark.req("ACL-1")
def test_clerks_ask_and_their_own_finance_station_checks() -> None:
    owner = head()
    for user in (cast.clerk2, cast.station, cast.leader, cast.officer, cast.auditor):
        with pytest.raises(Forbidden):
            services.request_account_change(by=user, person=owner, kind="activate", reason="激活")
    change = account_change(owner)
    for user in (cast.clerk, cast.station2, cast.leader, cast.officer, cast.auditor):
        with pytest.raises(Forbidden):
            services.approve_account_change(by=user, change=change)
        with pytest.raises(Forbidden):
            services.reject_account_change(by=user, change=change, opinion="不属实")


def second_sign_in() -> User:
    """Another sign-in of the clerk's natural person, moved to the finance station since."""
    clerk = cast.clerk
    end_post(by=None, post=clerk.posts.get(), on=clock.today())
    user = User.objects.create(username="clerk-b", full_name=clerk.full_name, person=clerk.person)
    office = Organisation.objects.get(code="152223100000-CZS")
    appoint(by=None, user=user, organisation=office, role="finance_station", since=clock.today())
    return user


@pytest.mark.req("ACL-2", "REG-8")
def test_one_natural_person_with_two_sign_ins_cannot_check_the_own_request() -> None:
    change = account_change(head())
    same = second_sign_in()
    assert same.person_id == change.made_by_person_id

    with pytest.raises(Forbidden, match="申请人不能审核"):
        services.approve_account_change(by=same, change=change)
    with pytest.raises(Forbidden, match="申请人不能审核"):
        services.reject_account_change(by=same, change=change, opinion="不属实")
    assert not selectors.changes_to_check(same).exists()


@pytest.mark.req("ACL-2")
def test_the_database_itself_refuses_one_person_at_both_ends_and_changes_after_the_answer() -> None:
    change = account_change(head())

    def write(**values: object) -> None:
        with transaction.atomic():
            AccountChange.objects.filter(pk=change.pk).update(**values)

    with pytest.raises(IntegrityError, match="households_account_change_two_people"):
        write(state="approved", checked_by_person=change.made_by_person_id, checked_at=clock.now())
    with pytest.raises(IntegrityError, match="asked for, and by whom"):
        write(made_by_person=cast.officer.person_id)
    services.reject_account_change(by=cast.station, change=change, opinion="不属实")
    with pytest.raises(IntegrityError, match="stays as it is"):
        write(state="approved")


def test_what_is_answered_is_not_answered_again() -> None:
    change = account_change(head(), approved=True)
    with pytest.raises(Conflict):
        services.approve_account_change(by=cast.station, change=change)
    with pytest.raises(Conflict):
        services.reject_account_change(by=cast.station, change=change, opinion="不属实")


def test_a_request_needs_a_card_a_reason_and_another_number_and_waits_alone() -> None:
    owner = head()
    card = crypto.decrypt(owner.accounts.get().number_cipher)

    def ask(**more: str) -> AccountChange:
        given = {"kind": "replace", "reason": "卡已注销", "bank_name": BANK, "number": account_number(), **more}
        return services.request_account_change(by=cast.clerk, person=owner, **given)  # type: ignore[arg-type]

    for wrong, field in (
        ({"number": card}, "number"),
        ({"number": "123"}, "number"),
        ({"bank_name": ""}, "bank_name"),
        ({"reason": ""}, "reason"),
        ({"kind": "other"}, "kind"),
        ({"kind": "activate"}, "number"),
    ):
        with pytest.raises(Invalid) as refused:
            ask(**wrong)
        assert refused.value.field == field
    other = account(head(name="甲二", with_accounts=False))
    with pytest.raises(Conflict):
        ask(number=crypto.decrypt(other.number_cipher))
    ask()
    with pytest.raises(Conflict, match="正在办理"):
        ask()
    with pytest.raises(Conflict, match="还没有登记账户"):
        services.request_account_change(
            by=cast.clerk, person=head(name="甲三", with_accounts=False), kind="activate", reason="激活"
        )


def test_a_new_card_that_somebody_registered_meanwhile_is_refused_at_the_check() -> None:
    owner, number = head(), account_number()
    change = services.request_account_change(
        by=cast.clerk, person=owner, kind="replace", reason="换卡", bank_name=BANK, number=number
    )
    account(head(name="甲二", with_accounts=False), number=number)

    with pytest.raises(Conflict), transaction.atomic():
        services.approve_account_change(by=cast.station, change=change)
    assert owner.accounts.get().in_use


def test_upper_rooms_hear_of_a_mended_account_inside_the_transaction() -> None:
    heard: list[int] = []

    def listen(change: AccountChange) -> None:
        heard.append(change.pk)
        raise Conflict("不能更正")

    change = account_change(head())
    events.on_account_mended(listen)
    try:
        with pytest.raises(Conflict, match="不能更正"):
            services.approve_account_change(by=cast.station, change=change)
    finally:
        events._listeners.remove(listen)
    change.refresh_from_db()
    assert (heard, change.state) == ([change.pk], State.SUBMITTED)
    assert change.person.accounts.get().in_use


@pytest.mark.req("ACL-3", "ACL-6")
def test_reading_a_number_in_clear_needs_scope_and_a_reason_and_leaves_a_trace() -> None:
    owner = head()
    number = crypto.decrypt(owner.id_cipher)
    with pytest.raises(NotFound):
        services.reveal(by=cast.clerk2, person=owner, field="id_number", reason="核对")
    with pytest.raises(Invalid):
        services.reveal(by=cast.clerk, person=owner, field="id_number", reason="")
    with pytest.raises(Invalid):
        services.reveal(by=cast.clerk, person=owner, field="id_number", reason=f"核对{number}")
    assert not TrailEntry.objects.filter(verb="person.reveal").exists()

    assert services.reveal(by=cast.auditor, person=owner, field="id_number", reason="监督检查") == number
    assert services.reveal(by=cast.clerk, person=owner, field="account", reason="核对账户").isdigit()
    assert services.reveal(by=cast.clerk, person=owner, field="phone", reason="电话联系") == ""

    facts = TrailEntry.objects.filter(verb="person.reveal").order_by("id").values_list("facts", flat=True)
    assert '"id_number"' in facts[0]
    assert number not in "".join(facts)
