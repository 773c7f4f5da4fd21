"""What the journeys listen for is heard: a page with a fault does not pass unnoticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.journeys.browsing import PHONE, STAFF, Person

pytestmark = pytest.mark.journey

HOST = "http://portal.test"
POLICY = "default-src 'self'; img-src 'self' data:"
STYLES = Path(__file__).parents[2] / "static" / "portal" / "portal.css"
VILLAGE = """<link rel="stylesheet" href="/portal.css"><div class="public"><table class="table lines"><tbody>
<tr><th class="card-title">第一村</th><td class="num" data-label="人（户）数">87</td>
<td class="num" data-label="金额">¥{amount}</td></tr></tbody></table></div>"""
SOUND = "<p>清册已送审，共 8 户。</p><p><code>verify ledger and trail now</code> SHA-256</p>"


@pytest.fixture
def person(chromium: Browser) -> Iterator[Person]:
    context = chromium.new_context(viewport=STAFF)  # type: ignore[arg-type]
    yield Person("somebody", context, HOST)
    context.close()


def show(person: Person, body: str, status: int = 200) -> list[str]:
    """The faults of a page with this body."""

    def answer(route: Route) -> None:
        if route.request.url == f"{HOST}/portal.css":
            route.fulfill(path=STYLES)
            return
        if route.request.url != f"{HOST}/":
            route.fulfill(status=404)
            return
        head = '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        page = f'<!doctype html><html lang="zh-CN">{head}<body>{body}</body></html>'
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        route.fulfill(status=status, headers=headers, body=page)

    person.context.route("**/*", answer)
    person.open("/")
    person.page.wait_for_load_state("load")
    return person.faults


def test_a_sound_page_has_no_faults(person: Person) -> None:
    assert show(person, SOUND) == []


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ("<p>This field is required.</p>", "not translated"),
        ("<td>ResultFile object (7)</td>", "without words"),
        ("<select><option>---------</option></select>", "without words"),
        ('<input placeholder="Choose one of these">', "not translated"),
        ('<textarea cols="400"></textarea>', "wider than the screen"),
        ('<p style="color:red">红</p>', "refused by policy"),
        ("<script>document.title = '1'</script>", "refused by policy"),
        ('<script src="/static/missing.js"></script>', "Failed to load"),
    ],
)
def test_a_fault_is_heard(person: Person, body: str, heard: str) -> None:
    assert any(heard in fault for fault in show(person, body))


def test_an_answer_of_the_servers_fault_is_heard(person: Person) -> None:
    assert any(fault.startswith("500") for fault in show(person, SOUND, status=500))


def test_a_page_too_wide_for_a_telephone_is_heard(chromium: Browser) -> None:
    context = chromium.new_context(viewport=PHONE, is_mobile=True, has_touch=True)  # type: ignore[arg-type]
    villager = Person("villager", context, HOST)
    assert show(villager, SOUND) == []
    villager.context.unroute_all()
    assert any("wider than the screen" in fault for fault in show(villager, '<textarea cols="100"></textarea>'))
    context.close()


@pytest.mark.parametrize(("amount", "fits"), [("8.00", True), ("111,112,248,799.90", True), ("9" * 60, False)])
def test_a_figure_that_leaves_its_card_is_heard(chromium: Browser, amount: str, fits: bool) -> None:
    context = chromium.new_context(viewport=PHONE, is_mobile=True, has_touch=True)  # type: ignore[arg-type]
    villager = Person("villager", context, HOST)
    faults = show(villager, VILLAGE.format(amount=amount))
    assert any("stands out of its cell" in fault for fault in faults) is not fits
    context.close()
