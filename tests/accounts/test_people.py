"""The administrator's pages: people, posts, and the tables of the county; nobody else finds them."""

import io
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from accounts.models import Organisation, Post, TrailEntry, User
from accounts.services import add_user
from rulebook.models import CalendarDay, CalendarYear
from subsidies.models import Policy, PolicyVersion, Standard
from tests.cast_data import PASSWORD, PEOPLE
from tests.corpus import books
from tests.factories import cast, id_number, policy, standard

OTHERS = [name for name in PEOPLE if name != "admin"]
INCOMPATIBLE = "不得由同一自然人兼任"
ALLOWED_TABLES = {
    "division", "organisation", "calendarday", "calendaryear", "policy", "policyversion", "standard", "columntemplate",
    "exclusiongroup", "headername",
}  # fmt: skip


@pytest.fixture
def office(db: None, client: Client) -> Client:
    """The administrator, signed in."""
    client.force_login(cast.admin)
    return client


def text_of(response: Any) -> str:
    decoded: str = response.content.decode()
    return decoded


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("username", OTHERS)
def test_the_pages_of_people_do_not_exist_for_others(db: None, client: Client, username: str) -> None:
    client.force_login(getattr(cast, username))
    missing = client.get("/nowhere/").content
    for path in ("/people/", "/people/new/", f"/people/{cast.clerk.pk}/", "/admin/", "/admin/accounts/division/"):
        response = client.get(path)
        assert (response.status_code, response.content) == (404, missing), path
    before = Post.objects.count()
    client.post(f"/people/{cast.clerk.pk}/appoint/", {"role": "auditor", "organisation": 1, "since": "2026-05-06"})
    client.post(f"/people/{cast.clerk.pk}/active/", {"active": "0"})
    assert Post.objects.count() == before
    assert cast.clerk.is_active


def test_people_are_found_by_name_post_and_organisation(office: Client) -> None:
    assert "经办甲" in text_of(office.get("/people/"))
    government = cast.organisation("152223100000-ZF")
    found = text_of(office.get(f"/people/?role=township_clerk&organisation={government.pk}"))
    assert "经办甲" in found
    assert "经办乙" not in found
    assert "没有符合条件" in text_of(office.get("/people/", {"q": "没有这个人"}))
    assert "没有符合条件" in text_of(office.get("/people/", {"state": "closed"}))


def test_a_new_person_is_entered_appointed_and_can_sign_in(office: Client) -> None:
    given = {
        "username": "new_clerk",
        "full_name": "新 人",
        "id_number": id_number(),
        "password": PASSWORD,
        "again": PASSWORD,
    }
    response = office.post("/people/new/", given)
    made = User.objects.get(username="new_clerk")
    assert response.headers["Location"] == f"/people/{made.pk}/appoint/"
    assert given["id_number"] not in text_of(office.get(f"/people/{made.pk}/"))
    where = cast.organisation("152223100000-ZF")
    office.post(
        f"/people/{made.pk}/appoint/", {"role": "township_clerk", "organisation": where.pk, "since": "2026-05-06"}
    )
    assert Post.objects.get(user=made).organisation == where
    other = Client()
    other.post("/sign-in/", {"username": "new_clerk", "password": PASSWORD})
    assert "乡镇经办" in text_of(other.get("/workbench/"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "clerk"}, "已被使用"),
        ({"again": "another-one-2026"}, "两次输入的新密码不一致"),
        ({"password": "short", "again": "short"}, "密码不符合要求"),
        ({"id_number": "159999198001010010"}, "身份证"),
    ],
)
def test_a_wrong_entry_is_shown_with_what_was_typed(office: Client, change: dict[str, str], words: str) -> None:
    given = {
        "username": "new_clerk",
        "full_name": "新人",
        "id_number": id_number(),
        "password": PASSWORD,
        "again": PASSWORD,
    }
    shown = text_of(office.post("/people/new/", {**given, **change}))
    assert words in shown
    assert "error-summary" in shown
    assert 'value="新人"' in shown
    assert not User.objects.filter(full_name="新人").exists()


@pytest.mark.req("ACL-2")
def test_an_incompatible_post_is_refused_in_a_sentence(office: Client) -> None:
    same = id_number()
    one, other = (
        add_user(by=cast.admin, username=username, full_name="两号甲", id_number=same, password=PASSWORD)
        for username in ("one", "other")
    )
    page = {"role": "township_clerk", "organisation": cast.organisation("152223100000-ZF").pk, "since": "2026-05-06"}
    assert office.post(f"/people/{one.pk}/appoint/", page).status_code == 302
    page = {"role": "finance_head", "organisation": cast.organisation("CZJ").pk, "since": "2026-05-06"}
    shown = text_of(office.post(f"/people/{other.pk}/appoint/", page))
    assert INCOMPATIBLE in shown
    assert not Post.objects.filter(user=other).exists()


def test_a_post_is_ended_and_opens_nothing_from_that_day(office: Client) -> None:
    post = Post.objects.get(user=cast.clerk)
    response = office.post(f"/people/posts/{post.pk}/end/", {"on": "2026-05-06"})
    assert response.headers["Location"] == f"/people/{cast.clerk.pk}/"
    other = Client()
    other.force_login(cast.clerk)
    assert "您现在没有岗位" in text_of(other.get("/workbench/"))
    assert "已经结束" in text_of(office.post(f"/people/posts/{post.pk}/end/", {"on": "2026-05-06"}))


def test_a_password_is_reset_and_a_sign_in_closed_and_opened(office: Client) -> None:
    page = f"/people/{cast.clerk.pk}/"
    new = "Practice-2026-rye!"
    assert office.post(f"{page}password/", {"password": new, "again": new}).status_code == 302
    assert cast.clerk.check_password(new)
    office.post(f"{page}active/", {"active": "0"})
    assert User.objects.filter(username="clerk", is_active=False).exists()
    office.post(f"{page}active/", {"active": "1"})
    assert User.objects.filter(username="clerk", is_active=True).exists()
    verbs = set(TrailEntry.objects.filter(actor=cast.admin).values_list("verb", flat=True))
    assert {"password.reset", "user.close", "user.open"} <= verbs


# --- The administrator's tables ---------------------------------------------------------------------------------------
@pytest.mark.req("ACL-2")
def test_the_administrators_tables_hold_no_villagers_data() -> None:
    reachable = {
        model._meta.model_name for model, shown in admin.site._registry.items() if hasattr(shown, "resource_classes")
    }
    assert reachable == ALLOWED_TABLES


def test_the_administrator_sees_those_tables_and_no_other(office: Client) -> None:
    index = text_of(office.get("/admin/"))
    for model in ALLOWED_TABLES:
        assert f"/{model}/" in index
    assert "/auth/group/" not in index
    assert office.get("/admin/auth/group/").status_code in {403, 404}


def test_nothing_is_deleted_in_the_tables(office: Client) -> None:
    assert office.post(f"/admin/subsidies/policy/{policy().pk}/delete/", {"post": "yes"}).status_code == 403
    assert Policy.objects.filter(code="2130122").exists()


def test_leaving_the_tables_signs_out(office: Client) -> None:
    office.post("/admin/logout/")
    assert office.get("/workbench/").status_code == 302


def spreadsheet(rows: list[list[Any]]) -> io.BytesIO:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "table.xlsx"
    return out


def take_in(office: Client, table: str, rows: list[list[Any]]) -> tuple[str, Any]:
    """Uploads a sheet to a table's import, and confirms the preview; preview and answer."""
    page = f"/admin/{table}/import/"
    form = text_of(office.get(page))
    xlsx = next(part.split('"')[0] for part in form.split('<option value="')[1:] if ">xlsx<" in part[:12])
    preview = office.post(page, {"import_file": spreadsheet(rows), "format": xlsx})
    confirm = preview.context.get("confirm_form") if preview.context else None
    if confirm is None:
        return text_of(preview), None
    return text_of(preview), office.post(f"/admin/{table}/process_import/", confirm.initial, follow=True)


@pytest.mark.req("PRO-3")
def test_holidays_are_imported_with_a_preview_and_make_a_new_version_of_the_calendar(office: Client) -> None:
    before = CalendarYear.objects.get(year=2026).version
    rows = [["日期", "类别", "名称"], ["2027-01-01", "holiday", "元旦"], ["2027-01-03", "workday", "元旦调休"]]
    preview, done = take_in(office, "rulebook/calendarday", rows)
    assert "元旦调休" in preview
    assert done.status_code == 200
    assert CalendarDay.objects.filter(day__year=2027).count() == 2
    assert CalendarYear.objects.get(year=2026).version == before + 1
    entry = TrailEntry.objects.get(verb="table.import")
    assert entry.actor == cast.admin
    assert '"new":2' in entry.facts


def test_an_upload_is_looked_at_before_it_is_opened(office: Client) -> None:
    page, good = (
        "/admin/rulebook/calendarday/import/",
        books.xlsx([["日期", "类别", "名称"], ["2027-01-01", "holiday", "元旦"]]),
    )
    hostile = {
        "解开后异常庞大": books.repacked(good, {books.SHEET: b"<worksheet>" + b" " * (16 * 2**20)}),
        "宏": books.repacked(good, {"xl/vbaProject.bin": b"\x00" * 100}),
        "指向其他文件": books.repacked(good, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
        "旧格式的表格": books.xls([["日期"], ["2027-01-01"]]),
        "损坏": b"PK\x03\x04 nothing",
    }
    for words, data in hostile.items():
        answer = office.post(page, {"import_file": SimpleUploadedFile("表.xlsx", data), "format": "0"})
        assert words in text_of(answer), words
    answer = office.post(page, {"import_file": SimpleUploadedFile("表.xlsx", good), "format": "1"})
    assert "格式请选“xlsx”" in text_of(answer)
    answer = office.post(
        page, {"import_file": SimpleUploadedFile("表.csv", '日期,类别\n"2027'.encode("gb18030")), "format": "1"}
    )
    assert "CSV UTF-8" in text_of(answer)


def test_a_preview_changes_nothing(office: Client) -> None:
    page = "/admin/rulebook/calendarday/import/"
    office.post(
        page, {"import_file": spreadsheet([["日期", "类别", "名称"], ["2027-01-01", "holiday", "元旦"]]), "format": "0"}
    )
    assert not CalendarDay.objects.filter(day__year=2027).exists()
    assert not TrailEntry.objects.filter(verb="table.import").exists()


def test_the_standards_in_force_of_a_published_policy_cannot_be_imported_over(office: Client) -> None:
    tier = standard()
    heads = ["政策版本", "档次代码", "档次", "标准（分）", "计量单位", "数量上限", "年龄下限", "年龄上限", "标准依据"]
    row = ["2130122/1", tier.code, tier.name, tier.amount_fen + 1, tier.per, None, None, None, tier.source]
    preview, done = take_in(office, "subsidies/standard", [heads, row])
    assert "提出政策变更" in preview
    assert done is None
    assert Standard.objects.get(pk=tier.pk).amount_fen == tier.amount_fen


@pytest.mark.req("POL-3")
def test_the_tables_are_no_way_around_the_path_of_a_change(office: Client) -> None:
    found = policy()
    given = {"policy": found.pk, "number": 2, "effective_from": "2026-06-01", "eligibility": "条件"}
    assert office.post("/admin/subsidies/policyversion/add/", given).status_code == 403
    assert office.post("/admin/subsidies/policy/add/", {"code": "X"}).status_code == 403
    assert office.post(f"/admin/subsidies/policy/{found.pk}/change/", {"name": "别的"}).status_code == 403
    assert office.get("/admin/subsidies/policy/import/").status_code == 403
    version = PolicyVersion.objects.get(policy=found)
    tier = {"version": version.pk, "code": "a", "name": "新档", "amount_fen": 9900, "per": "亩", "source": "新文件"}
    assert "提出政策变更" in text_of(office.post("/admin/subsidies/standard/add/", tier))
    assert not Standard.objects.filter(version=version, code="a").exists()


def test_organisations_are_exported_and_changed_with_a_trace(office: Client) -> None:
    page = "/admin/accounts/organisation/export/"
    form = text_of(office.get(page))
    csv = next(part.split('"')[0] for part in form.split('<option value="')[1:] if ">csv<" in part[:12])
    exported = office.post(page, {"format": csv})
    assert "扎赉特旗财政局" in exported.content.decode()
    bureau = Organisation.objects.get(code="CZJ")
    changed = {
        "kind": bureau.kind,
        "code": "CZJ",
        "name": bureau.name,
        "division": bureau.division_id,
        "phone": "0482-6110000",
        "active": "on",
    }
    assert office.post(f"/admin/accounts/organisation/{bureau.pk}/change/", changed).status_code == 302
    assert Organisation.objects.get(code="CZJ").phone == "0482-6110000"
    entry = TrailEntry.objects.get(verb="table.change")
    assert "6110000" not in entry.facts
