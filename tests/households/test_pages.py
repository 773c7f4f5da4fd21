"""The pages of the register as people with different posts meet them."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import TrailEntry
from accounts.workbench import menu_for, todos_for
from households import selectors, services
from households.imports.services import accept_import
from households.models import AccountChange, Household, Person, RegisterImport
from jobs import services as jobs
from lib import crypto
from tests.factories import account_number, cast, id_number
from tests.factories_households import BANK, account_change, household
from tests.households.sheets import checked, id_of, row, upload, workbook

pytestmark = pytest.mark.django_db


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


@pytest.mark.req("REG-1")
def test_the_list_finds_by_name_code_and_whole_numbers_within_the_scope() -> None:
    home = household(name="甲一", members=[("妻子", "乙二")])
    household(cast.villages2[0], name="甲三")
    head = Person.objects.get(name="甲一")
    card = crypto.decrypt(head.accounts.get().number_cipher)
    clerk = cast.clerk

    for text in (
        "甲一",
        "乙",
        home.code,
        home.code[:14],
        crypto.decrypt(head.id_cipher),
        card,
        card[:4] + " " + card[4:],
    ):
        assert list(selectors.find_households(clerk, text)) == [home], text
    assert not selectors.find_households(clerk, "甲三").exists()
    assert not selectors.find_households(clerk, id_number()).exists()
    assert selectors.find_households(cast.auditor, "甲").count() == 2
    assert not selectors.find_households(cast.farm_reviewer, "甲").exists()

    page = signed_in("clerk").get(reverse("households:list"), {"q": "甲"}).content.decode()
    assert home.code in page
    assert "甲三" not in page
    assert "合计 1 户" in page


@pytest.mark.req("ACL-1")
def test_what_another_township_has_is_answered_like_what_is_not_there() -> None:
    other = household(cast.villages2[0], name="乙一")
    assert other.head is not None
    change = account_change(other.head)
    batch = upload([row(1)], by=cast.clerk2, township=cast.township2)
    client = signed_in("clerk")
    addresses: list[tuple[str, list[Any]]] = [
        ("households:detail", [other.pk]),
        ("households:person_new", [other.pk]),
        ("households:account_new", [other.head.pk]),
        ("households:death", [other.head.pk]),
        ("households:reveal", [other.head.pk, "id_number"]),
        ("households:change_new", [other.head.pk]),
        ("households:change", [change.pk]),
        ("households:import", [batch.pk]),
        ("households:import_errors", [batch.pk]),
    ]
    for name, arguments in addresses:
        hidden = client.get(reverse(name, args=arguments))
        missing = client.get(reverse(name, args=[99999999, *arguments[1:]]))
        assert (hidden.status_code, missing.status_code) == (404, 404), name
        assert hidden.content == missing.content, name
    assert batch.job is not None
    hidden = client.get(reverse("jobs:detail", args=[batch.job.pk]))
    assert hidden.status_code == 404
    assert hidden.content == client.get(reverse("jobs:detail", args=[99999999])).content


def test_a_clerk_enters_a_household_a_member_and_a_card_on_pages() -> None:
    client = signed_in("clerk")
    village = cast.villages[0]
    taken = household(name="甲九")
    assert taken.head is not None
    given = {"village": village.pk, "group": "二组", "name": "甲一", "id_number": crypto.decrypt(taken.head.id_cipher)}

    refused = client.post(reverse("households:new"), given)
    assert refused.status_code == 200
    assert "该身份证号已在" in refused.content.decode()
    assert 'value="甲一"' in refused.content.decode()
    assert Household.objects.count() == 1

    done = client.post(reverse("households:new"), {**given, "id_number": id_number()})
    home = Household.objects.get(head__name="甲一")
    assert done["Location"] == reverse("households:detail", args=[home.pk])
    client.post(
        reverse("households:person_new", args=[home.pk]),
        {"name": "甲二", "id_number": id_number(), "relation": "妻子"},
    )
    member = home.members.get(name="甲二")
    given = {"bank_name": BANK, "number": account_number(), "account_class": "I", "social_card": "on"}
    client.post(reverse("households:account_new", args=[member.pk]), given)
    assert member.accounts.get().in_use


@pytest.mark.req("ACL-3", "ACL-6")
def test_numbers_are_masked_and_one_is_shown_only_after_a_reason() -> None:
    home = household(name="甲一")
    assert home.head is not None
    number = crypto.decrypt(home.head.id_cipher)
    client = signed_in("clerk")
    page = client.get(reverse("households:detail", args=[home.pk])).content.decode()
    assert number not in page
    assert number[-4:] in page

    address = reverse("households:reveal", args=[home.head.pk, "id_number"])
    assert number not in client.get(address).content.decode()
    assert number not in client.post(address, {"reason": ""}).content.decode()
    assert not TrailEntry.objects.filter(verb="person.reveal").exists()
    shown = client.post(address, {"reason": "核对身份信息"})
    assert number in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert TrailEntry.objects.filter(verb="person.reveal").count() == 1


@pytest.mark.req("REG-8")
def test_a_change_goes_from_the_clerks_form_to_the_stations_decision_and_back() -> None:
    home = household(name="甲一")
    assert home.head is not None
    clerk, station = signed_in("clerk"), signed_in("station")
    form = reverse("households:change_new", args=[home.head.pk])
    given = {"kind": "replace", "cause": "lost", "reason": "卡丢失", "bank_name": BANK, "number": "123"}
    refused = clerk.post(form, given).content.decode()
    assert "16 至 19 位，现为 3 位" in refused
    assert "卡丢失" in refused
    fake = SimpleUploadedFile("证明.pdf", b"MZ not a scan")
    assert (
        "内容不是PDF格式" in clerk.post(form, {**given, "number": account_number(), "evidence": fake}).content.decode()
    )
    scan = SimpleUploadedFile("证明.pdf", b"%PDF-1.7 scan")
    clerk.post(form, {**given, "number": account_number(), "evidence": scan})
    change = AccountChange.objects.get()
    assert change.evidence is not None

    page = reverse("households:change", args=[change.pk])
    assert "审核通过" not in clerk.get(page).content.decode()
    assert [card.count for card in todos_for(cast.station) if card.title == "账户变更待审核"] == [1]
    assert "甲一" in station.get(reverse("households:changes")).content.decode()
    assert b"".join(station.get(reverse("households:evidence", args=[change.pk]))) == b"%PDF-1.7 scan"
    assert "未通过的原因" in station.post(page, {"decision": "reject", "opinion": ""}).content.decode()
    station.post(page, {"decision": "approve", "opinion": "同意", "old_state": "lost"})
    change.refresh_from_db()
    assert change.state == AccountChange.State.APPROVED
    assert change.old_account is not None
    assert change.old_account.state == "lost"


@pytest.mark.req("REG-6")
def test_an_import_goes_from_upload_over_progress_and_preview_to_its_result() -> None:
    client = signed_in("clerk")
    rows = [row(1), row(2, head=1), row(3, village="没有这个村")]
    file = SimpleUploadedFile("底册.xlsx", workbook(rows))
    begun = client.post(reverse("households:imports"), {"upload": file, "township": cast.township.pk})
    batch = RegisterImport.objects.get()
    page = reverse("households:import", args=[batch.pk])
    assert begun["Location"] == page
    assert batch.job is not None
    assert "正在检查" in client.get(page).content.decode()
    assert 'hx-trigger="every 2s"' in client.get(page, headers={"HX-Request": "true"}).content.decode()

    jobs.run(batch.job.pk)
    assert client.get(page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    preview = client.get(page).content.decode()
    for words in ("确认入库", "没有这个村", "下载错误行", "团结村委会", "没有认出的村"):
        assert words in preview, words
    assert (
        reverse("households:import", args=[batch.pk])
        in client.get(reverse("jobs:detail", args=[batch.job.pk])).content.decode()
    )
    assert any(card.title == "底册导入待确认" and card.url == page for card in todos_for(cast.clerk))
    assert "确认入库" not in signed_in("station").get(page).content.decode()

    client.post(reverse("households:import_accept", args=[batch.pk]), {"only_good": "on"})
    result = client.get(page).content.decode()
    assert "已入库" in result
    assert "确认入库" not in result
    assert Person.objects.count() == 2


@pytest.mark.req("REG-6")
def test_the_rows_in_error_come_back_as_they_were_with_what_to_mend_in_front() -> None:
    batch = checked([row(1), row(2, village="没有这个村"), row(3, member_id=id_of(3)[:-1])])
    at, clerk = reverse("households:import_errors", args=[batch.pk]), signed_in("clerk")
    report = clerk.get(at)
    assert report["Cache-Control"] == "no-store"
    content = report.getvalue()
    lines = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert lines[0][:2] == ("Excel行号", "错误说明")
    assert [line[0] for line in lines[1:]] == [4, 5]
    assert "没有这个村" in str(lines[1][1])
    assert id_of(2) in lines[1]
    every = load_workbook(io.BytesIO(clerk.get(at, {"all": "1"}).getvalue())).worksheets[0]
    assert [(line[0], bool(line[1])) for line in every.iter_rows(min_row=2, values_only=True)] == [
        (3, False), (4, True), (5, True),
    ]  # fmt: skip
    assert signed_in("station").get(at).status_code == 403

    # Uploaded again as it came, the report is read as the file was; its own columns are no columns.
    again = SimpleUploadedFile("错误行.xlsx", content)
    clerk.post(reverse("households:imports"), {"upload": again, "township": cast.township.pk})
    second = RegisterImport.objects.latest("id")
    assert second.job is not None
    jobs.run(second.job.pk)
    second.refresh_from_db()
    assert (second.rows, second.good_rows, second.summary["unknown_columns"]) == (2, 0, [])


@pytest.mark.req("REG-6")
def test_rows_in_error_stay_out_only_by_an_explicit_word() -> None:
    batch = checked([row(1), row(2, village="没有这个村")])
    page, accept = (reverse(f"households:{name}", args=[batch.pk]) for name in ("import", "import_accept"))
    clerk = signed_in("clerk")
    assert "有错误的 1 行这次不入库" in clerk.get(page).content.decode()
    assert "请勾选" in clerk.post(accept).content.decode()
    assert not Person.objects.exists()
    assert "1 行有错误没有入库" in clerk.post(accept, {"only_good": "on"}, follow=True).content.decode()
    assert Person.objects.count() == 1


def test_the_template_that_is_offered_is_one_that_is_understood() -> None:
    response = signed_in("clerk").get(reverse("households:import_template"))
    upload_of_it = SimpleUploadedFile("模板.xlsx", response.content)
    signed_in("clerk").post(reverse("households:imports"), {"upload": upload_of_it, "township": cast.township.pk})
    batch = RegisterImport.objects.get()
    assert batch.job is not None
    jobs.run(batch.job.pk)
    batch.refresh_from_db()
    assert "没有数据行" in batch.summary["refusal"]


def test_the_menu_shows_the_register_to_townships_and_the_county_only() -> None:
    titles = {"补贴对象", "账户变更"}
    for username, sees in (("clerk", True), ("station", True), ("auditor", True), ("bank", False), ("admin", False)):
        shown = {item.title for item in menu_for(getattr(cast, username))}
        assert (titles <= shown) is sees, username


def test_a_rejected_change_waits_on_the_clerks_workbench() -> None:
    home = household()
    assert home.head is not None
    services.reject_account_change(by=cast.station, change=account_change(home.head), opinion="材料不全")
    assert [card.count for card in todos_for(cast.clerk) if card.title == "账户变更未通过"] == [1]


def test_a_preview_is_not_stale_for_what_it_left_out() -> None:
    batch = checked([row(1), row(2, village="没有这个村")])
    accept_import(by=cast.clerk, batch=batch)
    assert Person.objects.count() == 1
