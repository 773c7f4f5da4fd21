"""Headers that nobody knows: the clerk says once what they are; it is remembered, shown, and can be removed (ROS-1)."""

import io
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import TrailEntry
from households.imports.services import map_headers as map_register_headers
from households.models import Household, RegisterImport
from jobs.headers import headings_of
from jobs.models import HeaderName
from jobs.services import run
from lib.errors import Conflict, Forbidden, Invalid
from rosters import services, sheet
from rosters.models import Roster, RosterImport
from tests.factories import cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster, homes_of
from tests.households.sheets import TITLES, row
from tests.households.sheets import run as run_register
from tests.households.sheets import workbook as register_workbook
from tests.rosters.test_import import HEADER, number_of, row_of, workbook
from tests.uploads import paper

pytestmark = pytest.mark.req("ROS-1", "REG-6")
OURS = [{"享受人姓名": "农牧民", "享受人身份证号": "公民号码", "补贴面积(亩)": "核定亩数"}.get(t, t) for t in HEADER]
MEANT = {"农牧民": "name", "公民号码": "id_number", "核定亩数": "quantity"}


def read(batch: RosterImport) -> RosterImport:
    assert batch.job is not None
    run(batch.job.pk)
    batch.refresh_from_db()
    return batch


def brought(roster: Roster, homes: list[Household], header: list[str]) -> RosterImport:
    upload = workbook([row_of(home) for home in homes], header)
    return read(services.begin_import(by=cast.clerk, roster=roster, upload=upload))


def test_a_file_of_unknown_titles_is_read_once_the_clerk_has_said_what_they_are(db: None) -> None:
    homes, roster = homes_of(2), draft_roster(homes=0)
    lost = brought(roster, homes, OURS)
    assert (lost.state, lost.summary["header"]) == ("unreadable", True)

    again = read(services.map_headers(by=cast.clerk, batch=lost, chosen=MEANT))

    assert (again.state, again.good_rows) == ("ready", 2), again.summary
    assert ["农牧民", "享受人姓名"] in again.summary["remembered"]
    assert '"count":3' in TrailEntry.objects.get(verb="sheet.headers.keep").facts
    # The next file needs no word; another unit's does, and a file with the usual titles is read as ever.
    assert brought(draft_roster(homes=0), homes, OURS).good_rows == 2
    assert brought(draft_roster(homes=0), homes, HEADER).summary["remembered"] == []
    other = household(cast.villages2[0], name="乙一")
    theirs = services.begin_import(
        by=cast.clerk2, roster=draft_roster(homes=0, by=cast.clerk2), upload=workbook([row_of(other)], OURS)
    )
    assert read(theirs).state == "unreadable"


def test_a_remembered_title_beside_the_usual_one_is_an_unknown_column_again(db: None) -> None:
    homes, roster = homes_of(1), draft_roster(homes=0)
    services.map_headers(by=cast.clerk, batch=brought(roster, homes, OURS), chosen=MEANT)
    upload = workbook([[*row_of(homes[0]), "甲一"]], [*HEADER, "农牧民"])
    both = read(services.begin_import(by=cast.clerk, roster=roster, upload=upload))
    assert (both.state, both.good_rows, both.summary["unknown_columns"]) == ("ready", 1, ["农牧民"])


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ({}, Conflict),
        ({"农牧民": "name", "公民号码": "name"}, Conflict),
        ({"农牧民": "nothing"}, Invalid),
        ({"159999198001010015": "name"}, Invalid),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_remembered(
    db: None, chosen: dict[str, str], error: type[Exception]
) -> None:
    lost = brought(draft_roster(homes=0), homes_of(1), OURS)
    with pytest.raises(error), transaction.atomic():
        services.map_headers(by=cast.clerk, batch=lost, chosen=chosen)
    with pytest.raises(Forbidden):
        services.map_headers(by=cast.clerk2, batch=lost, chosen=MEANT)
    assert not HeaderName.objects.exists()


def test_samples_are_shown_masked(db: None) -> None:
    home = homes_of(1)[0]
    lost = brought(draft_roster(homes=0), [home], OURS)
    assert lost.file is not None
    found = {one.title: one for one in headings_of(lost.file, sheet.columns_for(lost.roster), sheet.LIMITS)}
    assert found["公民号码"].key is None
    assert found["档次"].key == "tier"
    assert home.head is not None
    whole = number_of(home.head)
    (sample,) = found["公民号码"].samples
    assert (sample[:2], sample[-2:], whole not in sample) == (whole[:2], whole[-2:], True)
    assert found["农牧民"].samples == ["甲*"]


def test_titles_are_mapped_and_removed_on_pages(db: None) -> None:
    roster, client = draft_roster(homes=0), Client()
    client.force_login(cast.clerk)
    lost = brought(roster, homes_of(1), OURS)
    at = reverse("rosters:import_headers", args=[roster.pk, lost.pk])
    assert at in client.get(reverse("rosters:import_batch", args=[roster.pk, lost.pk])).content.decode()
    page = client.get(at)
    assert "农牧民" in page.content.decode()
    assert "<b>享受人姓名、享受人身份证号</b>" in page.content.decode()
    names = {one.title: name for name, one in page.context["form"].titles.items()}
    assert "有两列选了同一项" in client.post(at, dict.fromkeys(names.values(), "name")).content.decode()
    client.post(at, {names[title]: key for title, key in MEANT.items()})
    again = read(RosterImport.objects.latest("id"))
    shown = client.get(reverse("rosters:import_batch", args=[roster.pk, again.pk])).content.decode()
    assert "按本单位记住的表头读取：「农牧民」→ 享受人姓名" in shown
    forget = reverse("rosters:import_header_forget", args=[roster.pk, HeaderName.objects.get(title="农牧民").pk])
    assert forget in client.get(reverse("rosters:import", args=[roster.pk])).content.decode()
    client.post(forget)
    assert not HeaderName.objects.filter(title="农牧民").exists()
    assert client.post(forget).status_code == 404


def test_the_registers_files_remember_their_own(db: None) -> None:
    client = Client()
    client.force_login(cast.clerk)

    def sent() -> RegisterImport:
        content = register_workbook([row(1), row(2, head=1)])
        upload: Any = paper("底册.xlsx", _renamed(content, TITLES["name"], "家里人"))
        client.post(reverse("households:imports"), {"upload": upload, "township": cast.township.pk})
        return run_register(RegisterImport.objects.latest("id"))

    lost = sent()
    assert lost.state == "unreadable"
    at = reverse("households:import_headers", args=[lost.pk])
    assert at in client.get(reverse("households:import", args=[lost.pk])).content.decode()
    assert "家里人" in client.get(at).content.decode()
    again = run_register(map_register_headers(by=cast.clerk, batch=lost, chosen={"家里人": "name"}))
    assert (again.state, again.good_rows) == ("ready", 2)
    assert sent().summary["remembered"] == [["家里人", "家庭成员姓名"]]
    name = HeaderName.objects.get()
    forget = reverse("households:import_header_forget", args=[name.pk])
    assert forget in client.get(reverse("households:imports")).content.decode()
    client.post(forget)
    assert sent().state == "unreadable"


def _renamed(content: bytes, title: str, to: str) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for cell in book.worksheets[0][2]:
        if str(cell.value).startswith(title):
            cell.value = to
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
