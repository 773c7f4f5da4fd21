"""Lines from a file: read apart, matched in sets, taken in at the clerk's word (ROS-1, ROS-3)."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from openpyxl import Workbook, load_workbook

from households.models import BankAccount, Household, Person
from jobs.services import run
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from lib.sheets.write import template
from rosters import services, sheet
from rosters.models import Finding, Roster, RosterImport
from rosters.services.importing import run_import
from tests.factories import cast, policy, quota
from tests.factories_households import account, household, person
from tests.factories_rosters import draft_roster, explain_all, fresh, homes_of, sent_roster
from tests.rosters.conftest import Gates

HEADER = [
    "序号",
    "村(居)委会",
    "村(居)民小组",
    "享受人姓名",
    "享受人身份证号",
    "补贴面积(亩)",
    "档次",
    "补贴标准(元)",
    "补贴金额(元)",
    "计发依据",
    "备注",
]


def workbook(rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> SimpleUploadedFile:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in [header, *rows]:
        page.append(list(row))
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("清册.xlsx", out.getvalue())


def number_of(who: Person) -> str:
    return crypto.decrypt(who.id_cipher)


def row_of(home: Household, quantity: Any = "10.5", **more: Any) -> list[Any]:
    head = home.head
    assert head is not None
    given = {"village": home.village.name, "name": head.name, "id": number_of(head), **more}
    tail = (given.get("tier"), given.get("unit"), given.get("amount"), given.get("basis"), given.get("remark"))
    return [1, given["village"], "1组", given["name"], given["id"], quantity, *tail]


def bring(roster: Roster, rows: Sequence[Sequence[Any]], **more: Any) -> RosterImport:
    batch = services.begin_import(by=cast.clerk, roster=roster, upload=workbook(rows), **more)
    assert batch.job is not None
    run(batch.job.pk)
    batch.refresh_from_db()
    return batch


def errors(batch: RosterImport) -> dict[tuple[int, str], str]:
    return {(error.row, error.rule): error.message for error in batch.errors.all()}


def staged(batch: RosterImport) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rosters_stagedline WHERE batch_id = %s", [batch.pk])
        return int(cursor.fetchone()[0])


@pytest.mark.req("ROS-1", "ROS-3")
def test_a_file_is_matched_previewed_and_taken_in(db: None) -> None:
    homes = homes_of(3)
    roster = draft_roster(homes=0)
    batch = bring(roster, [row_of(home, "10.5", amount="1032.78", remark="补报") for home in homes])
    assert (batch.state, batch.rows, batch.good_rows, batch.total_fen) == ("ready", 3, 3, 3 * 103278), errors(batch)
    assert fresh(roster).line_count == 0
    services.accept_import(by=cast.clerk, batch=batch)
    roster = fresh(roster)
    assert (roster.line_count, roster.total_fen) == (3, 3 * 103278)
    assert roster.checked_at
    line = roster.lines.order_by("number")[0]
    assert (line.payee_name, line.remark, line.account_id is not None) == ("甲一", "补报", True)
    assert crypto.decrypt(line.beneficiary_id_cipher) == number_of(line.beneficiary)
    assert staged(batch) == 0
    with pytest.raises(Conflict, match="已写入清册"):
        services.accept_import(by=cast.clerk, batch=batch)
    explain_all(roster)
    services.send_roster(by=cast.clerk, roster=roster)


@pytest.mark.req("ROS-3", "REG-7")
def test_every_fault_is_named_at_its_row_and_good_rows_go_in(db: None) -> None:
    good, renamed, headless, cardless, doubled = (household(name=f"甲{n}") for n in "一二三四五")
    stranger = household(cast.villages2[0], name="乙一")
    rows = [
        row_of(good),
        row_of(renamed, name="甲九"),
        row_of(headless),
        row_of(cardless),
        row_of(doubled),
        row_of(doubled),
        row_of(stranger),
        row_of(household(), village="没有的村"),
        row_of(household(), amount="1"),
        row_of(household(), "0"),
        row_of(household(), unit="7"),
        row_of(household(), tier="没有的档"),
        row_of(household(), id="159999197001019999"),
        row_of(household(), "一亩多"),
    ]
    unknown = household()
    rows.append(row_of(unknown))
    Person.objects.filter(pk=unknown.head_id or 0).update(id_digest=bytes(32))
    Household.objects.filter(pk=headless.pk).update(head=None)
    BankAccount.objects.filter(person=cardless.head).update(in_use=False)
    batch = bring(draft_roster(homes=0), rows)
    faults = errors(batch)
    expected = {
        (3, "person.name"),
        (4, "payee.no_head"),
        (5, "account.none"),
        (7, "row.double"),
        (8, "person.township"),
        (9, "person.village"),
        (10, "amount.differs"),
        (11, "quantity.zero"),
        (12, "standard.amount"),
        (13, "standard.unknown"),
        (16, "person.unknown"),
    }
    assert expected <= faults.keys(), faults
    assert {row for row, _ in faults} == set(range(3, 17)) - {6}
    assert faults[10, "amount.differs"] == "金额应为1032.78元（数量×标准），现为1.00元"
    assert (batch.rows, batch.good_rows) == (15, 2)
    assert not any(number_of(good.head)[-6:] in words for words in faults.values() if good.head)
    with pytest.raises(Conflict, match="13行有错误，没有写入"):
        services.accept_import(by=cast.clerk, batch=batch, only_good=False)
    services.accept_import(by=cast.clerk, batch=batch)
    assert fresh(batch.roster).line_count == 2


def test_the_tier_follows_from_the_age_where_none_is_written(db: None) -> None:
    home = household()
    elders = [
        person(home, f"甲{n}", relation="父亲", birth=date(year, 1, 1)) for n, year in (("八", 1940), ("九", 1930))
    ]
    young = person(home, "甲十", birth=date(1990, 1, 1))
    for who in (*elders, young):
        account(who)
    roster = services.create_roster(
        by=cast.clerk,
        policy=policy("2080502"),
        quota=quota("2080502"),
        period_start=date(2026, 1, 1),
        period_end=date(2026, 3, 31),
    )
    batch = bring(roster, [row_of(home, 3, name=who.name, id=number_of(who)) for who in (*elders, young)])
    assert errors(batch).keys() == {(4, "standard.unclear")}
    services.accept_import(by=cast.clerk, batch=batch)
    amounts = roster.lines.order_by("beneficiary_name").values_list("beneficiary_name", "amount_fen")
    assert dict(amounts) == {"甲八": 300_00, "甲九": 600_00}


def test_replacing_and_appending(db: None) -> None:
    roster = draft_roster(homes=2)
    former = set(roster.lines.values_list("holder", flat=True))
    batch = bring(roster, [row_of(home) for home in homes_of(1)], replace=False)
    services.accept_import(by=cast.clerk, batch=batch)
    assert fresh(roster).line_count == 3
    batch = bring(roster, [row_of(home) for home in homes_of(1)])
    services.accept_import(by=cast.clerk, batch=batch)
    assert fresh(roster).line_count == 1
    assert not former & set(roster.lines.values_list("holder", flat=True))


@pytest.mark.req("ROS-4")
def test_explanations_outlive_a_file_that_replaces_the_lines(db: None) -> None:
    homes = homes_of(2)
    roster = draft_roster(homes=homes)
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    batch = bring(roster, [row_of(home) for home in homes])
    services.accept_import(by=cast.clerk, batch=batch)
    assert Finding.objects.filter(roster=roster).count() == 2
    assert not Finding.objects.filter(roster=roster, explanation="").exists()


def test_a_register_that_changed_between_preview_and_word_stops_the_import(db: None) -> None:
    homes = homes_of(2)
    roster = draft_roster(homes=2)
    batch = bring(roster, [row_of(home) for home in homes])
    Household.objects.filter(pk=homes[0].pk).update(head=None)
    with pytest.raises(Conflict, match="底册又有变动"):
        services.accept_import(by=cast.clerk, batch=batch)
    assert fresh(roster).line_count == 2


def test_a_file_that_is_no_roster_says_so(db: None) -> None:
    roster = draft_roster(homes=0)
    batch = services.begin_import(by=cast.clerk, roster=roster, upload=workbook([[1, 2]], ["甲", "乙"]))
    assert batch.job is not None
    assert run(batch.job.pk) == "failed"
    batch.refresh_from_db()
    assert batch.state == "unreadable"
    assert "表头" in batch.summary["message"]
    for name, content in (("a.pdf", b"x"), ("a.xlsx", b"")):
        with pytest.raises(Invalid):
            services.begin_import(by=cast.clerk, roster=roster, upload=SimpleUploadedFile(name, content))


def test_a_new_upload_or_a_word_drops_the_former_import(db: None) -> None:
    roster = draft_roster(homes=0)
    homes = homes_of(1)
    first = bring(roster, [row_of(homes[0])])
    second = bring(roster, [row_of(homes[0])])
    first.refresh_from_db()
    assert (first.state, staged(first)) == ("dropped", 0)
    with pytest.raises(Forbidden):
        services.drop_import(by=cast.clerk2, batch=second)
    services.drop_import(by=cast.clerk, batch=second)
    with pytest.raises(Conflict):
        services.accept_import(by=cast.clerk, batch=second)


def test_an_import_job_that_runs_again_finds_its_own_traces(db: None) -> None:
    roster = draft_roster(homes=0)
    batch = bring(roster, [row_of(home) for home in homes_of(2)])
    RosterImport.objects.filter(pk=batch.pk).update(state="checking")
    assert batch.job is not None
    assert run_import(batch.job)["good_rows"] == 2
    assert staged(batch) == 2


def test_no_file_is_taken_for_a_sealed_roster(db: None, doors: Gates) -> None:
    roster = draft_roster(homes=homes_of(1))
    batch = bring(roster, [row_of(home) for home in homes_of(1)])
    sent_roster(roster=roster)
    with pytest.raises(Conflict, match="不能修改"):
        services.accept_import(by=cast.clerk, batch=batch)
    with pytest.raises(Conflict):
        services.begin_import(by=cast.clerk, roster=roster, upload=workbook([]))


@pytest.mark.req("ROS-3")
def test_the_template_is_read_back_by_its_own_columns(db: None) -> None:
    home, roster = household(), draft_roster(homes=0)
    book = load_workbook(BytesIO(template(sheet.COLUMNS, roster.title)))
    page = book.active
    assert page is not None
    assert page["A1"].value == roster.title
    titles = [cell.value for cell in page[2]]
    assert titles[3] == "享受人姓名*"
    for place, value in enumerate(row_of(home), start=1):
        page.cell(3, place, value)
    out = BytesIO()
    book.save(out)
    upload = SimpleUploadedFile("模板.xlsx", out.getvalue())
    batch = services.begin_import(by=cast.clerk, roster=roster, upload=upload)
    assert batch.job is not None
    run(batch.job.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.good_rows) == ("ready", 1), batch.summary
