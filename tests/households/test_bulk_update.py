"""Many records brought up to date by Excel: one file, one request, reviewed by another, in force whole (REG-6)."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.models import TrailEntry
from households import services
from households.imports import updating
from households.imports.services import accept_import, drop_import
from households.models import BankAccount, Household, Person, RegisterHistory, RegisterImport, RegisterRequest
from households.models import RegisterUpdateRow as Row
from households.services import Evidence
from lib import crypto
from lib.errors import Conflict, Forbidden
from rosters.stale import is_stale
from tests.databases import Database
from tests.factories import cast
from tests.factories_households import household, person
from tests.factories_papers import scan
from tests.factories_requests import collected
from tests.factories_rosters import draft_roster, sent_roster
from tests.households.sheets import card_of, run
from tests.races import race, refusals
from tests.refused import refused_by
from tests.rosters.conftest import doors  # noqa: F401
from tests.uploads import paper

pytestmark = pytest.mark.req("REG-6", "REG-3")
State = RegisterImport.State
NEW = dict(zip(("phone", "address", "group", "contracted", "subsidised", "bank", "card"), updating.NEW, strict=True))


def line(who: Person, **changes: Any) -> dict[str, Any]:
    return {"人员编号": who.pk, "姓名": who.name, **{NEW[key]: value for key, value in changes.items()}}


def table(rows: Sequence[Mapping[str, Any]]) -> SimpleUploadedFile:
    titles = ["人员编号", "身份证号", "姓名", *updating.NEW]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("填报")
    for row in [titles, *([row.get(title) for title in titles] for row in rows)]:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("更新.xlsx", buffer.getvalue())


def checked(rows: Sequence[Mapping[str, Any]]) -> RegisterImport:
    return run(updating.begin_update(by=cast.clerk, upload=table(rows), township=cast.township))


def submitted(batch: RegisterImport, **more: Any) -> RegisterRequest:
    evidence = Evidence(scan("申请.pdf"), [scan("确认表.pdf")])
    return updating.submit_update(by=cast.clerk, batch=batch, reason="年度核对", evidence=evidence, **more)


def head_of(home: Household) -> Person:
    assert home.head is not None
    return home.head


def faults(batch: RegisterImport) -> set[tuple[int, str]]:
    return {(error.row, error.rule) for error in batch.errors.all()}


@pytest.fixture
def homes(db: None) -> list[Household]:
    return [household(name=f"甲{n}", with_accounts=n != "三") for n in "一二三"]


def test_one_file_becomes_one_request_and_is_in_force_with_the_stations_word(homes: list[Household]) -> None:
    one, two, three = (head_of(home) for home in homes)
    wife = person(homes[0], "乙一", relation="妻子")
    collected()
    batch = checked(
        [
            line(one, phone="138 1234 5678", address="一组12号", group="二组", contracted="20.5"),
            line(wife, phone="13911112222"),
            line(two, address=homes[1].address, subsidised=homes[1].subsidised_mu),  # as it is
            line(three, bank="农业银行", card=card_of(3)),
        ]
    )
    assert (batch.state, batch.rows, batch.good_rows) == (State.READY, 4, 4), faults(batch)
    counts = batch.summary["update"]
    assert (counts["changed"], counts["households"], counts["phone"], counts["account"]) == (3, 2, 2, 1)
    request = submitted(batch)
    assert Household.objects.get(pk=homes[0].pk).address == homes[0].address
    with pytest.raises(Forbidden):
        services.approve_register_change(by=cast.clerk, request=request)

    roster = draft_roster(homes=[homes[1], homes[0]])
    services.approve_register_change(by=cast.station, request=request)

    assert is_stale(roster), "what is being made of these people is checked again"
    home = Household.objects.get(pk=homes[0].pk)
    assert (home.address, home.group, str(home.contracted_mu)) == ("一组12号", "2组", "20.50")
    one.refresh_from_db()
    assert crypto.decrypt(bytes(one.phone_cipher or b"")) == "13812345678"
    assert BankAccount.objects.get(person=three, in_use=True).tail == card_of(3)[-4:]
    history = RegisterHistory.objects.filter(paper_type="households.registerrequest", paper_id=request.pk)
    assert set(history.values_list("subject", "act")) == {
        ("person", "change"), ("household", "change"), ("account", "add"),
    }  # fmt: skip
    assert RegisterRequest.objects.get(pk=request.pk).state == "approved"
    assert "13812345678" not in "".join(TrailEntry.objects.values_list("facts", flat=True))


def test_every_row_that_cannot_be_is_named(homes: list[Household]) -> None:
    one, two, three = (head_of(home) for home in homes)
    wife = person(homes[0], "乙一", relation="妻子")
    stranger = head_of(household(cast.villages2[0], name="丙一"))
    batch = checked(
        [
            line(one, bank="农业银行", card=card_of(1)),  # 2: the card works
            line(two, phone="12"),  # 3
            line(three, bank="农业银行"),  # 4
            line(wife, address="别处"),  # 5
            line(stranger, phone="13911112222"),  # 6
            {"人员编号": 0, "姓名": "甲九"},  # 7
            {"姓名": "甲九"},  # 8
            {**line(three, phone="13911112222"), "姓名": "甲四"},  # 9
        ]
    )
    assert faults(batch) == {
        (2, "update.card_works"), (3, "phone.format"), (4, "update.card"), (5, "update.head_row"),
        (6, "update.unknown"), (7, "update.unknown"), (8, "update.whom"), (9, "update.name"), (9, "update.same"),
    }  # fmt: skip
    assert {row for row, _ in faults(batch)} == set(range(2, 10))
    with pytest.raises(Conflict, match="没有与底册不同"):
        submitted(batch, only_good=True)


def test_rows_in_error_stay_out_by_an_explicit_word(homes: list[Household]) -> None:
    one, two, _ = (head_of(home) for home in homes)
    batch = checked([line(one, phone="13911112222"), line(two, phone="12")])
    with pytest.raises(Conflict, match="有 1 行有错误"):
        submitted(batch)
    services.approve_register_change(by=cast.station, request=submitted(batch, only_good=True))
    assert Person.objects.filter(phone_digest=crypto.digest("phone", "13911112222")).count() == 1


def test_a_row_that_is_stale_at_the_approval_refuses_the_whole_and_is_named(homes: list[Household]) -> None:
    one, two, _ = (head_of(home) for home in homes)
    request = submitted(checked([line(one, phone="13911112222"), line(two, address="一组12号", phone="13911113333")]))
    Household.objects.filter(pk=homes[1].pk).update(address="一组99号")
    with pytest.raises(Conflict, match="第3行甲二与提交时不同，整份没有写入"):
        services.approve_register_change(by=cast.station, request=request)
    assert not Person.objects.filter(phone_digest=crypto.digest("phone", "13911112222")).exists()
    services.refuse_register_change(by=cast.station, request=request, opinion="有一户已变")


def test_an_account_on_its_way_waits_and_telephones_do_not(homes: list[Household], doors: Any) -> None:  # noqa: F811
    one = head_of(homes[0])
    BankAccount.objects.filter(person=one).update(state="frozen")
    first = checked([line(one, bank="农业银行", card=card_of(1))])
    assert first.good_rows == 1
    request = submitted(first)
    BankAccount.objects.filter(person=one).update(state="normal")
    sent_roster(roster=draft_roster(homes=[homes[0]]))
    BankAccount.objects.filter(person=one).update(state="frozen")
    with pytest.raises(Conflict, match="会改变正在办理的收款人或账户"):
        services.approve_register_change(by=cast.station, request=request)
    assert faults(checked([line(one, bank="农业银行", card=card_of(1))])) == {(2, "update.transit")}
    services.approve_register_change(by=cast.station, request=submitted(checked([line(one, phone="13911112222")])))


def test_the_table_holds_what_is_registered_masked_and_comes_back_unchanged(
    homes: list[Household], tmp_path: Path
) -> None:
    path = tmp_path / "t.xlsx"
    assert updating.write_template(by=cast.clerk, township=cast.township, village=None, path=path) == 3
    rows = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    assert rows[2] == updating.HEADERS
    numbers = {crypto.decrypt(one.id_cipher) for one in Person.objects.all()}
    assert not numbers & {str(cell) for row in rows for cell in row}
    upload = SimpleUploadedFile("更新表.xlsx", path.read_bytes())
    batch = run(updating.begin_update(by=cast.clerk, upload=upload, township=cast.township))
    assert (batch.rows, batch.good_rows, batch.summary["update"]["changed"]) == (3, 3, 0), faults(batch)
    assert batch.summary["unknown_columns"] == []
    with pytest.raises(Forbidden):
        updating.write_template(by=cast.clerk2, township=cast.township, village=None, path=path)


def test_what_an_update_says_stands_with_its_request(homes: list[Household]) -> None:
    one = head_of(homes[0])
    dropped = checked([line(one, phone="13911112222")])
    with pytest.raises(Conflict):
        accept_import(by=cast.clerk, batch=dropped)
    drop_import(by=cast.clerk, batch=dropped)
    assert not Row.objects.filter(batch=dropped).exists()
    batch = checked([line(one, phone="13911112222")])
    submitted(batch)
    refused_by("households_update_row_frozen", f"DELETE FROM households_registerupdaterow WHERE batch_id = {batch.pk}")
    refused_by("InsufficientPrivilege", "UPDATE households_registerupdaterow SET address = 'x'")
    refused_by(
        "households_import_arrows", f"UPDATE households_registerimport SET state = 'taken_in' WHERE id = {batch.pk}"
    )
    with pytest.raises(Conflict, match="不能提交"):
        submitted(batch)


def test_one_file_is_submitted_once(committed_db: Database) -> None:
    one = head_of(household())
    batch = checked([line(one, phone="13911112222")])
    (lost,) = refusals(race(*[lambda: submitted(batch)] * 2))
    assert isinstance(lost, Conflict)
    assert RegisterRequest.objects.count() == 1


def test_from_the_table_to_the_request_on_pages(homes: list[Household]) -> None:
    clerk, station = Client(), Client()
    clerk.force_login(cast.clerk)
    station.force_login(cast.station)
    begin = reverse("households:updates")
    assert "下载更新表" in clerk.get(begin).content.decode()
    assert clerk.get(reverse("households:update_template")).getvalue()[:2] == b"PK"
    assert station.get(begin).status_code == 404
    clerk.post(begin, {"upload": table([line(head_of(homes[0]), phone="13911112222")]), "township": cast.township.pk})
    batch = run(RegisterImport.objects.get())
    at = reverse("households:update", args=[batch.pk])
    assert clerk.get(reverse("households:import", args=[batch.pk]))["Location"] == at
    page = clerk.get(at).content.decode()
    assert "139****2222" in page
    assert "请" in clerk.post(at, {"reason": "年度核对"}).content.decode()
    given = {"reason": "年度核对", "certificate": paper("申请.pdf"), "originals": paper("确认表.pdf")}
    shown = clerk.post(at, given)
    request = RegisterRequest.objects.get()
    assert shown["Location"] == reverse("households:request", args=[request.pk])
    review = station.get(shown["Location"]).content.decode()
    assert at in review
    assert "1 人，涉及 1 户" in review
    assert "139****2222" in station.get(at).content.decode()
    station.post(shown["Location"], {"decision": "approve", "opinion": ""})
    assert RegisterRequest.objects.get().state == "approved"
    assert "批量更新" in clerk.get(reverse("households:requests"), {"tab": "all"}).content.decode()
