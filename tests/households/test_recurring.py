"""Errors that come back with the register's files of another year are recognised as those of rosters are (REG-6)."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from households.imports import services
from households.imports.reports import error_report
from households.models import RegisterImport, RegisterRowError
from jobs import recurring
from lib.errors import Conflict
from tests.factories import at, cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster
from tests.households import test_bulk_update as bulk
from tests.households.sheets import checked, row
from tests.rosters.test_import import bring, row_of

pytestmark = pytest.mark.req("REG-6")
WRONG = row(2, head=1, relation="本人")


def of(batch: RegisterImport, rule: str = "register.head_relation") -> RegisterRowError:
    return batch.errors.get(rule=rule)


def test_an_error_of_another_year_says_how_often_and_when_last_on_page_and_in_the_report(
    db: None, tmp_path: Path
) -> None:
    first = checked([row(1), WRONG])
    # Mended and brought in again within the year it is the same occurrence.
    assert (of(first).times, of(checked([row(1), WRONG])).times, recurring.listed(cast.clerk)) == (1, 1, [])
    at("2027-03-01T09:00")
    batch = checked([row(1), WRONG, row(3, head=1, relation="本人")])
    again, new = batch.errors.filter(rule="register.head_relation").order_by("row")
    assert (again.times, str(again.last_on), new.times) == (2, "2026-05-06", 1)
    client = Client()
    client.force_login(cast.clerk)
    words = "第2次出现，上次2026年5月6日导入也有此错误"
    assert words in client.get(reverse("households:import", args=[batch.pk])).content.decode()
    path = tmp_path / "r.xlsx"
    error_report(by=cast.clerk, batch=batch, path=path)
    told = [cell for line in load_workbook(BytesIO(path.read_bytes())).worksheets[0].values for cell in line]
    assert any(words in str(cell) for cell in told)
    # The rows in error are looked at once more when the others are taken in.
    services.accept_import(by=cast.clerk, batch=batch)
    assert batch.errors.order_by("row")[0].times == 2


def test_one_page_lists_what_comes_back_in_the_units_files_of_both_kinds(db: None) -> None:
    services.accept_import(by=cast.clerk, batch=checked([row(1)]))
    home = household()
    assert home.head is not None
    for year in ("2026-06-01", "2027-03-01"):
        at(f"{year}T09:00")
        checked([row(1)])
        bulk.checked([{**bulk.line(home.head, phone="13911112222"), "姓名": "乙九"}])
        bring(draft_roster(homes=0), [row_of(home, name="乙九")])
    client = Client()
    client.force_login(cast.clerk)
    found = {(one.source.title, one.rule): one for one in recurring.listed(cast.clerk)}
    assert set(found) == {("底册", "register.known_person"), ("底册", "update.name"), ("发放清册", "person.name")}
    known = found["底册", "register.known_person"]
    assert (known.whose.name, known.times) == ("甲1", 2)
    assert found["底册", "update.name"].whose.name == home.head.name, "by the number that the file has"
    page = reverse("jobs:recurring")
    for name in ("imports", "updates"):
        assert page in client.get(reverse(f"households:{name}")).content.decode()
    assert "甲1" in client.get(page).content.decode()
    given = {"kind": known.source.kind, "digest": known.digest, "rule": known.rule}
    with pytest.raises(Conflict):
        recurring.settle(by=cast.clerk, **{**given, "kind": "rosters.import"})
    client.post(page, given)
    assert {one.rule for one in recurring.listed(cast.clerk)} == {"update.name", "person.name"}
    assert recurring.listed(cast.clerk2) == []


def test_whoever_is_registered_elsewhere_is_not_named(db: None) -> None:
    services.accept_import(by=cast.clerk, batch=checked([row(1)]))
    for day in ("2026-06-01", "2027-03-01"):
        at(f"{day}T09:00")
        checked([row(1, village=cast.township2.children.all()[0].name)], by=cast.clerk2, township=cast.township2)
    found = recurring.listed(cast.clerk2)
    assert "register.known_person" in {one.rule for one in found}
    assert {(one.whose.name, one.whose.village) for one in found} == {("", recurring.NOT_REGISTERED)}
