"""Pictures of the demonstration county for the documentation, taken by hand from a running portal:

    script/run &
    var/venv/bin/python -m tests.journeys.screenshots      # http://127.0.0.1:8000, into docs/images/

`--all --to FOLDER` takes many more pages than the documentation shows, to look through. Everybody in them is fictional.
"""

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django
from playwright.sync_api import Browser, BrowserContext, Page

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# The demonstration's staff can only be imported once Django is set up.
from demo.staff import PASSWORD  # noqa: E402
from tests.databases import ROOT  # noqa: E402
from tests.journeys.browsing import PHONE, STAFF, browser  # noqa: E402

Way = Callable[[Page], None]
LAND = "耕地地力保护补贴"
ROSTER, BATCH = r"^\d{9}-\d{6}-", r"^[FB]F\d"


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it ("" is a villager); `way` leads on from the first address."""

    name: str
    who: str
    path: str
    way: tuple[str, ...] = ()


SHOWN = (
    Picture("workbench", "officer1", "/workbench/"),
    Picture("roster", "leader11", "/rosters/?tab=all", (ROSTER,)),
    Picture("batch", "officer2", "/money/batches/?tab=draft", (BATCH,)),
    Picture("notice", "", "/public/", (LAND,)),
    Picture("notice-village", "", "/public/", (LAND, "社区|嘎查|村")),
)
MORE = (
    *(Picture(f"workbench-{who}", who, "/workbench/") for who in (
        "clerk01", "station10", "leader10", "agriculture_reviewer", "finance_head", "bank", "auditor", "admin",
    )),
    Picture("sign-in", "nobody", "/sign-in/"),
    Picture("rosters", "finance_reviewer", "/rosters/?tab=all"),
    Picture("roster-draft", "clerk13", "/rosters/?tab=all", (ROSTER,)),
    Picture("roster-paid", "clerk01", "/rosters/?tab=all", (ROSTER,)),
    Picture("findings", "clerk13", "/rosters/?tab=all", (ROSTER, "^全部$")),
    Picture("roster-send", "clerk13", "/rosters/?tab=all", (ROSTER, "^送审$")),
    Picture("roster-sign", "station12", "/rosters/?tab=all", (ROSTER, "签字")),
    Picture("roster-import", "clerk13", "/rosters/?tab=all", (ROSTER, "从文件导入")),
    Picture("roster-line-add", "clerk13", "/rosters/?tab=all", (ROSTER, "录入一行")),
    Picture("roster-new", "clerk13", "/rosters/new/"),
    Picture("notices", "clerk10", "/publicity/?tab=all"),
    Picture("notice-staff", "clerk11", "/publicity/?tab=all", (LAND,)),
    Picture("objections", "station11", "/publicity/objections/"),
    Picture("objection", "station11", "/publicity/objections/", ("^YY",)),
    Picture("money", "officer1", "/money/"),
    Picture("orders", "officer1", "/money/orders/"),
    Picture("order-new", "officer1", "/money/orders/new/"),
    Picture("batches", "officer1", "/money/batches/"),
    Picture("batch-answered", "officer1", "/money/batches/?tab=answered", (BATCH,)),
    Picture("batch-release", "officer2", "/money/batches/?tab=draft", (BATCH, "复核放行")),
    Picture("batch-new", "officer1", "/money/batches/new/"),
    Picture("failures", "clerk01", "/money/failures/"),
    Picture("reissue", "officer1", "/money/reissue/", ("^选择$",)),
    Picture("bank", "bank", "/money/bank/"),
    Picture("bank-batch", "bank", "/money/bank/", (BATCH,)),
    Picture("audit", "auditor", "/audit/"),
    Picture("trail", "auditor", "/audit/trail/"),
    Picture("policies", "officer1", "/policies/"),
    Picture("policy", "officer1", "/policies/", (LAND,)),
    Picture("quotas", "officer1", "/policies/quotas/"),
    Picture("quota", "officer1", "/policies/quotas/", ("〔2026〕",)),
    Picture("rules", "clerk01", "/rules/"),
    Picture("clocks", "officer1", "/rules/clocks/"),
    Picture("practice-clock", "officer1", "/practice/clock/"),
    Picture("register", "clerk01", "/register/"),
    Picture("household", "clerk01", "/register/", (r"^\d",)),
    Picture("register-imports", "clerk01", "/register/imports/"),
    Picture("changes", "station01", "/register/changes/?tab=all"),
    Picture("change", "station01", "/register/changes/", (r".",)),
    Picture("people", "admin", "/people/"),
    Picture("missing", "clerk01", "/rosters/987654321/"),
    Picture("clocks-overdue", "officer1", "/rules/clocks/?state=passed"),
    Picture("public-home", "", "/public/"),
    Picture("public-channels", "", "/public/channels/"),
    Picture("public-notices", "", "/public/notices/"),
    Picture("public-check", "", "/public/", (LAND, "社区|嘎查|村", "核对本人")),
    Picture("public-objection", "", "/public/", (LAND, "提出异议")),
    Picture("public-payouts", "", "/public/payouts/"),
    Picture("public-policies", "", "/public/policies/"),
    Picture("public-policy", "", "/public/policies/", (LAND,)),
    Picture("public-mine", "", "/public/mine/"),
)  # fmt: skip


def _context(chromium: Browser, url: str, who: str) -> BrowserContext:
    if who == "":
        return chromium.new_context(base_url=url, viewport=PHONE, is_mobile=True, has_touch=True, locale="zh-CN")  # type: ignore[arg-type]
    context = chromium.new_context(base_url=url, viewport=STAFF, locale="zh-CN")  # type: ignore[arg-type]
    if who != "nobody":
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/workbench/")
        page.close()
    return context


def take(chromium: Browser, url: str, pictures: tuple[Picture, ...], folder: Path, *, whole: bool) -> list[str]:
    """Takes the pictures; returns what could not be taken."""
    contexts: dict[str, BrowserContext] = {}
    missed = []
    for picture in pictures:
        context = contexts.get(picture.who) or contexts.setdefault(picture.who, _context(chromium, url, picture.who))
        context.set_default_timeout(10_000)
        page = context.new_page()
        try:
            page.goto(picture.path)
            for words in picture.way:
                page.locator("#main").get_by_role("link", name=re.compile(words)).first.click()
                page.wait_for_load_state("load")
            page.screenshot(path=folder / f"{picture.name}.png", full_page=whole)
        except Exception as fault:  # every other picture is still wanted
            missed.append(f"{picture.name}: {str(fault).splitlines()[0]}")
        page.close()
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description="Takes pictures of a running demonstration county.")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--all", action="store_true", help="many pages, in their whole length")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        missed = take(chromium, given.url, (*SHOWN, *MORE) if given.all else SHOWN, given.to, whole=given.all)
    for line in missed:
        print(line)  # noqa: T201 - run by hand
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
