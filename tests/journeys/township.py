"""The township at its desks: the clerk, the finance station, the leader."""

import re

from publicity.models import Notice
from rosters.models import Roster
from tests.journeys.browsing import Person
from tests.journeys.sheets import BANK, card, register_file, roster_file
from tests.journeys.story import POLICY, Story, move_clock

NEW_CARD = card(901)
OPINION = "已核对，同意。"
WRONG_ROW = 4


# --- The clerk --------------------------------------------------------------------------------------------------------
def clerk_brings_the_register(story: Story) -> None:
    """From an Excel file with cells as people type them, looked at before anything is written."""
    clerk = story.people.clerk
    clerk.menu("补贴对象")
    clerk.follow("从 Excel 导入")
    clerk.page.locator("input[type=file]").set_input_files(register_file(story.homes, story.files / "底册.xlsx"))
    clerk.press("上传并检查")
    clerk.sees("可入库农户")
    clerk.sees(re.compile(r"有错误的行\s*0"))
    clerk.press("确认入库")
    clerk.sees_message("已入库：农户 8 户，人员 8 人")
    clerk.menu("补贴对象")
    clerk.sees(story.homes[2].name)


def clerk_begins_the_roster(story: Story) -> None:
    clerk = story.people.clerk
    clerk.menu("发放清册")
    clerk.follow("新建清册")
    clerk.select("政策", POLICY)
    clerk.select("资金指标", "扎财农〔2026〕12号")
    clerk.press("新建")
    clerk.sees_message("已新建清册")
    story.roster = clerk.number_in_address(r"/rosters/(\d+)/")


def clerk_uploads_the_lines(story: Story) -> None:
    """First with an amount that is not area times standard, which is told by the row as Excel counts it."""
    clerk = story.people.clerk
    _upload(clerk, story, wrong_row=WRONG_ROW)
    clerk.sees(re.compile(r"有错误\s*1\s*行"))
    row = clerk.row("补贴金额")
    assert row.locator("td").first.inner_text() == str(WRONG_ROW)
    assert "金额应为" in row.inner_text()
    clerk.press("放弃这次导入")
    _upload(clerk, story, wrong_row=None)
    clerk.sees(re.compile(r"有错误\s*0\s*行"))
    clerk.press("写入清册")
    clerk.sees_message("8")
    roster = story.the_roster()
    assert (roster.line_count, roster.total_fen) == (8, story.total_fen)


def _upload(clerk: Person, story: Story, *, wrong_row: int | None) -> None:
    clerk.open(f"/rosters/{story.roster}/")
    clerk.follow("从文件导入")
    clerk.attach("清册文件", roster_file(story.homes, story.files / "清册.xlsx", wrong_row=wrong_row))
    clerk.press("上传并核对")
    clerk.sees("可写入金额")


def clerk_explains_and_sends(story: Story) -> None:
    """The checks find people whom the police register has not confirmed yet; each finding needs a reason."""
    clerk = story.people.clerk
    clerk.open(f"/rosters/{story.roster}/")
    clerk.press("运行检查")
    clerk.sees_message("待说明8处")
    clerk.open(f"/rosters/{story.roster}/send/")
    clerk.press("送审")
    clerk.sees_refusal("还有8处疑点没有说明情况")
    clerk.open(f"/rosters/{story.roster}/findings/?rule=person.unverified")
    clerk.fill("对这一类未说明的", "已逐户核对户口簿和身份证原件，公安核查结果待回传。")
    clerk.press("一并说明")
    clerk.sees_message("已说明8处疑点")
    clerk.open(f"/rosters/{story.roster}/")
    clerk.follow("送审")
    clerk.sees("大写")
    clerk.press("送审")
    clerk.sees_message("苏木乡镇财政所审核")


def clerk_posts_the_notice(story: Story) -> None:
    clerk = story.people.clerk
    clerk.menu("公示")
    clerk.follow("公示", within=clerk.row(POLICY).locator("td").last)
    clerk.sees("公示期5天，张贴当天不算，现在张贴到2026年5月11日24:00期满")
    clerk.press("开始公示")
    clerk.sees_message("已开始公示")
    story.notice = Notice.objects.get(roster=story.roster).token


def clerk_asks_for_another_card(story: Story) -> None:
    """The township sees whose payment failed and why, and what it has to do by when."""
    clerk = story.people.clerk
    clerk.menu("发放失败")
    row = clerk.row(story.failing.name)
    assert "销户" in row.inner_text()
    clerk.follow("申请变更账户", within=row)
    clerk.tick("更换账户")
    clerk.tick("原账户已销户或失效")
    clerk.fill("新开户银行", BANK)
    clerk.fill("新银行账号", NEW_CARD)
    clerk.fill("变更原因", "原卡已销户，本人持新卡办理。")
    clerk.press("提交财政所审核")
    clerk.sees_message("已提交财政所审核")


# --- The finance station ----------------------------------------------------------------------------------------------
def station_signs(story: Story) -> None:
    _sign(story.people.station, story, "苏木乡镇财政所审核")
    assert story.the_roster().status == Roster.Status.NOTICE


def station_dismisses_the_objection(story: Story) -> None:
    station = story.people.station
    station.menu("异议")
    station.follow(story.objection)
    station.tick("不属实")
    station.fill("核实经过和结果", "入户丈量并核对确权证，面积无误。")
    station.press("登记核实结果")
    station.sees_message("已登记核实结果")


def station_approves_the_card(story: Story) -> None:
    station = story.people.station
    station.menu("账户变更")
    station.follow(story.failing.name)
    station.press("审核通过")
    station.sees_message("账户变更")


# --- The leader -------------------------------------------------------------------------------------------------------
def leader_comes_one_minute_early(story: Story) -> None:
    """The page is open already; at 23:59 of the fifth day the leader presses."""
    leader = story.people.leader
    leader.open(f"/rosters/{story.roster}/sign/")
    move_clock(story.people.station, "2026-05-11T23:59")
    leader.press("同意并签字")
    leader.sees_refusal("公示尚未期满：到2026年5月11日24:00结束，还差1分钟。")


def leader_is_held_up_by_the_objection(story: Story) -> None:
    leader = story.people.leader
    move_clock(story.people.station, "2026-05-12T09:00")
    leader.open(f"/rosters/{story.roster}/")
    leader.follow("查看并签字")
    leader.press("同意并签字")
    leader.sees_refusal(f"有1条异议尚未核实（受理编号{story.objection}）")


def leader_misses_the_money(story: Story) -> None:
    leader = story.people.leader
    leader.menu("发放清册")
    leader.follow(story.the_roster().number)
    leader.sees("“苏木乡镇分管领导签字上报”暂不能办理")
    leader.follow("查看并签字")
    leader.press("同意并签字")
    leader.sees_refusal("补贴资金转入代发户后才能上报（第二十七条）")


def leader_signs(story: Story) -> None:
    _sign(story.people.leader, story, "苏木乡镇分管领导签字上报")


# --- What signing is for everybody ------------------------------------------------------------------------------------
def _sign(person: Person, story: Story, step: str) -> None:
    """From the workbench to the roster, which shows what is signed, to the one question."""
    roster = story.the_roster()
    person.menu("发放清册")
    person.follow(roster.number)
    person.follow("查看并签字")
    person.sees(f"{roster.total_fen / 100:,.2f}")
    person.page.get_by_label("意见").fill(OPINION)
    person.press("同意并签字")
    person.sees_message(f"已在“{step}”同意")


def reviewers_sign(story: Story) -> None:
    """Department and finance, two signatures each, every one by somebody else."""
    for username, step in (
        ("farm_reviewer", "主管部门审核"),
        ("farm_head", "主管部门负责人签字"),
        ("finance_reviewer", "财政部门复审"),
        ("finance_head", "财政局负责人审批"),
    ):
        _sign(getattr(story.people, username), story, step)
    assert story.the_roster().status == Roster.Status.APPROVED
