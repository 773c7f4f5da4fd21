"""Errors that come back with every file: recognised by person and rule, listed by village, settled (ROS-1)."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import TrailEntry
from households.models import Household
from jobs import recurring
from lib.errors import Conflict, NotFound
from rosters import services
from rosters.models import RosterImport, RosterRowError
from tests.factories import at, cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster
from tests.rosters.test_import import bring, row_of

pytestmark = pytest.mark.req("ROS-1")
KIND = "rosters.import"


def wrong(home: Household, **more: Any) -> list[Any]:
    return row_of(home, name="乙九", **more)


def of(batch: RosterImport, rule: str = "person.name") -> RosterRowError:
    return batch.errors.get(rule=rule)


def test_the_same_error_of_the_same_person_says_how_often_and_when_last(db: None) -> None:
    home, other = household(), household()
    first = draft_roster(homes=0)
    bring(first, [wrong(home)])
    # Brought in again for the same roster it is the same occurrence.
    assert (of(bring(first, [wrong(home)])).times, recurring.listed(cast.clerk)) == (1, [])
    at("2026-06-01T09:00")
    batch = bring(draft_roster(homes=0), [wrong(home), wrong(other)])
    again, new = batch.errors.filter(rule="person.name").order_by("row")
    assert (again.times, str(again.last_on), new.times, new.last_on) == (2, "2026-05-06", 1, None)
    assert recurring.words(again.times, again.last_on) == "第2次出现，上次2026年5月6日导入也有此错误"
    (listed,) = recurring.listed(cast.clerk)
    assert home.head is not None
    assert (listed.whose.name, listed.whose.village, listed.times) == (home.head.name, home.village.name, 2)
    # Another rule, or another unit's file, is no recurrence.
    assert bring(draft_roster(homes=0), [row_of(home, "0")]).errors.get(rule="quantity.zero").times == 1
    assert recurring.listed(cast.clerk2) == []


def test_what_was_settled_is_counted_anew_when_it_comes_again(db: None) -> None:
    home = household()
    for _ in range(2):
        bring(draft_roster(homes=0), [wrong(home)])
    (listed,) = recurring.listed(cast.clerk)
    with pytest.raises(NotFound):
        recurring.settle(by=cast.officer, kind=KIND, digest=listed.digest, rule=listed.rule)
    with pytest.raises(Conflict):
        recurring.settle(by=cast.clerk2, kind=KIND, digest=listed.digest, rule=listed.rule)
    at("2026-06-01T09:00")
    recurring.settle(by=cast.clerk, kind=KIND, digest=listed.digest, rule=listed.rule)
    assert recurring.listed(cast.clerk) == []
    assert "person.name" in TrailEntry.objects.get(verb="sheet.recurring.settle").facts
    with pytest.raises(Conflict):
        recurring.settle(by=cast.clerk, kind=KIND, digest=listed.digest, rule=listed.rule)
    at("2026-07-01T09:00")
    assert of(bring(draft_roster(homes=0), [wrong(home)])).times == 1
    assert of(bring(draft_roster(homes=0), [wrong(home)])).times == 2


def test_preview_report_and_page_say_it(db: None, tmp_path: Path) -> None:
    home = household()
    bring(draft_roster(homes=0), [wrong(home)])
    roster = draft_roster(homes=0)
    batch = bring(roster, [wrong(home)])
    client = Client()
    client.force_login(cast.clerk)
    assert "第2次出现" in client.get(reverse("rosters:import_batch", args=[roster.pk, batch.pk])).content.decode()
    path = tmp_path / "r.xlsx"
    services.import_report(by=cast.clerk, batch=batch, path=path)
    assert "第2次出现" in str(load_workbook(BytesIO(path.read_bytes())).worksheets[0]["B2"].value)
    page = reverse("jobs:recurring")
    assert page in client.get(reverse("rosters:import", args=[roster.pk])).content.decode()
    shown = client.get(page, {"village": home.village.name}).content.decode()
    assert home.head is not None
    assert home.head.name in shown
    (listed,) = recurring.listed(cast.clerk)
    client.post(page, {"kind": KIND, "digest": listed.digest, "rule": listed.rule})
    assert "没有重复出现的错误" in client.get(page).content.decode()
    other = Client()
    other.force_login(cast.officer)
    assert other.get(page).status_code == 404
