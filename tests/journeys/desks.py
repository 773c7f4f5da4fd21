"""What people of every county do at their screens: sign, post, pay, verify, answer, mend, pay again."""

import re
from pathlib import Path

from playwright.sync_api import expect

from disbursement.models import Batch
from lib.money import format_yuan
from publicity.models import Notice
from rosters.models import Roster
from tests.journeys.browsing import Person
from tests.journeys.money import answered
from tests.journeys.scenes import Scene
from tests.journeys.sheets import card
from tests.journeys.waiting import until

NEW_CARD = card(901)


# --- The roster's way -------------------------------------------------------------------------------------------------
def posts(clerk: Person, roster: Roster, *, ends: str) -> Notice:
    """The clerk reads until when the notice will hang, and posts it."""
    clerk.open(f"/publicity/rosters/{roster.pk}/post/")
    clerk.sees(f"到{ends}期满")
    clerk.press("开始公示")
    clerk.sees_message(f"到{ends}期满")
    return Notice.objects.get(roster=roster)


def signs(person: Person, roster: Roster, step: str) -> None:
    person.open(f"/rosters/{roster.pk}/sign/")
    person.press("同意并签字")
    person.sees_message(f"已在“{step}”同意")


def is_refused(person: Person, roster: Roster, words: str, *, rule: str) -> None:
    """Pressing the button says why not, with the way to the rule; the link beside the refusal leads there."""
    person.open(f"/rosters/{roster.pk}/sign/")
    person.press("同意并签字")
    person.sees_refusal(words)
    expect(person.page.locator(f'.rule-way a[href$="#{rule}"]').first).to_be_visible()


def reads_the_notice(villager: Person, notice: Notice, name: str) -> None:
    """On the telephone: the list of the own village, names covered."""
    villager.open(f"/public/notices/{notice.token}/")
    villager.sees("公示中")
    lists = f'a[href^="/public/notices/{notice.token}/"]:not([href$="/objection/"])'
    villager.main.locator(lists).first.click()
    villager.sees(f"{name[0]}*")
    villager.misses(name)


# --- Money ------------------------------------------------------------------------------------------------------------
def enters_an_order(
    officer: Person, roster: Roster, number: str, *, succeeded: str, arrived: str = "", more_fen: int = 0
) -> None:
    """A payment order over a roster's total and something more, and its arrival when that is known."""
    officer.open("/money/orders/new/")
    officer.fill("支付单号", number)
    officer.select("资金指标", roster.quota.document_number)
    officer.select("代发户", "惠民惠农")
    officer.fill("金额（元）", f"{(roster.total_fen + more_fen) / 100:,.2f}")
    _paid(officer, number, succeeded, arrived)


def orders_for_the_batch(officer: Person, batch: Batch, number: str, *, succeeded: str, arrived: str) -> None:
    """Where the data went first: the batch's own order, from its own page."""
    officer.open(f"/money/batches/{batch.pk}/")
    officer.sees("数据已送达")
    officer.follow("登记支付单")
    officer.sees(format_yuan(batch.total_fen))
    officer.fill("支付单号", number)
    _paid(officer, number, succeeded, arrived)


def _paid(officer: Person, number: str, succeeded: str, arrived: str) -> None:
    officer.fill("拨付成功时间", succeeded)
    if arrived:
        officer.fill("到账的银行流水号", f"DZ{number}")
        officer.page.get_by_label("到账时间", exact=False).last.fill(arrived)
    officer.press("登记")
    officer.sees_message(f"支付单{number}已登记")


def arrives(officer: Person, number: str, *, arrived: str) -> None:
    officer.open("/money/orders/")
    officer.follow("登记到账", within=officer.row(number))
    officer.fill("银行流水号", f"DZ{number}")
    officer.fill("到账时间", arrived)
    officer.press("登记到账")
    officer.sees_message("已登记")


def makes_a_batch(scene: Scene, officer: Person, roster: Roster, row: str, *, data_first: bool = False) -> None:
    """From the money that lies there, or where data goes first from the quota and the account that will pay."""
    officer.open("/money/batches/new/")
    officer.follow("选择", within=officer.row(row))
    officer.tick(roster.title)
    if data_first:
        officer.select("代发户", "惠民惠农")
    officer.press("生成批次")
    _made(scene, officer)


def makes_a_reissue(scene: Scene, officer: Person, row: str, name: str) -> None:
    officer.open("/money/reissue/")
    officer.follow("选择", within=officer.row(row))
    officer.sees(name)
    officer.press("生成补发批次")
    _made(scene, officer)


def _made(scene: Scene, officer: Person) -> None:
    officer.sees_message("等待本单位另一人复核放行")
    scene.batches.append(officer.number_in_address(r"/batches/(\d+)/"))
    officer.has_no("link", "复核放行")


def releases(scene: Scene, second: Person) -> None:
    """Another officer of the same office; then the worker brings the data to the bank."""
    second.open(f"/money/batches/{scene.batches[-1]}/release/")
    second.press("放行，发送给银行")
    second.sees_message("已放行")
    if scene.batch.method == Batch.Method.ACCOUNT:
        until(lambda: scene.batch.status == Batch.Status.SENT, "the worker sends the file")


# --- The bank ---------------------------------------------------------------------------------------------------------
def verifies(bank: Person, batch: Batch) -> None:
    bank.open(f"/money/bank/{batch.pk}/")
    bank.has_no("button", "上传结果文件")
    bank.press("资金与数据一致")
    bank.sees_message("资金与数据一致")


def finishes(bank: Person, batch: Batch, at: str) -> None:
    bank.open(f"/money/bank/{batch.pk}/")
    bank.follow("报告发放结束", within=bank.main)
    bank.fill("发放结束时间", at)
    bank.press("报告发放结束")
    bank.sees_message("已登记发放结束")


def answers(bank: Person, batch: Batch, files: Path, *, fails: str = "") -> None:
    """Downloads the file, pays, and uploads the answer; the card of `fails` was closed."""
    bank.open(f"/money/bank/{batch.pk}/")
    with bank.page.expect_download() as fetched:
        bank.main.get_by_role("link", name=re.compile("^下载")).click()
    answer = files / f"R{batch.number}.txt"
    answer.write_bytes(answered(Batch.objects.get(pk=batch.pk), fetched.value.path().read_bytes(), fails))
    bank.attach("结果文件", answer)
    bank.press("上传结果文件")
    bank.sees("已接收")
    bank.follow("返回批次")
    bank.sees("全部明细都已有结果")


# --- Mending ----------------------------------------------------------------------------------------------------------
def asks_for_another_card(clerk: Person, payee: int, bank_name: str) -> None:
    clerk.open(f"/register/people/{payee}/change/")
    clerk.tick("更换账户")
    clerk.page.get_by_role("radio", name=re.compile("销户|失效")).first.check()
    clerk.fill("新开户银行", bank_name)
    clerk.fill("新银行账号", NEW_CARD)
    clerk.fill("变更原因", "原卡已销户，本人持新卡办理。")
    clerk.press("提交财政所审核")
    clerk.sees_message("已提交财政所审核")


def approves_the_card(station: Person, name: str) -> None:
    station.open("/register/changes/")
    station.follow(name)
    station.press("审核通过")
    station.sees_message("账户变更")


# --- The end of the year ----------------------------------------------------------------------------------------------
def seals(officer: Person, clearing: int) -> None:
    officer.open(f"/money/clearings/{clearing}/")
    officer.follow("核对数字，送各方确认")
    officer.press("封存数字，送各方确认")
    officer.sees_message("数字已封存")


def confirms(person: Person, clearing: int, *, opinion: str = "与本单位账目一致。") -> None:
    person.open(f"/money/clearings/{clearing}/confirm/")
    person.fill("意见", opinion)
    person.press("数字无误，确认")
    person.sees_message("已确认")


def disputes(person: Person, clearing: int, reason: str) -> None:
    person.open(f"/money/clearings/{clearing}/")
    person.follow("数字不符，退回")
    person.fill("哪个数字不符", reason)
    person.press("退回")
    person.sees_message("已退回经办人")


def finishes_the_year(officer: Person, clearing: int, *, handed_back: str) -> None:
    """What is left in the agent account went back to the treasury; the quotas are closed."""
    officer.open(f"/money/clearings/{clearing}/")
    officer.follow("上缴结余，办结")
    officer.fill("缴回凭证号", "JK2026000001")
    officer.fill("缴回时间", handed_back)
    officer.press("办结")
    officer.sees_message("已办结")
