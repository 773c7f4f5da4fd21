"""The grid in Chromium: three thousand rows pasted, errors at the cells, mended, saved; a reload loses nothing."""

from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from playwright.sync_api import Locator, Page, expect

from lib import crypto
from lib.money import to_yuan
from rosters.models import Roster
from rosters.models_drafts import GridDraft
from tests.factories_rosters import draft_roster, fresh, homes_of
from tests.journeys.browsing import PATIENCE_MS, People, Person
from tests.journeys.processes import Address
from tests.rosters.layouts import LAND

pytestmark = pytest.mark.journey

ROWS = 3000
HOMES = 60
UNIT_FEN = 9836
TITLES = ["序号", "村名", "组别", "姓名", "身份证号码", "面积", "补贴标准", "金额", "合同编号"]
AMOUNT, NAME, AREA = "补贴金额(元)", "享受人姓名", "补贴面积(亩)"
NOW = "() => performance.timeOrigin + performance.now()"


@pytest.fixture(scope="module")
def table(portal: Address) -> list[list[str]]:
    """Rows of households with fifty parcels each: as a clerk has them in Excel."""
    homes = []
    for home in homes_of(HOMES):
        assert home.head is not None
        homes.append((home.village.name, home.head.name, crypto.decrypt(home.head.id_cipher)))
    rows = []
    for number, (village, name, id_number) in enumerate(islice(cycle(homes), ROWS), start=1):
        mu = 1 + number % 7
        amount = f"{to_yuan(mu * UNIT_FEN)}"
        rows.append([str(number), village, "一组", name, id_number, f"{mu}", "", amount, f"HT{number:05d}"])
    return rows


@pytest.fixture
def roster(portal: Address) -> Iterator[Roster]:
    made = draft_roster(homes=0)
    yield made
    GridDraft.objects.filter(roster=made).delete()


def text_of(rows: list[list[str]]) -> str:
    return "\r\n".join("\t".join(row) for row in [TITLES, *rows])


def paste(clerk: Person, text: str) -> None:
    """Ctrl+V with the browser's own clipboard."""
    clerk.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=clerk.url)
    clerk.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    clerk.page.keyboard.press("Control+V")


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"[data-place={name}]")


def shows(page: Page, name: str, words: str) -> None:
    expect(figure(page, name)).to_have_text(words, timeout=PATIENCE_MS)


def cell(page: Page, row: int, title: str) -> Locator:
    titles = [words.removesuffix(" *") for words in page.locator(".grid thead th").all_inner_texts()]
    return page.locator(f".grid tr[data-row='{row - 1}'] > *").nth(titles.index(title))


def at_the_grid(people: People, roster: Roster) -> Person:
    clerk = people.clerk
    clerk.open(f"/rosters/{roster.pk}/")
    clerk.follow("在线表格")
    expect(clerk.page.locator(".grid-box")).to_have_attribute("aria-busy", "false")
    return clerk


@pytest.mark.req("ROS-3")
def test_three_thousand_rows_are_pasted_mended_and_saved(
    people: People, roster: Roster, table: list[list[str]]
) -> None:
    wrong = [list(row) for row in table]
    for number in (1, 1500, ROWS - 1):
        wrong[number][7] = "1"
    wrong[9][3] = "甲错"
    clerk = at_the_grid(people, roster)
    page = clerk.page
    page.locator(".grid-box").click(position={"x": 100, "y": 50})
    begun = page.evaluate(NOW)
    paste(clerk, text_of(wrong))
    shows(page, "rows", f"{ROWS:,}")
    shows(page, "bad", "4")
    pasted = page.evaluate(NOW)
    clerk.sees("已粘贴3,000行，按表头对应各列。")
    # The cursor stands in the first cell that is wrong, which says what is wrong and how to mend it.
    expect(cell(page, 2, AMOUNT)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#grid-say")).to_contain_text("第2行 补贴金额(元)：金额应为")
    assert page.locator(".grid tbody tr").count() < 60
    page.get_by_role("button", name="按建议改正3处").click()
    shows(page, "bad", "1")
    page.get_by_role("button", name="下一处错误").click()
    expect(page.get_by_label("第10行 享受人姓名")).to_have_value("甲错")
    page.get_by_role("button", name="改为“甲一”").click()
    shows(page, "bad", "0")
    total = sum((1 + number % 7) * UNIT_FEN for number in range(1, ROWS + 1))
    shows(page, "sum", f"¥{to_yuan(total):,}")
    mended = page.evaluate(NOW)
    clerk.press("保存到清册")
    clerk.sees_message("已保存3,000行")
    saved = page.evaluate(NOW)
    told = (f"{what} {(end - start) / 1000:.2f} s" for what, start, end in (
        ("pasted and checked", begun, pasted), ("mended", pasted, mended), ("saved and shown", mended, saved),
        ("altogether", begun, saved)))  # fmt: skip
    print(f"\n{ROWS} rows: {', '.join(told)}")  # noqa: T201
    current = fresh(roster)
    assert (current.line_count, current.total_fen) == (ROWS, total)
    assert not GridDraft.objects.filter(roster=roster).exists()


@pytest.mark.req("ROS-3")
def test_a_reload_in_the_middle_loses_nothing_and_another_device_goes_on(
    people: People, roster: Roster, table: list[list[str]]
) -> None:
    clerk = at_the_grid(people, roster)
    page = clerk.page
    page.locator(".grid-box").click(position={"x": 100, "y": 50})
    paste(clerk, text_of(table[:500]))
    shows(page, "rows", "500")
    cell(page, 3, "备注").click()
    page.keyboard.type("刷新之前")
    page.keyboard.press("Enter")
    page.reload()
    expect(cell(page, 3, "备注")).to_have_text("刷新之前", timeout=PATIENCE_MS)
    shows(page, "rows", "500")
    # The line is down while the clerk types, and comes back after a reload from what the tab kept.
    page.route("**/grid/change/", lambda route: route.abort())
    cell(page, 4, "备注").click()
    page.keyboard.type("断网之时")
    page.keyboard.press("Enter")
    expect(figure(page, "state")).to_contain_text("没有连上服务器")
    clerk.faults[:] = [fault for fault in clerk.faults if "ERR_FAILED" not in fault]
    page.once("dialog", lambda dialog: dialog.accept())
    page.unroute("**/grid/change/")
    page.reload()
    expect(cell(page, 4, "备注")).to_have_text("断网之时", timeout=PATIENCE_MS)
    expect(figure(page, "state")).to_contain_text("草稿已存", timeout=PATIENCE_MS)
    second = people.met["clerk"].context.new_page()
    second.goto(f"{clerk.url}/rosters/{roster.pk}/grid/")
    expect(cell(second, 4, "备注")).to_have_text("断网之时", timeout=PATIENCE_MS)
    # What one device changes, the other does not overwrite.
    cell(second, 1, "备注").click()
    second.keyboard.type("另一台")
    second.keyboard.press("Enter")
    expect(figure(second, "state")).to_contain_text("草稿已存", timeout=PATIENCE_MS)
    cell(page, 1, "备注").click()
    page.keyboard.type("这一台")
    page.keyboard.press("Enter")
    expect(figure(page, "alert")).to_contain_text("重新载入", timeout=PATIENCE_MS)
    page.get_by_role("button", name="重新载入").click()
    expect(cell(page, 1, "备注")).to_have_text("另一台", timeout=PATIENCE_MS)


@pytest.mark.req("ROS-3")
def test_the_keyboard_does_all_of_it(people: People, roster: Roster, table: list[list[str]]) -> None:
    clerk = at_the_grid(people, roster)
    page = clerk.page
    page.locator(".grid-box").click(position={"x": 100, "y": 50})
    paste(clerk, text_of(table[:5]))
    shows(page, "rows", "5")
    page.keyboard.press("Control+Home")
    for _ in range(LAND.place["quantity"]):
        page.keyboard.press("Tab")
    expect(page.get_by_label(f"第1行 {AREA}")).to_be_focused()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.get_by_label(f"第2行 {AREA}")).to_be_focused()
    # The amount that Excel had no longer fits: the cell says so, and is emptied by Delete.
    expect(cell(page, 1, AMOUNT)).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("F8")
    expect(page.get_by_label("第1行 补贴金额(元)")).to_be_focused()
    page.keyboard.press("Delete")
    expect(cell(page, 1, AMOUNT)).to_have_text(f"{to_yuan(9 * UNIT_FEN)}")
    expect(cell(page, 1, AMOUNT)).to_have_class("num shown chosen")
    page.keyboard.press("Control+Z")
    page.keyboard.press("Control+Z")
    expect(cell(page, 1, AREA)).to_have_text("2")
    page.keyboard.press("Control+Y")
    expect(cell(page, 1, AREA)).to_have_text("9")
    # A range is copied and pasted where the cursor stands.
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+C")
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press("Control+V")
    shows(page, "rows", "7")
    expect(cell(page, 7, "村(居)委会")).to_have_text(table[1][1])
    page.keyboard.press("Control+Z")
    shows(page, "rows", "5")
    page.keyboard.press("Control+Home")
    page.keyboard.press("F2")
    page.keyboard.type("改")
    page.keyboard.press("Escape")
    expect(cell(page, 1, "村(居)委会")).to_have_text(table[0][1])
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(".grid-input")).not_to_be_focused()


def test_an_input_method_composes_in_the_cell(people: People, roster: Roster) -> None:
    clerk = at_the_grid(people, roster)
    page = clerk.page
    cell(page, 1, NAME).click()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "jia", "selectionStart": 3, "selectionEnd": 3})
    session.send("Input.insertText", {"text": "甲一"})
    page.keyboard.press("Enter")
    expect(cell(page, 1, NAME)).to_have_text("甲一")
    expect(page.get_by_label("第2行 享受人姓名")).to_be_focused()
