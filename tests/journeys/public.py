"""The villager with a telephone: no sign-in for notices, three steps to the own subsidies."""

import json
import re
from pathlib import Path

from publicity.models import Objection
from tests.journeys.browsing import Person
from tests.journeys.sheets import Home
from tests.journeys.story import POLICY, Story
from tests.journeys.waiting import until

CODE = re.compile(r"验证码是(\d{6})")


def villager_finds_the_notice(story: Story) -> None:
    """By the village's name, from the public home page."""
    villager = story.people.villager()
    home = story.doubted
    villager.open("/")
    villager.fill("村", home.village[:2], within=villager.page.get_by_role("search"))
    villager.press("查找")
    villager.follow(POLICY)
    villager.sees("公示中")
    villager.follow(home.village)
    villager.sees(f"{home.name[0]}*")
    villager.misses(home.name)


def villager_checks_the_own_line(story: Story) -> None:
    villager = story.people.villager()
    home = story.doubted
    villager.follow("核对本人")
    villager.fill("您的身份证号最后6位", home.id_number[-6:])
    villager.press("核对")
    villager.sees(re.compile(r"第\s*1\s*号|序号.*1"))
    villager.page.go_back()
    villager.page.go_back()


def villager_objects(story: Story) -> None:
    villager = story.people.villager()
    villager.open(f"/public/notices/{story.notice}/")
    villager.follow("提出异议")
    villager.fill("哪里不对", "第1号的面积多了两亩，请核实。")
    villager.fill("公示上的序号", "1")
    villager.fill("联系电话", "19900008888")
    villager.press("提交")
    villager.sees("已收到您的异议")
    story.objection = Objection.objects.get(notice__token=story.notice).number
    villager.sees(story.objection)


def villager_reads_the_answer(story: Story) -> None:
    villager = story.people.villager()
    villager.open(f"/public/objections/{story.objection}/")
    villager.sees("不属实")
    villager.sees("面积无误")


def villager_sees_the_payment(story: Story, home: Home, account: str) -> None:
    """With the code from the message: paid, how much, to which card; and the first try that failed."""
    villager = story.people.villager()
    villager.open("/public/mine/")
    villager.fill("姓名", home.name)
    villager.fill("身份证号", home.id_number.lower())
    before = _codes(story.media, home.phone)
    villager.press("获取验证码")
    villager.sees_heading("输入验证码")
    new = until(lambda: _codes(story.media, home.phone)[len(before) :], "a message with the code")
    villager.fill("短信验证码", new[-1])
    villager.press("查看我的补贴")
    villager.sees_heading(f"{home.name}的补贴")
    paid = villager.page.locator(".panel", has_text="已发放").first
    words = paid.inner_text()
    assert POLICY in words
    assert f"{home.yuan:,.2f}" in words
    assert account[-4:] in words
    assert account[:-4] not in villager.page.content()


def _codes(media: Path, phone: str) -> list[str]:
    """The codes that went to this telephone, as the file of the outbox has them."""
    found = []
    for path in sorted((media / "outbox" / "sms").rglob("*.jsonl"), key=lambda path: path.stat().st_mtime):
        message = json.loads(path.read_text(encoding="utf-8"))
        if message["phone"] == phone and (code := CODE.search(message["text"])):
            found.append(code.group(1))
    return found


def villager_leaves(story: Story) -> None:
    villager: Person = story.people.villager()
    villager.press("退出")
    villager.sees_heading("已退出")
