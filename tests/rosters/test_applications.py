"""Applications: asked, checked at once, decided by another, and taken into one roster (ROS-1, ZLT§19)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import TrailEntry
from households import services as register
from households.models import Household, Person
from lib.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from rosters import services as roster_services
from rosters.applications import services
from rosters.applications.models import Application, ApplicationTake
from rosters.applications.taking import free_for
from rosters.models import Roster, RosterLine
from rulebook import clock
from subsidies.models import ExclusionGroup
from tests.databases import Database
from tests.factories import at, cast, policy, quota, standard
from tests.factories_applications import YEAR, accepted, again, applied, approved, elder, open_term_for
from tests.factories_households import household, person
from tests.factories_rosters import draft_roster, sent_roster
from tests.races import race, refusals
from tests.uploads import paper

pytestmark = pytest.mark.req("ROS-1")
CODE = "2080502"


def roster(code: str = CODE, **more: Any) -> Roster:
    return roster_services.create_roster(by=cast.clerk, policy=policy(code), quota=quota(code), **{**YEAR, **more})


def refused(code: str, kind: type[Refusal] = Refusal) -> Any:
    class Expect:
        def __enter__(self) -> None:
            self.raises = pytest.raises(kind)
            self.caught = self.raises.__enter__()

        def __exit__(self, *error: Any) -> bool:
            swallowed = bool(self.raises.__exit__(*error))
            assert self.caught.value.code == code
            return swallowed

    return Expect()


# --- Made -------------------------------------------------------------------------------------------------------------
def test_a_villager_applies_alone_and_the_township_decides(db: None) -> None:
    term = open_term_for()
    one = applied(term)
    assert (one.state, one.entered_by, one.division_id) == ("submitted", None, cast.township.pk)
    one = accepted(one)
    services.approve_applications(by=cast.clerk, ids=[one.pk], opinion="符合条件")
    one = again(one)
    assert (one.state, one.reason, one.decided_by_person) == ("approved", "符合条件", cast.clerk.person)
    told = TrailEntry.objects.filter(subject_type="rosters.application", subject_id=str(one.pk)).order_by("id")
    assert [entry.verb for entry in told] == ["application.submit", "application.accept", "application.approve"]
    assert told[0].actor is None


def test_a_clerk_applies_with_the_signed_form_and_somebody_else_decides(db: None) -> None:
    term = open_term_for()
    with refused("applications.form", Invalid):
        applied(term, by=cast.clerk, form=None)
    one = accepted(applied(term, by=cast.clerk))
    assert one.kept_papers.get().kind == "form"
    with refused("applications.maker_is_not_checker", Forbidden):
        services.approve_applications(by=cast.clerk, ids=[one.pk])
    with refused("applications.maker_is_not_checker", Forbidden):
        services.refuse_applications(by=cast.clerk, ids=[one.pk], reason="不符合")
    with pytest.raises(IntegrityError, match="rosters_application_maker_is_not_checker"), transaction.atomic():
        Application.objects.filter(pk=one.pk).update(
            state="approved", decided_by=cast.clerk, decided_by_person=cast.clerk.person, decided_at=clock.now()
        )
    assert approved(one).state == "approved"


def test_another_townships_clerk_neither_applies_nor_decides(db: None) -> None:
    term = open_term_for()
    with refused("accounts.post_needed", Forbidden):
        applied(term, by=cast.clerk2)
    one = applied(term)
    for act in (services.accept_applications, services.approve_applications):
        with pytest.raises(NotFound):
            act(by=cast.clerk2, ids=[one.pk])


def dead(one: Person) -> None:
    register.mark_dead(by=cast.clerk, person=one, on=clock.today())


def without_card(one: Person) -> None:
    one.accounts.update(in_use=False)


def frozen_card(one: Person) -> None:
    one.accounts.update(state="frozen")


@pytest.mark.req("ROS-4")
@pytest.mark.parametrize(
    ("fate", "code"),
    [(dead, "applications.person"), (without_card, "applications.no_account"), (frozen_card, "applications.account")],
)
def test_the_register_is_asked_at_once_and_again_at_the_approval(
    db: None, fate: Callable[[Person], None], code: str
) -> None:
    term = open_term_for()
    waiting = accepted(applied(term, who=elder(name="甲先")))
    fate(waiting.beneficiary)
    with refused(code, Conflict):
        services.approve_applications(by=cast.station, ids=[waiting.pk])
    late = elder(name="甲后")
    fate(late)
    with refused(code, Conflict):
        applied(term, who=late)


def test_what_is_asked_for_fits_the_policy(db: None) -> None:
    term = open_term_for()
    one = elder()
    for changed, code in (
        ({"quantity": Decimal("0")}, "rosters.quantity"),
        ({"standard": standard("2130122")}, "rosters.standard"),
        ({"consent": False}, "applications.consent"),
        ({"beneficiary": elder(name="外人")}, "applications.other_household"),
    ):
        with refused(code, Invalid):
            applied(term, who=one, **changed)
    young = person(one.household, "甲小")
    with refused("applications.no_account", Conflict):
        applied(term, who=one, beneficiary=young)


def test_a_term_opens_and_closes_and_names_what_it_wants(db: None) -> None:
    today = clock.today()
    later = open_term_for("2130122", opens_on=today + timedelta(days=2), closes_on=today + timedelta(days=9))
    head = household().head
    assert head is not None
    with refused("applications.not_open", Conflict):
        applied(later, who=head)
    with refused("applications.term_double", Conflict):
        open_term_for("2130122", period_start=date(2026, 6, 1))
    with refused("accounts.post_needed", Forbidden):
        services.open_term(
            by=cast.care_reviewer, policy=policy("2130122"), opens_on=today, closes_on=today,
            period_start=date(2027, 1, 1), period_end=date(2027, 12, 31),
        )  # fmt: skip
    term = open_term_for(basis_title="证书编号", papers="老年证")
    who = elder()
    with refused("applications.papers", Invalid):
        applied(term, who=who, basis="A1")
    with refused("applications.basis", Invalid):
        applied(term, who=who, papers=[paper("老年证.jpg")])
    one = applied(term, who=who, basis=" Ａ１ ", papers=[paper("老年证.jpg")])
    assert one.basis == "A1"
    services.move_closing(by=cast.care_reviewer, term=term, closes_on=today)
    at("2026-05-07T09:00")
    with refused("applications.closed", Conflict):
        applied(term, papers=[paper("老年证.jpg")], basis="A2")


def test_the_same_is_asked_for_once(db: None) -> None:
    term = open_term_for()
    who = elder()
    first = applied(term, who=who)
    with refused("applications.double", Conflict):
        applied(term, who=who, by=cast.clerk)
    services.withdraw_application(by=None, application=first, person=who)
    second = applied(term, who=who)
    with pytest.raises(IntegrityError, match="rosters_application_once"), transaction.atomic():
        Application.objects.create(
            **{
                field.attname: getattr(second, field.attname)
                for field in Application._meta.concrete_fields
                if field.name not in ("id", "number")
            },
            number="SB-double",
        )
    made = roster()
    other = elder(name="甲册")
    roster_services.add_line(
        by=cast.clerk, roster=made, beneficiary=other, standard=standard(CODE), quantity=Decimal(1)
    )
    with refused("applications.in_roster", Conflict):
        applied(term, who=other)


@pytest.mark.req("ROS-4")
def test_what_excludes_a_payment_on_its_way_is_not_asked_for(db: None) -> None:
    group = ExclusionGroup.objects.create(
        code="T1", name="地力保护与高龄津贴", per="person", severity="error", source="示例〔2026〕1号"
    )
    group.policies.set([policy("2130122"), policy(CODE)])
    home = household()
    old = elder(home)
    Household.objects.filter(pk=home.pk).update(head=old)
    sent_roster(roster=draft_roster(homes=[Household.objects.get(pk=home.pk)]))
    term = open_term_for()
    with refused("applications.excluded", Conflict):
        applied(term, who=Person.objects.get(pk=old.pk))
    ExclusionGroup.objects.update(severity="warning")
    assert applied(term, who=Person.objects.get(pk=old.pk)).state == "submitted"


# --- Decided ----------------------------------------------------------------------------------------------------------
def test_what_is_missing_is_asked_for_once_and_supplied(db: None) -> None:
    one = applied(open_term_for())
    services.ask_for_missing(by=cast.clerk, application=one, missing="户口本复印件")
    with refused("applications.arrow", Conflict):
        services.accept_applications(by=cast.clerk, ids=[one.pk])
    with pytest.raises(NotFound):
        services.supply_missing(by=None, application=one, person=elder(name="外人"), papers=[paper("户口本.jpg")])
    services.supply_missing(by=None, application=one, person=one.applicant, papers=[paper("户口本.jpg")])
    with refused("applications.asked_once", Conflict):
        services.ask_for_missing(by=cast.clerk, application=one, missing="还要照片")
    assert approved(again(one)).state == "approved"


def test_several_are_decided_at_once_or_none(db: None) -> None:
    term = open_term_for()
    several = [accepted(applied(term, who=elder(name=f"甲{n}"))) for n in range(3)]
    ids = [one.pk for one in several]
    several[2].beneficiary.accounts.update(in_use=False)
    with pytest.raises(Conflict, match=several[2].number):
        services.approve_applications(by=cast.station, ids=ids)
    assert {again(one).state for one in several} == {"accepted"}
    with refused("applications.reason", Invalid):
        services.refuse_applications(by=cast.station, ids=ids, reason=" ")
    assert services.refuse_applications(by=cast.station, ids=ids, reason="不在补贴范围") == 3
    assert {again(one).reason for one in several} == {"不在补贴范围"}


def test_nobody_decides_on_the_own_application(db: None) -> None:
    one = accepted(applied(open_term_for()))
    cast.station.person.__class__.objects.filter(pk=cast.station.person_id).update(id_digest=one.applicant.id_digest)
    with refused("applications.own", Forbidden):
        services.approve_applications(by=cast.station, ids=[one.pk])


@pytest.mark.parametrize(
    ("changes", "truth"),
    [
        ({"state": "refused", "reason": ""}, "rosters_application_arrows"),
        ({"state": "approved"}, "rosters_application_arrows"),
        ({"quantity": 99}, "rosters_application_frozen"),
        ({"missing": "再要"}, "rosters_application_missing_what"),
    ],
)
def test_the_database_keeps_what_was_asked_and_its_arrows(db: None, changes: dict[str, Any], truth: str) -> None:
    one = applied(open_term_for())
    with pytest.raises(IntegrityError, match=truth), transaction.atomic():
        Application.objects.filter(pk=one.pk).update(**changes)


# --- Into a roster ----------------------------------------------------------------------------------------------------
def test_a_roster_takes_the_approved_of_its_policy_period_and_township(db: None) -> None:
    term = open_term_for()
    ours = approved(applied(term))
    applied(term, who=elder(name="甲等"))  # not decided yet
    there = elder(household(cast.villages2[0]), name="乙老", by=cast.clerk2)
    other = applied(term, who=there)
    services.accept_applications(by=cast.clerk2, ids=[other.pk])
    services.approve_applications(by=cast.station2, ids=[other.pk])
    made = roster()
    assert services.fill_from_applications(by=cast.clerk, roster=made) == services.Taken(1, 1, 0)
    line = RosterLine.objects.get(roster=made)
    assert (line.beneficiary_id, line.quantity) == (ours.beneficiary_id, Decimal(12))
    assert line.taken_from.application == ours
    with refused("applications.nothing", Conflict):
        services.fill_from_applications(by=cast.clerk, roster=made)
    with refused("applications.in_roster", Conflict):
        services.withdraw_application(by=cast.clerk, application=ours)
    with pytest.raises(IntegrityError, match="rosters_application_taken"), transaction.atomic():
        Application.objects.filter(pk=ours.pk).update(state="withdrawn")
    with refused("applications.nothing", Conflict):
        services.fill_from_applications(by=cast.clerk, roster=roster(period_end=date(2026, 6, 30)))


def test_a_removed_line_or_a_void_roster_sets_the_application_free(db: None) -> None:
    ours = approved(applied(open_term_for()))
    first, second = roster(), roster()
    services.fill_from_applications(by=cast.clerk, roster=first)
    with refused("applications.nothing", Conflict):
        services.fill_from_applications(by=cast.clerk, roster=second)
    roster_services.remove_line(by=cast.clerk, line=RosterLine.objects.get(roster=first))
    assert list(free_for(second)) == [ours]
    services.fill_from_applications(by=cast.clerk, roster=second)
    roster_services.void_roster(by=cast.clerk, roster=second, reason="重新编制")
    assert list(free_for(first)) == [ours]
    services.fill_from_applications(by=cast.clerk, roster=first)
    assert [take.released for take in ApplicationTake.objects.order_by("id")] == [True, False]


def test_lines_that_go_by_any_way_take_their_link_with_them(db: None) -> None:
    ours = approved(applied(open_term_for()))
    made = roster()
    services.fill_from_applications(by=cast.clerk, roster=made)
    lines = RosterLine.objects.filter(roster=made)
    lines._raw_delete(lines.db)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(free_for(made)) == [ours]


def test_a_line_that_is_there_already_is_linked_and_one_that_differs_is_told(db: None) -> None:
    term = open_term_for()
    same, differs = (approved(applied(term, who=elder(name=name))) for name in ("甲同", "甲异"))
    made = roster()
    for one, quantity in ((same, 12), (differs, 6)):
        roster_services.add_line(
            by=cast.clerk, roster=made, beneficiary=one.beneficiary, standard=one.standard, quantity=Decimal(quantity)
        )
    assert services.fill_from_applications(by=cast.clerk, roster=made) == services.Taken(0, 1, 1)
    assert list(free_for(made)) == [differs]


def test_by_household_the_head_is_the_beneficiary_whoever_applies(db: None) -> None:
    home = household(members=[("妻子", "甲二")])
    wife = home.members.get(name="甲二")
    one = applied(open_term_for("2130122"), who=wife, quantity=Decimal("12.50"))
    assert (one.beneficiary_id, one.holder) == (home.head_id, f"H{home.pk}")
    approved(one)
    made = roster("2130122")
    assert services.fill_from_applications(by=cast.clerk, roster=made).added == 1


def test_two_rosters_that_take_at_one_moment_never_share_an_application(committed_db: Database) -> None:
    approved(applied(open_term_for()))
    first, second = roster(), roster()
    outcomes = race(
        lambda: services.fill_from_applications(by=cast.clerk, roster=first),
        lambda: services.fill_from_applications(by=cast.clerk, roster=second),
    )
    (lost,) = refusals(outcomes)
    assert lost.code == "applications.nothing"
    assert ApplicationTake.objects.count() == RosterLine.objects.count() == 1


def test_two_ways_of_applying_at_one_moment_make_one_application(committed_db: Database) -> None:
    term, who = open_term_for(), elder()
    outcomes = race(lambda: applied(term, who=who), lambda: applied(term, who=who, by=cast.clerk))
    (lost,) = refusals(outcomes)
    assert lost.code == "applications.double"
    assert Application.objects.count() == 1
