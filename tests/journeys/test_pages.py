"""What every page owes: to the keyboard, and on the public side to the people whose numbers the portal keeps."""

from collections.abc import Callable
from typing import Any

import pytest

from lib import crypto
from publicity.models import Notice
from rosters.models import RosterLine
from rulebook import clock
from tests.factories import cast, id_number
from tests.factories_disbursement import answered_batch, money_arrives, pass_notice_time
from tests.factories_households import household
from tests.factories_publicity import objected, posted, reachable_home
from tests.factories_rosters import roster_at, sent_roster
from tests.journeys.browsing import People, Person

pytestmark = pytest.mark.journey

NAMES = ("欧阳甲乙", "阿依·古丽", "丙永丁")
PHONE, CONTACT = "19900001234", "19900005678"

# Marks whatever the keyboard should reach, in the order of the page.
_MARK = """
() => {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  const radios = new Set();
  const found = [...document.querySelectorAll(wanted)].filter(seen).filter((element) => {
    if (element.type !== "radio") return true;
    if (radios.has(element.name)) return false;  // one stop for the whole group
    radios.add(element.name);
    return true;
  });
  found.forEach((element, index) => { element.dataset.stop = index; });
  return found.map((element) => (element.textContent || element.name || element.tagName).trim().slice(0, 40));
}
"""
_STANDING = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return { stop: element.dataset.stop ?? null, shown, what: element.outerHTML.slice(0, 120) };
}
"""


def walk_by_tab(person: Person) -> None:
    """Presses Tab until the page is left: every stop in the order of the page, each showing that it has the focus."""
    stops = person.page.evaluate(_MARK)
    person.page.evaluate("document.activeElement?.blur()")
    reached: list[int] = []
    for _ in range(len(stops) + 5):
        person.page.keyboard.press("Tab")
        standing = person.page.evaluate(_STANDING)
        if standing is None:
            break
        assert standing["shown"], f"nobody sees that the focus is on {standing['what']}"
        if standing["stop"] is not None:
            reached.append(int(standing["stop"]))
    missed = [stops[index] for index in range(len(stops)) if index not in reached]
    assert not missed, f"Tab never comes to {missed}"
    assert reached == sorted(reached), "Tab jumps about"


@pytest.mark.parametrize(
    ("username", "path"),
    [("clerk", "/rosters/{pk}/"), ("station", "/rosters/{pk}/"), ("station", "/rosters/{pk}/sign/")],
)
def test_the_keyboard_reaches_everything_on_a_roster_and_its_signature(
    people: People, portal: Any, username: str, path: str
) -> None:
    roster = sent_roster(homes=3)
    person = getattr(people, username)
    person.open(path.format(pk=roster.pk))
    walk_by_tab(person)


def test_a_roster_can_be_signed_without_a_mouse(people: People, portal: Any) -> None:
    """From the link to the box of the opinion to the button, by Tab and Enter alone."""
    roster = sent_roster(homes=2)
    station = people.station
    station.open(f"/rosters/{roster.pk}/")
    _tab_to(station, "查看并签字")
    station.page.keyboard.press("Enter")
    station.sees("签字与下面的指纹绑定")
    _tab_to(station, "同意并签字")
    station.page.keyboard.press("Enter")
    station.sees_message("已在“苏木乡镇财政所审核”同意")


def _tab_to(person: Person, words: str) -> None:
    for _ in range(200):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("document.activeElement.textContent.trim()") == words:
            return
    raise AssertionError(f"Tab never comes to {words}")


# --- The public pages -------------------------------------------------------------------------------------------------
def known_of(notices: list[Notice]) -> set[str]:
    """Whole names, and every number in clear that the portal keeps of the people on these notices."""
    known = {*NAMES, PHONE, CONTACT}
    for line in RosterLine.objects.filter(roster__in=[notice.roster_id for notice in notices]):
        for cipher in (line.beneficiary_id_cipher, line.payee_id_cipher, line.account_cipher):
            known.add(crypto.decrypt(cipher or b""))
    return known


def every_page(person: Person, start: str, keep: Callable[[str, str], None]) -> None:
    """Opens every page that links lead to, as the browser shows it."""
    to_do, seen = [start], set[str]()
    while to_do:
        path = to_do.pop()
        if path in seen:
            continue
        seen.add(path)
        person.open(path)
        keep(path, person.page.content())
        to_do += person.page.evaluate(
            """() => [...document.querySelectorAll("a[href]")].map((a) => new URL(a.href))
                 .filter((url) => url.origin === location.origin && url.pathname.startsWith("/public/"))
                 .map((url) => url.pathname + url.search)"""
        )


@pytest.mark.req("PUB-3", "PUB-4")
def test_no_public_page_of_a_county_shows_a_number_or_a_whole_name_in_the_browser(people: People, portal: Any) -> None:
    homes = [
        reachable_home(cast.villages[0], NAMES[0], id_number(), phone=PHONE),
        household(cast.villages[0], name=NAMES[1]),
        household(cast.villages[1], name=NAMES[2]),
    ]
    paid = roster_at("approved", homes=homes, notice=pass_notice_time, money=money_arrives)
    answered_batch(paid, fails={2: "9"})
    hanging = posted(homes=[household(cast.villages[0], name=name) for name in NAMES])
    objection = objected(hanging, contact_name=NAMES[0], contact_phone=CONTACT)
    known = known_of([hanging, *Notice.objects.filter(roster=paid)])
    pages: dict[str, str] = {}
    villager = people.villager()
    every_page(villager, "/public/", pages.__setitem__)
    every_page(villager, f"/public/objections/{objection.number}/", pages.__setitem__)
    assert len(known) > 10
    assert any(hanging.token in path for path in pages)
    assert any(path.startswith("/public/payouts/") and len(path) > 20 for path in pages)
    leaks = {(path, word) for path, body in pages.items() for word in known if word in body}
    assert not leaks
    assert clock.now() < hanging.ends_at
