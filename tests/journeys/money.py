"""The money: the finance bureau's two officers and the bank."""

import re

from playwright.sync_api import expect

from disbursement.layouts import ParsedLine, layout_of
from disbursement.layouts.shapes import FAILED, PAID
from disbursement.models import Batch
from rulebook import clock
from tests.journeys.browsing import Person
from tests.journeys.sheets import card
from tests.journeys.story import DOCUMENT, POLICY, QUOTA_FEN, Story
from tests.journeys.waiting import until

AGENT_ACCOUNT = card(999)
ORDER = "ZF2026000001"
CLOSED_CARD = "9"  # 帐户已销户: F03


def officer_enters_the_quota(story: Story) -> None:
    officer = story.people.officer
    officer.open("/policies/quotas/new/")
    officer.select("补贴政策", POLICY)
    officer.select("资金级次", "中央")
    officer.fill("指标文号", DOCUMENT)
    officer.fill("金额（元）", f"￥{QUOTA_FEN / 100:,.2f}")
    officer.press("下一步：核对")
    officer.sees("叁万元整")
    officer.press("确认录入")
    officer.sees_message(f"指标{DOCUMENT}已录入")


def officer_enters_order_and_arrival(story: Story) -> None:
    officer = story.people.officer
    officer.menu("资金")
    officer.follow("支付单与到账")
    officer.follow("登记代发户")
    officer.select("代理银行", "银行")
    officer.fill("户名", "惠民惠农补贴资金代发户")
    officer.fill("账号", AGENT_ACCOUNT)
    officer.select("代发文件格式", "邮储银行")
    officer.press("登记")
    officer.sees_message("已登记")
    officer.follow("登记支付单")
    officer.fill("支付单号", ORDER)
    officer.select("资金指标", DOCUMENT)
    officer.select("代发户", "惠民惠农")
    officer.fill("金额（元）", f"{story.total_fen / 100:,.2f}")
    officer.fill("拨付成功时间", "2026-05-12T08:30")
    officer.press("登记")
    officer.sees_message(f"支付单{ORDER}已登记")
    officer.follow("登记到账", within=officer.row(ORDER))
    officer.fill("银行流水号", "DZ2026000001")
    officer.fill("到账时间", "2026-05-12T08:45")
    officer.press("登记到账")
    officer.sees_message("已登记")


def officer_makes_the_batch(story: Story) -> None:
    """Who makes a batch neither finds a release on its page nor gets one by its address."""
    officer = story.people.officer
    officer.menu("发放批次")
    officer.follow("制批", exact=True)
    officer.follow("选择", within=officer.row(ORDER))
    officer.tick(story.the_roster().title)
    officer.press("生成批次")
    officer.sees_message("等待本单位另一人复核放行")
    _made(officer, story)


def officer_makes_the_reissue(story: Story) -> None:
    officer = story.people.officer
    officer.menu("发放失败")
    officer.follow("补发")
    officer.follow("选择", within=officer.row(ORDER))
    officer.sees(story.failing.name)
    officer.press("生成补发批次")
    officer.sees_message("等待本单位另一人复核放行")
    _made(officer, story)


def _made(officer: Person, story: Story) -> None:
    story.batches.append(officer.number_in_address(r"/batches/(\d+)/"))
    officer.has_no("link", "复核放行")
    officer.open(f"/money/batches/{story.batches[-1]}/release/")
    officer.press("放行，发送给银行")
    officer.sees_refusal("制单人不能放行自己的批次，请由发放单位的另一人复核放行。")
    assert story.the_batch().status == Batch.Status.DRAFT


def second_officer_releases(story: Story) -> None:
    """…and the worker brings the file to the bank."""
    second = story.people.officer2
    second.menu("发放批次")
    second.follow(story.the_batch().number)
    second.follow("复核放行")
    second.sees("放行后不能撤回")
    second.press("放行，发送给银行")
    second.sees_message("已放行")
    until(lambda: story.the_batch().status == Batch.Status.SENT, "the worker sends the file")
    second.page.reload()
    second.sees("送达银行")


def bank_answers(story: Story, *, fails: str = "") -> None:
    """Downloads the file, pays, and uploads the answer; the card of `fails` was closed."""
    bank = story.people.bank
    bank.menu("代发业务")
    bank.follow(story.the_batch().number)
    with bank.page.expect_download() as fetched:
        bank.page.get_by_role("link", name=re.compile("^下载")).click()
    content = fetched.value.path().read_bytes()
    answer = story.files / f"R{story.the_batch().number}.txt"
    answer.write_bytes(answered(story.the_batch(), content, fails))
    expect(bank.page.locator(".error-summary")).to_have_count(0)
    bank.attach("结果文件", answer)
    bank.press("上传结果文件")
    bank.sees("已接收")
    bank.follow("返回批次")
    bank.sees("全部明细都已有结果")


def answered(batch: Batch, content: bytes, fails: str) -> bytes:
    """What a bank answers to a batch's file: everything paid, but for one whose card was closed."""
    layout = layout_of(batch.agent_account.layout)
    header, orders = layout.read_order(content)
    moment = batch.finished_at or clock.now()
    lines = []
    for order in orders:
        failed = order.name == fails
        lines.append(
            ParsedLine(
                row=0,
                number=order.number,
                detail=order.detail,
                account=f"****{order.account[-4:]}",
                amount_fen=order.amount_fen,
                state=FAILED if failed else PAID,
                code=CLOSED_CARD if failed else min(layout.codes.success),
                message="帐户已销户" if failed else "成功",
                settled_at=moment,
                reference="" if failed else f"YL{order.detail:012d}",
            )
        )
    return layout.write_result(header.batch, lines, day=moment.date())
