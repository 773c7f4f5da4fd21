"""What every page of a printed roster carries: its head, its foot, and at the end who signs.

On each page stand the roster's fingerprint, its revision, the page and how many there are, and a code that says all of
this together with the lines and the sum of that page: it stands for the seam seal (ZLT§16), for a page of another
revision or of another roster does not pass for one of this (see `rosters.views.printing.check`).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from lib.money import capitals, format_yuan
from lib.periods import period_words
from lib.templatetags.portal import cn_datetime, short_fp
from rosters import chain
from rosters.models import Decision, Roster
from rosters.printing.pen import WIDTH, Pen

LEFT, RIGHT, TOP = 14.0, 287.0, 9.0
# Where the table begins and the foot of the page stands.
BODY_TOP, BODY_END, FOOT = 38.0, 196.0, 201.0
BOXES_IN_A_ROW, BOX_HEIGHT, TOTALS_HEIGHT = 4, 19.0, 9.0
_CODE = 23.0
SUMMARY, DETAIL = "summary", "detail"
_DRAFT, _VOID = "草稿", "已作废"


@dataclass(frozen=True)
class Stretch:
    """What stands on one page, as its code says it."""

    village_id: int = 0
    first: int = 0
    last: int = 0
    fen: int = 0
    words: str = ""


@dataclass(frozen=True)
class Signature:
    """One box: whose signature belongs there, and who has signed when."""

    title: str
    on_this_paper: bool
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Print:
    """One printing: of what, for whom, when, and whether numbers stand in it whole (then for what reason)."""

    roster: Roster
    paper: str
    printed_by: str
    printed_at: datetime
    whole: bool = False
    reason: str = ""
    village: str = ""

    @cached_property
    def facts(self) -> list[str]:
        """The lines of every page's head under the title."""
        roster = self.roster
        basis = "、".join(
            f"《{document.title}》{f'（{document.number}）' if document.number else ''}"
            for document in roster.version.basis.all()
        )
        return [
            f"编制单位：{roster.organisation.name}　　补贴政策：{roster.policy.name}（{roster.policy.department.name}）"
            f"　　所属期：{period_words(roster.period_start, roster.period_end)}",
            f"政策依据：{basis or f'第{roster.version.number}版'}",
            f"清册编号：{roster.number}　　版次：{roster.revision}　　资金指标：{roster.quota.document_number}"
            f"　　发放方式：{roster.get_method_display()}　　金额单位：元",
        ]


def paper_title(paper: str) -> str:
    return "汇总表" if paper == SUMMARY else "明细表"


def signatures(roster: Roster, paper: str) -> list[Signature]:
    """The maker, then every step of the roster's own chain that signs, with who has signed what the roster is now."""
    decisions = roster.decisions.filter(in_force=True, action__in=[Decision.Action.SEND, Decision.Action.APPROVE])
    decisions = decisions.select_related("by", "stands_for")
    signed = {decision.step: decision for decision in decisions}
    maker = signed.get("")
    boxes = [
        Signature(chain.MAKING_TITLE, True, roster.made_by.full_name, maker.at if maker else None),
    ]
    for step in chain.steps(roster):
        if not step.notice:
            done = signed.get(step.key)
            boxes.append(
                Signature(step.title, step.signs == paper, done.signer if done else "", done.at if done else None)
            )
    return boxes


def signatures_height(count: int) -> float:
    return TOTALS_HEIGHT + -(-count // BOXES_IN_A_ROW) * BOX_HEIGHT


def head(pen: Pen, asked: Print, *, page: int, pages: int, stretch: Stretch) -> None:
    roster = asked.roster
    if roster.status in Roster.EDITABLE:
        pen.across(_DRAFT)
    elif roster.status == Roster.Status.VOID:
        pen.across(_VOID)
    wide = RIGHT - LEFT - 2 * (_CODE + 3)
    title = f"{roster.title}{paper_title(asked.paper)}{f'（{asked.village}）' if asked.village else ''}"
    pen.write_fitting(WIDTH / 2, TOP + 4, title, width=wide, size=15, bold=True, align="centre")
    for place, line in enumerate(asked.facts):
        pen.write_fitting(LEFT, TOP + 11.5 + 4.7 * place, line, width=RIGHT - LEFT - _CODE - 4)
    if roster.fingerprint:
        pen.code(RIGHT - _CODE, TOP - 1, _CODE, seal(roster, page=page, pages=pages, stretch=stretch))


def seal(roster: Roster, *, page: int, pages: int, stretch: Stretch) -> str:
    """The address in the code of a page: it leads to the comparison with the roster."""
    asked = {
        "f": short_fp(roster.fingerprint),
        "r": roster.revision,
        "p": f"{page}-{pages}",
        "v": stretch.village_id,
        "l": f"{stretch.first}-{stretch.last}",
        "s": stretch.fen,
        **({"w": stretch.words} if stretch.words else {}),
    }
    return f"{settings.PORTAL_BASE_URL}{reverse('rosters:print_check', args=[roster.pk])}?{urlencode(asked)}"


def foot(pen: Pen, asked: Print, *, page: int, pages: int) -> None:
    roster = asked.roster
    pen.lines([(LEFT, FOOT - 3, RIGHT, FOOT - 3)], thickness=0.6)
    mark = f"指纹 {short_fp(roster.fingerprint)}" if roster.fingerprint else "未送审，没有指纹"
    numbers = f"含完整号码，仅用于：{asked.reason}" if asked.whole else "号码已隐去中间部分"
    told = f"{mark}　版次 {roster.revision}{f'　{numbers}' if asked.paper == DETAIL else ''}"
    pen.write_fitting(LEFT, FOOT, told, width=118, size=7.5)
    pen.write((LEFT + RIGHT) / 2 + 12, FOOT, f"第{page}页 共{pages}页", size=8.5, align="centre")
    told = f"打印：{asked.printed_by}　{cn_datetime(asked.printed_at)}"
    pen.write_fitting(RIGHT, FOOT, told, width=100, size=7.5, align="right")


def totals(pen: Pen, y: float, *, words: str, fen: int) -> None:
    """The total in figures and in capitals."""
    told = f"{words}　金额合计（小写）{format_yuan(fen)}　（大写）人民币{capitals(fen)}"
    pen.write_fitting(LEFT, y + TOTALS_HEIGHT / 2, told, width=RIGHT - LEFT, size=10, bold=True)


def sign_off(pen: Pen, y: float, boxes: list[Signature]) -> None:
    """The boxes of the chain. A signature in the portal stands in its box; pen and stamp go below it."""
    wide = (RIGHT - LEFT) / BOXES_IN_A_ROW
    for place, box in enumerate(boxes):
        left = LEFT + place % BOXES_IN_A_ROW * wide
        top = y + place // BOXES_IN_A_ROW * BOX_HEIGHT
        pen.box(left, top, wide, BOX_HEIGHT)
        mark = "（在本表签字）" if box.on_this_paper else ""
        pen.write_fitting(left + 1.5, top + 3.5, f"{box.title}{mark}：", width=wide - 3, bold=box.on_this_paper)
        if box.at is not None:
            told = f"{box.who}　系统内已签　{cn_datetime(box.at)}"
        else:
            told = box.who or "系统内未签"
        pen.write_fitting(left + 1.5, top + 8, told, width=wide - 3, size=7.5)
        pen.write(left + 1.5, top + BOX_HEIGHT - 3, "签字（盖章）：", size=7.5)
        pen.write(left + wide - 1.5, top + BOX_HEIGHT - 3, "年　　月　　日", size=7.5, align="right")
