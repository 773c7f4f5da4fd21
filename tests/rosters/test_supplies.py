"""A department's list for all townships: sorted by the register, taken like a file, both sides told (ROS-1, ZLT§19)."""

from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from accounts.workbench import todos_for
from households.models import Household
from jobs.services import run
from lib.errors import Conflict, Forbidden, NotFound
from rosters import services as roster_services
from rosters.models import Roster, RosterImport, RosterLine
from rosters.services import taking
from rosters.supplies import services
from rosters.supplies.models import Supply, SupplyPart
from tests.databases import Database
from tests.factories import cast, id_number, policy, quota
from tests.factories_households import household
from tests.factories_rosters import YEAR
from tests.races import race, refusals
from tests.refused import refused_by
from tests.rosters.test_import import row_of, workbook
from tests.rosters.test_pages import as_

pytestmark = pytest.mark.req("ROS-1")
CODE = "2130122"


def supplied(rows: list[list[Any]], **more: Any) -> Supply:
    """A list handed in by the department and sorted."""
    made = services.hand_in(by=cast.farm_reviewer, policy=policy(CODE), upload=workbook(rows), **{**YEAR, **more})
    assert made.job is not None
    run(made.job.pk)
    return Supply.objects.get(pk=made.pk)


def issued(rows: list[list[Any]], **more: Any) -> Supply:
    return services.issue(by=cast.farm_reviewer, supply=supplied(rows, **more))


def roster(**more: Any) -> Roster:
    given: dict[str, Any] = {"by": cast.clerk, **YEAR, **more}
    return roster_services.create_roster(policy=policy(CODE), quota=quota(CODE), **given)


def homes() -> tuple[Household, Household]:
    """One of 音德尔镇, one of 新林镇."""
    return household(cast.villages[0], name="甲一"), household(cast.villages2[0], name="乙一")


def taken(part: SupplyPart, into: Roster, **more: Any) -> RosterImport:
    batch = services.take(by=into.made_by, part=part, roster=into, **more)
    assert batch.job is not None
    run(batch.job.pk)
    return RosterImport.objects.get(pk=batch.pk)


def test_rows_go_to_the_townships_of_the_register_and_the_rest_back_to_the_department(db: None) -> None:
    ours, theirs = homes()
    other = household(cast.villages[1], name="甲二")
    stranger = [1, "某村", "1组", "丙一", id_number(), "3", None, None, None, None, None]
    renamed = row_of(other, name="甲错")
    misspelt = row_of(other, id="15222319700101001")
    made = supplied([row_of(ours), row_of(theirs), stranger, renamed, misspelt])
    assert (made.state, made.rows, made.sorted_rows) == ("sorted", 5, 2)
    assert {(part.division, part.rows) for part in made.parts.all()} == {(cast.township, 1), (cast.township2, 1)}
    told = {(error.row, error.rule) for error in made.errors.all()}
    assert {(4, "person.unknown"), (5, "person.name")} < told
    assert {row for row, _ in told} == {4, 5, 6}
    answer = as_("farm_reviewer").post(reverse("rosters:supply_errors", args=[made.pk]))
    page = load_workbook(BytesIO(b"".join(answer))).active
    assert page is not None
    assert [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == [4, 5, 6]


def test_a_township_takes_its_part_with_the_preview_and_checks_of_a_file(db: None) -> None:
    ours, theirs = homes()
    wrong = row_of(household(cast.villages[1], name="甲三"), amount="1")
    made = issued([row_of(theirs), row_of(ours), wrong])
    part = made.parts.get(division=cast.township)
    into = roster()
    batch = taken(part, into)
    assert (batch.state, batch.rows, batch.good_rows, batch.made_by) == ("ready", 2, 1, cast.clerk)
    assert [error.rule for error in batch.errors.all()] == ["amount.differs"]
    assert not RosterLine.objects.exists()
    with pytest.raises(Conflict, match="正在核对"):
        services.take(by=cast.clerk, part=part, roster=into)
    with pytest.raises(Conflict, match="已经取入"):
        services.withdraw(by=cast.farm_reviewer, supply=made)
    roster_services.drop_import(by=cast.clerk, batch=batch)
    again = taken(part, into)
    page = as_("clerk").get(reverse("rosters:import_batch", args=[into.pk, again.pk]))
    assert "提供的" in page.content.decode()
    accept(again)
    assert RosterLine.objects.get().household == ours
    office = as_("farm_reviewer").get(reverse("rosters:supply", args=[made.pk])).content.decode()
    assert "已写入清册" in office
    assert into.number in office


def test_a_part_that_is_being_written_is_nobody_elses(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "LONG", 1)
    ours, _ = homes()
    made = issued([row_of(ours)])
    part = made.parts.get(division=cast.township)
    batch = taken(part, roster())
    accept(batch)
    batch.refresh_from_db()
    assert batch.state == "taking_in"
    with pytest.raises(Conflict, match="已经取入清册"):
        services.take(by=cast.clerk, part=part, roster=roster())
    with pytest.raises(Conflict, match="已经取入"):
        services.withdraw(by=cast.farm_reviewer, supply=made)
    refused_by("rosters_supply_part_once", "UPDATE rosters_supplypart SET batch_id = NULL WHERE id = %s", part.pk)


def accept(batch: RosterImport) -> None:
    roster_services.accept_import(by=cast.clerk, batch=batch, **ACCEPT)


ACCEPT: dict[str, Any] = {}


def test_only_the_department_supplies_and_only_the_own_township_takes(db: None) -> None:
    ours, _ = homes()
    for name in ("clerk", "care_reviewer", "officer"):
        with pytest.raises(Forbidden):
            services.hand_in(by=getattr(cast, name), policy=policy(CODE), upload=workbook([row_of(ours)]), **YEAR)
    made = supplied([row_of(ours)])
    part = made.parts.get()
    into = roster()
    assert as_("clerk").get(reverse("rosters:supply", args=[made.pk])).status_code == 404
    with pytest.raises(Conflict, match="待下达"):
        services.take(by=cast.clerk, part=part, roster=into)
    services.issue(by=cast.farm_reviewer, supply=made)
    assert as_("clerk").get(reverse("rosters:supply", args=[made.pk])).status_code == 200
    assert as_("clerk2").get(reverse("rosters:supply", args=[made.pk])).status_code == 404
    with pytest.raises(NotFound):
        services.take(by=cast.clerk2, part=part, roster=roster(by=cast.clerk2))
    with pytest.raises(Conflict, match="所属期不同"):
        services.take(by=cast.clerk, part=part, roster=roster(period_end=YEAR["period_end"].replace(month=6, day=30)))


def test_the_database_gives_a_part_to_a_fitting_roster_only_and_once(db: None) -> None:
    ours, _ = homes()
    made = issued([row_of(ours)])
    part, into = made.parts.get(), roster()
    first = taken(part, into)
    second = RosterImport.objects.create(roster=into, made_by=cast.clerk, made_at=first.made_at)
    with pytest.raises(IntegrityError, match="rosters_supply_part_once"), transaction.atomic():
        SupplyPart.objects.filter(pk=part.pk).update(batch=second)
    with pytest.raises(IntegrityError, match="rosters_supply_taken"), transaction.atomic():
        Supply.objects.filter(pk=made.pk).update(state="withdrawn")
    with pytest.raises(IntegrityError, match="rosters_supply_part_frozen"), transaction.atomic():
        SupplyPart.objects.filter(pk=part.pk).update(rows=9)
    roster_services.void_roster(by=cast.clerk, roster=into, reason="重新编制")
    other = roster(by=cast.clerk2)
    foreign = RosterImport.objects.create(roster=other, made_by=cast.clerk2, made_at=first.made_at)
    with pytest.raises(IntegrityError, match="rosters_supply_part_fits"), transaction.atomic():
        SupplyPart.objects.filter(pk=part.pk).update(batch=foreign)
    assert taken(part, roster()).state == "ready"


def test_a_list_may_be_withdrawn_while_nobody_has_taken_it(db: None) -> None:
    made = issued([row_of(homes()[0])])
    services.withdraw(by=cast.farm_reviewer, supply=made)
    with pytest.raises(Conflict, match="已撤回"):
        services.take(by=cast.clerk, part=made.parts.get(), roster=roster())


def test_a_file_that_cannot_be_read_says_so_and_goes_nowhere(db: None) -> None:
    made = services.hand_in(by=cast.farm_reviewer, policy=policy(CODE), upload=workbook([]), **YEAR)
    assert made.job is not None
    run(made.job.pk)
    made.refresh_from_db()
    assert (made.state, made.parts.count()) == ("unreadable", 0)
    assert made.message in as_("farm_reviewer").get(reverse("rosters:supply", args=[made.pk])).content.decode()


def test_two_rosters_that_take_at_one_moment_do_not_share_a_part(committed_db: Database) -> None:
    made = issued([row_of(homes()[0])])
    part = made.parts.get()
    first, second = roster(), roster()
    outcomes = race(
        lambda: services.take(by=cast.clerk, part=part, roster=first),
        lambda: services.take(by=cast.clerk, part=part, roster=second),
    )
    (lost,) = refusals(outcomes)
    assert lost.code == "supplies.taken"


def test_both_sides_find_the_list_where_they_work(db: None) -> None:
    ours, theirs = homes()
    office, clerk = as_("farm_reviewer"), as_("clerk")
    given = {"policy": policy(CODE).pk, "period_start": "2026-01-01", "period_end": "2026-12-31"}
    answer = office.post(reverse("rosters:supply_new"), {**given, "file": workbook([row_of(ours), row_of(theirs)])})
    made = Supply.objects.get()
    assert answer["Location"] == reverse("rosters:supply", args=[made.pk])
    assert made.job is not None
    run(made.job.pk)
    assert "待下达" in office.get(answer["Location"]).content.decode()
    office.post(reverse("rosters:supply_issue", args=[made.pk]))
    cards = {card.title: card.count for card in todos_for(cast.clerk)}
    assert cards["主管部门名单待取入清册"] == 1
    into = roster()
    part = made.parts.get(division=cast.township)
    where = reverse("rosters:supply_take", args=[into.pk, part.pk])
    assert where in clerk.get(reverse("rosters:detail", args=[into.pk])).content.decode()
    clerk.post(where, {"replace": "0"})
    part.refresh_from_db()
    assert part.batch is not None
    assert part.batch.replace is False
    foreign = made.parts.get(division=cast.township2)
    assert clerk.get(reverse("rosters:supply_take", args=[into.pk, foreign.pk])).status_code == 404
