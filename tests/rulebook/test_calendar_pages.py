"""The calendar as people see it, an administrator's way through an import, and the alerts while a year is missing."""

import io
import json
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from rulebook import calendar, clock, deadlines
from rulebook.models import CalendarDay, CalendarNotice, CalendarYear, Deadline
from tests.cast_data import PEOPLE
from tests.factories import at, cast, quota
from tests.rulebook.calendar_cases import NOTICE_2026, NOTICE_2027, WITHOUT_9_MAY, days_of, enter

PAGE, IMPORT, LOCAL, CONFIRM = (f"/rules/calendar/{path}" for path in ("", "import/", "local/", "confirm/"))


@pytest.fixture
def office(db: None) -> Client:
    client = Client()
    client.force_login(cast.admin)
    return client


def page(username: str, path: str, **query: Any) -> str:
    client = Client()
    client.force_login(getattr(cast, username))
    return client.get(path, query).content.decode()


def upload(name: str, content: bytes | str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def payload_of(shown: str) -> str:
    found = re.search(r'name="payload" value="([^"]+)"', shown)
    assert found, shown
    return found[1]


def preview(office: Client, **given: Any) -> str:
    return office.post(IMPORT, {"year": 2027, **given}).content.decode()


# --- The year ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-3")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_everybody_sees_the_year_and_only_an_administrator_the_way_to_change_it(db: None, username: str) -> None:
    shown = page(username, PAGE)
    assert "国办发明电〔2025〕7号" in shown
    assert "2月15日（周日）至2月23日（周一）" in shown
    assert shown.count('class="month"') == 12
    assert 'title="5月9日（周六） 劳动节调休">9<small>班</small>' in shown
    assert ("导入放假安排" in shown) == (username == "admin")


def test_the_months_and_the_figures_agree_with_the_calendar(db: None) -> None:
    shown = page("clerk", PAGE, year=2026)
    worked = sum(calendar.is_working_day(date.fromordinal(number)) for number in range(
        date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()))  # fmt: skip
    assert f"<dt>工作日</dt><dd><b>{worked}</b>" in shown
    assert sum(int(days) for days in re.findall(r"工作日(\d+)天</span>", shown)) == worked


def test_a_year_that_is_missing_says_so_and_shows_nothing_guessed(db: None) -> None:
    shown = page("clerk", PAGE, year=2027)
    assert "这一年的放假安排尚未导入" in shown
    assert 'class="month"' not in shown
    assert page("clerk", PAGE, year="abc").count('class="month"') == 12


def test_the_page_tells_into_which_year_clocks_run(db: None) -> None:
    at("2026-12-24T10:00")
    deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None)  # until 31 December, 24:00
    at("2026-12-31T10:00")
    deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None)
    rows = re.findall(r'<th scope="row">(\d{4})年</th><td class="num">(\d+)</td><td class="num">(\d+)</td>',
                      page("clerk", PAGE))  # fmt: skip
    assert rows == [("2026", "1", "0"), ("2027", "0", "1")]


# --- The import -------------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-3")
def test_a_notice_is_pasted_checked_confirmed_and_the_clocks_run(office: Client) -> None:
    at("2026-12-31T10:00")
    deadline = deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None)
    shown = preview(office, text=NOTICE_2027)
    assert "2月5日（周五）至2月12日（周五）" in shown
    assert "这是第1版" in shown
    assert "1个正在计时的工作日时限改变到期时间" in shown
    assert "缺日历，未计时" in shown
    assert not CalendarYear.objects.filter(year=2027).exists()
    done = office.post(CONFIRM, {"payload": payload_of(shown)}, follow=True).content.decode()
    assert "2027年的放假安排已更新为第1版，1个时限重新计算" in done
    deadline.refresh_from_db()
    assert deadline.state == Deadline.State.ARMED
    notice = CalendarNotice.objects.get(year=2027)
    assert (notice.imported_by, notice.text) == (cast.admin, NOTICE_2027.strip())


def test_a_correction_shows_what_falls_away_and_what_comes(office: Client) -> None:
    shown = office.post(IMPORT, {"year": 2026, "text": WITHOUT_9_MAY}).content.decode()
    assert "去掉" in shown
    assert "5月9日（周六）" in shown
    same = office.post(IMPORT, {"year": 2026, "text": NOTICE_2026}).content.decode()
    assert "与现有的第1版完全相同" in same


def test_mistakes_of_the_text_are_listed_and_the_text_is_kept(office: Client) -> None:
    wrong = NOTICE_2027.replace("5月8日（周六）", "5月8日（周五）").replace("共8天", "共7天")
    shown = preview(office, text=wrong)
    assert "有 2 处需要改正" in shown
    assert "2027年5月8日是周六，与括号里写的周五不符" in shown
    assert "写的是共7天，按日期数却是8天" in shown
    assert "5月8日（周五）上班" in shown
    assert "payload" not in shown


def test_text_and_file_are_not_mixed_and_one_is_needed(office: Client) -> None:
    assert "请粘贴通知原文，或上传文件" in preview(office)
    both = preview(office, text=NOTICE_2027, upload=upload("通知.txt", NOTICE_2027))
    assert "原文和文件只用一种" in both


def data_file(year: int) -> dict[str, Any]:
    names: dict[str, dict[str, Any]] = {}
    for day in days_of(NOTICE_2027, 2027):
        holiday = names.setdefault(day.name.removesuffix("调休"), {"off": [], "makeup": []})
        holiday["makeup" if day.kind == "workday" else "off"].append(day.day.isoformat())
    holidays = [
        {"name": name, "from": days["off"][0], "to": days["off"][-1], "makeup": days["makeup"]}
        for name, days in names.items()
    ]
    return {"year": year, "source": {"title": "演练通知", "number": "演〔2026〕1号", "date": "2026-11-03"},
            "holidays": holidays}  # fmt: skip


def filled_sheet(office: Client, *more: tuple[str, str, str]) -> bytes:
    book = load_workbook(io.BytesIO(office.get("/rules/calendar/template/").content))
    sheet = book.worksheets[0]
    days = [(day.day.isoformat(), "放假" if day.kind == "holiday" else "上班", day.name)
            for day in days_of(NOTICE_2027, 2027)]  # fmt: skip
    for number, row in enumerate([*days, *more], start=3):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["txt", "gbk", "json", "xlsx"])
def test_every_kind_of_file_leads_to_the_same_days(office: Client, kind: str) -> None:
    file = {
        "txt": lambda: upload("通知.txt", NOTICE_2027),
        "gbk": lambda: upload("通知.txt", NOTICE_2027.encode("gb18030")),
        "json": lambda: upload("2027.json", json.dumps(data_file(2027))),
        "xlsx": lambda: upload("放假安排.xlsx", filled_sheet(office)),
    }[kind]()
    shown = preview(office, upload=file, title="演练通知")
    office.post(CONFIRM, {"payload": payload_of(shown)})
    kept = CalendarDay.objects.filter(day__year=2027).order_by("day").values_list("day", "kind", "name")
    assert [tuple(row) for row in kept] == [(day.day, day.kind, day.name) for day in days_of(NOTICE_2027, 2027)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("通知.pdf", b"%PDF-1.7", "只能上传 .txt、.json 或 .xlsx 文件"),
        ("2027.json", b"{}", "文件里的放假安排读不懂"),
        ("2027.json", b"not json", "这不是放假安排的 JSON 文件"),
        ("2027.json", json.dumps(data_file(2026)).encode(), "文件是2026年的，选择的年份是2027年"),
        ("放假.xlsx", b"PK\x03\x04 broken", "文件已损坏"),
        ("通知.txt", "今天开会".encode(), "没有读到元旦"),
    ],
    ids=["pdf", "empty json", "no json", "another year", "broken sheet", "another text"],
)
def test_a_file_that_is_none_is_refused_at_its_field(office: Client, name: str, content: bytes, told: str) -> None:
    shown = preview(office, upload=upload(name, content), title="通知")
    assert told in shown
    assert "payload" not in shown


def test_a_cell_that_is_wrong_is_named_with_its_row(office: Client) -> None:
    shown = preview(office, upload=upload("放假.xlsx", filled_sheet(office, ("明天", "放假", "元旦"))), title="通知")
    assert "行“日期”：日期应写年月日" in shown


def test_a_sheet_without_a_named_notice_asks_for_it(office: Client) -> None:
    shown = preview(office, upload=upload("放假.xlsx", filled_sheet(office)))
    assert "请写明放假安排出自哪份通知" in shown


def test_only_what_was_shown_to_this_person_is_imported(office: Client) -> None:
    payload = payload_of(preview(office, text=NOTICE_2027))
    forged = office.post(CONFIRM, {"payload": payload[:-3] + "abc"}, follow=True).content.decode()
    assert "预览已经失效" in forged
    enter(NOTICE_2027, 2027)
    late = office.post(CONFIRM, {"payload": payload}).content.decode()
    assert "刚刚被别人更新过" in late
    assert CalendarYear.objects.get(year=2027).version == 1
    # The refused page holds a new preview, made from what is there now.
    office.post(CONFIRM, {"payload": payload_of(late)})
    assert CalendarYear.objects.get(year=2027).version == 2


@pytest.mark.parametrize("path", [IMPORT, LOCAL, "/rules/calendar/template/"])
@pytest.mark.parametrize("username", ["clerk", "finance_head", "auditor"])
def test_only_an_administrator_enters(db: None, username: str, path: str) -> None:
    client = Client()
    client.force_login(getattr(cast, username))
    assert client.get(path).status_code in (403, 404)
    assert client.post(CONFIRM, {"payload": "x"}).status_code in (403, 404)


# --- Local holidays ---------------------------------------------------------------------------------------------------
def single(office: Client, **given: str) -> str:
    typed = {
        "name": "地方节",
        "since": "2026-05-11",
        "until": "2026-05-12",
        "title": "自治区通知",
        "year": "2026",
        **given,
    }
    return office.post(LOCAL, {"kind": "single", **{f"single-{key}": value for key, value in typed.items()}},
                       follow=True).content.decode()  # fmt: skip


def test_local_holidays_are_added_one_by_one_and_taken_out_again(office: Client) -> None:
    office.post(CONFIRM, {"payload": payload_of(single(office))})
    shown = single(office, name="另一节", since="2026-07-01", until="2026-07-01", worked="2026-07-05")
    assert "地方节" in shown
    done = office.post(CONFIRM, {"payload": payload_of(shown)}, follow=True).content.decode()
    assert "2026年的地方假日已更新为第3版" in done
    assert 'title="5月11日（周一） 地方节">11<small>地</small>' in done
    assert not calendar.is_working_day(date(2026, 5, 12))
    assert calendar.is_working_day(date(2026, 7, 5))
    gone = office.post(f"{LOCAL}?year=2026", {"kind": "remove", "name": "地方节"}).content.decode()
    office.post(CONFIRM, {"payload": payload_of(gone)})
    assert calendar.is_working_day(date(2026, 5, 12))
    assert set(CalendarDay.objects.filter(local=True).values_list("name", flat=True)) == {"另一节", "另一节调休"}


def test_the_regions_notice_brings_its_own_holidays(office: Client) -> None:
    text = "（一）元旦：1月1日（周四）至3日（周六）放假调休，共3天。\n（二）地方节：5月11日（周一）放假，共1天。"
    shown = office.post(
        LOCAL, {"kind": "notice", "notice-year": "2026", "notice-text": text, "notice-title": "自治区通知"}
    ).content.decode()
    assert "5月11日（周一）" in shown
    assert "元旦" not in shown.split("与现有安排的差异")[0].split("读出的安排")[1]
    office.post(CONFIRM, {"payload": payload_of(shown)})
    assert not calendar.is_working_day(date(2026, 5, 11))


def test_local_holidays_of_a_missing_year_are_refused_with_the_input_kept(office: Client) -> None:
    shown = single(office, year="2027", since="2027-05-11", until="2027-05-12")
    assert "2027年的全国放假安排还没有导入" in shown
    assert 'value="地方节"' in shown
    wrong = single(office, until="2026-05-01")
    assert "结束日期早于开始日期" in wrong


# --- Alerts -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-3")
def test_from_october_on_the_missing_year_is_on_the_administrators_workbench(office: Client) -> None:
    at("2026-09-30T23:00")
    assert "2027年放假安排尚未导入" not in office.get("/workbench/").content.decode()
    at("2026-10-01T00:00")
    shown = office.get("/workbench/").content.decode()
    assert "2027年放假安排尚未导入" in shown
    assert re.search(r'class="todo-card warn\s*" href="/rules/calendar/import/\?year=2027"', shown)
    at("2026-12-01T00:00")
    assert re.search(
        r'class="todo-card bad\s*" href="/rules/calendar/import/', office.get("/workbench/").content.decode()
    )
    enter(NOTICE_2027, 2027)
    assert "尚未导入" not in office.get("/workbench/").content.decode()


@pytest.mark.req("PRO-3")
def test_a_region_with_days_off_of_its_own_is_asked_for_those_of_the_next_year(office: Client) -> None:
    """They are announced anew each year; a county whose region has none is never asked."""
    missing = "2027年地方假日尚未录入"
    at("2026-12-01T09:00")
    enter(NOTICE_2027, 2027)
    assert missing not in office.get("/workbench/").content.decode()
    office.post(CONFIRM, {"payload": payload_of(single(office))})
    shown = office.get("/workbench/").content.decode()
    assert missing in shown
    assert re.search(r'class="todo-card warn\s*" href="/rules/calendar/local/\?year=2027"', shown)
    assert missing in page("officer", "/rules/clocks/")
    entered = single(office, year="2027", since="2027-05-11", until="2027-05-11")
    office.post(CONFIRM, {"payload": payload_of(entered)})
    assert missing not in office.get("/workbench/").content.decode()


def test_the_regions_days_are_asked_for_only_once_the_nations_are_there(office: Client) -> None:
    at("2026-12-01T09:00")
    office.post(CONFIRM, {"payload": payload_of(single(office))})
    shown = office.get("/workbench/").content.decode()
    assert "2027年放假安排尚未导入" in shown
    assert "地方假日尚未录入" not in shown


def test_a_year_that_has_begun_without_its_calendar_is_urgent(office: Client) -> None:
    at("2027-01-02T09:00")
    shown = office.get("/workbench/").content.decode()
    assert re.search(r'class="todo-card bad\s*" href="/rules/calendar/import/\?year=2027"', shown)
    assert "2028年" not in shown


def test_clocks_that_wait_are_on_the_workbench_with_how_many_and_since_when(office: Client) -> None:
    at("2026-12-30T10:00")
    for _ in range(3):
        deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=None)
    shown = office.get("/workbench/").content.decode()
    card = shown[shown.index("缺少放假安排、不能计时的时限") :][:400]
    assert "<b>3</b>" in card
    assert "最早的一个从2026年12月30日起算" in card


def test_nobody_else_has_the_card_but_whoever_looks_at_the_clocks_is_told(db: None) -> None:
    at("2026-12-30T10:00")
    deadlines.start("account.fix", quota(), started_at=clock.now(), responsible=cast.organisation("CZJ"))
    assert "放假安排尚未导入" not in page("officer", "/workbench/")
    assert "2027年放假安排尚未导入" in page("officer", "/rules/clocks/")
    assert "最早的一个从2026年12月30日起算" in page("officer", "/rules/clocks/")
