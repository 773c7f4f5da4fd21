"""Cash at a village assembly: planned, drawn, handed out against two signatures, the rest back that day."""

from pathlib import Path

from disbursement.models import CashSession
from lib.money import format_yuan
from tests.journeys.browsing import Person

TEAM = (("乡干甲", "乡镇干部"), ("村干甲", "村“两委”成员"), ("村干乙", "村“两委”成员"))
# The frame of a JPEG picture, which is all that is looked at.
PICTURE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def plans(clerk: Person, village: str, *, held: str) -> CashSession:
    """A team without a township's cadre is refused by the rule; what was typed stays on the form."""
    clerk.menu("现金发放")
    clerk.follow("安排发放会", within=clerk.row(village))
    clerk.fill("会议时间", held)
    clerk.fill("会议地点", "村委会广场")
    clerk.select("主持人职务", "村支部书记")
    clerk.page.get_by_label("主持人", exact=True).fill("支书甲")
    for place, (name, _) in enumerate(TEAM, start=1):
        clerk.fill(f"发放小组第{place}人", name)
        clerk.select(f"第{place}人身份", "村“两委”成员")
    clerk.press("安排发放会")
    clerk.sees_refusal("须同时有乡镇干部和村“两委”成员")
    clerk.page.locator('.error-summary a[href$="#cash.team"]').wait_for()
    clerk.select("第1人身份", TEAM[0][1])
    clerk.press("安排发放会")
    clerk.sees_message("请打印发放表，开会当天领取现金")
    return CashSession.objects.get(pk=clerk.number_in_address(r"/cash/(\d+)/"))


def draws(clerk: Person, session: CashSession, *, at: str, fen: int) -> None:
    clerk.open(f"/money/cash/{session.pk}/draw/")
    clerk.sees(format_yuan(fen))
    clerk.fill("取款凭证号", "QK2026032301")
    clerk.fill("取款时间", at)
    clerk.press("登记取款")
    clerk.sees_message(f"已登记领出现金{format_yuan(fen)}")


def hands_out(clerk: Person, session: CashSession, *, absent: str) -> None:
    """Row by row from the signed list; one did not come."""
    clerk.open(f"/money/cash/{session.pk}/handouts/")
    for handout in session.handouts.select_related("payment"):
        payment = handout.payment
        cell = f"第{payment.number}号{payment.payee_name}，"
        if payment.payee_name == absent:
            clerk.select(f"{cell}结果", "未领取")
            clerk.select(f"{cell}未领取原因", "现金未领取")
        else:
            clerk.select(f"{cell}结果", "已签字领取")
            clerk.select(f"{cell}发放人", TEAM[0][0])
            clerk.tick(f"{cell}双方已签字")
    clerk.press("保存")
    clerk.sees_message("签收情况已保存")


def settles(clerk: Person, session: CashSession, *, at: str) -> None:
    clerk.open(f"/money/cash/{session.pk}/settle/")
    clerk.fill("到会人数", "46")
    clerk.tick("已向村民宣读补贴政策")
    clerk.fill("会议记录", "村支部书记主持，宣读救助政策，发放小组当场发放，一人未到。")
    clerk.fill("存款凭证号", "CK2026032301")
    clerk.fill("存回时间", at)
    clerk.press("结算，送领导核对")
    clerk.sees_message("已结算")


def brings_the_scans(clerk: Person, session: CashSession, files: Path) -> None:
    for kind in ("签字发放表", "会议照片"):
        picture = files / f"{kind}.jpg"
        picture.write_bytes(PICTURE)
        clerk.open(f"/money/cash/{session.pk}/")
        clerk.select("类别", kind)
        clerk.attach("影像", picture)
        clerk.press("上传影像")
        clerk.sees_message("影像已上传")


def closes(leader: Person, session: CashSession) -> None:
    leader.menu("现金发放")
    leader.follow("待核对")
    leader.follow(session.number)
    leader.follow("核对办结")
    leader.sees("1人未领取")
    leader.press("核对无误，办结")
    leader.sees_message("现金发放已办结")
