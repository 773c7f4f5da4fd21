"""Chromium, and one person at one screen: what they open, read, fill in and press, and what the page got wrong."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    expect,
    sync_playwright,
)

from tests.cast_data import PASSWORD
from tests.conftest import chromium

STAFF = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
# How long a page may take on a busy machine; nothing sleeps for it.
PATIENCE_MS = 20_000

# Runs in every page: what is wrong with it is said on the console, where the journey hears it.
_LOOK = r"""
(() => {
  const sentence = /[A-Za-z]{2,}(?:[ ,'’-]+[A-Za-z]{2,}){2,}/;
  // What stands where nobody chose words: Python's name of a row, Django's empty choice.
  const raw = /\bobject \(\d+\)|^\s*-{4,}\s*$/;
  const unread = "script, style, code, .code, svg, template, textarea, .amount-print";
  const say = (what) => console.error(`page: ${what} (${location.pathname})`);
  const look = () => {
    const root = document.documentElement;
    // A telephone's innerWidth grows with what is too wide; clientWidth does not.
    if (root.scrollWidth > root.clientWidth) say(`wider than the screen: ${root.scrollWidth} > ${root.clientWidth}`);
    for (const cell of document.querySelectorAll("tbody td, tfoot td")) {
      if (cell.scrollWidth > cell.clientWidth + 1) say(`stands out of its cell: ${cell.innerText}`);
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent;
      if (raw.test(text)) say(`without words: ${text.trim()}`);
      const found = text.match(sentence);
      if (found && !walker.currentNode.parentElement.closest(unread)) say(`not translated: ${found[0]}`);
    }
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
      for (const element of document.body.querySelectorAll(`[${name}]`)) {
        if (!element.closest(unread) && sentence.test(element.getAttribute(name))) say(`not translated: ${name}`);
      }
    }
  };
  window.addEventListener("load", look);
  document.addEventListener("htmx:afterSettle", look);
  document.addEventListener("securitypolicyviolation", (event) => say(`refused by policy: ${event.violatedDirective}`));
})();
"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium of this machine. Django's guard against use in an event loop is off for as long as it lives: Playwright
    keeps a loop beside this thread's work, which touches no connection."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            found = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            try:
                yield found
            finally:
                found.close()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


class Person:
    """Somebody with a browser of their own. `faults` is what their pages got wrong on the way."""

    def __init__(self, name: str, context: BrowserContext, url: str, password: str = PASSWORD) -> None:
        self.name = name
        self.url = url
        self.password = password
        self.faults: list[str] = []
        self.context = context
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_LOOK)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("response", self._answered)
        self.page: Page = context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        # A refusal is an answer of 4xx, of which the browser complains too; a missing file is something else.
        refused = re.search(r"Failed to load resource: .*status of 4\d\d", message.text)
        if refused and "/static/" not in message.location.get("url", ""):
            return
        self.faults.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status}: {response.url}")

    # --- Coming in ----------------------------------------------------------------------------------------------------
    def sign_in(self) -> "Person":
        self.open("/sign-in/")
        self.fill("用户名", self.name)
        self.fill("密码", self.password)
        self.press("登录")
        self.sees_heading("工作台")
        return self

    # --- Moving and acting --------------------------------------------------------------------------------------------
    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else f"{self.url}{path}")

    def menu(self, title: str) -> None:
        """Follows an entry of the menu on the left."""
        side = self.page.get_by_role("navigation", name="主导航")
        side.get_by_role("link", name=re.compile(rf"^{re.escape(title)}(\s|\d|$)")).click()

    def follow(self, words: str, *, within: Locator | None = None, exact: bool = False) -> None:
        (within or self.page).get_by_role("link", name=words, exact=exact).first.click()

    def press(self, words: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=words, exact=True).click()

    def fill(self, label: str, value: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_label(label).first.fill(value)

    def select(self, label: str, words: str) -> None:
        """Chooses the option that begins with or holds these words."""
        box = self.page.get_by_label(label).first
        option = box.locator("option", has_text=words).first
        box.select_option(value=option.get_attribute("value") or "")

    def tick(self, words: str) -> None:
        self.page.get_by_label(words).first.check()

    def attach(self, label: str, path: Path) -> None:
        self.page.get_by_label(label).first.set_input_files(path)

    # --- Reading ------------------------------------------------------------------------------------------------------
    @property
    def main(self) -> Locator:
        return self.page.locator("#main")

    def sees(self, words: str | re.Pattern[str]) -> None:
        expect(self.main).to_contain_text(words, timeout=PATIENCE_MS)

    def misses(self, words: str) -> None:
        expect(self.main).not_to_contain_text(words)

    def sees_heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(words, timeout=PATIENCE_MS)

    def sees_refusal(self, words: str | re.Pattern[str]) -> None:
        """The summary of what was wrong, on top of the form."""
        expect(self.page.locator(".error-summary")).to_contain_text(words, timeout=PATIENCE_MS)

    def sees_message(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator(".messages")).to_contain_text(words, timeout=PATIENCE_MS)

    def has_no(self, role: str, words: str) -> None:
        expect(self.page.get_by_role(role, name=words)).to_have_count(0)  # type: ignore[arg-type]

    def row(self, words: str) -> Locator:
        """The row of a table that holds these words."""
        return self.page.locator("tbody tr", has_text=words).first

    def number_in_address(self, pattern: str) -> int:
        """The number in the page's address, such as that of `/rosters/(\\d+)/`."""
        found = re.search(pattern, self.page.url)
        assert found, f"{pattern} is not in {self.page.url}"
        return int(found.group(1))

    def keep(self, folder: Path) -> None:
        """What the person saw last, for somebody who looks for the reason of a failure."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self.context.pages):
            name = f"{self.name}-{number}"
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            (folder / f"{name}.html").write_text(f"<!-- {page.url} -->\n{page.content()}", encoding="utf-8")


class People:
    """Everybody of a journey, each in a context of their own, made when first spoken to."""

    def __init__(self, chromium: Browser, url: str, password: str = PASSWORD) -> None:
        self._chromium = chromium
        self._url = url
        self._password = password
        self.met: dict[str, Person] = {}

    def __getattr__(self, username: str) -> Person:
        """A signed-in person of the cast at a desk: `people.clerk`."""
        if username.startswith("_"):
            raise AttributeError(username)
        if username not in self.met:
            context = self._chromium.new_context(viewport=STAFF, locale="zh-CN", accept_downloads=True)  # type: ignore[arg-type]
            self.met[username] = Person(username, context, self._url, self._password)
            self.met[username].sign_in()
        return self.met[username]

    def villager(self, name: str = "villager") -> Person:
        """Somebody with a cheap telephone and no sign-in."""
        if name not in self.met:
            context = self._chromium.new_context(
                viewport=PHONE,  # type: ignore[arg-type]
                locale="zh-CN",
                is_mobile=True,
                has_touch=True,
                device_scale_factor=2,
            )
            self.met[name] = Person(name, context, self._url)
        return self.met[name]

    def faults(self) -> list[str]:
        return [f"{person.name}: {fault}" for person in self.met.values() for fault in person.faults]

    def leave(self) -> None:
        for person in self.met.values():
            person.context.close()
